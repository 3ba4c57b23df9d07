"""A layer with machine code: one key everywhere, this machine's build here, AWS's build there."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from archlib.components.assets import PlatformDistributions
from archlib.errors import TemplateError
from archlib.template import assets
from archlib.template.assets import Asset, build
from archlib.template.wheels import accepted, for_aws

PILLOW = PlatformDistributions("LayerCodeKey", ("pillow",), "3.12", "manylinux_2_28_x86_64")
VERSION = metadata.version("pillow")
# A build that exists for no machine: wherever the tests run, the wheel must be fetched.
FOREIGN = replace(PILLOW, python="3.99")


def names(asset: Asset) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(asset.data)) as archive:
        return set(archive.namelist())


def wheel(folder: Path, files: dict[str, bytes]) -> None:
    label = f"pillow-{VERSION}"
    about = f"Metadata-Version: 2.1\nName: pillow\nVersion: {VERSION}\n"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp399-cp399-manylinux_2_28_x86_64\n"
    with zipfile.ZipFile(folder / f"{label}-cp399-cp399-manylinux_2_28_x86_64.whl", "w") as out:
        for name, data in files.items():
            out.writestr(name, data)
        out.writestr(f"{label}.dist-info/METADATA", about)
        out.writestr(f"{label}.dist-info/WHEEL", tags)
        out.writestr(f"{label}.dist-info/licenses/LICENSE", b"MIT-CMU")
        out.writestr(f"{label}.dist-info/RECORD", b"")


def test_the_key_names_the_build_for_aws_and_the_data_is_what_runs_here() -> None:
    asset = build(PILLOW)
    assert build(PILLOW) is asset  # packed once: it is twenty megabytes
    assert asset.key.startswith("LayerCode-")
    assert "python/PIL/Image.py" in names(asset)
    assert any("LICENSE" in name for name in names(asset))
    assert not [name for name in names(asset) if "dist-info" in name or "__pycache__" in name]


def test_the_key_follows_version_python_and_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {build(PILLOW).key, build(FOREIGN).key}
    keys.add(build(replace(PILLOW, platform="manylinux_2_28_aarch64")).key)
    assert len(keys) == 3
    installed = metadata.distribution("pillow")

    class Newer:
        metadata = installed.metadata
        version = "99.0"
        files = ()

        def read_text(self, name: str) -> str | None:
            return None

    monkeypatch.setattr(assets, "_distribution", lambda name, parameter: Newer())
    newer = replace(PILLOW, parameter="OtherCodeKey")
    assert build(newer).key.removeprefix("Other") not in {k.removeprefix("Layer") for k in keys}


def test_another_machines_build_is_marked_foreign() -> None:
    tags = (metadata.distribution("pillow").read_text("WHEEL") or "").splitlines()
    fits = "Tag: cp312-cp312-manylinux_2_28_x86_64" in tags
    assert (build(PILLOW).foreign is None) is fits
    assert build(FOREIGN).foreign == FOREIGN
    assert for_aws(asset := Asset("P", "k", b"bytes", "code")) is asset


def test_a_distribution_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TemplateError, match="no-such-thing is not installed"):
        build(replace(PILLOW, names=("no-such-thing",)))


@pytest.mark.slow
def test_for_aws_the_wheel_of_the_same_version_is_fetched_with_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, {"PIL/__init__.py": b"built = 'for AWS'\n", "PIL/_imaging.so": b"\x7fELF"})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    here = build(FOREIGN)
    there = for_aws(here)
    assert (there.key, there.parameter, there.foreign) == (here.key, here.parameter, None)
    assert names(there) == {
        "python/PIL/__init__.py",
        "python/PIL/_imaging.so",
        f"python/licenses/pillow-{VERSION}/LICENSE",
    }
    assert for_aws(here).data == there.data


@pytest.mark.slow
def test_a_wheel_that_cannot_be_had_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(TemplateError) as refused:
        for_aws(build(FOREIGN))
    said = str(refused.value)
    assert said.startswith(
        f"LayerCodeKey: no pillow=={VERSION} for Python 3.99 on manylinux_2_28_x86_64: "
    )
    assert "No matching distribution" in said


def test_wheels_for_an_older_glibc_are_taken_too() -> None:
    tags = accepted("manylinux_2_28_x86_64")
    assert tags[0] == "manylinux_2_28_x86_64"
    assert {"manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64"} <= set(tags)
    assert "manylinux_2_34_x86_64" not in tags
    assert accepted("macosx_11_0_arm64") == ("macosx_11_0_arm64",)
