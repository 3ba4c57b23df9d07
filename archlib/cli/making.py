"""Making everything of one scenario: picture, template, lint result, verdicts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from archlib.cli.building import digest
from archlib.cli.verifying import text
from archlib.diagram import render
from archlib.template import emit, lint
from archlib.verify import Scenario, verify


def make(one: Scenario, tell: Callable[[str], None]) -> dict[str, Any]:
    """Write ``diagrams/`` and ``cfn/`` files and judge; returns the record of it."""
    architecture = one.architecture()
    tell(f"draw {one.name}")
    pictures = {part.name: render(part) for part in architecture.pictures()}
    tell(f"emit {one.name}")
    template = emit(architecture).template
    files: dict[str, bytes] = {}
    for name, picture in pictures.items():
        files[f"diagrams/{name}.svg"] = picture.svg.encode()
        files[f"diagrams/{name}.png"] = picture.png
        files[f"diagrams/{name}.dot"] = picture.dot.encode()
    files[f"cfn/{one.name}.yaml"] = template.to_yaml().encode()
    for path, data in files.items():
        target = Path(path)
        target.parent.mkdir(exist_ok=True)
        if not target.exists() or target.read_bytes() != data:
            target.write_bytes(data)
    tell(f"lint {one.name}")
    findings = [str(f) for f in lint(template) if f.level in ("error", "warning")]
    report = verify(one, progress=tell)
    return {
        "outputs": {path: digest(data) for path, data in files.items()},
        "lint": findings,
        "met": report.met,
        "text": text(report),
    }
