"""A scenario: one architecture with its flows, checks, faults and variants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from archlib.architecture import Architecture
from archlib.errors import VerificationError
from archlib.verify.check import Check, Fault
from archlib.verify.flow import Flow


@dataclass(frozen=True)
class Scenario:
    """Everything that is known of one scenario, under the name it has everywhere.

    ``variants`` are other builds of the same architecture that flows compare with (``"without
    cache"``); ``views`` are further diagrams of it, by suffix of their file name.

    Raises :class:`VerificationError` when its parts do not fit together: two of one name, a
    check that needs a flow, a fault that names a check, a flow or a fault that names a variant,
    which does not exist.
    """

    name: str
    title: str
    architecture: Callable[[], Architecture]
    flows: tuple[Flow, ...]
    checks: tuple[Check, ...]
    faults: tuple[Fault, ...]
    variants: Mapping[str, Callable[[], Architecture]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        flows = self._unique("flows", (flow.name for flow in self.flows))
        checks = self._unique("checks", (check.id for check in self.checks))
        self._unique("faults", (fault.name for fault in self.faults))
        variants = {"", *self.variants}
        for check in self.checks:
            self._known(f"check “{check.id}” needs flow", check.flows, flows)
        for fault in self.faults:
            self._known(f"fault “{fault.name}” is caught by check", [fault.caught_by], checks)
            self._known(f"fault “{fault.name}” damages variant", [fault.variant], variants)
        for flow in self.flows:
            self._known(f"flow “{flow.name}” runs in variant", [flow.variant], variants)

    def _unique(self, kind: str, names: Iterable[str]) -> set[str]:
        counts = Counter(names)
        for name, count in counts.items():
            if count > 1:
                raise VerificationError(
                    f"{count} {kind} are called “{name}”", where=f"scenario {self.name}"
                )
        return set(counts)

    def _known(self, who: str, names: Iterable[str], known: Collection[str]) -> None:
        for name in names:
            if name not in known:
                raise VerificationError(
                    f"{who} “{name}”, which it does not have",
                    where=f"scenario {self.name}",
                    hint=f"there are {', '.join(sorted(filter(None, known))) or 'none'}",
                )
