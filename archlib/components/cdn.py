"""Content near its readers: Amazon CloudFront."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Attribute, Ref, Sub, Value
from archlib.architecture.verbs import described, verb
from archlib.components.base import AwsComponent, Piece
from archlib.components.wiring import Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.keys import SigningKey
    from archlib.components.plan import Plan
    from archlib.components.storage import Bucket


@dataclass(frozen=True)
class Caching:
    """How long an edge location keeps what an origin says; all in seconds.

    ``default`` counts where the origin says nothing; what it says is kept within ``minimum`` and
    ``maximum``. Nothing of the request but its path is part of the key. Source: Amazon CloudFront
    Developer Guide, "Manage how long content stays in the cache (expiration)".
    """

    name: str
    minimum: int
    default: int
    maximum: int


@dataclass(frozen=True)
class Behavior:
    """What a distribution does with requests whose path matches ``path`` (``*``: with all others).

    One without ``caching`` keeps nothing. Only a ``writable`` one passes PUT, POST, PATCH and
    DELETE on to the origin, which may still refuse them. A ``private`` one answers only who shows
    a URL or cookies signed with a key that the distribution trusts.
    """

    path: str = "*"
    caching: Caching | None = None
    writable: bool = False
    private: bool = False


@dataclass(frozen=True)
class ReachesOrigin(Wire):
    """A distribution fetches from, or passes on to, a bucket that nobody else may reach.

    ``access`` is ``oai`` (origin access identity) or ``oac`` (origin access control).
    """

    access: str = field(default="oac", kw_only=True)
    actions: tuple[str, ...] = field(default=(), kw_only=True)
    prefix: str = field(default="", kw_only=True)

    @property
    def identity(self) -> str:
        """The logical id of the identity or of the control."""
        return f"{self.source}{ACCESS[self.access].suffix}"

    def statement(self, bucket: Bucket) -> dict[str, object]:
        """The statement of the bucket's policy that admits the distribution.

        Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin": an
        identity is a principal of its own, a control is CloudFront on behalf of one distribution.
        """
        identity = Attribute(self.identity, "S3CanonicalUserId")
        itself = {"StringEquals": {"aws:SourceArn": distribution_arn(self.source)}}
        who: dict[str, dict[str, object]] = {
            "oai": {"Principal": {"CanonicalUser": identity}},
            "oac": {"Principal": {"Service": "cloudfront.amazonaws.com"}, "Condition": itself},
        }
        return {
            "Sid": f"Admits{self.source}",
            "Effect": "Allow",
            **who[self.access],
            "Action": list(self.actions) if len(self.actions) > 1 else self.actions[0],
            "Resource": bucket.objects(self.prefix),
        }


@dataclass(frozen=True)
class TrustsKey(Wire):
    """A distribution checks signed URLs and cookies against the key group of a key."""


@dataclass(frozen=True)
class Access:
    """How a distribution proves itself to a bucket: in a picture's words, and in logical ids."""

    label: str
    note: str
    suffix: str


ACCESS = {
    "oai": Access(
        "OAI: origin access identity", "bucket policy only authorizes the OAI", "Identity"
    ),
    "oac": Access(
        "OAC: origin access control",
        "bucket policy only authorizes the distribution",
        "Control",
    ),
}
"""The two ways; AWS recommends the second (Amazon CloudFront Developer Guide, "Restrict access to
an Amazon S3 origin")."""


def distribution_arn(name: str) -> Value:
    """The ARN of the distribution whose logical id is ``name``; CloudFront has no regions."""
    return Sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${" + name + "}")


@dataclass(frozen=True)
class Distribution(AwsComponent):
    """A CloudFront distribution: every edge location there is, HTTPS only.

    ``behaviors`` are tried in order; the last one's path is ``*``. ``root`` is what ``/`` shows;
    ``missing`` is the page for what is not there. ``headers`` adds the headers that tell browsers
    to be careful.
    """

    behaviors: tuple[Behavior, ...] = field(default=(Behavior(),), kw_only=True)
    root: str | None = field(default=None, kw_only=True)
    missing: str | None = field(default=None, kw_only=True)
    headers: bool = field(default=False, kw_only=True)
    description: str = field(default="", kw_only=True)

    @property
    def icon(self) -> str:
        """CloudFront's icon."""
        return "aws.network.CloudFront"

    @property
    def domain(self) -> Value:
        """The distribution's own host name."""
        return Attribute(self.name, "DomainName")

    @property
    def url(self) -> Value:
        """``https://`` and the host name."""
        return Sub("https://${" + self.name + ".DomainName}")

    @property
    def distribution_id(self) -> Value:
        """The id, which invalidations ask for."""
        return Ref(self.name)

    @verb("Bucket")
    def reaches(
        self,
        bucket: Bucket,
        *,
        access: str = "oac",
        actions: tuple[str, ...] = ("s3:GetObject",),
        prefix: str = "",
        label: str | None = None,
        note: str | None = None,
    ) -> ReachesOrigin:
        """Fetch from the bucket, or pass on to it, as the one whom its policy admits."""
        if access not in ACCESS:
            raise ModelError(
                f"there is no way to a bucket called {access!r}",
                where=described(self),
                hint=f"ways: {', '.join(ACCESS)}",
            )
        return ReachesOrigin(
            self.name,
            bucket.name,
            "reaches",
            ACCESS[access].label if label is None else label,
            Arrow.BOTH,
            note=note,
            access=access,
            actions=actions,
            prefix=prefix,
        )

    @verb("SigningKey")
    def trusts(
        self, key: SigningKey, *, label: str = "trusted key group", dashed: bool = True
    ) -> TrustsKey:
        """Answer private paths only to URLs and cookies that the key signed.

        Source: Amazon CloudFront Developer Guide, "Serve private content with signed URLs and
        signed cookies".
        """
        return TrustsKey(
            self.name,
            key.name,
            "trusts",
            label,
            Arrow.FORWARD,
            dashed,
            off_trace="edge locations hold the public half as configuration and check signatures "
            "with it: nobody is called",
        )

    def check(self, plan: Plan) -> None:
        """Refuse a distribution with no origin or two, or whose behaviors leave paths over.

        A private behavior needs a key that it trusts, and a trusted key something to guard.
        """
        origins = plan.outgoing(self, ReachesOrigin)
        if len(origins) != 1:
            raise ModelError(
                f"reaches {' and '.join(wire.target for wire in origins) or 'no bucket'}",
                where=described(self),
                hint="it takes one: distribution.reaches(bucket)",
            )
        paths = [behavior.path for behavior in self.behaviors]
        if paths.count("*") != 1 or paths[-1] != "*":
            raise ModelError(
                f"its behaviors are for {', '.join(paths) or 'nothing'}",
                where=described(self),
                hint='the last one, and only that, is for "*"',
            )
        if len(set(paths)) != len(paths):
            raise ModelError("has two behaviors for one path", where=described(self))
        private = any(behavior.private for behavior in self.behaviors)
        keys = plan.outgoing(self, TrustsKey)
        if private and not keys:
            raise ModelError(
                "has private paths and trusts no key",
                where=described(self),
                hint="connect it: distribution.trusts(key)",
            )
        if keys and not private:
            raise ModelError(
                f"trusts {keys[0].target}, and no path of it is private",
                where=described(self),
                hint='say which are: Behavior("/films/*", private=True)',
            )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """Policies, the identity or control, and the distribution."""
        from archlib.components.distribution import pieces

        return pieces(self, plan)
