"""Uploads by POST, as a browser's form makes them: the form, its sender, the answer.

AWS: Amazon S3 API Reference, "POST Object", "HTML form fields" and "Authenticating Requests in
Browser-Based Uploads Using POST (AWS Signature Version 4)". What follows the file in the form
is ignored; ``${filename}`` in the key is the file's own name, put in before the policy is
checked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from archlib.errors import Unsupported
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.identity import Caller, Identities
from archlib.local.refusal import ApiRefusal
from archlib.local.s3.address import Address
from archlib.local.s3.post_policy import Policy
from archlib.local.s3.signature import ALGORITHM, MISMATCH, known_caller

#: Form field -> header of the PUT that means the same.
_HEADERS = {
    "acl": "x-amz-acl",
    "cache-control": "Cache-Control",
    "content-type": "Content-Type",
    "content-disposition": "Content-Disposition",
    "content-encoding": "Content-Encoding",
    "expires": "Expires",
}
_SIGNING = frozenset({"x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date",
                      "x-amz-security-token"})  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A form as sent: ``fields`` by lower-case name, and the file."""

    fields: dict[str, str]
    content: bytes


def is_upload(request: HttpRequest, where: Address) -> bool:
    """Whether a request is a form's upload to a bucket."""
    kind = request.header("Content-Type") or ""
    return (
        request.method == "POST"
        and where.bucket is not None
        and where.key is None
        and kind.lower().startswith("multipart/form-data")
    )


def form(request: HttpRequest) -> Form:
    """Read a form; raises :class:`ApiRefusal` for one without a key or a file."""
    boundary = _header("Content-Type", request.header("Content-Type") or "").get_boundary()
    if not boundary:
        raise ApiRefusal("MalformedPOSTRequest", _MALFORMED)
    fields: dict[str, str] = {}
    for part in (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode("latin-1"))[1:]:
        head, end, content = part.partition(b"\r\n\r\n")
        if not end:
            break
        disposition = _disposition(head)
        name = str(disposition.get_param("name", "", "content-disposition")).lower()
        if name == "file":
            if "key" not in fields:
                raise _argument("key", "Bucket POST must contain a field named 'key'.  If it is "
                                "specified, please check the order of the fields.")  # fmt: skip
            own = (disposition.get_filename() or "").replace("\\", "/").rsplit("/", 1)[-1]
            fields["key"] = fields["key"].replace("${filename}", own)
            return Form(fields, content)
        fields[name] = content.decode("utf-8", "replace")
    raise _argument("file", "POST requires exactly one file upload per request.")


def sender(form: Form, bucket: str, identities: Identities, now: datetime) -> Caller:
    """Who signed the form's policy, which is checked; anonymous for a form without one."""
    fields = form.fields
    if "policy" not in fields:
        return identities.anonymous
    if "x-amz-signature" in fields:
        if fields.get("x-amz-algorithm") != ALGORITHM:
            raise _argument("x-amz-algorithm", f"Only {ALGORITHM} is supported")
        access_key, _, scope = fields.get("x-amz-credential", "").partition("/")
        given = fields["x-amz-signature"]
    else:
        access_key, scope = fields.get("awsaccesskeyid", ""), ""
        given = fields.get("signature", "")
    caller = known_caller(identities, access_key, fields.get("x-amz-security-token"))
    secret = identities.secret(access_key) or ""
    wanted = _signature(secret, scope, fields["policy"]) if scope else _old(secret, fields)
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise ApiRefusal("SignatureDoesNotMatch", MISMATCH, 403)
    ahead = _ahead(fields, access_key, given, identities)
    Policy.read(fields["policy"]).check(
        {**fields, "bucket": bucket}, len(form.content), now - timedelta(seconds=ahead)
    )
    return caller


def _ahead(
    fields: dict[str, str], access_key: str, signature: str, identities: Identities
) -> float:
    """Seconds that virtual time was ahead of the policy's maker when it was signed."""
    try:
        made = datetime.strptime(fields.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ")
    except ValueError:
        return identities.ends_at(access_key, signature, 0.0)
    written = made.replace(tzinfo=UTC).timestamp()
    return identities.signed_at(access_key, written) - written


def as_put(form: Form, request: HttpRequest, where: Address) -> HttpRequest:
    """The PUT of the same object with the same headers."""
    if "tagging" in form.fields:
        raise Unsupported("the local S3 takes no tags in a form", hint="use PutObjectTagging")
    headers = [
        (_HEADERS.get(name, name), value)
        for name, value in form.fields.items()
        if name in _HEADERS or (name.startswith("x-amz-") and name not in _SIGNING)
    ]
    kept = [(n, v) for n, v in request.headers if n.lower() in ("user-agent", "referer", "origin")]
    below = "" if request.host.startswith(f"{where.bucket}.") else f"/{where.bucket}"
    return replace(
        request,
        method="PUT",
        path=f"{below}/{quote(form.fields['key'], safe='/~')}",
        query="",
        headers=(*headers, *kept),
        body=form.content,
    )


def answer(form: Form, request: HttpRequest, where: Address, stored: HttpResponse) -> HttpResponse:
    """What S3 says to the form: 204, or as its ``success_action_`` fields ask."""
    key, etag = form.fields["key"], stored.header("ETag") or ""
    location = f"{request.scheme}://{request.host}/{quote(key, safe='/~')}"
    headers = (("ETag", etag), ("Location", location))
    target = form.fields.get("success_action_redirect") or form.fields.get("redirect")
    if target and urlsplit(target).scheme in ("http", "https"):
        query = urlencode({"bucket": where.bucket, "key": key, "etag": etag})
        joined = f"{target}{'&' if urlsplit(target).query else '?'}{query}"
        return HttpResponse(303, (("ETag", etag), ("Location", joined)))
    match form.fields.get("success_action_status"):
        case "200":
            return HttpResponse(200, headers)
        case "201":
            body = (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f"<PostResponse><Location>{escape(location)}</Location>"
                f"<Bucket>{where.bucket}</Bucket><Key>{escape(key)}</Key>"
                f"<ETag>{escape(etag)}</ETag></PostResponse>"
            )
            return HttpResponse(201, (*headers, ("Content-Type", "application/xml")), body.encode())
    return HttpResponse(204, headers)


def _signature(secret: str, scope: str, policy: str) -> str:
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, policy.encode(), hashlib.sha256).hexdigest()


def _old(secret: str, fields: dict[str, str]) -> str:
    digest = hmac.new(secret.encode(), fields["policy"].encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _disposition(head: bytes) -> Message:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            return _header("Content-Disposition", value.strip())
    return Message()


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value
    return message


def _argument(name: str, message: str) -> ApiRefusal:
    return ApiRefusal("InvalidArgument", message, ArgumentName=name)


_MALFORMED = "The body of your POST request is not well-formed multipart/form-data."
