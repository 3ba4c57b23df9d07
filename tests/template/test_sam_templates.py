"""SAM files become CloudFormation without asking AWS anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from archlib.errors import TemplateError
from archlib.template import Template, lint

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def hello() -> Template:
    return Template.read(FIXTURES / "hello" / "template.yaml")


def test_a_function_becomes_its_resources(hello: Template) -> None:
    kinds = {
        name: resource["Type"]
        for name, resource in hello.body["Resources"].items()
        if not name.startswith("ServerlessRestApiDeployment")
    }
    assert kinds == {
        "Hello": "AWS::Lambda::Function",
        "HelloRole": "AWS::IAM::Role",
        "HelloGetPermissionProd": "AWS::Lambda::Permission",
        "Items": "AWS::DynamoDB::Table",
        "ServerlessRestApi": "AWS::ApiGateway::RestApi",
        "ServerlessRestApiProdStage": "AWS::ApiGateway::Stage",
    }
    assert hello.expanded
    assert not {"Transform", "Globals"} & set(hello.body)
    assert hello.body["Resources"]["Hello"]["Properties"]["Timeout"] == 5


def test_managed_policies_are_known_without_iam(hello: Template) -> None:
    role = hello.body["Resources"]["HelloRole"]["Properties"]
    assert "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess" in role["ManagedPolicyArns"]


def test_local_code_becomes_an_asset_behind_a_parameter(hello: Template) -> None:
    (asset,) = hello.assets
    assert hello.body["Resources"]["Hello"]["Properties"]["Code"] == {
        "S3Bucket": {"Ref": "AssetsBucket"},
        "S3Key": {"Ref": "HelloCodeKey"},
    }
    assert hello.body["Parameters"]["HelloCodeKey"]["Default"] == asset.key
    assert asset.kind == "code"


def test_made_resources_stand_where_their_origin_does(hello: Template) -> None:
    assert hello.line("Hello", "Properties", "Handler") == 12
    assert hello.line("HelloRole") == 8
    assert hello.line("ServerlessRestApi") is None


def test_the_expanded_template_round_trips(hello: Template) -> None:
    assert Template.parse(hello.to_yaml()).body == hello.body


def test_nothing_needs_a_region_or_credentials(
    monkeypatch: pytest.MonkeyPatch, hello: Template
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    assert Template.read(FIXTURES / "hello" / "template.yaml").body == hello.body


def test_the_region_decides_the_partition() -> None:
    china = Template.read(FIXTURES / "hello" / "template.yaml", region="cn-north-1")
    role = china.body["Resources"]["HelloRole"]["Properties"]
    assert "arn:aws-cn:iam::aws:policy/AmazonDynamoDBReadOnlyAccess" in role["ManagedPolicyArns"]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (
            "CodeUri: ./nowhere\n      Handler: a.b\n      Runtime: python3.12",
            "CodeUri names the folder ./nowhere, which is not there",
        ),
        ("Handler: a.b", "SAM refuses it: Resource with id [F] is invalid."),
    ],
)
def test_what_sam_refuses_is_said(tmp_path: Path, properties: str, expected: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n"
        f"    Type: AWS::Serverless::Function\n    Properties:\n      {properties}\n"
    )
    with pytest.raises(TemplateError) as refused:
        Template.read(file)
    assert expected in str(refused.value)
    assert str(refused.value).startswith(str(file))


def test_other_transforms_are_left_for_the_engine_to_judge() -> None:
    body = Template.parse(
        "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
        "Resources:\n  T: {Type: AWS::Serverless::SimpleTable}\n"
    ).body
    assert body["Transform"] == ["AWS::LanguageExtensions"]


@pytest.mark.slow
def test_lint_speaks_of_the_file_that_was_written(hello: Template) -> None:
    findings = lint(hello)
    assert {finding.rule for finding in findings} == {"I4010"}
    assert all(finding.file == hello.name for finding in findings)
