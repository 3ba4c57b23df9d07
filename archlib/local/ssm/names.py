"""Parameter names, hierarchies and ARNs.

Source: AWS Systems Manager User Guide, "Requirements and constraints for parameter names",
"Working with parameter hierarchies"; AWS Systems Manager API Reference, "PutParameter".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archlib.local.refusal import ApiRefusal
from archlib.local.ssm import refusals

LEVELS, LENGTH = 15, 1011

_WHOLE = re.compile(r"[a-zA-Z0-9_.\-/]+")
_RESERVED = ("aws", "ssm")

_RULES = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it '
    "can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of "
    "letters, numbers and the following 3 symbols .-_"
)
_PATH_RULES = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin "
    'with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It '
    "must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ "
    "(underscore). Special characters are not allowed. All sub-paths, if specified, must use the "
    'forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
)


@dataclass(frozen=True)
class Reference:
    """A parameter as a request names it: its name, and a version or label of it."""

    name: str
    selector: str | None = None


def arn(region: str, account: str, name: str) -> str:
    """``…:parameter/a/b`` for ``/a/b``, ``…:parameter/a`` for ``a``."""
    return f"arn:aws:ssm:{region}:{account}:parameter/{name.removeprefix('/')}"


def canonical(name: str) -> str:
    """One name for each parameter: at the root the leading slash makes no difference."""
    bare = name.strip().removeprefix("/")
    return f"/{bare}" if "/" in bare else bare


def full(name: str) -> str:
    """The name as a path: with its leading slash."""
    return name if name.startswith("/") else f"/{name}"


def reference(text: str) -> Reference:
    """``name``, ``name:3``, ``name:label``, or the same as an ARN."""
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        text = parts[5].removeprefix("parameter") if len(parts) == 6 else text
    name, _, selector = text.strip().partition(":")
    return Reference(canonical(name), selector or None)


def check_new(name: str) -> None:
    """Raise unless a parameter may be called so."""
    bare = name.removeprefix("/")
    reserved = bare.lower().startswith(_RESERVED)
    if name.lower().startswith("/aws") and "/" in bare:
        raise ApiRefusal("AccessDeniedException", f"No access to reserved parameter name: {name}.")
    if reserved and "/" not in bare:
        raise refusals.invalid(
            'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).'
        )
    wrong = not _WHOLE.fullmatch(name) or "//" in name or name.endswith("/")
    if reserved or wrong:
        raise refusals.invalid(_RULES)
    if "/" in name and not name.startswith("/"):
        raise refusals.invalid("Parameter name must be a fully qualified name.")
    if len(name) > LENGTH:
        raise refusals.invalid(f"Parameter name must be at most {LENGTH} characters long.")
    if bare.count("/") + 1 > LEVELS:
        raise ApiRefusal(
            "HierarchyLevelLimitExceededException",
            f"A hierarchy can have a maximum of {LEVELS} levels.",
        )


def check_path(path: str) -> str:
    """A path to look below, without its last slash; raises ValidationException."""
    if not path.startswith("/") or "//" in path or not _WHOLE.fullmatch(path):
        raise refusals.invalid(_PATH_RULES)
    return path.rstrip("/")


def below(path: str, name: str, *, recursive: bool) -> bool:
    """Whether a parameter lies under a path (as :func:`check_path` gives it)."""
    whole = full(name)
    if not whole.startswith(f"{path}/"):
        return False
    return recursive or "/" not in whole[len(path) + 1 :]
