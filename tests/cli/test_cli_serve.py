"""``archlib serve`` as a person meets it, and the AWS CLI as its client."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told() -> Iterator[str]:
    """What the command prints for MyTodoList; it runs meanwhile."""
    process = subprocess.Popen(
        [sys.executable, "-m", "archlib.cli", "serve", "mytodolist", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line.startswith("Ctrl-C"):
            break
    assert process.poll() is None, process.communicate()
    yield text
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "stopping\n")


def exported(told: str) -> dict[str, str]:
    """The variables to set."""
    return dict(re.findall(r"^export (\w+)=(\S+)$", told, re.MULTILINE))


def aws(told: str, *words: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment |= {**exported(told), "AWS_CONFIG_FILE": os.devnull, "AWS_PAGER": ""}
    environment["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    done = subprocess.run(
        [sys.executable, "-m", "awscli", *words], env=environment, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_says_where_what_and_how(told: str) -> None:
    assert "reachable from this machine only" in told
    assert set(exported(told)) == {
        "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION",
    }  # fmt: skip
    assert "stack mytodolist:" in told
    (line,) = re.findall(r"curl -i (http://\S+\.execute-api\.localhost:\d+\S*)", told)
    host = line.split("/")[2]
    port = host.rpartition(":")[2]
    path = line.partition(host)[2]
    answer = requests.get(
        f"http://127.0.0.1:{port}{path}/todos", headers={"Host": host}, timeout=20
    )
    assert answer.status_code == 401
    ca_file = re.findall(r"certificates by (\S+)", told)[0]
    assert "BEGIN CERTIFICATE" in Path(ca_file).read_text()


def test_the_aws_cli_uses_it(told: str, tmp_path: Path) -> None:
    identity = json.loads(aws(told, "sts", "get-caller-identity"))
    assert identity["Arn"].endswith(":user/administrator")
    (tmp_path / "a.txt").write_text("hello")
    assert "make_bucket: by-cli" in aws(told, "s3", "mb", "s3://by-cli")
    aws(told, "s3", "cp", str(tmp_path / "a.txt"), "s3://by-cli/a.txt")
    assert "a.txt" in aws(told, "s3", "ls", "s3://by-cli/")
    assert aws(told, "s3", "cp", "s3://by-cli/a.txt", "-") == "hello"
    template = {"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "cli"}}}}
    (tmp_path / "t.json").write_text(json.dumps(template))
    told_of = aws(told, "cloudformation", "deploy", "--stack-name", "by-cli",
                  "--template-file", str(tmp_path / "t.json"))  # fmt: skip
    assert "Successfully created/updated stack - by-cli" in told_of
    assert ":cli" in aws(told, "sns", "list-topics")
    tables = json.loads(aws(told, "dynamodb", "list-tables"))["TableNames"]
    assert any("mytodolist" in name for name in tables)
    names = aws(told, "ec2", "describe-vpcs", "--query", "Vpcs[].CidrBlock", "--output", "text")
    assert "172.31.0.0/16" in names
