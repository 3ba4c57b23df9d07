"""Errors the gateway itself answers, as AWS sends them, and their customised forms.

AWS: "Gateway response types for API Gateway" (types, default status codes, fall-back to
``DEFAULT_4XX``/``DEFAULT_5XX``) and "Set up a gateway response to customize errors"
(templates are plain variable substitution, not VTL). Default messages and
``x-amzn-ErrorType`` values are those observed in AWS's answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archlib.local.gateway.configuration import GatewayResponse
from archlib.local.gateway.exchange import Answer, Exchange, media_type

JSON = "application/json"
DEFAULT_TEMPLATES: Mapping[str, str] = {JSON: '{"message":$context.error.messageString}'}


@dataclass(frozen=True, slots=True)
class Kind:
    """A gateway response type's defaults."""

    status: int | None
    error_type: str
    message: str | None
    template: str = DEFAULT_TEMPLATES[JSON]


_SERVER = "InternalServerErrorException"
#: AWS spells the key of authorization refusals with a capital letter.
_CAPITAL = '{"Message":$context.error.messageString}'

KINDS: Mapping[str, Kind] = {
    "ACCESS_DENIED": Kind(
        403, "AccessDeniedException", "User is not authorized to access this resource", _CAPITAL
    ),
    "API_CONFIGURATION_ERROR": Kind(500, _SERVER, "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": Kind(500, "AuthorizerConfigurationException", None),
    "AUTHORIZER_FAILURE": Kind(500, "AuthorizerConfigurationException", None),
    "BAD_REQUEST_PARAMETERS": Kind(400, "BadRequestException", "Bad request"),
    "BAD_REQUEST_BODY": Kind(400, "BadRequestException", "Invalid request body"),
    "DEFAULT_4XX": Kind(None, "BadRequestException", "Bad request"),
    "DEFAULT_5XX": Kind(None, _SERVER, "Internal server error"),
    "EXPIRED_TOKEN": Kind(
        403, "ExpiredTokenException", "The security token included in the request is expired"
    ),
    "INTEGRATION_FAILURE": Kind(504, _SERVER, "Network error communicating with endpoint"),
    "INTEGRATION_TIMEOUT": Kind(504, _SERVER, "Endpoint request timed out"),
    "INVALID_API_KEY": Kind(403, "ForbiddenException", "Forbidden"),
    "INVALID_SIGNATURE": Kind(
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. "
        "Consult the service documentation for details.",
    ),
    "MISSING_AUTHENTICATION_TOKEN": Kind(
        403, "MissingAuthenticationTokenException", "Missing Authentication Token"
    ),
    "QUOTA_EXCEEDED": Kind(429, "LimitExceededException", "Limit Exceeded"),
    "REQUEST_TOO_LARGE": Kind(413, "RequestEntityTooLargeException", "Request Too Long"),
    "RESOURCE_NOT_FOUND": Kind(404, "NotFoundException", "Not Found"),
    "THROTTLED": Kind(429, "TooManyRequestsException", "Too Many Requests"),
    "UNAUTHORIZED": Kind(401, "UnauthorizedException", "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": Kind(415, "UnsupportedMediaTypeException", "Unsupported Media Type"),
    "WAF_FILTERED": Kind(403, "ForbiddenException", "Forbidden"),
}


class GatewayError(Exception):
    """Ends the chain: the gateway answers with its own response of type ``kind``.

    ``reason`` is for the trace only; ``detail`` is ``$context.error.validationErrorString``.
    """

    def __init__(
        self,
        kind: str,
        message: str | None = None,
        *,
        status: int | None = None,
        error_type: str | None = None,
        reason: str | None = None,
        detail: str | None = None,
    ) -> None:
        defaults = KINDS[kind]
        self.kind = kind
        self.message = defaults.message if message is None else message
        self.status = status or defaults.status or 500
        self.error_type = error_type or defaults.error_type
        self.reason = reason
        self.detail = detail
        super().__init__(f"{kind}: {reason or self.message}")


#: What a stage or API that is not there answers; not customisable, there is nothing to ask.
FORBIDDEN = Answer(
    403,
    (("Content-Type", JSON), ("x-amzn-ErrorType", "ForbiddenException")),
    b'{"message":"Forbidden"}',
)

_VARIABLE = re.compile(r"\$(context|stageVariables|method\.request)\.([A-Za-z0-9_.-]*[A-Za-z0-9_])")
Variables = Callable[[Exchange, str], object]


def render(error: GatewayError, exchange: Exchange, variables: Variables) -> Answer:
    """The answer to ``error``, customised as the deployment says.

    ``variables`` gives a ``$context`` value by its dotted name.
    """
    kind = KINDS[error.kind]
    family = "DEFAULT_4XX" if error.status < 500 else "DEFAULT_5XX"
    custom = exchange.api.gateway_responses
    chosen = custom.get(error.kind) or custom.get(family) or GatewayResponse(None, {}, {})
    templates = chosen.templates or {JSON: kind.template}
    accepted = media_type(exchange.header("Accept"))
    content_type = (
        accepted
        if accepted in templates
        else next(iter(templates) if JSON not in templates else iter((JSON,)))
    )

    def value(found: re.Match[str]) -> str:
        return _text(_lookup(error, exchange, variables, found[1], found[2]))

    body = _VARIABLE.sub(value, templates[content_type])
    headers = [("Content-Type", content_type), ("x-amzn-ErrorType", error.error_type)]
    for name, source in chosen.parameters.items():
        if (text := _parameter(error, exchange, variables, source)) is not None:
            header = name.removeprefix("gatewayresponse.header.")
            headers = [(k, v) for k, v in headers if k.lower() != header.lower()]
            headers.append((header, text))
    return Answer(chosen.status or error.status, tuple(headers), body.encode())


def _parameter(
    error: GatewayError, exchange: Exchange, variables: Variables, source: str
) -> str | None:
    if source.startswith("'"):
        return source.strip("'")
    for prefix in ("context", "stageVariables", "method.request"):
        if source.startswith(prefix + "."):
            found = _lookup(error, exchange, variables, prefix, source[len(prefix) + 1 :])
            return None if found is None else _text(found)
    return source


def _lookup(
    error: GatewayError, exchange: Exchange, variables: Variables, space: str, name: str
) -> object:
    if space == "stageVariables":
        return exchange.stage.variables.get(name)
    if space == "method.request":
        place, _, parameter = name.partition(".")
        return exchange.parameter((place, parameter))
    own = {
        "error.message": error.message,
        "error.messageString": json.dumps(error.message),
        "error.responseType": error.kind,
        "error.validationErrorString": error.detail,
    }
    return own[name] if name in own else variables(exchange, name)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
