"""Subnet groups and parameter groups: the API operations.

Source: Amazon DynamoDB Accelerator (DAX) API Reference. ``default.dax1.0`` and the subnet
group ``default`` (the subnets of the default VPC) are there from the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from archlib.local.api import ApiCall, ApiRefusal, Result
from archlib.local.dax.inventory import (
    DEFAULT_GROUP,
    DEFAULT_TTL_MILLIS,
    PARAMETERS,
    Cluster,
    ParameterGroup,
    SubnetGroup,
)

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_MAX_TTL: Final = 2**31 - 1
_DEFAULT_SUBNETS: Final = "default"


class Groups:
    """Subnet groups and parameter groups of all regions."""

    def __init__(self, cloud: LocalCloud, clusters: Callable[[str], Iterable[Cluster]]) -> None:
        self._cloud = cloud
        self._clusters = clusters
        self._subnets: dict[tuple[str, str], SubnetGroup] = {}
        self._parameters: dict[tuple[str, str], ParameterGroup] = {}

    # -- look-up ------------------------------------------------------------------------------

    def parameters(self, region: str, name: str | None) -> ParameterGroup:
        """A parameter group; raises :class:`ApiRefusal` if there is none of that name."""
        name = (name or DEFAULT_GROUP).lower()
        if name == DEFAULT_GROUP:
            return self._parameters.setdefault(
                (region, name), ParameterGroup(name, "Default parameter group for dax1.0")
            )
        group = self._parameters.get((region, name))
        if group is None:
            raise ApiRefusal("ParameterGroupNotFoundFault", f"Parameter group {name} not found.")
        return group

    def subnets(self, region: str, name: str | None) -> SubnetGroup:
        """A subnet group; raises :class:`ApiRefusal` if there is none of that name."""
        name = (name or _DEFAULT_SUBNETS).lower()
        group = self._subnets.get((region, name))
        if group is None and name == _DEFAULT_SUBNETS:
            return self._default_subnets(region)
        if group is None:
            raise ApiRefusal("SubnetGroupNotFoundFault", f"Subnet group {name} not found.")
        return group

    def _default_subnets(self, region: str) -> SubnetGroup:
        ec2 = self._cloud.raw("ec2", region=region)
        default = [{"Name": "default-for-az", "Values": ["true"]}]
        found = ec2.describe_subnets(Filters=default)["Subnets"]
        if not found:
            raise ApiRefusal("InvalidVPCNetworkStateFault", "There is no default VPC.")
        group = SubnetGroup(
            _DEFAULT_SUBNETS,
            "Default subnet group",
            found[0]["VpcId"],
            {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in found},
        )
        self._subnets[region, _DEFAULT_SUBNETS] = group
        return group

    # -- subnet groups --------------------------------------------------------------------------

    def create_subnets(self, call: ApiCall) -> Result:
        """CreateSubnetGroup."""
        name = call.params["SubnetGroupName"].lower()
        if (call.region, name) in self._subnets:
            raise ApiRefusal("SubnetGroupAlreadyExistsFault", f"Subnet group {name} exists.")
        vpc, subnets = self._checked(call.region, call.params["SubnetIds"])
        group = SubnetGroup(name, call.params.get("Description", ""), vpc, subnets)
        self._subnets[call.region, name] = group
        return {"SubnetGroup": group.shape()}

    def update_subnets(self, call: ApiCall) -> Result:
        """UpdateSubnetGroup; subnets with nodes in them cannot be taken away."""
        group = self.subnets(call.region, call.params["SubnetGroupName"])
        if (ids := call.params.get("SubnetIds")) is not None:
            vpc, subnets = self._checked(call.region, ids)
            users = [c for c in self._clusters(call.region) if c.subnet_group is group]
            zones = {node.zone for cluster in users for node in cluster.nodes}
            if users and (vpc != group.vpc or not zones <= set(subnets.values())):
                raise ApiRefusal("SubnetInUse", f"Subnets of {group.name} are in use.")
            group.vpc, group.subnets = vpc, subnets
        group.description = call.params.get("Description", group.description)
        return {"SubnetGroup": group.shape()}

    def describe_subnets(self, call: ApiCall) -> Result:
        """DescribeSubnetGroups."""
        names = call.params.get("SubnetGroupNames")
        groups = (
            [self.subnets(call.region, name.lower()) for name in names]
            if names
            else [group for (region, _), group in self._subnets.items() if region == call.region]
        )
        return page(call, "SubnetGroups", [group.shape() for group in groups])

    def delete_subnets(self, call: ApiCall) -> Result:
        """DeleteSubnetGroup."""
        group = self.subnets(call.region, call.params["SubnetGroupName"].lower())
        if any(cluster.subnet_group is group for cluster in self._clusters(call.region)):
            raise ApiRefusal("SubnetGroupInUseFault", f"Subnet group {group.name} is in use.")
        del self._subnets[call.region, group.name]
        return {"DeletionMessage": f"Subnet group {group.name} has been deleted."}

    def _checked(self, region: str, ids: list[str]) -> tuple[str, dict[str, str]]:
        from botocore.exceptions import ClientError

        try:
            found = self._cloud.raw("ec2", region=region).describe_subnets(SubnetIds=ids)
        except ClientError as error:
            message = error.response["Error"]["Message"]
            raise ApiRefusal("InvalidSubnet", message) from None
        vpcs = {subnet["VpcId"] for subnet in found["Subnets"]}
        if len(vpcs) != 1:
            raise ApiRefusal("InvalidSubnet", "The subnets must be in one VPC.")
        zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in found["Subnets"]}
        return vpcs.pop(), {subnet: zones[subnet] for subnet in ids}

    # -- parameter groups -----------------------------------------------------------------------

    def create_parameters(self, call: ApiCall) -> Result:
        """CreateParameterGroup."""
        name = call.params["ParameterGroupName"].lower()
        if name == DEFAULT_GROUP or (call.region, name) in self._parameters:
            raise ApiRefusal(
                "ParameterGroupAlreadyExistsFault", f"Parameter group {name} already exists."
            )
        group = ParameterGroup(name, call.params.get("Description", ""))
        self._parameters[call.region, name] = group
        return {"ParameterGroup": _parameter_shape(group)}

    def update_parameters(self, call: ApiCall) -> Result:
        """UpdateParameterGroup; running clusters follow at once."""
        name = call.params["ParameterGroupName"].lower()
        group = self.parameters(call.region, name)
        if name == DEFAULT_GROUP:
            raise ApiRefusal(
                "InvalidParameterGroupStateFault", "The default parameter group cannot be changed."
            )
        changes = {}
        for pair in call.params["ParameterNameValues"]:
            parameter, value = pair.get("ParameterName"), pair.get("ParameterValue", "")
            if parameter not in PARAMETERS:
                raise ApiRefusal(
                    "InvalidParameterValueException", f"Invalid parameter name: {parameter}"
                )
            if not value.isdecimal() or int(value) > _MAX_TTL:
                raise ApiRefusal(
                    "InvalidParameterValueException",
                    f"Invalid value {value!r} for {parameter}: allowed are 0-{_MAX_TTL}",
                )
            changes[parameter] = value
        group.values.update(changes)
        return {"ParameterGroup": _parameter_shape(group)}

    def describe_parameter_groups(self, call: ApiCall) -> Result:
        """DescribeParameterGroups."""
        self.parameters(call.region, None)
        names = call.params.get("ParameterGroupNames")
        groups = (
            [self.parameters(call.region, name.lower()) for name in names]
            if names
            else [g for (region, _), g in self._parameters.items() if region == call.region]
        )
        return page(call, "ParameterGroups", [_parameter_shape(group) for group in groups])

    def describe_parameters(self, call: ApiCall) -> Result:
        """DescribeParameters."""
        group = self.parameters(call.region, call.params["ParameterGroupName"].lower())
        return page(call, "Parameters", _described(group, call.params.get("Source")))

    def describe_default_parameters(self, call: ApiCall) -> Result:
        """DescribeDefaultParameters."""
        return page(call, "Parameters", _described(ParameterGroup(DEFAULT_GROUP, ""), None))

    def delete_parameters(self, call: ApiCall) -> Result:
        """DeleteParameterGroup."""
        group = self.parameters(call.region, call.params["ParameterGroupName"].lower())
        used = any(c.parameter_group is group for c in self._clusters(call.region))
        if used or group.name == DEFAULT_GROUP:
            raise ApiRefusal(
                "InvalidParameterGroupStateFault",
                f"One or more DAX clusters are using parameter group {group.name}.",
            )
        del self._parameters[call.region, group.name]
        return {"DeletionMessage": f"Parameter group {group.name} has been deleted."}


def _parameter_shape(group: ParameterGroup) -> dict[str, str]:
    return {"ParameterGroupName": group.name, "Description": group.description}


def _described(group: ParameterGroup, source: str | None) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = [
        {
            "ParameterName": name,
            "ParameterType": "DEFAULT",
            "ParameterValue": group.values.get(name, DEFAULT_TTL_MILLIS),
            "NodeTypeSpecificValues": [],
            "Description": description,
            "Source": "user" if name in group.values else "system",
            "DataType": "integer",
            "AllowedValues": f"0-{_MAX_TTL}",
            "IsModifiable": "TRUE",
            "ChangeType": "IMMEDIATE",
        }
        for name, description in PARAMETERS.items()
    ]
    return [one for one in described if source in (None, one["Source"])]


def page(call: ApiCall, name: str, entries: list[Any]) -> Result:
    """Answers of ``MaxResults`` entries; the token says where the next one begins."""
    start = int(call.params.get("NextToken", "0"))
    end = start + (call.params.get("MaxResults") or 100)
    found: Result = {name: entries[start:end]}
    if end < len(entries):
        found["NextToken"] = str(end)
    return found
