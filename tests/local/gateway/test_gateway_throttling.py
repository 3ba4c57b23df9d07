"""Token buckets and quotas on the virtual clock; API keys and usage plans."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlib.local.gateway.throttling import PERIODS, Limit, Quota, Quotas, Throttle


class Now:
    def __init__(self, at: float = 0.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def test_a_bucket_holds_its_burst_and_refills_at_its_rate() -> None:
    now = Now()
    throttle, limit = Throttle(now), Limit(rate=2, burst=3)
    assert [throttle.admit("k", limit) for _ in range(4)] == [True, True, True, False]
    now.at = 0.49
    assert not throttle.admit("k", limit)
    now.at = 0.5
    assert throttle.admit("k", limit)
    assert not throttle.admit("k", limit)
    assert throttle.admit("other", limit)
    now.at = 1000.0
    assert [throttle.admit("k", limit) for _ in range(4)] == [True, True, True, False]


def test_limits_of_zero_refuse_and_no_limits_admit() -> None:
    throttle = Throttle(Now())
    assert not throttle.admit("k", Limit(0, 10))
    assert not throttle.admit("k", Limit(10, 0))
    assert all(throttle.admit("k", Limit()) for _ in range(10_000))


@given(
    rate=st.floats(0.5, 50), burst=st.integers(1, 20),
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=60),
)  # fmt: skip
def test_never_more_than_burst_plus_rate_times_time(
    rate: float, burst: int, gaps: list[float]
) -> None:
    now = Now()
    throttle, admitted = Throttle(now), 0
    for gap in gaps:
        now.at += gap
        admitted += throttle.admit("k", Limit(rate, burst))
    assert admitted <= burst + rate * now.at + 1e-6


@pytest.mark.parametrize(
    ("period", "at", "start"),
    [
        ("DAY", datetime(2026, 1, 7, 13, 5, tzinfo=UTC), datetime(2026, 1, 7, tzinfo=UTC)),
        ("WEEK", datetime(2026, 1, 7, 13, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC)),
        ("WEEK", datetime(2026, 1, 4, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC)),
        ("MONTH", datetime(2026, 2, 28, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_periods_begin_at_midnight_utc(period: str, at: datetime, start: datetime) -> None:
    assert PERIODS[period](at) == start


def test_a_quota_counts_per_period_and_the_offset_once() -> None:
    now = Now(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp())
    quotas, quota = Quotas(now), Quota(3, "DAY", offset=1)
    assert [quotas.admit("k", quota) for _ in range(3)] == [True, True, False]
    now.at += timedelta(days=1).total_seconds()
    assert [quotas.admit("k", quota) for _ in range(4)] == [True, True, True, False]
    assert quotas.used("k") == 3


# -- through an API -----------------------------------------------------------------------------


def statuses(api: Any, count: int, path: str = "/todos", **headers: str) -> list[int]:
    return [api.get(path, headers=headers).status_code for _ in range(count)]


@pytest.fixture
def api(gateway: Any) -> Any:
    api = gateway.api()
    api.method("GET", "/todos")
    api.method("GET", "/other")
    api.deploy()
    return api


def test_stage_throttling_is_per_method(gateway: Any, api: Any) -> None:
    api.patch_stage({"/*/*/throttling/rateLimit": "1", "/*/*/throttling/burstLimit": "2"})
    assert statuses(api, 3) == [200, 200, 429]
    assert statuses(api, 3, "/other") == [200, 200, 429]
    answer = api.get("/todos")
    assert answer.json() == {"message": "Too Many Requests"}
    assert answer.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    gateway.cloud.clock.advance(seconds=1)
    assert statuses(api, 2) == [200, 429]


def test_a_method_can_have_its_own_limit(api: Any) -> None:
    api.patch_stage(
        {
            "/*/*/throttling/burstLimit": "1",
            "/*/*/throttling/rateLimit": "1",
            "/~1other/GET/throttling/burstLimit": "3",
        }
    )
    assert statuses(api, 2) == [200, 429]
    assert statuses(api, 4, "/other") == [200, 200, 200, 429]


def test_zero_switches_a_method_off(api: Any) -> None:
    api.patch_stage({"/~1todos/GET/throttling/rateLimit": "0"})
    assert statuses(api, 1) == [429]
    assert statuses(api, 1, "/other") == [200]


class Keyed:
    """An API whose ``GET /todos`` requires a key, and a plan for its stage."""

    def __init__(self, gateway: Any, **plan: Any) -> None:
        self.client = gateway.client
        self.api = gateway.api(**plan.pop("api", {}))
        self.api.method("GET", "/todos", apiKeyRequired=True)
        self.api.method("GET", "/open")
        self.api.deploy()
        self.plan = self.client.create_usage_plan(
            name="plan", apiStages=[{"apiId": self.api.id, "stage": "prod"}], **plan
        )["id"]
        self.number = 0

    def key(self, *, enabled: bool = True, join: bool = True) -> str:
        self.number += 1
        value = f"key-{self.api.id}-{self.number:020d}"
        made = self.client.create_api_key(name=value, value=value, enabled=enabled)
        if join:
            self.client.create_usage_plan_key(
                usagePlanId=self.plan, keyId=made["id"], keyType="API_KEY"
            )
        self.last_id = made["id"]
        return value


def test_a_required_key_must_be_valid_enabled_and_in_a_plan_of_the_stage(gateway: Any) -> None:
    keyed = Keyed(gateway)
    good = keyed.key()
    for headers in (
        {},
        {"x-api-key": "nonsense"},
        {"x-api-key": keyed.key(enabled=False)},
        {"x-api-key": keyed.key(join=False)},
    ):
        answer = keyed.api.get("/todos", headers=headers)
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
        assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"
    assert gateway.lambdas.calls == []
    assert keyed.api.get("/todos", headers={"X-Api-Key": good}).status_code == 200
    identity = gateway.lambdas.calls[-1]["event"]["requestContext"]["identity"]
    assert identity["apiKey"] == good
    assert identity["apiKeyId"]
    assert keyed.api.get("/open").status_code == 200


def test_plan_throttling_is_per_key(gateway: Any) -> None:
    keyed = Keyed(gateway, throttle={"rateLimit": 1.0, "burstLimit": 2})
    one, two = keyed.key(), keyed.key()
    assert statuses(keyed.api, 3, **{"x-api-key": one}) == [200, 200, 429]
    assert statuses(keyed.api, 3, **{"x-api-key": two}) == [200, 200, 429]


def test_quota_then_a_new_day(gateway: Any) -> None:
    keyed = Keyed(gateway, quota={"limit": 2, "period": "DAY"})
    key = {"x-api-key": keyed.key()}
    assert statuses(keyed.api, 3, **key) == [200, 200, 429]
    answer = keyed.api.get("/todos", headers=key)
    assert answer.json() == {"message": "Limit Exceeded"}
    assert answer.headers["x-amzn-ErrorType"] == "LimitExceededException"
    gateway.cloud.clock.advance(days=1)
    assert statuses(keyed.api, 1, **key) == [200]


def test_patched_plans(gateway: Any) -> None:
    keyed = Keyed(gateway, quota={"limit": 1, "period": "DAY"})
    key = {"x-api-key": keyed.key()}

    def patch(op: str, path: str, value: str = "") -> Any:
        return keyed.client.update_usage_plan(
            usagePlanId=keyed.plan,
            patchOperations=[{"op": op, "path": path, "value": value}],
        )

    assert patch("replace", "/quota/limit", "5")["quota"]["limit"] == 5
    assert patch("add", "/throttle/rateLimit", "0.5")["throttle"] == {"rateLimit": 0.5}
    where = f"/apiStages/{keyed.api.id}:prod/throttle/~1todos/GET"
    patch("replace", f"{where}/rateLimit", "1")
    done = patch("replace", f"{where}/burstLimit", "1")
    assert done["apiStages"] == [
        {"apiId": keyed.api.id, "stage": "prod",
         "throttle": {"/todos/GET": {"rateLimit": 1.0, "burstLimit": 1}}}
    ]  # fmt: skip
    assert statuses(keyed.api, 2, **key) == [200, 429]
    patch("remove", "/throttle")
    patch("remove", "/quota")
    patch("remove", where)
    assert statuses(keyed.api, 8, **key) == [200] * 8
    patch("remove", "/apiStages", f"{keyed.api.id}:prod")
    assert statuses(keyed.api, 1, **key) == [403]
    with pytest.raises(keyed.client.exceptions.BadRequestException):
        patch("replace", "/qouta/limit", "5")


def test_the_key_may_come_from_the_authorizer(gateway: Any) -> None:
    import json

    keyed = Keyed(gateway, api={"apiKeySource": "AUTHORIZER"})
    value = keyed.key()
    api = keyed.api
    made = api.client.create_authorizer(
        restApiId=api.id, name="a", type="TOKEN",
        authorizerUri=gateway.uri(gateway.authorizer_arn),
        identitySource="method.request.header.Authorization",
    )  # fmt: skip
    api.method(
        "GET", "/mine", authorizationType="CUSTOM", authorizerId=made["id"], apiKeyRequired=True
    )
    api.deploy()
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}],
    }
    gateway.lambdas.handlers[gateway.authorizer_arn] = lambda event: {
        "principalId": "x", "policyDocument": json.loads(json.dumps(document)),
        "usageIdentifierKey": value if event["authorizationToken"] == "good" else "bad",
    }  # fmt: skip
    assert statuses(api, 1, "/mine", Authorization="good") == [200]
    assert statuses(api, 1, "/mine", Authorization="evil", **{"x-api-key": value}) == [403]
