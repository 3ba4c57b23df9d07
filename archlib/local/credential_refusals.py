"""How services say that credentials are no good, by protocol.

AWS: the "Common errors" pages of the service API references; Amazon S3 API Reference, "Error
responses"; IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests" (a
signature's time may be fifteen minutes from the service's).
"""

from __future__ import annotations

from collections.abc import Mapping

from archlib.local.refusal import ApiRefusal

#: What is wrong with the credentials -> code, HTTP status, and the message if it is not the
#: usual one.
Codes = Mapping[str, tuple[str, int, str | None]]

_NO_TOKEN = "Request is missing Authentication Token"
_BAD_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)

_JSON: Codes = {
    "unknown": ("UnrecognizedClientException", 400, None),
    "expired": ("ExpiredTokenException", 400, None),
    "signature": ("InvalidSignatureException", 400, _BAD_SIGNATURE),
    "unsigned": ("MissingAuthenticationTokenException", 400, _NO_TOKEN),
    "incomplete": ("IncompleteSignatureException", 400, None),
    "scope": ("InvalidSignatureException", 400, None),
    "time": ("InvalidSignatureException", 400, None),
}
_QUERY: Codes = {
    "unknown": ("InvalidClientTokenId", 403, None),
    "expired": ("ExpiredToken", 403, None),
    "signature": ("SignatureDoesNotMatch", 403, _BAD_SIGNATURE),
    "unsigned": ("MissingAuthenticationToken", 403, _NO_TOKEN),
    "incomplete": ("IncompleteSignature", 400, None),
    "scope": ("SignatureDoesNotMatch", 403, None),
    "time": ("SignatureDoesNotMatch", 403, None),
}
_REST: Codes = {name: (code, 403, text) for name, (code, _, text) in _JSON.items()}
_S3: Codes = {
    "unknown": (
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    "expired": ("ExpiredToken", 400, "The provided token has expired."),
    "signature": ("SignatureDoesNotMatch", 403, _BAD_SIGNATURE),
}
_EC2: Codes = {
    **_QUERY,
    "unknown": (
        "AuthFailure",
        401,
        "AWS was not able to validate the provided access credentials",
    ),
    "signature": (
        "AuthFailure",
        401,
        "AWS was not able to validate the provided access credentials",
    ),
    "expired": ("RequestExpired", 400, "Request has expired."),
    "time": ("RequestExpired", 400, "Request has expired."),
}
#: Services whose resource policies may admit everybody; all others want a signature.
OPEN_TO_STRANGERS = frozenset({"s3", "sqs", "sns"})
#: How a protocol family says that credentials are no good ("Common errors" pages of the
#: service API references; S3: "Error responses").
_BY_PROTOCOL = {"json": _JSON, "rest-json": _REST, "smithy-rpc-v2-cbor": _JSON,
                "ec2": _EC2}  # fmt: skip


def credential_codes(service: str, protocol: str) -> Codes:
    """The codes of a service."""
    return _S3 if service in ("s3", "s3control") else _BY_PROTOCOL.get(protocol, _QUERY)


def refused(codes: Codes, wrong: str, usual: str = "") -> ApiRefusal:
    """The refusal for what is wrong; ``usual`` is the message where the code has none."""
    code, status, message = codes[wrong]
    return ApiRefusal(code, message or usual, status)
