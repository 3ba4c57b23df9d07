"""botocore is the other half: what it sends we read back, what we write it reads back.

Operations of services of each protocol, with values made for their shapes by Hypothesis.
"""

from __future__ import annotations

import base64
import functools
import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archlib.local.protocols import Message, Services

SERVICES = Services()
#: Models of the sender's own: clients of other tests rewrite the paths in those they share.
LOADER = Loader()

#: protocol -> services whose models use its every trait.
COVERED = {
    "json": ("dynamodb", "cognito-idp", "kms", "sqs", "logs", "kinesis", "athena", "ecs"),
    "rest-json": ("lambda", "apigateway", "sesv2", "apigatewayv2", "iot", "efs", "backup"),
    "rest-xml": ("s3", "cloudfront", "route53"),
    "query": ("sns", "sts", "iam", "cloudformation", "ses", "rds", "elbv2", "autoscaling"),
    "ec2": ("ec2",),
    "smithy-rpc-v2-cbor": ("cloudwatch",),
}
CASES = [(protocol, service) for protocol, services in COVERED.items() for service in services]

#: What every protocol can carry: no control characters, no outer blanks, not empty.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=8
).map(lambda text: f"x{text}y")  # fmt: skip
#: What a header can carry.
TOKEN = st.text("abcXYZ019-_.", min_size=1, max_size=8)
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda when: when.replace(microsecond=0)
)
NUMBERS = st.integers(-(2**31), 2**31 - 1)
FLOATS = st.floats(-1e6, 1e6, allow_nan=False, width=32)


def values(shape: Any, depth: int = 3, *, header: bool = False) -> st.SearchStrategy[Any]:
    """Values of a shape as boto3 is given them; no empty containers, which some cannot tell."""
    scalars: dict[str, st.SearchStrategy[Any]] = {
        "string": TOKEN if header else TEXT,
        "character": TOKEN,
        "blob": st.binary(min_size=1, max_size=12),
        "timestamp": INSTANTS,
        "boolean": st.booleans(),
        "integer": NUMBERS,
        "long": NUMBERS,
        "float": FLOATS,
        "double": FLOATS,
    }
    if shape.type_name in scalars:
        if shape.serialization.get("jsonvalue"):
            return st.dictionaries(TOKEN, TOKEN, min_size=1, max_size=2)
        return scalars[shape.type_name]
    if shape.type_name == "list":
        return st.lists(values(shape.member, depth - 1, header=header), min_size=1, max_size=3)
    if shape.type_name == "map":
        return st.dictionaries(
            values(shape.key, 0, header=header).filter(bool),
            values(shape.value, depth - 1, header=header),
            min_size=1, max_size=3,
        )  # fmt: skip
    return structures(shape, depth)


def structures(shape: Any, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    if shape.is_document_type:
        return st.dictionaries(TOKEN, st.integers() | TEXT, min_size=1, max_size=2)
    members = {
        name: values(member, depth - 1, header="location" in member.serialization)
        for name, member in shape.members.items()
        if possible(member, depth - 1) and not member.serialization.get("eventstream")
        and member.serialization.get("location") != "statusCode"
    }  # fmt: skip
    if not members:
        return st.just({})
    names = sorted(members)
    chosen = st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)
    if shape.is_tagged_union:
        chosen = st.sampled_from(names).map(lambda name: [name])
    needed = [name for name in shape.required_members if name in members]
    return chosen.flatmap(
        lambda picked: st.fixed_dictionaries(
            {name: members[name] for name in dict.fromkeys((*needed, *picked))}
            if not shape.is_tagged_union
            else {name: members[name] for name in picked}
        )
    )


def possible(shape: Any, depth: int) -> bool:
    """Whether a value without empty structures fits into the depth."""
    if shape.type_name == "structure":
        return depth > 0 and any(possible(m, depth - 1) for m in shape.members.values())
    if shape.type_name == "list":
        return depth > 0 and possible(shape.member, depth - 1)
    if shape.type_name == "map":
        return depth > 0 and possible(shape.value, depth - 1)
    return True


#: A bucket of another kind, told apart by its host alone.
_BY_HOST = {"ListDirectoryBuckets"}


def operations(service: str) -> list[str]:
    model = SERVICES.model(service)
    return [
        name
        for name in model.operation_names
        if name not in _BY_HOST
        and not model.operation_model(name).deprecated
        and not model.operation_model(name).has_event_stream_input
        and not model.operation_model(name).has_event_stream_output
    ]


@functools.cache
def as_published(service: str) -> ServiceModel:
    return ServiceModel(LOADER.load_service_model(service, "service-2"), service)


def sent(service: str, protocol: str, name: str, params: dict[str, Any]) -> Message:
    """What botocore puts on the wire."""
    operation = as_published(service).operation_model(name)
    request = create_serializer(protocol, False).serialize_to_request(params, operation)
    context: dict[str, Any] = {"client_config": None}
    request.setdefault("headers", {})
    request["headers"] = dict(request["headers"])
    request["context"] = context
    prepare_request_dict(request, endpoint_url="https://service.test", user_agent="t")
    prepared = create_request_object(request).prepare()
    parts = urlsplit(prepared.url)
    body = prepared.body
    if isinstance(body, str):
        body = body.encode()
    elif body is None:
        body = b""
    elif hasattr(body, "read"):
        body = body.read()
    headers = [
        (name, value.decode() if isinstance(value, bytes) else str(value))
        for name, value in prepared.headers.items()
    ]
    if isinstance(request["body"], dict):
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        body = urlencode(request["body"]).encode()
    return Message.of(prepared.method, parts.path or "/", parts.query, headers, body)


def signing_name(service: str) -> str:
    metadata = SERVICES.model(service).metadata
    return str(metadata.get("signingName") or metadata["endpointPrefix"])


@pytest.mark.parametrize(("protocol", "service"), CASES)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_what_botocore_sends_is_read_back(protocol: str, service: str, data: st.DataObject) -> None:
    model = SERVICES.model(service)
    name = data.draw(st.sampled_from(operations(service)))
    operation = model.operation_model(name)
    shape = operation.input_shape
    params = {} if shape is None else data.draw(structures(shape, 4))
    message = sent(service, protocol, name, params)
    meant = SERVICES.find(message, signed_as=signing_name(service))
    assert meant is not None
    assert (meant.service, meant.operation.name) == (service, name)
    assert meant.protocol.name == protocol
    read = meant.protocol.read(meant.operation, meant.message)
    # HTTP's own header, which S3's model also has as a member.
    read.pop("ContentLength", None)
    params.pop("ContentLength", None)
    assert plain(read) == plain(params)


@pytest.mark.parametrize(("protocol", "service"), CASES)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_what_we_write_botocore_reads_back(
    protocol: str, service: str, data: st.DataObject
) -> None:
    model = SERVICES.model(service)
    name = data.draw(st.sampled_from(operations(service)))
    operation = model.operation_model(name)
    shape = operation.output_shape
    result = {} if shape is None else data.draw(structures(shape, 4))
    answer = SERVICES.protocol(service, protocol).write(operation, result, "request-1")
    parsed = parse(protocol, answer, shape)
    metadata = parsed.pop("ResponseMetadata")
    if protocol != "smithy-rpc-v2-cbor" or shape is not None:  # else botocore does not look
        assert metadata.get("RequestId") == "request-1"
    for one, member in shape.members.items() if shape is not None else ():
        # A map of headers is always there for botocore, be it empty.
        if member.serialization.get("location") == "headers" and one not in result:
            assert parsed.pop(one, {}) == {}
        # So is a payload.
        if one == shape.serialization.get("payload") and one not in result:
            parsed.pop(one, None)
    assert plain(parsed) == plain(result)


def parse(protocol: str, answer: Any, shape: Any) -> dict[str, Any]:
    payload = None if shape is None else shape.serialization.get("payload")
    streamed = payload and shape.members[payload].type_name in ("blob", "string")
    response = {
        "body": io.BytesIO(answer.body) if streamed else answer.body,
        "headers": HeadersDict(answer.headers),
        "status_code": answer.status,
    }
    parsed: dict[str, Any] = create_parser(protocol).parse(response, shape)
    if streamed:
        body = parsed[payload].read()
        parsed[payload] = body if shape.members[payload].type_name == "blob" else body.decode()
    return parsed


def plain(value: Any) -> Any:
    """As it compares: instants in UTC, blobs as base64, floats rounded as JSON rounds them."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return value


ERRORS = [
    ("dynamodb", "json", "ConditionalCheckFailedException", 400, {"Item": {"id": {"S": "1"}}}),
    ("lambda", "rest-json", "ResourceNotFoundException", 404, {"Type": "User"}),
    ("cloudfront", "rest-xml", "NoSuchDistribution", 404, {}),
    ("s3", "rest-xml", "NoSuchBucket", 404, {}),
    ("iam", "query", "NoSuchEntity", 404, {}),
    ("ec2", "ec2", "InvalidInstanceID.NotFound", 400, {}),
    ("cloudwatch", "smithy-rpc-v2-cbor", "ResourceNotFoundException", 404, {}),
]


@pytest.mark.parametrize(("service", "protocol", "code", "status", "fields"), ERRORS)
def test_botocore_reads_every_protocols_refusal(
    service: str, protocol: str, code: str, status: int, fields: dict[str, Any]
) -> None:
    from archlib.local.protocols import Failure

    model = SERVICES.model(service)
    failure = Failure(code, "no <such> & thing", status, "", fields, fields)
    answer = SERVICES.protocol(service, protocol).refuse(model, failure, "request-2")
    assert answer.status == status
    parsed = parse(protocol, answer, None)
    assert parsed["Error"]["Message"] == "no <such> & thing"
    assert parsed["Error"]["Code"] == code
    assert parsed["ResponseMetadata"]["RequestId"] == "request-2"
    if fields:
        shape = model.shape_for_error_code(code)
        modeled = parse(protocol, answer, shape)
        assert {name: modeled[name] for name in fields} == fields


def test_a_former_query_service_tells_both_codes() -> None:
    from archlib.local.protocols import Failure

    response = {
        "Error": {
            "Code": "AWS.SimpleQueueService.NonExistentQueue",
            "Message": "gone",
            "QueryErrorCode": "QueueDoesNotExist",
        },
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    failure = Failure.of_response(response)
    answer = SERVICES.protocol("sqs").refuse(SERVICES.model("sqs"), failure, "request-3")
    parsed = parse("json", answer, None)
    assert parsed["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert parsed["Error"]["QueryErrorCode"] == "QueueDoesNotExist"
