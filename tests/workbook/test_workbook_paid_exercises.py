"""Paid content's exercises: right answers pass, wrong ones fail with a reason that helps."""

from __future__ import annotations

import pytest
from marking import Marking

from archlib.scenarios.paid_content.exercises.rotation import STEPS
from archlib.scenarios.paid_content.exercises.which import CASES, WAYS, tried
from archlib.workbook.exercises import asked, named

TEN = 600


def policy(resource="/videos/moon/stream/*", seconds=TEN, address="/32"):
    def made(content, now, viewer):
        condition = {"DateLessThan": {"AWS:EpochTime": now + seconds}}
        if address:
            condition["IpAddress"] = {"AWS:SourceIp": viewer + address}
        return {"Statement": [{"Resource": content + resource, "Condition": condition}]}

    return made


def forgets_the_viewer(content, now):
    return {}


ROTATED = [
    "register the new public key",
    "trust both keys",
    "sign with the new key",
    "wait ten minutes",
    "trust the new key alone",
    "delete the old public key",
]


def order(*places):
    return [ROTATED[place] for place in places]


CHOSEN = {
    "phone": "signed URL",
    "page": "signed cookies",
    "upload": "presigned URL",
    "invoice": "presigned URL",
}


def fetches(action="secretsmanager:GetSecretValue", resource=None):
    def mend(body):
        role = body["Resources"]["LinkFunctionRole"]["Properties"]
        role["Policies"][0]["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Action": action, "Resource": resource or {"Ref": "SigningKey"}}
        )

    return mend


def forget_the_name(body):
    body["Resource"]["LinkFunctionRole"] = {}


RIGHT = {
    "policy": policy(),
    "months": "premiumUntil = :before",
    "which": CHOSEN,
    "rotation": ROTATED,
    "mend": fetches(),
}

FETCH = ["secretsmanager:GetSecretValue"]
EVERY_SECRET = {"Fn::Sub": "arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:*"}

#: (exercise, answer, what the reader is told)
WRONG = [
    ("policy", policy("/videos/moon/stream/index.m3u8"), "segment0.ts is 403 AccessDenied: the p"),
    ("policy", policy("/videos/moon/*"), "the video's whole file opens, too"),
    ("policy", policy("/videos/*/stream/*"), "another video opens, too"),
    ("policy", policy(address=""), "from another address, too"),
    ("policy", policy(address="/33"), "MalformedPolicy"),
    ("policy", policy(seconds=300), "after 9:59 it is 403 AccessDenied: the policy expired"),
    ("policy", policy(seconds=601), "still opens after ten minutes"),
    ("policy", lambda content, now, address: {"Statement": {1, 2}}, "the policy is no JSON"),
    ("policy", forgets_the_viewer, "your function stopped with TypeError"),
    ("policy", {"Statement": []}, "a function `def policy"),
    ("months", "premiumUntil < :before", "Ana pays for a month, and the answer is 503"),
    ("months", "premiumUntil >= :before", "months arrive at the same moment, and premium is"),
    (
        "months",
        "premiumUntil < :until OR premiumUntil = :before",
        "for 1 and for 2 months arrive at the same moment, and premium is prolonged by 2.",
    ),
    ("months", "premiumUntil = :now", "DynamoDB cannot use the expression"),
    ("months", 1, "a condition expression is a text"),
    ("which", {**CHOSEN, "phone": "presigned URL"}, "both fetch the video from the bucket"),
    (
        "which",
        {**CHOSEN, "phone": "signed cookies"},
        "without cookies the edge says 403",
    ),
    ("which", {**CHOSEN, "page": "signed URL"}, "segment0.ts is 403 MissingKey"),
    ("which", {**CHOSEN, "upload": "torrent"}, "is none of"),
    ("which", {"phone": "signed URL"}, "one of the three ways for each of"),
    ("rotation", order(0, 2, 1, 3, 4, 5), "by a newly started function 0 seconds ago is 403"),
    ("rotation", order(0, 1, 2, 4, 3, 5), "alone” a link given 0 seconds ago is 403 InvalidKey"),
    ("rotation", order(3, 0, 1, 2, 4, 5), "seconds ago is 403 InvalidKey"),
    ("rotation", order(1, 0, 2, 3, 4, 5), "does not know the new key yet"),
    ("rotation", order(0, 1, 2, 3, 5, 4), "refused: PublicKeyInUse"),
    ("rotation", order(0, 1, 2), "a list with each of the six steps once"),
    ("mend", fetches(resource=EVERY_SECRET), "may fetch another secret of the account, too"),
    ("mend", fetches("secretsmanager:*"), "too widely"),
    ("mend", fetches([*FETCH, "secretsmanager:PutSecretValue"]), "No permission that no flow uses"),
    ("mend", fetches("secretsmanager:DescribeSecret"), "Ana asks for a link and gets 502: no"),
    ("mend", lambda body: None, "Ana asks for a link and gets 502"),
    ("mend", forget_the_name, "your function stopped with KeyError"),
    ("mend", "secretsmanager:GetSecretValue", "a function that is given the template's body"),
]


class TestPaidContent(Marking):
    scenario, right, wrong = "paid-content", RIGHT, WRONG


@pytest.mark.slow
def test_in_each_case_one_of_the_three_ways_works():
    seen = tried()
    assert len(seen) == len(CASES) * len(WAYS)
    assert {case: way for (case, way), one in seen.items() if one.works} == CHOSEN
    assert sum(one.works for one in seen.values()) == len(CASES)


def test_the_steps_are_not_told_in_their_order():
    assert list(STEPS) == sorted(ROTATED) != ROTATED


def test_hints_do_not_give_the_answer_away():
    assert "= :before" not in repr(asked(named("paid-content", "months")))
    assert "secretsmanager:GetSecretValue" not in repr(asked(named("paid-content", "mend")))
