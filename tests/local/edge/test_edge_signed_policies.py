"""Signatures, policies and resources, without a cloud; AWS's own examples."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from edge_signing import KEYS, cookies, parameters, pem, signature, signed, statement, written

from archlib.local.edge.signed import (
    Refused,
    Url,
    acceptable,
    admit,
    alphabet,
    from_cookies,
    load,
    split,
    without_signature,
)
from archlib.local.edge.signed.policy import LATEST, Policy, canned, parsed
from archlib.local.edge.signed.resource import matches

DATA = Path(__file__).parent / "signed"
RESOURCES: list[dict[str, Any]] = yaml.safe_load((DATA / "resources.yaml").read_text("utf-8"))
PUBLISHED: dict[str, Any] = yaml.safe_load((DATA / "vectors.yaml").read_text("utf-8"))
TRUSTED = {f"K{name}": load(pem(private)) for name, private in KEYS.items()}
SITE = "https://d111111abcdef8.cloudfront.net"
VIEWER = "203.0.113.10"


def url(text: str) -> Url:
    protocol, _, rest = text.partition("://")
    domain, slash, rest = rest.partition("/")
    path, _, query = rest.partition("?")
    return Url(protocol, domain, slash + path, query)


def admitted(link: str, now: float = 100.0, viewer: str = VIEWER) -> str:
    """As the edge reads a link."""
    given, rest = split(link.partition("?")[2])
    return admit(TRUSTED, url(f"{link.partition('?')[0]}?{rest}"), given, viewer, now)


def refusal(link: str, **more: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        admitted(link, **more)
    return refused.value


# -- AWS's examples --------------------------------------------------------------------------


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=lambda v: v["name"])
def test_published_signatures(vector: dict[str, Any]) -> None:
    trusted = {name: load(text) for name, text in PUBLISHED["keys"].items()}
    given = {"Key-Pair-Id": vector["key"], "Signature": vector["signature"]}
    if "hash" in vector and vector["hash"] != "SHA1":
        given["Hash-Algorithm"] = vector["hash"]
    conditions = {"DateLessThan": vector["expires"]}
    if "after" in vector:
        conditions["DateGreaterThan"] = vector["after"]
    if "network" in vector:
        conditions["IpAddress"] = vector["network"]
    if len(conditions) > 1 or vector.get("custom"):
        given["Policy"] = written(statement(vector["resource"], **conditions).encode())
    else:
        given["Expires"] = str(vector["expires"])
    if vector.get("cookies"):
        header = "; ".join(f"CloudFront-{name}={value}" for name, value in given.items())
        given = from_cookies(f"session=1; {header}")
    asked, viewer = url(vector.get("asked", vector["resource"])), vector.get("viewer", VIEWER)
    before, after = vector["expires"] - 1, vector["expires"]
    assert admit(trusted, asked, given, viewer, before) == vector["key"]
    with pytest.raises(Refused, match=r"^AccessDenied: the policy expired"):
        admit(trusted, asked, given, viewer, after)
    other = given | {"Hash-Algorithm": "SHA1" if "Hash-Algorithm" in given else "SHA256"}
    with pytest.raises(Refused, match=r"^AccessDenied: the signature"):
        admit(trusted, asked, other, viewer, before)


def test_the_guides_cookie_policy() -> None:
    """Set signed cookies using a custom policy: the example's policy and its base64."""
    text = (
        "eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cDovL2QxMTExMTFhYmNkZWY4LmNsb3VkZnJvbnQubmV0L2dh"
        "bWVfZG93bmxvYWQuemlwIiwiQ29uZGl0aW9uIjp7IklwQWRkcmVzcyI6eyJBV1M6U291cmNlSXAiOiIxOTIuMC4y"
        "LjAvMjQifSwiRGF0ZUxlc3NUaGFuIjp7IkFXUzpFcG9jaFRpbWUiOjE0MjY1MDAwMDB9fX1dfQ__"
    )
    policy = parsed(alphabet.decoded(text))
    assert (policy.resource, str(policy.network), policy.less_than, policy.greater_than) == (
        "http://d111111abcdef8.cloudfront.net/game_download.zip", "192.0.2.0/24", 1426500000, None,
    )  # fmt: skip
    file = url("http://d111111abcdef8.cloudfront.net/game_download.zip")
    assert policy.objection(file, "192.0.2.255", 1426499999) is None
    assert "not for 192.0.3.0" in (policy.objection(file, "192.0.3.0", 1426499999) or "")


def test_the_guides_canned_policy() -> None:
    """Create a signed URL using a canned policy: the example of a policy statement."""
    asked = url(f"{SITE}/horizon.jpg?size=large&license=yes")
    assert canned(asked, "1767290400").decode() == (
        '{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/horizon.jpg?size=large'
        '&license=yes","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}'
    )


def test_the_guides_custom_policies() -> None:
    """Create a signed URL using a custom policy: a range of addresses, then all files for one."""
    range_of = parsed(
        b'{"Statement": [{"Resource": "https://d111111abcdef8.cloudfront.net/training/*",\n'
        b'  "Condition": {"IpAddress": {"AWS:SourceIp": "192.0.2.0/24"},\n'
        b'    "DateLessThan": {"AWS:EpochTime": 1767290400}}}]}'
    )
    lesson = url(f"{SITE}/training/orientation.pdf")
    assert range_of.objection(lesson, "192.0.2.7", 1767290399) is None
    assert range_of.objection(lesson, "192.0.2.7", 1767290400) is not None
    one = parsed(
        statement("https://*", IpAddress="192.0.2.10/32", DateGreaterThan=1675159200,
                  DateLessThan=1675332000).encode()
    )  # fmt: skip
    assert one.objection(url(f"{SITE}/any?x=1"), "192.0.2.10", 1675159201) is None
    assert one.objection(url(f"{SITE}/any?x=1"), "192.0.2.11", 1675159201) is not None
    assert "until after" in (one.objection(url(f"{SITE}/any"), "192.0.2.10", 1675159200) or "")


@pytest.mark.parametrize("algorithm", [None, "SHA1", "SHA256"])
@pytest.mark.parametrize("key", ["one", "curve"])
def test_botocore_signs_and_the_edge_verifies(key: str, algorithm: str | None) -> None:
    link = signed(f"{SITE}/a?x=1", f"K{key}", key=key, expires=200, algorithm=algorithm)
    assert admitted(link) == f"K{key}"
    custom = statement(f"{SITE}/*", DateLessThan=200)
    link = signed(f"{SITE}/a?x=1", f"K{key}", key=key, policy=custom, algorithm=algorithm)
    assert admitted(link) == f"K{key}"
    header = "; ".join(f"{name}={value}" for name, value in cookies(link).items())
    assert from_cookies(header) == parameters(link)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("key", ["one", "curve"])
def test_openssl_signs_and_the_edge_verifies(key: str, algorithm: str, tmp_path: Path) -> None:
    """Use Linux commands and OpenSSL for base64 encoding and encryption: the guide's pipeline."""
    private = KEYS[key].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "private_key.pem").write_bytes(private)
    spaced = json.dumps(json.loads(statement(f"{SITE}/*", DateLessThan=200)), indent=2)
    (tmp_path / "policy").write_text(spaced, "utf-8")
    packed = "cat policy | tr -d ' \\t\\n\\r'"
    read = "openssl base64 -A | tr -- '+=/' '-_~'"

    def run(*commands: str) -> str:
        made = subprocess.run(
            ["sh", "-c", " | ".join(commands)], cwd=tmp_path, capture_output=True, check=True
        )
        return made.stdout.decode()

    given = {
        "Policy": run(packed, read),
        "Signature": run(packed, f"openssl dgst -{algorithm} -sign private_key.pem", read),
        "Key-Pair-Id": f"K{key}",
        "Hash-Algorithm": algorithm.upper(),
    }
    query = "&".join(f"{name}={value}" for name, value in given.items())
    assert admitted(f"{SITE}/a?x=1&{query}") == f"K{key}"


# -- the alphabet ----------------------------------------------------------------------------


def test_the_alphabet_replaces_three_characters() -> None:
    """Create a signed URL using a canned policy: + becomes -, = becomes _, / becomes ~."""
    data = bytes([0xFB, 0xEF, 0xFF, 0xFE])
    assert base64.b64encode(data) == b"++///g=="
    assert alphabet.encoded(data) == "--~~~g__"
    assert alphabet.decoded("--~~~g__") == data


@pytest.mark.parametrize("text", ["++///g==", "--~~~g", "--~~~h__", "--~~~g__\n", "a", "é", "_"])
def test_other_spellings_are_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        alphabet.decoded(text)


# -- resources -------------------------------------------------------------------------------


@pytest.mark.parametrize("row", RESOURCES, ids=lambda row: f"{row['resource']} ({row['cites']})")
def test_what_a_resource_means(row: dict[str, Any]) -> None:
    for text in row.get("means", ()):
        assert matches(row["resource"], url(text)), f"{row['cites']}: {text}"
    for text in row.get("not", ()):
        assert not matches(row["resource"], url(text)), f"{row['cites']}: {text}"


def test_the_resources_cite_their_sources() -> None:
    for row in RESOURCES:
        assert row["cites"].startswith(("Guide: c", "RFC 3986", "reading: "))
        assert row.get("means") or row.get("not")


# -- statements ------------------------------------------------------------------------------

TIME = '"DateLessThan":{"AWS:EpochTime":9}'


def custom(condition: str, resource: str = '"Resource":"*",') -> str:
    return f'{{"Statement":[{{{resource}"Condition":{{{condition}}}}}]}}'


@pytest.mark.parametrize(
    "text",
    [
        custom(TIME),
        custom(TIME, ""),
        custom('"DateLessThan" : { "AWS:EpochTime" : 9 }'),
        custom(f'{TIME},"DateGreaterThan":{{"AWS:EpochTime":1}}'),
        custom(f'"IpAddress":{{"AWS:SourceIp":"0.0.0.0/0"}},{TIME}'),
        custom(f'{TIME},"IpAddress":{{"AWS:SourceIp":"192.0.2.77/24"}}'),
        custom(f'"DateLessThan":{{"AWS:EpochTime":{LATEST}}}'),
        "\n\t" + custom(TIME) + "\r\n",
        '{"Statement":[{"Condition":{' + TIME + '},"Resource":"*"}]}',
    ],
)
def test_policies_that_are_read(text: str) -> None:
    assert parsed(text.encode()).less_than in (9, LATEST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '"Statement"',
        custom(TIME)[:-1],
        custom(TIME) + "x",
        custom(TIME).replace('"', "'"),
        custom(TIME).replace('"Resource"', "Resource"),
        custom(TIME).replace("Statement", "statement"),
        custom(TIME).replace("Resource", "resource"),
        custom(TIME).replace("DateLessThan", "dateLessThan"),
        custom(TIME).replace("AWS:EpochTime", "aws:EpochTime"),
        '{"Version":"2012-10-17",' + custom(TIME)[1:],
        custom(TIME).replace('"Resource"', '"Effect":"Allow","Resource"'),
        '{"Statement":[]}',
        '{"Statement":{"Condition":{' + TIME + "}}}",
        custom(TIME).replace("]", ',{"Condition":{' + TIME + "}}]"),
        custom(TIME).replace('"*"', '["*"]'),
        custom(TIME).replace('"*"', "null"),
        '{"Statement":[{"Resource":"*"}]}',
        custom(""),
        custom('"DateGreaterThan":{"AWS:EpochTime":1}'),
        custom('"DateLessThan":{"AWS:EpochTime":"9"}'),
        custom('"DateLessThan":{"AWS:EpochTime":9.0}'),
        custom('"DateLessThan":{"AWS:EpochTime":9e1}'),
        custom('"DateLessThan":{"AWS:EpochTime":-9}'),
        custom('"DateLessThan":{"AWS:EpochTime":true}'),
        custom('"DateLessThan":{"AWS:EpochTime":NaN}'),
        custom(f'"DateLessThan":{{"AWS:EpochTime":{LATEST + 1}}}'),
        custom('"DateLessThan":{}'),
        custom('"DateLessThan":9'),
        custom(f"{TIME},{TIME}"),
        custom(f'{TIME},"IpAddress":{{"AWS:SourceIp":"192.0.2.1"}}'),
        custom(f'{TIME},"IpAddress":{{"AWS:SourceIp":"192.0.2.1/33"}}'),
        custom(f'{TIME},"IpAddress":{{"AWS:SourceIp":"192.0.2/24"}}'),
        custom(f'{TIME},"IpAddress":{{"AWS:SourceIp":"192.0.2.0/255.255.255.0"}}'),
        custom(f'{TIME},"IpAddress":{{"AWS:SourceIp":"2001:db8::/32"}}'),
        custom(f'{TIME},"IpAddress":{{"AWS:SourceIp":["192.0.2.0/24"]}}'),
        custom(f'{TIME},"StringLike":{{"aws:Referer":"*"}}'),
        "[" * 100_000,
    ],
)
def test_policies_that_are_malformed(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(text.encode())


def test_a_policy_is_text() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        parsed(custom(TIME).encode("utf-16"))


@pytest.mark.parametrize(
    "expires", ["", "x", "-1", "+9", "9.0", "09", "1e9", " 9", str(LATEST + 1)]
)
def test_an_expiration_is_epoch_seconds(expires: str) -> None:
    with pytest.raises(ValueError, match="epoch seconds"):
        canned(SITE + "/a", expires)


def test_times_are_strict() -> None:
    """Valid after DateGreaterThan and before DateLessThan, exactly."""
    policy, file = Policy(200, "*", 100), url(f"{SITE}/a")
    allowed = [now for now in (99, 100, 100.001, 199.999, 200, 201)
               if policy.objection(file, VIEWER, now) is None]  # fmt: skip
    assert allowed == [100.001, 199.999]


@pytest.mark.parametrize(
    ("network", "viewer", "allowed"),
    [
        ("192.0.2.0/24", "192.0.2.0", True),
        ("192.0.2.0/24", "192.0.2.255", True),
        ("192.0.2.0/24", "192.0.3.0", False),
        ("192.0.2.9/24", "192.0.2.200", True),
        ("192.0.2.9/32", "192.0.2.9", True),
        ("192.0.2.9/32", "192.0.2.8", False),
        ("0.0.0.0/0", "255.255.255.255", True),
        ("0.0.0.0/0", "2001:db8::1", False),
    ],
)
def test_addresses(network: str, viewer: str, allowed: bool) -> None:
    policy = parsed(statement("*", DateLessThan=9, IpAddress=network).encode())
    assert (policy.objection(url(f"{SITE}/a"), viewer, 1) is None) == allowed


# -- where a signature is carried ------------------------------------------------------------


def test_the_parameters_leave_the_query_string() -> None:
    given, rest = split("a=1&Expires=9&b=%20&Signature=x-_~&Key-Pair-Id=K&c&a=2")
    assert given == {"Expires": "9", "Signature": "x-_~", "Key-Pair-Id": "K"}
    assert rest == "a=1&b=%20&c&a=2"
    assert split("a=1&b") == ({}, "a=1&b")
    assert split("") == ({}, "")


def test_names_are_case_sensitive_and_the_first_counts() -> None:
    assert split("expires=9&SIGNATURE=x") == ({}, "expires=9&SIGNATURE=x")
    assert split("Expires=1&Expires=2") == ({"Expires": "1"}, "")
    assert split("Signature=a%2Db") == ({"Signature": "a-b"}, "")


def test_cookies_by_their_names() -> None:
    header = "a=1; CloudFront-Policy=p; CloudFront-Signature=s;CloudFront-Key-Pair-Id=K; b=2"
    assert from_cookies(header) == {"Policy": "p", "Signature": "s", "Key-Pair-Id": "K"}
    assert from_cookies(None) == {} == from_cookies("cloudfront-policy=p; Policy=p")
    assert without_signature(header) == "a=1; b=2"


# -- keys ------------------------------------------------------------------------------------


def public_pem(key: Any, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, form).decode())


def test_keys_that_are_taken() -> None:
    rsa_key = KEYS["one"]
    for text in (pem(rsa_key), pem(KEYS["curve"]), pem(rsa_key).rstrip(),
                 pem(rsa_key).replace("\n", "\r\n"),
                 public_pem(rsa_key, PublicFormat.PKCS1)):  # fmt: skip
        assert acceptable(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        pem(KEYS["one"]).replace("\n", ""),
        pem(KEYS["one"]).replace("\n", "\\n"),
        pem(KEYS["one"])[:200],
        pem(KEYS["one"]) + pem(KEYS["two"]),
        " " + pem(KEYS["one"]),
        PUBLISHED["keys"]["K1TESTKEY"],
        public_pem(rsa.generate_private_key(65537, 1024)),
        public_pem(ec.derive_private_key(5, ec.SECP384R1())),
        public_pem(ec.derive_private_key(5, ec.SECP256K1())),
        public_pem(ed25519.Ed25519PrivateKey.from_private_bytes(b"7" * 32)),
    ],
)
def test_keys_that_are_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        acceptable(text)


# -- the order of complaints -----------------------------------------------------------------

GOOD = signed(f"{SITE}/a?x=1", "Kone", expires=200)


@pytest.mark.parametrize(
    ("link", "code"),
    [
        (f"{SITE}/a?x=1", "MissingKey"),
        (GOOD.replace("Key-Pair-Id=Kone", "Key-Pair-Id="), "MissingKey"),
        (f"{SITE}/a?Expires=&Signature=&Key-Pair-Id=", "MissingKey"),
        (GOOD.replace("Kone", "Knone"), "InvalidKey"),
        (f"{SITE}/a?Expires=x&Signature=x&Key-Pair-Id=x", "InvalidKey"),
        (GOOD.replace("Expires=200", "Expires=soon"), "MalformedPolicy"),
        (GOOD.replace("Expires=200", "Policy=soon"), "MalformedPolicy"),
        (GOOD.replace("Expires=200&", ""), "MalformedPolicy"),
        (f"{SITE}/a?Key-Pair-Id=Kone", "MalformedPolicy"),
        (f"{SITE}/a?Key-Pair-Id=Kone&Expires=200", "MissingSignature"),
        (f"{SITE}/a?Key-Pair-Id=Kone&Expires=200&Signature=x", "MalformedSignature"),
        (GOOD + "&Hash-Algorithm=MD5", "AccessDenied"),
        (GOOD.replace("Kone", "Ktwo"), "AccessDenied"),
        (GOOD.replace("Kone", "Kcurve"), "AccessDenied"),
    ],
)
def test_the_order_of_complaints(link: str, code: str) -> None:
    refused = refusal(link)
    assert refused.code == code
    assert refused.reason


def test_a_policy_is_verified_before_it_is_judged() -> None:
    """What a forger writes into a policy is never told back as a reason of its own."""
    link = signed(f"{SITE}/a", "Kone", policy=statement(f"{SITE}/b", DateLessThan=1))
    assert refusal(link).reason.startswith(f"the policy is for {SITE}/b")
    forged = parameters(signed(f"{SITE}/a", "Kone", expires=200))
    text = link.replace(parameters(link)["Signature"], forged["Signature"])
    assert refusal(text).reason.startswith("the signature is not that of Kone")


def test_a_signature_over_white_space_is_over_white_space() -> None:
    """The bytes that were sent are what is verified, not what they mean."""
    spaced = json.dumps(json.loads(statement(f"{SITE}/a", DateLessThan=200)), indent=2)
    link = signed(f"{SITE}/a", "Kone", policy=spaced)
    assert admitted(link) == "Kone"
    packed = written(statement(f"{SITE}/a", DateLessThan=200).encode())
    assert refusal(link.replace(parameters(link)["Policy"], packed)).code == "AccessDenied"


def test_with_both_the_policy_counts() -> None:
    link = signed(f"{SITE}/a", "Kone", policy=statement(f"{SITE}/*", DateLessThan=200))
    assert admitted(f"{link}&Expires=1") == "Kone"
    made = parameters(signed(f"{SITE}/a", "Kone", expires=200))
    both = f"{SITE}/a?Expires=200&Signature={made['Signature']}&Key-Pair-Id=Kone"
    mixed = f"{both}&Policy={parameters(link)['Policy']}"
    assert (admitted(both), refusal(mixed).code) == ("Kone", "AccessDenied")


def test_an_rsa_signature_is_not_taken_with_other_padding() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    text = canned(f"{SITE}/a", "200")
    private = KEYS["one"]
    assert isinstance(private, rsa.RSAPrivateKey)
    pss = private.sign(text, padding.PSS(padding.MGF1(hashes.SHA1()), 20), hashes.SHA1())
    good = signature(private, text)
    given = {"Key-Pair-Id": "Kone", "Expires": "200", "Signature": written(good)}
    assert admit(TRUSTED, url(f"{SITE}/a"), given, VIEWER, 1) == "Kone"
    with pytest.raises(Refused, match="AccessDenied"):
        admit(TRUSTED, url(f"{SITE}/a"), given | {"Signature": written(pss)}, VIEWER, 1)
