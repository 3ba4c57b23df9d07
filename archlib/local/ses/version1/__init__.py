"""The operations of the first API (``ses``). Source: Amazon SES API Reference."""

from __future__ import annotations

from archlib.local.ses.operations import Operations
from archlib.local.ses.version1.account import AccountOperations
from archlib.local.ses.version1.identities import IdentitiesOperations
from archlib.local.ses.version1.sending import SendingOperations
from archlib.local.ses.version1.sets import SetsOperations
from archlib.local.ses.version1.templates import TemplatesOperations

#: Every group; together they are what is served.
GROUPS: tuple[type[Operations], ...] = (
    AccountOperations,
    IdentitiesOperations,
    SendingOperations,
    SetsOperations,
    TemplatesOperations,
)
