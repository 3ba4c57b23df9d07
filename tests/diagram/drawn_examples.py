"""Architectures to draw: the seven pictures, as bare components and connections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from svg_reading import Seen, seen

from archlib.architecture import Architecture, Arrow, Boundary, Component, Connection
from archlib.diagram import render
from archlib.diagram.picture import Picture
from archlib.scenarios.mytodolist.architecture import architecture as mytodolist

ARROWS = {
    "->": (Arrow.FORWARD, False),
    "<-": (Arrow.BACKWARD, False),
    "<->": (Arrow.BOTH, False),
    "-": (Arrow.NONE, False),
    "..>": (Arrow.FORWARD, True),
    "<..>": (Arrow.BOTH, True),
}


@dataclass(frozen=True)
class Part(Component):
    """A component that is nothing but an icon."""

    picture: str = "aws.compute.Lambda"

    @property
    def icon(self) -> str:
        return self.picture


def drawing(name: str, nodes: str, arrows: str, boxes: tuple[Boundary, ...] = ()) -> Architecture:
    """Lines of ``Name | title | icon | box`` and of ``A -> B | label | note``."""
    parts, connections = [], []
    for line in nodes.strip().splitlines():
        key, title, icon, *box = (cell.strip() for cell in line.split("|"))
        parts.append(Part(key, title, boundary=box[0] if box else None, picture=f"aws.{icon}"))
    for line in arrows.strip().splitlines():
        ends, *rest = (cell.strip() for cell in line.split("|"))
        source, sign, target = ends.split()
        arrow, dashed = ARROWS[sign]
        label, note = [*rest, "", ""][:2]
        connections.append(
            Connection(
                source, target, "uses", label=label, arrow=arrow, dashed=dashed, note=note or None
            )
        )
    return Architecture(name, name.title(), "An example.", tuple(parts), tuple(connections), boxes)


TODO = drawing(
    "todo",
    """
    Client | Mobile client | general.MobileClient
    Files | Amazon S3 | storage.S3
    Api | Amazon API Gateway | network.APIGateway
    Fn | AWS Lambda | compute.Lambda | vpc
    Dax | DAX caching layer | database.DynamodbDax | vpc
    Table | DynamoDB | database.Dynamodb
    Users | Amazon Cognito | security.Cognito
    Sts | AWS STS | security.IdentityAndAccessManagementIamAWSSts
    """,
    """
    Client <-> Files | store / retrieve files | permissions
    Client <-> Api | REST HTTPS
    Client <-> Users | authenticate
    Api <-> Users | verify authentication
    Users <-> Sts | generate temporary credentials
    Api <-> Fn | invoke
    Api -> Api | caching of responses
    Fn <- Dax | query / read
    Dax -> Table
    """,
    (Boundary("vpc", "VPC, private subnets"),),
)
BLOG = drawing(
    "blog",
    """
    Client | Client | general.Client
    CfSite | CloudFront global distribution (static site) | network.CloudFront
    S3Site | S3 (site) | storage.S3
    Api | API Gateway | network.APIGateway
    Fn | Lambda | compute.Lambda
    Dax | DAX | database.DynamodbDax
    Table | DynamoDB | database.Dynamodb
    CfUp | CloudFront global distribution (uploads) | network.CloudFront
    S3Up | S3 (uploads) | storage.S3
    Thumb | Lambda (thumbnail) | compute.Lambda
    S3Thumb | S3 (thumbnails) | storage.S3
    Queue | SQS | integration.SQS
    Topic | SNS | integration.SNS
    """,
    """
    Client <-> CfSite | interaction with edge locations
    CfSite <-> S3Site | OAI: origin access identity | bucket policy only authorizes the OAI
    Client <-> Api | REST HTTPS
    Api <-> Fn | invoke
    Fn <- Dax | query / read
    Dax -> Table
    Client <-> CfUp | upload photos, transfer acceleration
    Client ..> S3Up | direct upload
    CfUp <-> S3Up | OAI
    S3Up -> Thumb | trigger
    Thumb -> S3Thumb | thumbnail
    S3Thumb ..> Queue | optional
    S3Thumb ..> Topic | optional
    """,
)
MAIL = drawing(
    "mail",
    """
    Client | Client | general.Client
    CfSite | CloudFront global distribution (static site) | network.CloudFront
    S3Site | S3 (site) | storage.S3
    Api | API Gateway | network.APIGateway
    Fn | Lambda | compute.Lambda
    Dax | DAX | database.DynamodbDax
    Table | DynamoDB | database.Dynamodb
    Stream | DynamoDB stream | database.DynamodbStreams
    Welcome | Lambda (welcome) | compute.Lambda
    Ses | SES | engagement.SES
    """,
    """
    Client <-> CfSite | interaction with edge locations
    CfSite <-> S3Site | OAI: origin access identity | bucket policy only authorizes the OAI
    Client <-> Api | REST HTTPS
    Api <-> Fn | invoke
    Fn <- Dax | query / read
    Dax -> Table
    Table -> Stream | stream changes
    Stream -> Welcome | invoke lambda
    Welcome -> Ses | SDK to send email | the function has an IAM role
    """,
)
MICRO = drawing(
    "micro",
    """
    Users | Users | general.Users
    Dns | Route 53 | network.Route53
    Elb1 | ELB | network.ELB | one
    Ecs | ECS | compute.ECS | one
    Table | DynamoDB | database.Dynamodb | one
    Api | API Gateway | network.APIGateway | two
    Fn | Lambda | compute.Lambda | two
    Cache | ElastiCache | database.Elasticache | two
    Elb3 | ELB | network.ELB | three
    Asg | EC2 Auto Scaling | compute.EC2AutoScaling | three
    Rds | RDS | database.RDS | three
    """,
    """
    Users <-> Dns | DNS query
    Users <-> Elb1 | HTTPS
    Users <-> Api | HTTPS
    Users <-> Elb3 | HTTPS
    Elb1 <-> Ecs
    Ecs <-> Table
    Api <-> Fn
    Fn <-> Cache
    Fn ..> Elb1 | service 2 calls service 1
    Elb3 <-> Asg
    Asg <-> Rds
    Asg ..> Api | service 3 calls service 2
    """,
    (
        Boundary("one", "service1.example.com"),
        Boundary("two", "service2.example.com"),
        Boundary("three", "service3.example.com"),
    ),
)
PAID = drawing(
    "paid",
    """
    Client | Client | general.Client
    Cf | CloudFront global distribution | network.CloudFront
    Files | S3 | storage.S3
    ApiUrl | API Gateway (signed URL) | network.APIGateway
    FnUrl | Lambda (signed URL) | compute.Lambda
    ApiP | API Gateway (premium users) | network.APIGateway
    FnP | Lambda (premium users) | compute.Lambda
    Table | DynamoDB | database.Dynamodb
    Users | Cognito | security.Cognito
    """,
    """
    Client <-> Users | authenticate
    Client -> ApiUrl | query for URL
    ApiUrl -> Client | signed URL
    ApiUrl <-> Users | verify auth
    ApiUrl <-> FnUrl | invoke
    FnUrl <..> Table | verify premium user
    FnUrl <..> Cf | generate CloudFront signed URL with the SDK, expiration 5 minutes
    ApiP <-> FnP | invoke
    FnP <-> Table | query / read
    Client <-> Cf | use signed URL
    Cf <-> Files | OAI: origin access identity | bucket policy only authorizes the OAI
    """,
)
UPDATES = drawing(
    "updates",
    """
    Users | Users | general.Users
    Cf | CloudFront | network.CloudFront
    Elb | ELB | network.ELB
    A1 | M5 instance | compute.EC2 | a
    A2 | M5 instance | compute.EC2 | a
    B1 | M5 instance | compute.EC2 | b
    B2 | M5 instance | compute.EC2 | b
    C1 | M5 instance | compute.EC2 | c
    Efs | Amazon EFS | storage.EFS
    """,
    """
    Users - Cf
    Cf -> Elb
    Elb <-> A1
    Elb <-> A2
    Elb <-> B1
    Elb <-> B2
    Elb <-> C1
    A1 -> Efs
    A2 -> Efs
    B1 -> Efs
    B2 -> Efs
    C1 -> Efs
    """,
    (
        Boundary("asg", "Auto Scaling group"),
        Boundary("a", "Availability zone", "asg"),
        Boundary("b", "Availability zone", "asg"),
        Boundary("c", "Availability zone", "asg"),
    ),
)
DATA = drawing(
    "data",
    """
    Devices | IoT devices | iot.IotSensor
    Core | IoT Core | iot.IotCore
    Streams | Kinesis Data Streams | analytics.KinesisDataStreams
    Firehose | Kinesis Data Firehose | analytics.KinesisDataFirehose
    Transform | Lambda (transform) | compute.Lambda
    Ingest | S3 (ingestion bucket) | storage.S3
    Queue | SQS (optional) | integration.SQS
    Trigger | Lambda (trigger) | compute.Lambda
    Athena | Athena | analytics.Athena
    Reports | S3 (reporting bucket) | storage.S3
    QuickSight | QuickSight | analytics.Quicksight
    Redshift | Redshift (not serverless) | analytics.Redshift
    """,
    """
    Devices -> Core | MQTT
    Core -> Streams | real-time
    Streams -> Firehose
    Firehose <-> Transform
    Firehose -> Ingest | every 1 minute
    Ingest -> Queue
    Queue -> Trigger
    Trigger -> Athena | trigger
    Ingest -> Athena | pull data
    Athena -> Reports
    Reports ..> QuickSight
    Reports ..> Redshift
    Redshift ..> QuickSight
    """,
)
EXAMPLES = {a.name: a for a in (TODO, BLOG, MAIL, MICRO, PAID, UPDATES, DATA)}
ALL = {**EXAMPLES, "mytodolist": mytodolist(), "mytodolist-no-dax": mytodolist(dax=False)}


@cache
def drawn(name: str) -> tuple[Picture, tuple[Seen, ...]]:
    """An example's picture and what is seen on it, made once for the whole session."""
    picture = render(ALL[name])
    return picture, tuple(seen(picture.svg))
