"""REST APIs, empty or made of an OpenAPI document.

What the template says of the API itself wins over what the document says. Source:
"AWS::ApiGateway::RestApi" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.declared import ID, deletion, invoke
from archlib.local.deploy.openapi import Definition
from archlib.local.deploy.openapi.reading import BASE_PATHS
from archlib.local.deploy.providers.apigateway.importing import build, clear, definition_of
from archlib.local.deploy.providers.apigateway.patches import patch, paths
from archlib.local.deploy.providers.moto_state import set_rest_api_tags
from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import (
    Context,
    Existing,
    Made,
    Properties,
    ResourceType,
)
from archlib.local.deploy.spec import BOOLEAN, Document, ListOf, Problem, Shaped, one_of, record

_API = "apigateway"
_PATHS = {
    **paths(
        "Name Description BinaryMediaTypes DisableExecuteApiEndpoint MinimumCompressionSize Policy"
    ),
    "ApiKeySourceType": "/apiKeySource",
}
#: Properties that are about the document, not of the API.
_IMPORT = frozenset({"Body", "BodyS3Location", "FailOnWarnings", "Mode", "Parameters"})


def _settings(values: Properties, definition: Definition) -> Properties:
    own = {name: value for name, value in values.items() if name not in _IMPORT}
    types = values.get("Parameters", {}).get("endpointConfigurationTypes")
    given = {"EndpointConfiguration": {"Types": types.split(",")}} if types else {}
    return {**definition.settings, **given, **own}


def _create(context: Context, values: Properties) -> Made:
    definition, _ = definition_of(context, values)
    sent = _settings(values, definition)
    if "ApiKeySourceType" in sent:
        sent["ApiKeySource"] = sent.pop("ApiKeySourceType")
    made = invoke(context, _API, "CreateRestApi", sent)
    found = {"RestApiId": made["id"], "RootResourceId": made["rootResourceId"]}
    result = Made(made["id"], found)
    context.note(result)
    build(context, made["id"], made["rootResourceId"], definition)
    return result


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> None:
    keys = {"RestApiId": existing.physical_id}
    definition, _ = definition_of(context, new)
    before = _settings(existing.properties, definition_of(context, existing.properties)[0])
    after = _settings(new, definition)
    differing = frozenset(n for n in {*before, *after} if before.get(n) != after.get(n))
    stands = Existing(existing.physical_id, before, existing.attributes, existing.ref)
    patch(context, "UpdateRestApi", keys, _PATHS, stands, after, differing)
    if "EndpointConfiguration" in differing:
        old = before.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
        now = after.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
        operation = {
            "Op": "replace",
            "Path": f"/endpointConfiguration/types/{old[0]}",
            "Value": now[0],
        }
        invoke(context, _API, "UpdateRestApi", {**keys, "PatchOperations": [operation]})
    if "Tags" in changed:
        set_rest_api_tags(context, existing.physical_id, as_map(new.get("Tags")))
    if changed & _IMPORT:
        root = existing.attributes["RootResourceId"]
        clear(context, existing.physical_id, root)
        build(context, existing.physical_id, root, definition)


def _check(values: Properties) -> tuple[str | Problem, ...]:
    if "Body" in values and "BodyS3Location" in values:
        return ("specify either Body or BodyS3Location, but not both",)
    if "BodyS3Location" in values:
        return ()  # read when the API is made
    definition, problems = definition_of(None, values)
    if "Name" not in _settings(values, definition):
        return (*problems, "required key [Name] not found, nor info.title of a Body")
    return problems


REST_API = ResourceType(
    name="AWS::ApiGateway::RestApi",
    properties=record(
        "Name Description BinaryMediaTypes:[] DisableExecuteApiEndpoint:b "
        "MinimumCompressionSize:i Policy:j Tags:tags Version",
        ApiKeySourceType=Shaped(_API, "CreateRestApi", ("apiKeySource",)),
        Body=Document(),
        BodyS3Location=record("Bucket! Key! Version"),
        EndpointConfiguration=record(
            Types=ListOf(Shaped(_API, "CreateRestApi", ("endpointConfiguration", "types", "*"))),
            required="Types",
        ),
        FailOnWarnings=BOOLEAN,
        Mode=one_of("overwrite"),
        Parameters=record(
            "endpointConfigurationTypes",
            basepath=one_of(*BASE_PATHS),
            ignore=one_of("documentation"),
        ),
    ),
    create=_create,
    update=_update,
    delete=deletion(_API, "DeleteRestApi", {"RestApiId": ID}),
    check=_check,
    replacement=frozenset({"Version"}),
    attributes=("RestApiId", "RootResourceId"),
    arn="arn:{partition}:apigateway:{region}::/restapis/{id}",
    notes="Descriptions in a Body make no documentation parts, and what of it cannot be honoured "
    "is refused by its path; a changed Body is imported anew, with new resource ids. Mode merge, "
    "CloneFrom and VPC endpoints are refused.",
)

TYPES = (REST_API,)
