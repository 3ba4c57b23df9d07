"""API keys, usage plans, and the account's settings of API Gateway."""

from __future__ import annotations

from archlib.local.deploy.declared import ID, From, declared, invoke
from archlib.local.deploy.providers.apigateway.patches import patched, patches
from archlib.local.deploy.providers.moto_state import set_usage_plan_tags
from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import (
    Context,
    Existing,
    Made,
    Properties,
    ResourceType,
    leave,
)
from archlib.local.deploy.spec import (
    TAGS,
    ListOf,
    MapOf,
    record,
)

_API = "apigateway"

API_KEY = patched(
    declared(
        "AWS::ApiGateway::ApiKey",
        _API,
        create="CreateApiKey",
        delete="DeleteApiKey",
        delete_with={"ApiKey": ID},
        properties="Name Description Enabled Value CustomerId StageKeys",
        specs={"Tags": TAGS},
        replacement="Name Value GenerateDistinctId StageKeys Tags",
        identity="id",
        attributes={"APIKeyId": "id"},
        name_property="Name",
        arn="arn:{partition}:apigateway:{region}::/apikeys/{id}",
    ),
    "UpdateApiKey",
    {"ApiKey": ID},
    {"Description": "/description", "Enabled": "/enabled", "CustomerId": "/customerId"},
)


def _create_plan(context: Context, values: Properties) -> Made:
    sent = dict(values)
    sent["Name"] = sent.pop("UsagePlanName", None) or context.name(128)
    made = invoke(context, _API, "CreateUsagePlan", sent)
    return Made(made["id"], {"Id": made["id"]})


def _update_plan(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = {"UsagePlanId": existing.physical_id}
    old = existing.properties
    made: list[dict[str, str]] = []
    for name, path in (("UsagePlanName", "/name"), ("Description", "/description")):
        if name in changed and name in new:
            made += patches(path, old.get(name), new[name])
    for name, names in (
        ("Throttle", {"BurstLimit": "burstLimit", "RateLimit": "rateLimit"}),
        ("Quota", {"Limit": "limit", "Offset": "offset", "Period": "period"}),
    ):
        if name in changed and name not in new:
            made.append({"op": "remove", "path": f"/{name.lower()}"})
        elif name in changed:
            for key, spelled in names.items():
                if key in new[name] and old.get(name, {}).get(key) != new[name][key]:
                    path = f"/{name.lower()}/{spelled}"
                    made.append({"op": "replace", "path": path, "value": str(new[name][key])})
    if "ApiStages" in changed:
        before = [f"{s['ApiId']}:{s['Stage']}" for s in old.get("ApiStages", ())]
        after = [f"{s['ApiId']}:{s['Stage']}" for s in new.get("ApiStages", ())]
        made += patches("/apiStages", before, after)
    if made:
        invoke(context, _API, "UpdateUsagePlan", {**keys, "PatchOperations": made})
    if "Tags" in changed:
        set_usage_plan_tags(context, existing.physical_id, as_map(new.get("Tags")))


def _delete_plan(context: Context, existing: Existing) -> None:
    keys = {"UsagePlanId": existing.physical_id}
    stages = existing.properties.get("ApiStages", ())
    if stages:
        gone = [
            {"op": "remove", "path": "/apiStages", "value": f"{s['ApiId']}:{s['Stage']}"}
            for s in stages
        ]
        invoke(context, _API, "UpdateUsagePlan", {**keys, "PatchOperations": gone})
    invoke(context, _API, "DeleteUsagePlan", keys)


_LIMIT = record("BurstLimit:i RateLimit:n")
USAGE_PLAN = ResourceType(
    name="AWS::ApiGateway::UsagePlan",
    properties=record(
        "UsagePlanName Description Tags:tags",
        ApiStages=ListOf(record("ApiId! Stage!", Throttle=MapOf(_LIMIT))),
        Quota=record("Limit:i Offset:i Period"),
        Throttle=_LIMIT,
    ),
    create=_create_plan,
    update=_update_plan,
    delete=_delete_plan,
    attributes=("Id",),
    arn="arn:{partition}:apigateway:{region}::/usageplans/{id}",
)

USAGE_PLAN_KEY = declared(
    "AWS::ApiGateway::UsagePlanKey",
    _API,
    create="CreateUsagePlanKey",
    delete="DeleteUsagePlanKey",
    delete_with={"UsagePlanId": From("UsagePlanId"), "KeyId": From("KeyId")},
    properties="UsagePlanId KeyId KeyType",
    required="UsagePlanId KeyId KeyType",
    identity="id",
    attributes={"Id": "id"},
)


def _set_account(context: Context, values: Properties) -> Made:
    role = values.get("CloudWatchRoleArn")
    if role is not None:
        operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
        invoke(context, _API, "UpdateAccount", {"PatchOperations": [operation]})
    name = context.name(128)
    return Made(name, {"Id": name})


def _update_account(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    _set_account(context, new)


ACCOUNT = ResourceType(
    name="AWS::ApiGateway::Account",
    properties=record("CloudWatchRoleArn"),
    create=_set_account,
    update=_update_account,
    delete=leave,
    attributes=("Id",),
    notes="Deleting it leaves the account's role in place, as AWS does.",
)


TYPES = (API_KEY, USAGE_PLAN, USAGE_PLAN_KEY, ACCOUNT)
