"""Which key of KMS a table is encrypted with, and who may use it.

Sources: Amazon DynamoDB API Reference, "SSESpecification", "SSEDescription"; Amazon DynamoDB
Developer Guide, "DynamoDB encryption at rest: How it works". Without a specification, or with one
that is not enabled, a table has a key of AWS's own and describes no encryption; with one that names
no key, the account's AWS managed key ``alias/aws/dynamodb``, which the first such table makes.
Under a key of one's own, who reads or writes items needs ``kms:Decrypt``: DynamoDB opens the
table's key in the caller's name, with the table in the encryption context. (AWS keeps an opened
key for some minutes; here every request asks.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall
from archlib.local.kms import KmsPlane
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

MANAGED_KEY = "alias/aws/dynamodb"

_ONE_TABLE = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"})
_BATCHES = frozenset({"BatchGetItem", "BatchWriteItem"})
_TRANSACTIONS = frozenset({"TransactGetItems", "TransactWriteItems"})


class TableKeys:
    """Resolves the keys of tables in the cloud's own KMS."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        #: (region, table) -> the customer managed key that it is under.
        self._customers: dict[tuple[str, str], str] = {}

    def keep(self, region: str, table: str, specification: Mapping[str, Any] | None) -> None:
        """Remember a table's key; None or AWS's own keys need nobody's permission."""
        self._customers.pop((region, table), None)
        arn = None if specification is None else specification["KMSMasterKeyId"]
        if arn is not None and self._cloud.plane(KmsPlane).is_customers(region, arn):
            self._customers[region, table] = arn

    def ask(self, call: ApiCall) -> None:
        """Let the caller use the keys of the tables that are read or written.

        Raises:
            ApiRefusal: ``AccessDeniedException``; the caller may not, or the key is not usable.
        """
        if not self._customers or call.service != "dynamodb":
            return
        account = self._cloud.account
        for given in dict.fromkeys(_tables(call)):
            name = given.rpartition("/")[2]
            key = self._customers.get((call.region, name))
            if key is None:
                continue
            arn = f"arn:aws:dynamodb:{call.region}:{account}:table/{name}"
            errand = self._cloud.plane(KmsPlane).errand(call, "dynamodb", arn)
            context = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": account}
            try:
                errand.permit("Decrypt", key, context)
            except ApiRefusal as refusal:
                raise ApiRefusal(
                    "AccessDeniedException", f"KMS key access denied error: {refusal.message}"
                ) from None

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


def _tables(call: ApiCall) -> Iterable[str]:
    """The tables, by name or ARN, whose items an operation touches."""
    if call.operation in _ONE_TABLE:
        return (call.params["TableName"],)
    if call.operation in _BATCHES:
        return tuple(call.params["RequestItems"])
    if call.operation in _TRANSACTIONS:
        parts = (part for entry in call.params["TransactItems"] for part in entry.values())
        return tuple(part["TableName"] for part in parts)
    return ()
