"""The S3 data plane: who may reach a bucket, over the API and over plain HTTP.

Storage is moto's. This plane adds what moto leaves out: signatures of presigned URLs, Block
Public Access, Object Ownership, and ACLs that really grant.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from archlib.local import latency
from archlib.local.api import ApiCall, Result
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.iam import IamEnforcement, PolicyError, parse_policy
from archlib.local.iam.callers import Asker, principal_of
from archlib.local.iam.lookups import Lookup, ResourcePolicies, Sought
from archlib.local.identity import RAW_KEY
from archlib.local.patches import Patches
from archlib.local.refusal import ApiRefusal
from archlib.local.s3.accelerate import TransferAcceleration
from archlib.local.s3.address import HOST, Address, address
from archlib.local.s3.operation import Operation, operation
from archlib.local.s3.public_access import (
    DEFAULT_BLOCK,
    DEFAULT_OWNERSHIP,
    PublicAccessBlock,
    acl_policy,
    check_acl,
)
from archlib.local.s3.signature import sender, unsigned_query

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Operations whose parameters may carry an ACL.
_WITH_ACL = ("PutObject", "CopyObject", "CreateMultipartUpload", "PutObjectAcl", "PutBucketAcl")

#: Answers that never have a body (moto gives its 304 one), and headers of the upload that moto
#: gives back as if they were the object's.
_WITHOUT_BODY = frozenset({204, 304})
_MOTO_ONLY = frozenset({"x-amz-content-sha256", "x-amz-sdk-checksum-algorithm"})

_REQUEST_HEADERS_DROPPED = frozenset({"authorization", "host", "x-amz-security-token"})


class S3Plane:
    """Bucket policies with Block Public Access, ACLs, and S3 over plain HTTP."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve S3's host names and watch the operations that could open a bucket."""
        self._cloud = cloud
        cloud.api.after("s3", "CreateBucket", self._created)
        cloud.api.handle("s3", "PutBucketPolicy", self._put_policy)
        for name in _WITH_ACL:
            cloud.api.handle("s3", name, self._with_acl)
        cloud.http.serve(HOST, self.serve)
        self._silence_moto()
        self._acceleration = TransferAcceleration(cloud)
        self._acceleration.install(self._patches)
        cloud.plane(IamEnforcement).wrap_lookup("s3", self._wrapped)

    def stop(self) -> None:
        """Let moto judge bucket policies again; the buckets themselves are moto's."""
        self._patches.undo()

    def _silence_moto(self) -> None:
        """Keep moto from judging objects: it takes a Deny to mean everybody, and IAM has judged."""
        from moto.iam.access_control import PermissionResult
        from moto.s3.models import FakeBucket

        self._patches = Patches()
        self._patches.set(FakeBucket, "get_permission", lambda *_: PermissionResult.PERMITTED)

    def _wrapped(self, inner: Lookup) -> Lookup:
        return lambda sought: self.effective_policies(sought, inner(sought))

    # -- buckets ---------------------------------------------------------------------------

    def bucket(self, name: str) -> Any:
        """moto's bucket, or None."""
        from moto.s3.models import s3_backends

        return s3_backends[self._cloud.account]["aws"].buckets.get(name)

    def block(self, name: str) -> PublicAccessBlock:
        """The public access block of a bucket; all off where there is none."""
        settings = getattr(self.bucket(name), "public_access_block", None)
        if settings is None:
            return PublicAccessBlock()
        return PublicAccessBlock(
            settings.block_public_acls,
            settings.ignore_public_acls,
            settings.block_public_policy,
            settings.restrict_public_buckets,
        )

    def ownership(self, name: str) -> str:
        """``BucketOwnerEnforced``, ``BucketOwnerPreferred`` or ``ObjectWriter``."""
        return str(getattr(self.bucket(name), "ownership_rule", None) or "ObjectWriter")

    def effective_policies(self, sought: Sought, documents: ResourcePolicies) -> ResourcePolicies:
        """The resource-based policies in force for a request on an S3 ARN.

        The bucket policy, unless RestrictPublicBuckets takes a public one's grants from
        everybody outside the account; and what ACLs grant, unless they are ignored.
        """
        name, _, key = sought.resource.rpartition(":::")[2].partition("/")
        bucket = self.bucket(name)
        if bucket is None:
            return documents
        block, found = self.block(name), documents.documents
        outsider = sought.who.kind == "anonymous" or sought.who.account != self._cloud.account
        if outsider and block.restrict_buckets and sought.who.kind != "service":
            found = tuple((n, _denies_only(text) if _public(text) else text) for n, text in found)
        if not block.ignore_acls and self.ownership(name) != "BucketOwnerEnforced":
            found += tuple(("access control list", text) for text in self._acls(bucket, name, key))
        return replace(documents, documents=found)

    def _acls(self, bucket: Any, name: str, key: str) -> list[str]:
        arn = f"arn:aws:s3:::{name}"
        found = [acl_policy("bucket", arn, bucket.acl.grants if bucket.acl else ())]
        stored = bucket.keys.get(key) if key else None
        if stored is not None and stored.acl is not None:
            found.append(acl_policy("object", f"{arn}/{key}", stored.acl.grants))
        return [json.dumps(document) for document in found if document is not None]

    def _created(self, call: ApiCall, result: Result) -> None:
        raw, name = self._cloud.raw("s3"), call.params["Bucket"]
        raw.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=DEFAULT_BLOCK)
        ownership = call.params.get("ObjectOwnership", DEFAULT_OWNERSHIP)
        raw.put_bucket_ownership_controls(
            Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]}
        )

    def _put_policy(self, call: ApiCall) -> Result:
        try:
            parse_policy(call.params["Policy"], "resource")
        except PolicyError as malformed:
            raise ApiRefusal("MalformedPolicy", str(malformed)) from None
        if self.block(call.params["Bucket"]).block_policy and _public(call.params["Policy"]):
            arn = f"arn:aws:s3:::{call.params['Bucket']}"
            raise ApiRefusal(
                "AccessDenied",
                f"User: {call.caller.arn} is not authorized to perform: s3:PutBucketPolicy on "
                f'resource: "{arn}" because public policies are prevented by the '
                "BlockPublicPolicy setting in S3 Block Public Access.",
                403,
            )
        return call.proceed()

    def _with_acl(self, call: ApiCall) -> Result:
        name = call.params["Bucket"]
        check_acl(call.params, self.ownership(name), self.block(name))
        return call.proceed()

    # -- plain HTTP --------------------------------------------------------------------------

    def serve(
        self, request: HttpRequest, *, asker: Asker | None = None, source: str | None = None
    ) -> HttpResponse:
        """Answer a request over plain HTTP.

        ``asker`` is a service that signs for itself (CloudFront with its origin access); without
        it the request's own signature counts. ``source`` is who sends it in the trace.
        """
        where = address(request)
        identities, trace = self._cloud.identities, self._cloud.trace
        with trace.hop(source=source or "client", target=where.arn, action="s3:Request") as hop:
            try:
                caller = (
                    identities.anonymous
                    if asker is not None
                    else sender(request, identities, self._cloud.clock.now())
                )
                hop.principal = caller.arn if asker is None else principal_of(asker, {}).arn
                hop.source = source or caller.source
                asked = operation(request, where)
                hop.action = f"s3:{asked.name}"
                call = ApiCall(
                    "s3", asked.name, asked.params, where.region or self._cloud.region, caller,
                    hop, lambda: {}, _connection(request),
                )  # fmt: skip
                if asker is None:
                    with self._acceleration.arriving(request, where):
                        self._cloud.api.admit(call)
                else:
                    self._cloud.plane(IamEnforcement).require_of(asker, call)
                handler = self._cloud.api.handler("s3", asked.name)
                if handler is not None:
                    handler(call)
                response = _moto(request, where, asked)
            except ApiRefusal as refusal:
                response = _error(refusal, self._cloud.new_id("request", 16), request.method)
                hop.error = refusal.code
            finally:
                self._cloud.clock.spend(latency.of("s3"))
            hop.status = response.status
            return response


def _connection(request: HttpRequest) -> dict[str, str]:
    keys = {
        "aws:SecureTransport": "true" if request.scheme == "https" else "false",
        "aws:SourceIp": request.source_ip,
    }
    for header, key in (("User-Agent", "aws:UserAgent"), ("Referer", "aws:Referer")):
        if (value := request.header(header)) is not None:
            keys[key] = value
    return keys


def _moto(request: HttpRequest, where: Address, asked: Operation) -> HttpResponse:
    """Let moto's S3 answer; the signature is checked by now, and it would only confuse moto."""
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.compat import HTTPHeaders
    from moto.core.models import botocore_stubber

    headers = HTTPHeaders()
    for name, value in request.headers:
        if name.lower() not in _REQUEST_HEADERS_DROPPED:
            headers[name] = value
    # moto answers unsigned requests by object ACL alone; who may is decided by now.
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={RAW_KEY}/20260105/us-east-1/s3/aws4"
    query = unsigned_query(request.query)
    host = f"{where.bucket}.s3.amazonaws.com"
    path = request.path if request.host.startswith(f"{where.bucket}.") else _below(request.path)
    url = f"https://{host}{path}" + (f"?{query}" if query else "")
    prepared: Callable[..., Any] = AWSPreparedRequest
    answer = botocore_stubber.process_request(
        prepared(request.method, url, headers, request.body, False)
    )
    assert answer is not None, url
    status, given, body = answer
    data = body.encode() if isinstance(body, str) else bytes(body)
    if int(status) in _WITHOUT_BODY:
        data = b""
    kept = tuple((str(k), str(v)) for k, v in given.items() if k.lower() not in _MOTO_ONLY)
    return HttpResponse(int(status), kept, data)


def _below(path: str) -> str:
    """A path-style path without its bucket."""
    return "/" + path.lstrip("/").partition("/")[2]


def _error(refusal: ApiRefusal, request_id: str, method: str) -> HttpResponse:
    """S3's XML error body (Amazon S3 API Reference, "Error responses")."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
        f"<RequestId>{request_id.upper()}</RequestId></Error>"
    )
    headers = (("Content-Type", "application/xml"), ("x-amz-request-id", request_id.upper()))
    return HttpResponse(refusal.status, headers, b"" if method == "HEAD" else body.encode())


def _public(document: str) -> bool:
    from archlib.local.iam.public import is_public

    return is_public(document)


def _denies_only(document: str) -> str:
    parsed = json.loads(document)
    statements = parsed["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    parsed["Statement"] = [s for s in listed if s.get("Effect") == "Deny"]
    return json.dumps(parsed)
