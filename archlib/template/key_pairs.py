"""Key pairs that whoever deploys makes: public half into the template, private half beside it.

A template says in the metadata of an ``AWS::CloudFront::PublicKey`` where the private half
belongs; the public half is the parameter that its ``EncodedKey`` refers to. Deploying makes a pair,
gives its public half as that parameter, and stores the private half when the stack stands. A stack
that is deployed again keeps the pair it has. So the private half is in no template, no parameter
and no event of the stack, and deploying never reads it back.

The same by hand, where archlib is not at hand::

    openssl genrsa -out private.pem 2048
    openssl rsa -pubout -in private.pem -out public.pem
    aws cloudformation deploy … --parameter-overrides SigningKeyPublicKey="$(cat public.pem)"
    aws secretsmanager put-secret-value --secret-id SECRET --secret-string \
        '{"keyPairId": "K…", "privateKey": "-----BEGIN …"}'

Source: Amazon CloudFront Developer Guide, "Specify signers that can create signed URLs and signed
cookies", "Create key pairs for your signers".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.errors import TemplateError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: Makes or finds a boto3 client of a service.
Clients = Callable[[str], Any]

PUBLIC_KEY = "AWS::CloudFront::PublicKey"


@dataclass(frozen=True)
class KeyPair:
    """One pair of a template: the public key's logical id, its parameter, the private half's place.

    ``secret`` is the logical id of a secret, ``path`` the name of an SSM parameter, in which
    ``${AWS::StackName}`` stands for the stack's name; one of the two is None. ``key`` is the
    logical id of the KMS key that a parameter is encrypted with; a secret knows its own.
    """

    public_key: str
    parameter: str
    secret: str | None = None
    path: str | None = None
    key: str | None = None

    def describe(self, stack: str) -> str:
        """Where the private half goes, in words for a plan."""
        return f"secret {self.secret}" if self.secret else f"SSM parameter {self.named(stack)}"

    def named(self, stack: str) -> str:
        """The name of the SSM parameter in a stack."""
        assert self.path is not None
        return self.path.replace("${AWS::StackName}", stack)

    def store(
        self, clients: Clients, stack: str, physical: Mapping[str, str], private: str
    ) -> None:
        """Store the private half with the id that CloudFront gave the public one."""
        text = json.dumps({"keyPairId": physical[self.public_key], "privateKey": private})
        if self.secret is not None:
            clients("secretsmanager").put_secret_value(
                SecretId=physical[self.secret], SecretString=text
            )
        else:
            sealed = {} if self.key is None else {"KeyId": physical[self.key]}
            clients("ssm").put_parameter(
                Name=self.named(stack), Value=text, Type="SecureString", Overwrite=True, **sealed
            )


def key_pairs(body: Mapping[str, Any]) -> tuple[KeyPair, ...]:
    """The pairs that a template wants made; raises :class:`TemplateError` for an unclear wish."""
    found = []
    for logical_id, resource in (body.get("Resources") or {}).items():
        if not isinstance(resource, Mapping) or resource.get("Type") != PUBLIC_KEY:
            continue
        place = _inside(resource, "Metadata", "archlib", "privateKey")
        if place is None:
            continue
        parameter = _inside(resource, "Properties", "PublicKeyConfig", "EncodedKey", "Ref")
        secret = _inside(place, "secret", "Ref")
        path = _inside(place, "parameter", "Fn::Sub")
        if parameter not in (body.get("Parameters") or {}) or not (secret or path):
            raise TemplateError(
                "its metadata asks for a key pair, but not clearly: EncodedKey must refer to a "
                'parameter, and privateKey be {"secret": {"Ref": ID}} or '
                '{"parameter": {"Fn::Sub": NAME}}',
                where=logical_id,
            )
        key = _inside(place, "encryptedWith", "Ref")
        found.append(KeyPair(logical_id, str(parameter), secret, path, key))
    return tuple(found)


def _inside(value: Any, *keys: str) -> Any:
    """What stands below the keys; None where there are none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True)
class Made:
    """A pair that was made for a stack: both halves in PEM."""

    pair: KeyPair
    private: str
    public: str


def made_for(
    body: Mapping[str, Any],
    given: Mapping[str, str],
    standing: Mapping[str, str],
    make: Callable[[KeyPair], RSAPrivateKey],
) -> tuple[dict[str, str], tuple[Made, ...]]:
    """Public halves by parameter, and the pairs to be stored once the stack stands.

    ``given`` are parameters that somebody gives, who then keeps the private half himself;
    ``standing`` the parameters of the stack if there is one: it keeps its pair.
    """
    values, pairs = {}, []
    for pair in key_pairs(body):
        if pair.parameter in given:
            continue
        if pair.parameter in standing:
            values[pair.parameter] = standing[pair.parameter]
            continue
        key = make(pair)
        pairs.append(Made(pair, private_pem(key), public_pem(key)))
        values[pair.parameter] = pairs[-1].public
    return values, tuple(pairs)


def standing_parameters(cloudformation: Any, stack: str) -> dict[str, str]:
    """The parameters of a stack, as a boto3 client tells them; none where there is no stack."""
    from botocore.exceptions import ClientError

    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return {}
    if found["StackStatus"] == "REVIEW_IN_PROGRESS":
        return {}
    return {p["ParameterKey"]: p["ParameterValue"] for p in found.get("Parameters", ())}


def physical_ids(cloudformation: Any, stack: str) -> dict[str, str]:
    """Logical id -> physical id of a stack's resources."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    listed = [one for page in pages for one in page["StackResourceSummaries"]]
    return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in listed}


def public_pem(key: Any) -> str:
    """A private key's public half in PEM, as CloudFront takes it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode()


def private_pem(key: RSAPrivateKey) -> str:
    """A private key in PEM, unencrypted: what keeps it encrypts it."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def new_key() -> RSAPrivateKey:
    """A new RSA 2048 key out of the machine's random numbers."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
