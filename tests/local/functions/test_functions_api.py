"""The Invoke API: types, limits, log tail, refusals; and the planes' way in."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import Unsupported
from archlib.local.functions import InvokeDenied, ServiceInvoker
from archlib.local.refusal import ApiRefusal

ECHO = "def handler(event, context): return event"


def code_of(error: Any) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_the_answer_of_a_synchronous_invocation(lab: Any) -> None:
    lab.function("def handler(e, c): print('hello'); return e")
    answer = lab.call({"a": 1}, LogType="Tail")
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.startswith("START RequestId: ")
    assert "hello\nEND RequestId: " in log
    assert "LogResult" not in lab.call()


def test_the_tail_is_the_last_four_kilobytes(lab: Any) -> None:
    lab.function("def handler(e, c):\n    for i in range(1000): print('line', i)")
    log = base64.b64decode(lab.call(LogType="Tail")["LogResult"])
    assert len(log) == 4096
    assert b"line 999\nEND" in log


def test_a_dry_run_does_not_run(lab: Any) -> None:
    lab.function("def handler(e, c): raise RuntimeError")
    answer = lab.call(InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert answer["Payload"].read() == b""
    assert lab.cloud.trace.hops[-1].status == 204
    assert "cold" not in lab.cloud.trace.hops[-1].detail


@pytest.mark.parametrize(
    "name",
    [
        "f",
        "f:$LATEST",
        "123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f:1",
    ],
)
def test_the_forms_of_a_function_name(lab: Any, name: str) -> None:
    lab.function(ECHO, Publish=True)
    assert lab.invoke(5, name) == 5


def test_payloads_may_be_text_bytes_or_files(lab: Any) -> None:
    lab.function(ECHO)
    for payload in ('{"a": 1}', b'{"a": 1}', io.BytesIO(b'{"a": 1}')):
        answer = lab.client.invoke(FunctionName="f", Payload=payload)
        assert json.loads(answer["Payload"].read()) == {"a": 1}


def test_unknown_functions_and_qualifiers(lab: Any) -> None:
    lab.function(ECHO)
    for options in ({"FunctionName": "none"}, {"FunctionName": "f", "Qualifier": "9"}):
        with pytest.raises(ClientError) as error:
            lab.client.invoke(**options)
        assert code_of(error) == ("ResourceNotFoundException", 404)
    assert error.value.response["Error"]["Message"] == f"Function not found: {lab.arn()}:9"
    with pytest.raises(ClientError) as error:
        lab.client.invoke(FunctionName="f:1", Qualifier="2")
    assert code_of(error)[0] == "InvalidParameterValueException"


def test_a_payload_that_is_not_json(lab: Any) -> None:
    lab.function(ECHO)
    for kind in ("RequestResponse", "Event"):
        with pytest.raises(lab.client.exceptions.InvalidRequestContentException, match="parse"):
            lab.client.invoke(FunctionName="f", Payload=b"{oops", InvocationType=kind)


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)])
def test_payload_limits(lab: Any, kind: str, limit: int) -> None:
    lab.function("def handler(event, context): return len(event)")
    fits = json.dumps("x" * (limit - 2)).encode()
    lab.client.invoke(FunctionName="f", Payload=fits, InvocationType=kind)
    with pytest.raises(ClientError) as error:
        lab.client.invoke(FunctionName="f", Payload=fits + b" ", InvocationType=kind)
    assert code_of(error) == ("RequestTooLargeException", 413)
    assert error.value.response["Error"]["Message"] == (
        f"{limit + 1} byte payload is too large for the {kind} invocation type "
        f"(limit {limit} bytes)"
    )


def test_client_context_must_be_base64_json(lab: Any) -> None:
    lab.function(ECHO)
    for given in ("not base64!", base64.b64encode(b"[]").decode(), "e30=" * 1000):
        with pytest.raises(ClientError) as error:
            lab.call(ClientContext=given)
        assert code_of(error)[0] == "InvalidRequestContentException"


def test_reserved_concurrency_zero_throttles(lab: Any) -> None:
    lab.function(ECHO)
    lab.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(lab.client.exceptions.TooManyRequestsException) as error:
        lab.call()
    assert code_of(error) == ("TooManyRequestsException", 429)
    assert error.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert lab.client.get_function(FunctionName="f")["Concurrency"] == {
        "ReservedConcurrentExecutions": 0
    }
    with pytest.raises(ApiRefusal, match="Rate Exceeded"):
        lab.run()
    assert lab.cloud.trace.hops[-1].status == 429
    lab.client.delete_function_concurrency(FunctionName="f")
    assert lab.invoke(1) == 1


def test_reserved_concurrency_counts_nested_invocations(lab: Any) -> None:
    lab.function("""
        import boto3
        def handler(e, c):
            try:
                boto3.client("lambda").invoke(FunctionName="f")
            except Exception as error:
                return error.response["Error"]["Code"]
    """)
    lab.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    assert lab.invoke() == "TooManyRequestsException"


def test_the_service_principal_needs_the_functions_policy(guarded: Any) -> None:
    lab = guarded
    lab.function(ECHO)
    with pytest.raises(InvokeDenied, match=r"lambda:InvokeFunction on resource: arn:aws:lambda"):
        lab.run()
    hop = lab.cloud.trace.hops[-1]
    assert (hop.status, hop.error) == (403, "AccessDeniedException")
    assert "cold" not in hop.detail
    lab.client.add_permission(
        FunctionName="f", StatementId="api", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn="arn:aws:execute-api:us-east-1:123456789012:api/*/GET/x",
    )  # fmt: skip
    result = lab.run({"a": 1})
    assert (result.payload, result.function_error, result.status) == (b'{"a": 1}', None, 200)
    other = ServiceInvoker(
        "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:123456789012:other/prod/GET/x"
    )
    for kind in ("RequestResponse", "Event"):
        with pytest.raises(InvokeDenied):
            lab.runtime.invoke(lab.arn(), {}, invoker=other, invocation_type=kind)
        assert lab.cloud.trace.hops[-1].status == 403
    lab.client.remove_permission(FunctionName="f", StatementId="api")
    with pytest.raises(InvokeDenied):
        lab.run()


def test_the_policy_of_a_bucket_event_may_name_the_account(guarded: Any) -> None:
    lab = guarded
    lab.function(ECHO)
    lab.client.add_permission(
        FunctionName="f", StatementId="s3", Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::photos",
        SourceAccount="123456789012",
    )  # fmt: skip
    photos = ServiceInvoker("s3.amazonaws.com", "arn:aws:s3:::photos")
    assert lab.runtime.invoke(lab.arn(), b"1", invoker=photos).payload == b"1"
    foreign = ServiceInvoker(
        "s3.amazonaws.com", "arn:aws:s3:::photos", source_account="999999999999"
    )
    with pytest.raises(InvokeDenied):
        lab.runtime.invoke(lab.arn(), b"1", invoker=foreign)


def test_a_permission_on_an_alias_is_for_the_alias_only(guarded: Any) -> None:
    lab = guarded
    lab.function(ECHO, Publish=True)
    lab.client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    lab.client.add_permission(
        FunctionName="f", Qualifier="live", StatementId="api", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )  # fmt: skip
    api = ServiceInvoker("apigateway.amazonaws.com")
    result = lab.runtime.invoke(lab.arn() + ":live", b"1", invoker=api)
    assert result.executed_version == "1"
    assert lab.cloud.trace.hops[-1].target == lab.arn()
    with pytest.raises(InvokeDenied):
        lab.runtime.invoke(lab.arn(), b"1", invoker=api)


def test_a_function_may_invoke_another_only_if_its_role_may(guarded: Any) -> None:
    lab = guarded
    lab.function(ECHO, "target")
    lab.function("""
        import boto3
        def handler(e, c):
            return boto3.client("lambda").invoke(FunctionName="target")["StatusCode"]
    """)
    error = lab.fail()
    assert "(AccessDeniedException)" in error["errorMessage"]
    assert (
        "assumed-role/role/f is not authorized to perform: lambda:InvokeFunction"
        in (error["errorMessage"])
    )
    lab.allow("lambda:InvokeFunction", resource=lab.arn("target"))
    assert lab.invoke() == 200


def test_motos_own_way_in_reaches_the_runtime(lab: Any) -> None:
    lab.function("def handler(e, c): raise ValueError('real')")
    raw = lab.cloud.raw("lambda")
    answer = raw.invoke(FunctionName="f", Payload=b"{}", LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorMessage"] == "real"
    assert b"START" in base64.b64decode(answer["LogResult"])


def notify(lab: Any) -> Any:
    s3 = lab.cloud.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": lab.arn(), "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    )
    return s3


def test_motos_triggers_are_queued(guarded: Any) -> None:
    lab = guarded
    lab.allow("logs:*")
    lab.function("def handler(e, c): print(e['Records'][0]['s3']['object']['key'])")
    s3 = notify(lab)
    s3.put_object(Bucket="photos", Key="dog.jpg", Body=b"bark")
    denied = lab.cloud.trace.hops[-1]
    assert (denied.source, denied.status) == ("arn:aws:s3:::photos", 403)
    lab.client.add_permission(
        FunctionName="f", StatementId="s3", Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::photos",
    )  # fmt: skip
    s3.put_object(Bucket="photos", Key="cat.jpg", Body=b"meow")
    assert "cat.jpg\n" in lab.lines()
    hop = lab.cloud.trace.hops[-1]
    assert (hop.source, hop.principal) == ("arn:aws:s3:::photos", "s3.amazonaws.com")


def test_a_log_subscription_reaches_the_function(lab: Any) -> None:
    lab.function("def handler(e, c): print('data', len(e['awslogs']['data']) > 20)")
    logs = lab.cloud.raw("logs")
    logs.create_log_group(logGroupName="web")
    logs.create_log_stream(logGroupName="web", logStreamName="s")
    logs.put_subscription_filter(
        logGroupName="web", filterName="all", filterPattern="", destinationArn=lab.arn()
    )
    now = int(lab.cloud.clock.time() * 1000)
    lab.cloud.client("logs").put_log_events(
        logGroupName="web", logStreamName="s", logEvents=[{"timestamp": now, "message": "hit"}]
    )
    assert "data True\n" in lab.lines()
    assert lab.cloud.trace.hops[-1].principal == "logs.amazonaws.com"


def test_made_up_triggers_are_refused(lab: Any) -> None:
    lab.function("def handler(e, c): pass")
    sns = lab.cloud.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=lab.arn())
    with pytest.raises(Unsupported, match="trigger"):
        sns.publish(TopicArn=topic, Message="m")


def test_motos_invoke_is_put_back() -> None:
    from moto.awslambda.models import LambdaFunction

    from archlib.local.cloud import LocalCloud

    original = LambdaFunction.invoke
    with LocalCloud(planes=("archlib.local.functions:FunctionRuntime",)):
        assert LambdaFunction.invoke is not original
    assert LambdaFunction.invoke is original
