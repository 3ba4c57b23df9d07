"""The premium-user service: members, their premium, the videos they bought (AWS_PROXY).

One table holds all of it, so that what belongs together is read at once and changed at once:

    pk              sk              what
    USER#<sub>      PROFILE         a member: name, premiumUntil (epoch seconds)
    USER#<sub>      VIDEO#<id>      a video the member bought
    USER#<sub>      PAYMENT#<id>    a payment that was taken in, so that it counts once
    USER#<sub>      REFUND#<id>     a payment that bought nothing and has to be paid back
    VIDEO#<id>      BUYER#<sub>     the same purchase, seen from the video
    CATALOGUE       VIDEO#<id>      a video that is sold

Members change their profile. What was paid only the payment provider says, in requests signed
with its own role: it tells of each payment at least once, and sometimes twice at the same time.
"""

import json
import os
import time

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

TABLE = os.environ["TABLE_NAME"]
MONTH = 30 * 86_400
ATTEMPTS = 4

dynamodb = boto3.client("dynamodb")
_write, _read = TypeSerializer().serialize, TypeDeserializer().deserialize


class Refused(Exception):
    """A client's mistake: status and message for the response."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


def handler(event, context):
    """Route a proxy event to the operation of its method and resource."""
    operation = ROUTES.get((event["httpMethod"], event["resource"]))
    try:
        if operation is None:
            raise Refused(405, "Method not allowed")
        status, body = operation(event)
    except Refused as refused:
        status, body = refused.status, {"message": refused.message}
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": os.environ.get("ALLOW_ORIGIN", "*"),
            "Cache-Control": "no-store",
        },
        "body": "" if body is None else json.dumps(body, sort_keys=True),
    }


# -- members -----------------------------------------------------------------------------------


def register(event):
    """POST /member: become a member; premium has to be paid for."""
    claims = _claims(event)
    profile = {
        **_key(_user(claims["sub"]), "PROFILE"),
        "name": _name(_body(event)),
        "email": claims["email"],
        "registered": _now(),
        "premiumUntil": 0,
    }
    try:
        dynamodb.put_item(
            TableName=TABLE, Item=_item(profile), ConditionExpression="attribute_not_exists(pk)"
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        raise Refused(409, "You are a member already") from None
    return 201, _member(claims["sub"], profile)


def read(event):
    """GET /member: the caller's own profile."""
    sub = _claims(event)["sub"]
    return 200, _member(sub, _profile(sub))


def update(event):
    """PUT /member: change the name."""
    sub = _claims(event)["sub"]
    try:
        changed = dynamodb.update_item(
            TableName=TABLE,
            Key=_item(_key(_user(sub), "PROFILE")),
            UpdateExpression="SET #name = :name",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":name": _write(_name(_body(event)))},
            ReturnValues="ALL_NEW",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        raise Refused(404, "You are not a member") from None
    return 200, _member(sub, _plain(changed["Attributes"]))


def delete(event):
    """DELETE /member: forget the member, and what the member bought.

    The profile goes first: from then on no link is signed, whatever becomes of the rest.
    """
    sub = _claims(event)["sub"]
    gone = dynamodb.delete_item(
        TableName=TABLE, Key=_item(_key(_user(sub), "PROFILE")), ReturnValues="ALL_OLD"
    )
    if not gone.get("Attributes"):
        raise Refused(404, "You are not a member")
    for item in _query(_user(sub), ""):
        dynamodb.delete_item(TableName=TABLE, Key=_item(_key(item["pk"], item["sk"])))
        if item["sk"].startswith("VIDEO#"):
            dynamodb.delete_item(TableName=TABLE, Key=_item(_key(item["sk"], f"BUYER#{sub}")))
    return 204, None


def bought(event):
    """GET /member/videos: what the caller bought."""
    sub = _claims(event)["sub"]
    _profile(sub)
    return 200, {"videos": [_purchase(item) for item in _query(_user(sub), "VIDEO#")]}


def catalogue(event):
    """GET /videos: what is sold."""
    return 200, {
        "videos": [
            {"id": item["sk"].removeprefix("VIDEO#"), "title": item["title"],
             "cents": int(item["cents"])}
            for item in _query("CATALOGUE", "VIDEO#")
        ]
    }  # fmt: skip


# -- payments ----------------------------------------------------------------------------------


def pay(event):
    """POST /payments: the provider tells of a payment, of premium months or of a video.

    201 what it bought; 200 when this was known; 409 when it bought nothing: a refund is noted.
    """
    body = _body(event)
    member, payment = _text(body, "member"), _text(body, "payment")
    if ("months" in body) == ("video" in body):
        raise Refused(400, "a payment is for months or for a video")
    take = _pay_premium if "months" in body else _pay_video
    for _ in range(ATTEMPTS):
        answer = take(member, payment, body)
        if answer is not None:
            return answer
    raise Refused(503, "Too many changes at once; tell us again")


def _pay_premium(member, payment, body):
    """Premium from now, or from where it ends; None when somebody else changed the profile."""
    months = body["months"]
    if not isinstance(months, int) or isinstance(months, bool) or not 1 <= months <= 24:
        raise Refused(400, "months must be a number from 1 to 24")
    profile = _profile(member)
    until = max(_now(), int(profile["premiumUntil"])) + months * MONTH
    taken = {**_key(_user(member), f"PAYMENT#{payment}"), "months": months, "at": _now()}
    first = _transact(
        _put_new(taken),
        {
            "Update": {
                "TableName": TABLE,
                "Key": _item(_key(_user(member), "PROFILE")),
                "UpdateExpression": "SET premiumUntil = :until",
                "ConditionExpression": "premiumUntil = :before",
                "ExpressionAttributeValues": {
                    ":until": _write(until),
                    ":before": _write(profile["premiumUntil"]),
                },
            }
        },
    )
    if first is None:
        return 201, {"member": member, "premiumUntil": until}
    if first == 0:
        return 200, {"member": member, "premiumUntil": int(_profile(member)["premiumUntil"])}
    return None


def _pay_video(member, payment, body):
    """One purchase for member and video, however often it is paid for."""
    video = _text(body, "video")
    sold = _get("CATALOGUE", f"VIDEO#{video}")
    if sold is None:
        return _refund(member, payment, "there is no such video")
    own = {
        **_key(_user(member), f"VIDEO#{video}"),
        "title": sold["title"],
        "cents": sold["cents"],
        "payment": payment,
        "at": _now(),
    }
    failed = _transact(
        _put_new(own),
        _put_new({**_key(f"VIDEO#{video}", f"BUYER#{member}"), "at": _now()}),
        {
            "ConditionCheck": {
                "TableName": TABLE,
                "Key": _item(_key(_user(member), "PROFILE")),
                "ConditionExpression": "premiumUntil > :now",
                "ExpressionAttributeValues": {":now": _write(_now())},
            }
        },
    )
    if failed is None:
        return 201, _purchase(own)
    if failed in (0, 1):
        known = _get(_user(member), f"VIDEO#{video}")
        if known is None:
            return None
        if known["payment"] == payment:
            return 200, _purchase(known)
        return _refund(member, payment, "the video was bought before")
    if failed == 2:
        return _refund(member, payment, "only premium members buy videos")
    return None


def _refund(member, payment, reason):
    """Note that a payment has to be paid back; once, however often it is told."""
    note = {**_key(_user(member), f"REFUND#{payment}"), "reason": reason, "at": _now()}
    _transact(_put_new(note))
    return 409, {"message": f"Paid back: {reason}", "refund": payment}


ROUTES = {
    ("POST", "/member"): register,
    ("GET", "/member"): read,
    ("PUT", "/member"): update,
    ("DELETE", "/member"): delete,
    ("GET", "/member/videos"): bought,
    ("GET", "/videos"): catalogue,
    ("POST", "/payments"): pay,
}


# -- the table ---------------------------------------------------------------------------------


def _transact(*writes):
    """Do all of the writes or none.

    None when they are done; else the place of the first whose condition failed, or -1 when
    somebody else changed the same items meanwhile.
    """
    try:
        dynamodb.transact_write_items(TransactItems=list(writes))
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
        if "ConditionalCheckFailed" in reasons:
            return reasons.index("ConditionalCheckFailed")
        if "TransactionConflict" in reasons:
            return -1
        raise
    return None


def _put_new(item):
    return {
        "Put": {
            "TableName": TABLE,
            "Item": _item(item),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def _get(pk, sk):
    found = dynamodb.get_item(TableName=TABLE, Key=_item(_key(pk, sk)), ConsistentRead=True)
    return _plain(found["Item"]) if "Item" in found else None


def _query(pk, prefix):
    request = {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :pk" + (" AND begins_with(sk, :sk)" if prefix else ""),
        "ExpressionAttributeValues": {
            ":pk": _write(pk), **({":sk": _write(prefix)} if prefix else {})
        },
        "ConsistentRead": True,
    }  # fmt: skip
    while True:
        page = dynamodb.query(**request)
        yield from map(_plain, page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _profile(sub):
    found = _get(_user(sub), "PROFILE")
    if found is None:
        raise Refused(404, "There is no such member")
    return found


def _key(pk, sk):
    return {"pk": pk, "sk": sk}


def _user(sub):
    return f"USER#{sub}"


def _item(values):
    return {name: _write(value) for name, value in values.items()}


def _plain(item):
    return {name: _read(value) for name, value in item.items()}


# -- what is asked and answered ------------------------------------------------------------------


def _member(sub, profile):
    until = int(profile["premiumUntil"])
    return {
        "id": sub,
        "name": profile["name"],
        "email": profile["email"],
        "premium": until > _now(),
        "premiumUntil": until,
    }


def _purchase(item):
    return {
        "video": item["sk"].removeprefix("VIDEO#"),
        "title": item["title"],
        "cents": int(item["cents"]),
        "payment": item["payment"],
        "at": int(item["at"]),
    }


def _claims(event):
    return event["requestContext"]["authorizer"]["claims"]


def _body(event):
    try:
        body = json.loads(event.get("body") or "")
    except ValueError:
        raise Refused(400, "The body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be an object")
    return body


def _name(body):
    name = body.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 100:
        raise Refused(400, "name must be a text of 1 to 100 characters")
    return name.strip()


def _text(body, name):
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise Refused(400, f"{name} must be a text of 1 to 64 characters")
    return value


def _now():
    return int(time.time())
