"""Which S3 operation a plain HTTP request is, and with which parameters.

AWS: Amazon S3 API Reference, the request syntax of each operation. What is not in the table
is refused by name rather than guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from archlib.errors import Unsupported
from archlib.local.http import HttpRequest
from archlib.local.s3.address import Address

#: (method, names a key, deciding query parameter or "") -> operation.
OPERATIONS: Mapping[tuple[str, bool, str], str] = {
    ("GET", True, ""): "GetObject",
    ("HEAD", True, ""): "HeadObject",
    ("PUT", True, ""): "PutObject",
    ("DELETE", True, ""): "DeleteObject",
    ("GET", True, "tagging"): "GetObjectTagging",
    ("PUT", True, "tagging"): "PutObjectTagging",
    ("GET", True, "acl"): "GetObjectAcl",
    ("PUT", True, "acl"): "PutObjectAcl",
    ("POST", True, "uploads"): "CreateMultipartUpload",
    ("PUT", True, "partNumber"): "UploadPart",
    ("POST", True, "uploadId"): "CompleteMultipartUpload",
    ("DELETE", True, "uploadId"): "AbortMultipartUpload",
    ("GET", True, "uploadId"): "ListParts",
    ("GET", False, ""): "ListObjects",
    ("GET", False, "list-type"): "ListObjectsV2",
    ("GET", False, "location"): "GetBucketLocation",
    ("HEAD", False, ""): "HeadBucket",
    ("POST", False, "delete"): "DeleteObjects",
}

_DECIDING = ("tagging", "acl", "uploads", "partNumber", "uploadId", "list-type", "location",
             "delete")  # fmt: skip

#: Sub-resources that would make a request another operation than the plain one.
_OTHER = ("policy", "versioning", "cors", "lifecycle", "website", "publicAccessBlock",
          "encryption", "notification", "versions", "ownershipControls", "torrent", "select",
          "restore", "legal-hold", "retention", "attributes", "accelerate", "logging",
          "replication", "requestPayment", "object-lock", "policyStatus", "metrics",
          "inventory", "analytics", "intelligent-tiering")  # fmt: skip

_FROM_QUERY = {
    "prefix": "Prefix",
    "delimiter": "Delimiter",
    "max-keys": "MaxKeys",
    "versionId": "VersionId",
    "uploadId": "UploadId",
    "partNumber": "PartNumber",
}
_FROM_HEADER = {
    "x-amz-acl": "ACL",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-storage-class": "StorageClass",
    "x-amz-copy-source": "CopySource",
    "if-none-match": "IfNoneMatch",
    "if-match": "IfMatch",
}


@dataclass(frozen=True)
class Operation:
    """An operation's name and the parameters on which IAM and ACL rules look."""

    name: str
    params: dict[str, Any]


def operation(request: HttpRequest, address: Address) -> Operation:
    """Recognise the operation; raises :class:`Unsupported` for one that is not in the table."""
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    deciding = next((name for name in _DECIDING if name in query), "")
    other = next((name for name in _OTHER if name in query), None)
    name = OPERATIONS.get((request.method, address.key is not None, deciding))
    if address.bucket is None or other is not None or name is None:
        what = f"?{other or deciding}" if other or deciding else ""
        raise Unsupported(
            f"the local S3 does not serve {request.method} {request.path}{what} over plain HTTP",
            where=request.host,
            hint="use a boto3 client, which reaches every operation that moto has",
        )
    if name == "PutObject" and request.header("x-amz-copy-source") is not None:
        name = "CopyObject"
    params: dict[str, Any] = {"Bucket": address.bucket}
    if address.key is not None:
        params["Key"] = address.key
    params.update({_FROM_QUERY[k]: v for k, v in query.items() if k in _FROM_QUERY})
    for header, parameter in _FROM_HEADER.items():
        if (value := request.header(header) or query.get(header)) is not None:
            params[parameter] = value
    if name == "DeleteObjects":
        params["Delete"] = {"Objects": _deleted(request.body)}
    return Operation(name, params)


def _deleted(body: bytes) -> list[dict[str, str]]:
    from xml.etree import ElementTree

    from archlib.local.refusal import ApiRefusal

    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise ApiRefusal(
            "MalformedXML", "The XML you provided was not well-formed or did not validate"
        ) from None
    return [{"Key": e.text or ""} for e in root.iter() if e.tag.rsplit("}", 1)[-1] == "Key"]
