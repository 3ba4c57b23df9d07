"""What no design may contradict, as a table of rules.

Each rule yields the errors it sees; :func:`validate` raises the first. It runs whenever an
:class:`archlib.architecture.model.Architecture` is made, so nobody can forget it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from archlib.architecture.model import Architecture, Boundary
from archlib.architecture.verbs import SPOKEN, described, is_kind, refuse_verb, verbs_of
from archlib.errors import ModelError

_PASCAL_CASE = re.compile(r"[A-Z][A-Za-z0-9]*")

Rule = Callable[[Architecture], Iterator[ModelError]]


def duplicate_names(architecture: Architecture) -> Iterator[ModelError]:
    """Components and boundaries share the name space of logical ids."""
    names = Counter(component.name for component in architecture.components)
    names.update(boundary.name for boundary in architecture.boundaries)
    for name, count in names.items():
        if count > 1:
            holders = [described(c) for c in architecture.components if c.name == name]
            holders += [f"boundary {b.name}" for b in architecture.boundaries if b.name == name]
            yield ModelError(
                f"{count} parts of the design have this name: {', '.join(holders)}",
                where=name,
                hint="a name is the stem of logical ids; give each its own",
            )


def names_are_logical_ids(architecture: Architecture) -> Iterator[ModelError]:
    """A component's name is PascalCase: CloudFormation's logical ids are alphanumeric."""
    for component in architecture.components:
        if not _PASCAL_CASE.fullmatch(component.name):
            suggestion = "".join(
                part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", component.name)
            )
            yield ModelError(
                "the name is not PascalCase letters and digits",
                where=described(component),
                hint=f"say {suggestion}" if _PASCAL_CASE.fullmatch(suggestion) else None,
            )


def known_boundaries(architecture: Architecture) -> Iterator[ModelError]:
    """Every boundary that is named exists."""
    names = [boundary.name for boundary in architecture.boundaries]
    standing = [(described(c), c.boundary) for c in architecture.components]
    standing += [(f"boundary {b.name}", b.parent) for b in architecture.boundaries]
    for who, name in standing:
        if name is not None and name not in names:
            yield ModelError(
                f'stands in boundary "{name}", which the architecture does not have',
                where=who,
                hint=_nearest(name, names, "boundaries"),
            )


def boundaries_without_cycle(architecture: Architecture) -> Iterator[ModelError]:
    """No boundary encloses itself."""
    boundaries = {boundary.name: boundary for boundary in architecture.boundaries}
    for boundary in architecture.boundaries:
        chain = [boundary.name]
        current: Boundary = boundary
        while current.parent is not None:
            chain.append(current.parent)
            if current.parent in chain[:-1]:
                yield ModelError(
                    f"encloses itself: {' in '.join(chain)}", where=f"boundary {boundary.name}"
                )
                break
            current = boundaries[current.parent]


def known_ends(architecture: Architecture) -> Iterator[ModelError]:
    """Every connection joins components of the architecture."""
    names = [component.name for component in architecture.components]
    for connection in architecture.connections:
        for end, name in (("source", connection.source), ("target", connection.target)):
            if name not in names:
                yield ModelError(
                    f'its {end} "{name}" is not among the components',
                    where=f'connection {connection.source} "{connection.verb}" {connection.target}',
                    hint=_nearest(name, names, "components"),
                )


def duplicate_connections(architecture: Architecture) -> Iterator[ModelError]:
    """One pair says a verb once."""
    counts = Counter(connection.key for connection in architecture.connections)
    for (source, target, name), count in counts.items():
        if count > 1:
            yield ModelError(
                f'says "{name}" to {target} {count} times', where=source, hint="say it once"
            )


def sensible_verbs(architecture: Architecture) -> Iterator[ModelError]:
    """The source has the verb, and it may be said to the target.

    A component class of one's own without any verb is a sketch: what it is connected by is drawn
    and means nothing else.
    """
    for connection in architecture.connections:
        source = architecture.component(connection.source)
        target = architecture.component(connection.target)
        own = verbs_of(type(source))
        if connection.verb in own:
            allowed = own[connection.verb]
            if not allowed and source is not target:
                yield ModelError(
                    f'says "{connection.verb}" to {described(target)}, but it is a loop',
                    where=described(source),
                )
            if allowed and not is_kind(target, allowed):
                yield ModelError(
                    f'"{connection.verb}" makes no sense to {described(target)}: '
                    f"it takes {' or '.join(allowed)}",
                    where=described(source),
                )
        elif own or is_kind(source, ("AwsComponent",)):
            if connection.verb in SPOKEN:
                yield refuse_verb(source, connection.verb)
            else:
                yield ModelError(
                    f'"{connection.verb}" is no verb that makes sense here',
                    where=described(source),
                    hint=_nearest(connection.verb, list(own), "verbs"),
                )


def connected_components(architecture: Architecture) -> Iterator[ModelError]:
    """Every component takes part: an unconnected one draws no arrow and can be seen by no flow."""
    used = {
        name
        for connection in architecture.connections
        if connection.source != connection.target
        for name in (connection.source, connection.target)
    }
    for component in architecture.components:
        if component.name not in used:
            verbs = sorted(verbs_of(type(component)))
            yield ModelError(
                "is connected to nothing",
                where=described(component),
                hint=(f"connect it ({', '.join(verbs)})" if verbs else "connect something to it")
                + ", or leave it out",
            )


def views_show_everything(architecture: Architecture) -> Iterator[ModelError]:
    """Views name what is there, each once, and together show every arrow."""
    if not architecture.views:
        return
    names = [component.name for component in architecture.components]
    titles = Counter(view.name for view in architecture.views)
    for view in architecture.views:
        if titles[view.name] > 1:
            yield ModelError("is there twice", where=f"view {view.name}")
        for name in view.components:
            if name not in names:
                yield ModelError(
                    f'shows "{name}", which is not among the components',
                    where=f"view {view.name}",
                    hint=_nearest(name, names, "components"),
                )
    for connection in architecture.connections:
        ends = {connection.source, connection.target}
        if not any(ends <= set(view.components) for view in architecture.views):
            yield ModelError(
                "no view shows it",
                where=f'connection {connection.source} "{connection.verb}" {connection.target}',
                hint="add both ends to one view's components",
            )


RULES: tuple[Rule, ...] = (
    duplicate_names,
    names_are_logical_ids,
    known_boundaries,
    boundaries_without_cycle,
    known_ends,
    duplicate_connections,
    sensible_verbs,
    connected_components,
    views_show_everything,
)
"""In this order: a later rule may rely on what an earlier one established."""


def validate(architecture: Architecture) -> None:
    """Raise :class:`archlib.errors.ModelError` for the first rule that is broken."""
    for rule in RULES:
        for error in rule(architecture):
            raise error


def _nearest(name: str, names: list[str], what: str) -> str:
    close = get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"{what}: {', '.join(sorted(names))}" if names else f"there are no {what}"
