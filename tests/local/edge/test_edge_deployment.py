"""Distributions out of CloudFormation, in front of a REST API and a bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from archlib.local import LocalCloud
from archlib.local.edge import EdgePlane
from archlib.local.edge.locations import viewer_place

PREFLIGHT = "5cc3b908-e619-4b99-88e5-2cf7f45965bd"
DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CONDITION = {
    "StringEquals": {
        "AWS:SourceArn": {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Edge}"}
    }
}


def kind(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": name, "Properties": properties}


def template(default_ttl: int = 60) -> dict[str, Any]:
    return {
        "Resources": {
            "Site": kind("AWS::S3::Bucket"),
            "Control": kind(
                "AWS::CloudFront::OriginAccessControl",
                OriginAccessControlConfig={
                    "Name": "c",
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                },
            ),
            "Identity": kind(
                "AWS::CloudFront::CloudFrontOriginAccessIdentity",
                CloudFrontOriginAccessIdentityConfig={"Comment": "spare"},
            ),
            "Keys": kind(
                "AWS::CloudFront::CachePolicy",
                CachePolicyConfig={
                    "Name": "keys",
                    "MinTTL": 0,
                    "DefaultTTL": default_ttl,
                    "MaxTTL": 600,
                    "ParametersInCacheKeyAndForwardedToOrigin": {
                        "EnableAcceptEncodingGzip": True,
                        "CookiesConfig": {"CookieBehavior": "none"},
                        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["X-Kind"]},
                        "QueryStringsConfig": {
                            "QueryStringBehavior": "allExcept",
                            "QueryStrings": ["utm"],
                        },
                    },
                },
            ),
            "Sent": kind(
                "AWS::CloudFront::OriginRequestPolicy",
                OriginRequestPolicyConfig={
                    "Name": "sent",
                    "CookiesConfig": {"CookieBehavior": "none"},
                    "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["X-Trace"]},
                    "QueryStringsConfig": {"QueryStringBehavior": "none"},
                },
            ),
            "Answered": kind(
                "AWS::CloudFront::ResponseHeadersPolicy",
                ResponseHeadersPolicyConfig={
                    "Name": "answered",
                    "SecurityHeadersConfig": {
                        "FrameOptions": {"FrameOption": "DENY", "Override": True}
                    },
                    "CorsConfig": {
                        "AccessControlAllowCredentials": False,
                        "OriginOverride": True,
                        "AccessControlAllowHeaders": {"Items": ["*"]},
                        "AccessControlAllowMethods": {"Items": ["GET"]},
                        "AccessControlAllowOrigins": {"Items": ["https://a.example"]},
                    },
                },
            ),
            "Code": kind(
                "AWS::CloudFront::Function",
                Name="f",
                AutoPublish=True,
                FunctionCode="function handler(event) { return event.request; }",
                FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
            ),
            "Api": kind("AWS::ApiGateway::RestApi", Name="api"),
            "Method": kind(
                "AWS::ApiGateway::Method",
                RestApiId={"Ref": "Api"},
                ResourceId={"Fn::GetAtt": ["Api", "RootResourceId"]},
                HttpMethod="GET",
                AuthorizationType="NONE",
                Integration={
                    "Type": "MOCK",
                    "RequestTemplates": {"application/json": '{"statusCode": 200}'},
                    "IntegrationResponses": [
                        {"StatusCode": "200", "ResponseTemplates": {"application/json": '"api"'}}
                    ],
                },
                MethodResponses=[{"StatusCode": "200"}],
            ),
            "Release": {
                **kind("AWS::ApiGateway::Deployment", RestApiId={"Ref": "Api"}, StageName="prod"),
                "DependsOn": "Method",
            },
            "Edge": kind(
                "AWS::CloudFront::Distribution",
                Tags=[{"Key": "a", "Value": "b"}],
                DistributionConfig={
                    "Enabled": True,
                    "DefaultRootObject": "index.html",
                    "Origins": [
                        {
                            "Id": "site",
                            "DomainName": {"Fn::GetAtt": ["Site", "RegionalDomainName"]},
                            "OriginAccessControlId": {"Fn::GetAtt": ["Control", "Id"]},
                            "S3OriginConfig": {},
                        },
                        {
                            "Id": "api",
                            "DomainName": {
                                "Fn::Sub": "${Api}.execute-api.${AWS::Region}.amazonaws.com"
                            },
                            "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"},
                        },
                    ],
                    "CacheBehaviors": [
                        {
                            "PathPattern": "/prod*",
                            "TargetOriginId": "api",
                            "ViewerProtocolPolicy": "https-only",
                            "CachePolicyId": DISABLED,
                            "AllowedMethods": ["GET", "HEAD", "OPTIONS"],
                            "CachedMethods": ["GET", "HEAD"],
                        }
                    ],
                    "CustomErrorResponses": [
                        {"ErrorCode": 403, "ResponseCode": 200, "ResponsePagePath": "/index.html"}
                    ],
                    "DefaultCacheBehavior": {
                        "TargetOriginId": "site",
                        "ViewerProtocolPolicy": "redirect-to-https",
                        "Compress": True,
                        "CachePolicyId": {"Ref": "Keys"},
                        "OriginRequestPolicyId": {"Ref": "Sent"},
                        "ResponseHeadersPolicyId": {"Ref": "Answered"},
                    },
                },
            ),
            "Policy": kind(
                "AWS::S3::BucketPolicy",
                Bucket={"Ref": "Site"},
                PolicyDocument={
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudfront.amazonaws.com"},
                            "Action": "s3:GetObject",
                            "Resource": {"Fn::Sub": "${Site.Arn}/*"},
                            "Condition": CONDITION,
                        }
                    ],
                },
            ),
        },
        "Outputs": {
            "Domain": {"Value": {"Fn::GetAtt": ["Edge", "DomainName"]}},
            "Bucket": {"Value": {"Ref": "Site"}},
            "User": {"Value": {"Fn::GetAtt": ["Identity", "S3CanonicalUserId"]}},
        },
    }


@pytest.fixture
def deployed() -> Iterator[tuple[LocalCloud, dict[str, str]]]:
    with LocalCloud() as cloud:
        client = cloud.client("cloudformation")
        client.create_stack(StackName="s", TemplateBody=json.dumps(template()))
        stack = client.describe_stacks(StackName="s")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        cloud.client("s3").put_object(Bucket=outputs["Bucket"], Key="index.html", Body=b"home")
        yield cloud, outputs


def test_site_api_and_tags(deployed: tuple[LocalCloud, dict[str, str]]) -> None:
    cloud, outputs = deployed
    site_is_served(outputs)
    api_is_served_below_its_distribution(cloud, outputs)
    tags_and_ids_arrive(cloud, outputs)


def site_is_served(outputs: dict[str, str]) -> None:
    headers = {"Origin": "https://a.example"}
    answer = requests.get(f"https://{outputs['Domain']}/?utm=x", headers=headers, timeout=5)
    assert (answer.status_code, answer.text) == (200, "home")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example"
    again = requests.get(f"https://{outputs['Domain']}/?utm=y", timeout=5)
    assert again.headers["X-Cache"] == "Hit from cloudfront"
    assert requests.get(f"https://{outputs['Domain']}/missing", timeout=5).text == "home"


def api_is_served_below_its_distribution(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    mark = cloud.trace.mark()
    assert requests.get(f"https://{outputs['Domain']}/prod", timeout=5).json() == "api"
    edge, gateway = cloud.trace.since(mark)[:2]
    assert (gateway.parent, gateway.source) == (edge.number, edge.target)
    assert gateway.target.startswith("arn:aws:apigateway:us-east-1::/restapis/")
    assert edge.cache == "miss"


def tags_and_ids_arrive(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    client = cloud.client("cloudfront")
    made = client.list_distributions()["DistributionList"]["Items"][0]
    assert made["DomainName"] == outputs["Domain"]
    tags = client.list_tags_for_resource(Resource=made["ARN"])["Tags"]["Items"]
    assert {"Key": "a", "Value": "b"} in tags
    assert len(outputs["User"]) == 96


def test_a_stack_is_updated_and_deleted() -> None:
    with LocalCloud() as cloud:
        client = cloud.client("cloudformation")
        client.create_stack(StackName="s", TemplateBody=json.dumps(template()))
        client.update_stack(StackName="s", TemplateBody=json.dumps(template(61)))
        assert client.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == (
            "UPDATE_COMPLETE"
        )
        policies = cloud.client("cloudfront").list_cache_policies(Type="custom")
        config = policies["CachePolicyList"]["Items"][0]["CachePolicy"]["CachePolicyConfig"]
        assert config["DefaultTTL"] == 61
        client.delete_stack(StackName="s")
        edge = cloud.client("cloudfront")
        assert edge.list_distributions()["DistributionList"]["Quantity"] == 0
        assert edge.list_functions()["FunctionList"]["Quantity"] == 0
        assert edge.list_origin_access_controls()["OriginAccessControlList"]["Quantity"] == 0


def test_a_property_that_is_not_honoured_is_refused_by_name() -> None:
    given = template()
    behavior = given["Resources"]["Edge"]["Properties"]["DistributionConfig"]
    behavior["DefaultCacheBehavior"]["LambdaFunctionAssociations"] = [
        {"EventType": "viewer-request", "LambdaFunctionARN": "x"}
    ]
    with LocalCloud() as cloud:
        client = cloud.client("cloudformation")
        client.create_stack(StackName="s", TemplateBody=json.dumps(given))
        events = client.describe_stack_events(StackName="s")["StackEvents"]
        reasons = [one.get("ResourceStatusReason", "") for one in events]
        refused = "DefaultCacheBehavior.LambdaFunctionAssociations; the local cloud does not"
        assert any(refused in reason for reason in reasons)


def test_who_asks_from_inside_stands_in_its_region() -> None:
    function = "arn:aws:lambda:eu-central-1:123456789012:function:f"
    assert viewer_place(function) == "eu-central-1"
    assert viewer_place(None) == "Ashburn"
    with EdgePlane().viewer_in("NRT"):
        assert viewer_place(None) == "Tokyo"
        assert viewer_place("arn:aws:s3:::bucket") == "Tokyo"
