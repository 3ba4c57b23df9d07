"""Exercises: right answers pass, wrong ones fail with a reason that helps, None invites."""

from __future__ import annotations

import pytest
from marking import Marking

from archlib.errors import UsageError
from archlib.workbook import Workbook
from archlib.workbook.exercises import asked, named

LISTING = {
    "Effect": "Allow",
    "Action": "s3:ListBucket",
    "Resource": "${FileBucket.Arn}",
    "Condition": {"StringLike": {"s3:prefix": "private/${cognito-identity.amazonaws.com:sub}/*"}},
}
LATER = {
    "the API answers": 401,
    "S3 answers": "ExpiredToken",
    "a refresh token gives new tokens": True,
}
COSTS = {"eventual": 1.5, "strong": 3, "transactional write": 4}


def ingress(**source):
    def mend(body):
        group = body["Resources"]["TodoCacheSecurityGroup"]["Properties"]
        group["SecurityGroupIngress"] = [
            {"IpProtocol": "tcp", "FromPort": 8111, "ToPort": 8111, **source}
        ]

    return mend


def forget_the_name(body):
    body["Resource"]["TodoCacheSecurityGroup"] = {}


MENDED = ingress(SourceSecurityGroupId={"Fn::GetAtt": ["TodoFunctionSecurityGroup", "GroupId"]})

RIGHT = {
    "own-folder": LISTING,
    "cache-key": "Authorization",
    "capacity": COSTS,
    "hour-later": LATER,
    "mend": MENDED,
}

#: (exercise, answer, what the reader is told)
WRONG = [
    ("own-folder", {k: v for k, v in LISTING.items() if k != "Condition"}, "list the whole bucket"),
    ("own-folder", {**LISTING, "Resource": "${FileBucket.Arn}/*"}, "not authorized to perform"),
    ("own-folder", {**LISTING, "Effect": "Permit"}, "must be Allow or Deny"),
    ("own-folder", {"Effect": "Allow"}, "no Action and no Resource"),
    ("own-folder", "s3:ListBucket", "a statement is a dict"),
    ("cache-key", "Accept", "Ben was given Ana's cached answer"),
    ("cache-key", "not a header", "the name of one request header"),
    ("capacity", {**COSTS, "strong": 2}, "strong: DynamoDB reports another figure"),
    ("capacity", 3, "a dict with a number for each"),
    ("hour-later", {**LATER, "the API answers": 403}, "the API answers: not 403"),
    ("hour-later", {**LATER, "S3 answers": "AccessDenied"}, "its session is over"),
    ("hour-later", {"S3 answers": "ExpiredToken"}, "an answer for each"),
    ("mend", ingress(CidrIp="0.0.0.0/0"), "lets everybody in"),
    ("mend", lambda body: None, "does not hold"),
    ("mend", forget_the_name, "your function stopped with KeyError"),
    ("mend", "open port 8111", "a function"),
]


class TestMyTodoList(Marking):
    scenario, right, wrong = "mytodolist", RIGHT, WRONG


def test_hints_do_not_give_the_answer_away():
    assert "Authorization" not in repr(asked(named("mytodolist", "cache-key")))
    assert "ExpiredToken" not in repr(asked(named("mytodolist", "hour-later")))


def test_an_unknown_exercise_names_those_there_are():
    with pytest.raises(UsageError, match="own-folder, cache-key"):
        Workbook("mytodolist").exercise("own-foldr")
