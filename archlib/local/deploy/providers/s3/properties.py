"""What the properties of a bucket may hold."""

from __future__ import annotations

from archlib.local.deploy.spec import (
    BOOLEAN,
    TAGS,
    ListOf,
    Spec,
    one_of,
    record,
)

#: ``AccessControl`` -> the API's name of the canned ACL.
CANNED = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
    "AwsExecRead": "aws-exec-read",
}

_TAG_FILTERS = ListOf(record("Key! Value!"))


_MOVE = record("StorageClass! TransitionInDays:i TransitionDate")


_OLD_MOVE = record("StorageClass! TransitionInDays:i! NewerNoncurrentVersions:i")


_FILTER = record(S3Key=record(Rules=ListOf(record("Name! Value!")), required="Rules"))


CONFIGURATION: dict[str, Spec] = {
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
    "AccessControl": one_of(*CANNED),
}
