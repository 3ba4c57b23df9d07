"""The same bytes, twice in one process and in a process with another environment."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from drawn_examples import UPDATES, drawn

from archlib.diagram import Highlight, render, sequence
from archlib.diagram.arrange import arrange
from archlib.diagram.fonts import font_file, subset
from archlib.diagram.picture import Picture
from archlib.diagram.placement import place
from archlib.errors import DiagramError
from archlib.scenarios.mytodolist.architecture import architecture as mytodolist

HOPS = (
    Highlight(1, "MobileClient", "TodoApi", "GET /todos", 200, "miss", 0.0, 0.05),
    Highlight(2, "TodoApi", "TodoFunction", "invoke", 200, None, 0.01, 0.03),
)
SCRIPT = """
import hashlib
from archlib.diagram import Highlight, render, sequence
from archlib.errors import DiagramError
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
    """Without PATH there is no ``dot`` program either; fonts that lie in HOME are not used."""
    home, empty = tmp_path / "home", tmp_path / "empty"
    fonts = home / ".local" / "share" / "fonts"
    for folder in (fonts, empty):
        folder.mkdir(parents=True)
    shutil.copy(font_file().with_name("cmr10.ttf"), fonts / "DejaVuSans.ttf")
    environment = {
        "HOME": str(home),
        "TMPDIR": str(empty),
        "PATH": str(empty),
        "FONTCONFIG_FILE": str(empty / "absent.conf"),
        "LANG": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "4711",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "TZ": "Asia/Tokyo",
    }
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(hops=HOPS)],
        env=environment,
        cwd=empty,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stderr == ""
    assert run.stdout.split() == digests()
    assert list(empty.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads the process's map as Linux tells it")
def test_the_png_needs_no_library_of_the_system() -> None:
    """Beside Python's own modules and wheels, nothing but the C library's family is loaded."""
    code = (
        "from archlib.diagram.raster import png\n"
        'png(\'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<text y="9">a</text></svg>\')\n'
        "print(open('/proc/self/maps').read())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    mapped = {Path(p) for p in re.findall(r" (/.*\.so\S*)$", run.stdout, re.MULTILINE)}
    assert any("resvg" in path.name for path in mapped)
    ours = [Path(root).resolve() for root in (sys.prefix, sys.base_prefix) if root != "/usr"]
    system = {
        path.name.split(".so")[0].split("-")[0]
        for path in mapped
        if not any(path.is_relative_to(root) for root in ours) and "lib-dynload" not in path.parts
    }
    family = {"ld", "libc", "libm", "libgcc_s", "libpthread", "libdl", "librt", "libutil"}
    python = {"libpython3", "libz", "libbz2", "liblzma", "libexpat", "libffi"}
    python |= {f"libpython3.{minor}" for minor in range(11, 20)}
    assert system <= family | python


def test_without_resvg_the_svg_is_still_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    picture = render(mytodolist())
    assert picture.svg == drawn("mytodolist")[0].svg
    with pytest.raises(DiagramError, match="resvg, which draws the PNG, cannot be loaded"):
        _ = picture.png


def test_write_leaves_unchanged_files_alone(tmp_path: Path) -> None:
    picture, _ = drawn("mytodolist")
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
    picture, _ = drawn("mytodolist")
    bundle = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"] == picture._repr_svg_() == picture.svg
    assert base64.b64decode(bundle["image/png"]) == picture.png


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, archlib.diagram; "
        "print([m for m in ('diagrams', 'resvg_py', 'matplotlib', 'fontTools', 'PIL') "
        "if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == "[]"
