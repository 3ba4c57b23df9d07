"""Objects under keys of KMS: who reads and writes them must be allowed to use the key.

The bytes stay in the clear, in this process; what is imitated is who gets them. AWS: Amazon S3
User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)" (permissions, encryption
context, bucket keys), "Setting default server-side encryption behavior for Amazon S3 buckets";
API Reference, "PutObject", "HeadObject" (``kms:Decrypt`` for checksums alone); Amazon CloudFront
Developer Guide, "Restrict access to an Amazon S3 origin", section "SSE-KMS".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall
from archlib.local.iam.callers import Asker
from archlib.local.iam.operations.s3 import copy_source
from archlib.local.kms import KmsPlane
from archlib.local.patches import Patches, as_method
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

MANAGED_KEY = "alias/aws/s3"
_ALGORITHMS = frozenset({"aws:kms", "aws:kms:dsse"})
_READ, _WRITE = "Decrypt", "GenerateDataKey"


@dataclass(frozen=True)
class Seal:
    """How an object is encrypted: ``key`` names the key, ``whole_bucket`` is S3's bucket key."""

    algorithm: str
    key: str
    whole_bucket: bool


@dataclass(frozen=True)
class Use:
    """One use of a key: for what, of which bucket, on which object."""

    operation: str
    bucket: Any
    name: str
    seal: Seal


class ObjectKeys:
    """Asks KMS for whoever reads or writes."""

    def __init__(self, cloud: LocalCloud, bucket: Callable[[str], Any]) -> None:
        self._cloud = cloud
        self._bucket = bucket

    def install(self, patches: Patches) -> None:
        """Ask before every call, and let moto keep the keys' ARNs, as S3 tells them."""
        from moto.s3.models import S3Backend

        self._cloud.api.guard(self.ask)
        patches.set(S3Backend, "put_object", as_method(self._putting(S3Backend.put_object)))

    def ask(self, call: ApiCall, asker: Asker | None = None) -> None:
        """Let the caller, or the service that asks in its own name, use the keys of the objects.

        Raises:
            ApiRefusal: who asks may not, or the key cannot be used.
        """
        if call.service != "s3" or call.operation not in _USES:
            return
        for use in _USES[call.operation](self, call):
            self._permit(call, asker, use)

    def _permit(self, call: ApiCall, asker: Asker | None, use: Use) -> None:
        if asker is None and call.caller.kind == "anonymous":
            raise ApiRefusal(
                "InvalidArgument",
                "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS "
                "Signature Version 4.",
            )
        bucket_arn = f"arn:aws:s3:::{use.bucket.name}"
        protected = bucket_arn if use.seal.whole_bucket else f"{bucket_arn}/{use.name}"
        region = str(use.bucket.region_name)
        errand = self._cloud.plane(KmsPlane).errand_of(
            asker or call.caller, region, "s3", bucket_arn
        )
        try:
            errand.permit(use.operation, use.seal.key, {"aws:s3:arn": protected})
        except ApiRefusal as refusal:
            raise _said(refusal, call, use.operation) from None

    # -- which keys --------------------------------------------------------------------------

    def of_object(self, bucket: str, key: str, version: str | None) -> list[Use]:
        """The use that reading an object is; none of one that has no key."""
        holder = self._bucket(bucket)
        kept = [] if holder is None else holder.keys.getlist(key, [])
        chosen = [one for one in kept if version in (None, one.version_id)]
        seal = _seal_of(chosen[-1]) if chosen else None
        return [] if seal is None else [Use(_READ, holder, key, seal)]

    def of_new(self, call: ApiCall) -> list[Use]:
        """The use that writing an object is."""
        holder, params = self._bucket(call.params["Bucket"]), call.params
        if holder is None:
            return []
        seal = chosen_seal(
            holder, params.get("ServerSideEncryption"), params.get("SSEKMSKeyId"),
            params.get("BucketKeyEnabled"),
        )  # fmt: skip
        return [] if seal is None else [Use(_WRITE, holder, params["Key"], seal)]

    def of_upload(self, call: ApiCall) -> list[Use]:
        """The uses that a part of an upload is: its key seals the part, and opens it at the end."""
        holder, params = self._bucket(call.params["Bucket"]), call.params
        upload = None if holder is None else holder.multiparts.get(params.get("UploadId"))
        if upload is None:
            return []
        seal = chosen_seal(holder, upload.sse_encryption, upload.kms_key_id, None)
        if seal is None:
            return []
        return [Use(one, holder, params["Key"], seal) for one in (_READ, _WRITE)]

    def of_source(self, call: ApiCall) -> list[Use]:
        """The use that reading what is copied is."""
        return self.of_object(*copy_source(call.params))

    def _read(self, call: ApiCall) -> list[Use]:
        params = call.params
        return self.of_object(params["Bucket"], params["Key"], params.get("VersionId"))

    def _described(self, call: ApiCall) -> list[Use]:
        return self._read(call) if call.params.get("ChecksumMode") == "ENABLED" else []

    def _copied(self, call: ApiCall) -> list[Use]:
        return [*self.of_source(call), *self.of_new(call)]

    def _part_copied(self, call: ApiCall) -> list[Use]:
        return [*self.of_source(call), *self.of_upload(call)]

    # -- what is kept ------------------------------------------------------------------------

    def _putting(self, put: Callable[..., Any]) -> Callable[..., Any]:
        def kept(backend: Any, bucket_name: str, key_name: str, *args: Any, **given: Any) -> Any:
            made = put(backend, bucket_name, key_name, *args, **given)
            bucket = backend.get_bucket(bucket_name)
            seal = chosen_seal(
                bucket, given.get("encryption"), given.get("kms_key_id"),
                given.get("bucket_key_enabled"),
            )  # fmt: skip
            made.kms_key_id = None
            if seal is not None:
                keys = self._cloud.plane(KmsPlane)
                made.encryption = seal.algorithm
                made.kms_key_id = keys.key_arn(bucket.region_name, seal.key) or seal.key
                made.bucket_key_enabled = "true" if seal.whole_bucket else None
            return made

        return kept


_USES: Mapping[str, Callable[[ObjectKeys, ApiCall], list[Use]]] = {
    "GetObject": ObjectKeys._read,
    "HeadObject": ObjectKeys._described,
    "SelectObjectContent": ObjectKeys._read,
    "PutObject": ObjectKeys.of_new,
    "CreateMultipartUpload": ObjectKeys.of_new,
    "UploadPart": ObjectKeys.of_upload,
    "CompleteMultipartUpload": ObjectKeys.of_upload,
    "CopyObject": ObjectKeys._copied,
    "UploadPartCopy": ObjectKeys._part_copied,
}


def chosen_seal(
    bucket: Any, algorithm: str | None, key: str | None, whole_bucket: Any
) -> Seal | None:
    """What a new object is encrypted with: as the request says, or else as the bucket does.

    None for keys of S3's own. "If you specify ``aws:kms`` but do not provide a key, Amazon S3 uses
    the AWS managed key" (API Reference, "PutObject").
    """
    rule = (bucket.encryption or {}).get("Rule") or {}
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    if not algorithm and not key:
        algorithm, key = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
    algorithm = algorithm or ("aws:kms" if key else None)
    if algorithm not in _ALGORITHMS:
        return None
    if whole_bucket is None:
        whole_bucket = rule.get("BucketKeyEnabled")
    return Seal(algorithm, key or MANAGED_KEY, str(whole_bucket).lower() == "true")


def _seal_of(stored: Any) -> Seal | None:
    if stored.encryption not in _ALGORITHMS:
        return None
    return Seal(
        stored.encryption, stored.kms_key_id or MANAGED_KEY,
        str(stored.bucket_key_enabled).lower() == "true",
    )  # fmt: skip


def _said(refusal: ApiRefusal, call: ApiCall, operation: str) -> ApiRefusal:
    """KMS's refusal in S3's words."""
    if refusal.code != "AccessDeniedException":
        return ApiRefusal(f"KMS.{refusal.code}", refusal.message)
    message = refusal.message
    if operation == _READ:
        message = (
            f"User: {call.caller.arn} is not authorized to perform: kms:Decrypt on the resource "
            "associated with this ciphertext because the resource does not exist in this Region, "
            "no resource-based policies allow access, or a resource-based policy explicitly "
            "denies access"
        )
    return ApiRefusal("AccessDenied", message, 403)
