"""The plane of Amazon SES: both APIs over one state, and the page behind verification links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local.api import ApiCall
from archlib.local.iam import IamEnforcement
from archlib.local.iam.lookups import NONE, ResourcePolicies, Sought
from archlib.local.ses import version1, version2
from archlib.local.ses.account import Account
from archlib.local.ses.links import HOST
from archlib.local.ses.mail import Accepted
from archlib.local.ses.operations import Services
from archlib.local.ses.sending import Sending
from archlib.local.ses.verification import Verification

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_DKIM_TOKENS = 3


class SesPlane:
    """Identities, templates, sending. What is accepted is in ``cloud.outbox``, kind ``ses``."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve both APIs and the host of verification links; hand IAM the identities' policies."""
        self._cloud = cloud
        self._accounts: dict[str, Account] = {}
        sending, verification = Sending(cloud), Verification(cloud, self._account)
        services = Services(self._account, sending, verification, self._tokens, cloud.clock)
        self._served: set[tuple[str, str]] = set()
        for service, groups in (("ses", version1.GROUPS), ("sesv2", version2.GROUPS)):
            for group in groups:
                for name, handler in group(services).handlers.items():
                    cloud.api.handle(service, name, handler)
                    self._served.add((service, name))
        cloud.api.guard(self._known)
        cloud.http.serve(HOST, verification.serve)
        cloud.plane(IamEnforcement).register_lookup("ses", self._policies)

    def stop(self) -> None:
        """Nothing to leave behind."""

    def accepted(self, *, region: str | None = None) -> tuple[Accepted, ...]:
        """Every message that SES took in a region, oldest first, with all that was in it."""
        return tuple(self._account(region or self._cloud.region).accepted)

    def _account(self, region: str) -> Account:
        if region not in self._accounts:
            clock = self._cloud.clock
            self._accounts[region] = Account(self._cloud.account, region, clock.time)
        return self._accounts[region]

    def _tokens(self) -> tuple[str, ...]:
        return tuple(self._cloud.new_id("dkim", 32) for _ in range(_DKIM_TOKENS))

    def _known(self, call: ApiCall) -> None:
        """moto would answer the rest from a state of its own."""
        if call.service in ("ses", "sesv2") and (call.service, call.operation) not in self._served:
            raise Unsupported(f"the local cloud has no {call.service}:{call.operation}")

    def _policies(self, sought: Sought) -> ResourcePolicies:
        """The sending authorization policies of an identity."""
        parts = sought.resource.split(":")
        kind, _, name = parts[-1].partition("/")
        if kind != "identity" or len(parts) < 6:
            return NONE
        identity = self._account(parts[3]).named(name)
        if identity is None or not identity.policies:
            return NONE
        named = tuple((f"policy {k} of {name}", text) for k, text in identity.policies.items())
        return ResourcePolicies(named)
