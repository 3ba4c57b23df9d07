"""Which key of KMS a table is encrypted with.

Sources: Amazon DynamoDB API Reference, "SSESpecification", "SSEDescription"; Amazon DynamoDB
Developer Guide, "DynamoDB encryption at rest: How it works". Without a specification, or with one
that is not enabled, a table has a key of AWS's own and describes no encryption; with one that names
no key, the account's AWS managed key ``alias/aws/dynamodb``, which the first such table makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.kms import KmsPlane
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

MANAGED_KEY = "alias/aws/dynamodb"


class TableKeys:
    """Resolves the keys of tables in the cloud's own KMS."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def resolved(self, region: str, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """A specification with its key as an ARN; None for AWS's own key.

        Raises :class:`ApiRefusal` for a key that does not exist, with words of ours.
        """
        if given is None or not given.get("Enabled"):
            return None
        named = given.get("KMSMasterKeyId") or MANAGED_KEY
        arn = self._cloud.plane(KmsPlane).key_arn(region, named)
        if arn is None:
            raise ApiRefusal(
                "ValidationException",
                f"One or more parameter values were invalid: KMS key {named} does not exist in "
                f"{region}",
            )
        return {**given, "KMSMasterKeyId": arn}
