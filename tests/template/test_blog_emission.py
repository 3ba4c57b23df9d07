"""MyBlog's template: the same bytes always, clean, and nothing granted that is not said."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from archlib.scenarios.myblog.architecture import architecture
from archlib.template import Emitted, emit, lint, suppressions

VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"access": "oac"},
    {"dax": False},
    {"database": "aurora"},
    {"access": "oac", "database": "aurora"},
)
INLINE_BYTES = 51_200


@pytest.fixture(scope="module")
def emitted() -> Emitted:
    return emit(architecture())


@pytest.fixture(scope="module")
def resources(emitted: Emitted) -> dict[str, Any]:
    found: dict[str, Any] = emitted.template.body["Resources"]
    return found


def resources_of(**options: Any) -> dict[str, Any]:
    found: dict[str, Any] = emit(architecture(**options)).template.body["Resources"]
    return found


def properties(resources: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_no_variant_has_a_finding_of_any_level_and_none_silences_one(
    options: dict[str, Any],
) -> None:
    template = emit(architecture(**options)).template
    assert lint(template) == ()
    assert lint(template, region="eu-central-1") == ()
    assert suppressions(template) == ()


@pytest.mark.slow
def test_another_process_with_another_hash_seed_emits_the_same_bytes(emitted: Emitted) -> None:
    program = (
        "import hashlib\n"
        "from archlib.scenarios.myblog.architecture import architecture\n"
        "from archlib.template import emit\n"
        "made = emit(architecture())\n"
        "parts = [made.template.to_yaml().encode(), *(asset.data for asset in made.assets)]\n"
        "print(*(hashlib.sha256(part).hexdigest() for part in parts))\n"
    )
    output = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    parts = [emitted.template.to_yaml().encode(), *(asset.data for asset in emitted.assets)]
    assert output.split() == [hashlib.sha256(part).hexdigest() for part in parts]


def test_emitting_twice_gives_equal_templates_and_assets(emitted: Emitted) -> None:
    assert emit(architecture()) == emitted


def test_the_template_fits_into_a_request_without_spaces(emitted: Emitted) -> None:
    import json

    text = json.dumps(emitted.template.body, separators=(",", ":"), ensure_ascii=False)
    assert len(text.encode()) <= INLINE_BYTES


def test_every_resource_says_which_component_it_came_from_and_why(
    resources: dict[str, Any],
) -> None:
    made = architecture()
    names = {c.name for c in made.components} | {b.name for b in made.boundaries}
    for resource in resources.values():
        assert resource["Metadata"]["archlib"]["component"] in names
        assert resource["Metadata"]["com.aws.cloudformation.Context"]["why"]


# -- who may what --------------------------------------------------------------------------------

UPLOADS = "arn:${AWS::Partition}:s3:::${AWS::StackName}-uploads-${AWS::AccountId}-${AWS::Region}"
THUMBNAILS = UPLOADS.replace("uploads", "thumbnails")
ENI = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]


def statements(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"]["Policies"]:
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement


def log(function: str) -> tuple[str, str, list[str], object]:
    return (
        f"{function}Role",
        "WritesItsOwnLog",
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        {"Fn::GetAtt": [f"{function}Log", "Arn"]},
    )


def test_least_privilege_every_statement_of_every_role(resources: dict[str, Any]) -> None:
    table, stream = {"Fn::GetAtt": ["BlogTable", "Arn"]}, {"Fn::GetAtt": ["BlogTable", "StreamArn"]}
    assert [
        (role, s["Sid"], s["Action"], s["Resource"])
        for role, s in statements(resources)
        if s["Effect"] == "Allow"
    ] == [
        (
            *("ClientRole", "CallsBlogApi", "execute-api:Invoke"),
            {
                "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}"
                ":${BlogApi}/prod/POST/posts"
            },
        ),
        (
            *("ClientRole", "UploadsToUploadBucket", ["s3:PutObject", "s3:AbortMultipartUpload"]),
            {"Fn::Sub": f"{UPLOADS}/photos/*"},
        ),
        log("PostsFunction"),
        ("PostsFunctionRole", "LambdaAttachesItToTheVpc", ENI, "*"),
        (
            *("PostsFunctionRole", "ReadsAndWritesThroughBlogCache"),
            ["dax:GetItem", "dax:Query", "dax:PutItem"],
            {"Fn::GetAtt": ["BlogCache", "Arn"]},
        ),
        (
            *("BlogCacheRole", "FrontsBlogTable"),
            ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
            table,
        ),
        log("ThumbnailFunction"),
        (
            *("ThumbnailFunctionRole", "ReadsObjectsOfUploadBucket", "s3:GetObject"),
            {"Fn::Sub": f"{UPLOADS}/photos/*"},
        ),
        (
            *("ThumbnailFunctionRole", "StoresObjectsInThumbnailBucket", "s3:PutObject"),
            {"Fn::Sub": f"{THUMBNAILS}/*"},
        ),
        (
            *("ThumbnailFunctionRole", "SendsFailuresToPhotoFailures", "sqs:SendMessage"),
            {"Fn::GetAtt": ["PhotoFailures", "Arn"]},
        ),
        log("WelcomeFunction"),
        (
            *("WelcomeFunctionRole", "ReadsBlogStream"),
            [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            stream,
        ),
        ("WelcomeFunctionRole", "WritesBlogTable", "dynamodb:UpdateItem", table),
        (
            *("WelcomeFunctionRole", "SendsMailThroughWelcomeMail", "ses:SendEmail"),
            {
                "Fn::Sub": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
                ":identity/${WelcomeMailAddress}"
            },
        ),
        (
            *("WelcomeFunctionRole", "SendsFailuresToMailFailures", "sqs:SendMessage"),
            {"Fn::GetAtt": ["MailFailures", "Arn"]},
        ),
    ]
    (mailing,) = [s for _, s in statements(resources) if s["Action"] == "ses:SendEmail"]
    assert mailing["Condition"] == {
        "StringEquals": {"ses:FromAddress": {"Ref": "WelcomeMailAddress"}}
    }


def admitted(resources: dict[str, Any], policy: str) -> list[dict[str, Any]]:
    document = properties(resources, policy)["PolicyDocument"]
    return [s for s in document["Statement"] if s["Effect"] == "Allow"]


def test_the_identity_reads_the_site_and_only_adds_photos(resources: dict[str, Any]) -> None:
    assert admitted(resources, "SiteBucketPolicy") == [
        {
            "Sid": "AdmitsSiteEdge",
            "Effect": "Allow",
            "Principal": {
                "CanonicalUser": {"Fn::GetAtt": ["SiteEdgeIdentity", "S3CanonicalUserId"]}
            },
            "Action": "s3:GetObject",
            "Resource": {"Fn::Sub": "${SiteBucket.Arn}/*"},
        }
    ]
    (uploading,) = admitted(resources, "UploadBucketPolicy")
    assert (uploading["Action"], uploading["Resource"]) == (
        "s3:PutObject",
        {"Fn::Sub": f"{UPLOADS}/photos/*"},
    )
    assert admitted(resources, "ThumbnailBucketPolicy") == []
    for name in ("SiteEdge", "UploadEdge"):
        (origin,) = properties(resources, name)["DistributionConfig"]["Origins"]
        assert "OriginAccessControlId" not in origin
        assert origin["S3OriginConfig"] == {
            "OriginAccessIdentity": {
                "Fn::Sub": f"origin-access-identity/cloudfront/${{{name}Identity}}"
            }
        }


def test_with_access_control_the_policy_names_the_distribution() -> None:
    resources = resources_of(access="oac")
    for bucket, name in (("SiteBucket", "SiteEdge"), ("UploadBucket", "UploadEdge")):
        (statement,) = admitted(resources, f"{bucket}Policy")
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {
                "aws:SourceArn": {
                    "Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/"
                    f"${{{name}}}"
                }
            }
        }
        (origin,) = properties(resources, name)["DistributionConfig"]["Origins"]
        assert origin["OriginAccessControlId"] == {"Fn::GetAtt": [f"{name}Control", "Id"]}
        assert origin["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    assert not [r for r in resources.values() if r["Type"].endswith("OriginAccessIdentity")]


def test_nothing_but_preflights_and_public_routes_is_open(resources: dict[str, Any]) -> None:
    asked = {
        name.removeprefix("BlogApi"): resource["Properties"]["AuthorizationType"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::ApiGateway::Method"
    }
    assert asked == {
        "PostsGet": "NONE",
        "PostsPost": "AWS_IAM",
        "PostsIdGet": "NONE",
        "SubscribersPost": "NONE",
        "PostsOptions": "NONE",
        "PostsIdOptions": "NONE",
        "SubscribersOptions": "NONE",
    }


def test_targets_admit_the_one_bucket_of_this_account(resources: dict[str, Any]) -> None:
    permission = properties(resources, "ThumbnailFunctionByUploadBucket")
    assert permission["SourceArn"] == {"Fn::Sub": UPLOADS}
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    for policy in ("ThumbnailQueuePolicy", "ThumbnailTopicPolicy"):
        (statement,) = admitted(resources, policy)
        assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
        assert statement["Condition"] == {
            "ArnEquals": {"aws:SourceArn": {"Fn::Sub": THUMBNAILS}},
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        }
    for policy in ("PhotoFailuresPolicy", "MailFailuresPolicy"):
        assert admitted(resources, policy) == []


# -- what is wired to what -----------------------------------------------------------------------


def test_buckets_are_made_after_what_admits_their_notifications(resources: dict[str, Any]) -> None:
    assert resources["UploadBucket"]["DependsOn"] == ["ThumbnailFunctionByUploadBucket"]
    assert resources["ThumbnailBucket"]["DependsOn"] == [
        "ThumbnailQueuePolicy",
        "ThumbnailTopicPolicy",
    ]
    told = properties(resources, "ThumbnailBucket")["NotificationConfiguration"]
    assert set(told) == {"QueueConfigurations", "TopicConfigurations"}  # no function: no recursion
    assert "NotificationConfiguration" not in properties(resources, "SiteBucket")


def test_the_stream_is_read_in_small_steps_and_its_failures_are_kept(
    resources: dict[str, Any],
) -> None:
    mapping = properties(resources, "BlogStreamToWelcomeFunction")
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["DestinationConfig"] == {
        "OnFailure": {"Destination": {"Fn::GetAtt": ["MailFailures", "Arn"]}}
    }
    assert mapping["FilterCriteria"] == {
        "Filters": [
            {
                "Pattern": '{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":'
                '[{"prefix":"subscriber#"}]}}}}'
            }
        ]
    }
    photos = properties(resources, "ThumbnailFunctionFailures")
    assert photos["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["PhotoFailures", "Arn"]
    }
    assert "WelcomeFunctionFailures" not in resources  # its mapping sends them


def test_edges_keep_files_long_pages_shortly_and_uploads_not_at_all(
    resources: dict[str, Any],
) -> None:
    site = properties(resources, "SiteEdge")["DistributionConfig"]
    times = {}
    for behavior in (*site["CacheBehaviors"], site["DefaultCacheBehavior"]):
        policy = properties(resources, behavior["CachePolicyId"]["Ref"])["CachePolicyConfig"]
        times[behavior.get("PathPattern", "*")] = (
            *(policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]),
        )
        assert behavior["AllowedMethods"] == ["GET", "HEAD"]
        assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert times == {"/assets/*": (86_400, 2_592_000, 31_536_000), "*": (0, 300, 86_400)}
    uploads = properties(resources, "UploadEdge")["DistributionConfig"]["DefaultCacheBehavior"]
    assert {"PUT", "POST"} <= set(uploads["AllowedMethods"])
    assert uploads["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
    assert uploads["ViewerProtocolPolicy"] == "https-only"


def test_the_stage_caches_for_everybody_what_everybody_may_read(resources: dict[str, Any]) -> None:
    assert properties(resources, "BlogApiPostsGet")["Integration"]["CacheKeyParameters"] == [
        "method.request.querystring.limit",
        "method.request.querystring.nextToken",
    ]
    assert properties(resources, "BlogApiPostsIdGet")["Integration"]["CacheKeyParameters"] == [
        "method.request.path.id"
    ]
    stage = properties(resources, "BlogApiStage")
    assert [
        (s["HttpMethod"], s["ResourcePath"]) for s in stage["MethodSettings"] if s["CachingEnabled"]
    ] == [("GET", "/~1posts"), ("GET", "/~1posts~1{id}")]


def test_the_aurora_variant_joins_a_global_cluster_and_asks_no_network_of_its_callers() -> None:
    resources = resources_of(database="aurora")
    kinds = [resource["Type"] for resource in resources.values()]
    assert kinds.count("AWS::RDS::GlobalCluster") == 1
    assert not [kind for kind in kinds if kind.startswith("AWS::DAX")]
    cluster = properties(resources, "BlogDatabase")
    assert cluster["GlobalClusterIdentifier"] == {"Ref": "BlogDatabaseGlobal"}
    assert cluster["EnableHttpEndpoint"] is True
    assert "VpcConfig" not in properties(resources, "PostsFunction")
    granted = [
        (s["Action"], s["Resource"])
        for role, s in statements(resources)
        if role == "PostsFunctionRole"
    ]
    assert granted[1:] == [
        ("rds-data:ExecuteStatement", {"Fn::GetAtt": ["BlogDatabase", "DBClusterArn"]}),
        ("secretsmanager:GetSecretValue", {"Ref": "BlogDatabaseSecret"}),
        ("dynamodb:PutItem", {"Fn::GetAtt": ["BlogTable", "Arn"]}),
    ]
