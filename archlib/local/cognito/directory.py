"""The state of all user pools of one cloud: pools, their clients, users and groups.

moto's Cognito is not used at all. Its users hold plain passwords, its pools one shared key,
and nearly every operation needs replacing; one owner of the state is simpler than two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archlib.local.cognito import refusals
from archlib.local.cognito.lockout import Lockout
from archlib.local.cognito.signing_keys import KeyRing, SigningKey
from archlib.local.cognito.srp import ServerExchange, Verifier

if TYPE_CHECKING:
    from archlib.local.api import ApiCall
    from archlib.local.cloud import LocalCloud
    from archlib.local.cognito.codes import Code
    from archlib.local.cognito.tokens import TokenVerifier


def moment(seconds: float) -> datetime:
    """Virtual epoch seconds as the datetime botocore would parse (whole milliseconds)."""
    return datetime.fromtimestamp(round(seconds, 3), UTC)


@dataclass
class User:
    """One account. ``username`` is the internal name that tokens carry."""

    username: str
    attributes: dict[str, str]
    status: str
    created: float
    modified: float
    enabled: bool = True
    verifier: Verifier | None = None
    past_verifiers: list[Verifier] = field(default_factory=list)
    temporary_until: float | None = None
    codes: dict[str, Code] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    calls: dict[str, list[float]] = field(default_factory=dict)
    lockout: Lockout = field(default_factory=Lockout)

    @property
    def sub(self) -> str:
        """The subject: a UUID that never changes."""
        return self.attributes["sub"]


@dataclass
class Group:
    """A group of a pool; ``members`` are internal usernames."""

    name: str
    description: str | None
    role_arn: str | None
    precedence: int | None
    created: float
    modified: float
    members: list[str] = field(default_factory=list)


@dataclass
class AppClient:
    """An app client: its settings as DescribeUserPoolClient returns them, and its secret."""

    id: str
    pool_id: str
    settings: dict[str, Any]
    secret: str | None
    created: float
    modified: float


@dataclass
class Grant:
    """What a refresh token stands for; tokens made from it share ``origin_jti``."""

    username: str
    client_id: str
    origin_jti: str
    auth_time: int
    expires: float
    revoked: bool = False


@dataclass
class Session:
    """A challenge under way, addressed by an opaque text that is good for one answer."""

    username: str | None
    client_id: str
    challenge: str
    expires: float
    exchange: ServerExchange | None = None
    identity: str = ""


@dataclass
class UserPool:
    """A user pool. ``settings`` are as DescribeUserPool returns them."""

    id: str
    region: str
    account: str
    settings: dict[str, Any]
    created: float
    modified: float
    id_key: SigningKey
    access_key: SigningKey
    clients: dict[str, AppClient] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    revoked_origins: set[str] = field(default_factory=set)
    sessions: dict[str, Session] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The pool's ARN, its name in traces."""
        return f"arn:aws:cognito-idp:{self.region}:{self.account}:userpool/{self.id}"

    @property
    def provider(self) -> str:
        """The pool's name as an identity provider, also the issuer without its scheme."""
        return f"cognito-idp.{self.region}.amazonaws.com/{self.id}"

    @property
    def issuer(self) -> str:
        """The ``iss`` claim of the pool's tokens."""
        return f"https://{self.provider}"

    def identity(self, username: str) -> str:
        """Who a password belongs to, in the words of the SRP exchange."""
        return self.id.split("_", 1)[1] + username

    def folded(self, name: str) -> str:
        """A sign-in name as the pool compares it."""
        sensitive = self.settings.get("UsernameConfiguration", {}).get("CaseSensitive", True)
        return name if sensitive else name.lower()

    def find(self, name: str) -> User | None:
        """The user who may be called ``name``: username, sub, sign-in attribute, alias.

        Aliases count only when verified ("Customizing sign-in attributes").
        """
        wanted = self.folded(name)
        exact = self.users.get(name)
        if exact is not None:
            return exact
        sign_in = self.settings.get("UsernameAttributes", [])
        aliases = self.settings.get("AliasAttributes", [])
        for user in self.users.values():
            if self.folded(user.username) == wanted or user.sub == name:
                return user
            for attribute in (*sign_in, *aliases):
                value = user.attributes.get(attribute)
                if value is None or self.folded(value) != wanted:
                    continue
                trusted = attribute in sign_in or attribute == "preferred_username"
                if trusted or user.attributes.get(f"{attribute}_verified") == "true":
                    return user
        return None

    def user(self, name: str) -> User:
        """:meth:`find`, or UserNotFoundException."""
        found = self.find(name)
        if found is None:
            raise refusals.no_such_user()
        return found

    def groups_of(self, user: User) -> list[Group]:
        """The user's groups, lowest precedence value (the strongest) first."""
        mine = [group for group in self.groups.values() if user.username in group.members]
        return sorted(
            mine, key=lambda g: (g.precedence is None, g.precedence or 0, g.created, g.name)
        )


class Directory:
    """All user pools of one cloud, and what their operations need of it."""

    verifier: TokenVerifier

    def __init__(self, cloud: LocalCloud, seed: int) -> None:
        self.cloud = cloud
        self.pools: dict[str, UserPool] = {}
        self.ring = KeyRing(seed, cloud.rsa_keys)

    def now(self) -> float:
        """Virtual epoch seconds."""
        return self.cloud.clock.time()

    def pool(self, pool_id: str, region: str | None = None) -> UserPool:
        """A pool by id; raises ResourceNotFoundException (also from another region)."""
        pool = self.pools.get(pool_id)
        if pool is None or (region is not None and pool.region != region):
            raise refusals.no_such_pool(pool_id)
        return pool

    def public(self, call: ApiCall) -> tuple[UserPool, AppClient]:
        """Pool and client of a public operation, which names its ClientId only.

        Points the call's hop at the pool.
        """
        pool, client = self.client(call.params["ClientId"], call.region)
        call.hop.target = pool.arn
        return pool, client

    def administered(self, call: ApiCall) -> UserPool:
        """The pool an administrator's operation names; points the call's hop at it."""
        pool = self.pool(call.params["UserPoolId"], call.region)
        call.hop.target = pool.arn
        return pool

    def client(self, client_id: str, region: str) -> tuple[UserPool, AppClient]:
        """A client and its pool; raises ResourceNotFoundException."""
        for pool in self.pools.values():
            if pool.region == region and client_id in pool.clients:
                return pool, pool.clients[client_id]
        raise refusals.no_such_client(client_id)
