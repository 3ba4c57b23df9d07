"""Key pairs of a template: found in its metadata, made when deploying, stored beside it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from archlib.errors import TemplateError
from archlib.template.key_pairs import (
    KeyPair,
    key_pairs,
    made_for,
    new_key,
    private_pem,
    public_pem,
)

BODY: dict[str, Any] = {
    "Parameters": {"Pem": {"Type": "String"}},
    "Resources": {
        "Kept": {"Type": "AWS::SecretsManager::Secret", "Properties": {}},
        "Public": {
            "Type": "AWS::CloudFront::PublicKey",
            "Metadata": {"archlib": {"privateKey": {"secret": {"Ref": "Kept"}}}},
            "Properties": {"PublicKeyConfig": {"Name": "n", "EncodedKey": {"Ref": "Pem"}}},
        },
        "Other": {
            "Type": "AWS::CloudFront::PublicKey",
            "Properties": {"PublicKeyConfig": {"Name": "o", "EncodedKey": "-----BEGIN"}},
        },
    },
}
PAIR = KeyPair("Public", "Pem", secret="Kept")


def changed(place: object = None, encoded: object = None) -> dict[str, Any]:
    body = copy.deepcopy(BODY)
    public = body["Resources"]["Public"]
    if place is not None:
        public["Metadata"]["archlib"]["privateKey"] = place
    if encoded is not None:
        public["Properties"]["PublicKeyConfig"]["EncodedKey"] = encoded
    return body


def test_metadata_says_where_the_private_half_goes() -> None:
    assert key_pairs(BODY) == (PAIR,)
    named = changed({"parameter": {"Fn::Sub": "/${AWS::StackName}/key"}})
    (pair,) = key_pairs(named)
    assert pair == KeyPair("Public", "Pem", path="/${AWS::StackName}/key")
    assert pair.describe("shop") == "SSM parameter /shop/key"
    assert PAIR.describe("shop") == "secret Kept"


@pytest.mark.parametrize("body", [{}, {"Resources": {}}, {"Resources": {"X": "nonsense"}}])
def test_a_template_without_such_metadata_wants_none(body: dict[str, Any]) -> None:
    assert key_pairs(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        changed(place={}),
        changed(place="Kept"),
        changed(place={"secret": "Kept"}),
        changed(place={"parameter": "/key"}),
        changed(place={"secret": {"Ref": ""}}),
        changed(encoded="-----BEGIN PUBLIC KEY-----"),
        changed(encoded={"Ref": "NoSuchParameter"}),
    ],
)
def test_an_unclear_wish_is_an_error_that_names_the_resource(body: dict[str, Any]) -> None:
    with pytest.raises(TemplateError) as refused:
        key_pairs(body)
    assert str(refused.value).startswith("Public: ")


def test_a_new_stack_gets_a_new_pair() -> None:
    key = new_key()
    values, made = made_for(BODY, {}, {}, lambda pair: key)
    assert values == {"Pem": public_pem(key)}
    assert [(one.pair, one.private, one.public) for one in made] == [
        (PAIR, private_pem(key), public_pem(key))
    ]


def test_who_gives_the_public_half_keeps_the_private_one() -> None:
    assert made_for(BODY, {"Pem": "mine"}, {}, _never) == ({}, ())


def test_a_stack_that_stands_keeps_its_pair() -> None:
    assert made_for(BODY, {}, {"Pem": "standing"}, _never) == ({"Pem": "standing"}, ())


def _never(pair: KeyPair) -> Any:
    raise AssertionError(pair)


class Stored:
    """As much of a boto3 client as storing takes."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda **arguments: self.calls.append((name, arguments))


def test_id_and_key_are_stored_in_one_act() -> None:
    client = Stored()
    PAIR.store(lambda service: client, "shop", {"Public": "K1", "Kept": "arn:kept"}, "pem")
    text = '{"keyPairId": "K1", "privateKey": "pem"}'
    assert client.calls == [("put_secret_value", {"SecretId": "arn:kept", "SecretString": text})]
    named = KeyPair("Public", "Pem", path="/${AWS::StackName}/key", key="Seal")
    named.store(lambda service: client, "shop", {"Public": "K1", "Seal": "k-1"}, "pem")
    sent = {"Name": "/shop/key", "Value": text, "Type": "SecureString", "Overwrite": True}
    assert client.calls[1] == ("put_parameter", {**sent, "KeyId": "k-1"})
