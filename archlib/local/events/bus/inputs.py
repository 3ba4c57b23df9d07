"""What a target gets: the event, a part of it, a constant, or a transformed text.

AWS: Amazon EventBridge User Guide, "Amazon EventBridge input transformation".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from archlib.errors import Unsupported
from archlib.local.functions.output import timestamp

_STEP = re.compile(r"\.([A-Za-z0-9_\-]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
_VARIABLE = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_MISSING = object()


def target_input(
    target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str, received: float
) -> str:
    """The text that a target gets for an event."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        found = look(event, target["InputPath"])
        return dump({} if found is _MISSING else found)
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], event, rule_arn, received)
    return dump(event)


def dump(value: Any) -> str:
    """JSON as EventBridge writes it: no blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def check_path(path: str) -> None:
    """Raise :class:`Unsupported` for a JSON path beyond names and indexes."""
    rest = path.removeprefix("$")
    if not path.startswith("$") or _STEP.sub("", rest):
        raise Unsupported(
            f"the local EventBridge does not follow the JSON path {path}",
            hint="names and indexes only: $.detail.items[0].name",
        )


def look(event: Any, path: str) -> Any:
    """What is at a JSON path."""
    for found in _STEP.finditer(path.removeprefix("$")):
        name = found[1] or found[3] or found[4]
        try:
            event = event[int(found[2])] if name is None else event[name]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return event


def _transformed(
    transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str, received: float
) -> str:
    template = str(transformer["InputTemplate"])
    values: dict[str, Any] = {
        name: look(event, path) for name, path in transformer.get("InputPathsMap", {}).items()
    }
    values.update(
        {
            "aws.events.rule-arn": rule_arn,
            "aws.events.rule-name": rule_arn.rpartition("/")[2],
            "aws.events.event.ingestion-time": timestamp(received)[:19] + "Z",
            "aws.events.event": {key: one for key, one in event.items() if key != "detail"},
            "aws.events.event.json": dict(event),
        }
    )
    return _fill(template, values)


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """Put the values in: as JSON where a variable stands bare, as text inside quotes."""
    made: list[str] = []
    position, quoted = 0, False
    is_text = template.strip()[:1] not in ("{", "[", '"')
    while position < len(template):
        letter = template[position]
        found = _VARIABLE.match(template, position) if letter == "<" else None
        if found is not None and found[1] in values:
            value = values[found[1]]
            made.append(_text(value) if quoted or is_text else _json(value))
            position = found.end()
            continue
        if letter == "\\" and quoted:
            made.append(template[position : position + 2])
            position += 2
            continue
        if letter == '"':
            quoted = not quoted
        made.append(letter)
        position += 1
    return "".join(made)


def _json(value: Any) -> str:
    return '""' if value is _MISSING else dump(value)


def _text(value: Any) -> str:
    """Inside quotes: strings as they are (escaped), objects without their quotes."""
    if value is _MISSING:
        return ""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    return dump(value).replace('"', "") if isinstance(value, dict | list) else dump(value)
