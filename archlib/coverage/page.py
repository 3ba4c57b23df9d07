"""The coverage page in Markdown: the same facts always give the same text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archlib.coverage.facts import DeployableType, Facts, Service
from archlib.local.behaviour import Answer, Behaviour, Coverage

_INTRODUCTION = """\
# What the local cloud honours

This page is generated from the code's own tables by `archlib coverage --write`; a test fails when
it is out of date. The rule behind it: what the local cloud cannot imitate it refuses by name
(`Unsupported`), and what it accepts without being AWS's equal is listed here as *different*.
"""

_HEADINGS = {
    Answer.HONOURED: "Honoured",
    Answer.REFUSED: "Refused by name",
    Answer.DIFFERS: "Different from AWS",
}


def page(facts: Facts) -> str:
    """The whole page."""
    lines = [_INTRODUCTION, "## Parts of the cloud", ""]
    for part in facts.parts:
        lines += _part(part)
    lines += ["## Resource types", "", _types_introduction(facts), ""]
    for one in facts.types:
        lines += _type(one)
    lines += ["## API operations", "", _OPERATIONS, ""]
    for service in facts.services:
        lines += _service(service)
    return "\n".join(lines).rstrip("\n") + "\n"


def _part(part: Coverage) -> Iterator[str]:
    yield f"### {part.title}"
    yield ""
    for answer, heading in _HEADINGS.items():
        behaviours = part.of(answer)
        if behaviours:
            yield f"**{heading}**"
            yield ""
            yield from map(_behaviour, behaviours)
            yield ""
    for title, entries in part.listings.items():
        yield f"**{title}:** {_code(entries)}"
        yield ""


def _behaviour(one: Behaviour) -> str:
    return f"- {_text(one.name)}" + (f": {_text(one.note)}" if one.note else "")


def _types_introduction(facts: Facts) -> str:
    return (
        f"{len(facts.types)} types deploy. A property path with `[]` goes through a list, with "
        "`{}` through a map; under *Refused* stand whole properties only. A property that is not "
        "honoured, or that CloudFormation does not have, "
        "is an error that names its path; any other type is one that names the type."
    )


def _type(one: DeployableType) -> Iterator[str]:
    yield f"### `{one.name}`"
    yield ""
    if one.notes:
        yield _text(one.notes)
        yield ""
    yield f"- Properties: {_code(one.honoured)}"
    if one.refused:
        yield f"- Refused: {_code(one.refused)}"
    yield f"- Attributes: {_code(one.attributes)}"
    yield ""


_OPERATIONS = """\
*Ours* are served by the local cloud itself (most still keep their data in moto); *refused* raise
`Unsupported`; all others answer as moto does. *Permissions known*: callers other than the
administrator may use these, if their policies allow it, and no others."""


def _service(one: Service) -> Iterator[str]:
    yield f"### `{one.name}`"
    yield ""
    if one.ours:
        yield f"- Ours ({len(one.ours)}): {_code(one.ours)}"
    if one.refused:
        yield f"- Refused ({len(one.refused)}): {_code(one.refused)}"
    if one.every_permission:
        yield "- Permissions known: every operation, by its HTTP method and path"
    else:
        yield f"- Permissions known ({len(one.permissions)}): {_code(one.permissions)}"
    yield ""


def _code(entries: Iterable[str]) -> str:
    return ", ".join(f"`{entry}`" for entry in entries) or "none"


def _text(text: str) -> str:
    """A sentence as Markdown: what would be markup stands for itself."""
    for mark in ("\\", "*", "_", "<", "|", "["):
        text = text.replace(mark, f"\\{mark}")
    return text
