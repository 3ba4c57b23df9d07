"""Exercise: the condition that lets a purchase happen once."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from archlib.scenarios.answering import deployed
from archlib.scenarios.paid_content import SCENARIO
from archlib.scenarios.paid_content.architecture import FUNCTIONS
from archlib.scenarios.paid_content.studio import MOON, TIDE, buyers, publish, refunds
from archlib.scenarios.paid_content.viewers import Viewer, buy, premium
from archlib.verify import Site
from archlib.verify.exercise import Exercise, Marked, Unfit

_RIGHT = '"ConditionExpression": "attribute_not_exists(pk)"'


def code_with(condition: str) -> str:
    """The members' code with another condition on what is put into the table."""
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
        ana, ben = premium(site, "ana"), premium(site, "ben")
        site.operator("lambda").update_function_code(
            FunctionName=site.outputs["MemberFunctionName"],
            ZipFile=packed({"app.py": code_with(answer).encode()}),
        )
        wrong = _bought(site, ana, ben) or _raced(site, ana, ben)
    if wrong is not None:
        return Marked(False, wrong)
    return Marked(
        True,
        "two payments at the same moment: one buys the video, the other is noted for a refund; one "
        "payment told twice at the same moment buys once.",
    )


def _bought(site: Site, ana: Viewer, ben: Viewer) -> str | None:
    """What is wrong with purchases one after the other."""
    first = buy(site, ana, MOON, "ana-moon-1")
    if first.status != 201:
        return f"Ana buys a video, and the answer is {first}."
    again = buy(site, ana, MOON, "ana-moon-2")
    if again.status != 409:
        return f"Ana pays twice, one after the other, and the second answer is {again.status}."
    other = buy(site, ben, MOON, "ben-moon-1")
    if other.status != 201:
        return f"Ana has bought the video; Ben buys it, and the answer is {other}."
    return None


def _raced(site: Site, ana: Viewer, ben: Viewer) -> str | None:
    """What is wrong with payments that are told at the same moment."""
    two = _together(site, ben, "ben-tide-1", "ben-tide-2")
    if two != [201, 409] or len(refunds(site, ben.id)) != 1:
        return f"two payments at the same moment, and the answers are {two[0]} and {two[1]}."
    same = _together(site, ana, "ana-tide-1", "ana-tide-1")
    if same != [200, 201] or sorted(buyers(site, TIDE)) != sorted([ana.id, ben.id]):
        return f"one payment told twice at the same moment: {same[0]} and {same[1]}."
    return None


def _together(site: Site, viewer: Viewer, *payments: str) -> list[int]:
    told = site.together([partial(buy, site, viewer, TIDE, payment) for payment in payments])
    return sorted(answer.status for answer in told)


def _refusal(site: Site, condition: str) -> str | None:
    """What is said to an expression that cannot be used at all.

    The table below the local cloud says some of it with Python's own exceptions.
    """
    dynamodb = site.operator("dynamodb")
    item = {"pk": {"S": "TRIAL"}, "sk": {"S": "TRIAL"}}
    try:
        dynamodb.put_item(
            TableName=site.outputs["TableName"], Item=item, ConditionExpression=condition
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


ONCE = Exercise(
    "once",
    "Once is enough",
    "The members' function puts a purchase into the table with a condition; `_put_new` in its code "
    "does it for both sides of the purchase. Somebody has deleted the condition. Write it again: "
    "a put goes through only when no item with this key is there yet.",
    'a `str`, the value of `ConditionExpression`, such as `"size(title) > 3"`',
    (
        "DynamoDB looks for an item with the *same key* and judges the condition on what it finds; "
        "where it finds nothing, no attribute is there.",
        "There is a function for “is not there”. Which attribute has every item?",
    ),
    _judge,
)
