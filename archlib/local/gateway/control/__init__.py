"""The control plane's gaps in moto, filled: what it drops is kept, what it invents is mended.

Each operation is an entry of :data:`OPERATIONS`. Changes go into moto's own objects, so that
its reads return them; snapshots and live stages are told through :class:`Deployed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local.gateway.control import (
    apis,
    authorizers,
    deployments,
    methods,
    models,
    responses,
    stages,
    usage,
)
from archlib.local.gateway.control.seam import Deployed, Operation

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result

__all__ = ["OPERATIONS", "REFUSED_OPERATIONS", "Deployed"]


def refuse_call(what: str) -> Operation:
    def refuse(deployed: Deployed, call: ApiCall) -> Result:
        raise Unsupported(f"{what} is not imitated", where=f"apigateway:{call.operation}")

    return refuse


REFUSED_OPERATIONS: Mapping[str, str] = {
    "ImportRestApi": "importing an OpenAPI document",
    "PutRestApi": "importing an OpenAPI document",
    "TestInvokeMethod": "a test invocation (call the deployed stage instead)",
    "TestInvokeAuthorizer": "a test invocation of an authorizer",
    "CreateVpcLink": "a VPC link",
    "CreateDomainName": "a custom domain name",
    "CreateBasePathMapping": "a base path mapping",
    "GenerateClientCertificate": "a client certificate",
    "GetUsage": "reading usage",
    "UpdateUsage": "changing usage",
}
"""Operations of features that are not imitated, in words."""

OPERATIONS: Mapping[str, Operation] = {
    "CreateRestApi": apis.create_rest_api,
    "GetRestApi": apis.get_rest_api,
    "UpdateRestApi": apis.update_rest_api,
    "DeleteRestApi": apis.delete_rest_api,
    "DeleteResource": apis.delete_resource,
    "PutMethod": methods.put_method,
    "UpdateMethod": methods.update_method,
    "UpdateMethodResponse": methods.update_method_response,
    "PutIntegration": methods.put_integration,
    "GetIntegration": methods.get_integration,
    "UpdateIntegration": methods.update_integration,
    "UpdateIntegrationResponse": methods.update_integration_response,
    "CreateAuthorizer": authorizers.create_authorizer,
    "UpdateAuthorizer": authorizers.update_authorizer,
    "CreateModel": models.create_model,
    "UpdateModel": models.update_model,
    "PutGatewayResponse": responses.put_gateway_response,
    "GetGatewayResponse": responses.get_gateway_response,
    "GetGatewayResponses": responses.get_gateway_responses,
    "CreateDeployment": deployments.create_deployment,
    "UpdateDeployment": deployments.update_deployment,
    "DeleteDeployment": deployments.delete_deployment,
    "CreateStage": stages.create_stage,
    "GetStage": stages.get_stage,
    "GetStages": stages.get_stages,
    "UpdateStage": stages.update_stage,
    "DeleteStage": stages.delete_stage,
    "FlushStageCache": stages.flush_stage_cache,
    "FlushStageAuthorizersCache": stages.flush_stage_authorizers_cache,
    "UpdateUsagePlan": usage.update_usage_plan,
    "DeleteUsagePlan": usage.existing("usage_plans", "usagePlanId", "Usage Plan"),
    "DeleteUsagePlanKey": usage.delete_usage_plan_key,
    "DeleteIntegration": methods.delete_integration,
    "GetDeployment": usage.existing("deployments", "deploymentId", "Deployment"),
    "DeleteAuthorizer": usage.existing("authorizers", "authorizerId", "Authorizer"),
    "DeleteRequestValidator": usage.existing(
        "request_validators", "requestValidatorId", "Request Validator"
    ),
    "UpdateRequestValidator": usage.existing(
        "request_validators", "requestValidatorId", "Request Validator"
    ),
    **{name: refuse_call(what) for name, what in REFUSED_OPERATIONS.items()},
}
