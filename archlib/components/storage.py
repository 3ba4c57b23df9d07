"""Object storage: Amazon S3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.values import Attribute, Ref, Value
from archlib.components.base import AwsComponent, Piece
from archlib.components.statements import policy

if TYPE_CHECKING:
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class Bucket(AwsComponent):
    """A private, encrypted bucket that answers over TLS only.

    Browsers and apps from ``origins`` may call it when a connection brings clients to it.
    """

    origins: tuple[str, ...] = field(default=("*",), kw_only=True)

    @property
    def icon(self) -> str:
        """S3's icon."""
        return "aws.storage.SimpleStorageServiceS3"

    @property
    def bucket_name(self) -> Value:
        """The bucket's name."""
        return Ref(self.name)

    @property
    def arn(self) -> Value:
        """The bucket's ARN."""
        return Attribute(self.name, "Arn")

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The bucket and its policy.

        CloudFormation refuses to delete a bucket that holds objects, so deleting the stack
        cannot lose files.
        """
        from troposphere import Ref as CfnRef
        from troposphere import Sub, s3

        from archlib.components.clients import StoresFiles

        optional: dict[str, object] = {}
        if plan.incoming(self, StoresFiles):
            optional["CorsConfiguration"] = s3.CorsConfiguration(
                CorsRules=[
                    s3.CorsRules(
                        AllowedOrigins=list(self.origins),
                        AllowedMethods=["GET", "PUT", "HEAD", "DELETE"],
                        AllowedHeaders=["*"],
                        ExposedHeaders=["ETag"],
                        MaxAge=600,
                    )
                ]
            )
        yield Piece(
            s3.Bucket(
                self.name,
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                BucketEncryption=s3.BucketEncryption(
                    ServerSideEncryptionConfiguration=[
                        s3.ServerSideEncryptionRule(
                            ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(
                                SSEAlgorithm="AES256"
                            )
                        )
                    ]
                ),
                OwnershipControls=s3.OwnershipControls(
                    Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
                ),
                PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                    BlockPublicAcls=True,
                    BlockPublicPolicy=True,
                    IgnorePublicAcls=True,
                    RestrictPublicBuckets=True,
                ),
                **optional,
            ),
            "The users' files, one prefix for each identity; nothing in it is public",
        )
        yield Piece(
            s3.BucketPolicy(
                f"{self.name}Policy",
                Bucket=CfnRef(self.name),
                PolicyDocument=policy(
                    [
                        {
                            "Sid": "RefusesPlainHttp",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [
                                Attribute(self.name, "Arn").intrinsic(),
                                Sub("${" + self.name + ".Arn}/*").to_dict(),
                            ],
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ]
                ),
            ),
            "Denies every request that did not come over TLS",
        )
