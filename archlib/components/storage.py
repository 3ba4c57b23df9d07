"""Object storage: Amazon S3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import ACCOUNT_ID, Attribute, Ref, Sub, Value
from archlib.architecture.verbs import described, verb
from archlib.components.base import AwsComponent, Piece
from archlib.components.wiring import Permission, Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.compute import Function
    from archlib.components.messaging import Queue, Topic
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class UsesObjects(Wire):
    """A function calls S3 itself, for objects below ``prefix``."""

    prefix: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Notifies(Wire):
    """A bucket tells of ``events`` on keys with this ``prefix`` and ``suffix``."""

    events: tuple[str, ...] = field(default=(), kw_only=True)
    prefix: str = field(default="", kw_only=True)
    suffix: str = field(default="", kw_only=True)

    def overlaps(self, other: Notifies) -> bool:
        """Whether one event on one key would have to be told by both."""
        return (
            any(_covers(a, b) or _covers(b, a) for a in self.events for b in other.events)
            and _either(self.prefix, other.prefix, str.startswith)
            and _either(self.suffix, other.suffix, str.endswith)
        )


@dataclass(frozen=True)
class Bucket(AwsComponent):
    """A private, encrypted bucket that answers over TLS only.

    Browsers and apps from ``origins`` may call it when a connection brings clients to it.
    ``named`` is a part of the bucket's name that is known before the bucket is there; what
    notifies needs one, and the stack's name must then be lower-case. ``accelerated`` opens the
    transfer acceleration endpoint. ``purpose`` is what the template says the bucket is for.
    """

    origins: tuple[str, ...] = field(default=("*",), kw_only=True)
    named: str | None = field(default=None, kw_only=True)
    accelerated: bool = field(default=False, kw_only=True)
    purpose: str = field(
        default="The users' files, one prefix for each identity; nothing in it is public",
        kw_only=True,
    )

    @property
    def icon(self) -> str:
        """S3's icon."""
        return "aws.storage.SimpleStorageServiceS3"

    @property
    def bucket_name(self) -> Value:
        """The bucket's name."""
        return Ref(self.name) if self.named is None else Sub(self._chosen_name)

    @property
    def arn(self) -> Value:
        """The bucket's ARN."""
        if self.named is None:
            return Attribute(self.name, "Arn")
        return Sub("arn:${AWS::Partition}:s3:::" + self._chosen_name)

    @property
    def _chosen_name(self) -> str:
        return "${AWS::StackName}-" + f"{self.named}" + "-${AWS::AccountId}-${AWS::Region}"

    def objects(self, prefix: str = "") -> Value:
        """The ARNs of all objects below ``prefix``, as policies name them."""
        if self.named is None:
            return Sub("${" + self.name + ".Arn}/" + prefix + "*")
        return Sub("arn:${AWS::Partition}:s3:::" + self._chosen_name + "/" + prefix + "*")

    @verb("Function", "Queue", "Topic")
    def notifies(
        self,
        target: Function | Queue | Topic,
        *,
        events: tuple[str, ...] = ("s3:ObjectCreated:*",),
        prefix: str = "",
        suffix: str = "",
        label: str = "",
        dashed: bool = False,
    ) -> Notifies:
        """Tell the target of events in the bucket; it admits this bucket of this account only.

        Sources: Amazon S3 User Guide, "Amazon S3 Event Notifications", "Granting permissions to
        publish event notification messages to a destination".
        """
        from archlib.components.compute import Function

        permissions: tuple[Permission, ...] = ()
        if isinstance(target, Function):
            permissions = (Permission(f"By{self.name}", "s3.amazonaws.com", self.arn, ACCOUNT_ID),)
        return Notifies(
            self.name,
            target.name,
            "notifies",
            label,
            Arrow.FORWARD,
            dashed,
            permissions=permissions,
            events=events,
            prefix=prefix,
            suffix=suffix,
        )

    def check(self, plan: Plan) -> None:
        """Refuse notifications that S3 refuses, and ones that cause themselves."""
        told = plan.outgoing(self, Notifies)
        if told and self.named is None:
            raise ModelError(
                f"notifies {told[0].target}, which must know the bucket's name before it is there",
                where=described(self),
                hint='give the bucket a name of its own: named="photos"',
            )
        for index, wire in enumerate(told):
            for other in told[index + 1 :]:
                if wire.overlaps(other):
                    raise ModelError(
                        f"notifies {wire.target} and {other.target} of the same events, "
                        "which S3 refuses",
                        where=described(self),
                        hint="give them prefixes, suffixes or events that do not overlap",
                    )
            for stores in plan.incoming(self, UsesObjects):
                if (
                    stores.source == wire.target
                    and stores.verb == "stores_objects_in"
                    and _either(stores.prefix, wire.prefix, str.startswith)
                ):
                    raise ModelError(
                        f"{wire.target} stores objects where each new one invokes it again",
                        where=described(self),
                        hint="store them in another bucket, or below another prefix",
                    )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The bucket and its policy."""
        from archlib.components.bucket import pieces

        return pieces(self, plan)


def _covers(event: str, other: str) -> bool:
    return event == other or (event.endswith("*") and other.startswith(event[:-1]))


def _either(one: str, other: str, test: Callable[[str, str], bool]) -> bool:
    return test(one, other) or test(other, one)
