"""Firehose delivery streams.

AWS: "Actions, resources, and condition keys for Amazon Kinesis Firehose".
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Table,
    all_of,
    named,
    on,
    passes_role,
    same_name,
    tag_keys,
    tags,
)

_delivery = named("firehose", "deliverystream/{}", "DeliveryStreamName")

FIREHOSE: Table = {
    **same_name(
        "firehose",
        "DeleteDeliveryStream DescribeDeliveryStream ListTagsForDeliveryStream PutRecord "
        "PutRecordBatch StartDeliveryStreamEncryption StopDeliveryStreamEncryption",
        _delivery,
    ),
    "CreateDeliveryStream": all_of(
        on("firehose:CreateDeliveryStream", _delivery, tags()),
        passes_role("ExtendedS3DestinationConfiguration.RoleARN", "firehose.amazonaws.com"),
        passes_role("S3DestinationConfiguration.RoleARN", "firehose.amazonaws.com"),
        passes_role("KinesisStreamSourceConfiguration.RoleARN", "firehose.amazonaws.com"),
    ),
    "UpdateDestination": all_of(
        on("firehose:UpdateDestination", _delivery),
        passes_role("ExtendedS3DestinationUpdate.RoleARN", "firehose.amazonaws.com"),
        passes_role("S3DestinationUpdate.RoleARN", "firehose.amazonaws.com"),
    ),
    "TagDeliveryStream": on("firehose:TagDeliveryStream", _delivery, tags()),
    "UntagDeliveryStream": on("firehose:UntagDeliveryStream", _delivery, tag_keys()),
    "ListDeliveryStreams": on("firehose:ListDeliveryStreams"),
}
