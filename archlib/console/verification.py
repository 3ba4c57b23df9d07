"""The verification of a stack's scenario, in a process of its own.

It needs clouds of its own, and a process has one at a time: so ``archlib verify`` is run beside
the served cloud, with the template that is deployed here. Nothing in the served cloud changes.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import archlib
from archlib.local.served.answers import Mistake

#: Seconds after which a verification is given up, and in which an ended one must be gone.
PATIENCE, FAREWELL = 900.0, 2.0
#: Steps that are kept, and characters of what a failed run said last.
STEPS, SAID = 200, 2000


@dataclass
class Run:
    """One verification: ``running``, ``done``, ``failed`` or ``cancelled``."""

    stack: str
    scenario: str
    state: str = "running"
    begun: float = field(default_factory=time.monotonic)
    ended: float | None = None
    steps: list[str] = field(default_factory=list)
    report: dict[str, Any] | None = None
    error: str | None = None

    def end(self, state: str, error: str | None = None) -> None:
        """Note how it went."""
        self.state, self.error, self.ended = state, error, time.monotonic()

    def row(self) -> dict[str, Any]:
        """As plain data; ``seconds`` are real ones."""
        seconds = (self.ended or time.monotonic()) - self.begun
        return {
            "state": self.state, "stack": self.stack, "scenario": self.scenario,
            "steps": self.steps, "seconds": round(seconds, 1), "report": self.report,
            "error": self.error,
        }  # fmt: skip


class Verification:
    """One at a time; lives in an event loop, and ends with it."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._task: asyncio.Task[None] | None = None

    def row(self) -> dict[str, Any]:
        """How the newest one goes."""
        return {"state": "none"} if self._run is None else self._run.row()

    def start(self, stack: str, scenario: str, template: str) -> None:
        """Begin one; raises :class:`Mistake` while another is under way."""
        self.check_free()
        run = self._run = Run(stack, scenario)
        self._task = asyncio.get_running_loop().create_task(_judge(run, template))

    def check_free(self) -> None:
        """Raise :class:`Mistake` while one is under way."""
        if self._run is not None and self._run.state == "running":
            raise Mistake(f"the verification of {self._run.scenario} is still running", 409)

    async def cancel(self) -> None:
        """End the one under way, if any."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
            if self._run is not None and self._run.state == "running":
                self._run.end("cancelled")  # before it had begun


async def _judge(run: Run, template: str) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix="archlib-verify-") as folder:
            file = Path(folder) / f"{run.scenario}.template"
            file.write_text(template, encoding="utf-8")
            async with asyncio.timeout(PATIENCE):
                code, out = await _performed(run, file)
        conclude(run, code, out)
    except asyncio.CancelledError:
        run.end("cancelled")
        raise
    except TimeoutError:
        run.end("failed", f"it has not ended within {PATIENCE:.0f} seconds")
    except Exception as error:
        run.end("failed", f"it could not be run: {error}")


def conclude(run: Run, code: int, out: bytes) -> None:
    """Read what ``archlib verify --json`` has written, if its exit code says that it did."""
    try:
        reports = json.loads(out) if code in (0, 1) else []
    except ValueError:
        reports = []
    if len(reports) == 1:
        run.report = reports[0]
        run.end("done")
    else:
        said = "\n".join(run.steps)[-SAID:]
        run.end("failed", f"archlib verify ended with {code}: {said or 'it said nothing'}")


async def _performed(run: Run, file: Path) -> tuple[int, bytes]:
    """Exit code and output of ``archlib verify``; whatever happens, no process is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "archlib.cli", "verify", run.scenario,
        "--template", str(file), "--json", "--progress",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(),
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        out, _ = await asyncio.gather(process.stdout.read(), _listen(run, process.stderr))
        return await process.wait(), out
    finally:
        await _ended(process)


async def _listen(run: Run, stream: asyncio.StreamReader) -> None:
    async for line in stream:
        run.steps.append(line.decode("utf-8", "replace").strip())
        del run.steps[:-STEPS]


async def _ended(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), FAREWELL)


def _environment() -> dict[str, str]:
    """This process's, in which the same archlib is found."""
    home = str(Path(archlib.__file__).parents[1])
    path = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1"}
