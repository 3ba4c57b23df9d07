"""Links that carry their own permission: what a function needs to sign them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow, Component
from archlib.architecture.values import Sub
from archlib.components.statements import sid
from archlib.components.wiring import Condition, Grant, Wire

if TYPE_CHECKING:
    from archlib.components.cdn import Distribution
    from archlib.components.keys import EncryptionKey, SigningKey
    from archlib.components.storage import Bucket

_ARITHMETIC = "signing is arithmetic with a private key: no call is made"


@dataclass(frozen=True)
class FetchesKey(Wire):
    """A function fetches the private half of a key pair from where it is kept.

    ``decrypts_with`` is the name of the KMS key that it is sealed by, if it is.
    """

    decrypts_with: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class SignsLinks(Wire):
    """A function signs URLs of a distribution."""


@dataclass(frozen=True)
class PresignsUrls(Wire):
    """A function signs URLs of a bucket's objects, as itself."""


def fetches_key(
    function: Component, key: SigningKey, sealed_by: EncryptionKey | None, label: str
) -> FetchesKey:
    """Fetching a key pair's private half; KMS decrypts it for nobody but that service's caller."""
    grants = [Grant(function.name, sid("fetches", key.name), (key.kept.action,), (key.arn,))]
    if sealed_by is not None:
        through = Sub(key.kept.service + ".${AWS::Region}.${AWS::URLSuffix}")
        grants.append(
            Grant(
                function.name,
                f"Decrypts{key.name}",
                ("kms:Decrypt",),
                (sealed_by.arn,),
                (Condition("StringEquals", "kms:ViaService", (through,)),),
            )
        )
    return FetchesKey(
        function.name,
        key.name,
        "fetches",
        label,
        Arrow.BACKWARD,
        grants=tuple(grants),
        environment=((key.kept.variable, key.place),),
        decrypts_with="" if sealed_by is None else sealed_by.name,
    )


def signs_links_to(
    function: Component, distribution: Distribution, label: str, note: str | None
) -> SignsLinks:
    """Signing URLs of a distribution."""
    return SignsLinks(
        function.name,
        distribution.name,
        "signs_links_to",
        label,
        Arrow.BOTH,
        dashed=True,
        note=note,
        off_trace=_ARITHMETIC,
        environment=(("CONTENT_URL", distribution.url),),
    )


def presigns_for(function: Component, bucket: Bucket, prefix: str, label: str) -> PresignsUrls:
    """Presigning URLs of objects; the permission to fetch them is the function's own."""
    name = "presigns_for"
    grant = Grant(
        function.name, sid(name, bucket.name), ("s3:GetObject",), (bucket.objects(prefix),)
    )
    return PresignsUrls(
        function.name,
        bucket.name,
        name,
        label,
        Arrow.BOTH,
        dashed=True,
        off_trace=_ARITHMETIC,
        grants=(grant,),
        environment=(("BUCKET_NAME", bucket.bucket_name),),
    )
