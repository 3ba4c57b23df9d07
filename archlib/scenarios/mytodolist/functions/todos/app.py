"""The to-do API of MyTodoList: one Lambda function behind API Gateway (AWS_PROXY).

Every item lives under the caller's Cognito ``sub`` as partition key, so one user's requests
cannot address another user's items. Reads and writes go through DAX when ``DAX_ENDPOINT`` is
set, else straight to DynamoDB; a bulk import always writes around the cache.
"""

import base64
import json
import os
import time
import uuid

import boto3

TABLE = os.environ["TABLE_NAME"]
DAX_ENDPOINT = os.environ.get("DAX_ENDPOINT")
MAX_TITLE = 200
MAX_PAGE = 100
#: BatchWriteItem takes at most 25 items a call.
BATCH = 25


def _items():
    if not DAX_ENDPOINT:
        return boto3.client("dynamodb")
    from amazondax import AmazonDaxClient

    return AmazonDaxClient(endpoint_url=DAX_ENDPOINT, region_name=os.environ["AWS_REGION"])


items = _items()


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
        owner = event["requestContext"]["authorizer"]["claims"]["sub"]
        status, body = operation(owner, event)
    except Refused as refused:
        status, body = refused.status, {"message": refused.message}
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": os.environ.get("ALLOW_ORIGIN", "*"),
            "Cache-Control": "private",
        },
        "body": "" if body is None else json.dumps(body, sort_keys=True),
    }


def list_todos(owner, event):
    """GET /todos?limit=&nextToken=&consistent= : one page of the caller's to-dos, by id."""
    query = event.get("queryStringParameters") or {}
    request = {
        "TableName": TABLE,
        "KeyConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": {"S": owner}},
        "Limit": _limit(query.get("limit", "50")),
        "ConsistentRead": query.get("consistent") == "true",
    }
    if query.get("nextToken"):
        request["ExclusiveStartKey"] = {
            "owner": {"S": owner},
            "id": {"S": _after(query["nextToken"])},
        }
    page = items.query(**request)
    body = {"todos": [_todo(item) for item in page["Items"]]}
    if page.get("LastEvaluatedKey"):
        body["nextToken"] = _token(page["LastEvaluatedKey"]["id"]["S"])
    return 200, body


def create_todo(owner, event):
    """POST /todos: add a to-do."""
    item = _new(owner, _body(event))
    items.put_item(TableName=TABLE, Item=item)
    return 201, _todo(item)


def read_todo(owner, event):
    """GET /todos/{id}?consistent=: one to-do."""
    query = event.get("queryStringParameters") or {}
    found = items.get_item(
        TableName=TABLE, Key=_key(owner, event), ConsistentRead=query.get("consistent") == "true"
    ).get("Item")
    if not found:
        raise Refused(404, "No such to-do")
    return 200, _todo(found)


def update_todo(owner, event):
    """PUT /todos/{id}: change the title, and whether it is done."""
    body = _body(event)
    changes = {"#title": {"S": _title(body)}, "#updated": _now()}
    if "done" in body:
        changes["#done"] = {"BOOL": _done(body)}
    return 200, _change(owner, event, changes)


def complete_todo(owner, event):
    """POST /todos/{id}/complete: mark as done."""
    return 200, _change(owner, event, {"#done": {"BOOL": True}, "#updated": _now()})


def delete_todo(owner, event):
    """DELETE /todos/{id}."""
    gone = items.delete_item(TableName=TABLE, Key=_key(owner, event), ReturnValues="ALL_OLD")
    if not gone.get("Attributes"):
        raise Refused(404, "No such to-do")
    return 204, None


def import_todos(owner, event):
    """POST /todos/import: write many to-dos around the cache; a given id is overwritten."""
    entries = _body(event).get("todos")
    if not isinstance(entries, list) or not entries:
        raise Refused(400, "todos must be a list with at least one entry")
    made = [_new(owner, entry) for entry in entries]
    table = boto3.client("dynamodb")
    for start in range(0, len(made), BATCH):
        pending = {TABLE: [{"PutRequest": {"Item": i}} for i in made[start : start + BATCH]]}
        while pending:
            pending = table.batch_write_item(RequestItems=pending).get("UnprocessedItems")
    return 201, {"imported": [item["id"]["S"] for item in made]}


ROUTES = {
    ("GET", "/todos"): list_todos,
    ("POST", "/todos"): create_todo,
    ("POST", "/todos/import"): import_todos,
    ("GET", "/todos/{id}"): read_todo,
    ("PUT", "/todos/{id}"): update_todo,
    ("DELETE", "/todos/{id}"): delete_todo,
    ("POST", "/todos/{id}/complete"): complete_todo,
}


def _change(owner, event, changes):
    names = {name: name.removeprefix("#") for name in changes}
    values = {name.replace("#", ":"): value for name, value in changes.items()}
    sets = ", ".join(f"{name} = {name.replace('#', ':')}" for name in changes)
    try:
        changed = items.update_item(
            TableName=TABLE,
            Key=_key(owner, event),
            UpdateExpression=f"SET {sets}",
            ConditionExpression="attribute_exists(#id)",
            ExpressionAttributeNames={**names, "#id": "id"},
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
        )
    except Exception as error:
        # DAX raises a class of its own; the code is what both clients share.
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        if code == "ConditionalCheckFailedException":
            raise Refused(404, "No such to-do") from None
        raise
    return _todo(changed["Attributes"])


def _new(owner, entry):
    if not isinstance(entry, dict):
        raise Refused(400, "a to-do must be an object")
    now = _now()
    return {
        "owner": {"S": owner},
        "id": {"S": str(entry.get("id") or uuid.uuid4())},
        "title": {"S": _title(entry)},
        "done": {"BOOL": _done(entry) if "done" in entry else False},
        "created": now,
        "updated": now,
    }


def _key(owner, event):
    return {"owner": {"S": owner}, "id": {"S": event["pathParameters"]["id"]}}


def _todo(item):
    return {
        "id": item["id"]["S"],
        "title": item["title"]["S"],
        "done": item["done"]["BOOL"],
        "created": int(item["created"]["N"]),
        "updated": int(item["updated"]["N"]),
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


def _title(body):
    title = body.get("title")
    if not isinstance(title, str) or not 0 < len(title.strip()) <= MAX_TITLE:
        raise Refused(400, f"title must be a text of 1 to {MAX_TITLE} characters")
    return title.strip()


def _done(body):
    if not isinstance(body["done"], bool):
        raise Refused(400, "done must be true or false")
    return body["done"]


def _limit(text):
    if not text.isdecimal() or not 1 <= int(text) <= MAX_PAGE:
        raise Refused(400, f"limit must be a number from 1 to {MAX_PAGE}")
    return int(text)


def _token(last_id):
    return base64.urlsafe_b64encode(last_id.encode()).decode()


def _after(token):
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise Refused(400, "nextToken is not one of ours") from None


def _now():
    return {"N": str(int(time.time()))}
