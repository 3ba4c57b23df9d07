"""Who is calling: access keys, the sessions behind them, and what they stand for."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from archlib.local.refusal import ApiRefusal
from archlib.local.trace import CLIENT

Kind = Literal["admin", "control", "raw", "anonymous", "user", "assumed-role", "root"]

ADMIN_KEY = "AKIAARCHLIBADMIN0001"
CONTROL_KEY = "AKIAARCHLIBCONTROL01"
RAW_KEY = "AKIAARCHLIBMOTORAW01"
#: One well-known secret: none of these keys exists outside the process.
LOCAL_SECRET = "archlib/local/secret/of/no/use/anywhere0"

_Context = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Credentials:
    """A key pair, with a session token and its expiry (virtual epoch seconds) if temporary."""

    access_key: str
    secret_key: str
    session_token: str | None = None
    expires: float | None = None


@dataclass(frozen=True)
class Caller:
    """The principal behind a call.

    ``source`` says who acts in the trace: ``"client"`` or the ARN of the resource (function,
    DAX cluster) that holds the credentials. ``context`` holds condition keys that come with
    the session, such as ``cognito-identity.amazonaws.com:sub``.
    """

    kind: Kind
    arn: str
    account: str
    user_id: str
    role_arn: str | None = None
    session_name: str | None = None
    source: str = CLIENT
    session_policies: tuple[str, ...] = ()
    context: _Context = field(default_factory=lambda: MappingProxyType({}))
    expires: float | None = None
    issued: float | None = None


@dataclass(frozen=True)
class _Session:
    """``kept``: its role or user is kept by IAM, and the session ends with it."""

    credentials: Credentials
    caller: Caller
    kept: bool


class Identities:
    """All keys of one cloud: the built-in ones, role sessions, and IAM users' keys."""

    def __init__(self, account: str, now: Callable[[], float]) -> None:
        self._account = account
        self._now = now
        self._sessions: dict[str, _Session] = {}
        builtin: tuple[tuple[str, Kind, str], ...] = (
            (ADMIN_KEY, "admin", "user/administrator"),
            (CONTROL_KEY, "control", "user/control-plane"),
            (RAW_KEY, "raw", "user/moto"),
        )
        self._builtin = {
            key: Caller(kind, f"arn:aws:iam::{account}:{name}", account, key)
            for key, kind, name in builtin
        }
        self.anonymous = Caller("anonymous", "anonymous", account, "anonymous")
        #: From a time that a client outside the cloud wrote into a signature to virtual time,
        #: as it was then and as it is now; in a process that lives in virtual time the same.
        self.virtual_then: Callable[[float], float] = float
        self.virtual_now: Callable[[float], float] = float
        #: Offsets at which signatures were first seen that do not say when they were made.
        self._sighted: dict[str, float] = {}

    def issue(
        self,
        role_arn: str,
        session_name: str,
        *,
        source: str = CLIENT,
        duration: int = 3600,
        session_policies: tuple[str, ...] = (),
        context: _Context | None = None,
    ) -> Credentials:
        """Temporary credentials of a role, known to STS, valid for ``duration`` virtual seconds.

        Whether the caller may have them (the role's trust policy) is for the issuing plane
        to decide first. Raises :class:`ApiRefusal` ``NoSuchEntity`` for an unknown role.
        """
        from moto.iam.models import iam_backends
        from moto.sts.models import sts_backends

        backend: Any = sts_backends[self._account]["aws"]
        role = next(
            (r for r in iam_backends[self._account]["aws"].roles.values() if r.arn == role_arn),
            None,
        )
        if role is None:
            name = role_arn.rsplit("/", 1)[-1]
            raise ApiRefusal("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        made = backend.assume_role(
            region_name="us-east-1",
            role_session_name=session_name,
            role_arn=role_arn,
            policy=None,
            duration=duration,
            external_id=None,
        )
        credentials = Credentials(
            made.access_key_id, made.secret_access_key, made.session_token, self._now() + duration
        )
        self.register(
            credentials,
            Caller(
                "assumed-role",
                made.arn,
                self._account,
                f"{role.id}:{session_name}",
                role_arn=role_arn,
                session_name=session_name,
                source=source,
                session_policies=session_policies,
                context=MappingProxyType(dict(context or {})),
                expires=credentials.expires,
                issued=self._now(),
            ),
        )
        return credentials

    def register(self, credentials: Credentials, caller: Caller) -> None:
        """Make temporary credentials known."""
        kept = not self._gone(caller)
        self._sessions[credentials.access_key] = _Session(credentials, caller, kept)

    def resolve(self, access_key: str | None, token: str | None = None) -> Caller:
        """The caller behind a key; raises :class:`ApiRefusal` for an unknown or expired one.

        The codes are the query protocol's ``InvalidClientTokenId`` and ``ExpiredToken``;
        services that say it differently are told apart by :mod:`archlib.local.api`. A session
        ends with its role or user: another one of the same name is somebody else (IAM User
        Guide, "IAM identifiers", "Unique identifiers").
        """
        if access_key is None:
            return self.anonymous
        if (builtin := self._builtin.get(access_key)) is not None:
            return builtin
        session = self._sessions.get(access_key)
        if session is not None:
            if not hmac.compare_digest(session.credentials.session_token or "", token or ""):
                raise ApiRefusal("InvalidClientTokenId", _INVALID, 403)
            if session.caller.expires is not None and self._now() >= session.caller.expires:
                raise ApiRefusal("ExpiredToken", _EXPIRED, 403)
            if session.kept and self._gone(session.caller):
                raise ApiRefusal("InvalidClientTokenId", _INVALID, 403)
            return session.caller
        key = self._user_key(access_key)
        user = self._user(key) if key is not None and key.status == "Active" else None
        if user is None or token is not None:
            raise ApiRefusal("InvalidClientTokenId", _INVALID, 403)
        return user

    def resolve_outside(self, access_key: str, token: str | None = None) -> Caller:
        """Like :meth:`resolve`, for what is signed in plain sight: the keys with which the cloud
        calls itself do not exist there, for whoever holds them passes IAM by."""
        if access_key in (CONTROL_KEY, RAW_KEY):
            raise ApiRefusal("InvalidClientTokenId", _INVALID, 403)
        return self.resolve(access_key, token)

    def known_as(self, access_key: str, token: str | None) -> Caller | None:
        """Who was known by a key when he came, be it expired by now; None for nobody."""
        session = self._sessions.get(access_key)
        if session is not None and session.credentials.session_token == token:
            return session.caller
        try:
            return self.resolve_outside(access_key, token)
        except ApiRefusal:
            return None

    def signed_at(self, access_key: str, written: float) -> float:
        """When something was signed, in virtual seconds, that says ``written`` of itself.

        What runs in the cloud (a function that presigns a URL) signs in virtual time.
        """
        return written if self._inside(access_key) else self.virtual_then(written)

    def sent_at(self, access_key: str, written: float) -> float:
        """Likewise for a request that is only now on its way."""
        return written if self._inside(access_key) else self.virtual_now(written)

    def ends_at(self, access_key: str, signature: str, written: float) -> float:
        """When something ends that says of itself only that, as signatures of version 2 do.

        Time that was advanced before it was first seen is not counted.
        """
        if self._inside(access_key):
            return written
        if signature not in self._sighted and len(self._sighted) >= _SIGHTED:
            self._sighted.clear()
        return written + self._sighted.setdefault(signature, self.virtual_now(written) - written)

    def _inside(self, access_key: str) -> bool:
        session = self._sessions.get(access_key)
        return session is not None and session.caller.source != CLIENT

    def secret(self, access_key: str) -> str | None:
        """The secret that belongs to a key, or None for an unknown key."""
        if access_key in self._builtin:
            return LOCAL_SECRET
        if (session := self._sessions.get(access_key)) is not None:
            return session.credentials.secret_key
        key = self._user_key(access_key)
        return None if key is None else str(key.secret_access_key)

    def _user_key(self, access_key: str) -> Any:
        from moto.iam.models import iam_backends

        return iam_backends[self._account]["aws"].access_keys.get(access_key)

    def _user(self, key: Any) -> Caller | None:
        from moto.iam.models import iam_backends

        user = iam_backends[self._account]["aws"].users.get(key.user_name)
        return None if user is None else Caller("user", user.arn, self._account, user.id)

    def _gone(self, caller: Caller) -> bool:
        """Whether the role or user behind a session has been deleted."""
        from moto.iam.models import iam_backends

        backend: Any = iam_backends[self._account]["aws"]
        if caller.kind == "assumed-role":
            return caller.user_id.partition(":")[0] not in backend.roles
        if caller.kind == "user":
            user = backend.users.get(caller.arn.rsplit("/", 1)[-1])
            return user is None or user.id != caller.user_id
        return False


_SIGHTED = 10_000
_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
