"""The console page: what it is told, what it may do, who may ask; and in a real browser."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from archlib.console import verification

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<img src=x onerror=\"document.title='owned'\">'; touch /tmp/owned; '"

#: A template that names a design: of its components it has the table alone.
TABLE_ONLY = f"""
Metadata: {{archlib: {{architecture: mytodolist}}}}
Resources:
  Todos:
    Type: AWS::DynamoDB::Table
    Metadata: {{archlib: {{component: TodoTable}}}}
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
Outputs:
  Site: {{Value: "https://d123.cloudfront.net/a?b='$(touch /tmp/owned)'"}}
  Elsewhere: {{Value: "https://example.com/"}}
  Hostile: {{Value: {json.dumps(HOSTILE)}}}
"""

BROKEN = """
Resources:
  Fine: {Type: "AWS::SQS::Queue"}
  Broken:
    Type: AWS::SQS::Queue
    DependsOn: Fine
    Properties: {RedrivePolicy: {deadLetterTargetArn: "arn:aws:sqs:us-east-1:123456789012:no",
                                 maxReceiveCount: 100000}}
"""


def told(server: Any, path: str) -> Any:
    answer = requests.get(f"{server.endpoint}/_archlib/console/{path}", timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def stack_named(server: Any, name: str) -> Any:
    (found,) = [stack for stack in told(server, "stacks")["stacks"] if stack["name"] == name]
    return found


def until(true: Callable[[], Any], patience: float = 60.0) -> Any:
    end = time.monotonic() + patience
    while not (value := true()):
        assert time.monotonic() < end, "it has not come true"
        time.sleep(0.05)
    return value


@pytest.fixture(scope="module")
def tiny(server: Any) -> Any:
    """A stack on the common server that names a design."""
    server.client("cloudformation").create_stack(StackName="tiny", TemplateBody=TABLE_ONLY)
    return stack_named(server, "tiny")


# -- the page, and the S3 call at the same address ---------------------------------------------


class Markup(HTMLParser):
    """Everything of a page that a strict policy would stop, or that leads elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.forbidden += [f"{tag} {n}" for n in given if n.startswith("on") or n == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.forbidden.append(tag)
        for name in ("src", "href", "action", "srcset"):
            if name in given and not given[name].startswith(("#", "data:,")):
                self.parts.append(given[name])


def test_a_browser_gets_the_page_and_nothing_inline(server: Any) -> None:
    answer = requests.get(f"{server.endpoint}/", headers=BROWSER, timeout=10)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    markup = Markup()
    markup.feed(answer.text)
    assert (markup.forbidden, len(markup.parts)) == ([], 2)
    for part in markup.parts:
        assert part.startswith("/_archlib/console/")
        got = requests.get(server.endpoint + part, timeout=10)
        assert got.status_code == 200
        for guarded in (answer, got):
            policy = guarded.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert guarded.headers["X-Content-Type-Options"] == "nosniff"
            assert guarded.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    script = requests.get(f"{server.endpoint}/_archlib/console/console.js", timeout=10)
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script.text
    head = requests.head(f"{server.endpoint}/", headers=BROWSER, timeout=10)
    assert (head.status_code, head.content) == (200, b"")


def test_the_same_address_is_still_s3(server: Any) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="listed-beside-the-page")
    assert "listed-beside-the-page" in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    url = s3.generate_presigned_url("list_buckets")
    shown = requests.get(url, headers=BROWSER, timeout=10)
    assert "<Name>listed-beside-the-page</Name>" in shown.text
    plain = requests.get(f"{server.endpoint}/", timeout=10)
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "AWS_ENDPOINT_URL" in plain.text


@pytest.mark.slow
def test_the_command_line_lists_buckets(server: Any) -> None:
    pytest.importorskip("awscli", reason="the AWS CLI is among the tools for development")
    server.client("s3").create_bucket(Bucket="listed-by-the-cli")
    exports = [line.removeprefix("export ") for line in told(server, "about")["environment"]]
    environment = {**os.environ, **dict(shlex.split(line)[0].split("=", 1) for line in exports)}
    ran = subprocess.run(
        [sys.executable, "-m", "awscli", "s3", "ls"],
        env=environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "listed-by-the-cli" in ran.stdout


def test_the_page_comes_while_the_cloud_is_busy(server: Any) -> None:
    arn = server.function(
        "endless", "def handler(event, context):\n    while True:\n        pass\n", Timeout=3
    )
    with ThreadPoolExecutor(1) as other:
        under_way = other.submit(server.client("lambda").invoke, FunctionName=arn)
        until(lambda: server.own("GET", "health")["busy"] > 0.2)
        page = requests.get(f"{server.endpoint}/", headers=BROWSER, timeout=10)
        hops = server.own("GET", "clock")
        assert not under_way.done()
        assert (page.status_code, hops["now"] > 0) == (200, True)
        assert under_way.result()["FunctionError"] == "Unhandled"


def test_what_is_not_there(server: Any) -> None:
    at = f"{server.endpoint}/_archlib/console"
    for path in ("console.py", "../console.css", "page.py", "diagram/mytodolist/no.svg",
                 "diagram/no/no.svg", "diagram/os/mytodolist.svg", "nothing"):  # fmt: skip
        answer = requests.get(f"{at}/{path}", timeout=30)
        assert (answer.status_code, "error" in answer.json()) == (404, True), path
    assert requests.post(f"{at}/stacks", timeout=10).status_code == 405


# -- who may ask -------------------------------------------------------------------------------

FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
)


@pytest.mark.parametrize("headers", FOREIGN)
def test_pages_of_others_may_not_ask(server: Any, tiny: Any, headers: dict[str, str]) -> None:
    at = f"{server.endpoint}/_archlib"
    before = server.own("GET", "clock")["advanced"]
    asked = [
        requests.post(f"{at}/clock", json={"advance": 5}, headers=headers, timeout=10),
        requests.get(f"{at}/console/stacks", headers=headers, timeout=10),
        requests.get(f"{at}/trace/stream", headers=headers, timeout=10),
        requests.post(
            f"{at}/console/verification", json={"stack": tiny["id"]}, headers=headers, timeout=10
        ),
        requests.delete(f"{at}/console/verification", headers=headers, timeout=10),
    ]
    assert [answer.status_code for answer in asked] == [403] * len(asked)
    assert server.own("GET", "clock")["advanced"] == before
    assert told(server, "verification") == {"state": "none"}


def test_the_own_page_and_a_followed_link_may_ask(server: Any) -> None:
    for headers in (
        {"Origin": server.endpoint, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
    ):
        answer = requests.get(f"{server.endpoint}/_archlib/clock", headers=headers, timeout=10)
        assert answer.status_code == 200
    linked = {**BROWSER, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    page = requests.get(f"{server.endpoint}/", headers=linked, timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "localhost.evil.example"])
def test_a_name_that_was_made_to_lead_here_is_not_the_servers(server: Any, host: str) -> None:
    name = host.format(port=server.port)
    own = {"Host": name, "Origin": f"http://{name}", **BROWSER}
    before = server.own("GET", "clock")["advanced"]
    page = requests.get(f"{server.endpoint}/", headers=own, timeout=10)
    told_ = requests.get(f"{server.endpoint}/_archlib/console/about", headers=own, timeout=10)
    moved = requests.post(
        f"{server.endpoint}/_archlib/clock", json={"advance": 5}, headers=own, timeout=10
    )
    for answer in (page, told_, moved):
        assert answer.status_code in (403, 502)
        assert "archlib/local/secret" not in answer.text
        assert not answer.headers["Content-Type"].startswith("text/html")
    assert server.own("GET", "clock")["advanced"] == before


def create_user(server: Any, name: str, host: str, **headers: str) -> int:
    """The call that a foreign page would make: it knows the keys, and signs in the query."""
    request = AWSRequest(
        "GET", f"http://{host}/?Action=CreateUser&Version=2010-05-08&UserName={name}"
    )
    keys = Credentials(server.facts["access_key_id"], server.facts["secret_access_key"])
    SigV4QueryAuth(keys, "iam", "us-east-1", expires=600).add_auth(request)
    query = request.url.partition("?")[2]
    answer = requests.get(
        f"{server.endpoint}/?{query}", headers={"Host": host, **headers}, timeout=10
    )
    return answer.status_code


def test_pages_of_others_may_not_call_aws_apis(server: Any) -> None:
    own = f"127.0.0.1:{server.port}"
    refused = [
        create_user(server, "Mallory", own, Origin="https://evil.example"),
        create_user(server, "Mallory", own, Origin="null"),
        create_user(server, "Mallory", own, Origin="https://attacker.s3.amazonaws.com"),
        create_user(server, "Mallory", own, Origin="https://dattacker1234.cloudfront.net"),
        create_user(server, "Mallory", own, Origin="http://["),
        create_user(server, "Mallory", own, **{"Sec-Fetch-Site": "cross-site"}),
        create_user(server, "Mallory", f"evil.example:{server.port}"),
        create_user(
            server, "Mallory", f"evil.example:{server.port}",
            Origin=f"http://evil.example:{server.port}",
        ),
    ]  # fmt: skip
    assert refused == [403] * len(refused)
    names = [user["UserName"] for user in server.client("iam").list_users()["Users"]]
    assert "Mallory" not in names
    # Pages of this machine, and of sites that the cloud serves, may; so may everything else.
    allowed = [
        create_user(server, "Ann", own),
        create_user(server, "Bea", own, Origin="http://localhost:3000"),
        create_user(server, "Cid", own, Origin=f"http://d1.cloudfront.localhost:{server.port}"),
        create_user(server, "Dan", "iam.amazonaws.com"),
    ]
    assert allowed == [200] * 4


@pytest.mark.parametrize(
    "given", ["NaN", "Infinity", "1e300", "-1", "true", '"5"', "1" + "0" * 400]
)
def test_no_such_advance(server: Any, given: str) -> None:
    body = f'{{"advance": {given}}}'
    answer = requests.post(f"{server.endpoint}/_archlib/clock", data=body, timeout=10)
    assert answer.status_code == 400
    assert server.own("GET", "clock")["now"] > 0


# -- what is told ------------------------------------------------------------------------------


def test_a_stack_with_its_lines(server: Any, tiny: Any) -> None:
    assert (tiny["status"], tiny["region"], tiny["scenario"]) == (
        "CREATE_COMPLETE", "us-east-1", "mytodolist",
    )  # fmt: skip
    (table,) = tiny["resources"]
    assert table["line"] == f"aws dynamodb scan --table-name {table['physical_id']}"
    outputs = {output["key"]: output for output in tiny["outputs"]}
    site = outputs["Site"]
    url = f"http://d123.cloudfront.localhost:{server.port}/a?b='$(touch /tmp/owned)'"
    assert (site["url"], shlex.split(site["line"])) == (url, ["curl", "-i", url])
    assert outputs["Hostile"] == {"key": "Hostile", "value": HOSTILE, "url": None, "line": None}
    assert outputs["Elsewhere"]["url"] is None


def test_stacks_that_failed_and_stacks_elsewhere(server: Any) -> None:
    client = server.client("cloudformation")
    client.create_stack(StackName="broken", TemplateBody=BROKEN)
    broken = stack_named(server, "broken")
    assert (broken["status"], broken["scenario"], broken["pictures"]) == (
        "ROLLBACK_COMPLETE", None, [],
    )  # fmt: skip
    assert broken["reason"]
    elsewhere = server.client("cloudformation", region_name="eu-west-1")
    queue = 'Resources: {Q: {Type: "AWS::SQS::Queue"}}'
    elsewhere.create_stack(StackName="elsewhere", TemplateBody=queue)
    assert stack_named(server, "elsewhere")["id"] == "eu-west-1/elsewhere"
    elsewhere.delete_stack(StackName="elsewhere")
    client.delete_stack(StackName="broken")
    names = [stack["name"] for stack in told(server, "stacks")["stacks"]]
    assert not {"elsewhere", "broken"} & set(names)


def test_a_hop_that_no_arrow_draws_is_told(server: Any, tiny: Any) -> None:
    table = tiny["resources"][0]["physical_id"]
    mark = server.own("GET", "trace")["mark"]
    keys = server.user("Undrawn", "dynamodb:Scan")
    server.client("dynamodb", **keys).scan(TableName=table)
    refused = server.client("dynamodb", **server.user("Stranger"))
    with pytest.raises(refused.exceptions.ClientError):
        refused.scan(TableName=table)
    server.client("dynamodb").scan(TableName=table)
    ways = [
        (hop["way"], hop["status"])
        for hop in server.own("GET", f"trace?since={mark}")["hops"]
        if hop["action"] == "dynamodb:Scan"
    ]
    assert [way["drawn"] for way, _ in ways] == [False, None, None]
    assert [way["administrator"] for way, _ in ways] == [False, False, True]
    assert [status for _, status in ways] == [200, 400, 200]
    assert (ways[0][0]["source"], ways[0][0]["target"]) == ("Mobile client", "DynamoDB")


def test_logs_and_outbox(server: Any) -> None:
    arn = server.function(
        "talks", "def handler(event, context):\n    print('said <b>' + event['n'] + '</b>')\n"
    )
    for n in range(70):
        server.client("lambda").invoke(FunctionName=arn, Payload=json.dumps({"n": f"{n:03}"}))
    groups = {group["group"]: group for group in told(server, "logs")["groups"]}
    lines = groups["/aws/lambda/talks"]["lines"]
    assert len(lines) == 60
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    said = [line["message"] for line in lines if line["message"].startswith("said")]
    assert said == [f"said <b>{n:03}</b>" for n in range(70 - len(said), 70)]
    before = told(server, "outbox")["count"]
    idp = server.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="mails", AutoVerifiedAttributes=["email"])["UserPool"][
        "Id"
    ]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    idp.sign_up(ClientId=app, Username="eve", Password="Correct-horse-7",
                UserAttributes=[{"Name": "email", "Value": "eve@example.com"}])  # fmt: skip
    outbox = told(server, "outbox")
    assert outbox["count"] == before + 1
    assert outbox["messages"][-1]["to"] == "eve@example.com"


# -- a scenario --------------------------------------------------------------------------------


class Person:
    """Somebody with an account of MyTodoList, seen from outside."""

    def __init__(self, server: Any, name: str) -> None:
        self._server = server
        deployed = server.own("GET", "deployments")["mytodolist"]["outputs"]
        self._host = deployed["ApiUrl"].split("/")[2]
        idp = boto3.client(
            "cognito-idp", endpoint_url=server.endpoint, region_name="us-east-1",
            config=Config(signature_version=UNSIGNED),
        )  # fmt: skip
        mail, password = f"{name}@example.com", "Correct-horse-7"
        app = deployed["UserPoolClientId"]
        idp.sign_up(ClientId=app, Username=mail, Password=password,
                    UserAttributes=[{"Name": "email", "Value": mail}])  # fmt: skip
        code = server.own("GET", "outbox")["messages"][-1]["code"]
        idp.confirm_sign_up(ClientId=app, Username=mail, ConfirmationCode=code)
        made = idp.initiate_auth(
            ClientId=app, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": mail, "PASSWORD": password},
        )  # fmt: skip
        self._token = made["AuthenticationResult"]["IdToken"]
        idp.close()

    def call(self, method: str, path: str, *, signed_in: bool = True, **given: Any) -> int:
        headers = {"Host": self._host, **({"Authorization": self._token} if signed_in else {})}
        answer = requests.request(
            method, f"{self._server.endpoint}/prod{path}", headers=headers, timeout=30, **given
        )
        return answer.status_code


@pytest.fixture(scope="module")
def todos(start_server: Callable[..., Any]) -> Iterator[Any]:
    served = start_server("mytodolist")
    yield served
    code, errors = served.stop()
    assert (code, errors) == (0, "")


@pytest.mark.slow
def test_hops_take_the_arrows_of_the_picture(todos: Any) -> None:
    (picture,) = stack_named(todos, "mytodolist")["pictures"]
    drawn = requests.get(f"{todos.endpoint}/_archlib/console/{picture['svg']}", timeout=120)
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    root = ElementTree.fromstring(drawn.text)
    groups = [g for g in root.iter() if g.tag.endswith("}g")]
    keys = [arrow["key"] for arrow in picture["arrows"]]
    for kind in ("arrow", "badge"):
        assert [g.get("data-arrow") for g in groups if g.get("class") == kind] == keys
    assert not [e for e in root.iter() if e.get("style") or e.tag.endswith(("}style", "}script"))]
    assert not [g for g in groups if g.get("data-hops")]
    assert "taken" not in (root.findtext("{*}desc") or "")
    letters = requests.get(f"{todos.endpoint}/_archlib/console/{picture['css']}", timeout=120)
    assert letters.headers["Content-Type"] == "text/css; charset=utf-8"
    assert letters.text.startswith("@font-face")

    ana = Person(todos, "ana.arrows")
    before = told(todos, "hops")
    assert ana.call("POST", "/todos", json={"title": "milk"}) == 201
    assert ana.call("GET", "/todos") == 200
    assert ana.call("GET", "/todos", signed_in=False) == 401
    after = told(todos, "hops")
    fresh = [hop for hop in after["hops"] if hop["number"] >= before["mark"]]
    prefix = "us-east-1/mytodolist "
    (outer,) = [hop for hop in fresh if hop["action"] == "execute-api:POST /todos"]
    assert outer["way"] == {
        "source": "Mobile client", "target": "Amazon API Gateway", "drawn": True,
        "arrows": [f"{prefix}MobileClient/TodoApi/calls"], "administrator": False,
    }  # fmt: skip
    assert all(hop["way"]["drawn"] for hop in fresh)
    taken = {
        key: after["counts"].get(prefix + key, 0) - before["counts"].get(prefix + key, 0)
        for key in keys
    }
    assert {key: n for key, n in taken.items() if n} == {
        "MobileClient/TodoApi/calls": 3,
        "TodoApi/UserDirectory/verifies_with": 2,
        "TodoApi/TodoApi/caches_responses": 1,
        "TodoApi/TodoFunction/invokes": 2,
        "TodoFunction/TodoCache/reads_and_writes_through": 2,
        "TodoCache/TodoTable/fronts": taken["TodoCache/TodoTable/fronts"],
    }
    assert after["total"] == before["total"] + len(fresh)


# -- verdicts ----------------------------------------------------------------------------------


def verify(server: Any, method: str = "POST", **given: Any) -> requests.Response:
    return requests.request(
        method, f"{server.endpoint}/_archlib/console/verification", timeout=30, **given
    )


def children(pid: int) -> set[int]:
    """The processes that a process has started, as Linux tells them."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found


linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for a process's children")


@linux
@pytest.mark.slow
def test_a_verification_runs_beside_the_server(starting: Callable[..., Any]) -> None:
    server = starting()
    server.client("cloudformation").create_stack(StackName="tiny", TemplateBody=TABLE_ONLY)
    stack = stack_named(server, "tiny")["id"]
    for wrong in ({"stack": "us-east-1/absent"}, {"stack": ["tiny"]}, {}):
        assert verify(server, json=wrong).status_code == 400
    queue = 'Resources: {Q: {Type: "AWS::SQS::Queue"}}'
    server.client("cloudformation").create_stack(StackName="queue", TemplateBody=queue)
    assert verify(server, json={"stack": "us-east-1/queue"}).status_code == 400

    assert verify(server, json={"stack": stack}).status_code == 202
    assert verify(server, json={"stack": stack}).status_code == 409
    (child,) = until(lambda: children(server.process.pid))
    server.client("s3").list_buckets()
    assert told(server, "verification")["state"] == "running"
    until(lambda: told(server, "verification")["steps"])
    assert verify(server, "DELETE").json()["state"] == "cancelled"
    assert children(server.process.pid) == set()
    assert not Path(f"/proc/{child}").exists()

    # What is judged is the deployed template: of the design it has a table, and nothing else.
    assert verify(server, json={"stack": stack}).status_code == 202
    done = until(lambda: (run := told(server, "verification"))["state"] != "running" and run, 300)
    assert (done["state"], done["error"]) == ("done", None)
    assert done["steps"][0] == "deploy mytodolist"
    outcomes = {v["requirement"]: v["outcome"] for v in done["report"]["verdicts"]}
    assert outcomes["DEPLOYS"] == "met"
    assert outcomes["PICTURE"] == "not met"
    assert stack_named(server, "tiny")["status"] == "CREATE_COMPLETE"

    # The server ends in the midst of one, and leaves no process behind.
    assert verify(server, json={"stack": stack}).status_code == 202
    (child,) = until(lambda: children(server.process.pid))
    assert server.stop() == (0, "")
    assert not Path(f"/proc/{child}").exists()


@pytest.mark.parametrize(
    ("code", "out", "state", "error"),
    [
        (0, b'[{"verdicts": []}]', "done", None),
        (1, b'[{"verdicts": []}]', "done", None),
        (2, b"", "failed", "archlib verify ended with 2: deploy x\nError: no"),
        (-9, b"", "failed", "archlib verify ended with -9: deploy x\nError: no"),
        (0, b"{", "failed", "archlib verify ended with 0: deploy x\nError: no"),
        (0, b"[]", "failed", "archlib verify ended with 0: deploy x\nError: no"),
    ],
)  # fmt: skip
def test_how_a_verification_ends(code: int, out: bytes, state: str, error: str | None) -> None:
    run = verification.Run("us-east-1/x", "x", steps=["deploy x", "Error: no"])
    verification.conclude(run, code, out)
    assert (run.state, run.error) == (state, error)


# -- in a browser ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pytest.importorskip("websocket", reason="websocket-client is not installed")
    import browser

    if browser.executable() is None:
        pytest.skip(f"no browser is installed: none of {', '.join(browser.NAMES)}")
    with browser.browsing(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def opened(page: Any, server: Any, width: int = 1400) -> None:
    page.size(width, 900)
    page.open(f"{server.endpoint}/")
    page.until("document.querySelector('#connection')?.dataset.state === 'live'")


@pytest.mark.slow
def test_the_page_lives(page: Any, todos: Any) -> None:
    ben = Person(todos, "ben.browser")
    opened(page, todos)
    page.until("document.querySelectorAll('g.arrow').length === 10")
    badge = 'g.badge[data-arrow="MobileClient/TodoApi/calls"]'
    arrow = 'g.arrow[data-arrow="MobileClient/TodoApi/calls"]'
    before = int(page.run(f"document.querySelector('{badge}.counted text')?.textContent ?? 0"))
    listed = page.run("document.querySelectorAll('#hop-list li').length")

    # A hop lights its arrow, counts, is listed and is said.
    assert ben.call("GET", "/todos", signed_in=False) == 401
    page.until(f"document.querySelectorAll('#hop-list li').length === {listed + 1}")
    assert page.run(f"document.querySelector('{arrow}').classList.contains('lit')")
    assert int(page.run(f"document.querySelector('{badge} text').textContent")) == before + 1
    assert page.run(f"document.querySelector('{arrow}').dataset.outcome") == "failed"
    assert "GET /todos" in page.text("#hop-list li")
    assert "Mobile client → Amazon API Gateway" in page.text("#hop-list li")
    assert "401" in page.text("#hop-list li .chips")
    assert "GET /todos" in page.run("document.querySelector('#said').textContent")
    page.until(f"!document.querySelector('{arrow}').classList.contains('lit')")

    # By keyboard: one stop in the list, arrows go on, Enter opens; the focus can be seen.
    page.run("document.querySelector('#clear').focus()")
    page.press("Tab")
    page.press("Enter")
    assert "no token" in page.until("document.querySelector('#hop-list dl').innerText")
    seen = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.run(seen) != "none"
    page.press("ArrowDown")
    assert page.run("document.activeElement.closest('li').previousElementSibling !== null")
    page.press("Home")
    assert page.run("document.activeElement.closest('li').previousElementSibling === null")
    stops = "document.querySelectorAll('#hop-list summary[tabindex=\"0\"]').length"
    assert page.run(stops) == 1
    page.press("Tab")
    assert page.run("!document.querySelector('#hop-list').contains(document.activeElement)")

    # The mail of the sign-up, the lines of the function, lines to copy.
    assert ben.call("GET", "/todos") == 200
    page.until("document.querySelector('#log-groups pre')?.textContent.includes('REPORT')")
    assert "ben.browser@example.com" in page.text("#messages")
    page.run("document.querySelector('#environment .copy').click()")
    page.until("document.querySelector('#environment .copy').textContent !== 'Copy'")
    assert "aws dynamodb scan --table-name mytodolist-TodoTable" in page.text("#stack-list")

    # The clock.
    advanced = todos.own("GET", "clock")["advanced"]
    page.run("document.querySelector('[data-advance=\"3600\"]').focus()")
    page.press(" ")
    page.until("document.querySelector('#clock-said').textContent === 'advanced by 1 h'")
    assert todos.own("GET", "clock")["advanced"] == advanced + 3600
    assert page.run("document.activeElement.dataset.advance") == "3600"
    page.run("document.querySelector('#amount').value = '2'")
    page.run("document.querySelector('#unit').value = '60'")
    page.run("document.querySelector('#amount').focus()")
    page.press("Enter")
    page.until("document.querySelector('#clock-said').textContent === 'advanced by 2 min'")
    assert todos.own("GET", "clock")["advanced"] == advanced + 3600 + 2 * 60

    # Nothing was refused by the policy, nothing was asked of anybody else.
    assert page.problems == []
    assert {url.split("/")[2] for url in page.asked if not url.startswith("data:")} == {
        f"127.0.0.1:{todos.port}"
    }


@pytest.mark.slow
def test_a_verification_from_the_page(page: Any, server: Any, tiny: Any) -> None:
    opened(page, server)
    page.until("document.querySelector('#verify-buttons button') !== null")
    page.run("document.querySelector('#verify-buttons button').click()")
    page.until("document.querySelector('#verify-step').textContent.startsWith('deploy mytodolist')")
    assert page.run("document.querySelector('#verify-buttons button').disabled")
    page.run("document.querySelector('#verify-cancel').click()")
    page.until("document.querySelector('#verify-said').textContent === 'cancelled'")
    assert page.run("document.querySelector('#verifying').hidden")
    page.run("document.querySelector('#verify-buttons button').click()")
    page.until("document.querySelector('#report table') !== null", patience=300)
    assert "requirements met" in page.text("#verify-said")
    rows = page.run("[...document.querySelectorAll('#report tbody tr')].map((r) => r.innerText)")
    (deploys,) = [row for row in rows if row.startswith("DEPLOYS")]
    assert "1 resource was created" in deploys
    (drawn,) = [row for row in rows if row.startswith("PICTURE")]
    assert "no flow takes" in drawn
    marks = "[...document.querySelectorAll('#report td > .chip')].map((c) => c.className)"
    assert {"chip good", "chip bad"} <= set(page.run(marks))
    assert page.problems == []


@pytest.mark.slow
def test_looks(page: Any, todos: Any) -> None:
    opened(page, todos, width=360)
    page.until("document.querySelectorAll('g.arrow').length === 10")
    # Wide things scroll within themselves.
    assert page.run("document.documentElement.scrollWidth") <= 360
    ground = "getComputedStyle(document.body).backgroundColor"
    page.media(prefers_color_scheme="light", prefers_reduced_motion="no-preference")
    light = page.run(ground)
    moves = "getComputedStyle(document.querySelector('g.arrow path')).transitionDuration"
    assert page.run(moves) == "0.5s, 0.5s"
    page.media(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    assert page.run(ground) != light
    assert page.run(moves) == "0s"
    assert page.problems == []


#: The ids of sections that lie over one another, wherever one scrolls to.
COVERING = """
    [...document.querySelectorAll('section')].flatMap((part) => {
      part.scrollIntoView();
      const places = [...document.querySelectorAll('section')]
        .map((one) => [one.id, one.getBoundingClientRect()]);
      return places.flatMap(([a, p], i) => places.slice(i + 1)
        .filter(([, q]) => p.left < q.right - 1 && q.left < p.right - 1
          && p.top < q.bottom - 1 && q.top < p.bottom - 1)
        .map(([b]) => `${a} over ${b} at ${part.id}`));
    })
"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 800, 390])
def test_nothing_covers_anything_with_much_on_it(page: Any, todos: Any, width: int) -> None:
    cognito = todos.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=f"w{width}", AutoVerifiedAttributes=["email"])
    client = cognito.create_user_pool_client(UserPoolId=pool["UserPool"]["Id"], ClientName="c")
    for number in range(60):
        email = {"Name": "email", "Value": f"reader{number}@a-long-host-name.example.com"}
        cognito.sign_up(
            ClientId=client["UserPoolClient"]["ClientId"], Username=f"reader{number}",
            Password="A password 1!", UserAttributes=[email],
        )  # fmt: skip
    opened(page, todos, width)
    page.until("document.querySelectorAll('#messages details').length === 50")
    assert "the newest 50 here" in page.text("#outbox-count")
    assert page.run(COVERING) == []
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.problems == []


@pytest.mark.slow
def test_texts_of_the_cloud_stay_texts(page: Any, server: Any, tiny: Any) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    arn = server.function("hostile", "def handler(event, context):\n    print(event['said'])\n")
    opened(page, server)
    before = page.run("document.querySelectorAll('img').length")
    server.client("lambda").invoke(FunctionName=arn, Payload=json.dumps({"said": hostile}))
    with pytest.raises(Exception, match="NoSuchBucket"):
        server.client("s3").list_objects_v2(Bucket="no-such-bucket", Prefix=hostile)
    page.until("document.querySelector('#log-groups').textContent.includes('onerror')")
    page.until("document.querySelector('#stack-list').textContent.includes('onerror')")
    page.until("document.querySelector('#hop-list').textContent.includes('ListObjectsV2')")
    page.run("document.querySelectorAll('#hop-list details').forEach((d) => { d.open = true; })")
    assert page.run("document.querySelectorAll('img').length") == before == 0
    assert page.run("document.title") == "archlib: a local cloud"


@pytest.mark.slow
def test_a_traceback_has_its_lines(page: Any, server: Any) -> None:
    source = "def handler(event, context):\n    raise ValueError('seen in the console')\n"
    arn = server.function("raises", source)
    opened(page, server)
    server.client("lambda").invoke(FunctionName=arn)
    page.until("document.querySelector('#log-groups').textContent.includes('seen in the console')")
    shown = [line.strip() for line in page.text("#log-groups").split("\n")]
    assert "Traceback (most recent call last):" in shown
    assert "raise ValueError('seen in the console')" in shown


@pytest.mark.slow
def test_a_template_without_a_model_has_a_list(page: Any, starting: Callable[..., Any],
                                               tmp_path: Path) -> None:  # fmt: skip
    file = tmp_path / "queue.yaml"
    file.write_text('Resources: {Q: {Type: "AWS::SQS::Queue"}}')
    server = starting(str(file))
    opened(page, server)
    page.until("!document.querySelector('#no-picture').hidden")
    assert page.run("document.querySelectorAll('figure').length") == 0
    server.client("sqs").list_queues()
    page.until("document.querySelector('#hop-list').textContent.includes('sqs:ListQueues')")
    assert "CREATE_COMPLETE" in page.text("#stack-list")
