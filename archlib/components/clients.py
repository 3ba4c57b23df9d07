"""Who uses a design: apps and browsers, outside AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Sub
from archlib.architecture.verbs import verb
from archlib.components.base import AwsComponent, Piece
from archlib.components.wiring import Condition, Grant, Wire

if TYPE_CHECKING:
    from archlib.components.api import RestApi
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
class Client(AwsComponent):
    """An app or a browser. It has no resources: it holds no key and no secret of the account."""

    @property
    def icon(self) -> str:
        """A mobile client."""
        return "aws.general.MobileClient"

    @property
    def trace_end(self) -> str:
        """The world outside."""
        return "client"

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """None."""
        return iter(())

    @verb("RestApi")
    def calls(self, api: RestApi, *, label: str = "REST HTTPS") -> Calls:
        """Send requests over HTTPS, with the user's id token."""
        return Calls(self.name, api.name, "calls", label, Arrow.BOTH)

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
