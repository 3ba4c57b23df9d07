"""How each version of the API says no.

Sources: Amazon SES API Reference and Amazon SES API v2 Reference, the errors of each operation;
Amazon SES Developer Guide, "Errors related to the sending quotas".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from archlib.local.refusal import ApiRefusal

Version = Literal["ses", "sesv2"]
Kind = Literal["rejected", "invalid", "quota", "paused", "set_paused", "no_set", "no_template",
               "not_found", "exists"]  # fmt: skip

_CODES: Mapping[Version, Mapping[Kind, tuple[str, int]]] = {
    "ses": {
        "rejected": ("MessageRejected", 400),
        "invalid": ("InvalidParameterValue", 400),
        "quota": ("Throttling", 400),
        "paused": ("AccountSendingPausedException", 400),
        "set_paused": ("ConfigurationSetSendingPausedException", 400),
        "no_set": ("ConfigurationSetDoesNotExist", 400),
        "no_template": ("TemplateDoesNotExist", 400),
        "not_found": ("InvalidParameterValue", 400),
        "exists": ("AlreadyExists", 400),
    },
    "sesv2": {
        "rejected": ("MessageRejected", 400),
        "invalid": ("BadRequestException", 400),
        "quota": ("TooManyRequestsException", 429),
        "paused": ("SendingPausedException", 400),
        "set_paused": ("SendingPausedException", 400),
        "no_set": ("NotFoundException", 404),
        "no_template": ("NotFoundException", 404),
        "not_found": ("NotFoundException", 404),
        "exists": ("AlreadyExistsException", 400),
    },
}


def refusal(version: Version, kind: Kind, message: str) -> ApiRefusal:
    """The error of one API version."""
    code, status = _CODES[version][kind]
    return ApiRefusal(code, message, status)
