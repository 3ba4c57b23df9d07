"""What S3 says about an event, field by field.

AWS: Amazon S3 User Guide, "Event message structure" (to functions, queues and topics; in the
edition before version 2.4, which gives events of all types one number), "Object
event message structure for Amazon EventBridge" ("EventBridge event message structure").
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from archlib.local.functions.output import timestamp

#: Family of event types whose messages have version 2.3 ("extra information specific to these").
_NEWER = ("LifecycleExpiration", "LifecycleTransition", "IntelligentTiering", "ObjectAcl",
          "ObjectTagging", "ObjectRestore:Delete")  # fmt: skip

#: ``sequencer`` is "only used with PUTs and DELETEs".
_SEQUENCED = ("ObjectCreated", "ObjectRemoved")

#: ETag of a delete marker: the digest of nothing.
EMPTY_ETAG = "d41d8cd98f00b204e9800998ecf8427e"


@dataclass(frozen=True)
class Origin:
    """The request that caused an event: who sent it from where, and its identifiers."""

    principal_id: str
    account: str
    address: str
    request_id: str
    host_id: str


@dataclass(frozen=True)
class ObjectEvent:
    """Something happened to an object. ``name`` is without the leading ``s3:``; ``at`` virtual
    epoch seconds; ``version`` is None in a bucket without versioning."""

    name: str
    region: str
    bucket: str
    key: str
    size: int | None
    etag: str | None
    version: str | None
    sequencer: str
    at: float
    origin: Origin


def owner_id(account: str) -> str:
    """The ``principalId`` of the bucket's owner (an opaque id of the account)."""
    return "A" + hashlib.sha256(account.encode()).hexdigest()[:13].upper()


def encoded(key: str) -> str:
    """``red flower.jpg`` becomes ``red+flower.jpg``; slashes stay."""
    return quote_plus(key, safe="/")


def record(event: ObjectEvent, configuration_id: str) -> dict[str, Any]:
    """The message for functions, queues and topics."""
    described: dict[str, Any] = {"key": encoded(event.key)}
    if event.size is not None:
        described["size"] = event.size
    if event.etag is not None:
        described["eTag"] = event.etag
    if event.version is not None:
        described["versionId"] = event.version
    if event.name.startswith(_SEQUENCED):
        described["sequencer"] = event.sequencer
    return {
        "Records": [
            {
                "eventVersion": "2.3" if event.name.startswith(_NEWER) else "2.1",
                "eventSource": "aws:s3",
                "awsRegion": event.region,
                "eventTime": timestamp(event.at),
                "eventName": event.name,
                "userIdentity": {"principalId": event.origin.principal_id},
                "requestParameters": {"sourceIPAddress": event.origin.address},
                "responseElements": {
                    "x-amz-request-id": event.origin.request_id,
                    "x-amz-id-2": event.origin.host_id,
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": configuration_id,
                    "bucket": {
                        "name": event.bucket,
                        "ownerIdentity": {"principalId": owner_id(event.origin.account)},
                        "arn": f"arn:aws:s3:::{event.bucket}",
                    },
                    "object": described,
                },
            }
        ]
    }


def test_message(bucket: str, at: float, request_id: str, host_id: str) -> dict[str, str]:
    """What queues and topics get when a configuration is made."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": timestamp(at),
        "Bucket": bucket,
        "RequestId": request_id,
        "HostId": host_id,
    }


@dataclass(frozen=True)
class _Detail:
    detail_type: str
    more: Mapping[str, str]


_CREATED = "Object Created"
#: Event name -> detail type of EventBridge, with the members that go with it.
DETAILS: Mapping[str, _Detail] = {
    "ObjectCreated:Put": _Detail(_CREATED, {"reason": "PutObject"}),
    "ObjectCreated:Post": _Detail(_CREATED, {"reason": "POST Object"}),
    "ObjectCreated:Copy": _Detail(_CREATED, {"reason": "CopyObject"}),
    "ObjectCreated:CompleteMultipartUpload": _Detail(
        _CREATED, {"reason": "CompleteMultipartUpload"}
    ),
    "ObjectRemoved:Delete": _Detail(
        "Object Deleted", {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"}
    ),
    "ObjectRemoved:DeleteMarkerCreated": _Detail(
        "Object Deleted", {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"}
    ),
    "ObjectTagging:Put": _Detail("Object Tags Added", {}),
    "ObjectTagging:Delete": _Detail("Object Tags Deleted", {}),
    "ObjectAcl:Put": _Detail("Object ACL Updated", {}),
    "ObjectRestore:Post": _Detail("Object Restore Initiated", {}),
    "ObjectRestore:Completed": _Detail("Object Restore Completed", {}),
}


def bus_event(event: ObjectEvent, identifier: str) -> dict[str, Any]:
    """The event for EventBridge's default bus; the key is not URL encoded there."""
    detail = DETAILS[event.name]
    described: dict[str, Any] = {"key": event.key}
    if event.size is not None:
        described["size"] = event.size
    if event.etag is not None:
        described["etag"] = event.etag
    if event.version is not None:
        described["version-id"] = event.version
    if event.name.startswith(_SEQUENCED):
        described["sequencer"] = event.sequencer
    return {
        "version": "0",
        "id": identifier,
        "detail-type": detail.detail_type,
        "source": "aws.s3",
        "account": event.origin.account,
        "time": timestamp(event.at)[:19] + "Z",
        "region": event.region,
        "resources": [f"arn:aws:s3:::{event.bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": event.bucket},
            "object": described,
            "request-id": event.origin.request_id,
            "requester": event.origin.account,
            "source-ip-address": event.origin.address,
            **detail.more,
        },
    }
