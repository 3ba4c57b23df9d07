from __future__ import annotations

import json
import socket
import threading
import time

import pytest

CLUSTER = {"ClusterName": "second", "NodeType": "dax.r5.large", "ReplicationFactor": 1}


def create(world, **more):
    return world.dax.create_cluster(**{**CLUSTER, "IamRoleArn": world.dax_role, **more})


def test_a_cluster_is_described_as_configured(fresh_world):
    described = create(
        fresh_world,
        ReplicationFactor=3,
        SubnetGroupName="subnets",
        Description="mine",
        SecurityGroupIds=[fresh_world.cluster_group],
        SSESpecification={"Enabled": True},
        Tags=[{"Key": "team", "Value": "a"}],
    )["Cluster"]
    assert described["Status"] == "creating"
    assert described["ClusterDiscoveryEndpoint"] == {"Port": 8111}
    (described,) = fresh_world.dax.describe_clusters(ClusterNames=["second"])["Clusters"]
    endpoint = described["ClusterDiscoveryEndpoint"]
    assert endpoint["URL"] == f"dax://{endpoint['Address']}"
    assert endpoint["Address"].startswith("second.")
    assert endpoint["Address"].endswith(".dax-clusters.us-east-1.amazonaws.com")
    assert [node["AvailabilityZone"] for node in described["Nodes"]] == [
        "us-east-1a",
        "us-east-1b",
        "us-east-1a",
    ]
    assert described["Status"] == "available"
    assert described["SSEDescription"] == {"Status": "ENABLED"}
    assert described["ParameterGroup"]["ParameterGroupName"] == "default.dax1.0"
    assert described["ClusterArn"] == "arn:aws:dax:us-east-1:123456789012:cache/second"
    assert fresh_world.dax.list_tags(ResourceName=described["ClusterArn"])["Tags"] == [
        {"Key": "team", "Value": "a"}
    ]


def test_clusters_grow_shrink_change_and_go(fresh_world):
    dax = fresh_world.dax
    create(fresh_world, SubnetGroupName="subnets")
    name = {"ClusterName": "second"}
    grown = dax.increase_replication_factor(**name, NewReplicationFactor=3)["Cluster"]
    assert grown["TotalNodes"] == 3
    shrunk = dax.decrease_replication_factor(
        **name, NewReplicationFactor=2, NodeIdsToRemove=["second-a"]
    )["Cluster"]
    assert shrunk["TotalNodes"] == 2
    nodes = dax.describe_clusters(ClusterNames=["second"])["Clusters"][0]["Nodes"]
    assert [node["NodeId"] for node in nodes] == ["second-b", "second-c"]
    with pytest.raises(dax.exceptions.NodeNotFoundFault):
        dax.reboot_node(**name, NodeId="second-a")
    dax.update_cluster(**name, Description="other", ParameterGroupName="ttls")
    (described,) = dax.describe_clusters(ClusterNames=["second"])["Clusters"]
    assert described["Description"] == "other"
    assert described["ParameterGroup"]["ParameterGroupName"] == "ttls"
    with pytest.raises(dax.exceptions.InvalidParameterGroupStateFault):
        dax.delete_parameter_group(ParameterGroupName="ttls")
    with pytest.raises(dax.exceptions.SubnetGroupInUseFault):
        dax.delete_subnet_group(SubnetGroupName="subnets")
    assert dax.delete_cluster(**name)["Cluster"]["Status"] == "deleting"
    with pytest.raises(dax.exceptions.ClusterNotFoundFault):
        dax.describe_clusters(ClusterNames=["second"])
    events = [e["Message"] for e in dax.describe_events(SourceName="second")["Events"]]
    assert (events[0], events[-1]) == ("Cluster deleted.", "Cluster created.")


def test_a_deleted_cluster_does_not_answer(fresh_world):
    client = fresh_world.client()
    address = fresh_world.service().listener.address
    fresh_world.dax.delete_cluster(ClusterName="cache")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, timeout=1)
    with pytest.raises(ConnectionRefusedError):
        client.get_item(TableName="todos", Key={"owner": {"S": "a"}, "id": {"S": "1"}})
    with pytest.raises(Exception, match="Failed to configure cluster endpoints"):
        fresh_world.client()


def test_nothing_is_left_of_clients_that_nobody_closed(make_world):
    before = set(threading.enumerate())
    with make_world() as world:
        world.table()
        client = world.client()
        world._clients.clear()
        client.get_item(TableName="todos", Key={"owner": {"S": "a"}, "id": {"S": "1"}})
        address = world.service().listener.address
        assert len(set(threading.enumerate()) - before) > 2
    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert set(threading.enumerate()) == before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, timeout=1)


def test_the_trust_policy_must_name_dax(fresh_world):
    role = fresh_world.role("other", "ec2.amazonaws.com", ["dynamodb:*"])
    with pytest.raises(Exception, match="No permission to assume role"):
        fresh_world.dax.create_cluster(
            ClusterName="second", NodeType="dax.t3.small", ReplicationFactor=1, IamRoleArn=role
        )
    fresh_world.iam.update_assume_role_policy(
        RoleName="other",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": ["ec2.amazonaws.com", "dax.amazonaws.com"]},
                    "Action": "sts:AssumeRole",
                },
            }
        ),
    )
    fresh_world.dax.create_cluster(
        ClusterName="second", NodeType="dax.t3.small", ReplicationFactor=1, IamRoleArn=role
    )
