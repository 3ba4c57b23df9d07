"""From the model to the template: the same bytes always, and nothing granted that is not said."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archlib.architecture import Architecture, Component, Connection, Output
from archlib.components import (
    Bucket,
    Client,
    DaxCluster,
    Function,
    Layer,
    RestApi,
    Route,
    Table,
    TokenService,
    UserDirectory,
    Vpc,
)
from archlib.errors import ModelError, TemplateError
from archlib.scenarios.mytodolist.architecture import architecture as mytodolist
from archlib.template import Emitted, Template, emit

COMMITTED = Path(__file__).parents[2] / "cfn" / "mytodolist.yaml"


@pytest.fixture(scope="module")
def emitted() -> Emitted:
    return emit(mytodolist())


@pytest.fixture(scope="module")
def resources(emitted: Emitted) -> dict[str, Any]:
    found: dict[str, Any] = emitted.template.body["Resources"]
    return found


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "app.py").write_text("def handler(event, context):\n    return {}\n")
    return folder


def design(
    *components: Component,
    connections: tuple[Connection, ...],
    boundaries: tuple[Vpc, ...] = (),
) -> Architecture:
    return Architecture("d", "D", "For a test", components, connections, boundaries)


def statements(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in resources.items():
        for policy in (
            resource.get("Properties", {}).get("Policies", ())
            if (resource["Type"] == "AWS::IAM::Role")
            else ()
        ):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def test_the_committed_template_is_what_is_emitted(emitted: Emitted) -> None:
    assert COMMITTED.read_text(encoding="utf-8") == emitted.template.to_yaml()


@pytest.mark.slow
def test_another_process_with_another_hash_seed_emits_the_same_bytes(emitted: Emitted) -> None:
    program = (
        "import hashlib\n"
        "from archlib.scenarios.mytodolist.architecture import architecture\n"
        "from archlib.template import emit\n"
        "made = emit(architecture())\n"
        "parts = [made.template.to_yaml().encode(), *(asset.data for asset in made.assets)]\n"
        "print(*(hashlib.sha256(part).hexdigest() for part in parts))\n"
    )
    output = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    parts = [emitted.template.to_yaml().encode(), *(asset.data for asset in emitted.assets)]
    assert output.split() == [hashlib.sha256(part).hexdigest() for part in parts]


def test_emitting_twice_gives_equal_templates_and_assets(emitted: Emitted) -> None:
    assert emit(mytodolist()) == emitted


def test_parameters_stand_for_the_assets(emitted: Emitted) -> None:
    parameters = emitted.template.body["Parameters"]
    assert list(parameters) == ["AssetsBucket", "TodoFunctionCodeKey", "TodoFunctionLayerCodeKey"]
    assert {a.parameter: a.key for a in emitted.assets} == {
        name: parameters[name]["Default"] for name in parameters if name != "AssetsBucket"
    }
    assert [asset.kind for asset in emitted.assets] == ["code", "layer"]
    assert all(asset.sha256[:20] in asset.key for asset in emitted.assets)


def test_every_resource_says_which_component_it_came_from_and_why(
    resources: dict[str, Any],
) -> None:
    made = mytodolist()
    names = {c.name for c in made.components} | {b.name for b in made.boundaries}
    for resource in resources.values():
        assert resource["Metadata"]["archlib"]["component"] in names
        assert resource["Metadata"]["com.aws.cloudformation.Context"]["why"]


def test_outputs_are_what_a_client_needs(emitted: Emitted) -> None:
    assert list(emitted.template.body["Outputs"]) == [
        "ApiUrl",
        "UserPoolId",
        "UserPoolClientId",
        "IdentityPoolId",
        "FileBucketName",
        "TableName",
        "FunctionName",
        "CacheEndpoint",
        "Region",
    ]


ENI = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
OWN_PREFIX = "private/${cognito-identity.amazonaws.com:sub}/*"


def test_least_privilege_every_statement_of_every_role(resources: dict[str, Any]) -> None:
    assert [
        (role, s["Sid"], s["Effect"], s["Action"], s["Resource"], s.get("Condition"))
        for role, s in statements(resources)
    ] == [
        (
            "UserDirectoryAuthenticatedRole",
            "KeepsOwnFilesInFileBucket",
            "Allow",
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            {"Fn::Sub": "${FileBucket.Arn}/private/${!cognito-identity.amazonaws.com:sub}/*"},
            None,
        ),
        (
            "UserDirectoryAuthenticatedRole",
            "ListsOwnFilesInFileBucket",
            "Allow",
            "s3:ListBucket",
            {"Fn::GetAtt": ["FileBucket", "Arn"]},
            {"StringLike": {"s3:prefix": OWN_PREFIX}},
        ),
        (
            "TodoFunctionRole",
            "WritesItsOwnLog",
            "Allow",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            {"Fn::GetAtt": ["TodoFunctionLog", "Arn"]},
            None,
        ),
        ("TodoFunctionRole", "LambdaAttachesItToTheVpc", "Allow", ENI, "*", None),
        (
            "TodoFunctionRole",
            "ItsOwnCodeDoesNot",
            "Deny",
            ENI,
            "*",
            {
                "ArnEquals": {
                    "lambda:SourceFunctionArn": {
                        "Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:"
                        "${AWS::AccountId}:function:${AWS::StackName}-TodoFunction"
                    }
                }
            },
        ),
        (
            "TodoFunctionRole",
            "ReadsAndWritesThroughTodoCache",
            "Allow",
            ["dax:GetItem", "dax:Query", "dax:PutItem", "dax:UpdateItem", "dax:DeleteItem"],
            {"Fn::GetAtt": ["TodoCache", "Arn"]},
            None,
        ),
        (
            "TodoFunctionRole",
            "BulkLoadsTodoTable",
            "Allow",
            "dynamodb:BatchWriteItem",
            {"Fn::GetAtt": ["TodoTable", "Arn"]},
            None,
        ),
        (
            "TodoCacheRole",
            "FrontsTodoTable",
            "Allow",
            [
                "dynamodb:DescribeTable",
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ],
            {"Fn::GetAtt": ["TodoTable", "Arn"]},
            None,
        ),
    ]


def test_only_signed_in_identities_of_the_pool_take_on_the_role(resources: dict[str, Any]) -> None:
    role = resources["UserDirectoryAuthenticatedRole"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Federated": "cognito-identity.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "UserDirectoryIdentities"}},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
    }


def test_each_route_has_its_own_permission(resources: dict[str, Any]) -> None:
    sources = [
        resource["Properties"]["SourceArn"]["Fn::Sub"].partition("${TodoApi}")[2]
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::Permission"
    ]
    assert sources == [
        "/prod/GET/todos",
        "/prod/POST/todos",
        "/prod/POST/todos/import",
        "/prod/GET/todos/*",
        "/prod/PUT/todos/*",
        "/prod/DELETE/todos/*",
        "/prod/POST/todos/*/complete",
    ]


def test_the_cache_key_holds_the_caller_the_query_and_the_path(resources: dict[str, Any]) -> None:
    keys = {
        name: resource["Properties"]["Integration"].get("CacheKeyParameters")
        for name, resource in resources.items()
        if resource["Type"] == "AWS::ApiGateway::Method"
    }
    assert keys.pop("TodoApiTodosGet") == [
        "method.request.header.Authorization",
        "method.request.querystring.limit",
        "method.request.querystring.nextToken",
        "method.request.querystring.consistent",
        "method.request.querystring.version",
    ]
    assert keys.pop("TodoApiTodosIdGet") == [
        "method.request.header.Authorization",
        "method.request.path.id",
        "method.request.querystring.consistent",
        "method.request.querystring.version",
    ]
    assert set(keys.values()) == {None}


def test_only_gets_are_cached(resources: dict[str, Any]) -> None:
    stage = resources["TodoApiStage"]["Properties"]
    assert [
        (s["HttpMethod"], s["ResourcePath"], s["CachingEnabled"], s.get("CacheTtlInSeconds"))
        for s in stage["MethodSettings"]
    ] == [
        ("*", "/*", False, None),
        ("GET", "/~1todos", True, 60),
        ("GET", "/~1todos~1{id}", True, 60),
    ]
    assert (stage["CacheClusterEnabled"], stage["CacheClusterSize"]) == (True, "0.5")


def test_every_method_but_preflights_asks_for_a_token(resources: dict[str, Any]) -> None:
    for resource in resources.values():
        if resource["Type"] == "AWS::ApiGateway::Method":
            properties = resource["Properties"]
            expected = "NONE" if properties["HttpMethod"] == "OPTIONS" else "COGNITO_USER_POOLS"
            assert properties["AuthorizationType"] == expected


def deployment_of(template: Template) -> str:
    return next(
        name
        for name, resource in template.body["Resources"].items()
        if resource["Type"] == "AWS::ApiGateway::Deployment"
    )


def test_a_changed_method_makes_a_new_deployment_and_other_changes_do_not(code: Path) -> None:
    api = RestApi("Api", "api")
    function = Function("Worker", "worker", code=code)

    def made(function: Function, *routes: Route) -> str:
        wire = api.invokes(function, routes=routes)
        return deployment_of(emit(design(api, function, connections=(wire,))).template)

    first = made(function, Route("GET", "/a"))
    assert made(function, Route("GET", "/a")) == first
    assert made(replace(function, memory=512), Route("GET", "/a")) == first
    assert made(function, Route("GET", "/a", query=("page",))) != first
    assert made(function, Route("GET", "/b")) != first


def test_without_the_cache_the_function_reads_the_table_and_needs_no_network() -> None:
    resources = emit(mytodolist(dax=False)).template.body["Resources"]
    kinds = {resource["Type"].split("::")[1] for resource in resources.values()}
    assert not kinds & {"DAX", "EC2"}
    granted = {s["Sid"]: s["Action"] for role, s in statements(resources) if "Function" in role}
    assert granted == {
        "WritesItsOwnLog": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "ReadsAndWritesTodoTable": [
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
        ],
        "BulkLoadsTodoTable": "dynamodb:BatchWriteItem",
    }
    assert resources["TodoFunction"]["Properties"]["Environment"] == {
        "Variables": {"TABLE_NAME": {"Ref": "TodoTable"}}
    }


def test_removing_a_connection_removes_all_it_gave(code: Path) -> None:
    function = Function("Worker", "worker", code=code)
    table, log = (
        Table("Items", "items", partition_key="id"),
        Table("Audit", "audit", partition_key="id"),
    )
    reads, writes = function.reads(table), function.writes(log, variable="AUDIT_TABLE")
    both = emit(design(function, table, log, connections=(reads, writes))).template
    one = emit(design(function, table, connections=(reads,))).template
    assert [str(change).partition(":")[0] for change in both.diff(one)] == [
        "removed Resources.WorkerRole.Properties.Policies.0.PolicyDocument.Statement.2",
        "removed Resources.Worker.Properties.Environment.Variables.AUDIT_TABLE",
        "removed Resources.Audit",
    ]


def test_two_values_for_one_variable_are_refused(code: Path) -> None:
    function = Function("Worker", "worker", code=code)
    one = Table("One", "one", partition_key="id")
    two = Table("Two", "two", partition_key="id")
    with pytest.raises(ModelError) as refused:
        emit(design(function, one, two, connections=(function.reads(one), function.writes(two))))
    assert str(refused.value) == (
        'Worker: environment variable TABLE_NAME gets one value from "reads" to One and another'
        ' from "writes" to Two (give one of the two verbs another variable=)'
    )


def test_a_cache_needs_a_vpc_a_table_and_its_readers_beside_it(code: Path) -> None:
    table = Table("Items", "items", partition_key="id")
    outside = DaxCluster("Cache", "cache")
    inside = DaxCluster("Cache", "cache", boundary="Net")
    function = Function("Worker", "worker", code=code)
    net = Vpc("Net", "net")

    def refusal(*components: Component, connections: tuple[Connection, ...]) -> str:
        with pytest.raises(ModelError) as refused:
            emit(design(*components, connections=connections, boundaries=(net,)))
        return str(refused.value)

    assert refusal(outside, table, connections=(outside.fronts(table),)) == (
        "Cache (DaxCluster): a DAX cluster needs a VPC and stands in none"
        " (give it boundary=, the name of a Vpc)"
    )
    beside = replace(function, boundary="Net")
    assert refusal(beside, inside, connections=(beside.reads_and_writes_through(inside),)) == (
        "Cache (DaxCluster): fronts no table (connect it: cache.fronts(table))"
    )
    assert refusal(
        function,
        inside,
        table,
        connections=(function.reads_and_writes_through(inside), inside.fronts(table)),
    ) == (
        "Worker (Function): reads through Cache but does not stand in its VPC"
        " (give both the same boundary= (Net))"
    )


def test_grants_that_would_be_lost_are_refused(code: Path) -> None:
    client, bucket = Client("App", "app"), Bucket("Files", "files")
    users = UserDirectory("Users", "users")
    stores = client.stores_files_in(bucket, identities=users)
    with pytest.raises(ModelError) as refused:
        emit(design(client, bucket, connections=(stores,)))
    assert str(refused.value) == (
        'connection App "stores_files_in" Files: grants s3:GetObject to Users, which is not a'
        " component"
    )
    with pytest.raises(ModelError) as refused:
        emit(design(client, bucket, users, connections=(stores, client.authenticates_with(users))))
    assert str(refused.value) == (
        "Users (UserDirectory): its users are granted s3:GetObject but it issues them no"
        " credentials (connect it: directory.issues_credentials_through(sts))"
    )
    sts = TokenService("Sts", "sts")
    emit(
        design(
            client,
            bucket,
            users,
            sts,
            connections=(
                stores,
                client.authenticates_with(users),
                users.issues_credentials_through(sts),
            ),
        )
    )


def test_an_api_without_routes_or_with_one_twice_is_refused(code: Path) -> None:
    api, function = RestApi("Api", "api"), Function("Worker", "worker", code=code)
    route = Route("GET", "/a")
    with pytest.raises(ModelError, match=r"Api \(RestApi\): route GET /a is given twice"):
        emit(design(api, function, connections=(api.invokes(function, routes=(route, route)),)))
    with pytest.raises(ModelError, match=r"Api \(RestApi\): has no routes"):
        emit(design(api, function, connections=(api.invokes(function, routes=()),)))


def test_an_output_of_something_that_is_not_there_is_refused(code: Path) -> None:
    function = Function("Worker", "worker", code=code)
    table, other = (
        Table("Items", "items", partition_key="id"),
        Table("Other", "other", partition_key="id"),
    )
    made = design(function, table, connections=(function.reads(table),))
    api = RestApi("Api", "api")
    good = Output("Name", "a name", table.table_name)
    for value, name in ((other.table_name, "Other"), (other.arn, "Other"), (api.url, "Api")):
        with pytest.raises(ModelError) as refused:
            emit(replace(made, outputs=(Output("Lost", "lost", value),)))
        assert str(refused.value) == (
            f"output Lost: speaks of {name}, which no component of the design makes"
        )
    with pytest.raises(ModelError, match="output Name: is there twice"):
        emit(replace(made, outputs=(good, good)))
    assert list(emit(replace(made, outputs=(good,))).template.body["Outputs"]) == ["Name"]


def test_a_sketch_cannot_be_emitted() -> None:
    one, two = Component("One", "one"), Component("Two", "two")
    with pytest.raises(ModelError, match="One: Component says nothing of its CloudFormation"):
        emit(design(one, two, connections=(Connection("One", "Two", "admires"),)))


def test_code_or_a_distribution_that_is_not_there_is_an_error(code: Path, tmp_path: Path) -> None:
    table = Table("Items", "items", partition_key="id")

    def refusal(function: Function) -> str:
        with pytest.raises(TemplateError) as refused:
            emit(design(function, table, connections=(function.reads(table),)))
        return str(refused.value)

    missing = Function("Worker", "worker", code=tmp_path / "absent")
    assert refusal(missing) == "absent: the folder with the function's code is missing"
    (tmp_path / "bare").mkdir()
    empty = replace(missing, code=tmp_path / "bare")
    assert refusal(empty) == "bare: the folder with the function's code is empty"
    layered = replace(missing, code=code, layer=Layer(("no-such-distribution",), "none"))
    assert refusal(layered) == (
        "WorkerLayerCodeKey: the distribution no-such-distribution is not installed and cannot go"
        " into a layer (install the project's dependencies)"
    )
