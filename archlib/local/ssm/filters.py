"""The filters of DescribeParameters and GetParametersByPath.

Source: AWS Systems Manager API Reference, "ParameterStringFilter"; AWS Systems Manager User Guide,
"Searching for Systems Manager parameters".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from archlib.local.refusal import ApiRefusal
from archlib.local.ssm import names, refusals
from archlib.local.ssm.parameter import Parameter

_Texts = Callable[[Parameter], Iterable[str]]

_TEXTS: Mapping[str, _Texts] = {
    "Name": lambda one: (one.name,),
    "Type": lambda one: (one.latest.kind,),
    "KeyId": lambda one: (one.latest.key_id or "",),
    "Tier": lambda one: (one.latest.tier,),
    "DataType": lambda one: (one.latest.data_type,),
    "Label": lambda one: one.latest.labels,
}
_DESCRIBE = ("Path", "Name", "Type", "KeyId", "Tier", "DataType")
_BY_PATH = ("Type", "KeyId", "Label")


def matching(
    parameters: Sequence[Parameter], filters: Sequence[Mapping[str, Any]] | None, *, by_path: bool
) -> list[Parameter]:
    """The parameters that all filters let through; raises InvalidFilterKey and its like."""
    checked = [_checked(one, by_path) for one in filters or ()]
    return [p for p in parameters if all(_passes(p, *one) for one in checked)]


def _checked(one: Mapping[str, Any], by_path: bool) -> tuple[str, str, list[str]]:
    key, values = one["Key"], list(one.get("Values") or ())
    valid = _BY_PATH if by_path else _DESCRIBE
    if key not in valid and not (key.startswith("tag:") and not by_path):
        raise ApiRefusal(
            "InvalidFilterKey",
            f"The following filter key is not valid: {key}. Valid filter keys include: "
            f"[{', '.join(valid)}].",
        )
    option = one.get("Option") or ("OneLevel" if key == "Path" else "Equals")
    options = ("Recursive", "OneLevel") if key == "Path" else ("BeginsWith", "Equals")
    if option not in (*options, *(("Contains",) if key == "Name" else ())):
        raise ApiRefusal(
            "InvalidFilterOption",
            f"The following filter option is not valid: {option}. Valid options include: "
            f"[{', '.join(options)}].",
        )
    if not values and not key.startswith("tag:"):
        raise ApiRefusal(
            "InvalidFilterValue",
            f"The following filter values are missing : null for filter key {key}.",
        )
    if key == "Path":
        for value in values:
            _check_path(value)
    return key, option, values


def _check_path(value: str) -> None:
    if value.lower().startswith(("/aws", "/ssm")):
        raise refusals.invalid(
            'Filters for common parameters can\'t be prefixed with "aws" or "ssm" '
            "(case-insensitive). When using global parameters, please specify within a global "
            "namespace."
        )
    names.check_path(value)


def _passes(parameter: Parameter, key: str, option: str, values: list[str]) -> bool:
    if key == "Path":
        recursive = option == "Recursive"
        paths = (value.rstrip("/") for value in values)
        return any(names.below(path, parameter.name, recursive=recursive) for path in paths)
    if key.startswith("tag:"):
        found = parameter.tags.get(key.removeprefix("tag:"))
        texts: Iterable[str] = () if found is None else (found,)
        return bool(list(texts)) and (not values or any(_holds(t, option, values) for t in texts))
    # A leading slash at the root makes no difference.
    wanted = [names.canonical(v) for v in values] if key == "Name" else values
    given = _TEXTS[key](parameter)
    texts = [names.canonical(text) for text in given] if key == "Name" else given
    return any(_holds(text, option, wanted) for text in texts)


def _holds(text: str, option: str, values: Iterable[str]) -> bool:
    if option == "BeginsWith":
        return any(text.startswith(value) for value in values)
    if option == "Contains":
        return any(value in text for value in values)
    return text in values
