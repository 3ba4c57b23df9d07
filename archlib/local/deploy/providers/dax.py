"""DynamoDB Accelerator: clusters, subnet groups, parameter groups.

Source: "DynamoDB Accelerator resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.tagging import Tagging, as_list
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import BOOLEAN, STRING_MAP, one_of, record

_DAX = "dax"
_TAGS = Tagging(_DAX, "ResourceName")
_UPDATED = (
    "Description",
    "PreferredMaintenanceWindow",
    "NotificationTopicARN",
    "ParameterGroupName",
    "SecurityGroupIds",
)


def _create(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in ("SSESpecification", "Tags")}
    name = own.setdefault("ClusterName", context.name(20, lower=True))
    if "SSESpecification" in values:
        enabled = values["SSESpecification"].get("SSEEnabled", False)
        own["SSESpecification"] = {"Enabled": enabled}
    if "Tags" in values:
        own["Tags"] = as_list(values["Tags"])
    invoke(context, _DAX, "CreateCluster", own)
    context.note(Made(name))
    client = context.client(_DAX)
    cluster = client.describe_clusters(ClusterNames=[name])["Clusters"][0]
    for _ in range(3):
        # a cluster has its endpoint once it is available; describing it moves moto's state on
        if cluster.get("ClusterDiscoveryEndpoint", {}).get("URL"):
            break
        cluster = client.describe_clusters(ClusterNames=[name])["Clusters"][0]
    return _made(name, cluster)


def _made(name: str, cluster: dict[str, Any]) -> Made:
    endpoint = cluster["ClusterDiscoveryEndpoint"]
    address = f"{endpoint['Address']}:{endpoint['Port']}"
    return Made(
        name,
        {
            "Arn": cluster["ClusterArn"],
            "ClusterDiscoveryEndpoint": address,
            "ClusterDiscoveryEndpointURL": endpoint.get("URL", f"dax://{endpoint['Address']}"),
        },
    )


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> None:
    keys = {"ClusterName": existing.physical_id}
    sent = {name: new.get(name, "") for name in _UPDATED if name in changed}
    if sent:
        invoke(context, _DAX, "UpdateCluster", {**keys, **sent})
    if "ReplicationFactor" in changed:
        grows = new["ReplicationFactor"] > existing.properties["ReplicationFactor"]
        operation = f"{'Increase' if grows else 'Decrease'}ReplicationFactor"
        more = {"NewReplicationFactor": new["ReplicationFactor"]}
        invoke(context, _DAX, operation, {**keys, **more})
    if "Tags" in changed:
        old = existing.properties.get("Tags")
        _TAGS.change(context, existing.attributes["Arn"], old, new.get("Tags"))


def _delete(context: Context, existing: Existing) -> None:
    client = context.client(_DAX)
    client.delete_cluster(ClusterName=existing.physical_id)
    for _ in range(3):
        # CloudFormation waits until the cluster is gone; describing it moves moto's state on
        try:
            client.describe_clusters(ClusterNames=[existing.physical_id])
        except client.exceptions.ClusterNotFoundFault:
            return


CLUSTER = ResourceType(
    name="AWS::DAX::Cluster",
    properties=record(
        "AvailabilityZones:[] ClusterName Description IAMRoleARN! NodeType! "
        "NotificationTopicARN ParameterGroupName PreferredMaintenanceWindow ReplicationFactor:i! "
        "SecurityGroupIds:[] SubnetGroupName Tags:m",
        ClusterEndpointEncryptionType=one_of("NONE", "TLS"),
        SSESpecification=record(SSEEnabled=BOOLEAN),
    ),
    create=_create,
    update=_update,
    delete=_delete,
    replacement=frozenset(
        {
            "AvailabilityZones",
            "ClusterEndpointEncryptionType",
            "ClusterName",
            "IAMRoleARN",
            "NodeType",
            "SSESpecification",
            "SubnetGroupName",
        }
    ),
    attributes=("Arn", "ClusterDiscoveryEndpoint", "ClusterDiscoveryEndpointURL"),
    name_property="ClusterName",
    arn="arn:{partition}:dax:{region}:{account}:cache/{id}",
)


def _create_subnets(context: Context, values: Properties) -> Made:
    own = {"SubnetGroupName": context.name(255, lower=True), **values}
    invoke(context, _DAX, "CreateSubnetGroup", own)
    return Made(own["SubnetGroupName"])


def _update_subnets(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    sent: dict[str, Any] = {name: new[name] for name in ("Description", "SubnetIds") if name in new}
    invoke(context, _DAX, "UpdateSubnetGroup", {"SubnetGroupName": existing.physical_id, **sent})


def _delete_subnets(context: Context, existing: Existing) -> None:
    invoke(context, _DAX, "DeleteSubnetGroup", {"SubnetGroupName": existing.physical_id})


SUBNET_GROUP = ResourceType(
    name="AWS::DAX::SubnetGroup",
    properties=record("Description SubnetGroupName SubnetIds:[]!"),
    create=_create_subnets,
    update=_update_subnets,
    delete=_delete_subnets,
    replacement=frozenset({"SubnetGroupName"}),
    name_property="SubnetGroupName",
)


def _parameters(name: str, values: Properties) -> dict[str, Any]:
    pairs = values.get("ParameterNameValues", {})
    return {
        "ParameterGroupName": name,
        "ParameterNameValues": [
            {"ParameterName": key, "ParameterValue": value} for key, value in pairs.items()
        ],
    }


def _create_parameters(context: Context, values: Properties) -> Made:
    name = values.get("ParameterGroupName") or context.name(255, lower=True)
    more = {"Description": values["Description"]} if "Description" in values else {}
    invoke(context, _DAX, "CreateParameterGroup", {"ParameterGroupName": name, **more})
    made = Made(name)
    context.note(made)
    if values.get("ParameterNameValues"):
        invoke(context, _DAX, "UpdateParameterGroup", _parameters(name, values))
    return made


#: Five minutes, the service's own value for both.
_DEFAULTS = {"record-ttl-millis": "300000", "query-ttl-millis": "300000"}


def _update_parameters(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    dropped = existing.properties.get("ParameterNameValues", {})
    values = {
        **{name: _DEFAULTS[name] for name in dropped if name in _DEFAULTS},
        **new.get("ParameterNameValues", {}),
    }
    sent = _parameters(existing.physical_id, {"ParameterNameValues": values})
    invoke(context, _DAX, "UpdateParameterGroup", sent)


def _delete_parameters(context: Context, existing: Existing) -> None:
    keys = {"ParameterGroupName": existing.physical_id}
    invoke(context, _DAX, "DeleteParameterGroup", keys)


PARAMETER_GROUP = ResourceType(
    name="AWS::DAX::ParameterGroup",
    properties=record("Description ParameterGroupName", ParameterNameValues=STRING_MAP),
    create=_create_parameters,
    update=_update_parameters,
    delete=_delete_parameters,
    replacement=frozenset({"Description", "ParameterGroupName"}),
    name_property="ParameterGroupName",
)

TYPES = (CLUSTER, SUBNET_GROUP, PARAMETER_GROUP)
