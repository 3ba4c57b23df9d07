"""Buckets: made, changed, deleted."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.providers.s3.conversions import S3
from archlib.local.deploy.providers.s3.parts import PARTS
from archlib.local.deploy.providers.s3.properties import CANNED, CONFIGURATION
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import (
    STRING,
    Record,
)
from archlib.local.s3.names import broken_rule


def _create(context: Context, values: Properties) -> Made:
    client = context.client(S3)
    name = values.get("BucketName") or context.name(63, lower=True)
    if (rule := broken_rule(name)) is not None:
        raise ResourceFailure(f"Bucket name {rule} (BucketName: {name})")
    if "BucketName" in values and _exists(client, name):
        raise ResourceFailure(f"{name} already exists (HandlerErrorCode: AlreadyExists)")
    sent: dict[str, Any] = {"Bucket": name}
    if context.region != "us-east-1":
        sent["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
    if values.get("ObjectLockEnabled"):
        sent["ObjectLockEnabledForBucket"] = True
    owner = values.get("OwnershipControls", {}).get("Rules", [{}])[0].get("ObjectOwnership")
    if owner is not None:
        sent["ObjectOwnership"] = owner
    client.create_bucket(**sent)
    made = _made(context, name)
    context.note(made)
    for field, part in PARTS.items():
        if field in values:
            part.put(context, name, values[field])
    if "AccessControl" in values:
        client.put_bucket_acl(Bucket=name, ACL=CANNED[values["AccessControl"]])
    return made


def _exists(client: Any, name: str) -> bool:
    try:
        client.head_bucket(Bucket=name)
    except client.exceptions.ClientError as error:
        return bool(error.response["ResponseMetadata"].get("HTTPStatusCode") == 403)
    return True


def _made(context: Context, name: str) -> Made:
    region = context.region
    return Made(
        name,
        {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
            "WebsiteURL": f"http://{name}.s3-website-{region}.amazonaws.com",
        },
    )


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> None:
    for field, part in PARTS.items():
        if field in changed and field in new:
            part.put(context, existing.physical_id, new[field])
        elif field in changed:
            part.remove(context, existing.physical_id)
    if "AccessControl" in changed:
        acl = CANNED[new.get("AccessControl", "Private")]
        context.client(S3).put_bucket_acl(Bucket=existing.physical_id, ACL=acl)


def _delete(context: Context, existing: Existing) -> None:
    client = context.client(S3)
    try:
        client.delete_bucket(Bucket=existing.physical_id)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "BucketNotEmpty":
            raise ResourceFailure(
                "The bucket you tried to delete is not empty (Service: Amazon S3; Status Code: "
                "409; Error Code: BucketNotEmpty)"
            ) from None
        raise


BUCKET = ResourceType(
    name="AWS::S3::Bucket",
    properties=Record({"BucketName": STRING, **CONFIGURATION}),
    create=_create,
    update=_update,
    delete=_delete,
    replacement=frozenset({"BucketName", "ObjectLockEnabled"}),
    attributes=("Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"),
    name_property="BucketName",
    arn="arn:{partition}:s3:::{id}",
    notes="Replication, inventory, analytics, metrics, intelligent tiering and metadata tables "
    "are refused. A bucket that is not empty refuses deletion.",
)


TYPES = (BUCKET,)
