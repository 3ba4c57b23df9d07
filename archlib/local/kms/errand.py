"""Keys used by a service for whoever called it.

Source: AWS Key Management Service Developer Guide, "kms:ViaService", "kms:CallerAccount"; IAM
User Guide, "Forward access sessions": the service makes the KMS call with the caller's
permissions, and the request says through which service it came.

Each use of a customer managed key is a hop from the service's resource to the key. What a
service does with its AWS managed key stays inside the service: nobody draws that key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlib.local.iam.callers import Asker, principal_of
from archlib.local.iam.pattern import ContextValue
from archlib.local.identity import Caller
from archlib.local.kms import refusals
from archlib.local.kms.ciphertext import read
from archlib.local.kms.keys import Key
from archlib.local.kms.specs import ENCRYPT, SYMMETRIC
from archlib.local.kms.state import Keys
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.iam import IamEnforcement


@dataclass(frozen=True)
class DataKey:
    """A data key, in plain text and sealed."""

    plaintext: bytes
    blob: bytes
    key_arn: str


@dataclass(frozen=True)
class Errand:
    """What a service may do with keys for whoever asks it for something.

    ``asker`` is who asks, ``region`` where the keys are, ``service`` its name in
    ``kms:ViaService`` (``secretsmanager``), ``resource`` the ARN of what the key protects. Without
    the IAM plane everything is allowed. All methods raise KMS's own
    :class:`~archlib.local.refusal.ApiRefusal`; how it is said to the caller is the service's
    business.
    """

    keys: Keys
    iam: IamEnforcement | None
    asker: Asker
    region: str
    service: str
    resource: str

    def permit(self, operation: str, key_id: str, context: Mapping[str, str]) -> None:
        """Whether the key may be used so; for a service that keeps what it seals in the clear."""
        with self._using(operation, self._named(key_id), context):
            pass

    def data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """A new AES-256 data key under a key."""
        with self._using("GenerateDataKey", self._named(key_id), context) as key:
            plaintext = key.material.draw(32)
            return DataKey(plaintext, key.material.seal(plaintext, context), key.arn)

    def encrypt(self, key_id: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """A ciphertext blob."""
        with self._using("Encrypt", self._named(key_id), context) as key:
            return key.material.seal(plaintext, context)

    def decrypt(self, blob: bytes, context: Mapping[str, str]) -> bytes:
        """The plaintext of a blob."""
        message = read(blob)
        if message is None:
            raise refusals.bad_ciphertext()
        found = self.keys.of_ciphertext(self.region, blob)
        if found is None:
            raise refusals.no_key(self.keys.region(self.region).arn(f"key/{message.key_id}"))
        with self._using("Decrypt", found[0], context) as key:
            return key.material.unseal(message, context)

    def _named(self, key_id: str) -> Key:
        return self.keys.named(self.region, key_id)

    @contextmanager
    def _using(self, operation: str, key: Key, context: Mapping[str, str]) -> Iterator[Key]:
        who = self.asker
        seen = key.manager == "CUSTOMER" and not (isinstance(who, Caller) and who.kind == "control")
        if not seen:
            self._require(operation, key, context)
            yield key
            return
        with self.keys.cloud.trace.hop(
            source=self.resource, target=key.arn, action=f"kms:{operation}",
            principal=_arn(who),
        ) as hop:  # fmt: skip
            try:
                hop.detail["iam"] = self._require(operation, key, context)
                yield key
            except ApiRefusal as refusal:
                hop.status, hop.error = refusal.status, refusal.code
                raise

    def _require(self, operation: str, key: Key, context: Mapping[str, str]) -> str:
        reason = "IAM does not run"
        if self.iam is not None:
            action, who = f"kms:{operation}", self.asker
            decision = self.iam.decide(
                who, action, key.arn, self._request_keys(context), region=self.region
            )
            reason = decision.reason
            if not decision.allowed:
                raise ApiRefusal(
                    "AccessDeniedException",
                    refusals.UNREADABLE
                    if operation == "Decrypt"
                    else self.iam.explain(who, action, key.arn, decision),
                )
        key.require_usable()
        key.require_use(ENCRYPT, operation)
        if key.spec.name != SYMMETRIC:
            raise refusals.wrong_algorithm(SYMMETRIC, key.spec.name)
        return reason

    def _request_keys(self, context: Mapping[str, str]) -> dict[str, ContextValue]:
        host = f"{self.service}.amazonaws.com"
        return {
            "kms:ViaService": f"{self.service}.{self.region}.amazonaws.com",
            # A service that asks in its own name comes from no account of a customer's.
            **({"kms:CallerAccount": self.asker.account} if isinstance(self.asker, Caller) else {}),
            "kms:EncryptionAlgorithm": SYMMETRIC,
            "kms:EncryptionContextKeys": tuple(context),
            **{f"kms:EncryptionContext:{name}": text for name, text in context.items()},
            "aws:ViaAWSService": "true",
            "aws:CalledVia": (host,),
            "aws:CalledViaFirst": host,
            "aws:CalledViaLast": host,
        }


def _arn(who: Asker) -> str:
    return who.arn if isinstance(who, Caller) else principal_of(who, {}).arn
