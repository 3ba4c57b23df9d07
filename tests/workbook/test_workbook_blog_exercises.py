"""MyBlog's exercises: right answers pass, wrong ones fail with a reason that helps."""

from __future__ import annotations

from marking import Marking

ADMITS = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": "${SiteBucket.Arn}/*",
    "Condition": {
        "StringEquals": {
            "AWS:SourceArn": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${SiteEdge}"
        }
    },
}
KEPT = {
    "page": 300,
    "page, max-age=60": 60,
    "page, max-age=604800": 86_400,
    "file, max-age=60": 86_400,
}
NEW = {"eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": ["posts"]}}}}
TRIES = {
    "torn photo: attempts": 3,
    "refused mail: attempts": 6,
    "photo: the queue holds the event": True,
    "mail: the queue holds the record": False,
}


def sends(action="ses:SendEmail", resource="identity/${WelcomeMailAddress}"):
    def mend(body):
        role = body["Resources"]["WelcomeFunctionRole"]["Properties"]
        arn = "arn:aws:ses:${AWS::Region}:${AWS::AccountId}:" + resource
        role["Policies"][0]["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Action": action, "Resource": {"Fn::Sub": arn}}
        )

    return mend


def forget_the_name(body):
    body["Resource"]["WelcomeFunctionRole"] = {}


RIGHT = {"admit": ADMITS, "lifetimes": KEPT, "filter": NEW, "retries": TRIES, "mend": sends()}

#: (exercise, answer, what the reader is told)
WRONG = [
    ("admit", {k: v for k, v in ADMITS.items() if k != "Condition"}, "through a copy of the dist"),
    ("admit", {**ADMITS, "Action": "s3:ListBucket"}, "readers get 403"),
    ("admit", {"Effect": "Allow"}, "no Principal and no Action and no Resource"),
    ("admit", "everybody", "a statement is a dict"),
    ("lifetimes", {**KEPT, "file, max-age=60": 60}, "never less than MinTTL"),
    ("lifetimes", 300, "an answer for each"),
    ("filter", {"eventName": ["INSERT"]}, "so does a new subscriber"),
    ("filter", {"dynamodb": NEW["dynamodb"]}, "so does a changed post"),
    ("filter", {**NEW, "eventName": ["INSERT", "REMOVE"]}, "so does a removed post"),
    ("filter", {**NEW, "eventName": ["MODIFY"]}, "nothing was invoked"),
    ("filter", "INSERT", "a pattern is a dict"),
    ("retries", {**TRIES, "torn photo: attempts": 2}, "one attempt, and MaximumRetryAttempts"),
    ("retries", {"torn photo: attempts": 3}, "an answer for each"),
    ("mend", sends("ses:*"), "No wildcard permission"),
    ("mend", sends(resource="identity/*"), "lets the function send as anybody"),
    ("mend", lambda body: None, "does not hold"),
    ("mend", forget_the_name, "your function stopped with KeyError"),
    ("mend", "ses:SendEmail", "a function"),
]


class TestMyBlog(Marking):
    scenario, right, wrong = "myblog", RIGHT, WRONG
