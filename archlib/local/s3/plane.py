"""The S3 data plane: who may reach a bucket, over the API and over plain HTTP.

Storage is moto's. This plane adds what moto leaves out: signatures of presigned URLs, Block
Public Access, Object Ownership, and ACLs that really grant.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.local import latency
from archlib.local.api import ApiCall, Result
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.iam import IamEnforcement, PolicyError, parse_policy
from archlib.local.iam.callers import Asker, principal_of
from archlib.local.iam.lookups import Lookup, ResourcePolicies, Sought
from archlib.local.patches import Patches
from archlib.local.refusal import ApiRefusal
from archlib.local.s3 import attributes, checksum, conditions, parts, post_form, ranges, website
from archlib.local.s3.accelerate import TransferAcceleration
from archlib.local.s3.address import HOST, Address, address
from archlib.local.s3.answering import connection_keys, error
from archlib.local.s3.chunks import Seal
from archlib.local.s3.cors import Rule, preflight, shared
from archlib.local.s3.encryption import ObjectKeys
from archlib.local.s3.names import broken_rule, check_key
from archlib.local.s3.operation import Operation, operation
from archlib.local.s3.payload import checked
from archlib.local.s3.public_access import (
    DEFAULT_BLOCK,
    DEFAULT_OWNERSHIP,
    PublicAccessBlock,
    acl_policy,
    check_acl,
)
from archlib.local.s3.serving import Serving
from archlib.local.s3.signature import Sender, sender
from archlib.local.s3.storage import Storage
from archlib.local.signing import signing_key
from archlib.local.trace import CLIENT

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Operations whose parameters may carry an ACL.
_WITH_ACL = ("PutObject", "CopyObject", "CreateMultipartUpload", "PutObjectAcl", "PutBucketAcl")


class S3Plane:
    """Bucket policies with Block Public Access, ACLs, and S3 over plain HTTP."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve S3's host names and watch the operations that could open a bucket."""
        self._cloud = cloud
        cloud.api.after("s3", "CreateBucket", self._created)
        cloud.api.handle("s3", "CreateBucket", _create)
        cloud.api.handle("s3", "PutBucketPolicy", self._put_policy)
        for name in _WITH_ACL:
            cloud.api.handle("s3", name, self._with_acl)
        cloud.http.serve(HOST, self.serve)
        cloud.http.serve(website.HOST, website.Website(cloud, self.serve).serve)
        cloud.api.guard(check_key)
        self._silence_moto()
        self._storage = Storage()
        self._storage.install(self._patches)
        for module in (checksum, ranges, parts, conditions, attributes):
            module.install(self._patches)
        self._acceleration = TransferAcceleration(cloud)
        self._acceleration.install(self._patches)
        self._keys = ObjectKeys(cloud, self.bucket)
        self._keys.install(self._patches)
        cloud.plane(IamEnforcement).wrap_lookup("s3", self._wrapped)

    def stop(self) -> None:
        """Let moto judge bucket policies again; the buckets themselves are moto's."""
        self._patches.undo()
        self._storage.close()

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
        self,
        request: HttpRequest,
        *,
        asker: Asker | None = None,
        source: str | None = None,
    ) -> HttpResponse:
        """Answer a request over plain HTTP.

        ``asker`` is a service that signs for itself (CloudFront with its origin access); without
        it the request's own signature counts. ``source`` is who sends it in the trace; without it
        whoever is at work: a link that a function signed is used by somebody else.
        """
        where = address(request)
        rules = self._cors(where)
        if request.method == "OPTIONS":
            return self._preflight(request, rules)
        above = self._cloud.trace.current
        sent_by = source or (above.target if above else CLIENT)
        with self._cloud.trace.hop(source=sent_by, target=where.arn, action="s3:Request") as hop:
            try:
                self._right_region(where)
                form = post_form.form(request) if post_form.is_upload(request, where) else None
                who = self._sender(request.original or request, where, form, asker)
                sent, place = request, where
                if form is None:
                    request = checked(request, _seal(who))
                else:
                    request = post_form.as_put(form, request, where)
                    where = address(request)
                hop.principal = who.caller.arn if asker is None else principal_of(asker, {}).arn
                asked = operation(request, where)
                hop.action = f"s3:{asked.name}"
                self._there(where, asked)
                call = ApiCall(
                    "s3", asked.name, asked.params, where.region or self._cloud.region,
                    who.caller, hop, lambda: {}, connection_keys(request),
                )  # fmt: skip
                key = who.credentials.access_key if who.credentials is not None else None
                serving = Serving(self._cloud, request, where, key)
                if asker is None:
                    with self._acceleration.arriving(request, where):
                        self._cloud.api.admit(call)
                        response = serving.answer(call, asked)
                else:
                    self._cloud.plane(IamEnforcement).require_of(asker, call)
                    self._keys.ask(call, asker)
                    response = serving.answer(call, asked)
                if form is not None and response.status == 200:
                    response = post_form.answer(form, sent, place, response)
            except ApiRefusal as refusal:
                response = error(refusal, self._cloud.new_id("request", 16))
                hop.error = refusal.code
            finally:
                self._cloud.clock.spend(latency.of("s3"))
            hop.status = response.status
            return shared(rules, request, response)

    def _sender(
        self, request: HttpRequest, where: Address, form: post_form.Form | None, asker: Asker | None
    ) -> Sender:
        identities, now = self._cloud.identities, self._cloud.clock.now()
        if asker is not None:
            return Sender(identities.anonymous)
        if form is not None:
            return Sender(post_form.sender(form, where.bucket or "", identities, now))
        return sender(request, identities, now, self._region(where), where.bucket)

    def _region(self, where: Address) -> str | None:
        found = self.bucket(where.bucket) if where.bucket else None
        return None if found is None else str(found.region_name)

    def _there(self, where: Address, asked: Operation) -> None:
        """A bucket that is not there is told to everybody (API Reference, "Error responses")."""
        if where.bucket and asked.name != "CreateBucket" and self.bucket(where.bucket) is None:
            raise ApiRefusal(
                "NoSuchBucket",
                "The specified bucket does not exist",
                404,
                BucketName=where.bucket,
            )

    def _right_region(self, where: Address) -> None:
        """Send a request for another region's endpoint away ("Request routing", User Guide)."""
        region = self._region(where)
        if where.region is not None and region is not None and where.region != region:
            raise ApiRefusal(
                "PermanentRedirect",
                "The bucket you are attempting to access must be addressed using the specified "
                "endpoint. Please send all future requests to this endpoint.",
                301,
                Endpoint=f"{where.bucket}.s3.{region}.amazonaws.com",
                Bucket=where.bucket,
                Region=region,
            )

    def _cors(self, where: Address) -> list[Rule]:
        found = self.bucket(where.bucket) if where.bucket else None
        return [Rule.of(rule) for rule in getattr(found, "cors", None) or ()]

    def _preflight(self, request: HttpRequest, rules: list[Rule]) -> HttpResponse:
        # A question about the configuration: nobody is asked who he is, and it is no hop.
        try:
            return preflight(rules, request)
        except ApiRefusal as refusal:
            return error(refusal, self._cloud.new_id("request", 16))


def _seal(who: Sender) -> Seal | None:
    """What the chunks of a body would be signed with."""
    if who.credentials is None or len(who.scope.split("/")) != 4:
        return None
    key = signing_key(who.credentials.secret_key, who.scope)
    return Seal(key, who.timestamp, who.scope, who.signature)


def _create(call: ApiCall) -> Result:
    """CreateBucket, for names that S3 takes."""
    if broken_rule(call.params["Bucket"]) is not None:
        raise ApiRefusal(
            "InvalidBucketName",
            "The specified bucket is not valid.",
            400,
            BucketName=call.params["Bucket"],
        )
    return call.proceed()


def _public(document: str) -> bool:
    from archlib.local.iam.public import is_public

    return is_public(document)


def _denies_only(document: str) -> str:
    parsed = json.loads(document)
    statements = parsed["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    parsed["Statement"] = [s for s in listed if s.get("Effect") == "Deny"]
    return json.dumps(parsed)
