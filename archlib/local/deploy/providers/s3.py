"""S3 buckets and bucket policies: every part of a bucket's configuration is one table entry.

Source: "AWS::S3::Bucket" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import (
    BOOLEAN,
    STRING,
    TAGS,
    Document,
    ListOf,
    Record,
    Spec,
    one_of,
    record,
)

_S3 = "s3"
Convert = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _renamed(value: Mapping[str, Any], **names: str) -> dict[str, Any]:
    return {names.get(key, key): item for key, item in value.items()}


def _encryption(value: Any) -> Any:
    return {
        "Rules": [
            _renamed(rule, ServerSideEncryptionByDefault="ApplyServerSideEncryptionByDefault")
            for rule in value["ServerSideEncryptionConfiguration"]
        ]
    }


def _cors(value: Any) -> Any:
    return {
        "CORSRules": [
            _renamed(rule, ExposedHeaders="ExposeHeaders", MaxAge="MaxAgeSeconds", Id="ID")
            for rule in value["CorsRules"]
        ]
    }


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _transition(value: Mapping[str, Any]) -> dict[str, Any]:
    made = _renamed(value, TransitionInDays="Days", TransitionDate="Date")
    if "Date" in made:
        made["Date"] = _date(made["Date"])
    return made


def _noncurrent(value: Mapping[str, Any]) -> dict[str, Any]:
    return _renamed(value, TransitionInDays="NoncurrentDays")


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"Status": rule["Status"]}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    expiry: dict[str, Any] = {}
    if "ExpirationInDays" in rule:
        expiry["Days"] = rule["ExpirationInDays"]
    if "ExpirationDate" in rule:
        expiry["Date"] = _date(rule["ExpirationDate"])
    if "ExpiredObjectDeleteMarker" in rule:
        expiry["ExpiredObjectDeleteMarker"] = rule["ExpiredObjectDeleteMarker"]
    if expiry:
        made["Expiration"] = expiry
    moves = [*rule.get("Transitions", ()), *([rule["Transition"]] if "Transition" in rule else ())]
    if moves:
        made["Transitions"] = [_transition(move) for move in moves]
    older = [
        *rule.get("NoncurrentVersionTransitions", ()),
        *([rule["NoncurrentVersionTransition"]] if "NoncurrentVersionTransition" in rule else ()),
    ]
    if older:
        made["NoncurrentVersionTransitions"] = [_noncurrent(move) for move in older]
    if "NoncurrentVersionExpiration" in rule:
        made["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    elif "NoncurrentVersionExpirationInDays" in rule:
        days = rule["NoncurrentVersionExpirationInDays"]
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if "AbortIncompleteMultipartUpload" in rule:
        made["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    made["Filter"] = _lifecycle_filter(rule)
    return made


def _lifecycle_filter(rule: Mapping[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {
        key: int(rule[key])
        for key in ("ObjectSizeGreaterThan", "ObjectSizeLessThan")
        if key in rule
    }
    if "Prefix" in rule:
        parts["Prefix"] = rule["Prefix"]
    tags = rule.get("TagFilters", ())
    if len(parts) + len(tags) <= 1:
        return {"Tag": tags[0]} if tags else parts or {"Prefix": ""}
    return {"And": {**parts, **({"Tags": list(tags)} if tags else {})}}


def _lifecycle(value: Any) -> Any:
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}


def _notifications(value: Any) -> Any:
    made: dict[str, Any] = {}
    for ours, theirs, key, target in (
        ("LambdaConfigurations", "LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
        ("QueueConfigurations", "QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "TopicConfigurations", "Topic", "TopicArn"),
    ):
        if value.get(ours):
            made[theirs] = [_notification(entry, key, target) for entry in value[ours]]
    if value.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled"):
        made["EventBridgeConfiguration"] = {}
    return made


def _notification(entry: Mapping[str, Any], key: str, target: str) -> dict[str, Any]:
    made: dict[str, Any] = {target: entry[key], "Events": [entry["Event"]]}
    if "Filter" in entry:
        made["Filter"] = {"Key": {"FilterRules": entry["Filter"]["S3Key"]["Rules"]}}
    return made


def _website(value: Any) -> Any:
    made: dict[str, Any] = {}
    if "IndexDocument" in value:
        made["IndexDocument"] = {"Suffix": value["IndexDocument"]}
    if "ErrorDocument" in value:
        made["ErrorDocument"] = {"Key": value["ErrorDocument"]}
    if "RedirectAllRequestsTo" in value:
        made["RedirectAllRequestsTo"] = value["RedirectAllRequestsTo"]
    if "RoutingRules" in value:
        made["RoutingRules"] = [
            _renamed(rule, RedirectRule="Redirect", RoutingRuleCondition="Condition")
            for rule in value["RoutingRules"]
        ]
    return made


def _logging(value: Any) -> Any:
    return {
        "LoggingEnabled": {
            "TargetBucket": value["DestinationBucketName"],
            "TargetPrefix": value.get("LogFilePrefix", ""),
        }
    }


def _acceleration(value: Any) -> Any:
    return {"Status": value["AccelerationStatus"]}


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
        getattr(context.client(_S3), self.operation)(**sent)

    def remove(self, context: Context, bucket: str) -> None:
        """Take the part away."""
        client = context.client(_S3)
        if isinstance(self.clear, str):
            getattr(client, self.clear)(Bucket=bucket)
        else:
            getattr(client, self.operation)(**{"Bucket": bucket, self.argument: dict(self.clear)})


#: Ownership goes first: ACLs depend on it. Notifications go last: targets are checked.
PARTS: dict[str, Part] = {
    "OwnershipControls": Part(
        "put_bucket_ownership_controls", "OwnershipControls", _same,
        "delete_bucket_ownership_controls",
    ),
    "PublicAccessBlockConfiguration": Part(
        "put_public_access_block", "PublicAccessBlockConfiguration", _same,
        "delete_public_access_block",
    ),
    "BucketEncryption": Part(
        "put_bucket_encryption", "ServerSideEncryptionConfiguration", _encryption,
        "delete_bucket_encryption",
    ),
    "VersioningConfiguration": Part(
        "put_bucket_versioning", "VersioningConfiguration", _same, {"Status": "Suspended"},
    ),
    "ObjectLockConfiguration": Part(
        "put_object_lock_configuration", "ObjectLockConfiguration", _same,
        {"ObjectLockEnabled": "Enabled"},
    ),
    "CorsConfiguration": Part(
        "put_bucket_cors", "CORSConfiguration", _cors, "delete_bucket_cors",
    ),
    "LifecycleConfiguration": Part(
        "put_bucket_lifecycle_configuration", "LifecycleConfiguration", _lifecycle,
        "delete_bucket_lifecycle",
    ),
    "WebsiteConfiguration": Part(
        "put_bucket_website", "WebsiteConfiguration", _website, "delete_bucket_website",
    ),
    "AccelerateConfiguration": Part(
        "put_bucket_accelerate_configuration", "AccelerateConfiguration", _acceleration,
        {"Status": "Suspended"},
    ),
    "LoggingConfiguration": Part(
        "put_bucket_logging", "BucketLoggingStatus", _logging, {},
    ),
    "Tags": Part(
        "put_bucket_tagging", "Tagging", lambda tags: {"TagSet": tags}, "delete_bucket_tagging",
    ),
    "NotificationConfiguration": Part(
        "put_bucket_notification_configuration", "NotificationConfiguration", _notifications, {},
    ),
}  # fmt: skip

_CANNED = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
    "AwsExecRead": "aws-exec-read",
}


def _create(context: Context, values: Properties) -> Made:
    client = context.client(_S3)
    name = values.get("BucketName") or context.name(63, lower=True)
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
        client.put_bucket_acl(Bucket=name, ACL=_CANNED[values["AccessControl"]])
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
        acl = _CANNED[new.get("AccessControl", "Private")]
        context.client(_S3).put_bucket_acl(Bucket=existing.physical_id, ACL=acl)


def _delete(context: Context, existing: Existing) -> None:
    client = context.client(_S3)
    try:
        client.delete_bucket(Bucket=existing.physical_id)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "BucketNotEmpty":
            raise ResourceFailure(
                "The bucket you tried to delete is not empty (Service: Amazon S3; Status Code: "
                "409; Error Code: BucketNotEmpty)"
            ) from None
        raise


_TAG_FILTERS = ListOf(record("Key! Value!"))
_MOVE = record("StorageClass! TransitionInDays:i TransitionDate")
_OLD_MOVE = record("StorageClass! TransitionInDays:i! NewerNoncurrentVersions:i")
_FILTER = record(S3Key=record(Rules=ListOf(record("Name! Value!")), required="Rules"))
_CONFIGURATION: dict[str, Spec] = {
    "OwnershipControls": record(
        Rules=ListOf(
            record(
                ObjectOwnership=one_of(
                    "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"
                )
            )
        ),
        required="Rules",
    ),
    "PublicAccessBlockConfiguration": record(
        "BlockPublicAcls:b BlockPublicPolicy:b IgnorePublicAcls:b RestrictPublicBuckets:b"
    ),
    "BucketEncryption": record(
        ServerSideEncryptionConfiguration=ListOf(
            record(
                "BucketKeyEnabled:b",
                ServerSideEncryptionByDefault=record(
                    "KMSMasterKeyID",
                    SSEAlgorithm=one_of("AES256", "aws:kms", "aws:kms:dsse"),
                    required="SSEAlgorithm",
                ),
            )
        ),
        required="ServerSideEncryptionConfiguration",
    ),
    "VersioningConfiguration": record(Status=one_of("Enabled", "Suspended"), required="Status"),
    "ObjectLockEnabled": BOOLEAN,
    "ObjectLockConfiguration": record(
        "ObjectLockEnabled", Rule=record(DefaultRetention=record("Days:i Mode Years:i"))
    ),
    "CorsConfiguration": record(
        CorsRules=ListOf(
            record(
                "AllowedHeaders:[] AllowedMethods:[]! AllowedOrigins:[]! ExposedHeaders:[] Id "
                "MaxAge:i"
            )
        ),
        required="CorsRules",
    ),
    "LifecycleConfiguration": record(
        Rules=ListOf(
            record(
                "ExpirationDate ExpirationInDays:i ExpiredObjectDeleteMarker:b Id "
                "NoncurrentVersionExpirationInDays:i ObjectSizeGreaterThan ObjectSizeLessThan "
                "Prefix",
                Status=one_of("Enabled", "Disabled"),
                AbortIncompleteMultipartUpload=record("DaysAfterInitiation:i!"),
                NoncurrentVersionExpiration=record("NoncurrentDays:i! NewerNoncurrentVersions:i"),
                NoncurrentVersionTransition=_OLD_MOVE,
                NoncurrentVersionTransitions=ListOf(_OLD_MOVE),
                TagFilters=_TAG_FILTERS,
                Transition=_MOVE,
                Transitions=ListOf(_MOVE),
                required="Status",
            )
        ),
        required="Rules",
    ),
    "WebsiteConfiguration": record(
        "ErrorDocument IndexDocument",
        RedirectAllRequestsTo=record("HostName! Protocol"),
        RoutingRules=ListOf(
            record(
                RedirectRule=record(
                    "HostName HttpRedirectCode Protocol ReplaceKeyPrefixWith ReplaceKeyWith"
                ),
                RoutingRuleCondition=record("HttpErrorCodeReturnedEquals KeyPrefixEquals"),
                required="RedirectRule",
            )
        ),
    ),
    "AccelerateConfiguration": record(
        AccelerationStatus=one_of("Enabled", "Suspended"), required="AccelerationStatus"
    ),
    "LoggingConfiguration": record("DestinationBucketName! LogFilePrefix"),
    "NotificationConfiguration": record(
        EventBridgeConfiguration=record("EventBridgeEnabled:b"),
        LambdaConfigurations=ListOf(record("Event! Function!", Filter=_FILTER)),
        QueueConfigurations=ListOf(record("Event! Queue!", Filter=_FILTER)),
        TopicConfigurations=ListOf(record("Event! Topic!", Filter=_FILTER)),
    ),
    "Tags": TAGS,
    "AccessControl": one_of(*_CANNED),
}

BUCKET = ResourceType(
    name="AWS::S3::Bucket",
    properties=Record({"BucketName": STRING, **_CONFIGURATION}),
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


def _put_policy(context: Context, values: Properties) -> Made:
    client = context.client(_S3)
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
    invoke(context, _S3, "PutBucketPolicy", _policy(values))
    return Made(values["Bucket"])


def _policy(values: Properties) -> dict[str, Any]:
    return {"Bucket": values["Bucket"], "Policy": values["PolicyDocument"]}


def _update_policy(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    invoke(context, _S3, "PutBucketPolicy", _policy(new))


def _delete_policy(context: Context, existing: Existing) -> None:
    context.client(_S3).delete_bucket_policy(Bucket=existing.physical_id)


BUCKET_POLICY = ResourceType(
    name="AWS::S3::BucketPolicy",
    properties=record("Bucket!", PolicyDocument=Document(), required="PolicyDocument"),
    create=_put_policy,
    update=_update_policy,
    delete=_delete_policy,
    replacement=frozenset({"Bucket"}),
)

TYPES = (BUCKET, BUCKET_POLICY)
