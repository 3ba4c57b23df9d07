from __future__ import annotations

import io
import json
import threading
import zipfile

import pytest

pytest.importorskip("archlib.local.functions.service")

from archlib.local.cloud import LocalCloud

CODE = """
import os
from amazondax import AmazonDaxClient

dax = AmazonDaxClient(endpoint_url=os.environ["DAX_ENDPOINT"], region_name=os.environ["AWS_REGION"])


def handler(event, context):
    key = {"owner": {"S": "ann"}, "id": {"S": "1"}}
    if "title" in event:
        dax.put_item(TableName="todos", Item={**key, "title": {"S": event["title"]}})
    return dax.get_item(TableName="todos", Key=key).get("Item")
"""


def zipped(code):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.py", code)
        # The runtime does not bring the library; the installed copy takes the bundled one's place.
        archive.writestr("amazondax/__init__.py", "")
    return data.getvalue()


@pytest.fixture
def deployed(monkeypatch, make_world, world_planes, world_class):
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    planes = (
        "archlib.local.iam:IamEnforcement",
        "archlib.local.sts:SecurityTokens",
        "archlib.local.functions:FunctionRuntime",
        *world_planes[1:],
    )
    with LocalCloud(planes=planes) as cloud:
        world = world_class(cloud)
        world.table()
        world.cluster()
        world.permit(
            "reader-role",
            [
                "dax:*",
                "logs:*",
                "ec2:CreateNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DeleteNetworkInterface",
            ],
        )
        cloud.client("lambda").create_function(
            FunctionName="reader",
            Runtime="python3.12",
            Handler="app.handler",
            Role="arn:aws:iam::123456789012:role/reader-role",
            Timeout=10,
            Code={"ZipFile": zipped(CODE)},
            Environment={"Variables": {"DAX_ENDPOINT": world.url}},
            VpcConfig={"SubnetIds": world.subnets, "SecurityGroupIds": [world.function_group]},
        )
        yield world


def invoke(world, **event):
    result = world.cloud.client("lambda").invoke(
        FunctionName="reader", Payload=json.dumps(event).encode()
    )
    return result.get("FunctionError"), json.loads(result["Payload"].read())


def test_a_function_reads_through_its_cache(deployed):
    assert invoke(deployed, title="milk")[1]["title"] == {"S": "milk"}
    mark = deployed.cloud.trace.mark()
    assert invoke(deployed)[1]["title"] == {"S": "milk"}
    hops = deployed.cloud.trace.since(mark)
    call, read = hops
    assert (read.cache, read.target) == ("hit", deployed.arn)
    assert read.source == "arn:aws:lambda:us-east-1:123456789012:function:reader"
    assert read.parent == call.number


def test_all_hops_of_a_call_lie_below_it(deployed):
    mark = deployed.cloud.trace.mark()
    invoke(deployed, title="milk")
    call, *below = deployed.cloud.trace.since(mark)
    assert [hop.action for hop in below] == [
        "dynamodb:DescribeTable",
        "dax:PutItem",
        "dynamodb:PutItem",
        "dax:GetItem",
    ]
    assert [hop.parent for hop in below] == [
        call.number,
        call.number,
        below[1].number,
        call.number,
    ]


def test_a_throttled_function_waits_on_the_virtual_clock(deployed, monkeypatch):
    """The client pauses between its retries; the pause costs virtual time only."""
    monkeypatch.setattr("archlib.local.latency.SERVICE", {"dynamodb": 0.0})
    throughput = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    deployed.db.update_table(
        TableName="todos", BillingMode="PROVISIONED", ProvisionedThroughput=throughput
    )
    began = deployed.cloud.clock.time()
    for n in range(12):
        error, payload = invoke(deployed, title=f"t{n}")
        assert (error, payload["title"]) == (None, {"S": f"t{n}"})
    refused = [hop for hop in deployed.cloud.trace.hops if hop.error and "dax" in hop.action]
    assert {hop.error for hop in refused} == {"ProvisionedThroughputExceededException"}
    assert deployed.cloud.clock.time() - began > 0.07


def test_without_the_ingress_rule_the_function_finds_no_route(deployed):
    deployed.ec2.revoke_security_group_ingress(
        GroupId=deployed.cluster_group, IpPermissions=[deployed.rule]
    )
    error, payload = invoke(deployed)
    assert error == "Unhandled"
    assert "NoRouteException" in payload["errorMessage"]


def test_no_thread_is_left(deployed):
    invoke(deployed)
    names = {type(thread).__name__ for thread in threading.enumerate()}
    assert "PeriodicTask" in names
    deployed.cloud.stop()
    names = {type(thread).__name__ for thread in threading.enumerate()}
    assert "PeriodicTask" not in names
