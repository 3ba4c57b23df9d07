"""Running ``archlib`` as a shell does, in this process: arguments in, exit code and texts out."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archlib.cli.main import main


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Archlib = Callable[..., Ran]


@pytest.fixture
def archlib(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Archlib:
    def run(*arguments: str, typed: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            main(list(arguments))
        output = capsys.readouterr()
        code = done.value.code
        assert isinstance(code, int)
        assert "Traceback" not in output.err
        return Ran(code, output.out, output.err)

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and we are in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
