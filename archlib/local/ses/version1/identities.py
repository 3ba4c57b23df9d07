"""Identities of the first API, their policies and notification topics."""

from __future__ import annotations

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.ses import resources
from archlib.local.ses.account import Identity
from archlib.local.ses.addresses import problem
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version, refusal

V: Version = "ses"
_STATUS = {"PENDING": "Pending", "SUCCESS": "Success", "FAILED": "Failed",
           "NOT_STARTED": "NotStarted"}  # fmt: skip


class IdentitiesOperations(Operations):
    """Identities of the first API, their policies and notification topics."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "VerifyEmailIdentity": self.verify_address,
            "VerifyEmailAddress": self.verify_address,
            "VerifyDomainIdentity": self.verify_domain,
            "VerifyDomainDkim": self.verify_dkim,
            "GetIdentityDkimAttributes": self.dkim,
            "DeleteIdentity": self.delete_identity,
            "DeleteVerifiedEmailAddress": self.delete_identity,
            "ListIdentities": self.list_identities,
            "ListVerifiedEmailAddresses": self.list_addresses,
            "GetIdentityVerificationAttributes": self.attributes,
            "SetIdentityNotificationTopic": self.set_topic,
            "GetIdentityNotificationAttributes": self.topics,
            "PutIdentityPolicy": self.put_policy,
            "GetIdentityPolicies": self.policies,
            "ListIdentityPolicies": self.policy_names,
            "DeleteIdentityPolicy": self.delete_policy,
        }

    def verify_address(self, call: ApiCall) -> Result:
        """VerifyEmailIdentity, VerifyEmailAddress."""
        if (wrong := problem(call.params["EmailAddress"])) is not None:
            raise refusal(
                V, "invalid", f"Invalid email address<{call.params['EmailAddress']}>. {wrong}"
            )
        account = self._account(call)
        self._services.verification.begin(account, account.add(call.params["EmailAddress"]))
        return {}

    def verify_domain(self, call: ApiCall) -> Result:
        """VerifyDomainIdentity: proof by TXT record."""
        account = self._account(call)
        identity = account.add(call.params["Domain"])
        if not identity.token:
            identity.token = self._services.tokens()[0]
        self._services.verification.begin(account, identity)
        return {"VerificationToken": identity.token}

    def verify_dkim(self, call: ApiCall) -> Result:
        """VerifyDomainDkim: proof by three CNAME records."""
        account = self._account(call)
        identity = account.add(call.params["Domain"])
        if not identity.tokens:
            identity.tokens, identity.dkim = self._services.tokens(), "PENDING"
        self._services.verification.begin(account, identity)
        return {"DkimTokens": list(identity.tokens)}

    def dkim(self, call: ApiCall) -> Result:
        """GetIdentityDkimAttributes."""
        found = self._named(call)
        return {
            "DkimAttributes": {
                name: {
                    "DkimEnabled": one.dkim == "SUCCESS",
                    "DkimVerificationStatus": _STATUS[one.dkim],
                    **({"DkimTokens": list(one.tokens)} if one.tokens else {}),
                }
                for name, one in found.items()
            }
        }

    def delete_identity(self, call: ApiCall) -> Result:
        """DeleteIdentity: harmless for one that is not there."""
        name = call.params.get("Identity") or call.params["EmailAddress"]
        self._account(call).remove(name)
        return {}

    def list_identities(self, call: ApiCall) -> Result:
        """ListIdentities."""
        kind = call.params.get("IdentityType")
        found = [
            one.name
            for one in self._account(call).identities.values()
            if kind is None or one.is_domain is (kind == "Domain")
        ]
        return {"Identities": found}

    def list_addresses(self, call: ApiCall) -> Result:
        """ListVerifiedEmailAddresses."""
        found = self._account(call).identities.values()
        names = [one.name for one in found if one.verified and not one.is_domain]
        return {"VerifiedEmailAddresses": names}

    def attributes(self, call: ApiCall) -> Result:
        """GetIdentityVerificationAttributes."""
        return {
            "VerificationAttributes": {
                name: {
                    "VerificationStatus": _STATUS[one.status],
                    **({"VerificationToken": one.token} if one.token else {}),
                }
                for name, one in self._named(call).items()
            }
        }

    def set_topic(self, call: ApiCall) -> Result:
        """SetIdentityNotificationTopic."""
        params = call.params
        identity = resources.identity(self._account(call), V, params["Identity"])
        if params.get("SnsTopic"):
            identity.topics[params["NotificationType"]] = params["SnsTopic"]
        else:
            identity.topics.pop(params["NotificationType"], None)
        return {}

    def topics(self, call: ApiCall) -> Result:
        """GetIdentityNotificationAttributes."""
        return {
            "NotificationAttributes": {
                name: {
                    **{f"{kind}Topic": topic for kind, topic in one.topics.items()},
                    "ForwardingEnabled": True,
                }
                for name, one in self._named(call).items()
            }
        }

    def put_policy(self, call: ApiCall) -> Result:
        """PutIdentityPolicy."""
        identity = resources.identity(self._account(call), V, call.params["Identity"])
        text = resources.policy(V, call.params["Policy"])
        identity.policies[call.params["PolicyName"]] = text
        return {}

    def policies(self, call: ApiCall) -> Result:
        """GetIdentityPolicies."""
        identity = resources.identity(self._account(call), V, call.params["Identity"])
        wanted = call.params["PolicyNames"]
        return {"Policies": {k: v for k, v in identity.policies.items() if k in wanted}}

    def policy_names(self, call: ApiCall) -> Result:
        """ListIdentityPolicies."""
        identity = resources.identity(self._account(call), V, call.params["Identity"])
        return {"PolicyNames": list(identity.policies)}

    def delete_policy(self, call: ApiCall) -> Result:
        """DeleteIdentityPolicy."""
        identity = resources.identity(self._account(call), V, call.params["Identity"])
        identity.policies.pop(call.params["PolicyName"], None)
        return {}

    def _named(self, call: ApiCall) -> dict[str, Identity]:
        account = self._account(call)
        found = {name: account.named(name) for name in call.params["Identities"]}
        return {name: one for name, one in found.items() if one is not None}
