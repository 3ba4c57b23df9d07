"""Wildcards and policy variables: from the text in a policy to something that matches fast.

AWS: "IAM JSON policy elements: Resource", "IAM policy elements: Variables and tags".

A policy string is either constant (compiled once) or has variables (compiled once per
combination of the values met). What a variable stands for is taken literally: a ``*`` inside
a user's name never becomes a wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from archlib.errors import ArchlibError

ContextValue = str | tuple[str, ...]
"""One value of a condition key, or a tuple of them for a multivalued key."""

Keys = Mapping[str, ContextValue]
"""Condition keys of one request, names in lower case."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_SPECIAL = {"*": "*", "?": "?", "$": "$"}
_NAME_AND_DEFAULT = re.compile(r"\s*([^,'\s][^,']*?)\s*(?:,\s*'([^']*)'\s*)?")


class PolicyError(ArchlibError):
    """A policy document is malformed; ``where`` names the statement and its element."""


class UnresolvedVariable(Exception):
    """A policy variable has no value in this request, and no default."""


@dataclass(frozen=True)
class Variable:
    """A ``${key}`` or ``${key, 'default'}`` in a policy string; the key in lower case."""

    key: str
    default: str | None

    def value(self, keys: Keys) -> str:
        """What the variable stands for in this request.

        Multivalued keys cannot be used as variables ("single-valued context keys" only).

        Raises:
            UnresolvedVariable: the key is absent (or multivalued) and has no default.
        """
        found = keys.get(self.key)
        if isinstance(found, str):
            return found
        if self.default is not None:
            return self.default
        raise UnresolvedVariable(self.key)


@dataclass(frozen=True)
class Literal:
    """Text that stands for itself, wildcards included (from ``${*}`` and its like)."""

    text: str


@dataclass(frozen=True)
class Text:
    """Text as written in the policy, in which ``*`` and ``?`` may be wildcards."""

    text: str


Part = Text | Literal | Variable


def parse(text: str, *, variables: bool) -> tuple[Part, ...]:
    """Split a policy string into its parts.

    Args:
        text: the string as it stands in the policy.
        variables: False for version 2008-10-17, where ``${...}`` is ordinary text.

    Raises:
        PolicyError: a ``${...}`` that is neither a key nor one of the special characters.
    """
    if not variables or "${" not in text:
        return (Text(text),)
    parts: list[Part] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > end:
            parts.append(Text(text[end : found.start()]))
        parts.append(_variable(found[1], text))
        end = found.end()
    if end < len(text):
        parts.append(Text(text[end:]))
    return tuple(parts)


def _variable(inside: str, text: str) -> Part:
    if inside in _SPECIAL:
        return Literal(_SPECIAL[inside])
    found = _NAME_AND_DEFAULT.fullmatch(inside)
    if found is None:
        raise PolicyError(
            f"'${{{inside}}}' in '{text}' is not a policy variable",
            hint="write ${key}, ${key, 'default'}, ${*}, ${?} or ${$}",
        )
    return Variable(found[1].lower(), found[2])


def is_constant(parts: tuple[Part, ...]) -> bool:
    """Whether no part depends on the request."""
    return not any(isinstance(part, Variable) for part in parts)


def resolve(parts: tuple[Part, ...], keys: Keys) -> tuple[Part, ...]:
    """The parts with every variable replaced by its value, as literal text.

    Raises:
        UnresolvedVariable: a variable without value or default.
    """
    return tuple(
        Literal(part.value(keys)) if isinstance(part, Variable) else part for part in parts
    )


def plain(parts: tuple[Part, ...]) -> str:
    """The text of resolved parts when wildcards mean nothing (``StringEquals``)."""
    return "".join(part.text for part in parts if not isinstance(part, Variable))


def _glob(text: str) -> str:
    return "".join(
        ".*" if char == "*" else "." if char == "?" else re.escape(char) for char in text
    )


@lru_cache(maxsize=8192)
def glob_source(parts: tuple[Part, ...]) -> str:
    """A regular expression for resolved parts: ``*`` any run of characters, ``?`` one."""
    return "".join(
        _glob(part.text) if isinstance(part, Text) else re.escape(part.text)
        for part in parts
        if not isinstance(part, Variable)
    )


def _split_arn(parts: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    """The six components of an ARN pattern; only colons written in the policy separate."""
    components: list[list[Part]] = [[]]
    for part in parts:
        if isinstance(part, Text):
            pieces = part.text.split(":", 6 - len(components))
            for index, piece in enumerate(pieces):
                if index:
                    components.append([])
                if piece:
                    components[-1].append(Text(piece))
        else:
            components[-1].append(part)
    return [tuple(component) for component in components]


def variable_before_resource(parts: tuple[Part, ...]) -> bool:
    """Whether a variable stands before the fifth colon, where AWS does not allow one."""
    return any(not is_constant(component) for component in _split_arn(parts)[:5])


@lru_cache(maxsize=8192)
def resource_source(parts: tuple[Part, ...]) -> str:
    """A regular expression for a ``Resource`` pattern.

    A ``*`` inside one of the first five components stays inside it; as the component's last
    character it may "expand to match beyond the colon boundaries" (IAM JSON policy elements:
    Resource). In the resource part it matches anything.
    """
    components = _split_arn(parts)
    if len(components) < 6:
        return glob_source(parts)
    sources = []
    for component in components[:5]:
        source = glob_source(component)
        open_end = source.endswith(".*")
        body = _within_component(source[:-2] if open_end else source)
        sources.append(body + (".*" if open_end else ""))
    return ":".join([*sources, glob_source(components[5])])


@lru_cache(maxsize=8192)
def arn_source(parts: tuple[Part, ...]) -> str:
    """A regular expression for ``ArnLike``: each of the six components matched by itself."""
    components = _split_arn(parts)
    if len(components) < 6:
        return glob_source(parts)
    sources = [glob_source(component) for component in components]
    return ":".join([*map(_within_component, sources[:5]), *sources[5:]])


def _within_component(source: str) -> str:
    """Keep wildcards inside one colon-delimited component."""
    return re.sub(r"(\\.)|\.", lambda found: found[1] or "[^:]", source)


@lru_cache(maxsize=8192)
def compiled(source: str, flags: int = 0) -> re.Pattern[str]:
    """A compiled pattern, shared between all policies that contain it."""
    return re.compile(source, re.DOTALL | flags)


@dataclass(frozen=True)
class PatternSet:
    """Several alternative patterns; a text matches the set when it matches one of them.

    Constant patterns are joined into one expression; patterns with variables are resolved
    for each request.
    """

    constant: re.Pattern[str] | None
    varying: tuple[tuple[Part, ...], ...]
    source: Callable[[tuple[Part, ...]], str]

    def matches(self, text: str, keys: Keys) -> bool:
        """Whether one of the patterns matches; one with an unresolved variable never does."""
        if self.constant is not None and self.constant.fullmatch(text) is not None:
            return True
        for parts in self.varying:
            try:
                resolved = resolve(parts, keys)
            except UnresolvedVariable:
                continue
            if compiled(self.source(resolved)).fullmatch(text) is not None:
                return True
        return False

    def resolvable(self, keys: Keys) -> bool:
        """Whether every variable of every pattern has a value in this request."""
        try:
            for parts in self.varying:
                resolve(parts, keys)
        except UnresolvedVariable:
            return False
        return True


def pattern_set(
    patterns: tuple[tuple[Part, ...], ...],
    source: Callable[[tuple[Part, ...]], str],
    flags: int = 0,
) -> PatternSet:
    """Compile alternatives; ``source`` turns resolved parts into a regular expression."""
    constant = [source(parts) for parts in patterns if is_constant(parts)]
    joined = "|".join(f"(?:{one})" for one in constant) if constant else None
    return PatternSet(
        constant=compiled(joined, flags) if joined is not None else None,
        varying=tuple(parts for parts in patterns if not is_constant(parts)),
        source=source,
    )
