"""What SES keeps of an account in one region: identities, templates, sets, lists, counters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from archlib.local.ses import addresses
from archlib.local.ses.mail import Accepted
from archlib.local.ses.quota import PRODUCTION, SANDBOX, Limits, Quota
from archlib.local.ses.templates import Template

#: GetSendStatistics counts in steps of so many seconds.
STEP: Final = 900


@dataclass
class Identity:
    """A mail address or a domain. ``status`` is ``PENDING``, ``SUCCESS`` or ``FAILED``.

    ``tokens`` are a domain's DKIM tokens, ``token`` the older proof by TXT record; ``attempt``
    counts verification mails, so that only the last one's link is good.
    """

    name: str
    arn: str
    status: str = "PENDING"
    dkim: str = "NOT_STARTED"
    tokens: tuple[str, ...] = ()
    token: str = ""
    attempt: int = 0
    policies: dict[str, str] = field(default_factory=dict)
    configuration_set: str | None = None
    topics: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_domain(self) -> bool:
        """Whether it stands for a whole domain."""
        return "@" not in self.name

    @property
    def verified(self) -> bool:
        """Whether mail may be sent from it."""
        return self.status == "SUCCESS"


@dataclass(frozen=True)
class EventDestination:
    """Where events of a configuration set go: an SNS topic."""

    name: str
    enabled: bool
    types: frozenset[str]
    topic: str


@dataclass
class ConfigurationSet:
    """A named group of rules for messages."""

    name: str
    sending: bool = True
    suppressed: tuple[str, ...] | None = None
    destinations: dict[str, EventDestination] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Suppressed:
    """An address on the suppression list, with the reason ``BOUNCE`` or ``COMPLAINT``."""

    address: str
    reason: str
    since: datetime


class Account:
    """One account in one region."""

    def __init__(self, account: str, region: str, now: Callable[[], float]) -> None:
        self.id = account
        self.region = region
        self._now = now
        self.identities: dict[str, Identity] = {}
        self.templates: dict[str, Template] = {}
        self.template_times: dict[str, datetime] = {}
        self.sets: dict[str, ConfigurationSet] = {}
        self.suppression: dict[str, Suppressed] = {}
        self.suppressed_reasons: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
        self.production = False
        self.sending = True
        self.details: dict[str, Any] = {}
        self.review: str | None = None
        self.quota = Quota(now)
        self.accepted: list[Accepted] = []
        self._counts: dict[int, dict[str, int]] = {}

    @property
    def limits(self) -> Limits:
        """What may be sent."""
        return PRODUCTION if self.production else SANDBOX

    def arn(self, kind: str, name: str) -> str:
        """The ARN of an ``identity``, ``template`` or ``configuration-set``."""
        return f"arn:aws:ses:{self.region}:{self.id}:{kind}/{name}"

    def identity_for(self, address: str) -> Identity | None:
        """The identity that covers an address, the most specific one there is."""
        names = addresses.identities(address)
        return next((self.identities[n] for n in names if n in self.identities), None)

    def verified(self, address: str) -> bool:
        """Whether an address, its label's address or one of its domains is verified."""
        names = addresses.identities(address)
        return any(n in self.identities and self.identities[n].verified for n in names)

    def add(self, name: str) -> Identity:
        """A new identity. moto gets it too, where IAM's facts are looked up."""
        from moto.ses.models import ses_backends

        key = addresses.bare(name) if "@" in name else name.strip().lower()
        if key not in self.identities:
            self.identities[key] = Identity(key, self.arn("identity", key))
            ses_backends[self.id][self.region].create_email_identity_v2(key, None, None, None)
        return self.identities[key]

    def named(self, name: str) -> Identity | None:
        """An identity by its own name."""
        return self.identities.get(addresses.bare(name) if "@" in name else name.lower())

    def remove(self, name: str) -> None:
        """Forget an identity; harmless if there is none."""
        from moto.ses.models import ses_backends

        identity = self.named(name)
        if identity is not None:
            del self.identities[identity.name]
            ses_backends[self.id][self.region].email_identities.pop(identity.name, None)

    def count(self, **more: int) -> None:
        """Add to the statistics of now: ``attempts``, ``bounces``, ``complaints``, ``rejects``."""
        step = int(self._now()) // STEP
        counts = self._counts.setdefault(step, {})
        for name, number in more.items():
            counts[name] = counts.get(name, 0) + number

    def statistics(self) -> Iterable[tuple[datetime, Mapping[str, int]]]:
        """Counters of the last two weeks, oldest first; each with the end of its quarter."""
        oldest = (self._now() - 14 * 86_400) // STEP
        for step, counts in sorted(self._counts.items()):
            if step >= oldest:
                yield datetime.fromtimestamp((step + 1) * STEP, UTC), counts
