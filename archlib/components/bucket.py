"""The CloudFormation resources of a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from troposphere import Ref, Sub, s3

from archlib.architecture.values import Attribute
from archlib.components.base import Piece
from archlib.components.cdn import ReachesOrigin
from archlib.components.clients import StoresFiles, Uploads
from archlib.components.compute import Function
from archlib.components.intrinsics import cfn
from archlib.components.messaging import Queue, Topic
from archlib.components.statements import policy
from archlib.components.storage import Bucket, Notifies

if TYPE_CHECKING:
    from archlib.components.plan import Plan


def pieces(bucket: Bucket, plan: Plan) -> Iterator[Piece]:
    """The bucket and its policy.

    CloudFormation refuses to delete a bucket that holds objects, so deleting the stack
    cannot lose files.
    """
    yield Piece(
        s3.Bucket(
            bucket.name,
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Delete",
            BucketEncryption=s3.BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    s3.ServerSideEncryptionRule(
                        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(
                            SSEAlgorithm="AES256"
                        )
                    )
                ]
            ),
            OwnershipControls=s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True,
                BlockPublicPolicy=True,
                IgnorePublicAcls=True,
                RestrictPublicBuckets=True,
            ),
            **_optional(bucket, plan),
        ),
        bucket.purpose,
    )
    readers = plan.incoming(bucket, ReachesOrigin)
    yield Piece(
        s3.BucketPolicy(
            f"{bucket.name}Policy",
            Bucket=Ref(bucket.name),
            PolicyDocument=policy(
                [
                    {
                        "Sid": "RefusesPlainHttp",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [
                            Attribute(bucket.name, "Arn").intrinsic(),
                            Sub("${" + bucket.name + ".Arn}/*").to_dict(),
                        ],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                    *(wire.statement(bucket) for wire in readers),
                ]
            ),
        ),
        "Denies every request that did not come over TLS"
        + "".join(f"; of all others, admits {wire.source} alone" for wire in readers),
    )


def _optional(bucket: Bucket, plan: Plan) -> dict[str, Any]:
    optional: dict[str, Any] = {}
    if bucket.named is not None:
        optional["BucketName"] = cfn(bucket.bucket_name)
    if bucket.accelerated:
        optional["AccelerateConfiguration"] = s3.AccelerateConfiguration(
            AccelerationStatus="Enabled"
        )
    methods: list[str] = []
    if plan.incoming(bucket, StoresFiles):
        methods = ["GET", "PUT", "HEAD", "DELETE"]
    elif plan.incoming(bucket, Uploads):
        methods = ["PUT", "POST"]
    if methods:
        optional["CorsConfiguration"] = s3.CorsConfiguration(
            CorsRules=[
                s3.CorsRules(
                    AllowedOrigins=list(bucket.origins),
                    AllowedMethods=methods,
                    AllowedHeaders=["*"],
                    ExposedHeaders=["ETag"],
                    MaxAge=600,
                )
            ]
        )
    told = plan.outgoing(bucket, Notifies)
    if told:
        # S3 asks every target, as the configuration is put, whether it would be admitted.
        optional["DependsOn"] = [_admission(wire, plan) for wire in told]
        optional["NotificationConfiguration"] = _notifications(told, plan)
    return optional


def _admission(wire: Notifies, plan: Plan) -> str:
    if wire.permissions:
        return f"{wire.target}{wire.permissions[0].suffix}"
    return f"{wire.target}Policy"


def _notifications(told: tuple[Notifies, ...], plan: Plan) -> s3.NotificationConfiguration:
    kinds: dict[str, list[Any]] = {}
    for wire in told:
        target = plan.architecture.component(wire.target)
        for kind, (section, configuration, key) in _TARGETS.items():
            if isinstance(target, kind):
                for event in wire.events:
                    arn = Ref(target.name) if kind is Topic else cfn(Attribute(target.name, "Arn"))
                    kinds.setdefault(section, []).append(
                        configuration(Event=event, **{key: arn}, **_filter(wire))
                    )
    return s3.NotificationConfiguration(**kinds)


_TARGETS: dict[type, tuple[str, Any, str]] = {
    Function: ("LambdaConfigurations", s3.LambdaConfigurations, "Function"),
    Queue: ("QueueConfigurations", s3.QueueConfigurations, "Queue"),
    Topic: ("TopicConfigurations", s3.TopicConfigurations, "Topic"),
}
"""For each kind of target: the section it is listed in, its class, and the property of its ARN."""


def _filter(wire: Notifies) -> dict[str, Any]:
    rules = [
        s3.Rules(Name=name, Value=value)
        for name, value in (("prefix", wire.prefix), ("suffix", wire.suffix))
        if value
    ]
    return {"Filter": s3.Filter(S3Key=s3.S3Key(Rules=rules))} if rules else {}
