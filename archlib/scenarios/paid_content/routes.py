"""The routes of the two APIs, and what their request bodies must look like."""

from __future__ import annotations

from archlib.components import Route
from archlib.components.api import BodyModel

_SCHEMA = "http://json-schema.org/draft-04/schema#"
_ID = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9_-]+$"}

MEMBER = BodyModel(
    "Member",
    "What a member says of himself",
    {
        "$schema": _SCHEMA,
        "title": "Member",
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 100}},
    },
)
PAYMENT = BodyModel(
    "Payment",
    "A payment: of premium months, or of a video",
    {
        "$schema": _SCHEMA,
        "title": "Payment",
        "type": "object",
        "required": ["payment", "member"],
        "additionalProperties": False,
        "properties": {
            "payment": _ID,
            "member": _ID,
            "months": {"type": "integer", "minimum": 1, "maximum": 24},
            "video": _ID,
        },
    },
)

PAY = Route("POST", "/payments", body=PAYMENT, signed=True)

MEMBER_ROUTES = (
    Route("POST", "/member", body=MEMBER),
    Route("GET", "/member"),
    Route("PUT", "/member", body=MEMBER),
    Route("DELETE", "/member"),
    Route("GET", "/member/videos"),
    Route("GET", "/videos"),
    PAY,
)
LINK_ROUTES = (Route("GET", "/videos/{id}/link", query=("as",)),)
