"""An OpenAPI definition put into a REST API by ordinary calls, and taken out again.

Source: ImportRestApi and PutRestApi (``mode=overwrite``) in the API Gateway API Reference; "AWS
variables for OpenAPI import" in the API Gateway Developer Guide.
"""

from __future__ import annotations

from typing import Any

from archlib.errors import TemplateError
from archlib.local.deploy.declared import invoke
from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.openapi import Definition, read_definition
from archlib.local.deploy.openapi.models import API_ID
from archlib.local.deploy.providers.apigateway.methods import put_method
from archlib.local.deploy.resource_type import Context, Properties
from archlib.local.deploy.spec import Problem
from archlib.template.yaml_read import read

_API = "apigateway"


def definition_of(
    context: Context | None, values: Properties
) -> tuple[Definition, tuple[Problem, ...]]:
    """What a REST API's properties define beyond its settings.

    Without ``context`` a document in S3 is not read. With one, raises :class:`ResourceFailure`
    for what cannot be honoured.
    """
    body: Any = values.get("Body")
    if context is not None and "BodyS3Location" in values:
        body = _from_s3(context, values["BodyS3Location"])
    if body is None:
        return Definition(), ()
    if isinstance(body, str):
        try:
            body = read(body, "Body").data
        except TemplateError as problem:
            body, found = {}, (Problem("#/Body", str(problem)),)
            return Definition(), found
    definition, problems = read_definition(body, values.get("Parameters"))
    if problems and context is not None:
        raise ResourceFailure("; ".join(str(problem) for problem in problems))
    return definition, problems


def _from_s3(context: Context, place: Properties) -> str:
    keys = {"Bucket": place["Bucket"], "Key": place["Key"]}
    if "Version" in place:
        keys["VersionId"] = place["Version"]
    client = context.client("s3")
    return str(client.get_object(**keys)["Body"].read().decode())


def build(context: Context, api: str, root: str, definition: Definition) -> None:
    """Make everything that a definition holds in an API that holds none of it."""
    keys = {"RestApiId": api}
    for model in definition.models.values():
        schema = _replaced(model["Schema"], {API_ID: api})
        _model(context, {**keys, **model, "Schema": schema})
    variables = {
        "${AWS::AccountId}": context.account,
        "${AWS::Partition}": "aws",
        "${AWS::Region}": context.region,
        "${AWS::URLSuffix}": "amazonaws.com",
    }
    authorizers = {
        name: invoke(
            context, _API, "CreateAuthorizer", {**keys, **_replaced(properties, variables)}
        )["id"]
        for name, properties in definition.authorizers.items()
    }
    validators = {
        name: invoke(context, _API, "CreateRequestValidator", {**keys, **properties})["id"]
        for name, properties in definition.validators.items()
    }
    for answer in definition.gateway_responses:
        invoke(context, _API, "PutGatewayResponse", {**keys, **answer})
    places = {"": root}
    for route in definition.routes:
        values = {
            **keys,
            "ResourceId": _resource(context, api, places, route.path.rstrip("/")),
            **_replaced(route.properties, variables),
        }
        if route.authorizer is not None:
            values["AuthorizerId"] = authorizers[route.authorizer]
        if route.validator is not None:
            values["RequestValidatorId"] = validators[route.validator]
        put_method(context, values)


def _model(context: Context, values: Properties) -> None:
    """Make a model; raises :class:`ResourceFailure` as the import words it."""
    from botocore.exceptions import ClientError

    try:
        invoke(context, _API, "CreateModel", values)
    except ClientError as error:
        said = error.response["Error"]["Message"]
        raise ResourceFailure(
            'Resource handler returned message: "Errors found during import:\n\tUnable to create '
            f"model for '{values['Name']}': {said}\" (HandlerErrorCode: InvalidRequest)"
        ) from None


def _resource(context: Context, api: str, places: dict[str, str], path: str) -> str:
    """The id of the resource at ``path``, made with all above it when it is not there."""
    if path not in places:
        above, _, part = path.rpartition("/")
        parent = _resource(context, api, places, above)
        values = {"RestApiId": api, "ParentId": parent, "PathPart": part}
        places[path] = invoke(context, _API, "CreateResource", values)["id"]
    return places[path]


def _replaced(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, names) for item in value]
    if isinstance(value, str):
        for name, found in names.items():
            value = value.replace(name, found)
    return value


def clear(context: Context, api: str, root: str) -> None:
    """Take everything out of an API that a definition can put there."""
    keys = {"RestApiId": api}
    client = context.client(_API)
    for resource in client.get_resources(restApiId=api, limit=500)["items"]:
        if resource.get("parentId") == root:
            invoke(context, _API, "DeleteResource", {**keys, "ResourceId": resource["id"]})
        elif resource["id"] == root:
            for method in resource.get("resourceMethods", ()):
                values = {**keys, "ResourceId": root, "HttpMethod": method}
                invoke(context, _API, "DeleteMethod", values)
    for listed, operation, argument, field in (
        (client.get_authorizers, "DeleteAuthorizer", "AuthorizerId", "id"),
        (client.get_request_validators, "DeleteRequestValidator", "RequestValidatorId", "id"),
        (client.get_models, "DeleteModel", "ModelName", "name"),
    ):
        for item in listed(restApiId=api, limit=500).get("items", ()):
            invoke(context, _API, operation, {**keys, argument: item[field]})
    for answer in client.get_gateway_responses(restApiId=api, limit=500)["items"]:
        if not answer.get("defaultResponse"):
            values = {**keys, "ResponseType": answer["responseType"]}
            invoke(context, _API, "DeleteGatewayResponse", values)
