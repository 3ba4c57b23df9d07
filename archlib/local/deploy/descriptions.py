"""Descriptions: literal text of limited length, wherever a template has them.

Sources: AWS CloudFormation User Guide, "CloudFormation template Description syntax" and
"CloudFormation template Outputs syntax" (a literal string between 0 and 1024 bytes),
"CloudFormation template Parameters syntax" (a string of up to 4000 characters).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from archlib.local.deploy.errors import StackError

#: Bytes of the template's description and of an output's.
MAX_BYTES: Final = 1024
#: Characters of a parameter's description.
MAX_CHARACTERS: Final = 4000


def check_description(entry: Mapping[str, Any], where: str = "") -> None:
    """Of the template or of an output at ``where``; raises :class:`StackError`."""
    text = _literal(entry, "Description", where)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_long("Description", MAX_BYTES, where)


def check_parameter_texts(entry: Mapping[str, Any], where: str) -> None:
    """What a parameter says of itself and of its constraints; raises :class:`StackError`."""
    for name in ("Description", "ConstraintDescription"):
        if len(_literal(entry, name, where)) > MAX_CHARACTERS:
            raise _too_long(name, MAX_CHARACTERS, where)


def _literal(entry: Mapping[str, Any], name: str, where: str) -> str:
    text = entry.get(name, "")
    if not isinstance(text, str):
        place = f"{where} Every {name} member" if where else name
        raise StackError(f"Template format error: {place} must be a string.")
    return text


def _too_long(name: str, limit: int, where: str) -> StackError:
    place = f"{where} " if where else ""
    return StackError(f"Template format error: {place}'{name}' length is greater than {limit}.")
