"""The account in the second API: production access, sending, the suppression list."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.ses.account import Suppressed
from archlib.local.ses.addresses import bare
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version, refusal

V: Version = "sesv2"

REVIEW: Final = 3600.0
"""Virtual seconds until production access is granted; AWS answers within 24 hours."""


class AccountOperations(Operations):
    """The account in the second API: production access, sending, the suppression list."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "GetAccount": self.account,
            "PutAccountDetails": self.put_details,
            "PutAccountSendingAttributes": self.put_sending,
            "PutAccountSuppressionAttributes": self.put_suppression,
            "PutSuppressedDestination": self.suppress,
            "GetSuppressedDestination": self.suppressed,
            "DeleteSuppressedDestination": self.unsuppress,
            "ListSuppressedDestinations": self.list_suppressed,
        }

    def account(self, call: ApiCall) -> Result:
        """GetAccount."""
        account = self._account(call)
        shown: Result = {
            "DedicatedIpAutoWarmupEnabled": True,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": account.production,
            "SendQuota": {
                "Max24HourSend": account.limits.daily,
                "MaxSendRate": account.limits.rate,
                "SentLast24Hours": float(account.quota.last_day),
            },
            "SendingEnabled": account.sending,
            "SuppressionAttributes": {"SuppressedReasons": list(account.suppressed_reasons)},
        }
        if account.details:
            shown["Details"] = {**account.details, "ReviewDetails": {"Status": account.review}}
        return shown

    def put_details(self, call: ApiCall) -> Result:
        """PutAccountDetails: asks for production access, which is granted after a review."""
        account, params = self._account(call), call.params
        if account.review == "PENDING":
            raise ApiRefusal("ConflictException", "A review is already in progress", 409)
        kept = ("MailType", "WebsiteURL", "ContactLanguage", "UseCaseDescription",
                "AdditionalContactEmailAddresses")  # fmt: skip
        account.details = {name: params[name] for name in kept if name in params}
        if not params.get("ProductionAccessEnabled") or account.production:
            account.review = account.review or "GRANTED"
            return {}
        account.review = "PENDING"

        def granted() -> None:
            account.review, account.production = "GRANTED", True

        self._services.clock.after(REVIEW, granted, f"SES production access in {account.region}")
        return {}

    def put_sending(self, call: ApiCall) -> Result:
        """PutAccountSendingAttributes."""
        self._account(call).sending = bool(call.params.get("SendingEnabled", False))
        return {}

    def put_suppression(self, call: ApiCall) -> Result:
        """PutAccountSuppressionAttributes."""
        reasons = tuple(call.params.get("SuppressedReasons") or ())
        self._account(call).suppressed_reasons = reasons
        return {}

    def suppress(self, call: ApiCall) -> Result:
        """PutSuppressedDestination."""
        address = bare(call.params["EmailAddress"]).lower()
        entry = Suppressed(address, call.params["Reason"], self._services.clock.now())
        self._account(call).suppression[address] = entry
        return {}

    def suppressed(self, call: ApiCall) -> Result:
        """GetSuppressedDestination."""
        return {"SuppressedDestination": _suppressed(self._listed(call))}

    def unsuppress(self, call: ApiCall) -> Result:
        """DeleteSuppressedDestination."""
        del self._account(call).suppression[self._listed(call).address]
        return {}

    def list_suppressed(self, call: ApiCall) -> Result:
        """ListSuppressedDestinations."""
        wanted = call.params.get("Reasons")
        return {
            "SuppressedDestinationSummaries": [
                _suppressed(one)
                for one in self._account(call).suppression.values()
                if not wanted or one.reason in wanted
            ]
        }

    def _listed(self, call: ApiCall) -> Suppressed:
        address = bare(call.params["EmailAddress"]).lower()
        found = self._account(call).suppression.get(address)
        if found is None:
            message = f"Email address {address} does not exist on your suppression list."
            raise refusal(V, "not_found", message)
        return found


def _suppressed(one: Suppressed) -> dict[str, str | datetime]:
    return {"EmailAddress": one.address, "Reason": one.reason, "LastUpdateTime": one.since}
