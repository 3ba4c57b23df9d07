"""Exercise: the condition with which no month is lost when two payments arrive at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from archlib.scenarios.answering import deployed
from archlib.scenarios.paid_content import SCENARIO
from archlib.scenarios.paid_content.architecture import FUNCTIONS
from archlib.scenarios.paid_content.studio import publish
from archlib.scenarios.paid_content.viewers import MONTH, Viewer, ask, member, pay
from archlib.verify import Site
from archlib.verify.exercise import Exercise, Marked, Unfit

_RIGHT = '"ConditionExpression": "premiumUntil = :before"'


def code_with(condition: str) -> str:
    """The members' code with another condition on the profile that a payment prolongs."""
    code = (FUNCTIONS / "members" / "app.py").read_text(encoding="utf-8")
    if code.count(_RIGHT) != 1:
        raise LookupError(f"the code does not say {_RIGHT} exactly once")
    return code.replace(_RIGHT, f'"ConditionExpression": {json.dumps(condition)}')


def _judge(answer: Any) -> Marked:
    if not isinstance(answer, str) or not answer.strip():
        raise Unfit("a condition expression is a text, not empty")
    from archlib.template.assets import packed

    with deployed(SCENARIO) as (_, site):
        if refusal := _refusal(site, answer):
            return Marked(False, f"DynamoDB cannot use the expression: {refusal}")
        publish(site)
        site.operator("lambda").update_function_code(
            FunctionName=site.outputs["MemberFunctionName"],
            ZipFile=packed({"app.py": code_with(answer).encode()}),
        )
        wrong = _one_by_one(site) or _at_once(site, (1, 2)) or _at_once(site, (2, 1))
    if wrong is not None:
        return Marked(False, wrong)
    return Marked(
        True,
        "one month and two months, paid at the same moment, are three; a payment that is told "
        "again prolongs nothing.",
    )


def _one_by_one(site: Site) -> str | None:
    """What is wrong with payments one after the other."""
    ana = member(site, "ana")
    first = pay(site, ana, "ana-1")
    if first.status != 201:
        return f"Ana pays for a month, and the answer is {first}."
    before = _until(site, ana)
    for payment, months in (("ana-1", 0), ("ana-2", 1)):
        told = pay(site, ana, payment)
        if told.status not in (200, 201) or _until(site, ana) != before + months * MONTH:
            return f"Ana has paid for {1 + months}, and premium is prolonged otherwise: {told}."
    return None


def _at_once(site: Site, months: tuple[int, int]) -> str | None:
    """What is wrong with two payments that are told at the same moment."""
    name = f"ben-{months[0]}"
    ben = member(site, name)
    pay(site, ben, f"{name}-first")
    before = _until(site, ben)
    site.together([partial(pay, site, ben, f"{name}-{n}-months", months=n) for n in months])
    got = (_until(site, ben) - before) / MONTH
    if got == sum(months):
        return None
    return (
        f"payments for {months[0]} and for {months[1]} months arrive at the same moment, and "
        f"premium is prolonged by {got:g}."
    )


def _until(site: Site, viewer: Viewer) -> int:
    return int(ask(site, "GET", "/member", viewer).value("premiumUntil"))


def _refusal(site: Site, condition: str) -> str | None:
    """What is said to an expression that cannot be used at all.

    The table below the local cloud says some of it with Python's own exceptions.
    """
    dynamodb = site.operator("dynamodb")
    values: Mapping[str, Any] = {":until": {"N": "2"}, ":before": {"N": "1"}}
    try:
        dynamodb.update_item(
            TableName=site.outputs["TableName"],
            Key={"pk": {"S": "TRIAL"}, "sk": {"S": "TRIAL"}},
            UpdateExpression="SET premiumUntil = :until",
            ConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


MONTHS = Exercise(
    "months",
    "No month is lost",
    "A payment for premium reads `premiumUntil` from the profile, adds its months, and writes the "
    "sum. Two payments at the same moment both read the same value, and one would overwrite the "
    "other: a **lost update**. So the function writes on a condition, and begins anew when it "
    "fails. Somebody has deleted the condition. Write it again; `:before` is what was read, "
    "`:until` is what shall be written.",
    'a `str`, the value of `ConditionExpression`, such as `"size(title) > :before"`',
    (
        "What must still be true when the sum is written?",
        "This is called optimistic locking. Often a version number is compared; here the value "
        "itself will do.",
    ),
    _judge,
)
