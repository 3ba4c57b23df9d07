from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]  # type: ignore[no-any-return]


def test_environment_yml_repeats_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    assert [line for line in pip if not line.startswith("--")] == project()["dependencies"]
    assert "--constraint constraints.txt" in pip


def test_every_dependency_is_pinned() -> None:
    pinned = {
        line.split("==")[0].lower().replace("_", "-").replace(".", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    listed = project()
    names = [*listed["dependencies"], *listed["optional-dependencies"]["dev"]]  # type: ignore[misc,index,call-overload]
    for name in names:
        bare = name.split(">")[0].split("=")[0].split("[")[0].lower().replace("_", "-")
        assert bare in pinned, f"{bare} is not in constraints.txt: run make lock"


def test_diagrams_folder_does_not_hide_the_diagrams_package() -> None:
    assert not (ROOT / "diagrams" / "__init__.py").exists()


@pytest.mark.slow
def test_importing_archlib_loads_nothing_heavy() -> None:
    code = (
        "import sys, archlib, archlib.cli.main; "
        "heavy = {'moto', 'boto3', 'botocore', 'cfnlint', 'troposphere', 'duckdb', 'resvg_py',"
        " 'diagrams', 'matplotlib', 'samtranslator'}; "
        "print(sorted(heavy & {m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
