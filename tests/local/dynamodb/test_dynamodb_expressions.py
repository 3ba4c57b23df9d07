"""Malformed expressions: refused with DynamoDB's messages; well-formed ones: evaluated."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.errors import Unsupported
from archlib.local.api import ApiRefusal
from archlib.local.cloud import LocalCloud
from archlib.local.identity import ADMIN_KEY

PLANES = ("archlib.local.dynamodb:DynamoDbPlane",)
KEY = {"pk": {"S": "x"}, "sk": {"N": "1"}}
ITEM = {
    **KEY,
    "a": {"S": "xyz"},
    "b": {"M": {"c": {"N": "3"}}},
    "l": {"L": [{"N": "1"}]},
    "nm": {"M": {"b": {"BOOL": True}}},
    "nil": {"NULL": True},
    "tags": {"SS": ["x", "y"]},
}
VALUES = {
    ":s": {"S": "x"},
    ":t": {"S": "SS"},
    ":n": {"N": "1"},
    ":m": {"N": "2"},
    ":list": {"L": [{"N": "1"}]},
    ":map": {"M": {}},
    ":set": {"SS": ["x"]},
    ":yes": {"BOOL": True},
    ":nil": {"NULL": True},
}
NAMES = {"#n": "nm", "#a": "a"}
MEMBERS = {
    "UpdateExpression": ("update_item", {"Key": KEY}),
    "ConditionExpression": ("put_item", {"Item": ITEM}),
    "FilterExpression": ("scan", {}),
    "KeyConditionExpression": ("query", {}),
    "ProjectionExpression": ("get_item", {"Key": KEY}),
}
REDUNDANT = "The expression has redundant parentheses;"
KINDS = "Incorrect operand type for operator or function; operator or function: "
MISUSED = "The function is not allowed to be used this way in an expression; function: "
BETWEEN = "The BETWEEN operator requires "


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud(planes=PLANES) as cloud:
        cloud.control("dynamodb").create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N"},
            ],
        )
        yield cloud


@pytest.fixture(scope="module")
def db(cloud):
    return cloud.control("dynamodb")


def placeholders(member, text):
    """The names and values of a text, where they are defined."""
    defined = {"ExpressionAttributeNames": NAMES}
    if member != "ProjectionExpression":
        defined["ExpressionAttributeValues"] = VALUES
    found = {
        name: {key: one[key] for key in dict.fromkeys(re.findall(r"[#:]\w+", text)) if key in one}
        for name, one in defined.items()
    }
    return {name: one for name, one in found.items() if one}


def ask(db, member, text, **more):
    db.put_item(TableName="t", Item=ITEM)
    method, params = MEMBERS[member]
    params = {"TableName": "t", **params, member: text, **placeholders(member, text), **more}
    return getattr(db, method)(**params)


def refused(called, *given, **more):
    with pytest.raises(ClientError) as refusal:
        called(*given, **more)
    error = refusal.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return error["Message"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        (" ", 'Syntax error; token: "<EOF>", near: ""'),
        ("a = = :s", 'Syntax error; token: "=", near: "= = :s"'),
        ("a = :s AND __x = :s", 'Syntax error; token: "_", near: "AND __"'),
        ("a = 4", 'Syntax error; token: "4", near: "= 4"'),
        ("a = :s AND", 'Syntax error; token: "<EOF>", near: "AND"'),
        ("(a = :s", 'Syntax error; token: "<EOF>", near: ":s"'),
        ("a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("a[b] = :s", 'Syntax error; token: "b", near: "[b]"'),
        ("a BETWEEN :n OR :m", 'Syntax error; token: "OR", near: ":n OR :m"'),
        ("((a = :s))", REDUNDANT),
        ("((a)) = :s", REDUNDANT),
        ("contains(((a)), :s)", REDUNDANT),
        ("starts_with(a, :s)", "Invalid function name; function: starts_with"),
        # Functions are told apart by case, keywords are not.
        ("Contains(a, :s)", "Invalid function name; function: Contains"),
        (
            "list_append(a, :list)",
            "The function is not allowed in a condition expression; function: list_append",
        ),
        ("size(a)", f"{MISUSED}size"),
        ("contains(a, :s) = :yes", f"{MISUSED}contains"),
        ("name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("a.Name = :s", "Attribute name is a reserved keyword; reserved keyword: Name"),
        (
            "#x = :s",
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #x",
        ),
        (
            "a = :x",
            "An expression attribute value used in expression is not defined; attribute value: :x",
        ),
        (
            "contains(a)",
            "Incorrect number of operands for operator or function; operator or function: "
            "contains, number of operands: 1",
        ),
        (
            "#a <> a",
            "The first operand must be distinct from the remaining operands for this operator or "
            "function; operator: <>, first operand: [a]",
        ),
        (
            "attribute_exists(:s)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        ("begins_with(a, :n)", f"{KINDS}begins_with, operand type: N"),
        ("size(:yes) = :n", f"{KINDS}size, operand type: BOOL"),
        ("attribute_type(a, :n)", f"{KINDS}attribute_type, operand type: N"),
        (
            "attribute_type(a, :s)",
            "Invalid attribute type name found; type: x, valid types: "
            "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "a < :map",
            "Incorrect operand type for operator or function; operator: <, operand type: M",
        ),
        (
            "a BETWEEN :m AND :n",
            f"{BETWEEN}upper bound to be greater than or equal to lower bound; lower bound "
            "operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
        ),
        (
            "a BETWEEN :n AND :s",
            f"{BETWEEN}same data type for lower and upper bounds; lower bound operand: "
            "AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}",
        ),
        # Every kind of problem has its place, whichever comes first in the text.
        ("#x = :s AND size(a) AND foo(a) AND ((a = :s))", REDUNDANT),
        ("#x = :s AND name = :s AND size(a)", f"{MISUSED}size"),
        ("#x = :s AND foo(a)", "Invalid function name; function: foo"),
        ("#x = :s AND name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
    ],
)
@pytest.mark.parametrize("member", ["ConditionExpression", "FilterExpression"])
def test_conditions(db, member, text, message):
    assert refused(ask, db, member, text) == f"Invalid {member}: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("SET a = :s,", 'Syntax error; token: "<EOF>", near: ","'),
        ("SET a = VALUE 1", 'Syntax error; token: "1", near: "VALUE 1"'),
        ("SET a :s", 'Syntax error; token: ":s", near: "a :s"'),
        ("a = :s", 'Syntax error; token: "a", near: "a ="'),
        ("ADD a b", 'Syntax error; token: "b", near: "a b"'),
        ("SET a = :n + :n + :n", 'Syntax error; token: "+", near: ":n + :n"'),
        ("SET name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("SET a = foo(a)", "Invalid function name; function: foo"),
        (
            "SET a = size(a)",
            "The function is not allowed in an update expression; function: size",
        ),
        (
            "SET a = :s set z = :s",
            'The "SET" section can only be used once in an update expression;',
        ),
        (
            "SET #x = :s",
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #x",
        ),
        (
            "SET a = :x",
            "An expression attribute value used in expression is not defined; attribute value: :x",
        ),
        (
            "SET b = :s REMOVE b.c",
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [b], path two: [b, c]",
        ),
        (
            "REMOVE b[0], b.c",
            "Two document paths conflict with each other; must remove or rewrite one of these "
            "paths; path one: [b, [0]], path two: [b, c]",
        ),
        (
            "ADD a :s",
            "Incorrect operand type for operator or function; operator: ADD, operand type: STRING",
        ),
        (
            "DELETE a :n",
            "Incorrect operand type for operator or function; operator: DELETE, operand type: "
            "NUMBER",
        ),
        ("SET a = z + :s", f"{KINDS}+, operand type: S"),
        ("SET a = list_append(l, :n)", f"{KINDS}list_append, operand type: N"),
        (
            "SET a = if_not_exists(:s, :s)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET a = if_not_exists(a)",
            "Incorrect number of operands for operator or function; operator or function: "
            "if_not_exists, number of operands: 1",
        ),
    ],
)
def test_updates(db, text, message):
    assert refused(ask, db, "UpdateExpression", text) == f"Invalid UpdateExpression: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("!!! INVALID !!!", 'Syntax error; token: "!", near: "!!"'),
        ("a,", 'Syntax error; token: "<EOF>", near: ","'),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        ("a, comment", "Attribute name is a reserved keyword; reserved keyword: comment"),
        (
            "#x",
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #x",
        ),
        (
            "a, #a",
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [a], path two: [a]",
        ),
    ],
)
def test_projections(db, text, message):
    said = f"Invalid ProjectionExpression: {message}"
    assert refused(ask, db, "ProjectionExpression", text) == said
    get = {"TableName": "t", "Key": KEY, "ProjectionExpression": text}
    get |= placeholders("ProjectionExpression", text)
    assert refused(db.transact_get_items, TransactItems=[{"Get": get}]) == said
    batch = {"Keys": [get.pop("Key")], **get}
    del batch["TableName"]
    assert refused(db.batch_get_item, RequestItems={"t": batch}) == said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pk =", 'Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "="'),
        ("pk = :s OR sk = :n", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT pk = :s", "Invalid operator used in KeyConditionExpression: NOT"),
        ("pk <> :s", "Invalid operator used in KeyConditionExpression: <>"),
        ("contains(pk, :s)", "Invalid operator used in KeyConditionExpression: contains"),
        ("size(pk) = :n", "KeyConditionExpressions cannot contain nested operations"),
        (
            "begins_with(:s, pk)",
            "Invalid condition in KeyConditionExpression: begins_with operator must have the key "
            "attribute as its first operand",
        ),
        (":s = :s", "Invalid condition in KeyConditionExpression: No key attribute specified"),
        (
            "pk = a",
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
            "condition",
        ),
        ("pk.b = :s", "KeyConditionExpressions cannot have conditions on nested attributes"),
        (
            "pk = :s AND sk > :n AND sk < :m",
            "KeyConditionExpressions must only contain one condition per key",
        ),
        (
            "pk = :n",
            "One or more parameter values were invalid: Condition parameter type does not match "
            "schema type",
        ),
        ("sk = :n", "Query condition missed key schema element: pk"),
        ("pk > :s", "Query key condition not supported"),
    ],
)
def test_key_conditions(db, text, message):
    assert refused(ask, db, "KeyConditionExpression", text) == message


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ExpressionAttributeNames": {}}, "ExpressionAttributeNames must not be empty"),
        ({"ExpressionAttributeValues": {}}, "ExpressionAttributeValues must not be empty"),
        (
            {"ExpressionAttributeNames": {"a": "a"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
        ),
        (
            {"ExpressionAttributeValues": {":a-b": {"S": "a"}}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: ":a-b"',
        ),
        (
            {"ExpressionAttributeValues": {":s": {"S": "x"}, ":n": {"L": [{"N": "one"}]}}},
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted "
            "to a numeric value: one for key :n",
        ),
        (
            {"ExpressionAttributeValues": {":s": {}}},
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, "
            "must contain exactly one of the supported datatypes for key :s",
        ),
        (
            {"ExpressionAttributeValues": {":s": {"S": "x"}, ":n": {"N": "1"}}},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:n}",
        ),
        (
            {"ExpressionAttributeNames": {"#x": "x", "#y": "y"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x, #y}",
        ),
        (
            {"Expected": {"a": {"Exists": False}}},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
    ],
)
def test_placeholders(db, more, message):
    assert refused(ask, db, "ConditionExpression", "a = :s", **more) == message


def test_placeholders_need_an_expression(db):
    names, values = {"#n": "n"}, {":n": {"N": "1"}}
    only = "can only be specified when using expressions"
    put = {"TableName": "t", "Item": ITEM}
    said = refused(db.put_item, **put, ExpressionAttributeNames=names)
    assert said == f"ExpressionAttributeNames {only}"
    said = refused(db.put_item, **put, ExpressionAttributeValues=values)
    assert said == f"ExpressionAttributeValues {only}: ConditionExpression is null"
    said = refused(db.update_item, TableName="t", Key=KEY, ExpressionAttributeValues=values)
    assert said == (
        f"ExpressionAttributeValues {only}: UpdateExpression and ConditionExpression are null"
    )


def test_expressions_come_before_tables(db):
    said = refused(db.scan, TableName="missing", FilterExpression="a =")
    assert said.startswith("Invalid FilterExpression: Syntax error")


def test_long_and_deep_expressions_are_refused(db):
    said = refused(ask, db, "FilterExpression", "a = :s" + " " * 4096)
    assert said.endswith("maximum allowed size; expression size: 4102")
    deep = "NOT (" * 800 + "a = :s"
    assert "levels deep" in refused(ask, db, "FilterExpression", deep)
    calls = "f(" * 2000
    assert "levels deep" in refused(ask, db, "UpdateExpression", f"SET a = {calls}")
    assert "levels deep" in refused(ask, db, "ConditionExpression", "(" * 4000)


def test_parts_of_a_transaction_are_refused_as_the_request(db):
    check = {"TableName": "t", "Key": KEY, "ConditionExpression": "a ="}
    said = refused(db.transact_write_items, TransactItems=[{"ConditionCheck": check}])
    assert said == 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'


def test_calls_over_the_wire_are_refused_alike(cloud):
    caller = cloud.identities.resolve(ADMIN_KEY)
    params = {"TableName": "t", "FilterExpression": "a ="}
    with pytest.raises(ApiRefusal, match="Invalid FilterExpression: Syntax error") as refusal:
        cloud.api.serve("dynamodb", "Scan", params, "us-east-1", caller)
    assert refusal.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a > :n", False),
        ("NOT a > :n", True),
        ("a <> :n", True),
        ("b.c BETWEEN :t AND :s", False),
        ("sk = :yes", False),
        ("nowhere = :nil", False),
        ("nil = :nil", True),
        ("nowhere = gone", False),
        ("sk IN (:yes, :s)", False),
        ("sk IN (:s, :n)", True),
        ("size(nowhere) >= :n", False),
        ("size(sk) >= :n", False),
        ("size(a) > size(l)", True),
        ("(a) = :s or (b.c) > (:m)", True),
        ("attribute_type(tags, :t) and\n\tnot contains(tags, :n)", True),
        ("#n.b = :yes AND l[0] = :n", True),
    ],
)
def test_evaluation(db, text, holds):
    assert ask(db, "FilterExpression", text)["Count"] == holds


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (":s=pk", 1),
        ("(pk = :s) and (sk=:n)", 1),
        ("pk=:s\nAND sk  between  :n  and  :m", 1),
        ("pk = :s AND :n < sk", 0),
        ("pk = :s AND :n <= sk", 1),
        ("sk >= :n AND pk = :s", 1),
    ],
)
def test_key_conditions_however_they_are_written(db, text, found):
    assert ask(db, "KeyConditionExpression", text)["Count"] == found


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("set\tz = ( b . c + (:n) )", {"N": "4"}),
        ("remove a , l[0]\nset z=list_append(if_not_exists(q, :list), (:list))",
         {"L": [{"N": "1"}, {"N": "1"}]}),
    ],
)  # fmt: skip
def test_updates_however_they_are_written(db, text, kept):
    ask(db, "UpdateExpression", text)
    assert db.get_item(TableName="t", Key=KEY)["Item"]["z"] == kept


def test_updates_may_read_the_key_and_not_write_it(db):
    ask(db, "UpdateExpression", "SET z = pk, y = if_not_exists(pk, :s)")
    item = db.get_item(TableName="t", Key=KEY)["Item"]
    assert item["z"] == item["y"] == KEY["pk"]
    for text in ("SET pk = :s", "ADD sk :n", "REMOVE pk"):
        assert refused(ask, db, "UpdateExpression", text).endswith(
            "This attribute is part of the key"
        )


@pytest.mark.parametrize("text", ["pk = :s", "a = :s OR NOT size(sk) > :n", "contains(a, pk)"])
def test_filters_of_queries_are_not_about_the_key(db, text):
    assert ask(db, "FilterExpression", text)["ScannedCount"] > 0  # a Scan has no key
    used = set(re.findall(r":\w+", text)) | {":s"}
    said = refused(
        db.query, TableName="t", KeyConditionExpression="pk = :s", FilterExpression=text,
        ExpressionAttributeValues={name: VALUES[name] for name in used},
    )  # fmt: skip
    assert said.startswith("Filter Expression can only contain non-primary key attributes: Primary")


def test_300_operators(db):
    ask(db, "FilterExpression", " or ".join(["a=:s"] * 150))
    said = refused(ask, db, "FilterExpression", " or ".join(["a=:s"] * 151))
    assert said == (
        "Invalid FilterExpression: The expression contains too many operators; operator count: 301"
    )
    sums = [f"a{n}=b.c+:n" for n in range(301)]
    assert "operator count: 301" in refused(ask, db, "UpdateExpression", "SET " + ",".join(sums))


def test_updates_copy_what_they_assign(db):
    ask(db, "UpdateExpression", "SET #n.b = if_not_exists(#n, :s)")
    item = db.get_item(TableName="t", Key=KEY)["Item"]
    assert item["nm"] == {"M": {"b": {"M": {"b": {"BOOL": True}}}}}


def test_removing_from_what_is_no_map_is_refused(db):
    said = refused(ask, db, "UpdateExpression", "REMOVE a.b")
    assert said == "The document path provided in the update expression is invalid for update"


def test_what_moto_cannot_evaluate_is_said(db):
    with pytest.raises(Unsupported, match=r"FilterExpression: .* 'contains\(l, size\(a\)\)'"):
        ask(db, "FilterExpression", "contains(l, size(a))")


PIECES = (
    *("a", "b", "pk", "sk", "name", "#n", "#m", "#", ":s", ":n", ":list", ":set", ":x", ":"),
    *("(", ")", "[0]", "[", "]", ".b", ".", ",", "+", "-", "=", "<>", "<", ">=", "1", "_", "é"),
    *(" ", "\n", "\x00", " AND ", " or ", "NOT ", " BETWEEN ", " IN ", "SET ", "REMOVE ", "ADD "),
    *("DELETE ", "size(", "contains(", "attribute_exists(", "begins_with(", "if_not_exists("),
    *("list_append(", "f(", "pk = :s", "sk < :n", "a = :s"),
)


@pytest.mark.parametrize("member", MEMBERS)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_is_malformed_is_a_validation_exception(db, member, text):
    try:
        ask(db, member, text)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code in ("ValidationException", "ConditionalCheckFailedException")
