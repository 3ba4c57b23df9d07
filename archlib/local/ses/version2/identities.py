"""Identities of the second API and their policies."""

from __future__ import annotations

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.ses import resources
from archlib.local.ses.account import Identity
from archlib.local.ses.addresses import problem
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version, refusal

V: Version = "sesv2"


class IdentitiesOperations(Operations):
    """Identities of the second API and their policies."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "CreateEmailIdentity": self.create_identity,
            "GetEmailIdentity": self.get_identity,
            "DeleteEmailIdentity": self.delete_identity,
            "ListEmailIdentities": self.list_identities,
            "PutEmailIdentityConfigurationSetAttributes": self.put_identity_set,
            "CreateEmailIdentityPolicy": self.create_policy,
            "UpdateEmailIdentityPolicy": self.update_policy,
            "GetEmailIdentityPolicies": self.policies,
            "DeleteEmailIdentityPolicy": self.delete_policy,
        }

    def create_identity(self, call: ApiCall) -> Result:
        """CreateEmailIdentity: sends the mail, or gives the records to publish."""
        params, account = call.params, self._account(call)
        name = params["EmailIdentity"]
        if "DkimSigningAttributes" in params and (
            "DomainSigningPrivateKey" in params["DkimSigningAttributes"]
        ):
            raise Unsupported("the local SES does not take DKIM keys of yours", where=name)
        if account.named(name) is not None:
            raise refusal(V, "exists", f"Email identity {name} already exist.")
        if "@" in name and (wrong := problem(name)) is not None:
            raise refusal(V, "invalid", wrong)
        identity = account.add(name)
        if params.get("ConfigurationSetName"):
            resources.configuration_set(account, V, params["ConfigurationSetName"])
            identity.configuration_set = params["ConfigurationSetName"]
        identity.tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
        if identity.is_domain:
            identity.tokens, identity.dkim = self._services.tokens(), "PENDING"
        self._services.verification.begin(account, identity)
        shown = _identity(identity)
        return {
            key: shown[key]
            for key in ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")
        }

    def get_identity(self, call: ApiCall) -> Result:
        """GetEmailIdentity."""
        return _identity(self._identity(call))

    def delete_identity(self, call: ApiCall) -> Result:
        """DeleteEmailIdentity."""
        self._account(call).remove(self._identity(call).name)
        return {}

    def list_identities(self, call: ApiCall) -> Result:
        """ListEmailIdentities."""
        return {
            "EmailIdentities": [
                {
                    "IdentityType": "DOMAIN" if one.is_domain else "EMAIL_ADDRESS",
                    "IdentityName": one.name,
                    "SendingEnabled": one.verified,
                    "VerificationStatus": one.status,
                }
                for one in self._account(call).identities.values()
            ]
        }

    def put_identity_set(self, call: ApiCall) -> Result:
        """PutEmailIdentityConfigurationSetAttributes."""
        identity = self._identity(call)
        name = call.params.get("ConfigurationSetName") or None
        if name is not None:
            resources.configuration_set(self._account(call), V, name)
        identity.configuration_set = name
        return {}

    def create_policy(self, call: ApiCall) -> Result:
        """CreateEmailIdentityPolicy."""
        identity, name = self._identity(call), call.params["PolicyName"]
        if name in identity.policies:
            raise refusal(V, "exists", f"Policy {name} already exists")
        identity.policies[name] = resources.policy(V, call.params["Policy"])
        return {}

    def update_policy(self, call: ApiCall) -> Result:
        """UpdateEmailIdentityPolicy."""
        identity, name = self._identity(call), call.params["PolicyName"]
        if name not in identity.policies:
            raise refusal(V, "not_found", f"Policy {name} does not exist")
        identity.policies[name] = resources.policy(V, call.params["Policy"])
        return {}

    def policies(self, call: ApiCall) -> Result:
        """GetEmailIdentityPolicies."""
        return {"Policies": dict(self._identity(call).policies)}

    def delete_policy(self, call: ApiCall) -> Result:
        """DeleteEmailIdentityPolicy."""
        self._identity(call).policies.pop(call.params["PolicyName"], None)
        return {}

    def _identity(self, call: ApiCall) -> Identity:
        return resources.identity(self._account(call), V, call.params["EmailIdentity"])


def _identity(one: Identity) -> Result:
    dkim: Result = {
        "SigningEnabled": bool(one.tokens),
        "Status": one.dkim,
        "SigningAttributesOrigin": "AWS_SES",
    }
    if one.tokens:
        dkim["Tokens"] = list(one.tokens)
    shown: Result = {
        "IdentityType": "DOMAIN" if one.is_domain else "EMAIL_ADDRESS",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": one.verified,
        "VerificationStatus": one.status,
        "DkimAttributes": dkim,
        "Policies": dict(one.policies),
        "Tags": [{"Key": k, "Value": v} for k, v in one.tags.items()],
    }
    if one.configuration_set:
        shown["ConfigurationSetName"] = one.configuration_set
    return shown
