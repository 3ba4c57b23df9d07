"""The served cloud, its client in another process: against moto's own server, and in milliseconds.

Both servers run at the same time and are asked in turns, by the same boto3 client code, so that
whatever disturbs the machine disturbs both.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any

from benchmarks.measured import Measured

ROUNDS, REPEAT = 6, 60
REGION = "us-east-1"

_SERVE = "from benchmarks.serving import child; child({!r})"
_MOTO = """
import json, logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").disabled = True
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(json.dumps({"endpoint": f"http://{host}:{port}"}), flush=True)
sys.stdin.read()
server.stop()
"""


def put_item_against_moto_server() -> Measured:
    """Ratio of PutItem's median times."""
    return _against_moto("PutItem / moto's server", _put_item)


def put_object_against_moto_server() -> Measured:
    """Ratio of PutObject's median times, for objects of 1 KB."""
    return _against_moto("PutObject / moto's server", _put_object)


def api_to_table_silent() -> Measured:
    """Milliseconds from API to table, with authorizer and IAM; the handler prints nothing."""
    return _api_to_table(printing=False)


def api_to_table_printing() -> Measured:
    """The same with a handler that prints a line for each request."""
    return _api_to_table(printing=True)


def _against_moto(name: str, kind: Callable[[str], Callable[[int], object]]) -> Measured:
    with _process(_SERVE.format("bare")) as ours, _process(_MOTO) as moto:
        asks = {"ours": kind(ours["endpoint"]), "moto": kind(moto["endpoint"])}
        times: dict[str, list[float]] = {"ours": [], "moto": []}
        number = 0
        for _ in range(ROUNDS):
            for who, ask in asks.items():
                medians = []
                for _ in range(REPEAT):
                    number += 1
                    start = time.perf_counter()
                    ask(number)
                    medians.append(time.perf_counter() - start)
                times[who].append(median(medians))
    # Round by round, so that a slow stretch of the machine is on both sides.
    ratio = median(a / b for a, b in zip(times["ours"], times["moto"], strict=True))
    detail = f"{min(times['ours']) * 1000:.2f} ms / {min(times['moto']) * 1000:.2f} ms at best"
    return Measured(name, ratio, 1.5, detail)


def _client(service: str, endpoint: str) -> Any:
    import boto3

    return boto3.client(
        service, endpoint_url=endpoint, region_name=REGION,
        aws_access_key_id="AKIAARCHLIBADMIN0001",
        aws_secret_access_key="archlib/local/secret/of/no/use/anywhere0",
    )  # fmt: skip


def _put_item(endpoint: str) -> Callable[[int], object]:
    client = _client("dynamodb", endpoint)
    client.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def ask(number: int) -> object:
        item = {"id": {"S": str(number)}, "title": {"S": "x" * 50}, "n": {"N": "1"}}
        return client.put_item(TableName="t", Item=item)

    return ask


def _put_object(endpoint: str) -> Callable[[int], object]:
    client = _client("s3", endpoint)
    client.create_bucket(Bucket="bench")
    return lambda number: client.put_object(Bucket="bench", Key=f"k/{number}", Body=b"x" * 1024)


def _api_to_table(*, printing: bool) -> Measured:
    import urllib3

    with _process(_SERVE.format("printing" if printing else "todo")) as told:
        pool = urllib3.PoolManager(headers=told["headers"])
        times = []
        for number in range(ROUNDS * REPEAT):
            start = time.perf_counter()
            answer = pool.request("GET", f"{told['url']}?version={number}")
            times.append(time.perf_counter() - start)
            assert answer.status == 200, answer.data
    kind = "printing" if printing else "silent"
    p50, p95 = median(times) * 1000, sorted(times)[int(len(times) * 0.95)] * 1000
    return Measured(f"API to table, {kind} (ms)", p50, 5.0, f"p95 {p95:.2f} ms")


@contextmanager
def _process(code: str) -> Iterator[dict[str, Any]]:
    """A server in a process of its own: what it tells in its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate()


def child(what: str) -> None:
    """Serve until standard input ends: ``bare``, or MyTodoList (``todo``, ``printing``)."""
    from archlib.local.served import ServedCloud

    with ServedCloud(tls_port=None) as served:
        told: dict[str, Any] = {"endpoint": served.endpoint}
        if what != "bare":
            told.update(_todo(served, printing=what == "printing"))
        print(json.dumps(told), flush=True)
        sys.stdin.read()


def _todo(served: Any, *, printing: bool) -> dict[str, Any]:
    """Deploy MyTodoList without its cache and sign somebody up: her URL and headers."""
    from archlib.scenarios import scenario
    from archlib.scenarios.mytodolist.people import newcomer
    from archlib.template import emit
    from archlib.verify import site

    emitted = emit(scenario("mytodolist").variants["without-dax"]())
    assets = emitted.assets
    if printing:
        assets = tuple(replace(asset, data=_printing(asset.data)) for asset in assets)
    deployed = served.deploy(emitted.template, stack_name="bench", assets=assets)
    token = served.within(lambda: newcomer(site(served.cloud, deployed), "bench").id)
    api = deployed.outputs["ApiUrl"].partition("://")[2]
    host, _, stage = api.partition("/")
    return {
        "url": f"{served.endpoint}/{stage}/todos",
        "headers": {"Host": host, "Authorization": token},
    }


def _printing(data: bytes) -> bytes:
    """A code zip whose handler prints its event's path for each request."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(changed, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry, content + _PRINTS * (entry.filename == "app.py"))
    return changed.getvalue()


_PRINTS = b"""

_silent = handler


def handler(event, context):
    print("asked for", event["path"])
    return _silent(event, context)
"""
