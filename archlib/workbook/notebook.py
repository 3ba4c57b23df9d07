"""Notebooks as files: executed afresh, and written so that equal contents are equal bytes.

``python -m archlib.workbook.notebook notebooks/*.ipynb`` brings outputs up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

#: What every notebook says of the kernel; versions and machine differ, so they are left out.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
TIMEOUT = 300  # real seconds a cell may take


def executed(notebook: Any, folder: Path) -> Any:
    """A copy of a notebook, executed from the top in a kernel that starts in ``folder``.

    Raises :class:`nbclient.exceptions.CellExecutionError` for a cell that fails.
    """
    import copy

    from nbclient import NotebookClient

    fresh = copy.deepcopy(notebook)
    client = NotebookClient(
        fresh,
        timeout=TIMEOUT,
        kernel_name=METADATA["kernelspec"]["name"],
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return fresh


def normal(notebook: Any) -> str:
    """The notebook's text with nothing of the run in it: no timing, no versions, no widgets."""
    import copy

    import nbformat

    plain = copy.deepcopy(notebook)
    plain.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    for cell in plain.cells:
        cell.metadata = nbformat.from_dict({})  # type: ignore[no-untyped-call]
        for output in cell.get("outputs", ()):
            if "metadata" in output:
                sizes = {k: v for k, v in output.metadata.items() if k.startswith("image/")}
                output.metadata = nbformat.from_dict(sizes)  # type: ignore[no-untyped-call]
    text: str = nbformat.writes(plain)  # type: ignore[no-untyped-call]
    return text.rstrip() + "\n"


def refresh(path: Path) -> bool:
    """Execute a notebook and write it back; whether its bytes changed."""
    import nbformat

    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)  # type: ignore[no-untyped-call]
    after = normal(executed(notebook, path.parent))
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


def main(paths: list[str]) -> None:
    """Refresh every notebook named."""
    for name in paths:
        changed = refresh(Path(name))
        sys.stdout.write(f"{name}: {'written' if changed else 'as it was'}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
