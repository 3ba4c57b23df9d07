"""One operation of S3 over HTTP: judged, handled, done by moto, observed.

Where nobody handles an operation, moto's answer goes out as it is. Where somebody does, the answer
is read as a boto3 client would read it, so that handlers and observers see what they see of any
call; only a result that a handler has made or changed is written anew.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.s3.address import Address
from archlib.local.s3.answering import from_moto
from archlib.local.s3.operation import SERVICES, Operation

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class Answered(Exception):
    """moto has refused: its answer goes out, past all handlers."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response
        super().__init__(str(response.status))


class Serving:
    """Lets handlers, moto and observers answer one admitted call."""

    def __init__(
        self, cloud: LocalCloud, request: HttpRequest, where: Address, access_key: str | None
    ) -> None:
        self._cloud = cloud
        self._request = request
        self._where = where
        self._access_key = access_key
        self._response: HttpResponse | None = None
        self._parsed: dict[str, Any] = {}

    def answer(self, call: ApiCall, asked: Operation) -> HttpResponse:
        """The response to send.

        Raises :class:`ApiRefusal` where a handler refuses, :class:`Unsupported` where moto has
        not what is asked.
        """
        api = self._cloud.api
        handler = api.handler("s3", asked.name)
        if handler is None and not api.observed("s3", asked.name):
            return self._moto()
        call.proceed = lambda: self._proceed(asked)
        try:
            result = (handler or _proceed)(call)
        except Answered as answered:
            return answered.response
        api.observe(call, result)
        if self._response is None or result != self._parsed:
            request_id = self._cloud.new_id("request", 16).upper()
            return SERVICES.protocol("s3").write(asked.model, result, request_id)
        return self._response

    def _proceed(self, asked: Operation) -> dict[str, Any]:
        self._response = self._moto()
        if self._response.status >= 300:
            raise Answered(self._response)
        parsed = _parsed(self._response, asked)
        self._parsed = copy.deepcopy(parsed)
        return parsed

    def _moto(self) -> HttpResponse:
        try:
            return from_moto(self._request, self._where, self._access_key)
        except NotImplementedError as error:
            raise Unsupported(
                f"the local cloud has no S3 for {self._request.method} {self._request.path}",
                where=self._request.host, hint=str(error) or None,
            ) from error  # fmt: skip


def _proceed(call: ApiCall) -> dict[str, Any]:
    return call.proceed()


def _parsed(response: HttpResponse, asked: Operation) -> dict[str, Any]:
    """What botocore makes of an answer."""
    from botocore.awsrequest import HeadersDict
    from botocore.parsers import create_parser

    shape = asked.model.output_shape
    payload = None if shape is None else shape.serialization.get("payload")
    raw = payload is not None and shape.members[payload].type_name in ("blob", "string")
    found: dict[str, Any] = create_parser("rest-xml").parse(
        {
            "body": b"" if raw else response.body,
            "headers": HeadersDict(response.headers),
            "status_code": response.status,
        },
        shape,
    )
    if raw and payload is not None:
        found[payload] = response.content
    return found
