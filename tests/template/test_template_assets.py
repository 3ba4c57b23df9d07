"""The zips: the same bytes from the same content, and nothing of the machine in them."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from archlib.components.assets import CodeDirectory, InstalledDistributions
from archlib.template.assets import build

DAX_CLIENT = InstalledDistributions(
    "LayerCodeKey", ("amazon-dax-client", "antlr4-python3-runtime", "six")
)


def write(folder: Path, names: list[str]) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}\n")


def test_order_dates_and_permissions_of_files_do_not_matter(tmp_path: Path) -> None:
    names = ["app.py", "part/__init__.py", "part/more.py"]
    write(tmp_path / "one", names)
    write(tmp_path / "two", names[::-1])
    os.utime(tmp_path / "two" / "app.py", (0, 1_000_000_000))
    (tmp_path / "two" / "app.py").chmod(0o600)
    one = build(CodeDirectory("CodeKey", tmp_path / "one"))
    assert build(CodeDirectory("CodeKey", tmp_path / "two")) == one
    with zipfile.ZipFile(io.BytesIO(one.data)) as archive:
        assert archive.namelist() == names
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_caches_and_hidden_files_stay_out_and_content_counts(tmp_path: Path) -> None:
    write(tmp_path / "a", ["app.py"])
    before = build(CodeDirectory("CodeKey", tmp_path / "a"))
    write(tmp_path / "a", ["__pycache__/app.cpython-311.pyc", ".DS_Store", ".git/config", "b.pyc"])
    assert build(CodeDirectory("CodeKey", tmp_path / "a")) == before
    (tmp_path / "a" / "app.py").write_text("# changed\n")
    assert build(CodeDirectory("CodeKey", tmp_path / "a")).key != before.key


def test_the_layer_holds_the_modules_and_licences_and_no_trace_of_the_installation() -> None:
    layer = build(DAX_CLIENT)
    assert layer == build(DAX_CLIENT)
    with zipfile.ZipFile(io.BytesIO(layer.data)) as archive:
        names = archive.namelist()
    assert {"python/six.py", "python/amazondax/__init__.py", "python/antlr4/Parser.py"} <= {*names}
    assert all(name.startswith("python/") for name in names)
    assert any(name.startswith("python/licenses/six-") for name in names)
    litter = ("RECORD", "INSTALLER", "direct_url.json", ".pyc", "METADATA", "WHEEL")
    assert not [name for name in names if name.endswith(litter) or "bin/" in name]
    assert not [name for name in names if "botocore" in name]


def test_the_layer_can_be_imported(tmp_path: Path) -> None:
    import subprocess
    import sys

    with zipfile.ZipFile(io.BytesIO(build(DAX_CLIENT).data)) as archive:
        archive.extractall(tmp_path)
    # -S and -I: nothing installed is on the path, so six and antlr4 come from the layer.
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'python')!r});"
        "import six, antlr4; print(six.__file__, antlr4.__file__)"
    )
    output = subprocess.run(
        [sys.executable, "-S", "-I", "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert all(part.startswith(str(tmp_path)) for part in output.split())
