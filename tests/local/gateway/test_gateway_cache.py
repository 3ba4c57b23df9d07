"""The stage cache: what is kept, under which key, for how long, and who may renew it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from archlib.local.gateway.cache import MAXIMUM_RESPONSE, StageCache, weight
from archlib.local.gateway.exchange import Answer
from archlib.local.identity import Caller, Credentials

CACHING = {"/cacheClusterEnabled": "true", "/cacheClusterSize": "0.5"}
EVERYWHERE = {**CACHING, "/*/*/caching/enabled": "true"}


class Backend:
    """Counts how often the function really ran; each run answers another number."""

    def __init__(self, gateway: Any) -> None:
        self.numbers = itertools.count(1)
        self.status = 200
        gateway.lambdas.handlers[gateway.function_arn] = self.run

    def run(self, event: Any) -> Any:
        return {"statusCode": self.status, "body": str(next(self.numbers))}


@pytest.fixture
def backend(gateway: Any) -> Backend:
    return Backend(gateway)


def build(gateway: Any, settings: dict[str, str], **methods: Any) -> Any:
    """``GET /todos`` whose key is the Authorization header, unless told otherwise."""
    api = gateway.api()
    options = {
        "requestParameters": {"method.request.header.Authorization": False},
        "integration": gateway.proxy(cacheKeyParameters=["method.request.header.Authorization"]),
        **methods,
    }
    api.method("GET", "/todos", **options)
    api.deploy()
    if settings:
        api.patch_stage(settings)
    return api


def read(api: Any, path: str = "/todos", **headers: str) -> str:
    return str(api.get(path, headers=headers).text)


def caches(gateway: Any, mark: int) -> list[str | None]:
    hops = gateway.cloud.trace.since(mark)
    return [hop.cache for hop in hops if hop.action == "apigateway:CacheGet"]


@pytest.mark.parametrize(
    ("settings", "cached"),
    [
        ({}, False),
        (CACHING, False),
        ({"/*/*/caching/enabled": "true"}, False),
        (EVERYWHERE, True),
        ({**CACHING, "/~1todos/GET/caching/enabled": "true"}, True),
        ({**CACHING, "/todos/GET/caching/enabled": "true"}, True),
        ({**EVERYWHERE, "/~1todos/GET/caching/enabled": "false"}, False),
        ({**EVERYWHERE, "/*/*/caching/ttlInSeconds": "0"}, False),
        ({**EVERYWHERE, "/cacheClusterEnabled": "false"}, False),
    ],
)
def test_when_a_get_is_cached(
    gateway: Any, backend: Backend, settings: dict[str, str], cached: bool
) -> None:
    api = build(gateway, settings)
    assert (read(api) == read(api)) is cached


def test_only_get_follows_the_stage_wide_switch(gateway: Any, backend: Backend) -> None:
    api = gateway.api()
    api.method("GET", "/a")
    api.method("POST", "/a")
    api.method("ANY", "/b")
    api.deploy()
    api.patch_stage(EVERYWHERE)
    assert api.get("/a").text == api.get("/a").text
    assert api.send("POST", "/a").text != api.send("POST", "/a").text
    assert api.get("/b").text == api.get("/b").text
    assert api.send("PUT", "/b").text != api.send("PUT", "/b").text
    api.patch_stage({"/~1a/POST/caching/enabled": "true"})
    assert api.send("POST", "/a").text == api.send("POST", "/a").text


def test_a_hit_takes_no_function_hop(gateway: Any, backend: Backend) -> None:
    api = build(gateway, EVERYWHERE)
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api.id}"
    mark = gateway.cloud.trace.mark()
    first = api.get("/todos")
    assert [(h.source, h.target, h.cache) for h in gateway.cloud.trace.since(mark)[1:]] == [
        (arn, arn, "miss"),
        (arn, gateway.function_arn, None),
    ]
    mark = gateway.cloud.trace.mark()
    second = api.get("/todos")
    assert [(h.action, h.source, h.target, h.cache) for h in gateway.cloud.trace.since(mark)] == [
        ("execute-api:GET /todos", "client", arn, None),
        ("apigateway:CacheGet", arn, arn, "hit"),
    ]
    assert second.text == first.text
    assert second.headers["x-amzn-RequestId"] != first.headers["x-amzn-RequestId"]


def test_the_declared_parameters_are_the_key(gateway: Any, backend: Backend) -> None:
    api = build(gateway, EVERYWHERE)
    ann, bob = read(api, Authorization="ann"), read(api, Authorization="bob")
    assert ann != bob
    assert read(api, Authorization="ann", Accept="text/plain") == ann
    assert read(api, "/todos?page=2", Authorization="ann") == ann  # page is not in the key


def test_without_the_caller_in_the_key_one_users_answer_reaches_another(
    gateway: Any, backend: Backend
) -> None:
    api = build(gateway, EVERYWHERE, integration=gateway.proxy())
    assert read(api, Authorization="ann") == read(api, Authorization="bob")


def test_path_and_query_parameters_in_the_key(gateway: Any, backend: Backend) -> None:
    api = gateway.api()
    api.method(
        "GET", "/todos/{id}",
        requestParameters={
            "method.request.path.id": True, "method.request.querystring.part": False,
        },
        integration=gateway.proxy(
            cacheKeyParameters=["method.request.path.id", "method.request.querystring.part"]
        ),
    )  # fmt: skip
    api.method("GET", "/shared/{id}")
    api.deploy()
    api.patch_stage(EVERYWHERE)
    answers = {read(api, path) for path in ("/todos/1", "/todos/2", "/todos/1?part=a")}
    assert len(answers) == 3
    assert read(api, "/todos/1?other=x") in answers
    # a path parameter that is not declared as a key does not distinguish entries
    assert read(api, "/shared/1") == read(api, "/shared/2")


def test_resources_share_entries_through_a_namespace(gateway: Any, backend: Backend) -> None:
    api = gateway.api()
    api.method("GET", "/a", integration=gateway.proxy(cacheNamespace="both"))
    api.method("GET", "/b", integration=gateway.proxy(cacheNamespace="both"))
    api.method("GET", "/c")
    api.deploy()
    api.patch_stage(EVERYWHERE)
    assert read(api, "/a") == read(api, "/b")
    assert read(api, "/c") != read(api, "/a")


def test_entries_live_for_their_ttl(gateway: Any, backend: Backend) -> None:
    api = build(gateway, EVERYWHERE)
    first = read(api)
    gateway.cloud.clock.advance(seconds=299)
    assert read(api) == first
    gateway.cloud.clock.advance(seconds=2)
    second = read(api)
    assert second != first
    api.patch_stage({"/~1todos/GET/caching/ttlInSeconds": "3600"})
    gateway.cloud.clock.advance(seconds=301)
    third = read(api)  # the entry kept the TTL it was stored with
    assert third != second
    gateway.cloud.clock.advance(seconds=3599)
    assert read(api) == third
    with pytest.raises(gateway.client.exceptions.BadRequestException, match="TTL"):
        api.patch_stage({"/*/*/caching/ttlInSeconds": "3601"})


def test_error_answers_of_the_back_end_are_kept_and_the_gateways_own_are_not(
    gateway: Any, backend: Backend
) -> None:
    api = build(gateway, EVERYWHERE)
    backend.status = 404
    assert api.get("/todos").text == api.get("/todos").text
    api.client.flush_stage_cache(restApiId=api.id, stageName="prod")
    gateway.answer("malformed")
    assert api.get("/todos").status_code == 502
    gateway.answer({"statusCode": 200, "body": "well"})
    assert api.get("/todos").text == "well"


def test_flushing_and_resizing_empty_the_cache(gateway: Any, backend: Backend) -> None:
    api = build(gateway, EVERYWHERE)
    first = read(api)
    api.patch_stage({"/description": "still the same cache"})
    assert read(api) == first
    api.client.flush_stage_cache(restApiId=api.id, stageName="prod")
    second = read(api)
    assert second != first
    api.patch_stage({"/cacheClusterSize": "1.6"})
    third = read(api)
    assert third != second
    # a new deployment does not empty it
    api.deploy()
    assert read(api) == third


def test_large_responses_are_not_kept(gateway: Any, backend: Backend) -> None:
    api = build(gateway, EVERYWHERE)
    sizes = iter([MAXIMUM_RESPONSE + 1, MAXIMUM_RESPONSE, 1])
    gateway.lambdas.handlers[gateway.function_arn] = lambda event: {
        "statusCode": 200, "body": "x" * next(sizes),
    }  # fmt: skip
    assert [len(read(api)) for _ in range(4)] == [
        MAXIMUM_RESPONSE + 1, MAXIMUM_RESPONSE, MAXIMUM_RESPONSE, MAXIMUM_RESPONSE,
    ]  # fmt: skip


# -- invalidation -----------------------------------------------------------------------------

OPEN = {"/*/*/caching/requireAuthorizationForCacheControl": "false"}
STRATEGY = "/*/*/caching/unauthorizedCacheControlHeaderStrategy"
FRESH = {"Cache-Control": "max-age=0"}


def test_anybody_may_renew_an_entry_when_no_authorization_is_asked_for(
    gateway: Any, backend: Backend
) -> None:
    api = build(gateway, {**EVERYWHERE, **OPEN})
    first = read(api)
    mark = gateway.cloud.trace.mark()
    renewed = api.get("/todos", headers=FRESH)
    assert caches(gateway, mark) == ["bypass"]
    assert renewed.text != first
    assert "Warning" not in renewed.headers
    assert read(api) == renewed.text  # the new answer replaced the old entry
    for other in ("no-cache", "max-age=10", "no-store"):
        assert api.get("/todos", headers={"Cache-Control": other}).text == renewed.text


@pytest.mark.parametrize(
    ("strategy", "status", "warned"),
    [
        (None, 200, True),
        ("SUCCEED_WITH_RESPONSE_HEADER", 200, True),
        ("SUCCEED_WITHOUT_RESPONSE_HEADER", 200, False),
        ("FAIL_WITH_403", 403, False),
    ],
)
def test_unauthorised_wishes_are_handled_as_set(
    gateway: Any, backend: Backend, strategy: str | None, status: int, warned: bool
) -> None:
    api = build(gateway, {**EVERYWHERE, **({STRATEGY: strategy} if strategy else {})})
    first = read(api)
    answer = api.get("/todos", headers=FRESH)
    assert answer.status_code == status
    if status == 200:
        assert answer.text == first
    if warned:
        assert answer.headers["Warning"] == (
            "199 Cache-control headers were ignored because the caller was unauthorized."
        )
    else:
        assert "Warning" not in answer.headers
    assert read(api) == first


@pytest.mark.parametrize(
    ("action", "renewed"),
    [("execute-api:InvalidateCache", True), ("execute-api:*", True), ("s3:*", False)],
)
def test_a_signed_caller_needs_the_permission(
    gateway: Any, backend: Backend, action: str, renewed: bool
) -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/operator/x"
    credentials = Credentials("ASIAOPERATOR00000001", "secret", "token")
    gateway.cloud.identities.register(
        credentials, Caller("assumed-role", arn, "123456789012", "AROA:x")
    )
    gateway.iam.policies[arn] = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": action,
                    "Resource": "arn:aws:execute-api:*:*:*/prod/GET/todos",
                }
            ],
        }
    )
    api = build(gateway, EVERYWHERE, integration=gateway.proxy())
    first = read(api)
    answer = api.signed(credentials, "GET", "/todos", **FRESH)
    assert (answer.text != first) is renewed


# -- the store --------------------------------------------------------------------------------


def answer(size: int) -> Answer:
    return Answer(200, (), b"x" * size)


def test_least_recently_used_entries_go_first() -> None:
    cache = StageCache(100, lambda: 0.0)
    for name in "abc":
        assert cache.put(name, answer(30), 60)
    assert cache.get("a") is not None  # now the most recently used
    cache.put("d", answer(30), 60)
    assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]
    assert not cache.put("huge", answer(101), 60)
    cache.put("a", answer(10), 60)
    cache.put("e", answer(20), 60)
    assert len(cache) == 4


def test_the_store_is_exact_at_its_expiry_and_counts_headers() -> None:
    now = [0.0]
    cache = StageCache(100, lambda: now[0])
    cache.put("a", Answer(200, (("X", "12"),), b"345"), 10)
    assert weight(Answer(200, (("X", "12"),), b"345")) == 6
    now[0] = 9.999
    assert cache.get("a")
    now[0] = 10.0
    assert cache.get("a") is None
    assert not cache.put("b", answer(1), 0)


def test_many_threads_share_one_cache() -> None:
    import threading

    cache = StageCache(10_000, lambda: 0.0)
    errors: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for i in range(300):
                key = (seed * i) % 97
                found = cache.get(key)
                assert found is None or found.body == b"x" * (key + 1)
                cache.put(key, answer(key + 1), 60)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(weight(e.answer) for e in cache._entries.values()) == cache._bytes <= 10_000
