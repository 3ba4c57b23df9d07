"""Which principals of a policy do not exist.

AWS: services that check the principals of a resource-based policy (KMS, Secrets Manager) refuse
one that names a user or role that is not there (IAM User Guide, "AWS JSON policy elements:
Principal": the ARN is saved as the principal's unique id).
"""

from __future__ import annotations

import re

from archlib.local.iam.attached import backend
from archlib.local.iam.document import PolicyDocument

_PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(root|user/.+|role/.+)")
_SESSION = re.compile(r"arn:aws[\w-]*:sts::(\d{12}):assumed-role/([^/]+)/[^/]+")


def exists(principal: str, account: str) -> bool:
    """Whether a user, a role (also of a session) or an account is there.

    Other accounts' principals do not exist in the local cloud; ids of principals are taken as
    they are, like ``arn:aws:sts::…:federated-user/…``.
    """
    if principal.isdigit() or not principal.startswith("arn:"):
        return True
    session = _SESSION.fullmatch(principal)
    if session is not None:
        roles = backend(session[1]).roles.values() if session[1] == account else ()
        return any(role.name == session[2] for role in roles)
    found = _PRINCIPAL.fullmatch(principal)
    if found is None:
        return True
    if found[1] != account:
        return found[2] == "root"
    state = backend(account)
    held = state.users if found[2].startswith("user/") else state.roles
    return found[2] == "root" or any(one.arn == principal for one in held.values())


def missing(document: PolicyDocument, account: str) -> tuple[str, ...]:
    """The users and roles a resource policy names that do not exist, sorted."""
    named = {
        one
        for statement in document.statements
        if statement.principal is not None
        for one in statement.principal.entities
    }
    return tuple(sorted(one for one in named if not exists(one, account)))
