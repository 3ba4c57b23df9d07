"""Security groups and rules added to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.ec2.naming import EC2, arn_of, by_id, retag, tagged
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import ListOf, record

_INGRESS = (
    "IpProtocol! FromPort:i ToPort:i CidrIp CidrIpv6 Description SourcePrefixListId "
    "SourceSecurityGroupId SourceSecurityGroupName SourceSecurityGroupOwnerId"
)


_EGRESS = (
    "IpProtocol! FromPort:i ToPort:i CidrIp CidrIpv6 Description DestinationPrefixListId "
    "DestinationSecurityGroupId"
)


def permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as the API's ``IpPermission``."""
    made = {k: rule[k] for k in ("IpProtocol", "FromPort", "ToPort") if k in rule}
    said = {"Description": rule["Description"]} if "Description" in rule else {}
    lists = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    if "CidrIp" in rule:
        made["IpRanges"] = [{"CidrIp": rule["CidrIp"], **said}]
    if "CidrIpv6" in rule:
        made["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **said}]
    if lists:
        made["PrefixListIds"] = [{"PrefixListId": lists, **said}]
    if group or "SourceSecurityGroupName" in rule:
        pair = {"GroupId": group} if group else {"GroupName": rule["SourceSecurityGroupName"]}
        if "SourceSecurityGroupOwnerId" in rule:
            pair["UserId"] = rule["SourceSecurityGroupOwnerId"]
        made["UserIdGroupPairs"] = [{**pair, **said}]
    return made


def _change_rules(context: Context, group: str, way: str, old: Any, new: Any) -> None:
    gone = [permission(rule) for rule in old or () if rule not in (new or ())]
    added = [permission(rule) for rule in new or () if rule not in (old or ())]
    if gone:
        keys = {"GroupId": group, "IpPermissions": gone}
        invoke(context, EC2, f"RevokeSecurityGroup{way}", keys)
    if added:
        keys = {"GroupId": group, "IpPermissions": added}
        invoke(context, EC2, f"AuthorizeSecurityGroup{way}", keys)


_OPEN = [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]


def _create_group(context: Context, values: Properties) -> Made:
    own = {
        "GroupName": values.get("GroupName") or context.name(255),
        "Description": values["GroupDescription"],
    }
    if "VpcId" in values:
        own["VpcId"] = values["VpcId"]
    if "Tags" in values:
        own["Tags"] = values["Tags"]
    name = invoke(context, EC2, "CreateSecurityGroup", tagged(own, "security-group"))["GroupId"]
    made = Made(name, {"GroupId": name, "Id": name, "VpcId": values.get("VpcId", "")})
    context.note(made)
    if "SecurityGroupEgress" in values:
        _change_rules(context, name, "Egress", _OPEN, values["SecurityGroupEgress"])
    _change_rules(context, name, "Ingress", (), values.get("SecurityGroupIngress"))
    return made


def _update_group(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    old = existing.properties
    for way in ("Ingress", "Egress"):
        field = f"SecurityGroup{way}"
        usual = _OPEN if way == "Egress" else []
        if field in changed:
            before, after = old.get(field, usual), new.get(field, usual)
            _change_rules(context, existing.physical_id, way, before, after)
    if "Tags" in changed:
        retag(context, existing, new)


SECURITY_GROUP = ResourceType(
    name="AWS::EC2::SecurityGroup",
    properties=record(
        "GroupDescription! GroupName VpcId Tags:tags",
        SecurityGroupIngress=ListOf(record(_INGRESS)),
        SecurityGroupEgress=ListOf(record(_EGRESS)),
    ),
    create=_create_group,
    update=_update_group,
    delete=by_id("DeleteSecurityGroup", "GroupId"),
    replacement=frozenset({"GroupDescription", "GroupName", "VpcId"}),
    attributes=("GroupId", "Id", "VpcId"),
    name_property="GroupName",
    arn=arn_of("security-group"),
)


def _rule_type(way: str, notation: str) -> ResourceType:
    def create(context: Context, values: Properties) -> Made:
        keys = {"GroupId": values["GroupId"], "IpPermissions": [permission(values)]}
        invoke(context, EC2, f"AuthorizeSecurityGroup{way}", keys)
        name = context.name(255)
        return Made(name, {"Id": name})

    def delete(context: Context, existing: Existing) -> None:
        old = existing.properties
        keys = {"GroupId": old["GroupId"], "IpPermissions": [permission(old)]}
        invoke(context, EC2, f"RevokeSecurityGroup{way}", keys)

    return ResourceType(
        name=f"AWS::EC2::SecurityGroup{way}",
        properties=record(f"GroupId! {notation}"),
        create=create,
        delete=delete,
        attributes=("Id",),
        notes="A new description makes a new rule.",
    )


INGRESS, EGRESS = _rule_type("Ingress", _INGRESS), _rule_type("Egress", _EGRESS)


TYPES = (
    SECURITY_GROUP,
    INGRESS,
    EGRESS,
)
