"""The public API of MyBlog: one Lambda function behind API Gateway (AWS_PROXY).

Everybody reads posts and may subscribe. Only requests that the gateway has found to be signed by
a trusted caller reach ``POST /posts`` (its method asks for IAM authorization), so this code
decides what a post must look like, not who may write one.

Posts are in DynamoDB, read and written through DAX when ``DAX_ENDPOINT`` is set, or in Aurora
when ``CLUSTER_ARN`` is. Subscribers are in the table, whose stream brings them their mail.
"""

import base64
import json
import os
import re
import time
import uuid

import aurora
import boto3
import table

TABLE = os.environ["TABLE_NAME"]
DAX_ENDPOINT = os.environ.get("DAX_ENDPOINT")
#: Seconds for which whoever passes a post on may keep it.
FRESH = int(os.environ.get("FRESH_SECONDS", "60"))
MAX_TITLE, MAX_BODY, MAX_PHOTO, MAX_ADDRESS = 200, 100_000, 1_024, 254
MAX_PAGE = 100
POST_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{8}")
ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def _items():
    if not DAX_ENDPOINT:
        return boto3.client("dynamodb")
    from amazondax import AmazonDaxClient

    return AmazonDaxClient(endpoint_url=DAX_ENDPOINT, region_name=os.environ["AWS_REGION"])


items = _items()
posts = aurora.Posts() if "CLUSTER_ARN" in os.environ else table.Posts(items, TABLE)
subscribers = table.Subscribers(items, TABLE)


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
    kept = event["httpMethod"] == "GET" and status == 200
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": os.environ.get("ALLOW_ORIGIN", "*"),
            "Cache-Control": f"public, max-age={FRESH}" if kept else "no-store",
        },
        "body": json.dumps(body, sort_keys=True),
    }


def list_posts(event):
    """GET /posts?limit=&nextToken= : one page of posts without their text, newest first."""
    query = event.get("queryStringParameters") or {}
    after = _after(query["nextToken"]) if query.get("nextToken") else None
    found, more = posts.page(_limit(query.get("limit", "20")), after)
    body = {"posts": found}
    if more:
        body["nextToken"] = base64.urlsafe_b64encode(found[-1]["id"].encode()).decode()
    return 200, body


def read_post(event):
    """GET /posts/{id}: one post."""
    found = posts.read(event["pathParameters"]["id"])
    if found is None:
        raise Refused(404, "No such post")
    return 200, found


def create_post(event):
    """POST /posts: publish a post."""
    body = _body(event)
    now = time.time()
    post = {
        # Sorts as time goes; what follows keeps two posts of one millisecond apart.
        "id": f"{int(now * 1000):012x}-{uuid.uuid4().hex[:8]}",
        "title": _text(body, "title", MAX_TITLE),
        "body": _text(body, "body", MAX_BODY),
        "created": int(now),
    }
    if body.get("photo") is not None:
        post["photo"] = _text(body, "photo", MAX_PHOTO)
    posts.add(post)
    return 201, post


def subscribe(event):
    """POST /subscribers: the answer is the same for who already was one, to tell nobody who is."""
    address = _text(_body(event), "email", MAX_ADDRESS)
    if not ADDRESS.fullmatch(address):
        raise Refused(400, "email must be an address")
    subscribers.add(address.lower(), int(time.time()))
    return 202, {"message": "Welcome: a mail is on its way"}


ROUTES = {
    ("GET", "/posts"): list_posts,
    ("GET", "/posts/{id}"): read_post,
    ("POST", "/posts"): create_post,
    ("POST", "/subscribers"): subscribe,
}


def _body(event):
    raw = event.get("body") or ""
    if event.get("isBase64Encoded"):
        raw = base64.b64decode(raw)
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refused(400, "The body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be an object")
    return body


def _text(body, name, longest):
    text = body.get(name)
    if not isinstance(text, str) or not 0 < len(text.strip()) <= longest:
        raise Refused(400, f"{name} must be a text of 1 to {longest} characters")
    return text.strip()


def _limit(text):
    if not text.isdecimal() or not 1 <= int(text) <= MAX_PAGE:
        raise Refused(400, f"limit must be a number from 1 to {MAX_PAGE}")
    return int(text)


def _after(token):
    try:
        last_id = base64.b64decode(token, altchars="-_", validate=True).decode()
    except ValueError:
        last_id = ""
    if not POST_ID.fullmatch(last_id):
        raise Refused(400, "nextToken is not one of ours")
    return last_id
