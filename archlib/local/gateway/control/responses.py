"""Gateway responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.local.gateway.control.seam import Deployed, api_of, bad
from archlib.local.gateway.gateway_responses import DEFAULT_TEMPLATES, KINDS

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


def _default_response(kind: str) -> Result:
    made: Result = {
        "responseType": kind,
        "responseParameters": {},
        "responseTemplates": dict(DEFAULT_TEMPLATES),
        "defaultResponse": True,
    }
    if (status := KINDS[kind].status) is not None:
        made["statusCode"] = str(status)
    return made


def put_gateway_response(deployed: Deployed, call: ApiCall) -> Result:
    """Refuse a response type that does not exist."""
    _known_type(call.params["responseType"])
    return call.proceed()


def get_gateway_response(deployed: Deployed, call: ApiCall) -> Result:
    """Return AWS's default where nothing was customised."""
    kind = _known_type(call.params["responseType"])
    customised = kind in api_of(deployed, call).gateway_responses
    return call.proceed() if customised else _default_response(kind)


def get_gateway_responses(deployed: Deployed, call: ApiCall) -> Result:
    """List every type, customised or not."""
    own = {item["responseType"]: item for item in call.proceed().get("items", ())}
    return {"items": [own.get(kind) or _default_response(kind) for kind in sorted(KINDS)]}


def _known_type(kind: str) -> str:
    if kind not in KINDS:
        raise bad(f"Invalid response type specified: {kind}")
    return kind
