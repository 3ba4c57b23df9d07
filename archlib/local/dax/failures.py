"""Errors of the DAX protocol: DynamoDB's codes as the number paths that clients know.

The first number says whose fault it is (4: the client's), the rest walk down a tree; both
are read off the public client libraries. Where a library's tree has no name for a path it
takes the code that comes along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from archlib.local.dax.cbor import encode

_DYNAMODB: Final = (4, 37, 38, 39)

#: DynamoDB's error code to the path of numbers.
_PATHS: Final[Mapping[str, tuple[int, ...]]] = {
    "ProvisionedThroughputExceededException": (*_DYNAMODB, 40),
    "ResourceNotFoundException": (*_DYNAMODB, 41),
    "AccessDeniedException": (4, 37, 38, 42),
    "ConditionalCheckFailedException": (*_DYNAMODB, 43),
    "ResourceInUseException": (*_DYNAMODB, 45),
    "ValidationException": (*_DYNAMODB, 46),
    "InternalServerError": (*_DYNAMODB, 47),
    "ItemCollectionSizeLimitExceededException": (*_DYNAMODB, 48),
    "LimitExceededException": (*_DYNAMODB, 49),
    "ThrottlingException": (*_DYNAMODB, 50),
    "TransactionConflictException": (*_DYNAMODB, 57),
    "TransactionCanceledException": (*_DYNAMODB, 58),
    "TransactionInProgressException": (*_DYNAMODB, 59),
    "IdempotentParameterMismatchException": (*_DYNAMODB, 60),
    "RequestLimitExceeded": (*_DYNAMODB, 61),
}
#: The connection is not who it says it is, or may not do this.
AUTHENTICATION: Final = (4, 23, 31, 33)
AUTHORIZATION: Final = (4, 23, 31, 34)
_INTERNAL: Final = (3, 37, 54)


class Refusal(Exception):
    """DAX itself refuses a call: error numbers, code and message."""

    def __init__(self, path: Sequence[int], code: str, message: str) -> None:
        self.path = tuple(path)
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")

    def answer(self, request_id: str) -> bytes:
        """The error as it is sent."""
        return _answer(self.path, self.message, [request_id, self.code, 400])


def internal(error: Exception, request_id: str) -> bytes:
    """What the local cloud itself could not do, as the service's own failure."""
    message = f"{type(error).__name__}: {error}"
    return _answer(_INTERNAL, message, [request_id, "InternalServerErrorException", 500])


def answer(error: Any, request_id: str) -> bytes:
    """A DynamoDB ``ClientError`` as it is sent."""
    response: Mapping[str, Any] = error.response
    code = response["Error"]["Code"]
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    detail: list[Any] = [request_id, code, status]
    if (reasons := response.get("CancellationReasons")) is not None:
        # The Python client keeps the reasons as they come; items among them are not sent.
        detail.append(
            [part for one in reasons for part in (one.get("Code"), one.get("Message"), None)]
        )
    return _answer(_PATHS.get(code, (*_DYNAMODB, 0)), response["Error"].get("Message", ""), detail)


def _answer(path: Sequence[int], message: str, detail: list[Any]) -> bytes:
    return encode(list(path)) + encode(message) + encode(detail)
