"""Who uses a design: apps and browsers, outside AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Attribute, Sub, Value
from archlib.architecture.verbs import verb
from archlib.components.base import AwsComponent, Piece
from archlib.components.statements import identity_policy, policy, sid
from archlib.components.wiring import Condition, Grant, Wire

if TYPE_CHECKING:
    from archlib.components.api import RestApi, Route
    from archlib.components.cdn import Distribution
    from archlib.components.identity import UserDirectory
    from archlib.components.plan import Plan
    from archlib.components.storage import Bucket


@dataclass(frozen=True)
class StoresFiles(Wire):
    """A client reads and writes objects below its own identity's prefix."""

    prefix: str = field(default="private", kw_only=True)


@dataclass(frozen=True)
class Calls(Wire):
    """A client sends HTTPS requests to an API."""


@dataclass(frozen=True)
class Authenticates(Wire):
    """A client signs its user up and in."""


@dataclass(frozen=True)
class Browses(Wire):
    """A client fetches from the edge location nearest to it."""


@dataclass(frozen=True)
class UploadsThrough(Wire):
    """A client sends files to the edge location nearest to it."""


@dataclass(frozen=True)
class Downloads(Wire):
    """A client fetches objects from a bucket with URLs that somebody signed for it."""


@dataclass(frozen=True)
class Uploads(Wire):
    """A client with the account's trust puts objects below ``prefix`` itself."""

    prefix: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Client(AwsComponent):
    """An app or a browser: it holds no key and no secret of the account.

    When some of what it does needs the account's trust (a signed route, a direct upload), there
    is one role that trusted people take on for it; nobody else needs one.
    """

    @property
    def icon(self) -> str:
        """A mobile client."""
        return "aws.general.MobileClient"

    @property
    def trace_end(self) -> str:
        """The world outside."""
        return "client"

    @property
    def role_arn(self) -> Value:
        """The ARN of the role for trusted people; only a design that grants it something has it."""
        return Attribute(f"{self.name}Role", "Arn")

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The role of trusted people, if its connections grant the client anything.

        The account's administrators decide who takes it on: its trust policy admits the account,
        which leaves the choice to identity policies. Source: AWS Identity and Access Management
        User Guide, "AWS JSON policy elements: Principal", "AWS account principals".
        """
        grants = plan.grants(self)
        if not grants:
            return
        from troposphere import iam

        root = Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
        trust = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"}
        yield Piece(
            iam.Role(
                f"{self.name}Role",
                Description="What people trusted by this account may do that others may not",
                AssumeRolePolicyDocument=policy([trust]),
                Policies=[iam.Policy(PolicyName=self.name, PolicyDocument=identity_policy(grants))],
            ),
            "Taken on, for a session, by whoever the account's administrators trust",
        )

    @verb("RestApi")
    def calls(
        self,
        api: RestApi,
        *,
        signed: tuple[Route, ...] = (),
        label: str = "REST HTTPS",
        arrow: Arrow = Arrow.BOTH,
    ) -> Calls:
        """Send requests over HTTPS; trusted people may invoke the ``signed`` routes.

        Source: Amazon API Gateway Developer Guide, "Control access to a REST API with IAM
        permissions".
        """
        grants: tuple[Grant, ...] = ()
        if signed:
            arns = tuple(api.route_arn(route) for route in signed)
            grants = (Grant(self.name, sid("calls", api.name), ("execute-api:Invoke",), arns),)
        return Calls(self.name, api.name, "calls", label, arrow, grants=grants)

    @verb("Distribution")
    def browses(
        self, distribution: Distribution, *, label: str = "interaction with edge locations"
    ) -> Browses:
        """Fetch pages and files from the nearest edge location."""
        return Browses(self.name, distribution.name, "browses", label, Arrow.BOTH)

    @verb("Distribution")
    def uploads_through(
        self, distribution: Distribution, *, label: str = "upload files"
    ) -> UploadsThrough:
        """Send files to the nearest edge location, which passes them to the bucket behind it."""
        return UploadsThrough(self.name, distribution.name, "uploads_through", label, Arrow.BOTH)

    @verb("Bucket")
    def downloads_from(self, bucket: Bucket, *, label: str = "use presigned URL") -> Downloads:
        """Fetch objects from the bucket's own region with presigned URLs."""
        return Downloads(self.name, bucket.name, "downloads_from", label, Arrow.BOTH)

    @verb("Bucket")
    def uploads_to(
        self, bucket: Bucket, *, prefix: str = "", label: str = "direct upload", dashed: bool = True
    ) -> Uploads:
        """Put objects below ``prefix`` without anybody between, in one piece or in parts.

        With the bucket's transfer acceleration the same permission serves its accelerate
        endpoint. Sources: Amazon S3 User Guide, "Multipart upload API and permissions",
        "Configuring fast, secure file transfers using Amazon S3 Transfer Acceleration".
        """
        grant = Grant(
            self.name,
            sid("uploads_to", bucket.name),
            ("s3:PutObject", "s3:AbortMultipartUpload"),
            (bucket.objects(prefix),),
        )
        return Uploads(
            self.name,
            bucket.name,
            "uploads_to",
            label,
            dashed=dashed,
            grants=(grant,),
            prefix=prefix,
        )

    @verb("UserDirectory")
    def authenticates_with(
        self, directory: UserDirectory, *, label: str = "authenticate"
    ) -> Authenticates:
        """Sign up, confirm, sign in and fetch temporary credentials."""
        return Authenticates(self.name, directory.name, "authenticates_with", label, Arrow.BOTH)

    @verb("Bucket")
    def stores_files_in(
        self,
        bucket: Bucket,
        *,
        identities: UserDirectory,
        prefix: str = "private",
        label: str = "store / retrieve files",
        note: str | None = "permissions",
    ) -> StoresFiles:
        """Store and fetch files directly, each identity below ``prefix/{its id}/`` only.

        The permissions belong to the role that ``identities`` gives signed-in users. Source:
        AWS Identity and Access Management User Guide, "Amazon S3: Allows Amazon Cognito users
        to access objects in their bucket".
        """
        own = prefix + "/${!cognito-identity.amazonaws.com:sub}/*"
        grants = (
            Grant(
                identities.name,
                f"KeepsOwnFilesIn{bucket.name}",
                ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
                (Sub("${" + bucket.name + ".Arn}/" + own),),
            ),
            Grant(
                identities.name,
                f"ListsOwnFilesIn{bucket.name}",
                ("s3:ListBucket",),
                (bucket.arn,),
                (
                    Condition(
                        "StringLike",
                        "s3:prefix",
                        (prefix + "/${cognito-identity.amazonaws.com:sub}/*",),
                    ),
                ),
            ),
        )
        return StoresFiles(
            self.name,
            bucket.name,
            "stores_files_in",
            label,
            Arrow.BOTH,
            note=note,
            grants=grants,
            prefix=prefix,
        )


@dataclass(frozen=True)
class Browser(Client):
    """A client at a desk: the same as any other, drawn as one."""

    @property
    def icon(self) -> str:
        """A computer."""
        return "aws.general.Client"


@dataclass(frozen=True)
class Partner(Client):
    """Another company's system: it acts with the role that the account gives it."""

    @property
    def icon(self) -> str:
        """A server that is not ours."""
        return "aws.general.TraditionalServer"
