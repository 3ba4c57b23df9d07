from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator

import boto3
import httpx
import pytest
import requests
import urllib3
from botocore.exceptions import ClientError

from archlib.errors import ArchlibError, NetworkBlocked, Unsupported
from archlib.local import LocalCloud
from archlib.local.api import ApiCall, ApiRefusal
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse

KERNEL = ("archlib.local.sts:SecurityTokens",)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=KERNEL) as cloud:
        yield cloud


def process_state() -> dict[str, object]:
    import botocore.client

    return {
        "environ": dict(os.environ),
        "connect": socket.socket.connect,
        "getaddrinfo": socket.getaddrinfo,
        "sleep": time.sleep,
        "call": botocore.client.BaseClient._make_api_call,
        "urlopen": urllib3.connectionpool.HTTPConnectionPool._make_request,
        "httpx": httpx.HTTPTransport.handle_request,
        "session": boto3.DEFAULT_SESSION,
        "threads": threading.active_count(),
    }


def test_entering_and_leaving_restores_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    before = process_state()
    real = time.time()
    for _ in range(2):
        with LocalCloud(planes=KERNEL) as cloud:
            assert "AWS_PROFILE" not in os.environ
            assert "HTTPS_PROXY" not in os.environ
            cloud.client("s3").create_bucket(Bucket="left-behind")
        with LocalCloud(planes=KERNEL) as cloud:
            assert cloud.client("s3").list_buckets()["Buckets"] == []
    assert process_state() == before
    assert abs(time.time() - real) < 60


def test_a_cloud_that_fails_to_start_leaves_nothing_behind() -> None:
    before = process_state()
    with pytest.raises(ModuleNotFoundError):
        LocalCloud(planes=("archlib.local.nowhere:Plane",)).start()
    assert process_state() == before
    LocalCloud(planes=KERNEL).start().stop()


def test_one_cloud_at_a_time(cloud: LocalCloud) -> None:
    with pytest.raises(ArchlibError, match="already active"):
        LocalCloud(planes=KERNEL).start()


def test_real_credentials_are_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7REALKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.example.com")
    mine = boto3.client("sts", region_name="us-east-1")
    with LocalCloud(planes=KERNEL):
        assert os.environ["AWS_ACCESS_KEY_ID"] != "AKIAIOSFODNN7REALKEY"
        arn = boto3.client("sts").get_caller_identity()["Arn"]
        assert arn == "arn:aws:iam::123456789012:user/administrator"
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            mine.get_caller_identity()
    assert os.environ["AWS_ACCESS_KEY_ID"] == "AKIAIOSFODNN7REALKEY"


@pytest.mark.parametrize(
    "leave",
    [
        lambda: socket.create_connection(("192.0.2.1", 443), timeout=1),
        lambda: socket.create_connection(("sts.amazonaws.com", 443), timeout=1),
        lambda: socket.socket().connect_ex(("192.0.2.1", 443)),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
        lambda: httpx.get("https://api.example.com/"),
        lambda: socket.getaddrinfo("example.com", 443),
    ],
    ids=["address", "name", "connect_ex", "datagram", "httpx", "dns"],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_packet_leaves_the_machine(cloud: LocalCloud, leave: object) -> None:
    with pytest.raises(NetworkBlocked, match="never talks to the network"):
        leave()  # type: ignore[operator]


def test_requests_says_that_nobody_serves_the_host(cloud: LocalCloud) -> None:
    with pytest.raises(requests.ConnectionError, match="nothing in the local cloud serves"):
        requests.get("https://api.example.com/", timeout=1)


def test_loopback_is_left_alone(cloud: LocalCloud) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        peer, _ = server.accept()
        peer.sendall(b"hello")
        peer.close()
        assert client.recv(5) == b"hello"


def test_a_served_name_leads_to_its_loopback_listener(cloud: LocalCloud) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        cloud.network.redirect("cache.example.com", 8111, server.getsockname())
        with socket.create_connection(("cache.example.com", 8111)) as client:
            peer, _ = server.accept()
            peer.close()
            assert client.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("cache.example.com", 9999))
        cloud.network.forget("cache.example.com", 8111)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("cache.example.com", 8111))


def echo(request: HttpRequest) -> HttpResponse:
    text = f"{request.method} {request.path}?{request.query} {request.header('x-a')} "
    return HttpResponse(
        200, (("X-B", "1"), ("Set-Cookie", "k=v; Path=/")), text.encode() + request.body
    )


@pytest.mark.parametrize("library", ["requests", "httpx", "urllib3"])
def test_every_http_library_reaches_a_served_host(cloud: LocalCloud, library: str) -> None:
    cloud.http.serve(r".*\.example\.com", echo)
    url, headers = "https://api.example.com/a%20b/c?q=%2F&r=1", {"X-A": "y"}
    expected = b"POST /a%20b/c?q=%2F&r=1 y body"
    if library == "urllib3":
        low = urllib3.request("POST", url, headers=headers, body=b"body")
        assert (low.status, low.data, low.headers["x-b"]) == (200, expected, "1")
        return
    send = {"requests": requests.post, "httpx": httpx.post}[library]
    answer = send(url, headers=headers, **{"data" if library == "requests" else "content": b"body"})
    assert (answer.status_code, answer.content) == (200, expected)
    assert answer.headers["x-b"] == "1"
    assert answer.cookies["k"] == "v"


def test_redirects_are_followed_by_the_client(cloud: LocalCloud) -> None:
    cloud.http.serve(
        r"a\.example\.com", lambda _: HttpResponse(302, (("Location", "https://b.example.com/x"),))
    )
    cloud.http.serve(r"b\.example\.com", echo)
    assert requests.get("https://a.example.com/", timeout=1).text.startswith("GET /x?")
    assert urllib3.request("GET", "https://a.example.com/").data.startswith(b"GET /x?")
    assert httpx.get("https://a.example.com/", follow_redirects=True).status_code == 200


def test_a_refused_connection_is_the_client_librarys_own_error(cloud: LocalCloud) -> None:
    def refuse(_: HttpRequest) -> HttpResponse:
        raise ConnectionRefused("port 80 is closed")

    cloud.http.serve(r"api\.example\.com", refuse)
    with pytest.raises(requests.ConnectionError, match="port 80 is closed"):
        requests.get("http://api.example.com/", timeout=1)
    with pytest.raises(httpx.ConnectError, match="port 80 is closed"):
        httpx.get("http://api.example.com/")


def test_time_is_virtual_for_everybody(cloud: LocalCloud) -> None:
    assert time.time() == cloud.clock.time()
    cloud.clock.advance(days=3)
    assert time.time() == cloud.clock.time()
    before = time.perf_counter()
    time.sleep(3600)
    assert time.perf_counter() - before < 5
    assert cloud.clock.now().isoformat() == "2026-01-08T10:00:00+00:00"


def test_equal_seeds_give_equal_ids() -> None:
    def ids() -> tuple[str, str, str]:
        with LocalCloud(planes=KERNEL, seed=11) as cloud:
            made = cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
            return cloud.new_id("x"), cloud.new_uuid(), made["Vpc"]["VpcId"]

    assert ids() == ids()


def role_arn(cloud: LocalCloud) -> str:
    made = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    return str(made["Role"]["Arn"])


def test_issued_credentials_are_the_roles_and_expire(cloud: LocalCloud) -> None:
    given = cloud.identities.issue(role_arn(cloud), "me", duration=900)
    sts = cloud.client("sts", credentials=given)
    assert sts.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/r/me"
    cloud.clock.advance(seconds=901)
    with pytest.raises(ClientError) as refused:
        sts.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "ExpiredToken"


def test_a_wrong_secret_is_refused_in_each_protocols_words(cloud: LocalCloud) -> None:
    from archlib.local.identity import Credentials

    given = cloud.identities.issue(role_arn(cloud), "me")
    forged = Credentials(given.access_key, "x" * 40, given.session_token)
    codes = {}
    for service, operation in (("s3", "list_buckets"), ("dynamodb", "list_tables"),
                               ("sns", "list_topics"), ("lambda", "list_functions")):  # fmt: skip
        with pytest.raises(ClientError) as refused:
            getattr(cloud.client(service, credentials=forged), operation)()
        codes[service] = refused.value.response["Error"]["Code"]
    assert codes == {
        "s3": "SignatureDoesNotMatch",
        "dynamodb": "InvalidSignatureException",
        "sns": "SignatureDoesNotMatch",
        "lambda": "InvalidSignatureException",
    }


def test_handlers_guards_and_observers_see_a_call(cloud: LocalCloud) -> None:
    seen: list[str] = []

    def handler(call: ApiCall) -> dict[str, object]:
        seen.append(f"handle {call.params['TableName']}")
        return {**call.proceed(), "Extra": 1}

    def guard(call: ApiCall) -> None:
        seen.append(f"guard {call.caller.kind}")
        if call.operation == "DeleteTable":
            raise ApiRefusal("AccessDeniedException", "not you", 403, Why="because")

    cloud.api.handle("dynamodb", "DescribeTable", handler)
    cloud.api.after("dynamodb", "DescribeTable", lambda call, result: seen.append("after"))
    cloud.api.guard(guard)
    table = cloud.client("dynamodb")
    table.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert table.describe_table(TableName="t")["Extra"] == 1
    with pytest.raises(ClientError) as refused:
        table.delete_table(TableName="t")
    assert refused.value.response["Why"] == "because"
    cloud.control("dynamodb").describe_table(TableName="t")
    cloud.raw("dynamodb").describe_table(TableName="t")
    assert seen == [
        "guard admin", "guard admin", "handle t", "after", "guard admin", "handle t", "after",
    ]  # fmt: skip
    hops = [(h.action, h.status, h.error) for h in cloud.trace.hops]
    assert hops == [
        ("dynamodb:CreateTable", 200, None),
        ("dynamodb:DescribeTable", 200, None),
        ("dynamodb:DeleteTable", 403, "AccessDeniedException"),
    ]


def test_a_client_older_than_the_cloud_is_answered_locally() -> None:
    old = boto3.client(
        "sqs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    with LocalCloud(planes=KERNEL), pytest.raises(ClientError) as refused:
        old.list_queues()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)


def test_what_moto_lacks_is_named(cloud: LocalCloud) -> None:
    with pytest.raises(Unsupported, match="ec2:CreateCoipPool"):
        cloud.client("ec2").create_coip_pool(LocalGatewayRouteTableId="lgw-rtb-1")


def test_hops_nest_and_tell_their_virtual_duration(cloud: LocalCloud) -> None:
    with cloud.trace.hop(source="client", target="a", action="outer") as outer:
        cloud.clock.spend(0.25)
        with (
            pytest.raises(ValueError, match="boom"),
            cloud.trace.hop(source="a", target="b", action="inner"),
        ):
            raise ValueError("boom")
        outer.detail["k"] = 1
    first, second = cloud.trace.hops
    assert (first.duration, first.detail["k"], first.status) == (0.25, 1, 200)
    assert (second.parent, second.status, second.error) == (first.number, 500, "ValueError")


def test_a_thread_that_works_for_a_hop_lies_below_it(cloud: LocalCloud) -> None:
    def work() -> None:
        with cloud.trace.hop(source="function", target="table", action="read"):
            pass

    with cloud.trace.hop(source="client", target="function", action="invoke"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    work()
    assert [hop.parent for hop in cloud.trace.hops] == [None, 0, None]


def test_durations_are_told_to_the_microsecond(cloud: LocalCloud) -> None:
    with cloud.trace.hop(source="client", target="a", action="x"):
        for _ in range(3):
            cloud.clock.spend(0.1)
    assert cloud.trace.hops[0].duration == 0.3


def test_a_trace_knows_up_to_where_it_is_settled(cloud: LocalCloud) -> None:
    trace = cloud.trace
    mark = trace.mark()
    with trace.hop(source="client", target="a", action="x"):
        with trace.hop(source="a", target="b", action="y"):
            pass
        assert [hop.action for hop in trace.since(mark)] == ["y"]
        assert trace.settled == mark
    assert trace.settled == trace.mark() == mark + 2
