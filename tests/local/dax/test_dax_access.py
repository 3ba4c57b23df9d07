from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from archlib.local.dax.cbor import encode

TABLE = "todos"
KEY = {"owner": {"S": "ann"}, "id": {"S": "1"}}
ITEM = {**KEY, "title": {"S": "milk"}}


def get(client, **more):
    return client.get_item(TableName=TABLE, Key=KEY, **more)


def refused(action):
    with pytest.raises(Exception, match="An error occurred") as caught:
        action()
    error = caught.value.response["Error"]
    return error["Code"], error.get("Message", "")


def unroutable(world, **more):
    """The client's words for a cluster that it cannot reach."""
    code, message = refused(lambda: world.client(**more))
    assert "Failed to configure cluster endpoints" in message
    return code == "NoRouteException"


# -- who is it -----------------------------------------------------------------------------------


def test_a_wrong_secret_is_refused(world):
    code, message = refused(
        lambda: world.client(replace(world.credentials(), secret_key="not the secret"))
    )
    assert code == "InvalidSignatureException"
    assert "does not match the signature you provided" in message


def test_an_unknown_key_is_refused(world):
    code, _ = refused(lambda: world.client(replace(world.credentials(), access_key="AKIANOBODY")))
    assert code == "UnrecognizedClientException"


def test_a_missing_token_is_refused(world):
    code, _ = refused(lambda: world.client(replace(world.credentials(), session_token=None)))
    assert code == "UnrecognizedClientException"


def test_expired_credentials_are_refused_in_the_middle_of_a_connection(world):
    client = world.client()
    get(client)
    world.cloud.clock.advance(minutes=59)
    get(client)
    world.cloud.clock.advance(minutes=2)
    code, _ = refused(lambda: get(client))
    assert code == "ExpiredTokenException"


def test_an_old_signature_is_refused(world, monkeypatch):
    from amazondax import SigV4Gen

    honest = SigV4Gen.generate_signature
    client = world.client()

    def stale(creds, endpoint, region, payload, now=None):
        return honest(creds, endpoint, region, payload, now.replace(year=now.year - 1))

    monkeypatch.setattr(SigV4Gen, "generate_signature", stale)
    world.cloud.clock.advance(minutes=4)
    code, message = refused(lambda: get(client))
    assert (code, "expired" in message) == ("InvalidSignatureException", True)


def test_a_client_that_signs_for_another_region_is_refused(world, monkeypatch):
    from amazondax import SigV4Gen

    honest = SigV4Gen.generate_signature
    monkeypatch.setattr(
        SigV4Gen,
        "generate_signature",
        lambda creds, endpoint, region, *rest: honest(creds, endpoint, "eu-west-1", *rest),
    )
    assert refused(world.client)[0] == "InvalidSignatureException"


def test_calls_before_authentication_and_strange_words_get_nothing(world):
    host, port = world.service().listener.address
    with socket.create_connection((host, port)) as sock:
        sock.settimeout(5)
        sock.sendall(encode("HTTP"))
        assert sock.recv(100) == b""
    with socket.create_connection((host, port)) as sock:
        sock.settimeout(5)
        greeting = [encode(part) for part in ("J7yne5G", 0, None, {"UserAgent": "x"}, 0)]
        sock.sendall(b"".join(greeting) + encode(1) + encode(455855874))
        assert b"MissingAuthenticationToken" in sock.recv(1000)


# -- may it --------------------------------------------------------------------------------------


@pytest.fixture
def permit(world):
    yield lambda role, actions, resource="*": world.permit(role, actions, resource)
    world.permit("reader-role", ["dax:*"])
    world.permit("cache-role", ["dynamodb:*"])


def test_the_caller_needs_the_dax_permission(world, dax, permit):
    permit("reader-role", ["dax:PutItem"], world.arn)
    dax.put_item(TableName=TABLE, Item=ITEM)
    with world.hops() as hops:
        code, message = refused(lambda: get(dax))
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: dax:GetItem on resource: {world.arn}" in message
    assert hops == [("dax:GetItem", None, 400)]


def test_a_permission_on_the_table_does_not_help(world, dax, permit):
    permit("reader-role", ["dynamodb:*"])
    assert refused(lambda: get(dax))[0] == "AccessDeniedException"


def test_a_permission_on_another_cluster_does_not_help(world, dax, permit):
    permit("reader-role", ["dax:*"], world.arn + "x")
    assert refused(lambda: get(dax))[0] == "AccessDeniedException"


def test_a_hit_is_still_checked(world, dax, permit):
    get(dax)
    permit("reader-role", ["dax:PutItem"])
    assert refused(lambda: get(dax))[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("operation", "permission", "missing"),
    [
        ("Put", "dax:PutItem", "dax:DeleteItem"),
        ("Delete", "dax:DeleteItem", "dax:PutItem"),
        ("Update", "dax:UpdateItem", "dax:PutItem"),
        ("ConditionCheck", "dax:ConditionCheckItem", "dax:GetItem"),
    ],
)
def test_a_transaction_needs_the_permission_of_each_part(
    world, dax, permit, operation, permission, missing
):
    parts = {
        "Put": {"Item": ITEM},
        "Delete": {"Key": KEY},
        "Update": {
            "Key": KEY,
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ConditionCheck": {"Key": KEY, "ConditionExpression": "attribute_not_exists(id)"},
    }
    items = [{operation: {"TableName": TABLE, **parts[operation]}}]
    permit("reader-role", [missing])
    code, message = refused(lambda: dax.transact_write_items(TransactItems=items))
    assert (code, permission in message) == ("AccessDeniedException", True)
    permit("reader-role", [permission])
    dax.transact_write_items(TransactItems=items)


def test_the_cluster_needs_the_permission_of_its_own_role(world, dax, permit):
    get(dax)
    permit("cache-role", ["dynamodb:DescribeTable", "dynamodb:PutItem"])
    assert get(dax) == {}
    with world.hops() as hops:
        code, message = refused(lambda: get(dax, ConsistentRead=True))
    assert code == "AccessDeniedException"
    assert "cache-role" in message
    assert "dynamodb:GetItem" in message
    assert hops == [("dax:GetItem", None, 400), ("dynamodb:GetItem", None, 400)]


def test_the_cluster_learns_the_key_with_describe_table(world, dax, permit):
    permit("cache-role", ["dynamodb:GetItem"])
    code, message = refused(lambda: get(dax))
    assert (code, "dynamodb:DescribeTable" in message) == ("AccessDeniedException", True)


# -- can it reach the cluster --------------------------------------------------------------------


@pytest.fixture
def elsewhere(world):
    """Put the function somewhere else for one test."""
    yield world.function
    world.function()


def test_the_world_outside_cannot_connect(world):
    assert unroutable(world, credentials=world.credentials(source="client"))


def test_a_function_that_does_not_exist_cannot_connect(world):
    gone = "arn:aws:lambda:us-east-1:123456789012:function:gone"
    assert unroutable(world, credentials=world.credentials(source=gone))


def test_a_function_whose_subnets_are_gone_cannot_connect(world, elsewhere):
    elsewhere(subnets=["subnet-gone"])
    assert unroutable(world)


def test_a_function_without_a_vpc_cannot_connect(world, elsewhere):
    elsewhere(groups=[], subnets=[])
    assert unroutable(world)


def test_a_function_in_a_group_that_is_not_admitted_cannot_connect(world, elsewhere):
    other = world.ec2.create_security_group(
        GroupName="other", Description="other", VpcId=world.vpc
    )["GroupId"]
    elsewhere(groups=[other])
    assert unroutable(world)
    elsewhere(groups=[other, world.function_group])
    assert get(world.client()) == {}


def test_without_the_ingress_rule_nobody_connects(world):
    change = {"GroupId": world.cluster_group, "IpPermissions": [world.rule]}
    world.ec2.revoke_security_group_ingress(**change)
    try:
        assert unroutable(world)
    finally:
        world.ec2.authorize_security_group_ingress(**change)
    assert get(world.client()) == {}


@pytest.mark.parametrize(
    ("rule", "open_"),
    [
        ({"IpProtocol": "tcp", "FromPort": 9111, "ToPort": 9111}, False),
        ({"IpProtocol": "udp", "FromPort": 8111, "ToPort": 8111}, False),
        ({"IpProtocol": "tcp", "FromPort": 8000, "ToPort": 9000}, True),
        ({"IpProtocol": "-1"}, True),
    ],
)
@pytest.mark.parametrize("block", ["10.1.0.0/16", "10.2.0.0/16"])
def test_a_rule_by_address_needs_the_port_and_the_subnets(world, rule, open_, block):
    own = {"GroupId": world.cluster_group, "IpPermissions": [world.rule]}
    other = {
        "GroupId": world.cluster_group,
        "IpPermissions": [{**rule, "IpRanges": [{"CidrIp": block}]}],
    }
    world.ec2.revoke_security_group_ingress(**own)
    world.ec2.authorize_security_group_ingress(**other)
    try:
        if open_ and block == "10.1.0.0/16":
            assert get(world.client()) == {}
        else:
            assert unroutable(world)
    finally:
        world.ec2.revoke_security_group_ingress(**other)
        world.ec2.authorize_security_group_ingress(**own)


def test_a_group_that_lets_nothing_out_cannot_connect(world):
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    change = {"GroupId": world.function_group, "IpPermissions": everything}
    world.ec2.revoke_security_group_egress(**change)
    try:
        assert unroutable(world)
    finally:
        world.ec2.authorize_security_group_egress(**change)


def test_a_function_in_another_vpc_cannot_connect(world, elsewhere):
    vpc = world.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = world.ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.9.0/24")["Subnet"]["SubnetId"]
    elsewhere(subnets=[subnet])
    assert unroutable(world)


def test_node_endpoints_lead_to_the_cluster_as_well(world):
    node = world.dax.describe_clusters()["Clusters"][0]["Nodes"][1]["Endpoint"]
    client = world.client(endpoint=f"{node['Address']}:{node['Port']}")
    assert get(client) == {}
