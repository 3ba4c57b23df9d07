"""Deployment packages: fetched, checked, and put into moto's function object.

AWS: "CreateFunction" and "FunctionCode" (API reference).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.functions.package import check_zip
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

Parameters = Mapping[str, Any]


def fetch(cloud: LocalCloud, region: str, code: Parameters) -> bytes:
    """The bytes of the deployment package, from the request or from its bucket.

    Raises:
        ApiRefusal: there is no such object, or Lambda would not take the archive.
    """
    if (archive := code.get("ZipFile")) is not None:
        data = archive.read() if hasattr(archive, "read") else archive
        data = data.encode() if isinstance(data, str) else bytes(data)
    elif code.get("S3Bucket") and code.get("S3Key"):
        data = _from_bucket(cloud, region, code)
    else:
        raise ApiRefusal(
            "InvalidParameterValueException", "Please provide a source for function code."
        )
    check_zip(data)
    return data


def _from_bucket(cloud: LocalCloud, region: str, code: Parameters) -> bytes:
    from botocore.exceptions import ClientError

    request = {"Bucket": code["S3Bucket"], "Key": code["S3Key"]}
    if code.get("S3ObjectVersion"):
        request["VersionId"] = code["S3ObjectVersion"]
    try:
        return bytes(cloud.raw("s3", region=region).get_object(**request)["Body"].read())
    except ClientError as error:
        given = error.response["Error"]
        raise ApiRefusal(
            "InvalidParameterValueException",
            f"Error occurred while GetObject. S3 Error Code: {given['Code']}. "
            f"S3 Error Message: {given['Message']}",
        ) from None


def store(function: Any, data: bytes) -> None:
    """Put another package into moto's function object."""
    digest = hashlib.sha256(data)
    function.code_bytes = data
    function.code_size = len(data)
    function.code_sha_256 = base64.b64encode(digest.digest()).decode()
    function.code_digest = digest.hexdigest()
