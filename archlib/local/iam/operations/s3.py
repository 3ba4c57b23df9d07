"""Amazon S3: objects, buckets, copies, versions and the request headers policies look at.

AWS: "Actions, resources, and condition keys for Amazon S3", "Required permissions for Amazon
S3 API operations", "GetObject" (a missing object is reported only to who may list the bucket).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from archlib.local.iam.authorization import (
    Authorization,
    Call,
    Context,
    ContextOf,
    Rule,
    Table,
    all_of,
    merged,
    on,
    tag_pairs,
    text,
    when,
)
from archlib.local.iam.operations.s3_buckets import BUCKET_ACTIONS

_HEADERS: Mapping[str, str] = {
    "ACL": "s3:x-amz-acl",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
    "StorageClass": "s3:x-amz-storage-class",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "WebsiteRedirectLocation": "s3:x-amz-website-redirect-location",
    "GrantFullControl": "s3:x-amz-grant-full-control",
    "GrantRead": "s3:x-amz-grant-read",
    "GrantReadACP": "s3:x-amz-grant-read-acp",
    "GrantWrite": "s3:x-amz-grant-write",
    "GrantWriteACP": "s3:x-amz-grant-write-acp",
    "ObjectOwnership": "s3:x-amz-object-ownership",
    "ObjectLockMode": "s3:object-lock-mode",
    "ObjectLockLegalHoldStatus": "s3:object-lock-legal-hold",
    "IfNoneMatch": "s3:if-none-match",
    "IfMatch": "s3:if-match",
    "VersionId": "s3:VersionId",
    "Prefix": "s3:prefix",
    "Delimiter": "s3:delimiter",
    "CreateBucketConfiguration.LocationConstraint": "s3:LocationConstraint",
}


def bucket_arn(call: Call, bucket: str | None = None) -> str:
    """The ARN of a bucket; an access point's ARN stands for itself."""
    name = bucket or call.params.get("Bucket")
    if not name:
        return "*"
    return name if name.startswith("arn:") else f"arn:{call.partition}:s3:::{name}"


def object_arn(call: Call, bucket: str | None = None, key: str | None = None) -> str:
    """The ARN of an object, also of one addressed through an access point."""
    base = bucket_arn(call, bucket)
    inside = "/object/" if ":accesspoint/" in base else "/"
    return f"{base}{inside}{key if key is not None else call.params['Key']}"


def request_keys(call: Call) -> Context:
    """Condition keys from the request's headers and query parameters."""
    found: dict[str, Any] = {}
    for parameter, key in _HEADERS.items():
        value: Any = call.params
        for step in parameter.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            found[key] = text(value)
    if isinstance(call.params.get("CopySource"), str):
        found["s3:x-amz-copy-source"] = unquote(call.params["CopySource"])
    elif isinstance(call.params.get("CopySource"), Mapping):
        source = call.params["CopySource"]
        found["s3:x-amz-copy-source"] = f"{source['Bucket']}/{source['Key']}"
    return found


def _signed(call: Call) -> Context:
    """How botocore signs; a presigned URL's plane says REST-QUERY-STRING instead."""
    return {
        "s3:authType": "REST-HEADER",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
        "s3:ResourceAccount": call.account,
    }


def _listing(call: Call) -> Context:
    """``s3:max-keys`` "is always present in the request" of ListBucket; S3's default is 1000."""
    return {"s3:max-keys": str(call.params.get("MaxKeys", 1000))}


def _existing_tags(call: Call) -> Context:
    tags = call.facts.object_tags(call.params["Bucket"], call.params["Key"])
    return {f"s3:ExistingObjectTag/{key}": value for key, value in tags.items()}


def _new_tags(call: Call) -> Context:
    given = call.params.get("Tagging")
    if isinstance(given, str):
        pairs = dict(
            (unquote(key), unquote(value))
            for key, _, value in (one.partition("=") for one in given.split("&") if one)
        )
    else:
        pairs = tag_pairs((given or {}).get("TagSet"))
    if not pairs:
        return {}
    return {
        **{f"s3:RequestObjectTag/{key}": value for key, value in pairs.items()},
        "s3:RequestObjectTagKeys": tuple(pairs),
    }


_KEYS = merged(_signed, request_keys)
_OBJECT_KEYS = merged(_KEYS, _existing_tags)
_WRITE_KEYS = merged(_KEYS, _new_tags)


def _object(action: str, versioned: str | None = None, keys: ContextOf = _OBJECT_KEYS) -> Rule:
    """An action on an object; ``versioned`` replaces it when a version is named."""

    def rule(call: Call) -> Iterable[Authorization]:
        chosen = versioned if versioned and call.params.get("VersionId") else action
        yield Authorization(f"s3:{chosen}", object_arn(call), keys(call))

    return rule


def _bucket(action: str) -> Rule:
    return on(f"s3:{action}", bucket_arn, _KEYS)


def _missing_object(call: Call) -> Iterable[Authorization]:
    """Who may not list the bucket is told 403, not 404, for an object that is not there."""
    bucket, key = call.params["Bucket"], call.params["Key"]
    if not call.params.get("VersionId") and call.facts.object_exists(bucket, key) is False:
        yield Authorization("s3:ListBucket", bucket_arn(call), _signed(call))


_read = all_of(_object("GetObject", "GetObjectVersion"), _missing_object)


def _writes(call: Call) -> Iterable[Authorization]:
    """Putting an object, and whatever is put along with it."""
    keys = _WRITE_KEYS(call)
    arn = object_arn(call)
    yield Authorization("s3:PutObject", arn, keys)
    grants = any(call.params.get(name) for name in _HEADERS if name.startswith("Grant"))
    extras = (
        ("PutObjectAcl", call.params.get("ACL") or grants),
        ("PutObjectTagging", call.params.get("Tagging")),
        ("PutObjectRetention", call.params.get("ObjectLockMode")),
        ("PutObjectLegalHold", call.params.get("ObjectLockLegalHoldStatus")),
    )
    for action, asked in extras:
        if asked:
            yield Authorization(f"s3:{action}", arn, keys)


def copy_source(params: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Bucket, key and version of ``CopySource``, in its text or its map form."""
    given = params["CopySource"]
    if isinstance(given, Mapping):
        return given["Bucket"], given["Key"], given.get("VersionId")
    path, _, query = unquote(given).lstrip("/").partition("?versionId=")
    bucket, _, key = path.partition("/")
    return bucket, key, query or None


def _reads_source(call: Call) -> Iterable[Authorization]:
    bucket, key, version = copy_source(call.params)
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    extra = {"s3:VersionId": version} if version else {}
    tags = {
        f"s3:ExistingObjectTag/{name}": value
        for name, value in call.facts.object_tags(bucket, key).items()
    }
    arn = object_arn(call, bucket, key)
    yield Authorization(action, arn, {**_signed(call), **extra, **tags})
    if tags and call.operation == "CopyObject" and call.params.get("TaggingDirective") != "REPLACE":
        yield Authorization("s3:GetObjectTagging", arn, {**_signed(call), **tags})


def _deletes(call: Call) -> Iterable[Authorization]:
    for entry in call.params["Delete"]["Objects"]:
        version = entry.get("VersionId")
        action = "s3:DeleteObjectVersion" if version else "s3:DeleteObject"
        keys = {**_signed(call), **({"s3:VersionId": version} if version else {})}
        arn = object_arn(call, key=entry["Key"])
        yield Authorization(action, arn, keys)
        if call.params.get("BypassGovernanceRetention"):
            yield Authorization("s3:BypassGovernanceRetention", arn, keys)


_BYPASS = when("BypassGovernanceRetention", _object("BypassGovernanceRetention"))

_CREATE_BUCKET = all_of(
    _bucket("CreateBucket"),
    when("ACL", _bucket("PutBucketAcl")),
    when("ObjectLockEnabledForBucket", _bucket("PutBucketObjectLockConfiguration")),
    when("ObjectLockEnabledForBucket", _bucket("PutBucketVersioning")),
    when("ObjectOwnership", _bucket("PutBucketOwnershipControls")),
)

S3: Table = {
    "CreateBucket": _CREATE_BUCKET,
    "ListBuckets": on("s3:ListAllMyBuckets", context=_signed),
    "ListObjects": on("s3:ListBucket", bucket_arn, merged(_KEYS, _listing)),
    "ListObjectsV2": on("s3:ListBucket", bucket_arn, merged(_KEYS, _listing)),
    "ListObjectVersions": on("s3:ListBucketVersions", bucket_arn, merged(_KEYS, _listing)),
    "GetObject": _read,
    "HeadObject": _read,
    "SelectObjectContent": _object("GetObject"),
    "GetObjectAcl": _object("GetObjectAcl", "GetObjectVersionAcl"),
    "GetObjectAttributes": all_of(
        _object("GetObject", "GetObjectVersion"),
        _object("GetObjectAttributes", "GetObjectVersionAttributes"),
    ),
    "GetObjectLegalHold": _object("GetObjectLegalHold"),
    "GetObjectRetention": _object("GetObjectRetention"),
    "GetObjectTagging": _object("GetObjectTagging", "GetObjectVersionTagging"),
    "GetObjectTorrent": _object("GetObjectTorrent"),
    "PutObject": _writes,
    "CreateMultipartUpload": _writes,
    "UploadPart": _object("PutObject"),
    "CompleteMultipartUpload": _object("PutObject"),
    "AbortMultipartUpload": _object("AbortMultipartUpload"),
    "ListParts": _object("ListMultipartUploadParts"),
    "CopyObject": all_of(_reads_source, _writes),
    "UploadPartCopy": all_of(_reads_source, _object("PutObject")),
    "PutObjectAcl": _object("PutObjectAcl", "PutObjectVersionAcl"),
    "PutObjectLegalHold": _object("PutObjectLegalHold"),
    "PutObjectRetention": all_of(_object("PutObjectRetention"), _BYPASS),
    "PutObjectTagging": _object(
        "PutObjectTagging", "PutObjectVersionTagging", merged(_OBJECT_KEYS, _new_tags)
    ),
    "DeleteObjectTagging": _object("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "RestoreObject": _object("RestoreObject"),
    "DeleteObject": all_of(_object("DeleteObject", "DeleteObjectVersion"), _BYPASS),
    "DeleteObjects": _deletes,
    **{operation: _bucket(action) for operation, action in BUCKET_ACTIONS.items()},
}
