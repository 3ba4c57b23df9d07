"""After a book's stop, calls to what it had deployed do not leave the machine."""

from __future__ import annotations

import http.client
import socket
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import requests

from archlib.local import LocalCloud
from archlib.local.deploy.deployment import Deployment
from archlib.template import Template
from archlib.workbook import Workbook
from archlib.workbook.closed import WALL, Stopped, Wall, hosts_of
from archlib.workbook.live import Live, go_live

API = "abc123.execute-api.us-east-1.amazonaws.com"

STACK = """
Resources:
  Files: {Type: AWS::S3::Bucket, Properties: {BucketName: files-1}}
  Queue: {Type: AWS::SQS::Queue}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}
Outputs:
  Url: {Value: !Sub 'https://${Api}.execute-api.us-east-1.amazonaws.com/x'}
  Queue: {Value: !Ref Queue}
  Site: {Value: 'https://d111abc.cloudfront.net'}
  Cache: {Value: 'dax://c.xyz.dax-clusters.us-east-1.amazonaws.com'}
  Elsewhere: {Value: 'https://example.org/'}
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that would have been looked up; none is."""
    WALL.open()  # what a book of another test has closed behind itself
    names: list[str] = []

    def getaddrinfo(host: Any, *_: Any, **__: Any) -> Any:
        names.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


@pytest.fixture
def wall(asked: list[str]) -> Iterator[Wall]:
    made = Wall()
    made.close([API], "mytodolist")
    yield made
    made.open()


def plainly(url: str) -> None:
    connection = http.client.HTTPSConnection(url.split("/")[2])
    connection.request("GET", "/")


CLIENTS: dict[str, Callable[[str], object]] = {
    "requests": lambda url: requests.get(url, timeout=1, proxies={"https": ""}),
    "httpx": lambda url: httpx.get(url, trust_env=False),
    "urllib": lambda url: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url),
    "http.client": plainly,
}


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_is_told(
    client: str, wall: Wall, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(Stopped, match="the cloud of mytodolist has been stopped") as refusal:
        CLIENTS[client](f"https://{API}/prod/todos")
    assert str(refusal.value).startswith(f"{API}: ")
    assert asked == []


def test_other_names_pass(wall: Wall, asked: list[str]) -> None:
    for name in ("example.org", "other.execute-api.us-east-1.amazonaws.com", b"example.org", None):
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(name, 443)
    assert asked[:2] == ["example.org", "other.execute-api.us-east-1.amazonaws.com"]
    for same in (API.upper(), f"{API}.", API.encode()):
        with pytest.raises(Stopped):
            socket.getaddrinfo(same, 443)
    assert len(asked) == 4


def test_opening_leaves_the_process_as_it_was(asked: list[str]) -> None:
    before, wall = socket.getaddrinfo, Wall()
    wall.close([], "nobody")
    assert socket.getaddrinfo is before
    wall.close([API], "one")
    wall.close(["other.cloudfront.net"], "two")
    assert socket.getaddrinfo is not before
    wall.open()
    assert socket.getaddrinfo is before


def test_clouds_come_and_go_before_a_wall_that_stays(asked: list[str]) -> None:
    before, wall = socket.getaddrinfo, Wall()
    wall.close([API], "one")
    standing = socket.getaddrinfo
    with LocalCloud(planes=()):
        wall.open()
    assert socket.getaddrinfo == standing
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(API, 443)
    assert asked == [API]
    wall.close([API], "one")
    with pytest.raises(Stopped):
        socket.getaddrinfo(API, 443)
    wall.open()
    assert socket.getaddrinfo is before


def deployed() -> tuple[Live, Deployment]:
    book = Workbook("mytodolist")
    live = go_live("small", book.architecture, Template.parse(STACK), ())
    return live, live.deployment


def test_hosts_are_those_with_ids_of_the_stack() -> None:
    live, deployment = deployed()
    try:
        api = deployment.resources["Api"].physical_id
        assert hosts_of(deployment, "us-east-1") == {
            f"{api}.execute-api.us-east-1.amazonaws.com",
            "files-1.s3.amazonaws.com",
            "files-1.s3.us-east-1.amazonaws.com",
            "d111abc.cloudfront.net",
            "c.xyz.dax-clusters.us-east-1.amazonaws.com",
        }
    finally:
        live.cloud.stop()


def test_a_book_closes_behind_itself(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    before, book = socket.getaddrinfo, Workbook("mytodolist")
    book._live, deployment = deployed()
    url = deployment.outputs["Url"]
    book.stop()
    try:
        with pytest.raises(Stopped, match=r"the cloud of mytodolist has been stopped.*start\(\)"):
            requests.get(url, timeout=1)
        assert asked == []
    finally:
        WALL.open()
    assert socket.getaddrinfo is before
