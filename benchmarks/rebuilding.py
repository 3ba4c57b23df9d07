"""A second ``archlib build`` of an unchanged scenario against the first."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measured import Measured, best_of


def second_build_against_first() -> Measured:
    """Ratio of the two, whole processes."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "cfn").mkdir()

        def build() -> object:
            return subprocess.run(
                [sys.executable, "-m", "archlib.cli", "build", "mytodolist"],
                cwd=folder, check=True, capture_output=True,
            )  # fmt: skip

        first = best_of(1, 1, build)
        second = best_of(3, 1, build)
    return Measured("second build / first", second / first, 0.1, f"{second:.2f} s / {first:.2f} s")
