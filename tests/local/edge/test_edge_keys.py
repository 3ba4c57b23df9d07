"""The control plane of private content: public keys, key groups, and who trusts them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from edge_signing import KEYS, group, pem, register
from edge_site import PLANES, listed
from test_edge_control import behavior, changed
from test_edge_origins import bucket, distribution

from archlib.errors import Unsupported
from archlib.local import LocalCloud
from archlib.local.keys.rsa import private_key


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def key(name: str = "k", reference: str = "r", text: str | None = None, **more: str) -> Any:
    return {"CallerReference": reference, "Name": name, "EncodedKey": text or pem(KEYS["one"]),
            **more}  # fmt: skip


def trusting(*groups: str) -> dict[str, Any]:
    return behavior(TrustedKeyGroups={"Enabled": bool(groups), **listed(groups)})


# -- public keys -----------------------------------------------------------------------------


def test_a_public_key_from_beginning_to_end(cloud: LocalCloud) -> None:
    client = cloud.client("cloudfront")
    made = client.create_public_key(PublicKeyConfig=key(Comment="first"))
    id = made["PublicKey"]["Id"]
    assert re.fullmatch("K[A-Z0-9]{13}", id)
    assert made["Location"].endswith(f"/2020-05-31/public-key/{id}")
    assert made["PublicKey"]["CreatedTime"].timestamp() == int(cloud.clock.time())
    assert made["PublicKey"]["PublicKeyConfig"] == key(Comment="first")
    found = client.get_public_key(Id=id)
    assert (found["PublicKey"], found["ETag"]) == (made["PublicKey"], made["ETag"])
    config = client.get_public_key_config(Id=id)
    assert (config["PublicKeyConfig"], config["ETag"]) == (key(Comment="first"), made["ETag"])
    changed = client.update_public_key(
        Id=id, IfMatch=made["ETag"], PublicKeyConfig=key(Comment="second")
    )
    assert changed["PublicKey"]["PublicKeyConfig"]["Comment"] == "second"
    assert changed["ETag"] != made["ETag"]
    (shown,) = client.list_public_keys()["PublicKeyList"]["Items"]
    assert shown == {
        "Id": id, "Name": "k", "CreatedTime": made["PublicKey"]["CreatedTime"],
        "EncodedKey": pem(KEYS["one"]), "Comment": "second",
    }  # fmt: skip
    client.delete_public_key(Id=id, IfMatch=changed["ETag"])
    assert client.list_public_keys()["PublicKeyList"]["Quantity"] == 0
    assert refused(client.get_public_key, Id=id) == ("NoSuchPublicKey", 404)
    assert refused(client.get_public_key_config, Id=id) == ("NoSuchPublicKey", 404)
    assert refused(client.delete_public_key, Id=id, IfMatch="x") == ("NoSuchPublicKey", 404)
    gone = refused(client.update_public_key, Id=id, IfMatch="x", PublicKeyConfig=key())
    assert gone == ("NoSuchPublicKey", 404)


def test_versions_of_a_public_key(cloud: LocalCloud) -> None:
    client = cloud.client("cloudfront")
    id = client.create_public_key(PublicKeyConfig=key())["PublicKey"]["Id"]
    for call, more in (
        (client.update_public_key, {"PublicKeyConfig": key()}),
        (client.delete_public_key, {}),
    ):
        assert refused(call, Id=id, **more) == ("InvalidIfMatchVersion", 400)
        assert refused(call, Id=id, IfMatch="x", **more) == ("PreconditionFailed", 412)


@pytest.mark.parametrize(
    "changed",
    [key(name="other"), key(reference="other"), key(text=pem(KEYS["two"]))],
    ids=["name", "reference", "key"],
)
def test_only_the_comment_of_a_public_key_can_change(cloud: LocalCloud, changed: Any) -> None:
    client = cloud.client("cloudfront")
    made = client.create_public_key(PublicKeyConfig=key())
    asked = {"Id": made["PublicKey"]["Id"], "IfMatch": made["ETag"], "PublicKeyConfig": changed}
    assert refused(client.update_public_key, **asked) == (
        "CannotChangeImmutablePublicKeyFields", 400,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "not a key",
        pem(KEYS["one"]).replace("\n", " "),
        pem(rsa.generate_private_key(65537, 1024)),
        pem(rsa.generate_private_key(65537, 3072)),
        pem(ec.derive_private_key(5, ec.SECP384R1())),
    ],
    ids=["no key", "one line", "RSA 1024", "RSA 3072", "P-384"],
)
def test_keys_that_cloudfront_does_not_take(cloud: LocalCloud, text: str) -> None:
    client = cloud.client("cloudfront")
    asked = {"PublicKeyConfig": key(text=text)}
    assert refused(client.create_public_key, **asked) == ("InvalidArgument", 400)
    assert client.list_public_keys()["PublicKeyList"]["Quantity"] == 0


def test_rsa_2048_and_ecdsa_p_256_are_taken(cloud: LocalCloud) -> None:
    assert register(cloud, "one") != register(cloud, "curve")


def test_names_and_references_of_public_keys_are_unique(cloud: LocalCloud) -> None:
    client = cloud.client("cloudfront")
    client.create_public_key(PublicKeyConfig=key())
    for other in (key(reference="other"), key(name="other")):
        asked = {"PublicKeyConfig": other}
        assert refused(client.create_public_key, **asked) == ("PublicKeyAlreadyExists", 409)
    long = key(name="other", reference="other", Comment="x" * 129)
    assert refused(client.create_public_key, PublicKeyConfig=long) == ("InvalidArgument", 400)


def test_an_account_has_ten_public_keys(cloud: LocalCloud) -> None:
    client = cloud.client("cloudfront")
    for n in range(10):
        register(cloud, f"k{n}", private_key(n))
    asked = {"PublicKeyConfig": key("k10", "k10")}
    assert refused(client.create_public_key, **asked) == ("TooManyPublicKeys", 400)


def test_lists_come_in_pages(cloud: LocalCloud) -> None:
    client = cloud.client("cloudfront")
    ids = [register(cloud, f"k{n}", private_key(n)) for n in range(3)]
    groups = [group(cloud, f"g{n}", ids[n]) for n in range(3)]
    first = client.list_public_keys(MaxItems="2")["PublicKeyList"]
    rest = client.list_public_keys(Marker=first["NextMarker"])["PublicKeyList"]
    assert [one["Id"] for one in (*first["Items"], *rest["Items"])] == ids
    assert "NextMarker" not in rest
    first = client.list_key_groups(MaxItems="2")["KeyGroupList"]
    rest = client.list_key_groups(Marker=first["NextMarker"])["KeyGroupList"]
    listed_groups = [one["KeyGroup"]["Id"] for one in (*first["Items"], *rest["Items"])]
    assert listed_groups == groups


# -- key groups ------------------------------------------------------------------------------


def test_a_key_group_from_beginning_to_end(cloud: LocalCloud) -> None:
    client = cloud.client("cloudfront")
    one, two = register(cloud, "one"), register(cloud, "two")
    config = {"Name": "g", "Items": [one], "Comment": "first"}
    made = client.create_key_group(KeyGroupConfig=config)
    id = made["KeyGroup"]["Id"]
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id)
    assert made["Location"].endswith(f"/2020-05-31/key-group/{id}")
    assert made["KeyGroup"]["KeyGroupConfig"] == config
    found = client.get_key_group(Id=id)
    assert (found["KeyGroup"], found["ETag"]) == (made["KeyGroup"], made["ETag"])
    cloud.clock.advance(seconds=60)
    changed = client.update_key_group(
        Id=id, IfMatch=made["ETag"], KeyGroupConfig={"Name": "h", "Items": [two, one]}
    )
    later = changed["KeyGroup"]["LastModifiedTime"] - made["KeyGroup"]["LastModifiedTime"]
    assert later.total_seconds() >= 60
    config = client.get_key_group_config(Id=id)
    assert config["KeyGroupConfig"] == {"Name": "h", "Items": [two, one]}
    assert config["ETag"] == changed["ETag"]
    (shown,) = client.list_key_groups()["KeyGroupList"]["Items"]
    assert shown["KeyGroup"] == changed["KeyGroup"]
    client.delete_key_group(Id=id, IfMatch=changed["ETag"])
    assert client.list_key_groups()["KeyGroupList"]["Quantity"] == 0
    assert refused(client.get_key_group, Id=id) == ("NoSuchResource", 404)
    assert refused(client.get_key_group_config, Id=id) == ("NoSuchResource", 404)
    assert refused(client.delete_key_group, Id=id, IfMatch="x") == ("NoSuchResource", 404)
    asked = {"Id": id, "IfMatch": "x", "KeyGroupConfig": {"Name": "g", "Items": [one]}}
    assert refused(client.update_key_group, **asked) == ("NoSuchResource", 404)


def test_versions_of_a_key_group(cloud: LocalCloud) -> None:
    client, one = cloud.client("cloudfront"), register(cloud, "one")
    id = group(cloud, "g", one)
    for call, more in (
        (client.update_key_group, {"KeyGroupConfig": {"Name": "g", "Items": [one]}}),
        (client.delete_key_group, {}),
    ):
        assert refused(call, Id=id, **more) == ("InvalidIfMatchVersion", 400)
        assert refused(call, Id=id, IfMatch="x", **more) == ("PreconditionFailed", 412)


def test_errors_of_a_key_group(cloud: LocalCloud) -> None:
    client = cloud.client("cloudfront")
    keys = [register(cloud, f"k{n}", private_key(n)) for n in range(6)]
    made = group(cloud, "g", keys[0])
    other = group(cloud, "other", keys[0])

    def create(name: str, *items: str, **more: str) -> tuple[str, int]:
        config = {"Name": name, "Items": list(items), **more}
        etag = client.get_key_group(Id=other)["ETag"]
        renamed = config | {"Name": name if name == "g" else "other"}
        updated = refused(client.update_key_group, Id=other, IfMatch=etag, KeyGroupConfig=renamed)
        assert refused(client.create_key_group, KeyGroupConfig=config) == updated
        return updated

    assert create("h") == ("InvalidArgument", 400)
    assert create("h", "KNOTTHERE00000") == ("InvalidArgument", 400)
    assert create("h", keys[0], keys[0]) == ("InvalidArgument", 400)
    assert create("h", *keys) == ("TooManyPublicKeysInKeyGroup", 400)
    assert create("h", keys[0], Comment="x" * 129) == ("InvalidArgument", 400)
    assert create("g", keys[1]) == ("KeyGroupAlreadyExists", 409)
    assert client.get_key_group(Id=made)["KeyGroup"]["KeyGroupConfig"]["Items"] == keys[:1]
    for n in range(8):
        group(cloud, f"g{n}", keys[0])
    config = {"Name": "eleventh", "Items": keys[:1]}
    assert refused(client.create_key_group, KeyGroupConfig=config) == ("TooManyKeyGroups", 400)


def test_what_is_in_use_stays(cloud: LocalCloud) -> None:
    bucket(cloud)
    client, one, two = cloud.client("cloudfront"), register(cloud, "one"), register(cloud, "two")
    trusted = group(cloud, "g", one)
    made = distribution(cloud, DefaultCacheBehavior=trusting(trusted))
    etag = client.get_public_key(Id=one)["ETag"]
    assert refused(client.delete_public_key, Id=one, IfMatch=etag) == ("PublicKeyInUse", 409)
    found = client.get_key_group(Id=trusted)
    asked = {"Id": trusted, "IfMatch": found["ETag"]}
    assert refused(client.delete_key_group, **asked) == ("ResourceInUse", 409)
    # A key that has left its groups can go, and so can a group that nobody trusts any more.
    client.update_key_group(**asked, KeyGroupConfig={"Name": "g", "Items": [two]})
    client.delete_public_key(Id=one, IfMatch=etag)
    changed(cloud, made, DefaultCacheBehavior=trusting())
    client.delete_key_group(Id=trusted, IfMatch=client.get_key_group(Id=trusted)["ETag"])


# -- distributions ---------------------------------------------------------------------------


def test_active_trusted_key_groups(cloud: LocalCloud) -> None:
    """API Reference, "ActiveTrustedKeyGroups": each group once, with the ids of its keys."""
    bucket(cloud)
    one, two, curve = (register(cloud, name) for name in ("one", "two", "curve"))
    first, second = group(cloud, "first", one, two), group(cloud, "second", curve)
    made = distribution(
        cloud,
        DefaultCacheBehavior=trusting(first),
        CacheBehaviors=listed([
            {"PathPattern": "/b/*", **trusting(second, first)},
            {"PathPattern": "/c/*", **behavior()},
        ]),
    )  # fmt: skip
    expected = {
        "Enabled": True,
        "Quantity": 2,
        "Items": [
            {"KeyGroupId": first, "KeyPairIds": {"Quantity": 2, "Items": [one, two]}},
            {"KeyGroupId": second, "KeyPairIds": {"Quantity": 1, "Items": [curve]}},
        ],
    }
    assert made["ActiveTrustedKeyGroups"] == expected
    client = cloud.client("cloudfront")
    shown = client.get_distribution(Id=made["Id"])["Distribution"]
    assert shown["ActiveTrustedKeyGroups"] == expected
    kept = shown["DistributionConfig"]["DefaultCacheBehavior"]["TrustedKeyGroups"]
    assert kept == {"Enabled": True, "Quantity": 1, "Items": [first]}
    plain = distribution(cloud, "2")
    assert plain["ActiveTrustedKeyGroups"] == {"Enabled": False, "Quantity": 0}


def test_distributions_by_key_group(cloud: LocalCloud) -> None:
    bucket(cloud)
    client, one = cloud.client("cloudfront"), register(cloud, "one")
    first, second = group(cloud, "first", one), group(cloud, "second", one)
    mine = distribution(cloud, "1", DefaultCacheBehavior=trusting(first))
    ours = distribution(
        cloud, "2",
        CacheBehaviors=listed([{"PathPattern": "/b/*", **trusting(first, second)}]),
    )  # fmt: skip
    distribution(cloud, "3")

    def users(id: str) -> list[str]:
        found = client.list_distributions_by_key_group(KeyGroupId=id)["DistributionIdList"]
        assert found["Quantity"] == len(found.get("Items", ()))
        return list(found.get("Items", ()))

    assert users(first) == [mine["Id"], ours["Id"]]
    assert users(second) == [ours["Id"]]
    missing = refused(client.list_distributions_by_key_group, KeyGroupId="none")
    assert missing == ("NoSuchResource", 404)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Enabled": True, "Quantity": 1, "Items": ["none"]}, "TrustedKeyGroupDoesNotExist"),
        ({"Enabled": True, "Quantity": 5, "Items": ["g"] * 5},
         "TooManyKeyGroupsAssociatedToDistribution"),
        ({"Enabled": True, "Quantity": 0}, "InvalidArgument"),
        ({"Enabled": False, "Quantity": 1, "Items": ["g"]}, "InvalidArgument"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["default", "other"])
def test_errors_of_trusted_key_groups(
    cloud: LocalCloud, given: dict[str, Any], expected: str, place: str
) -> None:
    bucket(cloud)
    trusted = group(cloud, "g", register(cloud, "one"))
    items = [trusted if one == "g" else one for one in given.get("Items", ())]
    wanted = behavior(TrustedKeyGroups=given | ({"Items": items} if items else {}))
    more = (
        {"DefaultCacheBehavior": wanted}
        if place == "default"
        else {"CacheBehaviors": listed([{"PathPattern": "/x", **wanted}])}
    )
    assert refused(lambda: distribution(cloud, **more)) == (expected, 400)


def test_a_key_group_has_a_hundred_distributions(cloud: LocalCloud) -> None:
    bucket(cloud)
    trusted = group(cloud, "g", register(cloud, "one"))
    made = [distribution(cloud, f"{n}", DefaultCacheBehavior=trusting(trusted)) for n in range(100)]
    assert refused(lambda: distribution(cloud, "100", DefaultCacheBehavior=trusting(trusted))) == (
        "TooManyDistributionsAssociatedToKeyGroup", 400,
    )  # fmt: skip
    changed(cloud, made[7], Comment="one of the hundred may change")
    distribution(cloud, "101")


def test_trusted_signers_are_refused_and_key_groups_named(cloud: LocalCloud) -> None:
    bucket(cloud)
    signers = {"Enabled": True, "Quantity": 1, "Items": ["self"]}
    with pytest.raises(Unsupported, match=r"root user's.*TrustedKeyGroups") as refusal:
        distribution(cloud, DefaultCacheBehavior=behavior(TrustedSigners=signers))
    assert "DistributionConfig.DefaultCacheBehavior.TrustedSigners" in str(refusal.value)
    none = {"Enabled": False, "Quantity": 0}
    made = distribution(cloud, DefaultCacheBehavior=behavior(TrustedSigners=none))
    assert made["ActiveTrustedSigners"] == {"Enabled": False, "Quantity": 0}


def test_ids_are_the_same_every_time() -> None:
    def run() -> tuple[str, str]:
        with LocalCloud(planes=PLANES) as cloud:
            return register(cloud, "one"), register(cloud, "two")

    first = run()
    assert first == run()
    assert first[0] != first[1]


def test_policies_of_iam_decide_about_keys(cloud: LocalCloud) -> None:
    """Service Authorization Reference: no resource types, so a policy says ``*``."""
    iam = cloud.client("iam")
    role = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{cloud.account}:root"},
         "Action": "sts:AssumeRole"}]}  # fmt: skip
    arn = iam.create_role(RoleName="keeper", AssumeRolePolicyDocument=json.dumps(role))["Role"][
        "Arn"
    ]
    allowed = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["cloudfront:CreatePublicKey", "cloudfront:ListPublicKeys"],
         "Resource": "*"}]}  # fmt: skip
    iam.put_role_policy(RoleName="keeper", PolicyName="p", PolicyDocument=json.dumps(allowed))
    session = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="keys")["Credentials"]
    client = boto3.client(
        "cloudfront", region_name="us-east-1", aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )  # fmt: skip
    made = client.create_public_key(PublicKeyConfig=key())
    assert client.list_public_keys()["PublicKeyList"]["Quantity"] == 1
    asked = {"Id": made["PublicKey"]["Id"], "IfMatch": made["ETag"]}
    assert refused(client.delete_public_key, **asked)[0] == "AccessDenied"
