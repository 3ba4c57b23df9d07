"""The operations of the second API (``sesv2``). Source: Amazon SES API v2 Reference."""

from __future__ import annotations

from archlib.local.ses.operations import Operations
from archlib.local.ses.version2.account import AccountOperations
from archlib.local.ses.version2.identities import IdentitiesOperations
from archlib.local.ses.version2.sending import SendingOperations
from archlib.local.ses.version2.sets import SetsOperations
from archlib.local.ses.version2.tagging import TaggingOperations
from archlib.local.ses.version2.templates import TemplatesOperations

#: Every group; together they are what is served.
GROUPS: tuple[type[Operations], ...] = (
    AccountOperations,
    IdentitiesOperations,
    SendingOperations,
    SetsOperations,
    TaggingOperations,
    TemplatesOperations,
)
