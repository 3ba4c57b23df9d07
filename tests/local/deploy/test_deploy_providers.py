# ruff: noqa: E501 - templates read better with one resource a line
"""Every resource type made, changed and taken away again; nothing stays behind.

The whole cloud runs, so that the planes keep what moto drops.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud
from archlib.local.deploy.providers import TYPES

LOG_DELIVERY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Resource": "arn:aws:s3:::access-logs/*",
        }
    ],
}

Look = Callable[[Any, dict[str, str]], Any]


@pytest.fixture(scope="module")
def whole(site_type: Any) -> Iterator[Any]:
    with LocalCloud() as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="assets")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", "def handler(event, context):\n    return 1\n")
        s3.put_object(Bucket="assets", Key="code.zip", Body=buffer.getvalue())
        s3.create_bucket(Bucket="access-logs")
        s3.put_bucket_policy(Bucket="access-logs", Policy=json.dumps(LOG_DELIVERY))
        yield site_type(cloud)


def inventory(cloud: LocalCloud) -> dict[str, Any]:
    """Everything that the listings of the account show, by name."""
    ec2 = cloud.raw("ec2")
    identity = cloud.control("cognito-identity")
    pools = cloud.raw("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    found = {
        "apis": [a["id"] for a in cloud.raw("apigateway").get_rest_apis()["items"]],
        "keys": [a["id"] for a in cloud.raw("apigateway").get_api_keys()["items"]],
        "plans": [a["id"] for a in cloud.raw("apigateway").get_usage_plans()["items"]],
        "alarms": cloud.raw("cloudwatch").describe_alarms()["MetricAlarms"],
        "user pools": [pool["Id"] for pool in pools],
        "identity pools": identity.list_identity_pools(MaxResults=60)["IdentityPools"],
        "clusters": cloud.control("dax").describe_clusters()["Clusters"],
        "subnet groups": [
            g["SubnetGroupName"]
            for g in cloud.control("dax").describe_subnet_groups()["SubnetGroups"]
        ],
        "parameter groups": [
            g["ParameterGroupName"]
            for g in cloud.control("dax").describe_parameter_groups()["ParameterGroups"]
        ],
        "tables": cloud.raw("dynamodb").list_tables()["TableNames"],
        "functions": [f["FunctionName"] for f in cloud.raw("lambda").list_functions()["Functions"]],
        "layers": cloud.raw("lambda").list_layers()["Layers"],
        "roles": [r["RoleName"] for r in cloud.raw("iam").list_roles()["Roles"]],
        "users": cloud.raw("iam").list_users()["Users"],
        "groups": cloud.raw("iam").list_groups()["Groups"],
        "policies": cloud.raw("iam").list_policies(Scope="Local")["Policies"],
        "logs": [g["logGroupName"] for g in cloud.raw("logs").describe_log_groups()["logGroups"]],
        "queues": cloud.raw("sqs").list_queues().get("QueueUrls", []),
        "topics": cloud.raw("sns").list_topics()["Topics"],
        "subscriptions": cloud.raw("sns").list_subscriptions()["Subscriptions"],
        "buckets": [b["Name"] for b in cloud.raw("s3").list_buckets()["Buckets"]],
        "secrets": cloud.control("secretsmanager").list_secrets()["SecretList"],
        "parameters": [p["Name"] for p in cloud.control("ssm").describe_parameters()["Parameters"]],
        "aliases": [
            a["AliasName"]
            for a in cloud.control("kms").list_aliases()["Aliases"]
            if not a["AliasName"].startswith("alias/aws/")
        ],
        "vpcs": [v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"]],
        "subnets": [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]],
        "route tables": sorted(
            t["RouteTableId"] for t in ec2.describe_route_tables()["RouteTables"]
        ),
        "security groups": sorted(
            g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"]
        ),
        "gateways": ec2.describe_internet_gateways()["InternetGateways"],
        "endpoints": [
            e["VpcEndpointId"]
            for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]
            if e.get("State") != "deleted"
        ],
        "network acls": sorted(
            a["NetworkAclId"] for a in ec2.describe_network_acls()["NetworkAcls"]
        ),
    }
    return found


@dataclass(frozen=True)
class Case:
    """A template with ``<old|new>`` alternatives, and what to look at in either state."""

    name: str
    template: str
    look: Look
    old: Any
    new: Any
    replaced: tuple[str, ...] = ()

    def text(self, index: int) -> str:
        parts = self.template.split("<")
        text = parts[0]
        for part in parts[1:]:
            choice, _, rest = part.partition(">")
            text += choice.split("|")[index] + rest
        return text


TRUST = """{Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'sts:AssumeRole',
        Principal: {Service: lambda.amazonaws.com}}]}"""
PERMIT = """{Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'logs:<PutLogEvents|CreateLogStream>',
        Resource: '*'}]}"""
ROLE = f"""
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {TRUST}
"""


def _bucket(cloud: Any, ids: dict[str, str]) -> Any:
    s3, name = cloud.raw("s3"), ids["B"]
    return {
        "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
        "cors": s3.get_bucket_cors(Bucket=name)["CORSRules"][0]["MaxAgeSeconds"],
        "days": [
            rule["Expiration"]["Days"]
            for rule in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
        ],
        "block": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"][
            "BlockPublicPolicy"
        ],
        "owner": s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0][
            "ObjectOwnership"
        ],
        "encryption": s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"][
            "Rules"
        ][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "website": s3.get_bucket_website(Bucket=name)["IndexDocument"]["Suffix"],
        "accelerate": s3.get_bucket_accelerate_configuration(Bucket=name).get("Status"),
        "tags": s3.get_bucket_tagging(Bucket=name)["TagSet"],
        "log": s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]["TargetPrefix"],
        "notify": s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"][0][
            "Events"
        ],
        "policy": json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]["Effect"],
    }


def _api(cloud: Any, ids: dict[str, str]) -> Any:
    gateway, api = cloud.control("apigateway"), ids["Api"]
    method = gateway.get_method(restApiId=api, resourceId=ids["Item"], httpMethod="GET")
    stage = gateway.get_stage(restApiId=api, stageName="live")
    plan = gateway.get_usage_plan(usagePlanId=ids["Plan"])
    validator = gateway.get_request_validator(restApiId=api, requestValidatorId=ids["Validator"])
    answer = gateway.get_gateway_response(restApiId=api, responseType="DEFAULT_4XX")
    return {
        "description": gateway.get_rest_api(restApiId=api)["description"],
        "binary": gateway.get_rest_api(restApiId=api).get("binaryMediaTypes"),
        "authorizer": gateway.get_authorizer(restApiId=api, authorizerId=ids["Guard"])[
            "authorizerResultTtlInSeconds"
        ],
        "validator": validator["validateRequestBody"],
        "model": json.loads(gateway.get_model(restApiId=api, modelName="Thing")["schema"])["type"],
        "key required": method["apiKeyRequired"],
        "template": method["methodIntegration"]["requestTemplates"]["application/json"],
        "responses": sorted(method["methodIntegration"]["integrationResponses"]),
        "ttl": stage["methodSettings"]["items/GET"]["cacheTtlInSeconds"],
        "variables": stage["variables"],
        "cluster": stage["cacheClusterEnabled"],
        "header": answer["responseParameters"]["gatewayresponse.header.X"],
        "key": gateway.get_api_key(apiKey=ids["Key"])["description"],
        "throttle": plan["throttle"]["burstLimit"],
        "plan keys": [k["id"] == ids["Key"] for k in gateway.get_usage_plan_keys(
            usagePlanId=ids["Plan"])["items"]],
    }  # fmt: skip


def _function(cloud: Any, ids: dict[str, str]) -> Any:
    client = cloud.control("lambda")
    found = client.get_function_configuration(FunctionName=ids["F"])
    invoke = client.get_function_event_invoke_config(FunctionName=ids["F"], Qualifier="$LATEST")
    alias = client.get_alias(FunctionName=ids["F"], Name="live")
    policy = json.loads(client.get_policy(FunctionName=ids["F"])["Policy"])["Statement"][0]
    return {
        "timeout": found["Timeout"],
        "memory": found["MemorySize"],
        "environment": found.get("Environment", {}).get("Variables", {}),
        "layers": len(found.get("Layers", [])),
        "retries": invoke["MaximumRetryAttempts"],
        "alias": alias["Description"],
        "account": policy["Condition"]["StringEquals"]["AWS:SourceAccount"],
        "reserved": client.get_function_concurrency(FunctionName=ids["F"]).get(
            "ReservedConcurrentExecutions"
        ),
        "tags": client.list_tags(Resource=found["FunctionArn"])["Tags"],
    }


def _iam(cloud: Any, ids: dict[str, str]) -> Any:
    iam = cloud.raw("iam")
    managed = iam.get_policy(PolicyArn=ids["Managed"])["Policy"]
    version = iam.get_policy_version(
        PolicyArn=ids["Managed"], VersionId=managed["DefaultVersionId"]
    )["PolicyVersion"]["Document"]
    inline = iam.get_role_policy(RoleName=ids["Role"], PolicyName="extra")["PolicyDocument"]
    keys = iam.list_access_keys(UserName=ids["User"])["AccessKeyMetadata"]
    return {
        "managed": version["Statement"][0]["Action"],
        "attached": [
            p["PolicyArn"] == ids["Managed"]
            for p in iam.list_attached_role_policies(RoleName=ids["Role"])["AttachedPolicies"]
        ],
        "inline": inline["Statement"][0]["Action"],
        "own": iam.list_role_policies(RoleName=ids["Role"])["PolicyNames"],
        "session": iam.get_role(RoleName=ids["Role"])["Role"]["MaxSessionDuration"],
        "groups": len(iam.list_groups_for_user(UserName=ids["User"])["Groups"]),
        "key": keys[0]["Status"],
        "tags": iam.list_user_tags(UserName=ids["User"])["Tags"],
    }


def _table(cloud: Any, ids: dict[str, str]) -> Any:
    client = cloud.control("dynamodb")
    table = client.describe_table(TableName=ids["T"])["Table"]
    backups = client.describe_continuous_backups(TableName=ids["T"])["ContinuousBackupsDescription"]
    return {
        "billing": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "indexes": sorted(i["IndexName"] for i in table.get("GlobalSecondaryIndexes", ())),
        "stream": table.get("StreamSpecification", {}).get("StreamViewType"),
        "ttl": client.describe_time_to_live(TableName=ids["T"])["TimeToLiveDescription"][
            "TimeToLiveStatus"
        ],
        "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        "protected": table["DeletionProtectionEnabled"],
        "tags": client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"],
    }


def _dax(cloud: Any, ids: dict[str, str]) -> Any:
    client = cloud.control("dax")
    cluster = client.describe_clusters(ClusterNames=[ids["C"]])["Clusters"][0]
    parameters = client.describe_parameters(ParameterGroupName=ids["P"])["Parameters"]
    return {
        "description": cluster["Description"],
        "nodes": cluster["TotalNodes"],
        "subnets": cluster["SubnetGroup"] == ids["S"],
        "ttl": {p["ParameterName"]: p["ParameterValue"] for p in parameters}["record-ttl-millis"],
    }


def _cognito(cloud: Any, ids: dict[str, str]) -> Any:
    idp, identity = cloud.control("cognito-idp"), cloud.control("cognito-identity")
    pool = idp.describe_user_pool(UserPoolId=ids["Pool"])["UserPool"]
    client = idp.describe_user_pool_client(UserPoolId=ids["Pool"], ClientId=ids["App"])
    roles = identity.get_identity_pool_roles(IdentityPoolId=ids["Identities"])
    return {
        "length": pool["Policies"]["PasswordPolicy"]["MinimumLength"],
        "flows": client["UserPoolClient"]["ExplicitAuthFlows"],
        "minutes": client["UserPoolClient"]["IdTokenValidity"],
        "group": idp.get_group(UserPoolId=ids["Pool"], GroupName="admins")["Group"]["Description"],
        "classic": identity.describe_identity_pool(IdentityPoolId=ids["Identities"]).get(
            "AllowClassicFlow"
        ),
        "roles": sorted(roles["Roles"]),
    }


def _network(cloud: Any, ids: dict[str, str]) -> Any:
    ec2 = cloud.raw("ec2")
    group = ec2.describe_security_groups(GroupIds=[ids["Sg"]])["SecurityGroups"][0]
    routes = ec2.describe_route_tables(RouteTableIds=[ids["Table"]])["RouteTables"][0]
    endpoint = ec2.describe_vpc_endpoints(VpcEndpointIds=[ids["Endpoint"]])["VpcEndpoints"][0]
    dns = ec2.describe_vpc_attribute(VpcId=ids["Vpc"], Attribute="enableDnsHostnames")
    return {
        "dns": dns["EnableDnsHostnames"]["Value"],
        "public": ec2.describe_subnets(SubnetIds=[ids["Subnet"]])["Subnets"][0][
            "MapPublicIpOnLaunch"
        ],
        "ingress": sorted(p["FromPort"] for p in group["IpPermissions"]),
        "egress": sorted(p.get("FromPort", -1) for p in group["IpPermissionsEgress"]),
        "routes": sorted(
            r["DestinationCidrBlock"] for r in routes["Routes"] if "DestinationCidrBlock" in r
        ),
        "associated": [a.get("SubnetId") == ids["Subnet"] for a in routes["Associations"]],
        "endpoint": len(endpoint["RouteTableIds"]),
        "tags": [t["Value"] for t in group.get("Tags", ())],
    }


def _messages(cloud: Any, ids: dict[str, str]) -> Any:
    sqs, sns = cloud.raw("sqs"), cloud.raw("sns")
    queue = sqs.get_queue_attributes(QueueUrl=ids["Q"], AttributeNames=["All"])["Attributes"]
    subscription = sns.get_subscription_attributes(SubscriptionArn=ids["Sub"])["Attributes"]
    topic = sns.get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
    return {
        "visibility": queue["VisibilityTimeout"],
        "queue policy": json.loads(queue["Policy"])["Statement"][0]["Sid"],
        "display": topic["DisplayName"],
        "topic policy": json.loads(topic["Policy"])["Statement"][0]["Sid"],
        "raw": subscription["RawMessageDelivery"],
        "subscribers": len(sns.list_subscriptions_by_topic(TopicArn=ids["Topic"])["Subscriptions"]),
    }


def _secrets(cloud: Any, ids: dict[str, str]) -> Any:
    kms = cloud.control("kms")
    secret = cloud.control("secretsmanager").get_secret_value(SecretId=ids["S"])["SecretString"]
    return {
        "value": cloud.control("ssm").get_parameter(Name=ids["P"])["Parameter"]["Value"],
        "rotates": kms.get_key_rotation_status(KeyId=ids["K"])["KeyRotationEnabled"],
        "about": kms.describe_key(KeyId=ids["K"])["KeyMetadata"]["Description"],
        "alias": kms.describe_key(KeyId="alias/mine")["KeyMetadata"]["KeyId"] == ids["K"],
        "secret": (json.loads(secret)["user"], len(json.loads(secret)["password"])),
    }


def _logs(cloud: Any, ids: dict[str, str]) -> Any:
    groups = cloud.raw("logs").describe_log_groups(logGroupNamePrefix=ids["L"])["logGroups"]
    alarm = cloud.raw("cloudwatch").describe_alarms(AlarmNames=[ids["A"]])["MetricAlarms"][0]
    return {"days": groups[0].get("retentionInDays"), "threshold": alarm["Threshold"]}


CASES = (
    Case(
        "bucket",
        """
Resources:
  Q: {Type: AWS::SQS::Queue}
  QP:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Q]
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'sqs:SendMessage',
        Principal: {Service: s3.amazonaws.com}, Resource: !GetAtt Q.Arn}]}
  B:
    Type: AWS::S3::Bucket
    DependsOn: QP
    Properties:
      VersioningConfiguration: {Status: <Enabled|Suspended>}
      CorsConfiguration: {CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ['*'], MaxAge: <5|6>}]}
      LifecycleConfiguration: {Rules: [{Status: Enabled, ExpirationInDays: <1|2>, Prefix: a/}]}
      PublicAccessBlockConfiguration: {BlockPublicPolicy: <true|false>}
      OwnershipControls: {Rules: [{ObjectOwnership: <BucketOwnerEnforced|BucketOwnerPreferred>}]}
      BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault:
        {SSEAlgorithm: <AES256|aws:kms>}}]}
      WebsiteConfiguration: {IndexDocument: <index|home>.html}
      AccelerateConfiguration: {AccelerationStatus: <Enabled|Suspended>}
      LoggingConfiguration: {DestinationBucketName: access-logs, LogFilePrefix: <a|b>}
      NotificationConfiguration: {QueueConfigurations: [{Event: 's3:Object<Created|Removed>:*',
        Queue: !GetAtt Q.Arn}]}
      Tags: [{Key: a, Value: '<1|2>'}]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: <Deny|Allow>, Action: 's3:GetObject',
        Principal: {AWS: !Ref AWS::AccountId}, Resource: !Sub '${B.Arn}/*'}]}
""",
        _bucket,
        {
            "versioning": "Enabled",
            "cors": 5,
            "days": [1],
            "block": True,
            "owner": "BucketOwnerEnforced",
            "encryption": "AES256",
            "website": "index.html",
            "accelerate": "Enabled",
            "tags": [{"Key": "a", "Value": "1"}],
            "log": "a",
            "notify": ["s3:ObjectCreated:*"],
            "policy": "Deny",
        },
        {
            "versioning": "Suspended",
            "cors": 6,
            "days": [2],
            "block": False,
            "owner": "BucketOwnerPreferred",
            "encryption": "aws:kms",
            "website": "home.html",
            "accelerate": "Suspended",
            "tags": [{"Key": "a", "Value": "2"}],
            "log": "b",
            "notify": ["s3:ObjectRemoved:*"],
            "policy": "Allow",
        },
    ),
    Case(
        "api",
        """
Resources:
  Pool: {Type: AWS::Cognito::UserPool}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: x, Description: <one|two>, BinaryMediaTypes: [<image/png|image/gif>],
      EndpointConfiguration: {Types: [REGIONAL]}, Tags: [{Key: a, Value: '<1|2>'}]}
  Guard:
    Type: AWS::ApiGateway::Authorizer
    Properties: {RestApiId: !Ref Api, Name: g, Type: COGNITO_USER_POOLS,
      ProviderARNs: [!GetAtt Pool.Arn], IdentitySource: method.request.header.Authorization,
      AuthorizerResultTtlInSeconds: <10|20>}
  Validator:
    Type: AWS::ApiGateway::RequestValidator
    Properties: {RestApiId: !Ref Api, Name: v, ValidateRequestBody: <true|false>}
  Model:
    Type: AWS::ApiGateway::Model
    Properties: {RestApiId: !Ref Api, Name: Thing, ContentType: application/json,
      Schema: {type: <object|array>}}
  Item:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: items}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Item
      HttpMethod: GET
      AuthorizationType: COGNITO_USER_POOLS
      AuthorizerId: !Ref Guard
      ApiKeyRequired: <false|true>
      RequestValidatorId: !Ref Validator
      MethodResponses: [{StatusCode: 200}, {StatusCode: 400}]
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{"statusCode": <200|400>}'}
        IntegrationResponses: [{StatusCode: '<200|400>'}]
  Four:
    Type: AWS::ApiGateway::GatewayResponse
    Properties: {RestApiId: !Ref Api, ResponseType: DEFAULT_4XX,
      ResponseParameters: {gatewayresponse.header.X: "'<a|b>'"}}
  Deployment<1|2>:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Get
    Properties: {RestApiId: !Ref Api}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment<1|2>
      StageName: live
      Variables: {<a: b|c: d>}
      CacheClusterEnabled: <true|false>
      MethodSettings: [{ResourcePath: /~1items, HttpMethod: GET, CachingEnabled: true,
        CacheTtlInSeconds: <30|40>}]
  Key: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: true, Description: <k|l>}}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties: {ApiStages: [{ApiId: !Ref Api, Stage: !Ref Stage}],
      Throttle: {BurstLimit: <5|6>, RateLimit: 2}, Quota: {Limit: 9, Period: DAY}}
  PlanKey:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}
  Account: {Type: AWS::ApiGateway::Account}
""",
        _api,
        {
            "description": "one",
            "binary": ["image/png"],
            "authorizer": 10,
            "validator": True,
            "model": "object",
            "key required": False,
            "template": '{"statusCode": 200}',
            "responses": ["200"],
            "ttl": 30,
            "variables": {"a": "b"},
            "cluster": True,
            "header": "'a'",
            "key": "k",
            "throttle": 5,
            "plan keys": [True],
        },
        {
            "description": "two",
            "binary": ["image/gif"],
            "authorizer": 20,
            "validator": False,
            "model": "array",
            "key required": True,
            "template": '{"statusCode": 400}',
            "responses": ["400"],
            "ttl": 40,
            "variables": {"c": "d"},
            "cluster": False,
            "header": "'b'",
            "key": "l",
            "throttle": 6,
            "plan keys": [True],
        },
    ),
    Case(
        "function",
        f"""
Resources:
{ROLE}
  Layer:
    Type: AWS::Lambda::LayerVersion
    Properties: {{Content: {{S3Bucket: assets, S3Key: code.zip}}, CompatibleRuntimes: [python3.12]}}
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: <5|6>
      <MemorySize: 256|Description: smaller>
      Code: {{ZipFile: "def handler(e, c): return <1|2>"}}
      Environment: {{Variables: {{A: '<1|2>'}}}}
      Layers: [<!Ref Layer|>]
      ReservedConcurrentExecutions: <3|4>
      Tags: [{{Key: a, Value: '<1|2>'}}]
  Version: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref F}}}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {{FunctionName: !Ref F, FunctionVersion: !GetAtt Version.Version, Name: live,
      Description: <old|new>}}
  Invoke:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {{FunctionName: !Ref F, Qualifier: $LATEST, MaximumRetryAttempts: <0|1>}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {{FunctionName: !Ref F, Action: lambda:InvokeFunction, Principal: s3.amazonaws.com,
      SourceAccount: '<111111111111|222222222222>'}}
""",
        _function,
        {
            "timeout": 5,
            "memory": 256,
            "environment": {"A": "1"},
            "layers": 1,
            "retries": 0,
            "alias": "old",
            "account": "111111111111",
            "reserved": 3,
            "tags": {"a": "1"},
        },
        {
            "timeout": 6,
            "memory": 128,
            "environment": {"A": "2"},
            "layers": 0,
            "retries": 1,
            "alias": "new",
            "account": "222222222222",
            "reserved": 4,
            "tags": {"a": "2"},
        },
        replaced=("Permission",),
    ),
    Case(
        "iam",
        f"""
Resources:
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties: {{PolicyDocument: {PERMIT}, Roles: [<!Ref Role|>]}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {TRUST}
      MaxSessionDuration: <3600|7200>
      Policies: [{{PolicyName: <a|b>, PolicyDocument: {PERMIT}}}]
  Extra:
    Type: AWS::IAM::Policy
    Properties: {{PolicyName: extra, Roles: [!Ref Role], PolicyDocument: {PERMIT}}}
  Team: {{Type: AWS::IAM::Group}}
  User:
    Type: AWS::IAM::User
    Properties:
      Groups: [<!Ref Team|>]
      Tags: [{{Key: a, Value: '<1|2>'}}]
      Policies: [{{PolicyName: p, PolicyDocument: {PERMIT}}}]
  Key: {{Type: AWS::IAM::AccessKey, Properties: {{UserName: !Ref User, Status: <Active|Inactive>}}}}
""",
        _iam,
        {
            "managed": "logs:PutLogEvents",
            "attached": [True],
            "inline": "logs:PutLogEvents",
            "own": ["a", "extra"],
            "session": 3600,
            "groups": 1,
            "key": "Active",
            "tags": [{"Key": "a", "Value": "1"}],
        },
        {
            "managed": "logs:CreateLogStream",
            "attached": [],
            "inline": "logs:CreateLogStream",
            "own": ["extra", "b"],
            "session": 7200,
            "groups": 0,
            "key": "Inactive",
            "tags": [{"Key": "a", "Value": "2"}],
        },
    ),
    Case(
        "table",
        """
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: <PAY_PER_REQUEST|PROVISIONED>
      <TableClass: STANDARD|ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}>
      AttributeDefinitions: [{AttributeName: a, AttributeType: S}, {AttributeName: b, AttributeType: S}]
      KeySchema: [{AttributeName: a, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: <one|two>
          KeySchema: [{AttributeName: b, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          <OnDemandThroughput: {MaxReadRequestUnits: 9}|ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}>
      StreamSpecification: {StreamViewType: <NEW_IMAGE|KEYS_ONLY>}
      TimeToLiveSpecification: {AttributeName: ends, Enabled: <true|false>}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: <true|false>}
      SSESpecification: {SSEEnabled: true}
      DeletionProtectionEnabled: <true|false>
      Tags: [{Key: a, Value: '<1|2>'}]
Outputs: {Stream: {Value: !GetAtt T.StreamArn}}
""",
        _table,
        {
            "billing": "PAY_PER_REQUEST",
            "indexes": ["one"],
            "stream": "NEW_IMAGE",
            "ttl": "ENABLED",
            "recovery": "ENABLED",
            "protected": True,
            "tags": [{"Key": "a", "Value": "1"}],
        },
        {
            "billing": "PROVISIONED",
            "indexes": ["two"],
            "stream": "KEYS_ONLY",
            "ttl": "DISABLED",
            "recovery": "DISABLED",
            "protected": False,
            "tags": [{"Key": "a", "Value": "2"}],
        },
    ),
    Case(
        "dax",
        """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow,
        Action: 'sts:AssumeRole', Principal: {Service: dax.amazonaws.com}}]}
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Sub1: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24,
    AvailabilityZone: !Select [0, !GetAZs '']}}
  Sub2: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24,
    AvailabilityZone: !Select [1, !GetAZs '']}}
  S: {Type: AWS::DAX::SubnetGroup, Properties: {SubnetIds: [!Ref Sub1, !Ref Sub2]}}
  P:
    Type: AWS::DAX::ParameterGroup
    Properties: {ParameterNameValues: {<record-ttl-millis: '1000'|query-ttl-millis: '2000'>}}
  C:
    Type: AWS::DAX::Cluster
    Properties: {NodeType: dax.t3.small, ReplicationFactor: <2|3>, IAMRoleARN: !GetAtt Role.Arn,
      SubnetGroupName: !Ref S, ParameterGroupName: !Ref P, Description: <old|new>,
      SSESpecification: {SSEEnabled: true}}
Outputs: {Url: {Value: !GetAtt C.ClusterDiscoveryEndpointURL}}
""",
        _dax,
        {"description": "old", "nodes": 2, "subnets": True, "ttl": "1000"},
        {"description": "new", "nodes": 3, "subnets": True, "ttl": "300000"},
    ),
    Case(
        "cognito",
        f"""
Resources:
{ROLE}
  Pool:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: people
      Policies: {{PasswordPolicy: {{MinimumLength: <10|12>, RequireNumbers: true}}}}
      AutoVerifiedAttributes: [email]
      AdminCreateUserConfig: {{AllowAdminCreateUserOnly: false}}
      Schema: [{{Name: email, AttributeDataType: String, Required: true, Mutable: true}}]
  App:
    Type: AWS::Cognito::UserPoolClient
    Properties: {{UserPoolId: !Ref Pool, ExplicitAuthFlows: [<ALLOW_USER_SRP_AUTH|ALLOW_USER_PASSWORD_AUTH>,
      ALLOW_REFRESH_TOKEN_AUTH], IdTokenValidity: <30|60>, TokenValidityUnits: {{IdToken: minutes}}}}
  Admins:
    Type: AWS::Cognito::UserPoolGroup
    Properties: {{UserPoolId: !Ref Pool, GroupName: admins, Description: <a|b>}}
  Identities:
    Type: AWS::Cognito::IdentityPool
    Properties:
      AllowUnauthenticatedIdentities: false
      AllowClassicFlow: <false|true>
      CognitoIdentityProviders: [{{ClientId: !Ref App, ProviderName: !GetAtt Pool.ProviderName}}]
  Roles:
    Type: AWS::Cognito::IdentityPoolRoleAttachment
    Properties: {{IdentityPoolId: !Ref Identities, Roles: {{<authenticated|unauthenticated>: !GetAtt Role.Arn}}}}
""",
        _cognito,
        {
            "length": 10,
            "flows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "minutes": 30,
            "group": "a",
            "classic": False,
            "roles": ["authenticated"],
        },
        {
            "length": 12,
            "flows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "minutes": 60,
            "group": "b",
            "classic": True,
            "roles": ["unauthenticated"],
        },
    ),
    Case(
        "network",
        """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: <true|false>}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24,
    MapPublicIpOnLaunch: <true|false>}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc,
    InternetGatewayId: !Ref Gateway}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Other: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Out: {Type: AWS::EC2::Route, DependsOn: Attached, Properties: {RouteTableId: !Ref Table,
    DestinationCidrBlock: <0.0.0.0/0|1.0.0.0/8>, GatewayId: !Ref Gateway}}
  Assoc: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Subnet,
    RouteTableId: !Ref Table}}
  Sg:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: x
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: <80|81>, ToPort: <80|81>, CidrIp: 0.0.0.0/0}]
      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: <443|444>, ToPort: <443|444>, CidrIp: 0.0.0.0/0}]
      Tags: [{Key: a, Value: '<1|2>'}]
  In: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Sg, IpProtocol: tcp,
    FromPort: <22|23>, ToPort: <22|23>, SourceSecurityGroupId: !Ref Sg}}
  Eg: {Type: AWS::EC2::SecurityGroupEgress, Properties: {GroupId: !Ref Sg, IpProtocol: tcp,
    FromPort: <24|25>, ToPort: <24|25>, DestinationSecurityGroupId: !Ref Sg}}
  Endpoint: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Vpc, VpcEndpointType: Gateway,
    ServiceName: !Sub 'com.amazonaws.${AWS::Region}.s3', RouteTableIds: [!Ref Table<|, !Ref Other>]}}
Outputs: {Default: {Value: !GetAtt Vpc.DefaultSecurityGroup}}
""",
        _network,
        {
            "dns": True,
            "public": True,
            "ingress": [22, 80],
            "egress": [24, 443],
            "routes": ["0.0.0.0/0", "10.0.0.0/16"],
            "associated": [True],
            "endpoint": 1,
            "tags": ["1"],
        },
        {
            "dns": False,
            "public": False,
            "ingress": [23, 81],
            "egress": [25, 444],
            "routes": ["1.0.0.0/8", "10.0.0.0/16"],
            "associated": [True],
            "endpoint": 2,
            "tags": ["2"],
        },
        replaced=("Out", "In", "Eg"),
    ),
    Case(
        "messages",
        """
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: <40|50>, Tags: [{Key: a, Value: b}]}}
  QPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref Q], PolicyDocument: {Version: '2012-10-17', Statement: [{Sid: <A|B>,
      Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: 'sqs:SendMessage',
      Resource: !GetAtt Q.Arn}]}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: <old|new>}}
  TPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties: {Topics: [!Ref Topic], PolicyDocument: {Version: '2012-10-17', Statement: [{Sid: <A|B>,
      Effect: Allow, Principal: '*', Action: 'sns:Publish', Resource: !Ref Topic}]}}
  Sub:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Q.Arn,
      RawMessageDelivery: <true|false>}
""",
        _messages,
        {
            "visibility": "40",
            "queue policy": "A",
            "display": "old",
            "topic policy": "A",
            "raw": "true",
            "subscribers": 1,
        },
        {
            "visibility": "50",
            "queue policy": "B",
            "display": "new",
            "topic policy": "B",
            "raw": "false",
            "subscribers": 1,
        },
    ),
    Case(
        "secrets",
        """
Resources:
  K: {Type: AWS::KMS::Key, Properties: {Description: <old|new>, EnableKeyRotation: <true|false>}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/mine, TargetKeyId: !Ref K}}
  P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: <a|b>, Tags: {x: '<1|2>'}}}
  S:
    Type: AWS::SecretsManager::Secret
    Properties: {GenerateSecretString: {SecretStringTemplate: '{"user": "<me|you>"}',
      GenerateStringKey: password, PasswordLength: <20|30>}}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
""",
        _secrets,
        {"value": "a", "rotates": True, "about": "old", "alias": True, "secret": ("me", 20)},
        {"value": "b", "rotates": False, "about": "new", "alias": True, "secret": ("you", 30)},
    ),
    Case(
        "logs",
        """
Resources:
  L: {Type: AWS::Logs::LogGroup, Properties: {<RetentionInDays: 7|LogGroupClass: STANDARD>}}
  A:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, MetricName: m,
      Namespace: n, Period: 60, Statistic: Sum, Threshold: <1|2>, Tags: [{Key: a, Value: '<1|2>'}]}
""",
        _logs,
        {"days": 7, "threshold": 1.0},
        {"days": None, "threshold": 2.0},
        replaced=("L",),
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_round_trip(whole: Any, case: Case) -> None:
    before = inventory(whole.cloud)
    name = f"t-{case.name}"
    stack = whole.create(case.text(0), name)
    assert stack["StackStatus"] == "CREATE_COMPLETE", whole.reasons(stack["StackId"])
    first = whole.ids(name)
    assert case.look(whole.cloud, first) == case.old
    stack = whole.update(case.text(1), name)
    assert stack["StackStatus"] == "UPDATE_COMPLETE", whole.reasons(name)
    assert whole.reasons(name) == {}
    second = whole.ids(name)
    assert case.look(whole.cloud, second) == case.new
    moved = {
        logical for logical in first if logical in second and first[logical] != second[logical]
    }
    assert moved == set(case.replaced)
    gone = whole.delete(name)
    assert gone["StackStatus"] == "DELETE_COMPLETE", whole.reasons(gone["StackId"])
    after = inventory(whole.cloud)
    assert {key: value for key, value in after.items() if value != before[key]} == {}


def test_every_type_is_deployed_by_some_test() -> None:
    """Most are in a case above; a plane's own tests and the scenarios deploy the rest."""
    root = Path(__file__).parents[3]
    paths = [*root.glob("tests/**/*.py"), *root.glob("tests/**/*.yaml"), *root.glob("cfn/*.yaml")]
    texts = [path.read_text("utf-8") for path in paths]
    named = set(re.findall(r"AWS::\w+::\w+", "".join(texts)))
    assert set(TYPES) - named == set()
