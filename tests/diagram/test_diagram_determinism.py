"""The same bytes, twice in one process and in a process with another environment."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from drawn_examples import UPDATES

from archlib.diagram import Highlight, render, sequence
from archlib.diagram.arrange import arrange
from archlib.diagram.fonts import graphviz, subset
from archlib.diagram.picture import Picture
from archlib.diagram.placement import place
from archlib.scenarios.mytodolist.architecture import architecture as mytodolist

HOPS = (
    Highlight(1, "MobileClient", "TodoApi", "GET /todos", 200, "miss", 0.0, 0.05),
    Highlight(2, "TodoApi", "TodoFunction", "invoke", 200, None, 0.01, 0.03),
)
SCRIPT = """
import hashlib
from archlib.diagram import Highlight, render, sequence
from archlib.scenarios.mytodolist.architecture import architecture
HOPS = {hops!r}
for picture in (render(architecture()), render(architecture(), hops=HOPS),
                sequence(architecture(), HOPS)):
    for form in (picture.svg.encode(), picture.png, picture.dot.encode()):
        print(hashlib.sha256(form).hexdigest())
"""


def pictures() -> list[Picture]:
    return [render(mytodolist()), render(mytodolist(), hops=HOPS), sequence(mytodolist(), HOPS)]


def digests() -> list[str]:
    return [
        hashlib.sha256(form).hexdigest()
        for p in pictures()
        for form in (p.svg.encode(), p.png, p.dot.encode())
    ]


@pytest.mark.slow
def test_twice_in_one_process() -> None:
    first = digests()
    for cached in (arrange, place, subset):
        cached.cache_clear()  # type: ignore[attr-defined]
    render(UPDATES)
    assert digests() == first
    assert len(set(first)) == len(first) - 1  # a highlight changes the picture, not its DOT


@pytest.mark.slow
def test_in_a_process_with_another_environment(tmp_path: Path) -> None:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("FONTCONFIG", "XDG", "LC_"))},
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "PYTHONHASHSEED": "4711",
        "FONTCONFIG_FILE": str(tmp_path / "absent.conf"),
        "LANG": "C",
        "TZ": "Asia/Tokyo",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(hops=HOPS)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stderr == ""
    assert run.stdout.split() == digests()
    assert list(tmp_path.iterdir()) == []  # the font folder is gone with its process


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", "mine")
    monkeypatch.delenv("FONTCONFIG_PATH", raising=False)
    before = dict(os.environ)
    graphviz.cache_clear()
    graphviz()
    assert dict(os.environ) == before


def test_write_leaves_unchanged_files_alone(tmp_path: Path) -> None:
    picture = render(mytodolist())
    paths = picture.write(tmp_path / "diagrams", "mytodolist")
    assert [p.name for p in paths] == ["mytodolist.svg", "mytodolist.png", "mytodolist.dot"]
    assert [p.read_bytes() for p in paths] == [
        picture.svg.encode(),
        picture.png,
        picture.dot.encode(),
    ]
    os.utime(paths[0], (1, 1))
    paths[1].write_bytes(b"stale")
    picture.write(tmp_path / "diagrams", "mytodolist")
    assert paths[0].stat().st_mtime == 1
    assert paths[1].read_bytes() == picture.png


def test_a_notebook_gets_both_static_forms() -> None:
    picture = render(mytodolist())
    bundle = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"] == picture._repr_svg_() == picture.svg
    assert base64.b64decode(bundle["image/png"]) == picture.png


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, archlib.diagram; "
        "print([m for m in ('diagrams', 'pygraphviz', 'matplotlib', 'fontTools', 'PIL') "
        "if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == "[]"
