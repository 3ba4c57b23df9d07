"""The studio and the shop's staff: they put videos up for sale and hold the levers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.scenarios.browsing import outcome
from archlib.verify import Site

if TYPE_CHECKING:
    from botocore.signers import CloudFrontSigner
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SIZE = 262_144
"""Bytes of a video: small, yet a player fetches it in several ranges."""

SEGMENTS = 3
SECONDS = 6


@dataclass(frozen=True)
class Video:
    """A video that is sold."""

    id: str
    title: str
    cents: int

    @property
    def path(self) -> str:
        """The whole video's path."""
        return f"videos/{self.id}/video.mp4"

    @property
    def bytes(self) -> bytes:
        """What is in the file: the same bytes everywhere, and others for each video."""
        return _noise(self.id, SIZE)

    def part(self, name: str) -> str:
        """The path of a part of the stream."""
        return f"videos/{self.id}/stream/{name}"


MOON = Video("moon", "To the Moon and Back", 499)
TIDE = Video("tide", "A Year of Tides", 799)
VIDEOS = (MOON, TIDE)

MANIFEST = "\n".join(
    (
        "#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{SECONDS}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        *(f"#EXTINF:{SECONDS}.0,\nsegment{n}.ts" for n in range(SEGMENTS)), "#EXT-X-ENDLIST\n",
    )
)  # fmt: skip
"""A media playlist (RFC 8216, "HTTP Live Streaming", section 4)."""


def segment(video: Video, number: int) -> bytes:
    """One segment of a video's stream."""
    return _noise(f"{video.id} {number}", SIZE // 4)


def _noise(name: str, size: int) -> bytes:
    return hashlib.shake_256(name.encode()).digest(size)


def publish(site: Site) -> None:
    """Upload every video with its stream, and list it in the catalogue: the studio's release."""
    s3, table = site.operator("s3"), site.operator("dynamodb")
    bucket = site.outputs["VideoBucketName"]
    for video in VIDEOS:
        files = {
            video.path: (video.bytes, "video/mp4"),
            video.part("index.m3u8"): (MANIFEST.encode(), "application/vnd.apple.mpegurl"),
            **{
                video.part(f"segment{n}.ts"): (segment(video, n), "video/mp2t")
                for n in range(SEGMENTS)
            },
        }
        for key, (data, kind) in files.items():
            s3.put_object(Bucket=bucket, Key=key, Body=data, ContentType=kind)
        table.put_item(
            TableName=site.outputs["TableName"],
            Item={
                "pk": {"S": "CATALOGUE"},
                "sk": {"S": f"VIDEO#{video.id}"},
                "title": {"S": video.title},
                "cents": {"N": str(video.cents)},
            },
        )


# -- the staff's levers --------------------------------------------------------------------------


def revoke_premium(site: Site, member: str) -> None:
    """Take a member's premium away, as the shop's staff does after a chargeback."""
    site.operator("dynamodb").update_item(
        TableName=site.outputs["TableName"],
        Key={"pk": {"S": f"USER#{member}"}, "sk": {"S": "PROFILE"}},
        UpdateExpression="SET premiumUntil = :never",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":never": {"N": "0"}},
    )


def rows(site: Site, pk: str, prefix: str) -> list[str]:
    """The sort keys of a partition that begin with ``prefix``, without it."""
    found = site.operator("dynamodb").query(
        TableName=site.outputs["TableName"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": pk}, ":sk": {"S": prefix}},
        ConsistentRead=True,
    )["Items"]
    return [item["sk"]["S"].removeprefix(prefix) for item in found]


def buyers(site: Site, video: Video) -> list[str]:
    """Who bought a video."""
    return rows(site, f"VIDEO#{video.id}", "BUYER#")


def refunds(site: Site, member: str) -> list[str]:
    """The payments of a member that have to be paid back."""
    return rows(site, f"USER#{member}", "REFUND#")


# -- keys ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """A key pair as CloudFront knows it."""

    id: str
    private: RSAPrivateKey


def signer(pair: Pair) -> CloudFrontSigner:
    """Signs policies with a pair, SHA-256 over RSA, as the signing function does.

    Who checks has to be told of the hash: :data:`HASHED` belongs behind the signed URL.
    """
    from botocore.signers import CloudFrontSigner
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return CloudFrontSigner(
        pair.id, lambda text: pair.private.sign(text, padding.PKCS1v15(), hashes.SHA256())
    )


HASHED = "Hash-Algorithm=SHA256"


def register_key(site: Site, name: str) -> Pair:
    """Make a key pair and register its public half with CloudFront; no group has it yet."""
    from archlib.template.key_pairs import new_key, public_pem

    private = new_key()
    made = site.operator("cloudfront").create_public_key(
        PublicKeyConfig={
            "CallerReference": name,
            "Name": name,
            "EncodedKey": public_pem(private),
        }
    )
    return Pair(made["PublicKey"]["Id"], private)


def trust(site: Site, *keys: str) -> None:
    """Make the key group hold exactly these public keys."""
    cloudfront, group = site.operator("cloudfront"), site.outputs["KeyGroupId"]
    found = cloudfront.get_key_group_config(Id=group)
    cloudfront.update_key_group(
        Id=group,
        IfMatch=found["ETag"],
        KeyGroupConfig={**found["KeyGroupConfig"], "Items": list(keys)},
    )


def trusted(site: Site) -> list[str]:
    """The public keys that the group holds."""
    found = site.operator("cloudfront").get_key_group_config(Id=site.outputs["KeyGroupId"])
    return list(found["KeyGroupConfig"]["Items"])


def stored_key(site: Site) -> str:
    """The text that the signing function reads: key pair id and private key, as JSON."""
    place = site.outputs["KeyPlace"]
    if place.startswith("arn:"):
        found = site.operator("secretsmanager").get_secret_value(SecretId=place)
        return str(found["SecretString"])
    found = site.operator("ssm").get_parameter(Name=place, WithDecryption=True)
    return str(found["Parameter"]["Value"])


def stored_pair(site: Site) -> Pair:
    """The key pair that the signing function signs with."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found = json.loads(stored_key(site))
    private: Any = load_pem_private_key(found["privateKey"].encode(), None)
    return Pair(found["keyPairId"], private)


def store_key(site: Site, text: str) -> None:
    """Replace what the signing function reads: id and private key in one act."""
    place = site.outputs["KeyPlace"]
    if place.startswith("arn:"):
        site.operator("secretsmanager").put_secret_value(SecretId=place, SecretString=text)
    else:
        ssm = site.operator("ssm")
        named = [{"Key": "Name", "Values": [place]}]
        (found,) = ssm.describe_parameters(ParameterFilters=named)["Parameters"]
        ssm.put_parameter(
            Name=place,
            Value=text,
            Type="SecureString",
            KeyId=found["KeyId"],  # else the account's default key takes over
            Overwrite=True,
        )


def use_key(site: Site, pair: Pair) -> None:
    """Sign with another key from now on."""
    from archlib.template.key_pairs import private_pem

    store_key(site, json.dumps({"keyPairId": pair.id, "privateKey": private_pem(pair.private)}))


@contextmanager
def keys_kept(site: Site) -> Iterator[None]:
    """Put group and key back as they were when the block ends."""
    group, text = trusted(site), stored_key(site)
    try:
        yield
    finally:
        trust(site, *group)
        store_key(site, text)


def remove_key(site: Site, key_id: str) -> str:
    """Delete a public key that no group holds; ``ok`` or the code of the refusal."""
    cloudfront: Any = site.operator("cloudfront")
    found = cloudfront.get_public_key(Id=key_id)
    return outcome(lambda: cloudfront.delete_public_key(Id=key_id, IfMatch=found["ETag"]))
