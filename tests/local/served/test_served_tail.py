"""Following a trace: every hop once, none lost, whatever ends before what."""

from __future__ import annotations

from typing import Any

import pytest

from archlib.local.served.lines import FIRST_QUESTIONS, curl, first_question, local_name, local_url
from archlib.local.served.tail import Tail
from archlib.local.trace import Trace


def hop(trace: Trace, action: str) -> Any:
    return trace.hop(source="client", target="x", action=action)


def told(tail: Tail) -> list[str]:
    return [found.action for found in tail.fresh()]


def test_an_outer_hop_is_told_after_those_within_it() -> None:
    trace = Trace(lambda: 0.0)
    tail = Tail(lambda: trace, 0)
    with hop(trace, "first"):
        pass
    with hop(trace, "outer"):
        with hop(trace, "inner"):
            pass
        assert (told(tail), tail.mark) == (["first", "inner"], 1)
        with hop(trace, "second inner"):
            pass
        assert (told(tail), tail.mark) == (["second inner"], 1)
    assert (told(tail), tail.mark) == (["outer"], 4)
    assert (told(tail), tail.mark) == ([], 4)


def test_who_goes_on_from_a_mark_misses_none() -> None:
    trace = Trace(lambda: 0.0)
    tail = Tail(lambda: trace, 0)
    with hop(trace, "outer"):
        with hop(trace, "inner"):
            pass
        assert told(tail) == ["inner"]
        mark = tail.mark
    assert told(Tail(lambda: trace, mark)) == ["outer", "inner"]


def test_a_withdrawn_hop_holds_nothing_up() -> None:
    trace = Trace(lambda: 0.0)
    tail = Tail(lambda: trace, 0)
    with hop(trace, "never was") as opened:
        opened.withdrawn = True
    with hop(trace, "was"):
        pass
    assert (told(tail), tail.mark) == (["was"], 2)


# -- lines to copy -----------------------------------------------------------------------------


class Served:
    port = 4566


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://abc.execute-api.us-east-1.amazonaws.com/prod",
         "http://abc.execute-api.localhost:4566/prod"),
        ("https://d1.cloudfront.net", "http://d1.cloudfront.localhost:4566/"),
        ("http://b.s3-website-us-east-1.amazonaws.com/?q=1",
         "http://b.s3-website.localhost:4566/?q=1"),
        ("https://b.s3.eu-west-1.amazonaws.com/k", "http://b.s3.localhost:4566/k"),
        ("https://example.com/", None),
        ("javascript://d1.cloudfront.net/%0aalert(1)", None),
        ("arn:aws:s3:::b", None),
        ("https://[::1", None),
        ("", None),
    ],
)  # fmt: skip
def test_addresses_as_this_machine_reaches_them(address: str, url: str | None) -> None:
    served: Any = Served()
    assert local_url(served, address) == url


def test_names_are_quoted_for_the_shell() -> None:
    assert curl("http://x/?a=1&b='$(id)'") == "curl -i 'http://x/?a=1&b='\"'\"'$(id)'\"'\"''"
    line = first_question("AWS::SQS::Queue", "http://x/;id {0}")
    command = 'aws --endpoint-url "$AWS_ENDPOINT_URL" sqs receive-message'
    assert line == f"{command} --queue-url 'http://x/;id {{0}}'"
    assert first_question("AWS::IAM::Role", "r") is None
    assert local_name("example.com") is None


def test_every_question_is_of_a_type_that_can_be_deployed() -> None:
    from archlib.local.deploy.providers import TYPES

    assert set(FIRST_QUESTIONS) <= set(TYPES)
