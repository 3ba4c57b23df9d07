"""The tables of names are what botocore's models say."""

from __future__ import annotations

import pytest

from archlib.local.protocols import Message, Services, endpoint
from archlib.local.protocols.directory import ENDPOINTS, SIGNED_AS, TARGETS, VERSIONS

SERVICES = Services()
TABLES = {"signed": SIGNED_AS, "target": TARGETS, "version": VERSIONS, "endpoint": ENDPOINTS}


def named(table: str, service: str) -> str:
    metadata = SERVICES.model(service).metadata
    return str(
        {
            "signed": metadata.get("signingName") or metadata["endpointPrefix"],
            "target": metadata.get("targetPrefix"),
            "version": metadata["apiVersion"],
            "endpoint": metadata["endpointPrefix"],
        }[table]
    )


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_the_tables_are_the_models(table: str) -> None:
    wrong = [
        (name, service, named(table, service))
        for name, services in TABLES[table].items()
        for service in services
        if named(table, service) != name
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("target", "service"),
    [("DynamoDB_20120810.PutItem", "dynamodb"), ("AmazonSQS.SendMessage", "sqs")],
)
def test_a_target_names_the_service_without_a_signature(target: str, service: str) -> None:
    message = Message.of("POST", "/", "", [("X-Amz-Target", target)], b"{}")
    meant = SERVICES.find(message)
    assert meant is not None
    assert meant.service == service


def test_version_and_host_tell_services_of_one_signature_apart() -> None:
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    body = b"Action=DescribeLoadBalancers&Version="
    for version, service in ((b"2012-06-01", "elb"), (b"2015-12-01", "elbv2")):
        message = Message.of("POST", "/", "", form, body + version)
        meant = SERVICES.find(message, signed_as="elasticloadbalancing")
        assert meant is not None
        assert meant.service == service
    message = Message.of("GET", "/v2/email/identities/a.org", "", [], b"")
    meant = SERVICES.find(message, host="email.eu-west-1.amazonaws.com")
    assert meant is not None
    assert (meant.service, meant.operation.name) == ("sesv2", "GetEmailIdentity")


@pytest.mark.parametrize(
    ("host", "services", "region"),
    [
        ("dynamodb.eu-west-1.amazonaws.com", ("dynamodb",), "eu-west-1"),
        ("123456789012.ddb.us-east-1.amazonaws.com", ("dynamodb",), "us-east-1"),
        ("123456789012.streams-ddb.us-east-1.amazonaws.com", ("dynamodbstreams",), "us-east-1"),
        ("streams.dynamodb.us-east-1.amazonaws.com", ("dynamodbstreams",), "us-east-1"),
        ("kms-fips.us-east-1.amazonaws.com", ("kms",), "us-east-1"),
        ("iam.amazonaws.com", ("iam",), None),
        ("lambda.us-east-1.api.aws", ("lambda",), "us-east-1"),
        ("example.com", (), None),
    ],
)
def test_endpoints_name_their_service(
    host: str, services: tuple[str, ...], region: str | None
) -> None:
    assert endpoint(host) == (services, region)
