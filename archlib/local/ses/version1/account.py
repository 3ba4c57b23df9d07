"""The account in the first API: quota, statistics, the switch for sending."""

from __future__ import annotations

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.ses.operations import Operations


class AccountOperations(Operations):
    """The account in the first API: quota, statistics, the switch for sending."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "GetSendQuota": self.quota,
            "GetSendStatistics": self.statistics,
            "GetAccountSendingEnabled": self.sending_enabled,
            "UpdateAccountSendingEnabled": self.enable_sending,
        }

    def quota(self, call: ApiCall) -> Result:
        """GetSendQuota."""
        account = self._account(call)
        return {
            "Max24HourSend": account.limits.daily,
            "MaxSendRate": account.limits.rate,
            "SentLast24Hours": float(account.quota.last_day),
        }

    def statistics(self, call: ApiCall) -> Result:
        """GetSendStatistics."""
        return {
            "SendDataPoints": [
                {
                    "Timestamp": when,
                    "DeliveryAttempts": counts.get("attempts", 0),
                    "Bounces": counts.get("bounces", 0),
                    "Complaints": counts.get("complaints", 0),
                    "Rejects": counts.get("rejects", 0),
                }
                for when, counts in self._account(call).statistics()
            ]
        }

    def sending_enabled(self, call: ApiCall) -> Result:
        """GetAccountSendingEnabled."""
        return {"Enabled": self._account(call).sending}

    def enable_sending(self, call: ApiCall) -> Result:
        """UpdateAccountSendingEnabled."""
        self._account(call).sending = bool(call.params.get("Enabled", False))
        return {}
