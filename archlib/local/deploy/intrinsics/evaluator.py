"""Template values -> plain values, through the table of functions and free of any AWS call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics.tables import CONDITIONS, FUNCTIONS, unsupported_function
from archlib.local.deploy.intrinsics.values import NO_VALUE, Unknown, as_text, short

if TYPE_CHECKING:
    from archlib.local.deploy.intrinsics.tables import Test


class Lookup(Protocol):
    """What the evaluator asks of the resources deployed so far."""

    def ref(self, logical_id: str) -> Any:
        """The value of ``Ref``."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """The value of ``Fn::GetAtt``."""


class NothingDeployed:
    """Every resource is still to be made."""

    def ref(self, logical_id: str) -> Any:
        """Unknown."""
        return Unknown(frozenset({logical_id}))

    def attribute(self, logical_id: str, name: str) -> Any:
        """Unknown."""
        return Unknown(frozenset({logical_id}))


@dataclass
class Evaluator:
    """Template values -> plain values. ``names`` holds parameters and pseudo parameters.

    ``tests`` are the functions of conditions; rules have others.
    """

    names: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    resources: Lookup = field(default_factory=NothingDeployed)
    zones: Callable[[str], list[str]] = lambda region: []
    imports: Callable[[str], Any] | None = None
    dynamic: Callable[[str], Any] = lambda text: text
    extended: bool = False
    tests: Mapping[str, Test] = field(default_factory=lambda: CONDITIONS)
    _decided: dict[str, bool] = field(default_factory=dict)

    def value(self, node: Any) -> Any:
        """The plain value of ``node``; raises :class:`StackError`."""
        if isinstance(node, dict):
            return self._mapping(node)
        if isinstance(node, list):
            items = [self.value(item) for item in node]
            return [item for item in items if item is not NO_VALUE]
        if isinstance(node, str) and "{{resolve:" in node:
            return self.dynamic(node)
        return node

    def _mapping(self, node: dict[str, Any]) -> Any:
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            function = FUNCTIONS.get(name)
            if function is not None:
                result = function(self, argument)
                if isinstance(result, str) and "{{resolve:" in result:
                    return self.dynamic(result)
                return result
        result = {}
        for key, item in node.items():
            if key.startswith("Fn::") and len(node) == 1:
                raise unsupported_function(key)
            if key in FUNCTIONS and key != "Ref":
                raise StackError(
                    f"Template format error: the function {key} must be alone in its object, "
                    f"found beside {sorted(set(node) - {key})}"
                )
            value = self.value(item)
            if value is not NO_VALUE:
                result[key] = value
        return result

    def condition(self, name: str) -> bool:
        """Whether the named condition holds."""
        if name in self._decided:
            return self._decided[name]
        if name not in self.conditions:
            raise StackError(
                f"Template format error: Unresolved dependencies [{name}]. "
                "Cannot reference resources in the Conditions block of the template"
            )
        self._decided[name] = self.test(self.conditions[name])
        return self._decided[name]

    def test(self, node: Any) -> bool:
        """The truth of a condition function."""
        if isinstance(node, dict) and len(node) == 1:
            name, argument = next(iter(node.items()))
            operator = self.tests.get(name)
            if operator is not None:
                return operator(self, argument)
        raise StackError(
            "Template format error: Every Conditions member must be a condition function, "
            f"found {short(node)}"
        )

    def text(self, node: Any, function: str) -> str | Unknown:
        """The string value of an argument of ``function``."""
        value = self.value(node)
        if isinstance(value, Unknown):
            return value
        return as_text(value, function)
