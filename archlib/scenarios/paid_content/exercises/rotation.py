"""Exercise: the steps of a key rotation, in the order in which no link fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.scenarios.answering import deployed
from archlib.scenarios.paid_content import SCENARIO
from archlib.scenarios.paid_content.studio import (
    MOON,
    Pair,
    publish,
    register_key,
    remove_key,
    trust,
    trusted,
    use_key,
)
from archlib.scenarios.paid_content.viewers import Viewer, ask_link, play, premium
from archlib.verify import Site
from archlib.verify.exercise import Exercise, Marked, Unfit

if TYPE_CHECKING:
    from archlib.local import LocalCloud

FIVE_MINUTES = 300


class _Failed(Exception):
    """What goes wrong when the steps are taken in an order."""


@dataclass
class _Rotation:
    """A running site whose key is changed while a viewer watches.

    With ``fresh`` links are signed by functions that have just started and know no key yet;
    otherwise by one that runs all the time.
    """

    site: Site
    cloud: LocalCloud
    ana: Viewer
    old: str
    fresh: bool
    new: Pair | None = None
    links: list[tuple[float, str]] = field(default_factory=list)

    def watch(self, after: str) -> None:
        """A new link is asked for, and each link that is not five minutes old must play."""
        if self.fresh:
            self._start_anew()
        answer = ask_link(self.site, self.ana, MOON)
        if answer.status != 200:
            raise _Failed(f"{after} the viewer asks for a link and gets {answer}.")
        self.links.append((self.cloud.clock.time(), answer.value("url")))
        for given, target in self.links:
            age = self.cloud.clock.time() - given
            if age < FIVE_MINUTES - 1 and (played := play(target)).status != 200:
                by = " by a newly started function" if self.fresh else ""
                raise _Failed(f"{after} a link given{by} {age:.0f} seconds ago is {played}.")

    def _start_anew(self) -> None:
        """Another configuration: Lambda starts the function anew."""
        self.site.operator("lambda").update_function_configuration(
            FunctionName=self.site.outputs["LinkFunctionName"],
            Description=f"{len(self.links)} links were given",
        )

    def needed(self, step: str) -> Pair:
        """The new pair; raises where it is not registered yet."""
        if self.new is None:
            raise _Failed(f"“{step}” cannot be done: CloudFront does not know the new key yet.")
        return self.new

    def register(self, step: str) -> None:
        """Make a pair, tell CloudFront its public half."""
        self.new = register_key(self.site, f"new {self.fresh}")

    def trust_both(self, step: str) -> None:
        """The group holds the old key and the new one."""
        trust(self.site, self.old, self.needed(step).id)

    def sign(self, step: str) -> None:
        """The secret holds the new pair."""
        use_key(self.site, self.needed(step))

    def wait(self, step: str) -> None:
        """Ten minutes, in which somebody watches."""
        for minute in range(1, 11):
            self.site.wait(seconds=60)
            self.watch(f"{minute} minute{'s' * (minute > 1)} into “{step}”")

    def trust_new(self, step: str) -> None:
        """The group holds the new key alone."""
        trust(self.site, self.needed(step).id)

    def delete(self, step: str) -> None:
        """CloudFront forgets the old public key, if no group has it."""
        refusal = remove_key(self.site, self.old)
        if refusal != "ok":
            raise _Failed(f"“{step}” is refused: {refusal}.")


STEPS: Mapping[str, Callable[[_Rotation, str], None]] = {
    "delete the old public key": _Rotation.delete,
    "register the new public key": _Rotation.register,
    "sign with the new key": _Rotation.sign,
    "trust both keys": _Rotation.trust_both,
    "trust the new key alone": _Rotation.trust_new,
    "wait ten minutes": _Rotation.wait,
}
"""What there is to do, in the order of the alphabet."""


def _judge(answer: Any) -> Marked:
    if not isinstance(answer, list | tuple) or sorted(map(str, answer)) != sorted(STEPS):
        raise Unfit("a list with each of the six steps once: " + ", ".join(map(repr, STEPS)))
    with deployed(SCENARIO) as (cloud, site):
        publish(site)
        ana = premium(site, "ana", MOON)
        try:
            links = [_rotate(site, cloud, ana, answer, fresh) for fresh in (False, True)]
        except _Failed as failed:
            return Marked(False, str(failed))
    return Marked(
        True,
        f"the key is another one; {links[0]} links of a function that ran all the time and "
        f"{links[1]} links of newly started ones all played for their five minutes.",
    )


def _rotate(site: Site, cloud: LocalCloud, ana: Viewer, order: Sequence[str], fresh: bool) -> int:
    """Take the steps; the number of links that were given meanwhile."""
    (old,) = trusted(site)
    rotation = _Rotation(site, cloud, ana, old, fresh)
    rotation.watch("before anything is changed")
    for step in order:
        STEPS[step](rotation, step)
        rotation.watch(f"after “{step}”")
    return len(rotation.links)


ROTATION = Exercise(
    "rotation",
    "Another key, and nobody notices",
    "Every year the key pair is changed while people watch. A link lives five minutes, and the "
    "signing function keeps the private key in its memory for five minutes before it fetches the "
    "secret again. Put the steps in an order in which no link fails and no old key is left: "
    + ", ".join(f"`{step}`" for step in STEPS) + ".",
    'a `list` of the six steps, e.g. `["wait ten minutes", …]`',
    (
        "A group may hold several keys: who checks must know a key before somebody signs with it.",
        "For five minutes a function may still sign with the old key; how long does the last of "
        "these links live?",
    ),
    _judge,
)  # fmt: skip
