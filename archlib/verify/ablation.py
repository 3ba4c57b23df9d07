"""Ablation: take one part out of a template and see which verdicts it was holding up.

A part is a resource or one statement of a policy. What referred to a removed resource goes with
it, as far as a template can say it: list items, properties and outputs that name it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archlib.errors import UsageError
from archlib.verify.evidence import Outcome, Verdict
from archlib.verify.resources import statements
from archlib.verify.run import Progress, Report, verify
from archlib.verify.scenario import Scenario

if TYPE_CHECKING:
    from archlib.template import Template


@dataclass(frozen=True)
class Part:
    """A resource, or the ``statement`` (its index among the resource's statements) of a policy."""

    logical_id: str
    statement: int | None = None
    label: str = ""

    def __str__(self) -> str:
        return self.label or self.logical_id


@dataclass(frozen=True)
class Ablation:
    """What became of the verdicts when ``part`` was gone."""

    part: Part
    before: Report
    after: Report

    @property
    def turned(self) -> tuple[tuple[Verdict | None, Verdict], ...]:
        """The verdicts whose outcome is another one now, before and after.

        Before is None for what only now has to be said: that nothing could be deployed.
        """
        was = {verdict.requirement.id: verdict for verdict in self.before.verdicts}
        judged = set(was) | {"DEPLOYS"}
        return tuple(
            (was.get(now.requirement.id), now)
            for now in self.after.verdicts
            if now.requirement.id in judged and now.outcome is not self._before(now)
        )

    def _before(self, now: Verdict) -> Outcome:
        for verdict in self.before.verdicts:
            if verdict.requirement.id == now.requirement.id:
                return verdict.outcome
        return Outcome.MET


def parts(template: Template) -> Iterator[Part]:
    """Every part that can be taken out: each resource, and each policy statement in it."""
    for logical_id, resource in template.body["Resources"].items():
        yield Part(logical_id)
        for index, granted in enumerate(statements({"Resources": {logical_id: resource}})):
            yield Part(logical_id, index, granted.label)


def part(template: Template, name: str) -> Part:
    """The part called ``name``: a logical id, a statement's Sid, or both with a space between.

    Raises :class:`UsageError` when there is none, or more than one.
    """
    every = list(parts(template))
    found = [p for p in every if name in (str(p), str(p).partition(" ")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{name!r} is the name of {len(found)} parts",
            hint=f"say one of {', '.join(map(str, found))}",
        )
    near = [str(p) for p in every if name.lower() in str(p).lower()]
    raise UsageError(
        f"the template has no resource and no statement called {name!r}",
        hint=f"near it: {', '.join(near[:6])}" if near else "a logical id, or a Sid",
    )


def without(template: Template, taken: Part) -> Template:
    """A copy of the template with one part taken out."""
    body = copy.deepcopy(template.body)
    resources = body["Resources"]
    if taken.statement is None:
        del resources[taken.logical_id]
        _forget(body, taken.logical_id)
    else:
        one = {"Resources": {taken.logical_id: resources[taken.logical_id]}}
        gone = list(statements(one))[taken.statement].statement
        if _strike(resources[taken.logical_id], gone):
            del resources[taken.logical_id]
            _forget(body, taken.logical_id)
    # Emitted anew: the text that was read, if any, still has the part.
    return replace(template, name=f"{template.name} without {taken}", body=body, text=None)


def ablate(
    scenario: Scenario,
    template: Template,
    taken: Part,
    *,
    before: Report | None = None,
    only: Sequence[str] | None = None,
    progress: Progress = lambda _: None,
) -> Ablation:
    """Judge the template with and without a part; ``only`` names the checks to run.

    ``before`` is the report on the whole template, if it is known already.
    """
    whole = before or verify(scenario, template, only=only, progress=progress)
    rest = verify(scenario, without(template, taken), only=only, progress=progress)
    return Ablation(taken, whole, rest)


def _strike(resource: dict[str, Any], gone: Any) -> bool:
    """Take the statement out of its document; True when nothing of the resource is left.

    A policy without statements is not a policy: an inline policy goes with its last statement,
    and so does a resource that was nothing but a policy.
    """
    holder, key = _document_of(resource["Properties"], gone)
    document = holder[key]
    kept = [s for s in _list(document["Statement"]) if s is not gone]
    if kept:
        document["Statement"] = kept
        return False
    policies = resource["Properties"].get("Policies")
    if isinstance(policies, list) and holder in policies:
        policies.remove(holder)
        return False
    return True


def _document_of(value: Any, gone: Any) -> tuple[dict[str, Any], str]:
    """Who holds the policy document with the statement, and under which key."""
    todo = [value]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            for key, inner in here.items():
                if isinstance(inner, dict) and any(
                    s is gone for s in _list(inner.get("Statement", []))
                ):
                    return here, key
                todo.append(inner)
        elif isinstance(here, list):
            todo.extend(here)
    raise KeyError("statement")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _forget(body: dict[str, Any], logical_id: str) -> None:
    """Drop what spoke of a resource that is no longer there."""
    for resource in body["Resources"].values():
        depends = [d for d in _list(resource.get("DependsOn", [])) if d != logical_id]
        resource.pop("DependsOn", None)
        if depends:
            resource["DependsOn"] = depends
        if "Properties" in resource:
            _prune(resource["Properties"], logical_id)
    for name in [n for n, o in body.get("Outputs", {}).items() if _names(o["Value"], logical_id)]:
        del body["Outputs"][name]


def _prune(value: Any, logical_id: str) -> None:
    if isinstance(value, dict):
        for key in [k for k, inner in value.items() if _names(inner, logical_id)]:
            del value[key]
        for inner in value.values():
            _prune(inner, logical_id)
    elif isinstance(value, list):
        value[:] = [inner for inner in value if not _names(inner, logical_id)]
        for inner in value:
            _prune(inner, logical_id)


def _names(value: Any, logical_id: str) -> bool:
    """Whether a value is an intrinsic that speaks of the resource."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (name, argument), *_ = value.items()
    if name == "Ref":
        return bool(argument == logical_id)
    if name == "Fn::GetAtt":
        at = argument if isinstance(argument, list) else str(argument).split(".")
        return bool(at[0] == logical_id)
    if name == "Fn::Sub":
        text = argument[0] if isinstance(argument, list) else argument
        return re.search(r"\$\{" + re.escape(logical_id) + r"[.}]", str(text)) is not None
    return name.startswith("Fn::") and _mentions(argument, logical_id)


def _mentions(value: Any, logical_id: str) -> bool:
    """Whether an intrinsic within a function's arguments speaks of the resource."""
    if isinstance(value, list):
        return any(_mentions(inner, logical_id) for inner in value)
    return _names(value, logical_id)


__all__ = ["Ablation", "Part", "ablate", "part", "parts", "without"]
