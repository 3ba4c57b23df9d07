"""Distributing paid content as components and connections.

Two serverless applications, as the text has them: one keeps premium members and what they bought,
the other signs links. Videos lie in a bucket that only CloudFront may read, and CloudFront
answers only to links that bear a signature; the signature is made with a private key that the
signing function fetches.

What the picture leaves out and the text needs: who says that somebody paid. It is the payment
provider, with a role of its own and signed requests (IAM authorization); were it the browser,
members could declare themselves premium. And the place where the private key is kept.
"""

from __future__ import annotations

from pathlib import Path

from archlib.architecture.model import Architecture, Arrow, Connection
from archlib.architecture.values import REGION, Output
from archlib.components import (
    Behavior,
    Browser,
    Bucket,
    Caching,
    Cors,
    Distribution,
    EncryptionKey,
    Function,
    Layer,
    Partner,
    RestApi,
    SigningKey,
    Table,
    UserDirectory,
)
from archlib.components.cdn import ACCESS
from archlib.components.keys import STORES
from archlib.errors import UsageError
from archlib.scenarios.paid_content.requirements import REQUIREMENTS
from archlib.scenarios.paid_content.routes import LINK_ROUTES, MEMBER_ROUTES, PAY
from archlib.scenarios.part import Part

FUNCTIONS = Path(__file__).parent / "functions"
LINKS = ("cloudfront", "s3")

CRYPTOGRAPHY = Layer(
    ("cryptography", "cffi", "pycparser"),
    "The library that signs, which Lambda's runtime lacks",
    platform="manylinux_2_28_x86_64",
)

VIDEOS = Caching("Videos", minimum=86_400, default=2_592_000, maximum=31_536_000)
"""A video never changes; another cut is another id."""

GRID = """
.           VideoBucket  VideoEdge       SigningKey
Client      LinkApi      LinkFunction    SealingKey
.           Directory    MemberTable     .
Provider    MemberApi    MemberFunction  .
"""


def architecture(
    *, access: str = "oai", links: str = "cloudfront", store: str = "secret"
) -> Architecture:
    """The design.

    ``access`` is how the distribution proves itself to its bucket: ``oai`` as the picture shows
    it, or ``oac`` as AWS recommends. With ``links="s3"`` there is no distribution and no key:
    links are S3's presigned URLs. ``store`` is where the private key is kept: ``secret`` (Secrets
    Manager) or ``parameter`` (Systems Manager). Raises :class:`UsageError` for other values.
    """
    choices = (
        ("access", access, ACCESS),
        ("links", links, LINKS),
        ("store", store, STORES),
    )
    for name, value, known in choices:
        if value not in known:
            raise UsageError(f"{name}={value!r} is not offered", hint=f"one of {', '.join(known)}")
    client = Browser("Client", "Client")
    provider = Partner("Provider", "Payment provider")
    directory = UserDirectory("Directory", "Amazon Cognito")
    bucket = Bucket("VideoBucket", "Amazon S3", purpose="The videos; nobody fetches them here")
    table = Table("MemberTable", "DynamoDB", partition_key="pk", sort_key="sk")
    link_api = RestApi(
        "LinkApi",
        "Amazon API Gateway\n(signed URL)",
        description="Links for those who paid",
        cors=Cors(),
    )
    link = Function(
        "LinkFunction",
        "AWS Lambda\n(signed URL)",
        code=FUNCTIONS / "links",
        layer=CRYPTOGRAPHY if links == "cloudfront" else None,
        memory=512,
        description="Verifies that the caller paid, and signs a link that lives five minutes",
    )
    member_api = RestApi(
        "MemberApi",
        "Amazon API Gateway\n(premium users)",
        description="Members, what they paid and what they bought",
        cors=Cors(),
    )
    member = Function(
        "MemberFunction",
        "AWS Lambda\n(premium users)",
        code=FUNCTIONS / "members",
        description="Registers, reads, changes and deletes members, and takes payments in",
    )
    delivery = (_signed if links == "cloudfront" else _presigned)(
        client, link, bucket, access, store
    )
    return Architecture(
        name="paid-content",
        title="Distributing paid content",
        description=(
            "Videos for those who paid: premium members in DynamoDB, links that live five "
            "minutes, and no server"
        ),
        components=(
            client, provider, directory, link_api, link, *delivery.components, bucket, member_api,
            member, table,
        ),
        connections=(
            client.authenticates_with(directory),
            client.calls(link_api, label="query for URL", arrow=Arrow.FORWARD),
            link_api.answers(client, label="signed URL"),
            link_api.verifies_with(directory, label="verify auth"),
            link_api.invokes(link, routes=LINK_ROUTES),
            link.reads(
                table,
                operations=("GetItem",),
                arrow=Arrow.BOTH,
                dashed=True,
                label="verify premium user",
            ),
            client.calls(member_api),
            provider.calls(member_api, signed=(PAY,), label="payments, signed"),
            member_api.verifies_with(directory, label="verify auth"),
            member_api.invokes(member, routes=MEMBER_ROUTES),
            member.reads_and_writes(table, label="query / read", operations=MEMBER_OPERATIONS),
            *delivery.connections,
        ),
        requirements=REQUIREMENTS,
        grid=GRID if links == "cloudfront" else None,
        outputs=(
            Output("LinkApiUrl", "Base URL of the API that signs links", link_api.url),
            Output("MemberApiUrl", "Base URL of the premium users' API", member_api.url),
            Output("UserPoolId", "User pool that viewers sign in with", directory.pool_id),
            Output("UserPoolClientId", "The app's client id in that pool", directory.client_id),
            Output("ProviderRoleArn", "Role of the payment provider", provider.role_arn),
            Output("VideoBucketName", "Bucket of the videos", bucket.bucket_name),
            Output("TableName", "Table of members, videos and purchases", table.table_name),
            Output("LinkFunctionName", "Function that signs links", link.function_name),
            Output("MemberFunctionName", "Function of the members", member.function_name),
            *delivery.outputs,
            Output("Region", "Region of all of it", REGION),
        ),
    )  # fmt: skip


MEMBER_OPERATIONS = (
    "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem",
)  # fmt: skip


def _signed(client: Browser, link: Function, bucket: Bucket, access: str, store: str) -> Part:
    edge = Distribution(
        "VideoEdge",
        "CloudFront\nglobal distribution",
        behaviors=(Behavior("*", VIDEOS, private=True),),
        headers=True,
        description="The videos, for links that bear a signature",
    )
    key = SigningKey("SigningKey", _KEPT[store], store=store)
    sealing = EncryptionKey("SealingKey", "AWS KMS", purpose="Encrypts the private key")
    return Part(
        components=(edge, key, sealing),
        connections=(
            link.fetches(key, sealed_by=sealing),
            key.sealed_by(sealing),
            link.signs_links_to(
                edge,
                label="generate CloudFront signed URL with the SDK",
                note="expiration: 5 minutes",
            ),
            edge.trusts(key),
            client.browses(edge, label="use signed URL"),
            edge.reaches(bucket, access=access, note=ACCESS[access].note),
        ),
        outputs=(
            Output("ContentUrl", "Where videos are fetched, with a signature", edge.url),
            Output("DistributionId", "The distribution's id", edge.distribution_id),
            Output("KeyPairId", "The public key that checks signatures", key.key_pair_id),
            Output("KeyGroupId", "The keys that the distribution trusts", key.group),
            Output("KeyPlace", "Where the private key is kept", key.place),
        ),
    )


_KEPT = {
    "secret": "AWS Secrets Manager\n(private key)",
    "parameter": "AWS Systems Manager\n(private key)",
}


def _presigned(client: Browser, link: Function, bucket: Bucket, access: str, store: str) -> Part:
    connections: tuple[Connection, ...] = (
        link.presigns_for(bucket, prefix="videos/"),
        client.downloads_from(bucket),
    )
    return Part(components=(), connections=connections, outputs=())


__all__ = ["LINK_ROUTES", "MEMBER_ROUTES", "architecture"]
