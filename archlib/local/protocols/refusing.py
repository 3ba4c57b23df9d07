"""What a refusal is in a service's own model: its shape, its codes, its further members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.refusal import ApiRefusal

#: Members of a parsed error that are not the error's own.
_ENVELOPE = frozenset({"Error", "ResponseMetadata", "message", "Message"})
#: Members of ``Error`` that every error has, or that botocore adds.
_COMMON = frozenset({"Code", "Message", "Type", "QueryErrorCode"})


@dataclass(frozen=True)
class Failure:
    """A refused call, in no protocol yet.

    ``code`` is the one clients see; ``name`` the error shape's, where the model has one and it is
    called otherwise; ``fields`` are further members of the shape, ``details`` of the error
    element (S3 and the query protocols).
    """

    code: str
    message: str
    status: int
    name: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape_name(self) -> str:
        """What the error shape is called."""
        return self.name or self.code

    @property
    def sender(self) -> bool:
        """Whether it is the caller's fault."""
        return self.status < 500

    @classmethod
    def of_refusal(cls, refusal: ApiRefusal) -> Failure:
        """From a plane's refusal."""
        return cls(refusal.code, refusal.message, refusal.status, refusal.shape, refusal.fields,
                   refusal.fields)  # fmt: skip

    @classmethod
    def of_response(cls, response: Mapping[str, Any]) -> Failure:
        """From what botocore made of moto's answer (``ClientError.response``)."""
        error = response.get("Error", {})
        return cls(
            str(error.get("Code", "Unknown")),
            str(error.get("Message", "")),
            int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)),
            str(error.get("QueryErrorCode", "")),
            {name: value for name, value in response.items() if name not in _ENVELOPE},
            {name: value for name, value in error.items() if name not in _COMMON},
        )


def error_shape(service_model: Any, failure: Failure) -> Any:
    """The shape of a failure in the service's model, or None."""
    for code in (failure.name, failure.code):
        if code and (shape := service_model.shape_for_error_code(code)) is not None:
            return shape
    return None


def message_member(shape: Any) -> str:
    """Under which name the model has an error's message."""
    return next((name for name in ("message", "Message") if name in shape.members), "message")
