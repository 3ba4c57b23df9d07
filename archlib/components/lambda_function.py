"""The CloudFormation resources of a Lambda function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from troposphere import GetAtt, Ref, Sub, awslambda, ec2, iam, logs

from archlib.architecture.values import Attribute, plain
from archlib.architecture.values import Sub as SubValue
from archlib.components.assets import ASSETS_BUCKET
from archlib.components.base import Piece
from archlib.components.compute import Function
from archlib.components.database import DaxCluster
from archlib.components.intrinsics import cfn
from archlib.components.messaging import Queue, SendsFailures
from archlib.components.network import Vpc
from archlib.components.statements import identity_policy, service_trust
from archlib.components.storage import Notifies
from archlib.components.table_access import ReadsThrough, UsesTable
from archlib.components.wiring import Condition, Grant

if TYPE_CHECKING:
    from archlib.components.plan import Plan

ENI_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda itself does with the role of a function in a VPC.

Source: AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon
VPC"; Lambda accepts no narrower resource than ``*`` for them, and the same page shows the deny
statement that keeps them from the function's own code.
"""


def pieces(function: Function, plan: Plan) -> Iterator[Piece]:
    """Log group, role, layer, security group, the function, and who may invoke it."""
    vpc = plan.vpc(function)
    yield Piece(
        logs.LogGroup(
            _log(function),
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Delete",
            LogGroupName=Sub(f"/aws/lambda/{_physical(function)}"),
            RetentionInDays=function.log_retention,
        ),
        "Where the function's log goes, with an end to how long it is kept",
    )
    yield _role(function, plan, in_vpc=vpc is not None)
    if function.layer is not None:
        yield Piece(
            awslambda.LayerVersion(
                f"{function.name}Layer",
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                Description=function.layer.description,
                Content=awslambda.Content(
                    S3Bucket=Ref(ASSETS_BUCKET), S3Key=Ref(f"{function.name}LayerCodeKey")
                ),
                CompatibleRuntimes=[function.runtime],
            ),
            "Libraries that the code imports and the runtime does not bring",
        )
    if vpc is not None:
        yield from _network(function, plan, vpc)
    yield _function(function, plan, vpc)
    yield from _invocation(function, plan)
    for permission in plan.permissions(function):
        yield Piece(
            awslambda.Permission(
                f"{function.name}{permission.suffix}",
                Action="lambda:InvokeFunction",
                FunctionName=Ref(function.name),
                Principal=permission.principal,
                SourceArn=cfn(permission.source_arn),
                **(
                    {}
                    if permission.source_account is None
                    else {"SourceAccount": cfn(permission.source_account)}
                ),
            ),
            f"Lets {permission.principal} invoke the function for exactly this source",
        )


def _invocation(function: Function, plan: Plan) -> Iterator[Piece]:
    """Where events that fail go; a stream's are sent by its event source mapping instead."""
    if not plan.incoming(function, Notifies):
        return
    for wire in plan.outgoing(function, SendsFailures):
        queue = plan.component(wire.target, Queue)
        yield Piece(
            awslambda.EventInvokeConfig(
                f"{function.name}Failures",
                FunctionName=Ref(function.name),
                Qualifier="$LATEST",
                MaximumRetryAttempts=2,
                MaximumEventAgeInSeconds=3_600,
                DestinationConfig=awslambda.DestinationConfig(
                    OnFailure=awslambda.OnFailure(Destination=cfn(queue.arn))
                ),
            ),
            f"An event is tried three times; then it goes to {queue.name} with its error",
        )


def _physical(function: Function) -> str:
    return "${AWS::StackName}-" + function.name


def _log(function: Function) -> str:
    return f"{function.name}Log"


def _role(function: Function, plan: Plan, *, in_vpc: bool) -> Piece:
    grants = [
        Grant(
            function.name,
            "WritesItsOwnLog",
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            (Attribute(_log(function), "Arn"),),
        ),
        *(_network_grants(function) if in_vpc else ()),
        *plan.grants(function),
    ]
    return Piece(
        iam.Role(
            f"{function.name}Role",
            Description=f"What {function.name} may do",
            AssumeRolePolicyDocument=service_trust("lambda.amazonaws.com"),
            Policies=[iam.Policy(PolicyName=function.name, PolicyDocument=identity_policy(grants))],
        ),
        "Its permissions: its log, its network interfaces, and what its connections say"
        if in_vpc
        else "Its permissions: its log, and what its connections say",
    )


def _network_grants(function: Function) -> tuple[Grant, ...]:
    own = SubValue(
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
        + _physical(function)
    )
    return (
        Grant(function.name, "LambdaAttachesItToTheVpc", ENI_ACTIONS, ("*",)),
        Grant(
            function.name,
            "ItsOwnCodeDoesNot",
            ENI_ACTIONS,
            ("*",),
            (Condition("ArnEquals", "lambda:SourceFunctionArn", (own,)),),
            effect="Deny",
        ),
    )


def _function(function: Function, plan: Plan, vpc: Vpc | None) -> Piece:
    optional: dict[str, Any] = {}
    environment = plan.environment(function)
    if environment:
        optional["Environment"] = awslambda.Environment(
            Variables={name: plain(value) for name, value in environment.items()}
        )
    if function.layer is not None:
        optional["Layers"] = [Ref(f"{function.name}Layer")]
    if vpc is not None:
        optional["VpcConfig"] = awslambda.VPCConfig(
            SecurityGroupIds=[GetAtt(function.security_group, "GroupId")],
            SubnetIds=[cfn(subnet) for subnet in vpc.subnet_ids],
        )
    return Piece(
        awslambda.Function(
            function.name,
            FunctionName=Sub(_physical(function)),
            Description=function.description or f"{function.name} of the design",
            Runtime=function.runtime,
            Handler=function.handler,
            Code=awslambda.Code(S3Bucket=Ref(ASSETS_BUCKET), S3Key=Ref(f"{function.name}CodeKey")),
            Role=GetAtt(f"{function.name}Role", "Arn"),
            Timeout=function.timeout,
            MemorySize=function.memory,
            LoggingConfig=awslambda.LoggingConfig(LogGroup=Ref(_log(function))),
            **optional,
        ),
        "The code that answers requests",
    )


def _network(function: Function, plan: Plan, vpc: Vpc) -> Iterator[Piece]:
    if plan.outgoing(function, UsesTable):
        rule = ec2.SecurityGroupRule(
            IpProtocol="tcp",
            FromPort=443,
            ToPort=443,
            CidrIp="0.0.0.0/0",
            Description="HTTPS to DynamoDB; the only route out is its gateway endpoint",
        )
    else:
        # An empty list would leave the group AWS's default rule, which allows everything.
        rule = ec2.SecurityGroupRule(
            IpProtocol="-1", CidrIp="127.0.0.1/32", Description="Nothing leaves by default"
        )
    yield Piece(
        ec2.SecurityGroup(
            function.security_group,
            GroupDescription=f"What {function.name} may open connections to",
            VpcId=cfn(vpc.id),
            SecurityGroupEgress=[rule],
        ),
        "The function's own group: nothing connects to it, and it reaches only what it needs",
    )
    for wire in plan.outgoing(function, ReadsThrough):
        cache = plan.component(wire.target, DaxCluster)
        # A rule of its own: in the group, it and the cache's rule would refer to each other.
        yield Piece(
            ec2.SecurityGroupEgress(
                f"{function.name}To{cache.name}",
                GroupId=GetAtt(function.security_group, "GroupId"),
                IpProtocol="tcp",
                FromPort=cache.PORT,
                ToPort=cache.PORT,
                DestinationSecurityGroupId=GetAtt(cache.security_group, "GroupId"),
                Description=f"DAX protocol to {cache.name}",
            ),
            "The function reaches the cache's port and no other in the network",
        )
