"""Which S3 operation an HTTP request is, and with which parameters.

Read by the service's model, as the rest-xml protocol reads any service's (Amazon S3 API Reference,
the request syntax of each operation).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from archlib.local.http import HttpRequest
from archlib.local.protocols import Malformed, Message, Services
from archlib.local.refusal import ApiRefusal
from archlib.local.s3.address import Address

_NOT_ALLOWED = "The specified method is not allowed against this resource."
_NO_FORM = "Bucket POST must be of the enclosure-type multipart/form-data"

#: Compiled shapes depend on nothing but the model: all clouds share them.
SERVICES = Services()


@dataclass(frozen=True)
class Operation:
    """An operation's model and the parameters as boto3 would be given them."""

    model: Any
    params: dict[str, Any]

    @property
    def name(self) -> str:
        """What the operation is called."""
        return str(self.model.name)


def operation(request: HttpRequest, address: Address) -> Operation:
    """Recognise the operation.

    Raises:
        ApiRefusal: ``MethodNotAllowed``, ``PreconditionFailed``: no operation of S3 is called so;
            ``MalformedXML``, ``InvalidArgument``: what it is given cannot be read. Amazon S3 API
            Reference, "Error responses".
    """
    path = "/" if address.bucket is None else f"/{quote(address.bucket)}"
    if address.key is not None:
        path += f"/{quote(address.key, safe='')}"
    message = Message.of(request.method, path, request.query, request.headers, request.body)
    found = SERVICES.routes("s3").find(message)
    if found is None:
        if request.method == "POST" and address.key is None:
            raise ApiRefusal("PreconditionFailed", _NO_FORM, 412)
        raise ApiRefusal("MethodNotAllowed", _NOT_ALLOWED, 405)
    name, labels = found
    model = SERVICES.model("s3").operation_model(name)
    try:
        params = SERVICES.protocol("s3").read(model, replace(message, labels=labels))
    except Malformed as malformed:
        if request.body and model.input_shape.serialization.get("payload"):
            raise ApiRefusal(
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our "
                "published schema",
            ) from None
        raise ApiRefusal("InvalidArgument", str(malformed)) from None
    params.pop("ContentLength", None)
    return Operation(model, params)
