"""Who asks, and whom a ``Principal`` element means.

AWS: "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal".
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from archlib.local.iam.pattern import PolicyError

PrincipalKind = Literal[
    "root", "user", "assumed-role", "federated-user", "federated", "service", "anonymous",
    "origin-access-identity",
]  # fmt: skip


@dataclass(frozen=True)
class Principal:
    """The authenticated (or anonymous) party of one request.

    Attributes:
        kind: what sort of principal it is; "federated" is an outside identity that asks
            for a role (``AssumeRoleWithWebIdentity``), "service" an AWS service,
            "origin-access-identity" CloudFront's legacy user in front of S3.
        arn: its ARN; for a service or federated principal its name
            ("lambda.amazonaws.com", "cognito-identity.amazonaws.com").
        account: the 12-digit account, empty for service, federated and anonymous.
        user_id: ``aws:userid``.
        role_arn: for a role session the role's ARN, for a federated user the user's ARN.
        name: ``aws:username`` of an IAM user.
        canonical_id: the account's canonical user id, for S3.
        tags: principal tags, session tags included.
    """

    kind: PrincipalKind
    arn: str
    account: str = ""
    user_id: str = ""
    role_arn: str | None = None
    name: str | None = None
    canonical_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def principal_arn(self) -> str | None:
        """``aws:PrincipalArn``: for a role session it is the ARN of the role."""
        if self.kind in ("anonymous", "service", "federated"):
            return None
        return self.role_arn if self.kind == "assumed-role" else self.arn


ANONYMOUS = Principal("anonymous", "anonymous")


def service(name: str) -> Principal:
    """An AWS service acting by itself, e.g. ``apigateway.amazonaws.com``."""
    return Principal("service", name)


def origin_access_identity(identity: str, canonical_id: str) -> Principal:
    """CloudFront under an origin access identity: policies name its ARN or its canonical user.

    AWS: Amazon CloudFront Developer Guide, "Use an origin access identity (legacy, not
    recommended)".
    """
    arn = f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {identity}"
    return Principal("origin-access-identity", arn, canonical_id=canonical_id)


def federated(provider: str) -> Principal:
    """An identity of an outside provider that asks to assume a role."""
    return Principal("federated", provider)


class Grant(enum.IntEnum):
    """How strongly a statement's principal names the caller (see "Policy evaluation logic")."""

    NONE = 0
    ACCOUNT = 1
    """Only the account is named: authority is delegated to its identity-based policies."""
    ENTITY = 2
    """The role (or the user behind a federated session): boundaries and session policies limit."""
    DIRECT = 3
    """The caller itself, or everybody: nothing else but an explicit deny limits."""


_ACCOUNT = re.compile(r"\d{12}")
_ROOT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root")
_ENTITY = re.compile(
    r"arn:aws[\w-]*:(?:iam::\d{12}:(?:user|role)/[^*?]+"
    r"|iam::cloudfront:user/CloudFront Origin Access Identity [A-Z0-9]+"
    r"|sts::\d{12}:(?:assumed-role/[^*?/]+/[^*?/]+|federated-user/[^*?]+))"
)
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,31}")
KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


@dataclass(frozen=True)
class PrincipalSet:
    """The parsed ``Principal`` (or ``NotPrincipal``) element of one statement."""

    everyone: bool
    accounts: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    canonical: frozenset[str] = frozenset()
    aws_star: bool = False

    def grant(self, who: Principal) -> Grant:
        """How this element names the caller, if at all."""
        if self.everyone:
            return Grant.DIRECT
        return _GRANTS[who.kind](self, who)

    def excludes(self, who: Principal, *, deny: bool) -> bool:
        """Whether, as ``NotPrincipal``, the element exempts the caller.

        A Deny spares a caller only when its account, its role and its session are all named:
        AWS "might validate the account first" and asks authors to list each of them. An
        Allow leaves out whoever is named in any form.
        """
        if self.everyone:
            return True
        named = [
            link in self.entities
            or link in self.accounts
            or link in self.services
            or link in self.providers
            for link in _chain(who)
        ]
        if self.aws_star and who.kind != "federated":
            return True
        return bool(named) and (all(named) if deny else any(named))

    @property
    def fixed(self) -> bool:
        """Whether only named AWS principals or services are meant (for "public" policies)."""
        return not (self.everyone or self.aws_star or self.providers)


def _chain(who: Principal) -> tuple[str, ...]:
    links = (who.account, who.role_arn, None if who.kind == "root" else who.arn)
    return tuple(link for link in links if link)


def _aws(named: PrincipalSet, who: Principal) -> Grant:
    if (
        named.aws_star
        or who.arn in named.entities
        or (who.user_id and who.user_id in named.entities)
    ):
        return Grant.DIRECT
    if who.canonical_id is not None and who.canonical_id in named.canonical:
        return Grant.ACCOUNT
    if who.role_arn is not None and (
        who.role_arn in named.entities or who.user_id.partition(":")[0] in named.entities
    ):
        return Grant.ENTITY
    return Grant.ACCOUNT if who.account in named.accounts else Grant.NONE


def _root(named: PrincipalSet, who: Principal) -> Grant:
    return Grant.DIRECT if _aws(named, who) is not Grant.NONE else Grant.NONE


def _anonymous(named: PrincipalSet, who: Principal) -> Grant:
    return Grant.DIRECT if named.aws_star else Grant.NONE


def _service(named: PrincipalSet, who: Principal) -> Grant:
    return Grant.DIRECT if who.arn in named.services or named.aws_star else Grant.NONE


def _origin_access_identity(named: PrincipalSet, who: Principal) -> Grant:
    meant = who.arn in named.entities or who.canonical_id in named.canonical or named.aws_star
    return Grant.DIRECT if meant else Grant.NONE


def _federated(named: PrincipalSet, who: Principal) -> Grant:
    return Grant.DIRECT if who.arn in named.providers else Grant.NONE


_GRANTS = {
    "root": _root,
    "user": _aws,
    "assumed-role": _aws,
    "federated-user": _aws,
    "federated": _federated,
    "service": _service,
    "origin-access-identity": _origin_access_identity,
    "anonymous": _anonymous,
}


def parse_principal(element: object, where: str) -> PrincipalSet:
    """Read a ``Principal`` or ``NotPrincipal`` element.

    Raises:
        PolicyError: an unknown kind, a value that is not text, or a wildcard inside an ARN
            ("You cannot use a wildcard to match part of a principal name or ARN").
    """
    if element == "*":
        return PrincipalSet(everyone=True)
    if not isinstance(element, Mapping) or not element:
        raise PolicyError(
            'must be "*" or a map of AWS, Service, Federated, CanonicalUser', where=where
        )
    values: dict[str, tuple[str, ...]] = {}
    for kind, given in element.items():
        if kind not in KINDS:
            raise PolicyError(
                f"unknown principal type '{kind}'", where=where, hint=f"one of {', '.join(KINDS)}"
            )
        listed = given if isinstance(given, list) else [given]
        if not listed or not all(isinstance(one, str) and one for one in listed):
            raise PolicyError("principals must be non-empty text", where=f"{where}.{kind}")
        values[kind] = tuple(listed)
    accounts, entities, star = _aws_values(values.get("AWS", ()), f"{where}.AWS")
    for name in values.get("Service", ()):
        if "." not in name or "*" in name:
            raise PolicyError(f"'{name}' is not a service principal", where=f"{where}.Service")
    return PrincipalSet(
        everyone=False,
        accounts=accounts,
        entities=entities,
        services=frozenset(values.get("Service", ())),
        providers=frozenset(values.get("Federated", ())),
        canonical=frozenset(values.get("CanonicalUser", ())),
        aws_star=star,
    )


def _aws_values(values: tuple[str, ...], where: str) -> tuple[frozenset[str], frozenset[str], bool]:
    accounts, entities, star = set(), set(), False
    for value in values:
        root = _ROOT.fullmatch(value)
        if value == "*":
            star = True
        elif root is not None:
            accounts.add(root[1])
        elif _ACCOUNT.fullmatch(value):
            accounts.add(value)
        elif _ENTITY.fullmatch(value) or _UNIQUE_ID.fullmatch(value):
            entities.add(value)
        else:
            raise PolicyError(
                f"'{value}' is not an AWS principal",
                where=where,
                hint='an account id, an exact user, role or session ARN, or "*"; '
                "a wildcard cannot stand for part of an ARN",
            )
    return frozenset(accounts), frozenset(entities), star
