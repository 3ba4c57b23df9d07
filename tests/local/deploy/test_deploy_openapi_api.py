"""REST APIs made of OpenAPI documents: SAM applications deployed from files, called over HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from archlib.errors import DeploymentError
from archlib.local.cloud import LocalCloud
from archlib.local.deploy import Deployment
from archlib.template import Template

HANDLER = '''
import json

def handler(event, context):
    """Say what arrived."""
    said = {
        "route": f"{event['httpMethod']} {event['resource']}",
        "id": (event["pathParameters"] or {}).get("id"),
        "sent": json.loads(event["body"] or "null"),
    }
    return {"statusCode": 200, "body": json.dumps(said)}
'''

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: src/
      Events:
        Read: {Type: Api, Properties: {Path: '/todos/{id}', Method: get}}
        Write: {Type: Api, Properties: {Path: /todos, Method: post}}
Outputs:
  Url: {Value: !Sub 'https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod'}
"""

GUARDED = """
Transform: AWS::Serverless-2016-10-31
Globals: {Api: {OpenApiVersion: 3.0.1}}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      EndpointConfiguration: REGIONAL
      Cors: "'https://example.org'"
      BinaryMediaTypes: [image~1png]
      Models:
        Todo: {type: object, required: [title], properties: {title: {type: string}}}
      GatewayResponses:
        UNAUTHORIZED:
          StatusCode: 418
          ResponseParameters: {Headers: {Why: "'no token'"}}
      Auth:
        DefaultAuthorizer: Pool
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers: {Pool: {UserPoolArn: !GetAtt Users.Arn}}
  Users: {Type: AWS::Cognito::UserPool}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: src/
      Events:
        Mine: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /mine, Method: get}}
        Signed:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /signed
            Method: get
            Auth: {Authorizer: AWS_IAM, InvokeRole: NONE}
        Keyed:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /keyed
            Method: any
            Auth: {Authorizer: NONE, ApiKeyRequired: true}
        Write:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /todos
            Method: post
            Auth: {Authorizer: NONE}
            RequestModel: {Model: Todo, Required: true, ValidateBody: true}
Outputs:
  Url: {Value: !Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/live'}
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(HANDLER, "utf-8")
    return tmp_path


def deployed(cloud: LocalCloud, folder: Path, text: str, name: str) -> Deployment:
    file = folder / "template.yaml"
    file.write_text(text, "utf-8")
    return cloud.deploy(Template.read(file), stack_name=name)


@pytest.mark.slow
def test_a_sam_file_with_local_code_answers_over_https(cloud: LocalCloud, folder: Path) -> None:
    url = deployed(cloud, folder, SAM, "sam").outputs["Url"]
    read = requests.get(f"{url}/todos/7", timeout=5)
    assert (read.status_code, read.json()) == (
        200,
        {"route": "GET /todos/{id}", "id": "7", "sent": None},
    )
    written = requests.post(f"{url}/todos", json={"title": "x"}, timeout=5)
    assert written.json() == {"route": "POST /todos", "id": None, "sent": {"title": "x"}}
    assert requests.get(f"{url}/todos", timeout=5).status_code == 403
    moved = SAM.replace("Path: /todos,", "Path: /tasks,")
    url = deployed(cloud, folder, moved, "sam").outputs["Url"]
    assert requests.post(f"{url}/tasks", json=1, timeout=5).json()["route"] == "POST /tasks"
    assert requests.post(f"{url}/todos", json=1, timeout=5).status_code == 403
    assert requests.get(f"{url}/todos/7", timeout=5).status_code == 200
    cloud.client("cloudformation").delete_stack(StackName="sam")
    assert cloud.raw("apigateway").get_rest_apis()["items"] == []


@pytest.mark.slow
def test_what_sam_says_of_an_api_holds(cloud: LocalCloud, folder: Path) -> None:
    url = deployed(cloud, folder, GUARDED, "guarded").outputs["Url"]
    refused = requests.get(f"{url}/mine", timeout=5)
    assert (refused.status_code, refused.headers["Why"]) == (418, "no token")
    assert requests.get(f"{url}/signed", timeout=5).status_code == 403
    assert requests.get(f"{url}/keyed", timeout=5).status_code == 403
    assert requests.post(f"{url}/todos", json={"title": "x"}, timeout=5).status_code == 200
    wrong = requests.post(f"{url}/todos", json={"name": "x"}, timeout=5)
    assert (wrong.status_code, wrong.json()["message"]) == (400, "Invalid request body")
    preflight = requests.options(f"{url}/todos", timeout=5)
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://example.org"
    api = cloud.raw("apigateway").get_rest_apis()["items"][0]
    assert api["endpointConfiguration"]["types"] == ["REGIONAL"]
    cloud.client("cloudformation").delete_stack(StackName="guarded")


MOCK = """
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        swagger: '2.0'
        info: {title: shop}
        paths:
          /:
            get: &hello
              responses: {'200': {description: fine}}
              x-amazon-apigateway-integration:
                type: mock
                requestTemplates: {application/json: '{"statusCode": 200}'}
                responses:
                  default:
                    statusCode: '200'
                    responseTemplates: {application/json: 'hello from $context.resourcePath'}
          /a/b: {get: *hello}
  Live:
    Type: AWS::ApiGateway::Deployment
    Properties: {RestApiId: !Ref Api, StageName: live}
Outputs:
  Url: {Value: !Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/live'}
"""


def test_a_body_in_a_plain_template(cloud: LocalCloud) -> None:
    url = cloud.deploy(Template.parse(MOCK), stack_name="mock").outputs["Url"]
    for path in ("/", "/a/b"):
        assert requests.get(f"{url}{path}", timeout=5).text == f"hello from {path}"
    assert requests.get(f"{url}/a", timeout=5).status_code == 403


def test_a_body_that_cannot_be_honoured_is_refused_with_its_line(cloud: LocalCloud) -> None:
    text = MOCK.replace("type: mock", "type: mock\n                tlsConfig: {}")
    with pytest.raises(DeploymentError) as refusal:
        cloud.deploy(Template.parse(text), stack_name="refused")
    assert (
        "Api: Properties validation failed for resource Api with message: "
        "#/Body/paths/~1/get/x-amazon-apigateway-integration/tlsConfig: the local cloud does not "
        "honour tlsConfig here [template line 15]"
    ) in str(refusal.value)
    assert str(refusal.value).startswith("template.yaml:15, ")


def test_a_failed_update_puts_the_old_document_back(cloud: LocalCloud) -> None:
    cloud.deploy(Template.parse(MOCK), stack_name="back")
    gateway = cloud.raw("apigateway")
    api = cloud.client("cloudformation").describe_stack_resource(
        StackName="back", LogicalResourceId="Api"
    )["StackResourceDetail"]["PhysicalResourceId"]

    def paths() -> set[str]:
        return {item["path"] for item in gateway.get_resources(restApiId=api)["items"]}

    before = paths()
    assert before == {"/", "/a", "/a/b"}
    text = MOCK.replace("/a/b:", "/c:").replace("title: shop", "title: market")
    with pytest.raises(DeploymentError):
        cloud.deploy(Template.parse(text + BROKEN), stack_name="back")
    assert paths() == before
    assert gateway.get_rest_api(restApiId=api)["name"] == "shop"
    cloud.deploy(Template.parse(text), stack_name="back")
    assert paths() == {"/", "/c"}
    assert gateway.get_rest_api(restApiId=api)["name"] == "market"


#: Fails when it is made, after the API.
BROKEN = "  X: {Value: !ImportValue nothing}\n"


def test_a_document_in_s3(cloud: LocalCloud) -> None:
    body = MOCK.partition("Body:")[2].partition("  Live:")[0]
    cloud.client("s3").create_bucket(Bucket="documents")
    cloud.client("s3").put_object(Bucket="documents", Key="api.yaml", Body=body.encode())
    text = MOCK.replace(body, "").replace(
        "Body:", "BodyS3Location: {Bucket: documents, Key: api.yaml}\n"
    )
    url = cloud.deploy(Template.parse(text), stack_name="stored").outputs["Url"]
    assert requests.get(f"{url}/a/b", timeout=5).status_code == 200


MODELS = """
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: models}
  Todo:
    Type: AWS::ApiGateway::Model
    Properties:
      RestApiId: !Ref Api
      ContentType: application/json
      Schema: {type: String}
"""


def test_a_model_that_is_no_schema_fails_the_stack(cloud: LocalCloud) -> None:
    with pytest.raises(DeploymentError, match="Invalid model schema specified") as refusal:
        cloud.deploy(Template.parse(MODELS), stack_name="models")
    assert "Todo" in str(refusal.value)


def test_a_schema_of_a_document_that_is_none_fails_the_import(cloud: LocalCloud) -> None:
    place = "swagger: '2.0'\n"
    assert place in MOCK
    text = MOCK.replace(place, f"{place}        definitions: {{Todo: {{required: []}}}}\n")
    with pytest.raises(DeploymentError) as refusal:
        cloud.deploy(Template.parse(text), stack_name="schemas")
    assert (
        "Errors found during import:\n\tUnable to create model for 'Todo': Invalid model specified"
    ) in str(refusal.value)
