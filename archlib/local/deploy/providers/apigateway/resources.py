"""Resources of a REST API: the nodes of its tree of paths."""

from __future__ import annotations

from archlib.local.deploy.declared import ID, From, declared

_API = "apigateway"

RESOURCE = declared(
    "AWS::ApiGateway::Resource",
    _API,
    create="CreateResource",
    delete="DeleteResource",
    delete_with={"RestApiId": From("RestApiId"), "ResourceId": ID},
    properties="RestApiId ParentId PathPart",
    required="RestApiId ParentId PathPart",
    replacement="RestApiId ParentId PathPart",
    identity="id",
    attributes={"ResourceId": "id"},
    arn="arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/resources/{id}",
)

TYPES = (RESOURCE,)
