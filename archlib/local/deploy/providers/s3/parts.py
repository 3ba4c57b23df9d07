"""A bucket's configuration: how each part is put and taken away, one entry each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.providers.s3.conversions import (
    S3,
    Convert,
    acceleration,
    cors,
    encryption,
    logging,
    notifications,
    same,
    website,
)
from archlib.local.deploy.providers.s3.lifecycle import lifecycle
from archlib.local.deploy.resource_type import Context


@dataclass(frozen=True)
class Part:
    """One part of a bucket: how it is put and how it is taken away.

    ``clear`` is the operation that removes it, or the value that stands for "not there".
    """

    operation: str
    argument: str
    convert: Convert
    clear: str | Mapping[str, Any]

    def put(self, context: Context, bucket: str, value: Any) -> None:
        """Write the part."""
        sent = {"Bucket": bucket, self.argument: self.convert(value)}
        getattr(context.client(S3), self.operation)(**sent)

    def remove(self, context: Context, bucket: str) -> None:
        """Take the part away."""
        client = context.client(S3)
        if isinstance(self.clear, str):
            getattr(client, self.clear)(Bucket=bucket)
        else:
            getattr(client, self.operation)(**{"Bucket": bucket, self.argument: dict(self.clear)})


#: Ownership goes first: ACLs depend on it. Notifications go last: targets are checked.
PARTS: dict[str, Part] = {
    "OwnershipControls": Part(
        "put_bucket_ownership_controls", "OwnershipControls", same,
        "delete_bucket_ownership_controls",
    ),
    "PublicAccessBlockConfiguration": Part(
        "put_public_access_block", "PublicAccessBlockConfiguration", same,
        "delete_public_access_block",
    ),
    "BucketEncryption": Part(
        "put_bucket_encryption", "ServerSideEncryptionConfiguration", encryption,
        "delete_bucket_encryption",
    ),
    "VersioningConfiguration": Part(
        "put_bucket_versioning", "VersioningConfiguration", same, {"Status": "Suspended"},
    ),
    "ObjectLockConfiguration": Part(
        "put_object_lock_configuration", "ObjectLockConfiguration", same,
        {"ObjectLockEnabled": "Enabled"},
    ),
    "CorsConfiguration": Part(
        "put_bucket_cors", "CORSConfiguration", cors, "delete_bucket_cors",
    ),
    "LifecycleConfiguration": Part(
        "put_bucket_lifecycle_configuration", "LifecycleConfiguration", lifecycle,
        "delete_bucket_lifecycle",
    ),
    "WebsiteConfiguration": Part(
        "put_bucket_website", "WebsiteConfiguration", website, "delete_bucket_website",
    ),
    "AccelerateConfiguration": Part(
        "put_bucket_accelerate_configuration", "AccelerateConfiguration", acceleration,
        {"Status": "Suspended"},
    ),
    "LoggingConfiguration": Part(
        "put_bucket_logging", "BucketLoggingStatus", logging, {},
    ),
    "Tags": Part(
        "put_bucket_tagging", "Tagging", lambda tags: {"TagSet": tags}, "delete_bucket_tagging",
    ),
    "NotificationConfiguration": Part(
        "put_bucket_notification_configuration", "NotificationConfiguration", notifications, {},
    ),
}  # fmt: skip
