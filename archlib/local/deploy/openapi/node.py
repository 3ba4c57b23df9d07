"""A place in a document: its value, its path, and typed ways to read it.

Reading never raises. What does not fit is noted as a :class:`Problem` at its path and a harmless
value is returned, so that one reading finds all mistakes. Values that only the deployment will
tell (:class:`Unknown`) pass as any type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from archlib.local.deploy.intrinsics import Unknown
from archlib.local.deploy.spec import Problem, nearest


@dataclass(frozen=True)
class Document:
    """The whole document and what was found wrong with it."""

    root: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    @property
    def swagger(self) -> bool:
        """Whether it is Swagger 2 and not OpenAPI 3."""
        return "swagger" in self.root

    @property
    def node(self) -> Node:
        """The document's root."""
        return Node(self, self.root, ())


@dataclass(frozen=True)
class Keys:
    """The keys an object may have: ``used``, and ``told``, which only document."""

    used: frozenset[str]
    told: frozenset[str] = frozenset()

    def __contains__(self, key: str) -> bool:
        foreign = key.startswith("x-") and not key.startswith("x-amazon")
        return key in self.used or key in self.told or foreign


def keys(used: str, told: str = "") -> Keys:
    """Blank-separated :class:`Keys`."""
    return Keys(frozenset(used.split()), frozenset(told.split()))


@dataclass(frozen=True)
class Node:
    """One value of a document."""

    document: Document
    value: Any
    path: tuple[str, ...]

    @property
    def there(self) -> bool:
        """Whether the document has this value."""
        return self.value is not None

    @property
    def unknown(self) -> bool:
        """Whether only the deployment will tell it."""
        return isinstance(self.value, Unknown)

    @property
    def pointer(self) -> str:
        """Where it is below the resource's properties."""
        steps = (step.replace("~", "~0").replace("/", "~1") for step in self.path)
        return "/".join(("#/Body", *steps))

    def refuse(self, text: str, hint: str = "") -> None:
        """Note what is wrong here."""
        self.document.problems.append(Problem(self.pointer, text, hint))

    def get(self, key: str) -> Node:
        """The value under ``key``; one that is not there when there is none."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return Node(self.document, found, (*self.path, key))

    def entries(self, known: Keys | None = None) -> list[tuple[str, Node]]:
        """An object's entries; keys that are not ``known`` are refused."""
        if not self.there or self.unknown:
            return []
        if not isinstance(self.value, dict):
            self.refuse("must be an object")
            return []
        if known is not None:
            self._check(known)
        return [(key, self.get(key)) for key in self.value]

    def _check(self, known: Keys) -> None:
        for key in self.value:
            if key not in known:
                hint = nearest(key, known.used | known.told)
                self.get(key).refuse(f"the local cloud does not honour {key} here", hint)

    def items(self) -> list[Node]:
        """A list's items."""
        if not self.there or self.unknown:
            return []
        if not isinstance(self.value, list):
            self.refuse("must be a list")
            return []
        return [
            Node(self.document, item, (*self.path, str(number)))
            for number, item in enumerate(self.value)
        ]

    def text(self) -> Any:
        """A string; a number or boolean becomes one."""
        if self.unknown or isinstance(self.value, str):
            return self.value
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, (int, float)):
            return str(self.value)
        self.refuse("must be a string")
        return ""

    def choice(self, allowed: Iterable[str]) -> Any:
        """One of ``allowed`` (upper case), written in any case."""
        text = self.text()
        if isinstance(text, Unknown):
            return text
        if text.upper() not in allowed:
            self.refuse(f"{text} is none of {', '.join(allowed)}")
        return text.upper()

    def flag(self) -> bool:
        """A boolean, false when it is not there."""
        if self.there and not self.unknown and not isinstance(self.value, bool):
            if str(self.value).lower() in ("true", "false"):
                return str(self.value).lower() == "true"
            self.refuse("must be a boolean")
        return self.value is True

    def integer(self) -> Any:
        """A whole number."""
        if self.unknown:
            return self.value
        try:
            return int(self.value)
        except (TypeError, ValueError):
            self.refuse("must be an integer")
            return 0

    def texts(self) -> dict[str, Any]:
        """A map of strings."""
        return {key: node.text() for key, node in self.entries()}

    def strings(self) -> list[Any]:
        """A list of strings."""
        return [node.text() for node in self.items()]

    def followed(self) -> Node:
        """What a ``$ref`` within the document leads to, or the value itself."""
        node, seen = self, set[str]()
        while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            reference: str = node.value["$ref"]
            if reference in seen or not reference.startswith("#/"):
                self.refuse(f"$ref {reference} leads nowhere in this document")
                return Node(self.document, None, self.path)
            seen.add(reference)
            node = self.document.node
            for step in reference[2:].split("/"):
                node = node.get(step.replace("~1", "/").replace("~0", "~"))
        if not node.there and self.there:
            self.refuse(f"$ref {self.value['$ref']} leads nowhere in this document")
        return node
