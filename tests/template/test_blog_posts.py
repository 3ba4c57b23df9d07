"""MyBlog's API as it is deployed: what everybody may, and what only an author may."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from archlib.architecture import Architecture, Output
from archlib.components import Browser, Function, RestApi, Table
from archlib.local import LocalCloud
from archlib.scenarios.myblog import records
from archlib.scenarios.myblog.architecture import CODE, ROUTES
from archlib.template import emit

pytestmark = pytest.mark.slow


def design() -> Architecture:
    """The API on its table, without caches."""
    client = Browser("Reader", "reader")
    api = RestApi("Api", "api")
    function = Function("Worker", "worker", code=CODE)
    table = Table("Items", "items", partition_key="pk", sort_key="sk")
    kept = records.in_the_table(function, table)  # type: ignore[arg-type]
    return Architecture(
        *("d", "D", "For a test", (client, api, function, table)),
        (
            client.calls(api, signed=tuple(route for route in ROUTES if route.signed)),
            api.invokes(function, routes=ROUTES),
            *kept.connections,
        ),
        outputs=(Output("Url", "the API", api.url), Output("Role", "authors", client.role_arn)),
    )


@dataclass
class Blog:
    """The deployed API, for anybody and for an author."""

    cloud: LocalCloud
    url: str
    role: str
    table: str

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(self.url + path, params=query, timeout=5)

    def post(self, path: str, body: Any, *, signed: bool = False) -> requests.Response:
        data = body if isinstance(body, str) else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        if signed:
            taken = self.cloud.client("sts").assume_role(
                RoleArn=self.role, RoleSessionName="author"
            )["Credentials"]
            credentials = Credentials(
                taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"]
            )
            request = AWSRequest("POST", self.url + path, data=data, headers=headers)
            SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
            headers = dict(request.headers.items())
        return requests.post(self.url + path, data=data, headers=headers, timeout=5)

    def publish(self, title: str, **more: str) -> dict[str, Any]:
        answer = self.post("/posts", {"title": title, "body": "Text", **more}, signed=True)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def stored(self, kind: str) -> list[dict[str, Any]]:
        items = self.cloud.client("dynamodb").scan(TableName=self.table)["Items"]
        return [item for item in items if item["pk"]["S"].startswith(kind)]


@pytest.fixture
def blog() -> Iterator[Blog]:
    made = emit(design())
    with LocalCloud() as cloud:
        deployed = cloud.deploy(made.template, stack_name="blog", assets=made.assets)
        table = deployed.resources["Items"].physical_id
        yield Blog(cloud, deployed.outputs["Url"], deployed.outputs["Role"], table)


def test_an_author_publishes_and_everybody_reads(blog: Blog) -> None:
    post = blog.publish("  First  ", photo="photos/a.jpg")
    assert (post["title"], post["body"], post["photo"]) == ("First", "Text", "photos/a.jpg")
    assert post["created"] == int(blog.cloud.clock.time())
    answer = blog.get(f"/posts/{post['id']}")
    assert (answer.status_code, answer.json()) == (200, post)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_nobody_else_publishes(blog: Blog) -> None:
    answer = blog.post("/posts", {"title": "Spam", "body": "Text"})
    assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})
    assert blog.stored("posts") == []


def test_the_list_is_newest_first_without_texts_and_in_pages(blog: Blog) -> None:
    titles = []
    for number in range(5):
        blog.cloud.clock.advance(seconds=1)
        titles.insert(0, blog.publish(f"Post {number}")["title"])
    first = blog.get("/posts", limit="2").json()
    assert [post["title"] for post in first["posts"]] == titles[:2]
    assert set(first["posts"][0]) == {"id", "title", "created"}
    second = blog.get("/posts", limit="2", nextToken=first["nextToken"]).json()
    assert [post["title"] for post in second["posts"]] == titles[2:4]
    last = blog.get("/posts", limit="2", nextToken=second["nextToken"]).json()
    assert [post["title"] for post in last["posts"]] == titles[4:]
    assert "nextToken" not in last
    assert [post["title"] for post in blog.get("/posts").json()["posts"]] == titles


@pytest.mark.parametrize(
    ("path", "query", "status", "message"),
    [
        ("/posts/absent", {}, 404, "No such post"),
        ("/posts", {"limit": "0"}, 400, "limit must be a number from 1 to 100"),
        ("/posts", {"limit": "many"}, 400, "limit must be a number from 1 to 100"),
        ("/posts", {"nextToken": "£"}, 400, "nextToken is not one of ours"),
        ("/posts", {"nextToken": "AAAA"}, 400, "nextToken is not one of ours"),
    ],
)
def test_mistakes_in_reading_are_told_and_kept_by_nobody(
    blog: Blog, path: str, query: dict[str, str], status: int, message: str
) -> None:
    answer = blog.get(path, **query)
    assert (answer.status_code, answer.json()) == (status, {"message": message})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "body",
    [
        "no JSON",
        [],
        {"title": "No text"},
        {"title": "", "body": "Text"},
        {"title": "x" * 201, "body": "Text"},
        {"title": 5, "body": "Text"},
        {"title": "Title", "body": "Text", "id": "mine"},
    ],
    ids=("no JSON", "a list", "no text", "no title", "long", "a number", "an id"),
)
def test_a_post_that_is_none_never_reaches_the_function(blog: Blog, body: Any) -> None:
    answer = blog.post("/posts", body, signed=True)
    assert (answer.status_code, answer.json()) == (400, {"message": "Invalid request body"})
    assert blog.stored("posts") == []


def test_a_blank_title_is_refused_by_the_function(blog: Blog) -> None:
    answer = blog.post("/posts", {"title": "   ", "body": "Text"}, signed=True)
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "title must be a text of 1 to 200 characters"},
    )


def test_an_address_subscribes_once_and_nobody_learns_who_has(blog: Blog) -> None:
    answers = [
        blog.post("/subscribers", {"email": address})
        for address in ("Ann@Example.org", "ann@example.org", " ann@example.org ")
    ]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    (item,) = blog.stored("subscriber#")
    assert item["email"] == {"S": "ann@example.org"}
    assert set(item) == {"pk", "sk", "email", "since"}
    assert blog.get("/posts").json() == {"posts": []}


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.org", "a@b@example.org", "@x.org"])
def test_what_is_no_address_does_not_subscribe(blog: Blog, email: str) -> None:
    answer = blog.post("/subscribers", {"email": email})
    assert (answer.status_code, answer.json()) == (400, {"message": "email must be an address"})
    assert blog.stored("subscriber#") == []


# -- the same posts in Aurora --------------------------------------------------------------------


class DataApi:
    """The RDS Data API on SQLite: the statements are run, the answers have the API's shape."""

    def __init__(self) -> None:
        import sqlite3

        self.database = sqlite3.connect(":memory:")

    def execute_statement(self, sql: str, parameters: Any = (), **place: str) -> dict[str, Any]:
        assert place == {"resourceArn": "cluster", "secretArn": "secret", "database": "blog"}
        values = {
            p["name"]: None if p["value"].get("isNull") else next(iter(p["value"].values()))
            for p in parameters
        }
        rows = self.database.execute(sql, values).fetchall()
        return {"records": [[self._field(value) for value in row] for row in rows]}

    @staticmethod
    def _field(value: Any) -> dict[str, Any]:
        if value is None:
            return {"isNull": True}
        return {"longValue" if isinstance(value, int) else "stringValue": value}


def test_aurora_keeps_posts_as_the_table_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ARN", "cluster")
    monkeypatch.setenv("SECRET_ARN", "secret")
    monkeypatch.setenv("DATABASE_NAME", "blog")
    monkeypatch.syspath_prepend(str(Path(CODE)))
    monkeypatch.setattr(boto3, "client", lambda name: {"rds-data": DataApi()}[name])
    posts = importlib.import_module("aurora").Posts()
    made = [
        {"id": f"{n:012x}-aa", "title": f"Post {n}", "body": "Text", "created": n} for n in range(3)
    ]
    made[1]["photo"] = "photos/a.jpg"
    for post in made:
        posts.add(post)
    assert posts.read(made[1]["id"]) == made[1]
    assert posts.read(made[0]["id"]) == made[0]
    assert posts.read("absent") is None
    newest, more = posts.page(2, None)
    assert ([post["title"] for post in newest], more) == (["Post 2", "Post 1"], True)
    assert "body" not in newest[0]
    rest, more = posts.page(2, newest[-1]["id"])
    assert ([post["title"] for post in rest], more) == (["Post 0"], False)
