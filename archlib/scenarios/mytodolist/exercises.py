"""Exercises on MyTodoList. Every answer is run: deployed, tried by people, and judged."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from archlib.scenarios import answering
from archlib.scenarios.answering import Body, failure
from archlib.scenarios.mytodolist import SCENARIO
from archlib.verify.exercise import Exercise, Marked, Unfit
from archlib.verify.resources import of_type, properties, statements

_judged = partial(answering.judged, SCENARIO)
_deployed = partial(answering.deployed, SCENARIO)


# -- a statement that lists one folder ---------------------------------------------------------


def _listing(answer: Any) -> Marked:
    asked = ("Effect", "Action", "Resource", "Condition")
    given = answering.statement(answer, asked[:3], asked)

    def edit(body: Body) -> None:
        for granted in statements(body):
            if granted.statement.get("Sid") == "ListsOwnFilesInFileBucket":
                statement: Any = granted.statement
                statement.clear()
                statement.update(answering.everywhere(given, _with_bucket))

    report = _judged(edit, ("own-folder", "no-looking-around", "no-trespass"))
    wrong = failure(report)
    if wrong is None:
        return Marked(True, "Ana lists her own folder; four other listings are denied.")
    return Marked(False, wrong)


def _with_bucket(text: str) -> Any:
    """``${FileBucket.Arn}`` in a text becomes the bucket's; IAM's own variables stay IAM's."""
    if "${FileBucket" in text:
        return {"Fn::Sub": re.sub(r"\$\{(?!FileBucket)", "${!", text)}
    return text


# -- the header in the cache key -----------------------------------------------------------------


def _cache_key(answer: Any) -> Marked:
    if not isinstance(answer, str) or not re.fullmatch(r"[A-Za-z0-9-]+", answer):
        raise Unfit('the name of one request header, such as "X-Request-Id"')
    header = f"method.request.header.{answer}"

    def edit(body: Body) -> None:
        for method in of_type(body, "AWS::ApiGateway::Method").values():
            integration = properties(method).get("Integration", {})
            keys = integration.get("CacheKeyParameters", [])
            if any(key.endswith("header.Authorization") for key in keys):
                kept = [key for key in keys if not key.endswith("header.Authorization")]
                integration["CacheKeyParameters"] = [*kept, header]
                properties(method).setdefault("RequestParameters", {}).setdefault(header, False)

    wrong = failure(_judged(edit, ("cache-is-private", "second-read-from-stage")))
    if wrong is None:
        return Marked(True, "Ana and Ben have entries of their own, and second reads are hits.")
    return Marked(False, wrong)


# -- what reads and writes cost --------------------------------------------------------------------


_COSTS = ("eventual", "strong", "transactional write")


def _capacity(answer: Any) -> Marked:
    given, measured = answering.named(answer, _COSTS, "a number"), _measured()
    wrong = [name for name in _COSTS if given[name] != measured[name]]
    if not wrong:
        return Marked(True, "that is what DynamoDB reports as consumed capacity.")
    return Marked(False, f"{' and '.join(wrong)}: DynamoDB reports another figure. {_RULES}")


_RULES = (
    "Reads are counted in 4 KB, writes in 1 KB, each rounded up; an eventually consistent read "
    "costs half, anything transactional twice."
)


def _measured() -> dict[str, float]:
    """The three operations on a table of a cloud's own: what they consumed."""
    from archlib.local import LocalCloud

    with LocalCloud() as cloud:
        dynamodb = cloud.client("dynamodb")
        dynamodb.create_table(
            TableName="notes",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        nine = {"id": {"S": "nine"}, "text": {"S": "x" * (9 * 1024 - 10)}}
        dynamodb.put_item(TableName="notes", Item=nine)

        def read(consistent: bool) -> float:
            made = dynamodb.get_item(
                TableName="notes",
                Key={"id": {"S": "nine"}},
                ConsistentRead=consistent,
                ReturnConsumedCapacity="TOTAL",
            )
            return float(made["ConsumedCapacity"]["CapacityUnits"])

        written = dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": "notes",
                        "Item": {"id": {"S": "two"}, "text": {"S": "x" * 1500}},
                    }
                }
            ],
            ReturnConsumedCapacity="TOTAL",
        )["ConsumedCapacity"][0]["CapacityUnits"]
        return dict(zip(_COSTS, (read(False), read(True), float(written)), strict=True))


# -- an hour later ---------------------------------------------------------------------------------


_LATER = ("the API answers", "S3 answers", "a refresh token gives new tokens")


def _hour_later(answer: Any) -> Marked:
    given = answering.named(answer, _LATER)
    wrong = answering.first_difference(given, _an_hour_later(), _WHY_LATER)
    if wrong is None:
        return Marked(True, "exactly what the three services say at 61 minutes.")
    return Marked(False, wrong)


_WHY_LATER = {
    "the API answers": "The gateway checks the token's `exp` before anything else runs; which "
    "status says “I do not know who you are”?",
    "S3 answers": "S3 knows the key, but its session is over; it has an error code for just that.",
    "a refresh token gives new tokens": "Look up RefreshTokenValidity in the template's "
    "UserDirectoryClient: is it an hour too? Answer True or False.",
}


def _an_hour_later() -> dict[str, object]:
    from archlib.scenarios.accounts import newcomer
    from archlib.scenarios.browsing import outcome
    from archlib.scenarios.mytodolist.people import aws_keys, call

    with _deployed() as (cloud, place):
        tokens = newcomer(place, "ana")
        keys = aws_keys(place, tokens)
        s3, bucket = place.client("s3", **keys.options), place.outputs["FileBucketName"]
        cloud.clock.advance(minutes=61)
        renewed = outcome(
            lambda: place.client("cognito-idp").initiate_auth(
                ClientId=place.outputs["UserPoolClientId"],
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": tokens.refresh},
            )
        )
        prefix = f"private/{keys.identity}/"
        listed = outcome(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=prefix))
        status = call(place, "GET", "/todos", tokens.id).status
        return dict(zip(_LATER, (status, listed, renewed == "ok"), strict=True))


# -- mend a template -------------------------------------------------------------------------------


_BROKEN = "closed-port"
_GUARDED = ("dax-saves-reads", "least-privilege")


def broken() -> Body:
    """The template of the exercise “mend”: a working copy with one thing wrong."""
    return answering.broken(SCENARIO, _BROKEN)


def _mend(answer: Any) -> Marked:
    mended = answering.mended(answer, broken())
    wrong = failure(_judged(answering.replaced_by(mended), _GUARDED))
    if wrong is not None:
        return Marked(False, wrong)
    if world := _open_to_the_world(mended):
        return Marked(False, f"it works, but {world} lets everybody in, not just the function.")
    return Marked(True, "the function reaches the cache again, and nobody else does.")


def _open_to_the_world(body: Body) -> str | None:
    rules = [
        (name, rule)
        for name, group in of_type(body, "AWS::EC2::SecurityGroup").items()
        for rule in properties(group).get("SecurityGroupIngress", ())
    ]
    rules += [
        (name, properties(rule))
        for name, rule in of_type(body, "AWS::EC2::SecurityGroupIngress").items()
    ]
    return next((name for name, rule in rules if "CidrIp" in rule or "CidrIpv6" in rule), None)


EXERCISES = (
    Exercise(
        "own-folder",
        "List one's own folder only",
        "Write the policy statement that lets a signed-in user list the files below "
        "`private/<their identity>/` in the bucket, and nothing else. `s3:ListBucket` is an "
        "action on the *bucket*, not on objects: what narrows it to a prefix? Write the bucket's "
        "ARN as `${FileBucket.Arn}`.",
        "a `dict` with `Effect`, `Action`, `Resource` and `Condition`",
        (
            "The condition key is `s3:prefix`; `StringLike` lets it have a wildcard.",
            "The identity is the policy variable `${cognito-identity.amazonaws.com:sub}`.",
        ),
        _listing,
    ),
    Exercise(
        "cache-key",
        "Whose answer is it?",
        "The stage caches `GET /todos`. Which request header has to be part of the cache key, so "
        "that Ben is never given Ana's list?",
        'a header\'s name, e.g. `"Accept"`',
        ("What differs between Ana's request and Ben's, when both ask for `/todos`?",),
        _cache_key,
    ),
    Exercise(
        "capacity",
        "What a read costs",
        "An item has 9 KB. How many read units does an eventually consistent read of it cost "
        "(`eventual`), how many a strongly consistent one (`strong`)? And how many write units "
        "does a transaction cost that writes one item of 1.5 KB (`transactional write`)?",
        '`{"eventual": …, "strong": …, "transactional write": …}`',
        ("Reads count in steps of 4 KB, writes in steps of 1 KB, always rounded up.",
         "Eventually consistent is half the price; transactional is twice the price."),
        _capacity,
    ),
    Exercise(
        "hour-later",
        "An hour and a minute later",
        "Ana signed in 61 minutes ago and her app still holds the id token, the temporary keys "
        "and the refresh token. Which HTTP status does the API answer, which error code does S3, "
        "and does the refresh token still give new tokens (`True` or `False`)?",
        '`{"the API answers": …, "S3 answers": "…", "a refresh token gives new tokens": …}`',
        ("All three lifetimes can be found in the template or in the chapter above.",),
        _hour_later,
    ),
    Exercise(
        "mend",
        "The silent cache",
        "Somebody cleaned up the template, and now every request that needs the table takes ten "
        "seconds and fails. The template is `archlib.scenarios.mytodolist.exercises.broken()`. "
        "Find what is missing and write a function that puts it back.",
        "a function `def mend(body): …` that changes the template's body in place",
        ("Compare `TodoCacheSecurityGroup` with the chapter on the template: who may connect?",
         "A DAX cluster without encryption in transit listens on port 8111.",
         "The rule's source is a security group, not a range of addresses: "
         "`SourceSecurityGroupId`."),
        _mend,
    ),
)  # fmt: skip
