"""``build`` makes what changed, and only that."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archlib.cli import building
from archlib.verify import Scenario

if TYPE_CHECKING:
    from conftest import Archlib

FILES = {"diagrams/mytodolist.svg": b"<svg/>", "cfn/mytodolist.yaml": b"Resources: {}\n"}


@pytest.fixture
def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder whose code is one small file, and whose making is quick and counted."""
    (folder / "cfn").mkdir()
    package = folder / "code" / "cli"
    package.mkdir(parents=True)
    (folder / "code" / "source.py").write_text("x = 1\n")
    monkeypatch.setattr(building, "__file__", str(package / "building.py"))
    return folder


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scenarios made, in order."""
    names: list[str] = []

    def make(one: Scenario, tell: Any) -> dict[str, Any]:
        names.append(one.name)
        for path, data in FILES.items():
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).write_bytes(data)
        outputs = {path: building.digest(data) for path, data in FILES.items()}
        return {"outputs": outputs, "lint": [], "met": True, "text": f"{one.name} is met"}

    monkeypatch.setattr("archlib.cli.making.make", make)
    return names


def forget(record: Path, key: str) -> None:
    entries = json.loads(record.read_text())
    del entries["mytodolist"][key]
    record.write_text(json.dumps(entries))


def test_the_second_build_does_nothing(archlib: Archlib, project: Path, made: list[str]) -> None:
    first = archlib("build", "mytodolist")
    assert first.code == 0
    assert made == ["mytodolist"]
    assert "made: cfn/mytodolist.yaml, diagrams/mytodolist.svg" in first.out
    second = archlib("build", "mytodolist")
    assert second.code == 0
    assert made == ["mytodolist"]
    assert "mytodolist is met" in second.out
    assert "up to date: " in second.out


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "code/source.py").write_text("x = 2\n"),
        lambda root: (root / "code/another.py").write_text(""),
        lambda root: (root / "code/source.py").unlink(),
        lambda root: (root / "code/source.py").rename(root / "code/other.py"),
        lambda root: (root / "cfn/mytodolist.yaml").write_text("tampered"),
        lambda root: (root / "diagrams/mytodolist.svg").unlink(),
        lambda root: (root / ".archlib/build.json").write_text("{torn"),
        lambda root: (root / ".archlib/build.json").write_text("[]"),
        lambda root: (root / ".archlib/build.json").write_text('{"mytodolist": 7}'),
        lambda root: (root / ".archlib/build.json").write_text('{"mytodolist": {"inputs": "x"}}'),
        lambda root: forget(root / ".archlib/build.json", "outputs"),
    ],
    ids=["edited", "new", "gone", "renamed", "output edited", "output gone", "torn record",
         "list record", "odd entry", "old entry", "half an entry"],
)  # fmt: skip
def test_any_change_makes_it_again(
    archlib: Archlib, project: Path, made: list[str], change: Any
) -> None:
    assert archlib("build", "mytodolist").code == 0
    change(project)
    again = archlib("build", "mytodolist")
    assert again.code == 0
    assert len(made) == 2
    assert {p: Path(p).read_bytes() for p in FILES} == FILES
    archlib("build", "mytodolist")
    assert len(made) == 2


def test_touching_a_file_without_changing_it_is_no_change(
    archlib: Archlib, project: Path, made: list[str]
) -> None:
    archlib("build", "mytodolist")
    (project / "code" / "source.py").touch()
    (project / "code" / "__pycache__").mkdir()
    (project / "code" / "__pycache__" / "source.pyc").write_bytes(b"compiled")
    archlib("build", "mytodolist")
    assert len(made) == 1


def test_force_makes_everything_again(archlib: Archlib, project: Path, made: list[str]) -> None:
    archlib("build", "mytodolist")
    shown = archlib("build", "mytodolist", "--force", "--json")
    assert len(made) == 2
    assert shown.json == [
        {
            "scenario": "mytodolist",
            "built": True,
            "met": True,
            "lint": [],
            "files": sorted(FILES),
        }
    ]
    assert archlib("build", "mytodolist", "--json").json[0]["built"] is False


def test_a_verdict_that_is_not_met_is_remembered(
    archlib: Archlib, project: Path, made: list[str]
) -> None:
    archlib("build", "mytodolist")
    path = project / ".archlib" / "build.json"
    record = json.loads(path.read_text())
    record["mytodolist"]["met"] = False
    path.write_text(json.dumps(record))
    assert archlib("build", "mytodolist").code == 1


@pytest.mark.slow
def test_the_real_build_writes_what_is_committed_and_is_quick_the_second_time(
    archlib: Archlib, folder: Path
) -> None:
    root = Path(__file__).parents[2]
    (folder / "cfn").mkdir()
    assert archlib("build", "mytodolist").code == 0
    for path in ("cfn/mytodolist.yaml", "diagrams/mytodolist.svg", "diagrams/mytodolist.dot"):
        assert (folder / path).read_bytes() == (root / path).read_bytes(), path
    began = time.process_time()
    again = archlib("build", "mytodolist")
    assert time.process_time() - began < 1.5
    assert "up to date" in again.out
