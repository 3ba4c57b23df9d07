"""The committed notebooks: whole, normal, without errors, paths or traces of a run."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from archlib.workbook.notebook import executed, normal

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LIMIT = 3_000_000

# Paths of a machine, addresses of objects, and how long something really took.
TRACES_OF_A_RUN = re.compile(
    r"/(?:home|Users|root|tmp|work|usr|opt|var)/|site-packages|\b0x[0-9a-f]{6,}|Wall time"
)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_bytes_are_normal(path, notebook):
    assert path.read_text(encoding="utf-8") == normal(notebook)


def test_it_is_small_enough_to_open(path):
    assert path.stat().st_size < LIMIT


def test_cells_ran_once_in_order(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_cells_that_end_in_a_value_show_it(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shows = isinstance(ast.parse(cell.source).body[-1], ast.Expr)
            assert bool(cell.outputs) == shows, cell.id


def test_nothing_went_wrong(notebook):
    kinds = {out.output_type for cell in notebook.cells for out in cell.get("outputs", ())}
    assert kinds <= {"display_data", "execute_result"}


def test_no_trace_of_the_run_is_left(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    for cell in data["cells"]:
        for output in cell.get("outputs", ()):
            output["data"].pop("image/png", None)
            output["data"].pop("image/svg+xml", None)
    assert TRACES_OF_A_RUN.findall(json.dumps(data)) == []


def test_every_output_has_a_static_form(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert "text/plain" in output.data
            assert not any("widget" in mime or "javascript" in mime for mime in output.data)


def test_cell_ids_are_names(notebook):
    assert all(re.fullmatch(r"[a-z][a-z-]*", cell.id) for cell in notebook.cells)


def test_normalising_drops_what_differs_between_runs(notebook):
    noisy = nbformat.from_dict(json.loads(json.dumps(notebook)))
    noisy.metadata.language_info.version = "3.99"
    code = next(cell for cell in noisy.cells if cell.cell_type == "code")
    code.metadata["execution"] = {"iopub.execute_input": "2031-01-01T00:00:00Z"}
    assert normal(noisy) == normal(notebook)


def head(notebook, count):
    """A notebook up to its code cell of a number."""
    kept = nbformat.from_dict(json.loads(json.dumps(notebook)))
    code = [at for at, cell in enumerate(kept.cells) if cell.cell_type == "code"]
    kept.cells = kept.cells[: code[count - 1] + 1]
    return kept


@pytest.mark.slow
def test_executing_again_gives_the_same_bytes(path, notebook):
    # The beginning tells whether execution keeps the form; nbval compares every output of all.
    begun = head(notebook, 4)
    assert any(cell.get("outputs") for cell in begun.cells)
    assert normal(executed(begun, path.parent)) == normal(begun)
