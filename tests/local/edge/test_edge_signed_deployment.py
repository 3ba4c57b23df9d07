"""Private content out of CloudFormation: keys, key groups, a bucket behind a distribution."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from edge_signing import KEYS, cookies, group, pem, register, signed, statement
from test_edge_deployment import CONDITION, kind

from archlib.local import LocalCloud
from archlib.local.trace import Hop

OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def public_key(name: str) -> dict[str, Any]:
    return kind(
        "AWS::CloudFront::PublicKey",
        PublicKeyConfig={
            "CallerReference": name, "Name": name, "EncodedKey": pem(KEYS[name]),
            "Comment": "checks signatures",
        },
    )  # fmt: skip


def behavior(*groups: Any, **more: Any) -> dict[str, Any]:
    trusted = {"TrustedKeyGroups": list(groups)} if groups else {}
    return {
        "TargetOriginId": "films", "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": OPTIMIZED, **trusted, **more,
    }  # fmt: skip


TEMPLATE: dict[str, Any] = {
    "Parameters": {"Certificate": {"Type": "String"}},
    "Resources": {
        "Films": kind("AWS::S3::Bucket"),
        "Control": kind(
            "AWS::CloudFront::OriginAccessControl",
            OriginAccessControlConfig={
                "Name": "films", "OriginAccessControlOriginType": "s3",
                "SigningBehavior": "always", "SigningProtocol": "sigv4",
            },
        ),
        "One": public_key("one"),
        "Curve": public_key("curve"),
        "Buyers": kind(
            "AWS::CloudFront::KeyGroup",
            KeyGroupConfig={"Name": "buyers", "Items": [{"Ref": "One"}, {"Ref": "Curve"}]},
        ),
        "Edge": kind(
            "AWS::CloudFront::Distribution",
            DistributionConfig={
                "Enabled": True,
                "Aliases": ["films.example.com"],
                "ViewerCertificate": {
                    "AcmCertificateArn": {"Ref": "Certificate"}, "SslSupportMethod": "sni-only",
                },
                "DefaultRootObject": "index.html",
                "Origins": [
                    {
                        "Id": "films",
                        "DomainName": {"Fn::GetAtt": ["Films", "RegionalDomainName"]},
                        "OriginAccessControlId": {"Fn::GetAtt": ["Control", "Id"]},
                        "S3OriginConfig": {},
                    }
                ],
                "CacheBehaviors": [behavior(PathPattern="/open/*")],
                "DefaultCacheBehavior": behavior({"Ref": "Buyers"}),
            },
        ),
        "Policy": kind(
            "AWS::S3::BucketPolicy",
            Bucket={"Ref": "Films"},
            PolicyDocument={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudfront.amazonaws.com"},
                        "Action": "s3:GetObject",
                        "Resource": {"Fn::Sub": "${Films.Arn}/*"},
                        "Condition": CONDITION,
                    }
                ],
            },
        ),
    },
    "Outputs": {
        "Domain": {"Value": {"Fn::GetAtt": ["Edge", "DomainName"]}},
        "Bucket": {"Value": {"Ref": "Films"}},
        "Distribution": {"Value": {"Ref": "Edge"}},
        "One": {"Value": {"Ref": "One"}},
        "OneAgain": {"Value": {"Fn::GetAtt": ["One", "Id"]}},
        "OneCreated": {"Value": {"Fn::GetAtt": ["One", "CreatedTime"]}},
        "Curve": {"Value": {"Fn::GetAtt": ["Curve", "Id"]}},
        "Buyers": {"Value": {"Ref": "Buyers"}},
        "BuyersChanged": {"Value": {"Fn::GetAtt": ["Buyers", "LastModifiedTime"]}},
    },
}  # fmt: skip
FILM = b"0123456789" * 10


@dataclass
class Films:
    cloud: LocalCloud
    out: dict[str, str]

    def url(self, path: str, domain: str | None = None) -> str:
        return f"https://{domain or self.out['Domain']}{path}"

    def now(self, seconds: int = 300) -> int:
        return int(self.cloud.clock.time()) + seconds

    def link(self, path: str = "/moon.mp4", key: str = "One", **more: Any) -> str:
        given = {"expires": self.now()} if "policy" not in more else {}
        return signed(self.url(path), self.out[key], key=key.lower(), **{**given, **more})

    def edge(self) -> Hop:
        hops = reversed(self.cloud.trace.hops)
        return next(hop for hop in hops if hop.action.startswith("cloudfront:GET"))


def stack(cloud: LocalCloud, template: dict[str, Any], verb: str = "create") -> dict[str, Any]:
    client = cloud.client("cloudformation")
    acm = cloud.client("acm", region="us-east-1")
    known = acm.list_certificates()["CertificateSummaryList"]
    arn = (
        known[0]["CertificateArn"]
        if known
        else acm.request_certificate(DomainName="*.example.com")["CertificateArn"]
    )
    getattr(client, f"{verb}_stack")(
        StackName="s",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "Certificate", "ParameterValue": arn}],
    )
    return dict(client.describe_stacks(StackName="s")["Stacks"][0])


def reasons(cloud: LocalCloud) -> list[tuple[str, str]]:
    events = cloud.client("cloudformation").describe_stack_events(StackName="s")["StackEvents"]
    return [(one["LogicalResourceId"], one.get("ResourceStatusReason", "")) for one in events]


@pytest.fixture
def films() -> Iterator[Films]:
    with LocalCloud() as cloud:
        made = stack(cloud, TEMPLATE)
        assert made["StackStatus"] == "CREATE_COMPLETE", reasons(cloud)
        out = {one["OutputKey"]: one["OutputValue"] for one in made["Outputs"]}
        for key in ("moon.mp4", "sun.mp4", "index.html", "open/trailer.mp4"):
            cloud.client("s3").put_object(Bucket=out["Bucket"], Key=key, Body=FILM)
        yield Films(cloud, out)


def get(url: str, **more: Any) -> requests.Response:
    return requests.get(url, timeout=5, **more)


def test_what_the_template_says_stands(films: Films) -> None:
    client, out = films.cloud.client("cloudfront"), films.out
    made = client.get_distribution(Id=out["Distribution"])["Distribution"]
    assert made["ActiveTrustedKeyGroups"] == {
        "Enabled": True,
        "Quantity": 1,
        "Items": [
            {
                "KeyGroupId": out["Buyers"],
                "KeyPairIds": {"Quantity": 2, "Items": [out["One"], out["Curve"]]},
            }
        ],
    }
    assert out["One"] == out["OneAgain"]
    assert out["OneCreated"].startswith("2026-01-05")
    assert out["BuyersChanged"].startswith("2026-01-05")
    assert client.get_public_key(Id=out["One"])["PublicKey"]["PublicKeyConfig"]["Name"] == "one"


@pytest.mark.parametrize("algorithm", [None, "SHA256"])
@pytest.mark.parametrize("key", ["One", "Curve"])
def test_a_buyer_downloads_a_film(films: Films, key: str, algorithm: str | None) -> None:
    assert get(films.url("/moon.mp4")).status_code == 403
    answer = get(films.link(key=key, algorithm=algorithm))
    assert (answer.status_code, answer.content) == (200, FILM)
    assert films.edge().detail["signer"] == films.out[key]
    assert get(films.url("/open/trailer.mp4")).status_code == 200


def test_the_bucket_never_sees_the_signature(films: Films) -> None:
    mark = films.cloud.trace.mark()
    assert get(films.link("/moon.mp4")).status_code == 200
    asked = [hop for hop in films.cloud.trace.since(mark) if hop.action == "s3:GetObject"]
    assert len(asked) == 1
    assert "Signature" not in json.dumps(asked[0].detail, default=str)
    assert get(films.link("/moon.mp4", key="Curve")).headers["X-Cache"] == "Hit from cloudfront"


def test_a_session_plays_with_cookies(films: Films) -> None:
    """The login sets cookies once; every segment of the film is then asked for with them."""
    policy = statement(films.url("/*"), DateLessThan=films.now())
    session = requests.Session()
    session.cookies.update(cookies(films.link(policy=policy, algorithm="SHA256")))
    for path in ("/moon.mp4", "/sun.mp4", "/sun.mp4?quality=high"):
        assert session.get(films.url(path), timeout=5).content == FILM
    assert session.get(films.url("/moon.mp4"), timeout=5).headers["X-Cache"].startswith("Hit")
    assert get(films.url("/moon.mp4")).status_code == 403
    films.cloud.clock.advance(seconds=301)
    late = session.get(films.url("/moon.mp4"), timeout=5)
    assert (late.status_code, films.edge().detail["refused"]) == (403, "AccessDenied")


def test_a_refusal_says_why_to_the_trace_and_not_to_the_viewer(films: Films) -> None:
    link = films.link(expires=films.now(5))
    films.cloud.clock.advance(seconds=6)
    answer = get(link)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/xml")
    assert answer.text == (
        '<?xml version="1.0" encoding="UTF-8"?>'
        "<Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>"
    )
    hop = films.edge()
    assert (hop.status, hop.error, hop.cache) == (403, "HTTP 403", None)
    assert hop.detail["refused"] == "AccessDenied"
    assert hop.detail["reason"].startswith("the policy expired at 2026-01-05T09:")
    assert "signer" not in hop.detail


def test_a_link_is_for_the_name_it_was_made_for(films: Films) -> None:
    own, alias = films.url("/moon.mp4"), films.url("/moon.mp4", "films.example.com")
    for name, other in ((own, alias), (alias, own)):
        link = signed(name, films.out["One"], expires=films.now())
        assert get(link).status_code == 200
        assert get(link.replace(name, other)).status_code == 403
    both = statement("https://*/moon.mp4", DateLessThan=films.now())
    for name in (own, alias):
        assert get(signed(name, films.out["One"], policy=both)).status_code == 200


def test_the_default_root_object_is_signed_as_the_root(films: Films) -> None:
    assert get(films.link("/")).content == FILM
    link = signed(films.url("/index.html"), films.out["One"], expires=films.now())
    assert get(link.replace("/index.html", "/")).status_code == 403


def test_the_redirect_to_https_keeps_the_link(films: Films) -> None:
    answer = get(films.link().replace("https://", "http://"))
    assert (answer.status_code, [one.status_code for one in answer.history]) == (200, [301])


def test_a_download_is_not_resumed_after_the_expiration(films: Films) -> None:
    link = films.link(expires=films.now(60))
    first = get(link, headers={"Range": "bytes=0-49"})
    assert (first.status_code, first.content) == (206, FILM[:50])
    films.cloud.clock.advance(seconds=61)
    rest = get(link, headers={"Range": "bytes=50-99"})
    assert rest.status_code == 403
    assert "expired" in films.edge().detail["reason"]


def test_keys_are_rotated_without_a_break(films: Films) -> None:
    """Developer Guide, "Rotate key pairs": add the new key, sign with it, take the old one out."""
    client, out = films.cloud.client("cloudfront"), films.out
    old = films.link()
    two = register(films.cloud, "two")

    def trust(*keys: str) -> None:
        found = client.get_key_group_config(Id=out["Buyers"])
        config = {**found["KeyGroupConfig"], "Items": list(keys)}
        client.update_key_group(Id=out["Buyers"], IfMatch=found["ETag"], KeyGroupConfig=config)

    new = signed(films.url("/moon.mp4"), two, key="two", expires=films.now())
    assert (get(old).status_code, get(new).status_code) == (200, 403)
    assert films.edge().detail["refused"] == "InvalidKey"
    trust(out["One"], two)
    assert (get(old).status_code, get(new).status_code) == (200, 200)
    trust(two)
    assert (get(old).status_code, get(new).status_code) == (403, 200)
    client.delete_public_key(Id=out["One"], IfMatch=client.get_public_key(Id=out["One"])["ETag"])


def test_another_key_of_the_account_does_not_sign(films: Films) -> None:
    other = register(films.cloud, "two")
    group(films.cloud, "others", other)
    link = signed(films.url("/moon.mp4"), other, key="two", expires=films.now())
    assert "Unknown Key" in get(link).text
    forged = signed(films.url("/moon.mp4"), films.out["One"], key="two", expires=films.now())
    assert "Access denied" in get(forged).text


def test_a_signature_is_verified_once(films: Films, monkeypatch: pytest.MonkeyPatch) -> None:
    """And keys are read when a configuration is, not when a request comes."""
    from archlib.local.edge.signed import access, keys

    counted: list[str] = []
    verifies = access.verifies
    monkeypatch.setattr(
        access, "verifies", lambda *given: counted.append("verify") or verifies(*given)
    )
    assert get(films.link()).status_code == 200
    assert counted == ["verify"]
    reads = keys.load.cache_info()
    for _ in range(3):
        assert get(films.link()).status_code == 200
    assert keys.load.cache_info() == reads
    assert get(films.url("/open/trailer.mp4")).status_code == 200
    assert counted == ["verify"] * 4


# -- the life of a stack ---------------------------------------------------------------------


def test_a_stack_is_updated_and_deleted(films: Films) -> None:
    template = copy.deepcopy(TEMPLATE)
    resources = template["Resources"]
    resources["Two"] = public_key("two")
    resources["Buyers"]["Properties"]["KeyGroupConfig"] = {
        "Name": "buyers", "Items": [{"Ref": "Two"}], "Comment": "rotated",
    }  # fmt: skip
    resources["One"]["Properties"]["PublicKeyConfig"]["Comment"] = "rotated out"
    config = resources["Edge"]["Properties"]["DistributionConfig"]
    config["CacheBehaviors"][0]["TrustedKeyGroups"] = [{"Ref": "Buyers"}]
    template["Outputs"]["Two"] = {"Value": {"Ref": "Two"}}
    old = films.link()
    made = stack(films.cloud, template, "update")
    assert made["StackStatus"] == "UPDATE_COMPLETE", reasons(films.cloud)
    out = {one["OutputKey"]: one["OutputValue"] for one in made["Outputs"]}
    assert (out["One"], out["Buyers"]) == (films.out["One"], films.out["Buyers"])
    client = films.cloud.client("cloudfront")
    found = client.get_public_key_config(Id=out["One"])["PublicKeyConfig"]
    assert (found["Comment"], found["CallerReference"]) == ("rotated out", "one")
    assert get(old).status_code == 403
    assert get(films.url("/open/trailer.mp4")).status_code == 403
    new = signed(films.url("/open/trailer.mp4"), out["Two"], key="two", expires=films.now())
    assert get(new).status_code == 200
    config["CacheBehaviors"][0]["TrustedKeyGroups"] = []
    assert stack(films.cloud, template, "update")["StackStatus"] == "UPDATE_COMPLETE"
    assert get(films.url("/open/trailer.mp4")).status_code == 200
    films.cloud.client("s3").delete_objects(
        Bucket=out["Bucket"],
        Delete={"Objects": [{"Key": key} for key in
                            ("moon.mp4", "sun.mp4", "index.html", "open/trailer.mp4")]},
    )  # fmt: skip
    films.cloud.client("cloudformation").delete_stack(StackName="s")
    assert client.list_public_keys()["PublicKeyList"]["Quantity"] == 0
    assert client.list_key_groups()["KeyGroupList"]["Quantity"] == 0


def test_another_key_under_the_same_name_fails_and_the_old_one_stays(films: Films) -> None:
    template = copy.deepcopy(TEMPLATE)
    config = template["Resources"]["One"]["Properties"]["PublicKeyConfig"]
    config["EncodedKey"] = pem(KEYS["two"])
    made = stack(films.cloud, template, "update")
    assert made["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any(
        logical == "One" and "CannotChangeImmutablePublicKeyFields" in reason
        for logical, reason in reasons(films.cloud)
    )
    assert get(films.link()).status_code == 200


def test_a_key_that_is_none_fails_the_stack() -> None:
    template = copy.deepcopy(TEMPLATE)
    config = template["Resources"]["One"]["Properties"]["PublicKeyConfig"]
    config["EncodedKey"] = config["EncodedKey"].replace("\n", " ")
    with LocalCloud() as cloud:
        assert stack(cloud, template)["StackStatus"] == "ROLLBACK_COMPLETE"
        assert any(
            logical == "One" and "RSA Encoded Key" in reason for logical, reason in reasons(cloud)
        )
        assert cloud.client("cloudfront").list_public_keys()["PublicKeyList"]["Quantity"] == 0


@pytest.mark.parametrize("place", ["DefaultCacheBehavior", "CacheBehaviors/0"])
def test_trusted_signers_are_refused_by_logical_id_and_path(place: str) -> None:
    template = copy.deepcopy(TEMPLATE)
    config = template["Resources"]["Edge"]["Properties"]["DistributionConfig"]
    name, _, number = place.partition("/")
    target = config[name][int(number)] if number else config[name]
    target["TrustedSigners"] = ["self"]
    with LocalCloud() as cloud:
        stack(cloud, template)
        path = f"DistributionConfig.{place.replace('/', '.')}.TrustedSigners"
        refused = f"CloudFormation has {path}; the local cloud does not honour it"
        assert any(logical == "Edge" and refused in reason for logical, reason in reasons(cloud))
