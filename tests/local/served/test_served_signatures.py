"""Signature Version 4 as botocore makes it is accepted; whatever differs from it is not."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from archlib.local.identity import (
    ADMIN_KEY,
    CONTROL_KEY,
    LOCAL_SECRET,
    RAW_KEY,
    Caller,
    Credentials,
    Identities,
)
from archlib.local.protocols import Message
from archlib.local.refusal import ApiRefusal
from archlib.local.served.authentication import authenticate

TOKEN = st.text("abcXYZ019-_~.", min_size=1, max_size=6)
SEGMENT = st.text("abc ü+*%&=/:$,;~", min_size=1, max_size=6)
NAME = TOKEN.map(lambda name: f"x-amz-{name.strip('.~')}a")
VALUE = st.text("abc ü,;:/=", max_size=10).map(lambda text: text.encode().decode("latin-1"))


def identities() -> Identities:
    made, ends = Identities("123456789012", time.time), time.time() + 60
    made.register(
        Credentials("ASIAEXAMPLE", "session-secret", "a+token/=", ends),
        Caller("root", "arn:aws:iam::123456789012:root", "123456789012", "x", expires=ends),
    )
    return made


def judged(message: Message, *, later: float = 0, **changes: Any) -> Caller:
    given: dict[str, Any] = {
        "service": "lambda", "protocol": "rest-json", "signed_as": "lambda",
        "region": None, "operation": SimpleNamespace(auth_type=None), **changes,
    }  # fmt: skip
    return authenticate(message, identities(), time.time() + later, **given).caller


def refused(message: Message, **changes: Any) -> str:
    with pytest.raises(ApiRefusal) as caught:
        judged(message, **changes)
    return caught.value.code


def signed(
    method: str = "POST",
    url: str = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions",
    headers: dict[str, str] | None = None,
    body: bytes = b"{}",
    *,
    key: tuple[str, str, str | None] = (ADMIN_KEY, LOCAL_SECRET, None),
    service: str = "lambda",
    presigned: int | None = None,
) -> Message:
    request = AWSRequest(method, url, headers=headers or {}, data=body)
    credentials = BotocoreCredentials(*key)
    if presigned is None:
        SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    else:
        SigV4QueryAuth(credentials, service, "us-east-1", expires=presigned).add_auth(request)
    parts = urlsplit(request.url)
    fields = [(name, str(value)) for name, value in request.headers.items()]
    fields.append(("Host", parts.netloc))
    return Message.of(method, parts.path or "/", parts.query, fields, body)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(SEGMENT, max_size=4),
    query=st.lists(st.tuples(TOKEN, SEGMENT), max_size=4),
    headers=st.dictionaries(
        TOKEN.map(lambda name: f"x-amz-{name.strip('.~')}a"), VALUE, max_size=3
    ),
    body=st.binary(max_size=20),
    temporary=st.booleans(),
)
def test_what_botocore_signs_is_accepted(
    method: str,
    segments: list[str],
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    temporary: bool,
) -> None:
    from urllib.parse import quote, urlencode

    path = "/".join(quote(segment, safe="") for segment in segments)
    asked = urlencode(query, quote_via=quote)
    url = f"https://lambda.us-east-1.amazonaws.com/{path}" + (f"?{asked}" if asked else "")
    key = ("ASIAEXAMPLE", "session-secret", "a+token/=") if temporary else (
        ADMIN_KEY, LOCAL_SECRET, None
    )  # fmt: skip
    message = signed(method, url, headers, body, key=key)
    assert judged(message).kind == ("root" if temporary else "admin")
    other = Message.of(method, message.path, message.query, message.fields.items(), body + b"x")
    assert refused(other) == "InvalidSignatureException"
    other = Message.of(method, message.path + "x", message.query, message.fields.items(), body)
    assert refused(other) == "InvalidSignatureException"


def test_a_presigned_call_lasts_as_long_as_it_says() -> None:
    url = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    message = signed("GET", url, body=b"", service="sts", presigned=60)
    sts = {"service": "sts", "protocol": "query", "signed_as": "sts"}
    assert judged(message, **sts).kind == "admin"
    assert refused(message, later=120, **sts) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("late", "wrong"),
    [(0, None), (890, None), (-890, None), (910, "expired"), (-910, "not yet current")],
)
def test_a_signature_is_good_for_fifteen_minutes(late: float, wrong: str | None) -> None:
    message = signed()
    if wrong is None:
        assert judged(message, later=late).kind == "admin"
        return
    with pytest.raises(ApiRefusal, match=f"Signature {wrong}: ") as caught:
        judged(message, later=late)
    assert caught.value.code == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": (ADMIN_KEY, "wrong", None)}, "InvalidSignatureException"),
        ({"key": ("AKIAUNKNOWN", "x", None)}, "UnrecognizedClientException"),
        ({"key": ("ASIAEXAMPLE", "session-secret", None)}, "UnrecognizedClientException"),
        ({"key": ("ASIAEXAMPLE", "session-secret", "other")}, "UnrecognizedClientException"),
        ({"key": (CONTROL_KEY, LOCAL_SECRET, None)}, "UnrecognizedClientException"),
        ({"key": (RAW_KEY, LOCAL_SECRET, None)}, "UnrecognizedClientException"),
        ({"service": "s3"}, "InvalidSignatureException"),
    ],
)
def test_what_is_wrong_is_told_in_the_services_words(change: dict[str, Any], code: str) -> None:
    message = signed(**change)
    # The keys of users are IAM's; none is there.
    with mock.patch.object(Identities, "_user_key", return_value=None):
        assert refused(message) == code


def test_scopes_of_another_region_and_halves_of_headers() -> None:
    assert refused(signed(), region="eu-west-1") == "InvalidSignatureException"
    whole = signed()
    for header in (
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=A/B",
        whole.fields["authorization"].replace("/aws4_request", ""),
        whole.fields["authorization"].replace("SignedHeaders=", "Signed="),
    ):
        fields = {**whole.fields, "authorization": header}
        message = Message.of("POST", whole.path, "", fields.items(), b"{}")
        assert refused(message) == "IncompleteSignatureException"
    undated = {n: v for n, v in whole.fields.items() if n != "x-amz-date"}
    message = Message.of("POST", whole.path, "", undated.items(), b"{}")
    assert refused(message) == "IncompleteSignatureException"


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=80))
def test_any_header_is_refused_or_foreign(text: str) -> None:
    assume("\n" not in text)
    for header in (text, f"AWS4-HMAC-SHA256 {text}"):
        message = Message.of(
            "POST", "/", "", [("Authorization", header), ("X-Amz-Date", text)], b""
        )
        assert refused(message) in (
            "IncompleteSignatureException", "MissingAuthenticationTokenException",
            "InvalidSignatureException", "UnrecognizedClientException",
        )  # fmt: skip


def test_operations_without_credentials_want_none() -> None:
    open_ = SimpleNamespace(auth_type="none")
    message = Message.of("POST", "/", "", [], b"{}")
    assert judged(message, operation=open_).kind == "anonymous"
    assert judged(message, service="sqs", protocol="json").kind == "anonymous"
    assert refused(message) == "MissingAuthenticationTokenException"
