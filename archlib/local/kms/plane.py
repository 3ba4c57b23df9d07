"""The KMS plane: keys, aliases, grants and cryptography over a state of its own.

Of moto's KMS nothing is used: it encrypts under disabled keys, keeps deleted ones, and its grants
have no effect. Its other services find the keys' twins there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.constraints import refuse_violations
from archlib.local.iam import IamEnforcement
from archlib.local.iam.authorization import GRANT_ID, Context
from archlib.local.iam.callers import Asker
from archlib.local.iam.lookups import NONE, ResourcePolicies, Sought
from archlib.local.iam.state import Named
from archlib.local.kms.aliases import Aliases
from archlib.local.kms.cryptography import Cryptography
from archlib.local.kms.errand import Errand
from archlib.local.kms.granting import Granting
from archlib.local.kms.grants import allowing
from archlib.local.kms.management import Management
from archlib.local.kms.rotation import Rotations
from archlib.local.kms.signatures import Signatures
from archlib.local.kms.state import Keys
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: What the operations that are refused would be.
REFUSED: dict[str, str] = {
    "ReplicateKey": "replicas of multi-Region keys",
    "UpdatePrimaryRegion": "replicas of multi-Region keys",
    "GetParametersForImport": "imported key material",
    "ImportKeyMaterial": "imported key material",
    "DeleteImportedKeyMaterial": "imported key material",
    "DeriveSharedSecret": "key agreement",
    "Encapsulate": "key encapsulation",
    "Decapsulate": "key encapsulation",
    "GetKeyLastUsage": "the last use of a key",
    **dict.fromkeys(
        (
            "CreateCustomKeyStore", "ConnectCustomKeyStore", "DescribeCustomKeyStores",
            "DisconnectCustomKeyStore", "UpdateCustomKeyStore", "DeleteCustomKeyStore",
        ),
        "custom key stores",
    ),
}  # fmt: skip

_CHANGES = frozenset({"CreateGrant", "RetireGrant", "RevokeGrant"})


class KmsPlane:
    """Serves KMS; :meth:`errand` is for services that use keys for their callers."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve the API, and tell IAM about keys, their policies and their grants."""
        self._cloud = cloud
        self._keys = keys = Keys(cloud)
        groups = (Management, Aliases, Rotations, Granting, Cryptography, Signatures)
        for group in groups:
            for name, handler in group(keys).handlers.items():
                cloud.api.handle("kms", name, self._checked(name, handler))
        for name, what in REFUSED.items():
            cloud.api.handle("kms", name, _refusing(name, what))
        self._iam = _iam(cloud)
        if self._iam is not None:
            self._iam.register_lookup("kms", self._policies)
            self._iam.register_keeper("kms", self)

    def stop(self) -> None:
        """Nothing to leave behind."""

    def errand(self, call: ApiCall, service: str, resource: str) -> Errand:
        """The use of keys that ``service`` makes for the caller of ``call``."""
        return self.errand_of(call.caller, call.region, service, resource)

    def errand_of(self, asker: Asker, region: str, service: str, resource: str) -> Errand:
        """The use of keys that ``service`` makes for somebody, or for another service."""
        return Errand(self._keys, self._iam, asker, region, service, resource)

    def key_arn(self, region: str, key_id: str) -> str | None:
        """The ARN of a key by any of its names; None when there is none."""
        return self.arn_of("key", region, key_id)

    def is_customers(self, region: str, arn: str) -> bool:
        """Whether a key is a customer's, not one that AWS manages."""
        key = self._keys.find(region, arn)
        return key is not None and key.manager == "CUSTOMER"

    # -- what IAM asks -----------------------------------------------------------------------

    def arn_of(self, named: Named, region: str, name: str | bytes) -> str | None:
        """A key by name, by what it sealed, or by a token for one of its grants."""
        if isinstance(name, bytes):
            sealed = self._keys.of_ciphertext(region, name)
            return None if sealed is None else sealed[0].arn
        if named in ("grant token", "grant"):
            granted = self._keys.of_token(region, name)
            if granted is None:
                return None
            return granted[0].arn if named == "grant token" else granted[1].id
        key = self._keys.find(region, name)
        return None if key is None else key.arn

    def context_of(self, arn: str) -> Context:
        """The condition keys that describe a key."""
        keys = self._keys.region(arn.split(":")[3])
        key = keys.find(arn) if ":key/" in arn else None
        return {} if key is None else key.keys(keys.aliases_of(key))

    def _policies(self, sought: Sought) -> ResourcePolicies:
        """The key policy, without which nobody may use the key, and the grants that apply."""
        parts = sought.resource.split(":")
        if len(parts) < 6 or not parts[5].startswith("key/"):
            return NONE
        key = self._keys.region(parts[3]).find(sought.resource)
        if key is None:
            return NONE
        operation = sought.action.partition(":")[2]
        documents = [(f"key policy of {parts[5]}", key.policy)]
        for grant in key.grants.values():
            named = f"grant {grant.id[:8]} of {parts[5]}"
            if grant.covers(operation, sought.context):
                documents.append((named, allowing(grant.grantee, operation, "grantee")))
            retires = operation == "RetireGrant" and sought.context.get(GRANT_ID) == grant.id
            if retires and grant.retiring is not None:
                documents.append((named, allowing(grant.retiring, operation, "retiring")))
        return ResourcePolicies(tuple(documents), must_allow=True)

    # -- every call --------------------------------------------------------------------------

    def _checked(self, name: str, handler: Handler) -> Handler:
        def handle(call: ApiCall) -> Result:
            shape = self._cloud.raw("kms").meta.service_model.operation_model(name).input_shape
            refuse_violations(shape, call.params)
            for parameter in ("Recipient", "DryRunModifiers"):
                if call.params.get(parameter):
                    raise Unsupported(f"{parameter} is not imitated", where=f"kms:{name}")
            rehearsal = bool(call.params.get("DryRun"))
            if rehearsal and name in _CHANGES:
                raise Unsupported("DryRun of a change is not imitated", where=f"kms:{name}")
            result = handler(call)
            if rehearsal:
                raise ApiRefusal(
                    "DryRunOperationException",
                    "The request would have succeeded, but the DryRun option is set.",
                )
            return result

        return handle


def _refusing(name: str, what: str) -> Handler:
    def refuse(call: ApiCall) -> Result:
        raise Unsupported(f"the local cloud has no kms:{name}", hint=f"it would be {what}")

    return refuse


def _iam(cloud: LocalCloud) -> IamEnforcement | None:
    try:
        return cloud.plane(IamEnforcement)
    except KeyError:
        return None
