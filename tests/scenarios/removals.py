"""What can be taken out of a template: every policy statement, and the parts that protect it.

Each removal edits a template's body in place and raises :class:`LookupError` when there is
nothing to remove, so that none of them can silently stop meaning anything.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from archlib.verify.resources import of_type

Body = dict[str, Any]


@dataclass(frozen=True)
class Removal:
    """A removal by name; ``apply`` edits a body in place."""

    name: str
    apply: Callable[[Body], None]

    def done_to(self, body: Body) -> Body:
        """A changed copy of ``body``."""
        changed = copy.deepcopy(body)
        self.apply(changed)
        if changed == body:
            raise LookupError(self.name)
        return changed


def iam_statements(body: Body) -> list[Removal]:
    """Every statement of every policy document, and every Lambda permission, one by one."""
    found = []
    for name, resource in body["Resources"].items():
        for path in _documents(resource.get("Properties", {}), ()):
            for index, statement in enumerate(_at(resource["Properties"], path)["Statement"]):
                label = statement.get("Sid") or f"{path[0]}-{index}"
                found.append(Removal(f"{name}-{label}", _without_statement(name, path, index)))
    for name in of_type(body, "AWS::Lambda::Permission"):
        found.append(Removal(name, _without_resource(name)))
    return found


def _documents(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict) and isinstance(value.get("Statement"), list):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _documents(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _documents(inner, (*path, index))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _without_statement(name: str, path: tuple[Any, ...], index: int) -> Callable[[Body], None]:
    """Without the statement; without the policy too where it was the last one.

    A trust policy cannot be left out: it keeps a statement that trusts nobody's service.
    """

    def apply(body: Body) -> None:
        holder = body["Resources"][name]["Properties"]
        statements = _at(holder, path)["Statement"]
        del statements[index]
        if statements:
            return
        if path[0] == "Policies":
            del holder["Policies"][path[1]]
        elif path[0] == "AssumeRolePolicyDocument":
            statements.append(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "batch.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            )
        else:
            _without_resource(name)(body)

    return apply


def _without_resource(name: str) -> Callable[[Body], None]:
    def apply(body: Body) -> None:
        del body["Resources"][name]
        for resource in body["Resources"].values():
            needs = resource.get("DependsOn", [])
            if isinstance(needs, list) and name in needs:
                needs.remove(name)

    return apply


def _all_of(kind: str, *keys: str) -> Callable[[Body], None]:
    """Without a property, given by its path, in every resource of a type."""

    def apply(body: Body) -> None:
        for resource in of_type(body, kind).values():
            holder = resource["Properties"]
            for key in keys[:-1]:
                holder = holder[key]
            del holder[keys[-1]]

    return apply


def _every(kind: str) -> Callable[[Body], None]:
    def apply(body: Body) -> None:
        for name in of_type(body, kind):
            _without_resource(name)(body)

    return apply


def _methods(body: Body) -> Iterator[dict[str, Any]]:
    for resource in of_type(body, "AWS::ApiGateway::Method").values():
        yield resource["Properties"]


def _authorizer(body: Body) -> None:
    _every("AWS::ApiGateway::Authorizer")(body)
    for method in _methods(body):
        if method.pop("AuthorizerId", None) is not None:
            method["AuthorizationType"] = "NONE"


def _validator(body: Body) -> None:
    _every("AWS::ApiGateway::RequestValidator")(body)
    for method in _methods(body):
        method.pop("RequestValidatorId", None)


def _models(body: Body) -> None:
    for method in _methods(body):
        method.pop("RequestModels", None)


def _stage_cache(body: Body) -> None:
    for stage in of_type(body, "AWS::ApiGateway::Stage").values():
        for key in ("CacheClusterEnabled", "CacheClusterSize"):
            del stage["Properties"][key]


def _preflight(body: Body) -> None:
    for name, resource in of_type(body, "AWS::ApiGateway::Method").items():
        if resource["Properties"]["HttpMethod"] == "OPTIONS":
            _without_resource(name)(body)


def _auth_flow(name: str) -> Callable[[Body], None]:
    def apply(body: Body) -> None:
        for client in of_type(body, "AWS::Cognito::UserPoolClient").values():
            client["Properties"]["ExplicitAuthFlows"].remove(name)

    return apply


def _environment(variable: str) -> Callable[[Body], None]:
    def apply(body: Body) -> None:
        for function in of_type(body, "AWS::Lambda::Function").values():
            del function["Properties"]["Environment"]["Variables"][variable]

    return apply


def parts(body: Body) -> list[Removal]:
    """The parts of MyTodoList that a reviewer would miss if they were gone."""
    api, ec2 = "AWS::ApiGateway::", "AWS::EC2::"
    return [
        Removal("authorizer", _authorizer),
        *cache_keys(body),
        Removal("stage-cache", _stage_cache),
        Removal("stage-method-settings", _all_of(f"{api}Stage", "MethodSettings")),
        Removal("request-validator", _validator),
        Removal("request-models", _models),
        Removal("gateway-responses", _every(f"{api}GatewayResponse")),
        Removal("preflight", _preflight),
        Removal(
            "public-access-block", _all_of("AWS::S3::Bucket", "PublicAccessBlockConfiguration")
        ),
        Removal("bucket-policy", _every("AWS::S3::BucketPolicy")),
        Removal("bucket-cors", _all_of("AWS::S3::Bucket", "CorsConfiguration")),
        Removal("bucket-encryption", _all_of("AWS::S3::Bucket", "BucketEncryption")),
        Removal("bucket-ownership", _all_of("AWS::S3::Bucket", "OwnershipControls")),
        Removal("vpc-endpoint", _every(f"{ec2}VPCEndpoint")),
        Removal("vpc-endpoint-routes", _all_of(f"{ec2}VPCEndpoint", "RouteTableIds")),
        Removal("route-associations", _every(f"{ec2}SubnetRouteTableAssociation")),
        Removal("dax-egress", _every(f"{ec2}SecurityGroupEgress")),
        Removal(
            "dax-ingress",
            lambda b: b["Resources"]["TodoCacheSecurityGroup"]["Properties"].__delitem__(
                "SecurityGroupIngress"
            ),
        ),
        Removal(
            "https-egress",
            lambda b: b["Resources"]["TodoFunctionSecurityGroup"]["Properties"].update(
                SecurityGroupEgress=[
                    {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "CidrIp": "10.0.0.0/16"}
                ]
            ),
        ),
        Removal("function-vpc", _all_of("AWS::Lambda::Function", "VpcConfig")),
        Removal("function-layer", _all_of("AWS::Lambda::Function", "Layers")),
        Removal("function-log-group", _all_of("AWS::Lambda::Function", "LoggingConfig")),
        Removal("function-timeout", _all_of("AWS::Lambda::Function", "Timeout")),
        Removal("dax-endpoint-variable", _environment("DAX_ENDPOINT")),
        Removal("table-name-variable", _environment("TABLE_NAME")),
        Removal("dax-parameters", _all_of("AWS::DAX::Cluster", "ParameterGroupName")),
        Removal("dax-encryption-at-rest", _all_of("AWS::DAX::Cluster", "SSESpecification")),
        Removal(
            "table-recovery", _all_of("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification")
        ),
        Removal("password-policy", _all_of("AWS::Cognito::UserPool", "Policies")),
        Removal("mail-verification", _all_of("AWS::Cognito::UserPool", "AutoVerifiedAttributes")),
        Removal(
            "user-existence-errors",
            _all_of("AWS::Cognito::UserPoolClient", "PreventUserExistenceErrors"),
        ),
        Removal("srp-sign-in", _auth_flow("ALLOW_USER_SRP_AUTH")),
        Removal("password-sign-in", _auth_flow("ALLOW_USER_PASSWORD_AUTH")),
        Removal("refresh", _auth_flow("ALLOW_REFRESH_TOKEN_AUTH")),
        Removal("identity-providers", _all_of("AWS::Cognito::IdentityPool",
                                              "CognitoIdentityProviders")),
        Removal("role-attachment", _every("AWS::Cognito::IdentityPoolRoleAttachment")),
    ]  # fmt: skip


def cache_keys(body: Body) -> list[Removal]:
    """Every parameter of every method's cache key, one by one."""
    found = []
    for name, resource in of_type(body, "AWS::ApiGateway::Method").items():
        keys = resource["Properties"].get("Integration", {}).get("CacheKeyParameters", [])
        for key in keys:
            found.append(
                Removal(f"cache-key-{name}-{key.rsplit('.', 1)[-1]}", _without_key(name, key))
            )
    return found


def _without_key(name: str, key: str) -> Callable[[Body], None]:
    def apply(body: Body) -> None:
        body["Resources"][name]["Properties"]["Integration"]["CacheKeyParameters"].remove(key)

    return apply
