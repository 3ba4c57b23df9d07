"""Lines to copy into a shell: how clients are led to a served cloud, and first things to ask.

Names come from templates and from whoever deployed them, so every one is quoted for the shell.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archlib.local.network import is_loopback

if TYPE_CHECKING:
    from archlib.local.served.serving import ServedCloud

#: Resource type -> what one asks first of such a resource; ``{id}`` is its physical id.
FIRST_QUESTIONS: Mapping[str, str] = {
    "AWS::Cognito::UserPool": "aws cognito-idp list-users --user-pool-id {id}",
    "AWS::DynamoDB::GlobalTable": "aws dynamodb scan --table-name {id}",
    "AWS::DynamoDB::Table": "aws dynamodb scan --table-name {id}",
    "AWS::Events::EventBus": "aws events list-rules --event-bus-name {id}",
    "AWS::Kinesis::Stream": "aws kinesis describe-stream-summary --stream-name {id}",
    "AWS::Lambda::Function": "aws lambda invoke --function-name {id} /dev/stdout",
    "AWS::Logs::LogGroup": "aws logs filter-log-events --log-group-name {id}",
    "AWS::S3::Bucket": "aws s3 ls --recursive s3://{id}",
    "AWS::SNS::Topic": "aws sns list-subscriptions-by-topic --topic-arn {id}",
    "AWS::SQS::Queue": "aws sqs receive-message --queue-url {id}",
    "AWS::SecretsManager::Secret": "aws secretsmanager describe-secret --secret-id {id}",
}


def reach(served: ServedCloud) -> str:
    """From where a served cloud can be reached, in words."""
    # 0.0.0.0 is this machine to whoever connects, and every network to whoever listens.
    if is_loopback(served.address) and not ip_address(served.address).is_unspecified:
        return "reachable from this machine only"
    return "OPEN TO THE NETWORK: whoever reaches it and knows the keys below may do everything"


def environment(served: ServedCloud) -> tuple[str, ...]:
    """What leads boto3, the AWS CLI and other AWS clients to a served cloud."""
    keys = served.credentials
    return (
        f"export AWS_ENDPOINT_URL={shlex.quote(served.endpoint)}",
        f"export AWS_ACCESS_KEY_ID={shlex.quote(keys.access_key)}",
        f"export AWS_SECRET_ACCESS_KEY={shlex.quote(keys.secret_key)}",
        f"export AWS_DEFAULT_REGION={shlex.quote(served.region)}",
    )


def first_steps() -> tuple[str, ...]:
    """First calls that fit any cloud."""
    return (
        "aws sts get-caller-identity",
        "aws iam create-user --user-name you && aws iam create-access-key --user-name you",
    )


def by_proxy(served: ServedCloud) -> tuple[str, ...]:
    """How clients that know a proxy reach the real host names; nothing without TLS."""
    if served.tls_endpoint is None:
        return ()
    endpoint, ca = shlex.quote(served.endpoint), shlex.quote(str(served.ca_file))
    return (
        f"HTTPS_PROXY={endpoint} AWS_CA_BUNDLE={ca} aws --region {shlex.quote(served.region)} "
        "s3 ls",
        f"curl --proxy {endpoint} --cacert {ca} https://...",
    )


def local_url(served: ServedCloud, address: str) -> str | None:
    """An address of the cloud as any client of this machine reaches it; None for another."""
    try:
        parts = urlsplit(address)
        local = local_name(parts.hostname or "")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or local is None:
        return None
    query = f"?{parts.query}" if parts.query else ""
    return f"http://{local}:{served.port}{parts.path or '/'}{query}"


def curl(url: str) -> str:
    """The line that asks an address."""
    return f"curl -i {shlex.quote(url)}"


def first_question(kind: str, physical_id: str) -> str | None:
    """The line that asks a resource of a type; None where there is none for it."""
    line = FIRST_QUESTIONS.get(kind)
    return None if line is None else line.format(id=shlex.quote(physical_id))


def local_name(host: str) -> str | None:
    """The name below ``localhost`` for a host of the cloud; None for another service's."""
    if ".execute-api." in host:
        return f"{host.partition('.')[0]}.execute-api.localhost"
    if host.endswith(".cloudfront.net"):
        return f"{host.partition('.')[0]}.cloudfront.localhost"
    if ".s3-website" in host:
        return f"{host.partition('.s3-website')[0]}.s3-website.localhost"
    if host.endswith(".amazonaws.com") and ".s3." in host:
        return f"{host.partition('.s3.')[0]}.s3.localhost"
    return None
