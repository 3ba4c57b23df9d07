"""One call of moto as it comes off the wire: no client in between.

A boto3 client changes parameters and results for the comfort of its caller (IAM's policy documents
become dictionaries, user data is encoded), chooses endpoints, signs, retries. Whoever called over
the wire has such a client of its own: what it sent is handed on by botocore's serializer, and what
moto answers is read by botocore's parser, neither more nor less.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from archlib.local.identity import RAW_KEY


class MotoCalls:
    """Calls of one client's service in its region; ``client`` tells endpoint and errors."""

    def __init__(self, client: Any) -> None:
        from botocore.parsers import create_parser
        from botocore.serialize import create_serializer

        self._client = client
        service = client.meta.service_model
        protocol = str(service.resolved_protocol)
        self._serializer = create_serializer(protocol, include_validation=False)
        self._parser = create_parser(protocol)
        self._endpoint = str(client.meta.endpoint_url).rstrip("/")
        # Which of its forms API Gateway shall answer in.
        self._accept = "application/json" if service.service_name == "apigateway" else ""
        self._scope = f"{client.meta.region_name}/{service.signing_name}/aws4_request"

    @staticmethod
    def suits(operation: Any) -> bool:
        """Whether an operation needs nothing that only a client does (another host name)."""
        return operation.endpoint is None and not operation.has_event_stream_output

    def call(
        self, operation: Any, params: Mapping[str, Any], access_key: str | None
    ) -> dict[str, Any]:
        """moto's answer as a client would give it.

        Raises :class:`ClientError` where moto refuses, :class:`NotImplementedError` for what it
        does not have.
        """
        from botocore.awsrequest import AWSPreparedRequest, HeadersDict
        from botocore.compat import HTTPHeaders
        from moto.core.models import botocore_stubber

        request = self._serializer.serialize_to_request(dict(params), operation)
        headers = HTTPHeaders()
        for name, value in request["headers"].items():
            headers[name] = str(value)
        # moto takes account, caller and region from the signature, and does not check it.
        key = access_key or RAW_KEY
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={key}/20260105/{self._scope}, SignedHeaders=host, "
            "Signature=0"
        )
        if self._accept:
            headers["Accept"] = self._accept
        prepared: Any = AWSPreparedRequest
        answer = botocore_stubber.process_request(
            prepared(request["method"], self._url(request), headers, _body(request), False)
        )
        if answer is None:
            raise NotImplementedError(f"moto does not serve {self._endpoint}")
        status, given, body = answer
        response: dict[str, Any] = {
            "status_code": int(status),
            "headers": HeadersDict((str(k), str(v)) for k, v in given.items()),
            "body": body.encode() if isinstance(body, str) else bytes(body),
            "context": {"operation_name": operation.name},
        }
        if response["status_code"] >= 300:
            raise self._error(operation, response)
        if operation.has_streaming_output:
            response["body"] = io.BytesIO(response["body"])
        parsed: dict[str, Any] = self._parser.parse(response, operation.output_shape)
        return parsed

    def _url(self, request: Mapping[str, Any]) -> str:
        path, given = request["url_path"], request["query_string"]
        url = f"{self._endpoint}{path if path.startswith('/') else f'/{path}'}"
        if not given:
            return url
        pairs = given.items() if isinstance(given, Mapping) else given
        query = urlencode(list(pairs), doseq=True, quote_via=quote, safe="-._~")
        return f"{url}{'&' if '?' in url else '?'}{query}"

    def _error(self, operation: Any, response: dict[str, Any]) -> Exception:
        parsed = self._parser.parse(response, operation.output_shape)
        code = parsed.get("Error", {}).get("Code")
        service = operation.service_model
        shape = service.shape_for_error_code(parsed.get("Error", {}).get("QueryErrorCode") or code)
        if shape is not None:
            modeled = self._parser.parse(response, shape)
            parsed.update((k, v) for k, v in modeled.items() if k != "ResponseMetadata")
        error: Exception = self._client.exceptions.from_code(code)(parsed, operation.name)
        return error


def _body(request: Mapping[str, Any]) -> Any:
    body = request["body"]
    if isinstance(body, Mapping):
        return urlencode(list(body.items()), doseq=True).encode()
    return body.encode() if isinstance(body, str) else body
