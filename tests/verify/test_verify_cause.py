"""Behind a 502 evidence names the hop that broke."""

from __future__ import annotations

from archlib.local.trace import Hop
from archlib.verify.cause import cause


def hop(number: int, parent: int | None, status: int = 200, error: str | None = None,
        **detail: str) -> Hop:  # fmt: skip
    return Hop(number, parent, f"s{number}", f"t{number}", f"x:Act{number}", "", status, error,
               None, 0.0, 0.0, detail)  # fmt: skip


def name(end: str) -> str:
    return end.upper()


def test_the_deepest_failed_hop_below_the_answer_is_named_with_its_reason() -> None:
    trace = [
        hop(1, None),
        hop(2, 1, 400, "Elsewhere"),
        hop(3, None, 502, "InternalServerErrorException", reason="the function failed"),
        hop(4, 3),
        hop(5, 3, 200, "KeyError"),
        hop(6, 5),
        hop(7, 6, 400, "AccessDeniedException", iam="no policy allows x:Act7"),
    ]
    expected = "S7 → T7: x:Act7 failed with AccessDeniedException: no policy allows x:Act7"
    assert cause(trace, trace, name) == expected
    assert cause([trace[2]], trace, name) == expected


def test_a_hop_that_was_refused_and_tried_again_counts_once_as_the_last() -> None:
    trace = [hop(1, None, 504, "E"), hop(2, 1, 400, "First"), hop(3, 1, 400, "Second")]
    assert cause(trace, trace, name) == "S3 → T3: x:Act3 failed with Second"


def test_with_nothing_failed_below_it_the_answer_itself_says_why() -> None:
    trace = [hop(1, None, 500, "Broken", reason="no integration"), hop(2, 1)]
    assert cause(trace, trace, name) == "S1 → T1: x:Act1 failed with Broken: no integration"


def test_refusals_below_500_speak_for_themselves() -> None:
    trace = [hop(1, None, 403, "Forbidden"), hop(2, 1, 500, "Inside")]
    assert cause(trace, trace, name) is None
    assert cause([], trace, name) is None
