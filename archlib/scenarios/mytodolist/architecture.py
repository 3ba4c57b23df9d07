"""MyTodoList as components and connections.

A mobile app signs its users in with Cognito, calls a REST API whose stage caches responses, and
keeps files in S3 with temporary credentials of its own identity. To-dos are mostly read: DAX
answers before DynamoDB does.
"""

from __future__ import annotations

from pathlib import Path

from archlib.architecture.model import Architecture, Connection
from archlib.architecture.values import REGION, Output
from archlib.components import (
    Bucket,
    Client,
    Cors,
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
from archlib.components.api import BodyModel
from archlib.scenarios.mytodolist.requirements import REQUIREMENTS

CODE = Path(__file__).parent / "functions" / "todos"

DAX_CLIENT = Layer(
    ("amazon-dax-client", "antlr4-python3-runtime", "six"),
    "The DAX client for Python, with what it imports and Lambda's runtime lacks",
)

SCHEMA = "http://json-schema.org/draft-04/schema#"
TITLE = {"type": "string", "minLength": 1, "maxLength": 200}
DONE = {"type": "boolean"}
ID = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9_-]+$"}

NEW_TODO = BodyModel(
    "NewTodo",
    "A to-do to be created",
    {
        "$schema": SCHEMA,
        "title": "NewTodo",
        "type": "object",
        "required": ["title"],
        "additionalProperties": False,
        "properties": {"title": TITLE, "done": DONE},
    },
)
CHANGED_TODO = BodyModel(
    "ChangedTodo",
    "What a to-do says from now on",
    {
        "$schema": SCHEMA,
        "title": "ChangedTodo",
        "type": "object",
        "required": ["title"],
        "additionalProperties": False,
        "properties": {"title": TITLE, "done": DONE},
    },
)
IMPORTED_TODOS = BodyModel(
    "ImportedTodos",
    "Many to-dos at once; one with a given id overwrites the to-do of that id",
    {
        "$schema": SCHEMA,
        "title": "ImportedTodos",
        "type": "object",
        "required": ["todos"],
        "additionalProperties": False,
        "properties": {
            "todos": {
                "type": "array",
                "minItems": 1,
                "maxItems": 500,
                "items": {
                    "type": "object",
                    "required": ["title"],
                    "additionalProperties": False,
                    "properties": {"id": ID, "title": TITLE, "done": DONE},
                },
            }
        },
    },
)

ROUTES = (
    # An app counts its own writes in `version`: part of the cache key, so it sees them at once.
    Route("GET", "/todos", query=("limit", "nextToken", "consistent", "version")),
    Route("POST", "/todos", body=NEW_TODO),
    Route("POST", "/todos/import", body=IMPORTED_TODOS),
    Route("GET", "/todos/{id}", query=("consistent", "version")),
    Route("PUT", "/todos/{id}", body=CHANGED_TODO),
    Route("DELETE", "/todos/{id}"),
    # A resource of its own and not PATCH: completing is an act with no body to get wrong.
    Route("POST", "/todos/{id}/complete"),
)


def architecture(*, dax: bool = True) -> Architecture:
    """The design; without ``dax`` the function reads the table itself and needs no VPC."""
    network = "Network" if dax else None
    client = Client("MobileClient", "Mobile client")
    files = Bucket("FileBucket", "Amazon S3")
    api = RestApi(
        "TodoApi",
        "Amazon API Gateway",
        description="To-dos of signed-in users",
        cors=Cors(),
    )
    function = Function(
        "TodoFunction",
        "AWS Lambda",
        boundary=network,
        code=CODE,
        layer=DAX_CLIENT if dax else None,
        description="Creates, lists, reads, changes and deletes to-dos of the calling user",
    )
    table = Table("TodoTable", "DynamoDB", partition_key="owner", sort_key="id")
    directory = UserDirectory("UserDirectory", "Amazon Cognito")
    tokens = TokenService("TokenService", "AWS STS")
    cache = DaxCluster("TodoCache", "DAX\ncaching layer", boundary=network)

    reading: tuple[Connection, ...] = (
        (function.reads_and_writes_through(cache), cache.fronts(table))
        if dax
        else (function.reads_and_writes(table, label="query / read"),)
    )
    connections: tuple[Connection, ...] = (
        client.authenticates_with(directory),
        directory.issues_credentials_through(tokens),
        client.stores_files_in(files, identities=directory),
        client.calls(api),
        api.verifies_with(directory),
        api.caches_responses(ttl=60, size="0.5"),
        api.invokes(function, routes=ROUTES),
        *reading,
        function.bulk_loads(table),
    )
    return Architecture(
        name="mytodolist",
        title="MyTodoList",
        description=(
            "A mobile app's to-dos behind a REST API, its users' files in S3, "
            "and no server to manage"
        ),
        components=(
            client,
            directory,
            tokens,
            files,
            api,
            function,
            *((cache,) if dax else ()),
            table,
        ),
        connections=connections,
        requirements=REQUIREMENTS,
        boundaries=(Vpc("Network", "VPC, private subnets"),) if dax else (),
        outputs=(
            Output("ApiUrl", "Base URL of the to-do API", api.url),
            Output("UserPoolId", "User pool that the app signs users in with", directory.pool_id),
            Output("UserPoolClientId", "The app's client id in that pool", directory.client_id),
            Output(
                "IdentityPoolId",
                "Identity pool that turns an id token into temporary credentials",
                directory.identity_pool_id,
            ),
            Output("FileBucketName", "Bucket with the users' files", files.bucket_name),
            Output("TableName", "Table with the to-dos", table.table_name),
            Output("FunctionName", "Function that answers the API", function.function_name),
            *(
                (Output("CacheEndpoint", "Where DAX clients connect", cache.endpoint),)
                if dax
                else ()
            ),
            Output("Region", "Region of all of it", REGION),
        ),
    )


__all__ = ["ROUTES", "architecture"]
