"""``archlib build``: make what changed, of everything that can be made of a scenario.

The record below ``.archlib/`` holds, per scenario, a digest of all that goes in (our code, the
scenario's, the libraries' versions) and of every file that came out. Equal digests: nothing to do.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from archlib.cli.common import chosen, emit_json, json_option, progress
from archlib.errors import UsageError

RECORD = Path(".archlib") / "build.json"
_LIBRARIES = ("cfn-lint", "diagrams", "moto", "resvg-py", "troposphere", "boto3", "botocore",
              "amazon-dax-client", "aws-sam-translator")  # fmt: skip


@click.command("build")
@click.argument("names", metavar="[SCENARIO]...", nargs=-1)
@click.option("--force", is_flag=True, help="Make everything again.")
@json_option
def command(names: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Draw, emit, lint and verify; only what changed since the last build is made again."""
    if not Path("pyproject.toml").exists() and not Path("cfn").is_dir():
        raise UsageError(
            "this is not the project's folder", hint="build writes to ./diagrams and ./cfn"
        )
    record = _read()
    inputs = _digest_of_inputs()
    shown: list[dict[str, Any]] = []
    for one in chosen(names):
        entry: dict[str, Any] = record.get(one.name, {})
        fresh = not force and _is_current(entry, inputs)
        if not fresh:
            with progress(as_json) as tell:
                from archlib.cli.making import make

                entry = {"inputs": inputs, **make(one, tell)}
            record[one.name] = entry
            _save(record)
        shown.append({"scenario": one.name, "built": not fresh, **_summary(entry)})
        if not as_json:
            click.echo(entry["text"])
            for finding in entry["lint"]:
                click.echo(f"  lint: {finding}")
            state = "up to date" if fresh else "made"
            click.echo(f"  {state}: {', '.join(sorted(entry['outputs']))}")
    if as_json:
        emit_json(shown)
    good = all(entry["met"] and not entry["lint"] for entry in shown)
    raise SystemExit(0 if good else 1)


def _summary(entry: dict[str, Any]) -> dict[str, Any]:
    return {"met": entry["met"], "lint": entry["lint"], "files": sorted(entry["outputs"])}


def _read() -> dict[str, Any]:
    try:
        found = json.loads(RECORD.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _save(record: dict[str, Any]) -> None:
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=1, sort_keys=True))


def _is_current(entry: Any, inputs: str) -> bool:
    """Whether a record is whole, of these inputs, and its files are as it says."""
    if not isinstance(entry, dict) or entry.get("inputs") != inputs:
        return False
    if not {"outputs", "lint", "met", "text"} <= entry.keys():
        return False
    return all(
        Path(path).exists() and digest(Path(path).read_bytes()) == wanted
        for path, wanted in entry["outputs"].items()
    )


def digest(data: bytes) -> str:
    """A content digest."""
    return hashlib.sha256(data).hexdigest()


def _digest_of_inputs() -> str:
    package = Path(__file__).parents[1]
    whole = hashlib.sha256(sys.version.encode())
    for name in _LIBRARIES:
        whole.update(f"{name} {metadata.version(name)}\n".encode())
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(str(path.relative_to(package)).encode() + b"\0")
            whole.update(path.read_bytes())
    return whole.hexdigest()
