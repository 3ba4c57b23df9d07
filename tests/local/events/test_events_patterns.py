"""Event patterns: every operator, structure, what is refused; filter policies; schedules."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlib.local.events.bus.schedule import ScheduleError, schedule
from archlib.local.events.operators import PatternError
from archlib.local.events.pattern import LAMBDA, compile_pattern
from archlib.local.events.topics import filter_policy
from archlib.local.refusal import ApiRefusal

EVENT: dict[str, Any] = {
    "source": "aws.ec2",
    "detail": {
        "state": "running", "count": 5, "price": 1.5, "none": None, "flag": True, "empty": "",
        "ip": "10.0.0.7", "tags": ["red", "green"], "file": "images/Cat.PNG",
        "items": [{"k": "a", "v": 1}, {"k": "b", "v": 2}], "nothing": [],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"state": ["running", "stopped"]}, True),
        ({"state": ["stopped"]}, False),
        ({"count": [5]}, True),
        ({"count": ["5"]}, False),
        ({"count": [5.0]}, False),
        ({"flag": [True]}, True),
        ({"flag": [1]}, False),
        ({"none": [None]}, True),
        ({"absent": [None]}, False),
        ({"empty": [""]}, True),
        ({"tags": ["green", "blue"]}, True),
        ({"tags": ["blue"]}, False),
        ({"file": [{"prefix": "images/"}]}, True),
        ({"file": [{"prefix": "Images/"}]}, False),
        ({"file": [{"prefix": {"equals-ignore-case": "IMAGES/"}}]}, True),
        ({"file": [{"suffix": ".PNG"}]}, True),
        ({"file": [{"suffix": ".png"}]}, False),
        ({"file": [{"suffix": {"equals-ignore-case": ".png"}}]}, True),
        ({"file": [{"equals-ignore-case": "IMAGES/cat.png"}]}, True),
        ({"file": [{"wildcard": "images/*.PNG"}]}, True),
        ({"file": [{"wildcard": "*/Dog*"}]}, False),
        ({"file": [{"anything-but": "x"}]}, True),
        ({"file": [{"anything-but": ["images/Cat.PNG", "y"]}]}, False),
        ({"file": [{"anything-but": {"prefix": "images/"}}]}, False),
        ({"file": [{"anything-but": {"prefix": ["a", "b"]}}]}, True),
        ({"file": [{"anything-but": {"suffix": ".PNG"}}]}, False),
        ({"file": [{"anything-but": {"equals-ignore-case": "images/cat.png"}}]}, False),
        ({"file": [{"anything-but": {"wildcard": "*.PNG"}}]}, False),
        ({"absent": [{"anything-but": "x"}]}, False),
        ({"tags": [{"anything-but": "red"}]}, True),
        ({"count": [{"anything-but": [5, 6]}]}, False),
        ({"count": [{"numeric": ["=", 5]}]}, True),
        ({"count": [{"numeric": [">", 0, "<=", 5]}]}, True),
        ({"count": [{"numeric": ["<", 5]}]}, False),
        ({"price": [{"numeric": [">=", 1.5]}]}, True),
        ({"state": [{"numeric": ["=", 5]}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"state": [{"cidr": "10.0.0.0/24"}]}, False),
        ({"state": [{"exists": True}]}, True),
        ({"absent": [{"exists": False}]}, True),
        ({"none": [{"exists": True}]}, True),
        ({"nothing": [{"exists": True}]}, False),
        ({"items": {"k": ["a"], "v": [1]}}, True),
        ({"items": {"k": ["a"], "v": [2]}}, False),
        ({"absent": {"deep": [{"exists": False}]}}, True),
        ({"absent": {"deep": ["x"]}}, False),
        ({"$or": [{"state": ["stopped"]}, {"count": [{"numeric": [">", 4]}]}]}, True),
        ({"$or": [{"state": ["stopped"]}, {"count": [9]}]}, False),
        ({"state": ["running"], "$or": [{"count": [9]}, {"price": [1.5]}]}, True),
        ({"state": ["stopped", {"prefix": "run"}]}, True),
    ],
)
def test_matching(detail: Any, expected: bool) -> None:
    pattern = compile_pattern(json.dumps({"source": ["aws.ec2"], "detail": detail}))
    assert pattern.matches(EVENT) is expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[]", "Filter is not an object"),
        ("{", "Filter is not an object"),
        ("{}", "Empty pattern"),
        ('{"a": "b"}', '"a" must be an object or an array'),
        ('{"a": []}', "Empty arrays are not allowed"),
        ('{"a": {}}', "non-empty object"),
        ('{"a": [["b"]]}', "Match value must be String, number, true, false, or null"),
        ('{"a": [{"like": "b"}]}', "Unrecognized match type like"),
        ('{"a": [{"prefix": "b", "suffix": "c"}]}', "Only one key"),
        ('{"a": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"a": [{"exists": "yes"}]}', "must be either true or false"),
        ('{"a": [{"numeric": [">", "1"]}]}', "Value of > must be numeric"),
        ('{"a": [{"numeric": ["~", 1]}]}', "Unrecognized numeric range operator"),
        ('{"a": [{"numeric": [">", 5, "<", 1]}]}', "Bottom must be less than top"),
        ('{"a": [{"numeric": ["<", 5, ">", 1]}]}', "Bad numeric range operator"),
        ('{"a": [{"numeric": [">"]}]}', "must be numeric"),
        ('{"a": [{"anything-but": [1, "a"]}]}', "mixed type"),
        ('{"a": [{"anything-but": {"cidr": "x"}}]}', "Unsupported anything-but"),
        ('{"a": [{"wildcard": "a**b"}]}', "Consecutive wildcard"),
        ('{"a": [{"cidr": "10.0.0.0/99"}]}', "Malformed CIDR"),
        ('{"$or": [{"a": ["b"]}]}', "at least two"),
    ],
)
def test_refused_patterns(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        compile_pattern(pattern)


def test_lambda_has_fewer_operators() -> None:
    with pytest.raises(PatternError, match="Unrecognized match type wildcard"):
        compile_pattern('{"a": [{"wildcard": "x*"}]}', LAMBDA)


_SCALARS = st.one_of(st.text(max_size=5), st.integers(-99, 99), st.booleans(), st.none())


@given(
    st.dictionaries(st.text(min_size=1, max_size=4).filter(lambda t: t != "$or"), _SCALARS,
                    min_size=1, max_size=4)
)  # fmt: skip
def test_an_event_matches_the_pattern_made_of_itself(event: Any) -> None:
    exact = compile_pattern(json.dumps({name: [value] for name, value in event.items()}))
    absent = {f"{name}?": [{"exists": False}] for name in event if f"{name}?" not in event}
    assert exact.matches(event)
    assert not absent or compile_pattern(json.dumps(absent)).matches(event)
    name = next(iter(event))
    assert not exact.matches({key: one for key, one in event.items() if key != name})


# -- filter policies -------------------------------------------------------------------------------

ATTRIBUTES = {
    "kind": {"Type": "String", "Value": "photo"},
    "size": {"Type": "Number", "Value": "300.0"},
    "tags": {"Type": "String.Array", "Value": '["a", "b"]'},
    "raw": {"Type": "Binary", "Value": "AA=="},
}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"kind": ["photo"]}, True),
        ({"kind": ["photo"], "size": [300]}, True),
        ({"size": [{"numeric": [">", 299, "<", 301]}]}, True),
        ({"tags": ["b"]}, True),
        ({"tags": ["c"]}, False),
        ({"raw": [{"exists": False}]}, True),
        ({"absent": [{"exists": False}]}, True),
        ({"kind": [{"anything-but": {"prefix": "ph"}}]}, False),
        ({"$or": [{"kind": ["text"]}, {"size": [300]}]}, True),
    ],
)
def test_attribute_policies(policy: Any, expected: bool) -> None:
    text = json.dumps(policy)
    filter_policy.check(text, filter_policy.ATTRIBUTES)
    assert filter_policy.matches(text, filter_policy.ATTRIBUTES, "", ATTRIBUTES) is expected


def test_body_policies_nest() -> None:
    policy = json.dumps({"order": {"lines": {"sku": [{"prefix": "x"}]}}})
    body = json.dumps({"order": {"lines": [{"sku": "a"}, {"sku": "x1"}]}})
    filter_policy.check(policy, filter_policy.BODY)
    assert filter_policy.matches(policy, filter_policy.BODY, body, {})
    assert not filter_policy.matches(policy, filter_policy.BODY, "plain", {})
    with pytest.raises(ApiRefusal, match="does not support nested"):
        filter_policy.check(policy, filter_policy.ATTRIBUTES)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({str(n): ["x"] for n in range(6)}, "more than 5 keys"),
        ({"a": ["x"] * 13, "b": ["x"] * 12}, "too complex"),
        ({"a": "x"}, "must be an object or an array"),
    ],
)
def test_refused_policies(policy: Any, reason: str) -> None:
    with pytest.raises(ApiRefusal, match=reason):
        filter_policy.check(json.dumps(policy), filter_policy.ATTRIBUTES)


# -- schedules -------------------------------------------------------------------------------------

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rate(5 minutes)", "2026-01-05 09:05"),
        ("rate(1 hour)", "2026-01-05 10:00"),
        ("rate(2 days)", "2026-01-07 09:00"),
        ("cron(0 10 * * ? *)", "2026-01-05 10:00"),
        ("cron(0 9 * * ? *)", "2026-01-06 09:00"),
        ("cron(15 12 * * ? *)", "2026-01-05 12:15"),
        ("cron(0 18 ? * MON-FRI *)", "2026-01-05 18:00"),
        ("cron(0 8 1 * ? *)", "2026-02-01 08:00"),
        ("cron(0/10 * ? * SAT *)", "2026-01-10 00:00"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-01-05 09:05"),
        ("cron(0 0 L * ? *)", "2026-01-31 00:00"),
        ("cron(0 0 10W * ? *)", "2026-01-09 00:00"),
        ("cron(0 0 ? * 6#3 *)", "2026-01-16 00:00"),
        ("cron(0 0 ? * 6L *)", "2026-01-30 00:00"),
        ("cron(0 0 29 FEB ? *)", "2028-02-29 00:00"),
        ("cron(30 6 1,15 JUN-AUG ? 2027)", "2027-06-01 06:30"),
        ("cron(0 0 1 1 ? 2020)", None),
    ],
)
def test_schedules(text: str, expected: str | None) -> None:
    found = schedule(text).following(MONDAY.timestamp())
    shown = None if found is None else f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d %H:%M}"
    assert shown == expected


@pytest.mark.parametrize(
    "text",
    ["rate(1 minutes)", "rate(5 minute)", "rate(0 days)", "rate(5 weeks)", "cron(0 10 * * * *)",
     "cron(0 10 ? * ? *)", "cron(0 10 * * ?)", "cron(60 10 * * ? *)", "cron(0 10 * FOO ? *)",
     "at(2026-01-01T00:00:00)"],
)  # fmt: skip
def test_refused_schedules(text: str) -> None:
    with pytest.raises(ScheduleError):
        schedule(text)
