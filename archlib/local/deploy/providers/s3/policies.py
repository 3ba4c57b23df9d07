"""Bucket policies."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.providers.s3.conversions import S3
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import (
    Document,
    record,
)


def _put_policy(context: Context, values: Properties) -> Made:
    client = context.client(S3)
    try:
        client.get_bucket_policy(Bucket=values["Bucket"])
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
    else:
        raise ResourceFailure(
            f"The bucket policy already exists on bucket {values['Bucket']}. "
            "(HandlerErrorCode: AlreadyExists)"
        )
    invoke(context, S3, "PutBucketPolicy", _policy(values))
    return Made(values["Bucket"])


def _policy(values: Properties) -> dict[str, Any]:
    return {"Bucket": values["Bucket"], "Policy": values["PolicyDocument"]}


def _update_policy(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    invoke(context, S3, "PutBucketPolicy", _policy(new))


def _delete_policy(context: Context, existing: Existing) -> None:
    context.client(S3).delete_bucket_policy(Bucket=existing.physical_id)


BUCKET_POLICY = ResourceType(
    name="AWS::S3::BucketPolicy",
    properties=record("Bucket!", PolicyDocument=Document(), required="PolicyDocument"),
    create=_put_policy,
    update=_update_policy,
    delete=_delete_policy,
    replacement=frozenset({"Bucket"}),
)


TYPES = (BUCKET_POLICY,)
