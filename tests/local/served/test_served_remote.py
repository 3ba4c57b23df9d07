"""A served cloud as the place where a template is judged: entered, used, left."""

from __future__ import annotations

import io
import json
import os
import socket
import textwrap
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import httpx
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from archlib.errors import ArchlibError, NetworkBlocked, Unsupported, UsageError
from archlib.local import LocalCloud
from archlib.local.geography import client_in
from archlib.verify.remote import RemoteCloud

#: A counter that reads, then writes: whoever reads before another has written loses that update.
COUNTER = """
    import boto3
    def handler(event, context):
        table = boto3.resource("dynamodb").Table("counts")
        before = table.get_item(Key={"pk": "n"}).get("Item", {}).get("n", 0)
        table.put_item(Item={"pk": "n", "n": before + 1})
        return {"statusCode": 200, "body": str(before + 1)}
"""


@pytest.fixture
def cloud(own_server: Any) -> Iterator[RemoteCloud]:
    with RemoteCloud(own_server.endpoint, reset=True) as entered:
        yield entered


def counting(cloud: Any) -> str:
    """An API in front of the counter; its URL."""
    cloud.client("dynamodb").create_table(
        TableName="counts", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
             "Action": "sts:AssumeRole"}  # fmt: skip
    allow = {"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}
    iam = cloud.client("iam")
    role = iam.create_role(
        RoleName="counter",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="counter", PolicyName="p", PolicyDocument=document)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", textwrap.dedent(COUNTER))
    arn = cloud.client("lambda").create_function(
        FunctionName="counter", Runtime="python3.12", Handler="app.handler", Role=role,
        Code={"ZipFile": buffer.getvalue()},
    )["FunctionArn"]  # fmt: skip
    cloud.client("lambda").add_permission(
        FunctionName="counter", StatementId="api", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )  # fmt: skip
    gateway = cloud.client("apigateway")
    api = gateway.create_rest_api(name="counts")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    where = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    gateway.put_method(**where, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    gateway.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="prod")
    return f"https://{api}.execute-api.us-east-1.amazonaws.com/prod/"


# -- the process inside and afterwards -----------------------------------------------------------


def test_the_process_is_what_it_was_afterwards(
    own_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "REQUESTS_CA_BUNDLE", "https_proxy", "AWS_ACCESS_KEY_ID"):
        monkeypatch.setenv(name, "mine")
    environment, session = dict(os.environ), boto3.DEFAULT_SESSION
    seams = [socket.socket.connect, socket.getaddrinfo, httpx.HTTPTransport.handle_request]
    with RemoteCloud(own_server.endpoint, reset=True) as cloud:
        assert "AWS_PROFILE" not in os.environ
        assert boto3.client("sts").get_caller_identity()["Arn"] == cloud.administrator
        cloud.clock.advance(days=400)
        assert abs(time.time() - cloud.clock.time()) < 2
    assert dict(os.environ) == environment
    assert boto3.DEFAULT_SESSION is session
    assert seams == [
        socket.socket.connect, socket.getaddrinfo, httpx.HTTPTransport.handle_request
    ]  # fmt: skip
    assert abs(time.time() - own_server.own("GET", "clock")["now"]) < 100


def test_nothing_but_this_machine_is_reached(cloud: RemoteCloud) -> None:
    with socket.socket() as plain, pytest.raises(NetworkBlocked):
        plain.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkBlocked):
        socket.getaddrinfo("example.com", 443)
    with pytest.raises(requests.ConnectionError):
        requests.get("https://example.com/", timeout=5)
    with pytest.raises(requests.ConnectionError):
        requests.get("http://example.com/", timeout=5)
    with pytest.raises(httpx.HTTPError):
        httpx.get("http://example.com/")


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:80", "https://127.0.0.1:1", "127.0.0.1:4566", "http://[", "x"]
)
def test_only_a_cloud_of_this_machine_is_asked(url: str) -> None:
    with pytest.raises(UsageError):
        RemoteCloud(url)


def test_where_no_cloud_is_served(own_server: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UsageError, match="no served cloud answers"), RemoteCloud(nobody):
            pass
    elsewhere = f"{own_server.endpoint}/prod"
    with pytest.raises(UsageError, match="not where a cloud is served"):
        RemoteCloud(elsewhere)


def test_not_inside_a_local_cloud(own_server: Any) -> None:
    with (
        LocalCloud(planes=()),
        pytest.raises(ArchlibError, match="a local cloud is active"),
        RemoteCloud(own_server.endpoint),
    ):
        pass


# -- emptying ------------------------------------------------------------------------------------


def test_an_emptied_cloud_begins_anew(own_server: Any) -> None:
    ids = []
    for _ in range(2):
        own_server.own("POST", "reset", json={"force": True})
        now = own_server.own("GET", "clock")
        assert now["advanced"] == 0
        assert own_server.own("GET", "trace/mark") == {"mark": 0}
        # The same seed, and as many calls before it: the same id.
        gateway = own_server.client("apigateway")
        ids.append(gateway.create_rest_api(name="a")["id"])
        assert [one["id"] for one in gateway.get_rest_apis()["items"]] == ids[-1:]
        own_server.own("POST", "clock", json={"advance": 86_400, "at_once": True})
    assert ids[0] == ids[1]


def test_whose_cloud_is_emptied(own_server: Any) -> None:
    body = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    own_server.own("POST", "reset", json={"force": True})
    client = own_server.client("cloudformation")
    client.describe_stacks()
    assert own_server.own("POST", "reset", json={}) == {"empty": True}
    client.create_stack(StackName="mine", TemplateBody=body)
    far = own_server.client("cloudformation", region_name="eu-west-1")
    far.create_stack(StackName="yours", TemplateBody=body)
    refused = own_server.own("POST", "reset", json={"own": ["mine"]})
    assert "holds stack yours in eu-west-1" in refused["error"]
    assert "--reset" in refused["hint"]
    assert "mine in us-east-1, yours in eu-west-1" in own_server.own("POST", "reset")["error"]
    assert [s["StackName"] for s in client.describe_stacks()["Stacks"]] == ["mine"]
    assert "error" in own_server.own("POST", "reset", json={"own": "mine"})
    far.delete_stack(StackName="yours")
    assert own_server.own("POST", "reset", json={"own": ["mine"]}) == {"empty": True}
    assert client.describe_stacks()["Stacks"] == []


def test_what_somebody_made_meanwhile_stays(own_server: Any) -> None:
    body = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    client = own_server.client("cloudformation")
    with RemoteCloud(own_server.endpoint, reset=True):
        pass
    with RemoteCloud(own_server.endpoint):
        client.create_stack(StackName="guest", TemplateBody=body)
    assert [s["StackName"] for s in client.describe_stacks()["Stacks"]] == ["guest"]
    with pytest.raises(UsageError, match="guest"), RemoteCloud(own_server.endpoint):
        pass


def test_a_page_of_another_origin_empties_nothing(own_server: Any) -> None:
    for path in ("reset", "rounds"):
        answer = requests.post(
            f"{own_server.endpoint}/_archlib/{path}", json={"force": True}, timeout=5,
            headers={"Origin": "https://example.com"},
        )  # fmt: skip
        assert answer.status_code == 403


# -- what clients say of themselves --------------------------------------------------------------


def test_time_is_carried_along(cloud: RemoteCloud) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="time")
    s3.put_object(Bucket="time", Key="k", Body=b"x")
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": "time", "Key": "k"}, ExpiresIn=300
    )
    before = time.time()
    cloud.clock.advance(seconds=240)
    assert requests.get(url, timeout=10).content == b"x"
    cloud.clock.advance(seconds=61)
    assert requests.get(url, timeout=10).status_code == 403
    cloud.clock.advance(days=30)
    assert 30 * 86_400 + 301 <= time.time() - before < 30 * 86_400 + 400
    # Thirty days after it was made, a client's signature is as good as ever.
    assert s3.list_buckets()["Buckets"][0]["Name"] == "time"
    last = s3.get_object(Bucket="time", Key="k")["LastModified"]
    assert (datetime.now(UTC) - last).days == 30


def test_clients_of_real_time_are_heeded_as_ever(own_server: Any) -> None:
    own_server.own("POST", "reset", json={"force": True})
    own_server.own("POST", "clock", json={"advance": 2 * 86_400})
    assert own_server.client("sts").get_caller_identity()["Account"] == "123456789012"
    keys = Credentials(*own_server.keys.values())
    signed = AWSRequest(
        "POST", own_server.endpoint, data="Action=GetCallerIdentity&Version=2011-06-15",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    SigV4Auth(keys, "sts", "us-east-1").add_auth(signed)
    fields = dict(signed.headers.items())
    ask = partial(requests.post, own_server.endpoint, data=signed.data, timeout=10)
    assert ask(headers=fields).status_code == 200
    # Who says that he writes virtual time is taken at his word.
    answer = ask(headers={**fields, "X-Archlib-Time": "virtual"})
    assert (answer.status_code, "Signature expired" in answer.text) == (403, True)


def test_advancing_costs_no_time(cloud: RemoteCloud) -> None:
    begun = time.perf_counter()
    for _ in range(8):
        cloud.clock.advance(seconds=0.1)
    # Clients of real time wait for a new second at each.
    assert time.perf_counter() - begun < 3


def test_a_client_stands_somewhere(cloud: RemoteCloud) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="places")
    marks = {}
    for city in ("Ashburn", "Sydney"):
        mark = cloud.trace.mark()
        with client_in(city):
            s3.put_object(Bucket="places", Key="k", Body=b"x" * 1000)
        (hop,) = cloud.trace.since(mark)
        marks[city] = float(str(hop.detail["transfer"]))
        assert hop.detail["client"] == city
    assert marks["Sydney"] > 5 * marks["Ashburn"]


def test_hops_are_the_same_whenever_they_are_asked_for(cloud: RemoteCloud) -> None:
    mark = cloud.trace.mark()
    boto3.client("sts").get_caller_identity()
    (first,) = cloud.trace.since(mark)
    assert cloud.trace.since(0)[-1] is first
    assert (first.action, first.principal) == ("sts:GetCallerIdentity", cloud.administrator)


def test_clients_who_act_together_lose_the_same_updates(cloud: RemoteCloud) -> None:
    url = counting(cloud)
    ask = lambda: requests.post(url, timeout=30).text  # noqa: E731
    # All read before any writes: what a race can break is broken every time.
    assert cloud.turns.together([ask] * 4) == ["1"] * 4
    assert ask() == "2"
    # One of them does not ask at all, another one twice.
    assert cloud.turns.together([ask, lambda: "none", lambda: ask() + ask()]) == ["3", "none", "34"]
    with pytest.raises(ZeroDivisionError):
        cloud.turns.together([ask, lambda: 1 / 0])


def test_the_same_in_one_process() -> None:
    with LocalCloud() as cloud:
        url = counting(cloud)
        ask = lambda: requests.post(url, timeout=30).text  # noqa: E731
        assert cloud.turns.together([ask] * 4) == ["1"] * 4
        assert ask() == "2"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("X-Archlib-City", "Atlantis"),
        ("x-archlib-time", "real"),
        ("X-Archlib-Round", "a/4/4"),
        ("X-Archlib-Round", "nonsense"),
    ],
)
def test_hints_that_say_nothing_known(own_server: Any, field: str, value: str) -> None:
    answer = requests.get(f"{own_server.endpoint}/b/k", headers={field: value}, timeout=5)
    assert (answer.status_code, value in answer.text) == (400, True)
    answer = requests.get(f"{own_server.endpoint}/_archlib/health", headers={field: value})
    assert answer.status_code == 200


def test_who_is_no_member_is_told(own_server: Any) -> None:
    assert "error" in own_server.own("POST", "rounds", json={"member": "x"})


# -- what is no answer ---------------------------------------------------------------------------


def test_what_nobody_imitates_is_told_as_in_one_process(cloud: RemoteCloud) -> None:
    with pytest.raises(Unsupported, match="no cloudformation:ListTypes"):
        boto3.client("cloudformation").list_types()


def test_where_nothing_listens_there_is_no_connection(cloud: RemoteCloud) -> None:
    plain = counting(cloud).replace("https://", "http://")
    with pytest.raises(requests.ConnectionError):
        requests.get(plain, timeout=10)
    with pytest.raises(httpx.ConnectError):
        httpx.get(plain)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(plain, timeout=10)


def test_a_cloud_that_goes_away_is_told(starting: Callable[..., Any]) -> None:
    server = starting()
    with RemoteCloud(server.endpoint) as cloud:
        client = cloud.client("sqs")
        assert "QueueUrls" not in client.list_queues()
        server.process.kill()
        server.process.communicate()
        for _ in range(2):
            with pytest.raises(UsageError, match="gone away during ListQueues"):
                client.list_queues()
