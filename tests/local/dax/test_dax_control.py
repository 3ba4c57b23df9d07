from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from archlib.errors import Unsupported
from archlib.local.dax.cache import OVERHEAD, Cache

CLUSTER = {"ClusterName": "second", "NodeType": "dax.r5.large", "ReplicationFactor": 1}


@pytest.fixture
def dax_api(world):
    return world.dax


def create(world, **more):
    return world.dax.create_cluster(**{**CLUSTER, "IamRoleArn": world.dax_role, **more})


def refusal(world, **more):
    with pytest.raises(ClientError) as caught:
        create(world, **more)
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ClusterName": "cache"}, "ClusterAlreadyExistsFault"),
        ({"ClusterName": "a" * 21}, "InvalidParameterValueException"),
        ({"ClusterName": "1st"}, "InvalidParameterValueException"),
        ({"ClusterName": "a--b"}, "InvalidParameterValueException"),
        ({"ClusterName": "a-"}, "InvalidParameterValueException"),
        ({"NodeType": "dax.z9.small"}, "InvalidParameterValueException"),
        ({"ReplicationFactor": 0}, "InvalidParameterValueException"),
        ({"ReplicationFactor": 12}, "NodeQuotaForClusterExceededFault"),
        ({"SubnetGroupName": "none"}, "SubnetGroupNotFoundFault"),
        ({"ParameterGroupName": "none"}, "ParameterGroupNotFoundFault"),
        ({"SecurityGroupIds": ["sg-none"]}, "InvalidParameterValueException"),
        ({"AvailabilityZones": ["us-east-1a"] * 2}, "InvalidParameterCombinationException"),
        (
            {"IamRoleArn": "arn:aws:iam::123456789012:role/none"},
            "InvalidParameterValueException",
        ),
    ],
)
def test_what_aws_refuses_is_refused(world, change, code):
    assert refusal(world, **change) == code


def test_tls_is_not_pretended(world):
    with pytest.raises(Unsupported, match="TLS"):
        create(world, ClusterEndpointEncryptionType="TLS")


def test_parameter_groups(world, dax_api):
    dax_api.create_parameter_group(ParameterGroupName="mine", Description="d")
    with pytest.raises(dax_api.exceptions.ParameterGroupAlreadyExistsFault):
        dax_api.create_parameter_group(ParameterGroupName="mine")
    pair = {"ParameterName": "record-ttl-millis", "ParameterValue": "1000"}
    dax_api.update_parameter_group(ParameterGroupName="mine", ParameterNameValues=[pair])
    found = dax_api.describe_parameters(ParameterGroupName="mine")["Parameters"]
    assert {p["ParameterName"]: (p["ParameterValue"], p["Source"]) for p in found} == {
        "record-ttl-millis": ("1000", "user"),
        "query-ttl-millis": ("300000", "system"),
    }
    for name, value in (("no-such", "1"), ("record-ttl-millis", "-1"), ("query-ttl-millis", "x")):
        bad = {"ParameterName": name, "ParameterValue": value}
        with pytest.raises(dax_api.exceptions.InvalidParameterValueException):
            dax_api.update_parameter_group(ParameterGroupName="mine", ParameterNameValues=[bad])
    with pytest.raises(dax_api.exceptions.InvalidParameterGroupStateFault):
        dax_api.update_parameter_group(
            ParameterGroupName="default.dax1.0", ParameterNameValues=[pair]
        )
    names = [
        g["ParameterGroupName"] for g in dax_api.describe_parameter_groups()["ParameterGroups"]
    ]
    assert set(names) >= {"default.dax1.0", "ttls", "mine"}
    dax_api.delete_parameter_group(ParameterGroupName="mine")
    with pytest.raises(dax_api.exceptions.ParameterGroupNotFoundFault):
        dax_api.describe_parameters(ParameterGroupName="mine")


def test_subnet_groups(world, dax_api):
    made = dax_api.create_subnet_group(SubnetGroupName="Mine", SubnetIds=world.subnets[:1])
    assert made["SubnetGroup"]["VpcId"] == world.vpc
    assert made["SubnetGroup"]["SubnetGroupName"] == "mine"
    with pytest.raises(dax_api.exceptions.SubnetGroupAlreadyExistsFault):
        dax_api.create_subnet_group(SubnetGroupName="mine", SubnetIds=world.subnets)
    with pytest.raises(dax_api.exceptions.InvalidSubnet):
        dax_api.create_subnet_group(SubnetGroupName="bad", SubnetIds=["subnet-none"])
    changed = dax_api.update_subnet_group(SubnetGroupName="mine", SubnetIds=world.subnets)
    assert len(changed["SubnetGroup"]["Subnets"]) == 2
    with pytest.raises(dax_api.exceptions.SubnetInUse):
        dax_api.update_subnet_group(SubnetGroupName="subnets", SubnetIds=world.subnets[:1])
    dax_api.delete_subnet_group(SubnetGroupName="mine")
    with pytest.raises(dax_api.exceptions.SubnetGroupNotFoundFault):
        dax_api.describe_subnet_groups(SubnetGroupNames=["mine"])


def test_tags(world, dax_api):
    dax_api.tag_resource(ResourceName=world.arn, Tags=[{"Key": "a", "Value": "1"}])
    left = dax_api.untag_resource(ResourceName=world.arn, TagKeys=["a"])
    assert left["Tags"] == []
    with pytest.raises(dax_api.exceptions.TagNotFoundFault):
        dax_api.untag_resource(ResourceName=world.arn, TagKeys=["a"])
    with pytest.raises(dax_api.exceptions.InvalidARNFault):
        dax_api.list_tags(ResourceName="cache")


def test_a_reboot_empties_the_caches(world, dax):
    key = {"TableName": "todos", "Key": {"owner": {"S": "a"}, "id": {"S": "1"}}}
    dax.get_item(**key)
    world.dax.reboot_node(ClusterName="cache", NodeId="cache-a")
    with world.hops() as hops:
        dax.get_item(**key)
    assert hops[0] == ("dax:GetItem", "miss", 200)


def test_the_least_recently_used_entry_goes_first():
    cache: Cache[str] = Cache(lambda: 0.0, lambda: None, 3 * (OVERHEAD + 10))
    for name in "abc":
        cache.put(name, name, 10)
    cache.get("a")
    cache.put("d", "d", 10)
    assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]
    cache.put("big", "x", 10_000)
    assert cache.get("big") is None
    assert len(cache) == 3
    cache.put("c", "larger", 2 * (OVERHEAD + 10) - OVERHEAD)
    assert [name for name in "acd" if cache.get(name)] == ["c", "d"]
