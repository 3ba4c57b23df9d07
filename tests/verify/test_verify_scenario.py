"""A scenario whose parts do not fit together says so when it is made; faults that do not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archlib.architecture import Architecture
from archlib.errors import UsageError, VerificationError
from archlib.template import Template
from archlib.verify import Check, Fault, Flow, Outcome, met, unknown, verify
from archlib.verify.faulty import Caught, damaged, try_faults
from archlib.verify.scenario import Scenario

FLOW = Flow("walk", "A walk", lambda site: None)
CHECK = Check("c", "R", "Title", lambda run: met("yes"), ("walk",))


def nothing() -> Architecture:
    return Architecture("none", "None", "Nothing", (), ())


def drop(body: dict[str, Any]) -> None:
    del body["Resources"]["Table"]


FAULT = Fault("no-table", "The table is gone", drop, "c")
SOUND = Scenario("s", "S", nothing, (FLOW,), (CHECK,), (FAULT,))
TEMPLATE = Template({"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}}}, name="t.yaml")
EMPTY = Template({"Resources": {}}, name="t.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flows": (FLOW, FLOW)}, "2 flows are called “walk”"),
        ({"checks": (CHECK, CHECK)}, "2 checks are called “c”"),
        ({"faults": (FAULT, FAULT)}, "2 faults are called “no-table”"),
        ({"flows": ()}, "check “c” needs flow “walk”, which it does not have (there are none)"),
        (
            {"faults": (replace(FAULT, caught_by="d"),)},
            "fault “no-table” is caught by check “d”, which it does not have (there are c)",
        ),
        (
            {"faults": (replace(FAULT, variant="without"),)},
            "fault “no-table” damages variant “without”, which it does not have (there are none)",
        ),
        (
            {"flows": (replace(FLOW, variant="without"),)},
            "flow “walk” runs in variant “without”, which it does not have (there are none)",
        ),
    ],
)
def test_parts_that_do_not_fit_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(VerificationError) as wrong:
        replace(SOUND, **change)
    assert str(wrong.value) == f"scenario s: {message}"


def test_a_check_of_an_unknown_requirement_is_not_silently_left_out() -> None:
    with pytest.raises(VerificationError, match="check “c”: it judges requirement R, which none"):
        verify(SOUND)


def test_a_fault_changes_a_copy() -> None:
    broken = damaged(TEMPLATE, FAULT)
    assert (broken.body["Resources"], "Table" in TEMPLATE.body["Resources"]) == ({}, True)


def test_a_fault_that_does_not_fit_a_template_says_so() -> None:
    (one,) = try_faults(SOUND, EMPTY)
    assert (one.applies, one.noticed, one.missed) == (False, False, False)
    assert one.evidence == unknown("does not apply: the template has no 'Table'")
    assert str(one) == "  no fit   no-table: does not apply: the template has no 'Table'"


def test_a_fault_that_goes_unnoticed_is_missed() -> None:
    one = Caught(FAULT, met("all is well"))
    assert (one.applies, one.noticed, one.missed) == (True, False, True)
    assert one.evidence.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda body: None, "fault “f”: it leaves t.yaml as it was"),
        (lambda body: body["Resources"].remove("x"), "fault “f”: it cannot be done to t.yaml"),
    ],
)
def test_a_broken_fault_is_named(damage: Any, message: str) -> None:
    with pytest.raises(VerificationError, match=message):
        damaged(TEMPLATE, Fault("f", "F", damage, "c"))


def test_an_unknown_fault_is_a_users_mistake() -> None:
    with pytest.raises(UsageError, match="s has no fault called nonsense") as wrong:
        try_faults(SOUND, TEMPLATE, only=["nonsense"])
    assert wrong.value.hint == "its faults are no-table"
