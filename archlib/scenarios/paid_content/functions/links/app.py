"""Signed links for those who paid: one Lambda function behind API Gateway (AWS_PROXY).

Whoever asks must be a premium member and must have bought the video; both are read from the table
as they are now, so a membership that is revoked gets no further link. A link lives five minutes,
and never longer than the membership.

With ``CONTENT_URL`` links lead to CloudFront and are signed with a private key, which is fetched
from ``SIGNING_SECRET`` (Secrets Manager) or ``SIGNING_PARAMETER`` (Systems Manager) and kept for
five minutes. With ``BUCKET_NAME`` they are S3's presigned URLs, signed with the function's role.
"""

import json
import os
import time
from datetime import UTC, datetime

import boto3
from botocore.config import Config

TABLE = os.environ["TABLE_NAME"]
LIFETIME = 300
KEY_LIFETIME = 300

dynamodb = boto3.client("dynamodb")
_kept = {}


class Refused(Exception):
    """No link: status and message for the response."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


def handler(event, context):
    """GET /videos/{id}/link?as=file|stream|cookies."""
    try:
        status, body = 200, link(event)
    except Refused as refused:
        status, body = refused.status, {"message": refused.message}
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": os.environ.get("ALLOW_ORIGIN", "*"),
            "Cache-Control": "no-store",
        },
        "body": json.dumps(body, sort_keys=True),
    }


def link(event):
    """A link to the video for the caller; raises :class:`Refused`."""
    sub = event["requestContext"]["authorizer"]["claims"]["sub"]
    video = event["pathParameters"]["id"]
    kind = (event.get("queryStringParameters") or {}).get("as") or "file"
    make = KINDS.get(kind)
    if make is None:
        raise Refused(400, f"as must be one of {', '.join(KINDS)}")
    until = _premium_until(sub)
    if _item(f"USER#{sub}", f"VIDEO#{video}") is None:
        raise Refused(403, "You have not bought this video")
    expires = min(int(time.time()) + LIFETIME, until)
    return {"expires": expires, **make(video, expires)}


def _premium_until(sub):
    profile = _item(f"USER#{sub}", "PROFILE")
    if profile is None:
        raise Refused(403, "You are not a member")
    until = int(profile["premiumUntil"]["N"])
    if until <= time.time():
        raise Refused(403, "Your premium is over" if until else "You have not paid for premium")
    return until


def _item(pk, sk):
    """An item as it is now: consistent, for a revocation must count at once."""
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    return dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")


# -- kinds of links ------------------------------------------------------------------------------


def file_link(video, expires):
    """One URL of the whole video (canned policy); players ask it for ranges."""
    path = f"videos/{video}/video.mp4"
    if "BUCKET_NAME" in os.environ:
        return {"url": _presigned(path, expires)}
    signed = _signer().generate_presigned_url(_url(path), date_less_than=_moment(expires))
    return {"url": f"{signed}&{_HASHED}"}


def stream_link(video, expires):
    """One query string for manifest and segments alike (custom policy with a wildcard)."""
    manifest = _url(f"videos/{video}/stream/index.m3u8")
    signed = _signer().generate_presigned_url(manifest, policy=_policy(video, expires))
    query = f"{signed.partition('?')[2]}&{_HASHED}"
    return {"url": f"{manifest}?{query}", "query": query}


def cookies_link(video, expires):
    """The same as cookies, for pages on the distribution's own domain."""
    query = stream_link(video, expires)["query"]
    cookies = {f"CloudFront-{name}": value for name, _, value in
               (pair.partition("=") for pair in query.split("&"))}  # fmt: skip
    return {"url": _url(f"videos/{video}/stream/index.m3u8"), "cookies": cookies}


KINDS = {"file": file_link, "stream": stream_link, "cookies": cookies_link}

#: Says which hash was signed; without it CloudFront takes SHA-1.
_HASHED = "Hash-Algorithm=SHA256"


def _url(path):
    if "CONTENT_URL" not in os.environ:
        raise Refused(400, "S3 signs one object at a time: ask for the file")
    return f"{os.environ['CONTENT_URL']}/{path}"


def _policy(video, expires):
    everything = _url(f"videos/{video}/stream/*")
    return _signer().build_policy(everything, _moment(expires))


def _moment(expires):
    return datetime.fromtimestamp(expires, UTC)


def _presigned(path, expires):
    """S3's presigned URL, by signature version 4: unasked, boto3 still makes version 2 here."""
    where = {"Bucket": os.environ["BUCKET_NAME"], "Key": path}
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    return s3.generate_presigned_url(
        "get_object", Params=where, ExpiresIn=expires - int(time.time())
    )


# -- the private key -----------------------------------------------------------------------------


def _signer():
    """The signer of the key that counts now; fetched anew every five minutes."""
    if time.time() >= _kept.get("until", 0):
        from botocore.signers import CloudFrontSigner
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding

        found = json.loads(_fetched())
        key = serialization.load_pem_private_key(found["privateKey"].encode(), None)
        _kept["signer"] = CloudFrontSigner(
            found["keyPairId"],
            lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256()),
        )
        _kept["until"] = time.time() + KEY_LIFETIME
    return _kept["signer"]


def _fetched():
    if "SIGNING_SECRET" in os.environ:
        secrets = boto3.client("secretsmanager")
        return secrets.get_secret_value(SecretId=os.environ["SIGNING_SECRET"])["SecretString"]
    name = os.environ["SIGNING_PARAMETER"]
    found = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)
    return found["Parameter"]["Value"]
