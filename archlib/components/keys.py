"""Keys that a design signs with: a key pair's private half kept by AWS, its public half told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Attribute, Ref, Sub, Value, plain
from archlib.architecture.verbs import described, verb
from archlib.components.base import AwsComponent, Piece, TemplateParameter
from archlib.components.cdn import TrustsKey
from archlib.components.signing import FetchesKey
from archlib.components.statements import policy
from archlib.components.wiring import Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.plan import Plan

PUBLIC_PEM = r"-----BEGIN PUBLIC KEY-----[\s\S]+-----END PUBLIC KEY-----\s*"


@dataclass(frozen=True)
class Store:
    """Where a private key can be kept: icon, the action that fetches it, and what names it.

    ``variable`` is the environment variable of a function that fetches it; ``place`` is what the
    template's metadata says of the place, for whoever puts the key there; ``service`` is how KMS
    knows who asks it on the caller's behalf.
    """

    icon: str
    service: str
    action: str
    variable: str
    named: Callable[[str], Value]
    arn: Callable[[str], Value]
    place: Callable[[str], Mapping[str, object]]


def _parameter_name(name: str) -> str:
    return "/${AWS::StackName}/" + name


STORES: Mapping[str, Store] = {
    "secret": Store(
        "aws.security.SecretsManager",
        "secretsmanager",
        "secretsmanager:GetSecretValue",
        "SIGNING_SECRET",
        Ref,
        Ref,
        lambda name: {"secret": plain(Ref(name))},
    ),
    "parameter": Store(
        "aws.management.SystemsManagerParameterStore",
        "ssm",
        "ssm:GetParameter",
        "SIGNING_PARAMETER",
        lambda name: Sub(_parameter_name(name)),
        lambda name: Sub(
            "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"
            + _parameter_name(name)
        ),
        lambda name: {"parameter": plain(Sub(_parameter_name(name)))},
    ),
}
"""The two ways. CloudFormation makes no SecureString (AWS CloudFormation User Guide,
"AWS::SSM::Parameter"), so a parameter comes with its value, after the stack."""


@dataclass(frozen=True)
class SealedBy(Wire):
    """What keeps a private key is encrypted with a key of KMS."""


@dataclass(frozen=True)
class EncryptionKey(AwsComponent):
    """A symmetric KMS key of the customer's own, changed every year.

    Its policy leaves it to the account's IAM policies who may use it. Source: AWS KMS Developer
    Guide, "Default key policy".
    """

    purpose: str = field(default="Encrypts what is kept with it", kw_only=True)

    @property
    def icon(self) -> str:
        """KMS's icon."""
        return "aws.security.KeyManagementService"

    @property
    def arn(self) -> Value:
        """The key's ARN."""
        return Attribute(self.name, "Arn")

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The key."""
        from troposphere import Sub as CfnSub
        from troposphere import kms

        root = {"AWS": CfnSub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")}
        account = {
            "Sid": "TheAccountsPoliciesDecide",
            "Effect": "Allow",
            "Principal": root,
            "Action": "kms:*",
            "Resource": "*",
        }
        yield Piece(
            kms.Key(
                self.name,
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                Description=self.purpose,
                EnableKeyRotation=True,
                PendingWindowInDays=7,
                KeyPolicy=policy([account]),
            ),
            f"{self.purpose}: whoever may read there needs this key as well",
        )


@dataclass(frozen=True)
class SigningKey(AwsComponent):
    """A key pair: CloudFront trusts the public half, ``store`` keeps the private one.

    The pair is made by whoever deploys (:mod:`archlib.template.key_pairs`): the public half is a
    parameter of the template, the private half goes into its store once the stack stands and is
    in no template at all. What is stored is JSON, so that id and key change in one act::

        {"keyPairId": "K…", "privateKey": "-----BEGIN …"}

    Source: Amazon CloudFront Developer Guide, "Specify signers that can create signed URLs and
    signed cookies".
    """

    store: str = field(default="secret", kw_only=True)

    @property
    def kept(self) -> Store:
        """Where the private half is kept; raises :class:`ModelError` where there is no such."""
        if self.store not in STORES:
            raise ModelError(
                f"cannot be kept in a {self.store!r}",
                where=described(self),
                hint=f"store= is one of {', '.join(STORES)}",
            )
        return STORES[self.store]

    @property
    def icon(self) -> str:
        """The icon of the service that keeps the private half."""
        return self.kept.icon

    @property
    def parameter(self) -> str:
        """The template parameter that holds the public half."""
        return f"{self.name}PublicKey"

    @property
    def place(self) -> Value:
        """What names the place of the private half: the secret's ARN, or the parameter's name."""
        return self.kept.named(self.name)

    @property
    def arn(self) -> Value:
        """The ARN of what keeps the private half."""
        return self.kept.arn(self.name)

    @property
    def key_pair_id(self) -> Value:
        """The id by which signed URLs name the key."""
        return Ref(f"{self.name}Public")

    @property
    def group(self) -> Value:
        """The id of the key group, which distributions trust."""
        return Ref(f"{self.name}Group")

    @verb("EncryptionKey")
    def sealed_by(self, key: EncryptionKey, *, label: str = "encrypted with") -> SealedBy:
        """Encrypt the private half with a key of KMS, which a reader then needs as well.

        Sources: AWS Secrets Manager User Guide, "Secret encryption and decryption in AWS Secrets
        Manager"; AWS Systems Manager User Guide, "AWS KMS encryption for AWS Systems Manager
        Parameter Store SecureString parameters".
        """
        return SealedBy(self.name, key.name, "sealed_by", label, Arrow.FORWARD)

    def check(self, plan: Plan) -> None:
        """Refuse a store that there is not, a key nobody trusts, readers who cannot decrypt it."""
        self.kept  # noqa: B018 - refuses a store that there is not
        if not plan.incoming(self, TrustsKey):
            raise ModelError(
                "is trusted by no distribution",
                where=described(self),
                hint="connect it: distribution.trusts(key)",
            )
        sealing = {wire.target for wire in plan.outgoing(self, SealedBy)}
        for wire in plan.incoming(self, FetchesKey):
            if {wire.decrypts_with} - {""} != sealing:
                raise ModelError(
                    f"is sealed by {' and '.join(sealing) or 'no key'}, and {wire.source} decrypts "
                    f"with {wire.decrypts_with or 'none'}",
                    where=described(self),
                    hint="say function.fetches(key, sealed_by=that_key)",
                )

    def parameters(self) -> Iterator[TemplateParameter]:
        """The public half; there is no default, since a key with a known twin protects nothing."""
        yield TemplateParameter(
            self.parameter,
            "Public half of the key pair that signs links: RSA 2048 in PEM, made when deploying",
            None,
            PUBLIC_PEM,
        )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The place of the private half, the public key and the key group."""
        from troposphere import Ref as CfnRef
        from troposphere import Sub as CfnSub
        from troposphere import cloudfront, secretsmanager

        sealing = next((wire.target for wire in plan.outgoing(self, SealedBy)), None)
        if self.store == "secret":
            sealed = {} if sealing is None else {"KmsKeyId": CfnRef(sealing)}
            yield Piece(
                secretsmanager.Secret(
                    self.name,
                    DeletionPolicy="Delete",
                    UpdateReplacePolicy="Delete",
                    Description="Key pair id and private key, as JSON; put here after the stack "
                    "stands",
                    **sealed,
                ),
                "Keeps the private half. It is empty at first: no template ever holds the key",
            )
        public, name = f"{self.name}Public", "${AWS::StackName}-${AWS::Region}-" + self.name
        yield Piece(
            cloudfront.PublicKey(
                public,
                PublicKeyConfig=cloudfront.PublicKeyConfig(
                    Name=CfnSub(name),
                    CallerReference=CfnSub(name),
                    Comment="Checks the signatures of links",
                    EncodedKey=CfnRef(self.parameter),
                ),
            ),
            "The public half, with which edge locations check signatures",
            {"privateKey": {**self.kept.place(self.name), **_sealing(sealing)}},
        )
        yield Piece(
            cloudfront.KeyGroup(
                f"{self.name}Group",
                KeyGroupConfig=cloudfront.KeyGroupConfig(
                    Name=CfnSub(name),
                    Comment="Keys that distributions trust; two of them while one takes over",
                    Items=[CfnRef(public)],
                ),
            ),
            "What a distribution trusts: any key in it may sign",
        )


def _sealing(key: str | None) -> dict[str, object]:
    """What the metadata says of the encryption, for who stores a parameter."""
    return {} if key is None else {"encryptedWith": plain(Ref(key))}
