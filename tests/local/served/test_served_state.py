"""A cloud's state in a file: killed and restored, the same cloud; and files that are not whole."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from archlib.errors import UsageError
from archlib.local.served import ServedCloud
from archlib.local.served.serving import TICK

pytestmark = pytest.mark.slow

#: Remembers how often it was asked, and draws on every kind of random number.
HANDLER = """
    import os, random, secrets, ssl, time, uuid, boto3
    def handler(event, context):
        asked = boto3.client("dynamodb").update_item(
            TableName="asked", Key={"pk": {"S": "all"}}, UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="UPDATED_NEW",
        )["Attributes"]["n"]["N"]
        drawn = [str(uuid.uuid4()), secrets.token_hex(8), os.urandom(4).hex(), str(random.random())]
        if event["httpMethod"] == "PUT":
            drawn.append(ssl.RAND_bytes(8).hex())
        return {"statusCode": 200, "body": " ".join([asked, str(time.time()), *drawn])}
"""


def table(server: Any, name: str) -> None:
    server.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip


def build(server: Any) -> dict[str, Any]:
    """Something of everything; what clients hold afterwards."""
    table(server, "asked")
    api = server.rest_api("drawing", server.function("drawing", HANDLER))
    server.client("apigateway").update_stage(
        restApiId=api.id, stageName="prod",
        patchOperations=[
            {"op": "replace", "path": "/cacheClusterEnabled", "value": "true"},
            {"op": "replace", "path": "/cacheClusterSize", "value": "0.5"},
            {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"},
        ],
    )  # fmt: skip
    s3 = server.client("s3", config={"signature_version": "s3v4"})
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="k", Body=bytes(range(256)) * 10)
    upload = s3.create_multipart_upload(Bucket="kept", Key="parts")["UploadId"]
    key = server.client("kms").create_key()["KeyMetadata"]["KeyId"]
    secret = server.client("kms").encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": "kept", "Key": "k"}, ExpiresIn=7200
    )
    server.advance(3600)
    who = {"Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    role = server.client("iam").create_role(
        RoleName="taken", AssumeRolePolicyDocument=json.dumps(policy(who))
    )["Role"]["Arn"]
    taken = server.client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    keys = {"aws_access_key_id": taken["AccessKeyId"], "aws_session_token": taken["SessionToken"],
            "aws_secret_access_key": taken["SecretAccessKey"]}  # fmt: skip
    return {"api": api, "upload": upload, "keys": keys, "secret": secret, "url": url}


def policy(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def ask(server: Any, api: Any, method: str = "POST", **given: Any) -> str:
    answer = requests.request(
        method, f"{server.endpoint}/prod/open", headers={"Host": api.host, **given}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def kill(server: Any) -> None:
    for client in server.made:
        client.close()
    server.process.kill()
    server.process.communicate()


def restored(server: Any) -> dict[str, Any]:
    found: dict[str, Any] = server.facts["state"]["restored"]
    return found


def test_a_killed_cloud_goes_on_as_if_it_had_not_been(
    starting: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "state" / "cloud.jsonl"
    first = starting("--state", str(file))
    assert first.facts["state"] == {"file": str(file), "restored": None}
    held = build(first)
    api = held["api"]
    cached = ask(first, api, "GET")
    assert ask(first, api, "GET") == cached
    drawn = ask(first, api)
    with ThreadPoolExecutor(3) as pool:
        hint = {"headers": {"Host": api.host}, "timeout": 30}
        together = [
            pool.submit(requests.post, f"{first.endpoint}/prod/open", **{
                **hint, "headers": {"Host": api.host, "X-Archlib-Round": f"r/{n}/3"}
            })
            for n in range(3)
        ]  # fmt: skip
        assert sorted(one.result().text.split()[0] for one in together) == ["3", "4", "5"]
    hops = first.own("GET", "trace?since=0")["hops"]
    clock = first.own("GET", "clock")
    ids = [first.client("apigateway").create_rest_api(name="next")["id"]]
    kill(first)

    again = starting("--state", str(file))
    told = restored(again)
    assert (told["different"], told["differences"], told["cut_off"]) == (0, [], False)
    assert told["requests"] > 25
    assert told["size"] == file.stat().st_size
    assert told["seconds"] < 30
    # The clock has stood still meanwhile.
    now = again.own("GET", "clock")["now"]
    assert clock["now"] <= now < clock["now"] + 60
    assert again.own("GET", "trace?since=0")["hops"][: len(hops)] == hops
    # What was made is there, under the same ids, and what was warm is warm.
    gateway = again.client("apigateway")
    assert [one["id"] for one in gateway.get_rest_apis()["items"]] == [api.id, *ids]
    assert ask(again, api, "GET") == cached
    asked = ask(again, api)
    assert (drawn.split()[0], asked.split()[0]) == ("2", "6")
    assert set(asked.split()).isdisjoint(drawn.split())
    s3 = again.client("s3")
    assert s3.get_object(Bucket="kept", Key="k")["Body"].read() == bytes(range(256)) * 10
    assert s3.list_parts(Bucket="kept", Key="parts", UploadId=held["upload"])["Key"] == "parts"
    kms = again.client("kms")
    assert kms.decrypt(CiphertextBlob=held["secret"])["Plaintext"] == b"secret"
    # Credentials that were handed out are good, and as old as they are.
    taken = again.client("sts", **held["keys"])
    assert taken.get_caller_identity()["Arn"].endswith("assumed-role/taken/me")
    url = held["url"].replace(f":{first.port}/", f":{again.port}/")
    host = f"127.0.0.1:{first.port}"
    assert requests.get(url, headers={"Host": host}, timeout=10).status_code == 200
    again.advance(3600)
    assert requests.get(url, headers={"Host": host}, timeout=10).status_code == 403
    with pytest.raises(taken.exceptions.ClientError, match="expired"):
        taken.get_caller_identity()
    code, errors = again.stop()
    assert (code, errors) == (0, "")

    # Once more, after a clean stop: it goes on from the second one's end.
    third = starting("--state", str(file))
    assert restored(third)["different"] == 0
    assert restored(third)["requests"] > told["requests"]
    assert ask(third, api).split()[0] == "7"


def test_the_ids_that_come_are_those_that_would_have_come(
    starting: Callable[..., Any], tmp_path: Path
) -> None:
    ids = []
    for kills in (False, True):
        server = starting("--state", str(tmp_path / f"{kills}.jsonl"))
        server.client("apigateway").create_rest_api(name="first")
        # Who only looks, as a console does, changes nothing.
        server.own("GET", "console/stacks" if kills else "health")
        server.own("GET", "outbox")
        if kills:
            kill(server)
            server = starting("--state", str(tmp_path / f"{kills}.jsonl"))
        ids.append(server.client("apigateway").create_rest_api(name="second")["id"])
    assert ids[0] == ids[1]


def test_real_dax_clients_are_part_of_it(starting: Callable[..., Any], tmp_path: Path) -> None:
    import amazondax
    import botocore.session

    file = tmp_path / "dax.jsonl"

    def client(server: Any, address: str) -> Any:
        session = botocore.session.Session()
        session.set_credentials(*server.keys.values())
        return amazondax.AmazonDaxClient(
            session, region_name="us-east-1", endpoint_url=f"dax://{address}"
        )

    first = starting("--state", str(file))
    table(first, "things")
    role = first.role("dax", "dax.amazonaws.com")
    first.client("dax").create_cluster(
        ClusterName="c", NodeType="dax.t3.small", ReplicationFactor=1, IamRoleArn=role
    )
    found = first.client("dax").describe_clusters(ClusterNames=["c"])["Clusters"][0]
    made = found["ClusterDiscoveryEndpoint"]
    address = f"{made['Address']}:{made['Port']}"
    with client(first, address) as dax:
        dax.put_item(TableName="things", Item={"pk": {"S": "a"}, "n": {"N": "1"}})
        assert dax.get_item(TableName="things", Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "1"}
        caches = asked_of_cluster(first)
    kill(first)

    again = starting("--state", str(file))
    assert restored(again)["different"] == 0
    hops = again.own("GET", "trace")["hops"]
    assert asked_of_cluster(again) == caches
    assert len(caches) == 2
    # At the same address, with a warm cache: nobody asks the table.
    with client(again, address) as dax:
        assert dax.get_item(TableName="things", Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "1"}
    new = again.own("GET", f"trace?since={len(hops)}")["hops"]
    assert [(h["action"], h["cache"]) for h in new] == [("dax:GetItem", "hit")]
    again.stop()


def asked_of_cluster(server: Any) -> list[str | None]:
    """Hit, miss or nothing for every call of the cluster."""
    return [
        hop["cache"]
        for hop in server.own("GET", "trace")["hops"]
        if hop["target"].endswith("cache/c")
    ]


def test_what_comes_out_otherwise_is_told(starting: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    first = starting("--state", str(file))
    table(first, "asked")
    api = first.rest_api("drawing", first.function("drawing", HANDLER))
    ask(first, api)
    ask(first, api, "PUT")  # draws on OpenSSL
    ask(first, api)
    kill(first)
    told = restored(starting("--state", str(file)))
    assert told["different"] == 1
    number = len(file.read_text().splitlines()) - 2  # one came behind it, and one of restoring
    assert told["differences"][0].startswith(f"line {number}: PUT http")
    assert told["differences"][0].endswith(": 200 as before, but not the same")


def test_time_away_counts_where_it_is_asked_for(
    starting: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "state.jsonl"
    template = tmp_path / "topic.yaml"
    template.write_text("Resources: {T: {Type: AWS::SNS::Topic}}\n")
    starting(str(template), "--state", str(file)).stop()
    # As if it had been written a day ago: other instants, the same sums.
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    rewritten = rewrite([aged(line, 86_400) for line in lines])
    for options, days in (((), 0), (("--catch-up",), 1)):
        file.write_bytes(rewritten)
        server = starting("--state", str(file), *options)
        assert restored(server)["different"] == 0
        passed = server.own("GET", "clock")["now"] - lines[-1]["now"]
        assert days - 1 <= passed / 86_400 < days - 1 + 0.1
        assert len(server.client("sns").list_topics()["Topics"]) == 1
        assert server.client("sts").get_caller_identity()["Account"] == "123456789012"
        server.stop()


def aged(line: dict[str, Any], seconds: float) -> dict[str, Any]:
    """A line as it would have been written so many seconds before."""
    kept = {name: value for name, value in line.items() if name != "sum"}
    return {n: v - seconds if n in ("at", "now", "begun", "last") else v for n, v in kept.items()}


def rewrite(lines: list[dict[str, Any]]) -> bytes:
    """Lines with right sums."""
    import hashlib

    sum_, whole = "", b""
    for line in lines:
        body = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
        sum_ = hashlib.blake2b(sum_.encode() + body, digest_size=8).hexdigest()
        whole += body + f',"sum":"{sum_}"}}\n'.encode()
    return whole


def test_an_emptied_cloud_has_an_empty_state(starting: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    server = starting("--state", str(file))
    server.client("sqs").create_queue(QueueName="q")
    server.own("POST", "reset", json={"force": True})
    server.client("sns").create_topic(Name="t")
    kill(server)
    again = starting("--state", str(file))
    assert restored(again)["requests"] == 1
    assert "QueueUrls" not in again.client("sqs").list_queues()


def test_a_scenario_is_deployed_once(starting: Callable[..., Any], tmp_path: Path) -> None:
    template = tmp_path / "topic.yaml"
    template.write_text(
        "Resources: {T: {Type: AWS::SNS::Topic}}\nOutputs: {Arn: {Value: !Ref T}}\n"
    )
    words = (str(template), "--stack-name", "s", "--state", str(tmp_path / "state.jsonl"))
    first = starting(*words)
    stack = first.client("cloudformation").describe_stacks(StackName="s")["Stacks"][0]
    kill(first)
    again = starting(*words)
    assert again.facts["outputs"] == first.facts["outputs"]
    assert restored(again)["different"] == 0
    found = again.client("cloudformation").describe_stacks(StackName="s")["Stacks"][0]
    assert found["StackId"] == stack["StackId"]
    assert "LastUpdatedTime" not in found


# -- files that are not whole ------------------------------------------------------------------


def refused(state: Path, **options: Any) -> str:
    """What starting with a state says that cannot be gone on from."""
    with pytest.raises(UsageError) as told, ServedCloud(state=state, **options):
        pass
    return str(told.value)


@pytest.fixture
def written(starting: Callable[..., Any], tmp_path: Path) -> Path:
    """The state of a cloud with three queues: a header, three requests, the end."""
    file = tmp_path / "written.jsonl"
    server = starting("--state", str(file))
    for name in "abc":
        server.client("sqs").create_queue(QueueName=name)
    server.stop()
    assert len(file.read_bytes().splitlines()) == 5
    return file


def test_whatever_is_not_as_it_was_written_is_named(
    starting: Callable[..., Any], written: Path, tmp_path: Path
) -> None:
    whole = written.read_bytes()
    lines = whole.splitlines(keepends=True)
    file = tmp_path / "damaged.jsonl"

    def damaged(content: bytes) -> str:
        file.write_bytes(content)
        said = refused(file)
        assert file.read_bytes() == content, "a file that is refused is left as it is"
        return said

    edited = [*lines[:2], lines[2].replace(b"QueueName", b"QueueGame"), *lines[3:]]
    said = damaged(b"".join(edited))
    assert "damaged.jsonl, line 3: this line, or one before it, is not as it was written" in said
    assert "line 3" in damaged(b"".join([*lines[:2], *lines[3:]]))
    assert "line 4: this is no line" in damaged(b"".join([*lines[:3], b"{}\n", *lines[3:]]))
    assert "line 1" in damaged(lines[0].replace(b'"seed":7', b'"seed":8') + b"".join(lines[1:]))
    other = {**json.loads(lines[0]), "format": 2, "archlib": "9.9"}
    other.pop("sum")
    said = damaged(rewrite([other]))
    assert "has format 2; this archlib reads 1" in said
    assert "archlib 9.9" in said
    assert "holds something else" in damaged(b"Resources: {}\n")
    unknown = [json.loads(line) for line in lines]
    unknown[2]["act"] = "forgotten"
    for one in unknown:
        one.pop("sum")
    assert "line 3: this line tells of nothing: there is no act 'forgotten'" in damaged(
        rewrite(unknown)
    )
    assert "cannot keep state in" in refused(file / "below")
    assert "is in us-east-1, not in eu-west-1" in refused(written, region="eu-west-1")
    assert written.read_bytes() == whole


def test_the_command_tells_it_in_one_message(written: Path) -> None:
    written.write_bytes(written.read_bytes()[10:])
    for options, said in (
        (("--state", str(written)), f"{written.name} holds something else"),
        (("--catch-up",), "--catch-up says nothing without --state"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "archlib.cli", "serve", "--port", "0", *options],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_line_that_a_crash_has_cut_off_is_dropped(
    starting: Callable[..., Any], written: Path
) -> None:
    lines = written.read_bytes().splitlines(keepends=True)
    written.write_bytes(b"".join(lines[:3]) + lines[3][:100])
    server = starting("--state", str(written))
    assert (restored(server)["cut_off"], restored(server)["requests"]) == (True, 2)
    queues = server.client("sqs").list_queues()["QueueUrls"]
    assert [url.rpartition("/")[2] for url in queues] == ["a", "b"]
    server.client("sqs").create_queue(QueueName="d")
    kill(server)
    again = starting("--state", str(written))
    assert (restored(again)["cut_off"], restored(again)["different"]) == (False, 0)
    again.stop()
    # A header that was not finished: nothing had been done yet.
    written.write_bytes(lines[0][:60])
    assert restored(starting("--state", str(written))) is None


def test_a_state_belongs_to_one_server(starting: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    server = starting("--state", str(file))
    assert "is the state of a cloud that is served right now" in refused(file)
    assert server.client("sts").get_caller_identity()
    assert os.stat(file).st_mode & 0o077 == 0
    server.process.send_signal(signal.SIGINT)
    server.stop()
    starting("--state", str(file))


def test_a_file_that_can_grow_no_more_is_told_once_and_ends_it(
    starting: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "state.jsonl"
    server = starting("--state", str(file))
    sqs = server.client("sqs")
    sqs.create_queue(QueueName="kept")
    size = file.stat().st_size
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + 100, size + 100))
    for name in ("lost", "kept"):
        with pytest.raises(sqs.exceptions.ClientError):
            sqs.create_queue(QueueName=name)
    server.own("GET", "health")
    asked = server.own("POST", "clock", json={"advance": 1})
    assert "cannot be kept any more: File too large" in asked["error"]
    time.sleep(3 * TICK)
    code, errors = server.stop()
    assert code == 0
    assert "Traceback" not in errors
    assert len(errors.splitlines()) <= 4, errors
    again = starting("--state", str(file))
    assert restored(again)["cut_off"]
    assert [url.rpartition("/")[2] for url in again.client("sqs").list_queues()["QueueUrls"]] == [
        "kept"
    ]
