"""Slow, broken and many clients; handlers that crash or never end; stopping."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archlib.errors import UsageError
from archlib.local.served import connection, doorway
from archlib.local.served.listener import Listener, bound

LOOPS = """
    def handler(event, context):
        while True:
            pass
"""
CRASHES = """
    import sys
    def handler(event, context):
        if event["path"].endswith("exit"):
            sys.exit(3)
        raise ValueError("no")
"""


def spoken(server: Any, data: bytes, *, wait: float = 5, ending: bool = True) -> bytes:
    """What the server says to raw bytes until it hangs up; ``ending``: we will say no more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as sock:
        sock.sendall(data)
        if ending:
            sock.shutdown(socket.SHUT_WR)
        said = b""
        try:
            while chunk := sock.recv(65536):
                said += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return said


def alive(server: Any) -> bool:
    return bool(server.own("GET", "health")["status"] == "running")


MALFORMED = [
    b"nonsense\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x:99999\r\n\r\n",
    b"GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    b"CONNECT nowhere HTTP/1.1\r\n\r\n",
    b"CONNECT :443 HTTP/1.1\r\n\r\n",
    b"CONNECT a.b:99999 HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
]


@pytest.mark.parametrize("data", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_request_is_400(server: Any, data: bytes) -> None:
    said = spoken(server, data)
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")), said[:200]
    assert b"Traceback" not in said
    assert alive(server)


def test_too_large_a_head_is_told_from_what_is_no_request(server: Any) -> None:
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
    many = b"".join(b"X-%d: y\r\n" % number for number in range(200))
    assert b"128 headers" in spoken(server, head + many + b"\r\n")
    assert b"32768 bytes" in spoken(server, head + b"X: " + b"a" * 40_000 + b"\r\n\r\n")


@pytest.mark.parametrize("framing", [b"Content-Length: 50", b"Transfer-Encoding: chunked"])
def test_who_leaves_in_the_middle_of_a_body_is_let_go(server: Any, framing: bytes) -> None:
    said = b"POST /_archlib/clock HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n1\r\n{" % framing
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(said)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(100) == b""


def test_http_2_is_told_to_take_1_1(server: Any) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(b"PRI * HTTP/2.0\r\n")
        sock.sendall(b"\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
        said = b""
        while more := sock.recv(65536):
            said += more
    settings, gone = said[:9], said[9:]
    assert settings == bytes(3) + b"\x04" + bytes(5)
    assert (gone[3], gone[13:17]) == (7, (0xD).to_bytes(4, "big"))
    assert int.from_bytes(gone[:3], "big") == len(gone) - 9
    assert b"HTTP/1.1" in gone


def test_what_is_said_before_a_tunnel_stands_is_heard(server: Any) -> None:
    asked = b"GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nHost: %s\r\n\r\n"
    host = b"sts.amazonaws.com"
    plain = spoken(server, b"CONNECT %s:80 HTTP/1.1\r\n\r\n" % host + asked % host)
    assert b"MissingAuthenticationToken" in plain
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=server.ca_file)
    client = context.wrap_bio(incoming, outgoing, server_hostname=host.decode())
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(b"CONNECT %s:443 HTTP/1.1\r\n\r\n" % host + outgoing.read())
        said = b""
        while b"\r\n\r\n" not in said:
            said += sock.recv(65536)
        incoming.write(said.partition(b"\r\n\r\n")[2])
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(sock.recv(65536))
    assert client.getpeercert()


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow"])
def test_who_never_finishes_a_head_is_let_go(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.05)
    monkeypatch.setattr(doorway, "PATIENCE", 0.05)

    async def run() -> bytes:
        socket_ = bound("127.0.0.1", 0)
        listener = Listener(lambda _: pytest.fail("nothing was asked"), lambda _: False, None, 1)
        await listener.start(socket_, None)
        reader, writer = await asyncio.open_connection(*socket_.getsockname())
        writer.write(said)
        said_back = b""
        with suppress(ConnectionError):
            said_back = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        await listener.stop(1)
        return said_back

    assert asyncio.run(run()) == b""


@pytest.mark.slow
@settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(
    head=st.sampled_from([b"GET / HTTP/1.1", b"POST /b/k HTTP/1.1", b"PUT /b HTTP/1.0", b""])
    | st.binary(max_size=40),
    headers=st.lists(
        st.tuples(
            st.sampled_from([
                b"Host", b"X-Amz-Target", b"Authorization", b"Content-Type", b"X-Amz-Date",
                b"x-amz-content-sha256", b"Expect", b"Transfer-Encoding", b"smithy-protocol",
                b"Content-Encoding", b"X-Amz-Security-Token", b"Cookie", b"Range",
            ]),
            st.sampled_from([
                b"dynamodb.us-east-1.amazonaws.com", b"DynamoDB_20120810.PutItem", b"rpc-v2-cbor",
                b"AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, "
                b"SignedHeaders=host, Signature=0", b"application/x-www-form-urlencoded", b"gzip",
                b"multipart/form-data; boundary=x", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                b"b.s3.localhost", b"d1.cloudfront.net", b"100-continue", b"chunked",
            ])
            | st.binary(max_size=30),
        ),
        max_size=6,
    ),
    body=st.binary(max_size=60)
    | st.sampled_from([b"Action=GetCallerIdentity&Version=2011-06-15", b"{", b"[" * 50, b"<a>"]),
)  # fmt: skip
def test_fuzzed_requests_are_answered_or_refused(
    server: Any, head: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    lines = [head, *(name + b": " + value for name, value in headers)]
    if not any(name == b"Transfer-Encoding" for name, _ in headers):
        lines.append(b"Content-Length: %d" % len(body))
    said = spoken(server, b"\r\n".join(lines) + b"\r\n\r\n" + body, wait=10)
    assert b"Traceback" not in said
    if said:
        status = said.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").split(b" ")[1]
        assert status != b"500", said[:300]


@pytest.mark.parametrize("target", ["DynamoDB_20120810.PutItem", "AmazonSQS.SendMessage"])
def test_deeply_nested_bodies_are_refused(server: Any, target: str) -> None:
    body = b'{"Item":' + b'{"L":[' * 20_000
    answer = requests.post(server.endpoint, data=body, headers={"X-Amz-Target": target}, timeout=10)
    assert answer.status_code == 400
    assert alive(server)


def test_oversized_bodies_are_refused_before_they_are_sent(server: Any) -> None:
    head = b"PUT /b/k HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    said = spoken(server, head % (1 << 40), ending=False)
    assert said.startswith(b"HTTP/1.1 413"), said
    assert b"100 Continue" not in said


def test_an_expecting_client_is_told_to_go_on(server: Any) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(
            b"POST /_archlib/clock HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            b"Content-Length: 13\r\n\r\n"
        )
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b'{"advance":0}')
        assert sock.recv(20).startswith(b"HTTP/1.1 200")


def test_chunked_requests_and_many_on_one_connection(server: Any) -> None:
    one = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"X-Amz-Target: DynamoDB_20120810.Nonsense\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    )
    said = spoken(server, one * 3 + one.replace(b"\r\nHost", b"\r\nConnection: close\r\nHost", 1))
    assert said.count(b"HTTP/1.1 400") == 4
    assert said.count(b"UnknownOperationException") == 4


def test_slow_and_silent_clients_keep_nobody_waiting(server: Any) -> None:
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(40)]
    try:
        for number, sock in enumerate(slow):
            sock.sendall(
                (b"", b"GET / HT", b"CONN", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx")[
                    number % 4
                ]
            )
        begun = time.monotonic()
        for _ in range(10):
            assert alive(server)
            assert server.client("sts").get_caller_identity()
        assert time.monotonic() - begun < 10
    finally:
        for sock in slow:
            sock.close()


def test_a_client_that_hangs_up_is_nobodys_trouble(server: Any) -> None:
    for _ in range(20):
        sock = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        sock.sendall(b"GET /absent HTTP/1.1\r\nHost: localhost\r\n\r\n")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        sock.close()
    assert alive(server)


def mixed(server: Any, connections: int, each: int, name: str) -> Counter[str]:
    """Requests of several kinds on so many connections; what went wrong, counted."""
    dynamodb = server.client("dynamodb", config={"max_pool_connections": connections})
    s3 = server.client("s3", config={"max_pool_connections": connections})
    sqs = server.client("sqs", config={"max_pool_connections": connections})
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    s3.create_bucket(Bucket=name)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    key = {"TableName": name, "Key": {"id": {"S": "counter"}}}

    def count() -> None:
        dynamodb.update_item(
            **key, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}}
        )

    kinds: list[Callable[[int], Any]] = [
        lambda n: count(),
        lambda n: s3.put_object(Bucket=name, Key=str(n), Body=b"x" * (n % 2000)),
        lambda n: sqs.send_message(QueueUrl=url, MessageBody=str(n)),
        lambda n: requests.get(f"{server.endpoint}/_archlib/health", timeout=60).raise_for_status(),
    ]
    wrong: Counter[str] = Counter()
    ready = threading.Barrier(connections)

    def work(worker: int) -> None:
        ready.wait(60)
        for n in range(each):
            number = worker * each + n
            try:
                kinds[number % len(kinds)](number)
            except Exception as error:
                wrong[repr(error)[:200]] += 1

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(work, range(connections)))
    total = connections * each
    share = [len(range(kind, total, len(kinds))) for kind in range(len(kinds))]
    counted = int(dynamodb.get_item(**key)["Item"]["n"]["N"])
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name)
    stored = sum(page["KeyCount"] for page in pages)
    attributes = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    queued = int(attributes["ApproximateNumberOfMessages"])
    assert (counted, stored, queued) == tuple(share[:3])
    return wrong


def test_64_connections_lose_nothing(server: Any) -> None:
    assert mixed(server, 64, 6, "crowd") == {}


@pytest.mark.slow
def test_ten_thousand_requests_lose_nothing(starting: Callable[..., Any]) -> None:
    server = starting()
    begun = time.monotonic()
    assert mixed(server, 64, 157, "load") == {}
    assert time.monotonic() - begun < 900
    assert server.stop() == (0, "")


def test_an_endless_handler_ends_by_its_timeout(server: Any) -> None:
    api = server.rest_api("loops", server.function("loops", LOOPS, Timeout=1))
    url = f"{server.endpoint}/_archlib/execute-api/{api.id}/prod/open"
    answers: list[int] = []
    thread = threading.Thread(
        target=lambda: answers.append(requests.get(url, timeout=60).status_code)
    )
    thread.start()
    time.sleep(0.3)
    # The listener goes on meanwhile; the cloud itself is busy.
    assert alive(server)
    thread.join(60)
    assert answers == [502]
    assert server.client("sts").get_caller_identity()


@pytest.mark.parametrize(
    "waits",
    [
        "threading.Event().wait()",
        "while not threading.Event().wait(0.1): pass",
        "asyncio.run(asyncio.Event().wait())",
        "t = threading.Thread(target=threading.Event().wait, daemon=True); t.start(); t.join()",
        "ThreadPoolExecutor(1).submit(threading.Event().wait).result()",
    ],
)
def test_a_handler_that_waits_for_ever_ends_by_its_timeout(server: Any, waits: str) -> None:
    name = f"waits-{abs(hash(waits))}"
    source = "import asyncio, threading\nfrom concurrent.futures import ThreadPoolExecutor\n"
    arn = server.function(name, f"{source}def handler(event, context):\n    {waits}", Timeout=1)
    client = server.client("lambda", config={"read_timeout": 30})
    answer = client.invoke(FunctionName=arn)
    assert answer["FunctionError"] == "Unhandled"
    told = json.loads(answer["Payload"].read())
    assert told["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert server.client("sts").get_caller_identity()


def test_threads_that_function_code_leaves_behind_do_not_keep_the_server(
    starting: Callable[..., Any],
) -> None:
    server = starting()
    source = "import threading\ndef handler(event, context):\n    "
    waits = "threading.Thread(target=threading.Event().wait).start()"
    arn = server.function("leaves", source + waits)
    assert "FunctionError" not in server.client("lambda").invoke(FunctionName=arn)
    assert server.stop() == (0, "")


@pytest.mark.parametrize("path", ["open", "signed/exit"])
def test_a_crash_is_the_functions_own(server: Any, path: str) -> None:
    name = f"crash-{path.rpartition('/')[2]}"
    api = server.rest_api(name, server.function(name, CRASHES))
    answer = requests.get(f"{server.endpoint}/_archlib/execute-api/{api.id}/prod/open", timeout=20)
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    assert alive(server)


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit(7)", "GeneratorExit"])
def test_what_ends_a_program_ends_no_server(server: Any, raised: str) -> None:
    name = f"raises-{raised[:8]}"
    arn = server.function(name, f"def handler(event, context):\n    raise {raised}")
    told = server.client("lambda").invoke(FunctionName=arn)
    assert json.loads(told["Payload"].read())["errorType"] == "Runtime.ExitError"
    assert server.client("sts").get_caller_identity()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_releases_every_port(starting: Callable[..., Any], number: int) -> None:
    server = starting()
    assert server.facts["started_in"] < 1
    idle = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    stream = requests.get(f"{server.endpoint}/_archlib/trace/stream", stream=True, timeout=10)
    begun = time.monotonic()
    assert server.stop(number) == (0, "")
    assert time.monotonic() - begun < 30
    stream.close()
    idle.close()
    for port in (server.port, server.tls_port):
        socket.create_server(("127.0.0.1", port)).close()


def test_a_signal_while_a_handler_loops(starting: Callable[..., Any]) -> None:
    server = starting("--no-tls")
    api = server.rest_api("loops", server.function("loops", LOOPS, Timeout=2))
    url = f"{server.endpoint}/_archlib/execute-api/{api.id}/prod/open"
    thread = threading.Thread(target=lambda: _ignored(url))
    thread.start()
    time.sleep(0.5)
    code, _ = server.stop()
    thread.join(20)
    assert code == 0


def _ignored(url: str) -> None:
    try:
        requests.get(url, timeout=30)
    except requests.RequestException:
        return


SERVE = (sys.executable, "-m", "archlib.cli", "serve", "--no-tls")


def test_a_signal_while_it_deploys_ends_it_at_once() -> None:
    terminal, its_end = pty.openpty()
    with subprocess.Popen(
        [*SERVE, "--port", "0", "myblog"], stdout=subprocess.PIPE, stderr=its_end, text=True
    ) as process:
        os.close(its_end)
        told = b""
        while b"deploy myblog" not in told:
            told += os.read(terminal, 1000)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    told += os.read(terminal, 1000)
    os.close(terminal)
    assert (process.returncode, out) == (130, "")
    assert told.endswith(b"stopped\r\n")


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", ">/dev/full"])
def test_nobody_need_read_what_it_prints(closed: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    line = f"exec {shlex.join(SERVE)} --port {port} {closed}"
    with subprocess.Popen(["sh", "-c", line], stderr=subprocess.PIPE, text=True) as process:
        try:
            while True:
                assert process.poll() is None
                with suppress(requests.ConnectionError):
                    requests.get(f"http://127.0.0.1:{port}/_archlib/health", timeout=10)
                    break
        finally:
            process.send_signal(signal.SIGHUP)
            _, errors = process.communicate(timeout=60)
    # It may be told to go before it has said that it is there: then it was interrupted.
    assert process.returncode in (0, 130)
    assert "Traceback" not in errors


def test_a_taken_port_is_one_message(server: Any, starting: Callable[..., Any]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "archlib.cli", "serve", "--port", str(server.port)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{server.port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("host", "port", "hint"),
    [
        ("203.0.113.9", 0, "choose another --host"),
        ("a" * 70 + ".invalid", 0, "choose another --host"),
        ("127.0.0.1", None, "choose another --tls-port"),
    ],
)
def test_where_it_cannot_listen_is_told_with_what_to_change(
    server: Any, host: str, port: int | None, hint: str
) -> None:
    taken = server.port if port is None else port
    with pytest.raises(UsageError) as refused:
        bound(host, taken, option="--tls-port").close()
    assert refused.value.message.startswith(f"cannot listen on {host}:{taken}: ")
    assert "(" not in refused.value.message
    assert refused.value.hint == hint


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "0", ""])
def test_who_listens_to_every_network_says_so(starting: Callable[..., Any], host: str) -> None:
    server = starting("--host", host, "--no-tls")
    if host in ("127.0.0.1", "localhost"):
        assert server.facts["reach"] == "reachable from this machine only"
    else:
        assert server.facts["reach"].startswith("OPEN TO THE NETWORK")
        assert server.endpoint.startswith("http://127.0.0.1:")
    assert server.own("GET", "health")["status"] == "running"


def test_another_address_than_loopback(starting: Callable[..., Any]) -> None:
    server = starting("--host", "0.0.0.0", "--no-tls")
    assert server.endpoint.startswith("http://127.0.0.1:")
    address = socket.gethostbyname(socket.gethostname())
    answer = requests.get(f"http://{address}:{server.port}/_archlib/health", timeout=10)
    assert answer.json()["status"] == "running"
    client = server.client("sqs", endpoint_url=f"http://{address}:{server.port}")
    assert "QueueUrls" not in client.list_queues()
    assert server.facts["tls_endpoint"] is None
    said = spoken(server, b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 502")
    assert b"without TLS" in said
