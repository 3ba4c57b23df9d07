"""Exercise: the custom policy that opens one video's stream, for ten minutes, to one viewer."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from archlib.local.http import CLIENT_IP
from archlib.scenarios.answering import deployed, function_of
from archlib.scenarios.browsing import Answer
from archlib.scenarios.paid_content import SCENARIO
from archlib.scenarios.paid_content.studio import HASHED, MOON, TIDE, publish, signer, stored_pair
from archlib.scenarios.paid_content.viewers import content, play
from archlib.verify import Site
from archlib.verify.exercise import Exercise, Marked, Unfit

TEN_MINUTES = 600
_ELSEWHERE = "198.51.100.7"
_STREAM = ("index.m3u8", "segment0.ts", "segment1.ts", "segment2.ts")
_FORM = "a function `def policy(content, now, address): …` that returns the policy as a `dict`"


def _judge(answer: Any) -> Marked:
    ask = function_of(answer, _FORM)
    with deployed(SCENARIO) as (cloud, site):
        publish(site)
        now = int(cloud.clock.time())
        mine = _signed(site, ask(site.outputs["ContentUrl"], now, CLIENT_IP))
        theirs = _signed(site, ask(site.outputs["ContentUrl"], now, _ELSEWHERE))
        fetch = partial(_fetched, site)
        wrong = (
            _closed([(name, partial(fetch, MOON.part(name), mine)) for name in _STREAM])
            or _open(
                [
                    ("the video's whole file opens, too", partial(fetch, MOON.path, mine)),
                    ("another video opens, too", partial(fetch, TIDE.part(_STREAM[0]), mine)),
                    ("it opens from another address, too",
                     partial(fetch, MOON.part(_STREAM[0]), theirs)),
                ]
            )
        )  # fmt: skip
        site.wait(seconds=now + TEN_MINUTES - 1 - cloud.clock.time())
        wrong = wrong or _closed([("after 9:59 it", partial(fetch, MOON.part(_STREAM[0]), mine))])
        site.wait(seconds=1)
        wrong = wrong or _open(
            [("it still opens after ten minutes", partial(fetch, MOON.part(_STREAM[0]), mine))]
        )
    if wrong is not None:
        return Marked(False, wrong)
    return Marked(
        True,
        "the manifest and its segments play until 9:59; after ten minutes, from another address, "
        "for the whole file and for another video the edge says 403 AccessDenied.",
    )


_Try = tuple[str, Callable[[], tuple[Answer, str]]]


def _closed(tries: list[_Try]) -> str | None:
    """The first that does not play, and why."""
    for name, fetch in tries:
        answer, why = fetch()
        if answer.status != 200:
            return f"{name} is {answer}: {why}."
    return None


def _open(tries: list[_Try]) -> str | None:
    """The first that plays, though it should not."""
    return next((f"{name}." for name, fetch in tries if fetch()[0].status == 200), None)


def _fetched(site: Site, path: str, query: str) -> tuple[Answer, str]:
    """What a viewer is told, and what the trace knows of it."""
    mark = site.mark()
    answer = play(content(site, path, query))
    return answer, str(site.since(mark)[0].detail.get("reason", ""))


def _signed(site: Site, policy: Any) -> str:
    """The query string that the deployment's own key makes of a policy."""
    try:
        text = json.dumps(policy, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise Unfit(f"the policy is no JSON: {error}") from None
    signed = signer(stored_pair(site)).generate_presigned_url(content(site, ""), policy=text)
    return f"{signed.partition('?')[2]}&{HASHED}"


POLICY = Exercise(
    "policy",
    "One video, ten minutes, one viewer",
    "Write the custom policy that opens the *stream* of the video `moon` (all files below "
    "`videos/moon/stream/`) and nothing else, for ten minutes, to one viewer's IP address. Your "
    'function gets the distribution\'s URL (`"https://d….cloudfront.net"`), the time now (epoch '
    "seconds), and the viewer's address.",
    _FORM,
    (
        'A policy is `{"Statement": [{"Resource": …, "Condition": {…}}]}`: one statement, whose '
        "resource may hold a `*`. `DateLessThan` takes "
        '`{"AWS:EpochTime": …}`, `IpAddress` takes `{"AWS:SourceIp": …}`.',
        "An address is a range, too: the one that ends in `/32`.",
    ),
    _judge,
)
