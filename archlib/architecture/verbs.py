"""Which verb makes sense between which two kinds of component.

A verb is a method of its source's class, marked with :func:`verb` and the classes it may be
said to. The mark is what :mod:`archlib.architecture.validate` checks connections against,
and what makes a misuse fail with the names of both components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

from archlib.architecture.model import Component
from archlib.errors import ModelError

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__archlib_targets__"

SPOKEN: dict[str, list[str]] = {}
"""Every verb there is, with the names of the classes that have it (filled by :func:`verb`)."""


def verb(*targets: str) -> Callable[[F], F]:
    """Mark a method as a verb that may be said to components of the ``targets`` classes.

    Classes are given by name, so that a family need not import another one to be spoken to;
    a subclass of a named class is accepted too. Without targets the verb is a loop.
    """

    def mark(method: F) -> F:
        owner = method.__qualname__.split(".")[0]
        SPOKEN.setdefault(method.__name__, []).append(owner)

        @wraps(method)
        def checked(self: Component, *args: Any, **kwargs: Any) -> Any:
            if targets:
                target = args[0] if args else next(iter(kwargs.values()), None)
                require_target(self, method.__name__, target, targets)
            return method(self, *args, **kwargs)

        setattr(checked, _MARK, targets)
        return cast(F, checked)

    return mark


def verbs_of(kind: type[Component]) -> dict[str, tuple[str, ...]]:
    """The verbs of a component class: name -> class names it may be said to (none: a loop)."""
    found: dict[str, tuple[str, ...]] = {}
    for parent in kind.__mro__:
        for name, member in vars(parent).items():
            targets = getattr(member, _MARK, None)
            if targets is not None:
                found.setdefault(name, targets)
    return found


def is_kind(component: object, names: tuple[str, ...]) -> bool:
    """Whether the component's class, or one it derives from, bears one of the names."""
    return any(parent.__name__ in names for parent in type(component).__mro__)


def described(component: Component) -> str:
    """``TodoTable (Table)``: how messages name a component."""
    return f"{component.name} ({type(component).__name__})"


def require_target(source: Component, name: str, target: object, allowed: tuple[str, ...]) -> None:
    """Refuse a verb said to the wrong kind of thing; raises :class:`ModelError`."""
    if is_kind(target, allowed):
        return
    what = described(target) if isinstance(target, Component) else repr(target)
    raise ModelError(
        f'"{name}" makes no sense to {what}: it takes {_either(allowed)}',
        where=described(source),
    )


def refuse_verb(source: Component, name: str) -> ModelError:
    """The error for a verb that the source's class does not have."""
    own = sorted(verbs_of(type(source)))
    hint = f"its verbs: {', '.join(own)}" if own else "it starts no calls"
    return ModelError(
        f'cannot say "{name}": only {_either(tuple(sorted(set(SPOKEN[name]))))} can',
        where=described(source),
        hint=hint,
    )


def _either(names: tuple[str, ...]) -> str:
    def parts() -> Iterator[str]:
        for name in names:
            yield f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"

    return " or ".join(parts())
