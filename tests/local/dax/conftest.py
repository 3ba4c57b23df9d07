"""A cloud with a table, a VPC, a function in it and a DAX cluster, and the real DAX client."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import contextmanager

import pytest
from moto.awslambda.models import lambda_backends

from archlib.local.cloud import LocalCloud
from archlib.local.dax import DaxPlane
from archlib.local.dynamodb import DynamoDbPlane

PLANES = (
    "archlib.local.iam:IamEnforcement",
    "archlib.local.dynamodb:DynamoDbPlane",
    "archlib.local.dax:DaxPlane",
)
TABLE = "todos"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:reader"


def trust(service):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    )


def allow(actions, resource="*"):
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class World:
    """What the tests act on."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.db = cloud.client("dynamodb")
        self.dax = cloud.client("dax")
        self.iam = cloud.raw("iam")
        self.ec2 = cloud.raw("ec2")
        self._clients = []
        self.role("reader-role", "lambda.amazonaws.com", ["dax:*"])
        self.dax_role = self.role("cache-role", "dax.amazonaws.com", ["dynamodb:*"])
        self._network()

    def role(self, name, service, actions):
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))
        self.permit(name, actions)
        return made["Role"]["Arn"]

    def permit(self, role, actions, resource="*"):
        self.iam.put_role_policy(
            RoleName=role, PolicyName="all", PolicyDocument=allow(actions, resource)
        )

    def _network(self):
        self.vpc = self.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.1.{n}.0/24", AvailabilityZone=f"us-east-1{zone}"
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        self.function_group, self.cluster_group = (
            self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)[
                "GroupId"
            ]
            for name in ("function", "cluster")
        )
        self.rule = {
            "IpProtocol": "tcp",
            "FromPort": 8111,
            "ToPort": 8111,
            "UserIdGroupPairs": [{"GroupId": self.function_group}],
        }
        self.ec2.authorize_security_group_ingress(
            GroupId=self.cluster_group, IpPermissions=[self.rule]
        )

    def create_function(self):
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", "")
        self.cloud.raw("lambda").create_function(
            FunctionName="reader",
            Runtime="python3.12",
            Handler="app.handler",
            Role="arn:aws:iam::123456789012:role/reader-role",
            Code={"ZipFile": code.getvalue()},
        )
        self.function()

    def function(self, groups=None, subnets=None):
        """Put the function into other subnets and groups; its own when not given."""
        function = lambda_backends[self.cloud.account]["us-east-1"].get_function("reader")
        function._vpc_config = {
            "SubnetIds": self.subnets if subnets is None else subnets,
            "SecurityGroupIds": [self.function_group] if groups is None else groups,
        }

    def cluster(self, name="cache", **more):
        self.dax.create_subnet_group(SubnetGroupName="subnets", SubnetIds=self.subnets)
        self.dax.create_parameter_group(ParameterGroupName="ttls")
        self.dax.create_cluster(
            ClusterName=name,
            NodeType="dax.t3.small",
            ReplicationFactor=2,
            IamRoleArn=self.dax_role,
            SubnetGroupName="subnets",
            ParameterGroupName="ttls",
            SecurityGroupIds=[self.cluster_group],
            **more,
        )
        described = self.dax.describe_clusters(ClusterNames=[name])["Clusters"][0]
        self.arn, self.url = described["ClusterArn"], described["ClusterDiscoveryEndpoint"]["URL"]
        return described

    def ttl(self, **millis):
        names = {"record": "record-ttl-millis", "query": "query-ttl-millis"}
        self.dax.update_parameter_group(
            ParameterGroupName="ttls",
            ParameterNameValues=[
                {"ParameterName": names[name], "ParameterValue": str(value)}
                for name, value in millis.items()
            ],
        )

    def table(self, name=TABLE, key=(("owner", "S"), ("id", "S")), **more):
        kinds = zip(key, ("HASH", "RANGE"), strict=False)
        self.db.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": n, "KeyType": kind} for (n, _), kind in kinds],
            AttributeDefinitions=more.pop("attributes", None)
            or [{"AttributeName": n, "AttributeType": t} for n, t in key],
            **more,
        )

    def credentials(self, role="reader-role", source=FUNCTION):
        arn = f"arn:aws:iam::123456789012:role/{role}"
        return self.cloud.identities.issue(arn, "session", source=source)

    def client(self, credentials=None, endpoint=None, **more):
        from amazondax import AmazonDaxClient
        from botocore.config import Config

        used = credentials or self.credentials()
        made = AmazonDaxClient(
            endpoint_url=endpoint or self.url,
            region_name="us-east-1",
            aws_access_key_id=used.access_key,
            aws_secret_access_key=used.secret_key,
            aws_session_token=used.session_token,
            config=Config(retries={"max_attempts": 0}),
            **more,
        )
        self._clients.append(made)
        return made

    def close(self):
        while self._clients:
            self._clients.pop().close()

    def service(self):
        return self.cloud.plane(DaxPlane)._services[self.arn]

    def reads(self, table=TABLE):
        return self.cloud.plane(DynamoDbPlane).capacity_of(table).read

    def since(self, mark):
        return [
            (hop.action, hop.cache, hop.status)
            for hop in self.cloud.trace.since(mark)
            if hop.action != "dynamodb:DescribeTable"
        ]

    @contextmanager
    def hops(self):
        seen = []
        mark = self.cloud.trace.mark()
        yield seen
        seen.extend(self.since(mark))


@contextmanager
def made_world():
    # moto makes 1,300 machine images for every EC2 backend unless told otherwise.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with LocalCloud(planes=PLANES) as cloud:
            world = World(cloud)
            world.create_function()
            world.cluster()
            yield world
            world.close()


@pytest.fixture(scope="module")
def shared_world():
    with made_world() as world:
        yield world


@pytest.fixture
def world(shared_world):
    """One cloud for a module's tests, with empty tables and caches for each."""
    shared_world.table()
    shared_world.service().flush()
    shared_world.ttl(record=300_000, query=300_000)
    yield shared_world
    shared_world.close()
    for name in shared_world.db.list_tables()["TableNames"]:
        shared_world.db.delete_table(TableName=name)


@pytest.fixture
def fresh_world():
    """A cloud of its own, for what changes more than items."""
    with made_world() as world:
        world.table()
        yield world


@pytest.fixture
def make_world():
    return made_world


@pytest.fixture
def dax(world):
    return world.client()


@pytest.fixture
def world_planes():
    return PLANES


@pytest.fixture
def world_class():
    return World
