"""``import archlib`` in a fresh process, over an empty one."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measured import Measured, best_of


def import_seconds() -> Measured:
    """Seconds that the import adds."""

    def run(code: str) -> float:
        return best_of(5, 1, lambda: subprocess.run([sys.executable, "-c", code], check=True))

    empty, full = (
        run("pass"),
        run("import archlib, archlib.local, archlib.verify, archlib.template"),
    )
    return Measured(
        "import archlib (s)", full - empty, 0.15, f"a bare Python starts in {empty:.3f} s"
    )
