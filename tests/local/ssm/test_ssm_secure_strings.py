"""SecureString parameters: who may use their keys through Parameter Store; templates."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from key_roles import ACCOUNT, allow, client_of, deny, document, key_policy, make_role, refused

from archlib.local.cloud import LocalCloud

ARN = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/key"
NAME = "/app/key"
EVERYTHING = allow("ssm:*")
TIERS = ("Standard", "Advanced")
UNREADABLE = "The ciphertext refers to a customer master key that does not exist"


@pytest.fixture
def kms(cloud: LocalCloud) -> Any:
    return cloud.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def put(ssm: Any, **more: Any) -> Any:
    ask = {"Name": NAME, "Value": "plain", "Type": "SecureString", **more}
    return ssm.put_parameter(**ask)


def read(ssm: Any, decrypt: bool = True) -> str:
    found = ssm.get_parameter(Name=NAME, WithDecryption=decrypt)["Parameter"]
    return str(found["Value"])


@pytest.mark.parametrize("tier", TIERS)
def test_the_value_is_encrypted_unless_asked_for_in_plain(ssm: Any, tier: str) -> None:
    put(ssm, Tier=tier)
    assert read(ssm) == "plain"
    assert b"plain" not in base64.b64decode(read(ssm, decrypt=False))
    assert ssm.describe_parameters()["Parameters"][0]["KeyId"] == "alias/aws/ssm"
    assert (
        ssm.get_parameters(Names=[NAME], WithDecryption=True)["Parameters"][0]["Value"] == "plain"
    )
    below = ssm.get_parameters_by_path(Path="/app", WithDecryption=True)["Parameters"]
    assert below[0]["Value"] == "plain"
    history = ssm.get_parameter_history(Name=NAME, WithDecryption=True)["Parameters"]
    assert history[0]["Value"] == "plain"


def test_a_standard_value_is_a_ciphertext_of_kms(
    cloud: LocalCloud, ssm: Any, kms: Any, key: str
) -> None:
    put(ssm, KeyId=key)
    blob = base64.b64decode(read(ssm, decrypt=False))
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": ARN})
    assert opened["Plaintext"] == b"plain"


@pytest.mark.parametrize("tier", TIERS)
def test_the_managed_key_is_open_to_whoever_may_use_the_service(
    cloud: LocalCloud, ssm: Any, tier: str
) -> None:
    mine = client_of(cloud, make_role(cloud, "worker", EVERYTHING), "ssm")
    put(mine, Tier=tier)
    assert read(mine) == "plain"
    direct = client_of(cloud, make_role(cloud, "direct", allow("kms:*")), "kms")
    blob = base64.b64decode(read(ssm, decrypt=False))
    context = {"PARAMETER_ARN": ARN}
    if tier == "Standard":
        code, _ = refused(direct.decrypt, CiphertextBlob=blob, EncryptionContext=context)
        assert code == "AccessDeniedException"


@pytest.mark.parametrize("tier", TIERS)
def test_reading_needs_decrypt_of_the_caller(
    cloud: LocalCloud, ssm: Any, key: str, tier: str
) -> None:
    put(ssm, KeyId=key, Tier=tier)
    mine = client_of(cloud, make_role(cloud, "reader", EVERYTHING), "ssm")
    # Without decryption no key is used.
    assert read(mine, decrypt=False)
    for call, params in (
        (mine.get_parameter, {"Name": NAME}),
        (mine.get_parameters, {"Names": [NAME]}),
        (mine.get_parameters_by_path, {"Path": "/app"}),
        (mine.get_parameter_history, {"Name": NAME}),
    ):
        code, said = refused(call, WithDecryption=True, **params)
        assert code == "AccessDeniedException"
        assert said.startswith(UNREADABLE)
        assert "(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException" in said
    cloud.client("iam").put_role_policy(
        RoleName="reader", PolicyName="key", PolicyDocument=document(allow("kms:Decrypt", key))
    )
    assert read(mine) == "plain"


@pytest.mark.parametrize(
    ("tier", "action"), [("Standard", "kms:Encrypt"), ("Advanced", "kms:GenerateDataKey")]
)
def test_writing_needs_encrypt_or_a_data_key(
    cloud: LocalCloud, ssm: Any, key: str, tier: str, action: str
) -> None:
    role = make_role(cloud, "writer", EVERYTHING, allow("kms:*"), deny(action))
    mine = client_of(cloud, role, "ssm")
    code, said = refused(put, ssm=mine, KeyId=key, Tier=tier)
    assert code == "AccessDeniedException"
    assert action in said
    cloud.client("iam").put_role_policy(
        RoleName="writer", PolicyName="own", PolicyDocument=document(EVERYTHING, allow(action, key))
    )
    put(mine, KeyId=key, Tier=tier)


CONDITIONS: list[tuple[dict[str, Any], bool]] = [
    ({"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}, True),
    ({"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}, False),
    ({"StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": ARN}}, True),
    ({"StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": f"{ARN}2"}}, False),
    ({"Null": {"kms:ViaService": "true"}}, False),
]


@pytest.mark.parametrize(("condition", "opens"), CONDITIONS)
def test_conditions_in_the_key_policy(
    cloud: LocalCloud, ssm: Any, kms: Any, condition: dict[str, Any], opens: bool
) -> None:
    role = make_role(cloud, "reader", EVERYTHING)
    statement = allow("kms:Decrypt", Principal={"AWS": role}, Condition=condition)
    policy = key_policy(statement, delegates=False)
    put(ssm, KeyId=kms.create_key(Policy=policy)["KeyMetadata"]["Arn"])
    mine = client_of(cloud, role, "ssm")
    if opens:
        assert read(mine) == "plain"
    else:
        assert refused(read, ssm=mine)[0] == "AccessDeniedException"


def test_a_key_that_cannot_be_used_is_an_invalid_key(
    cloud: LocalCloud, ssm: Any, kms: Any, key: str
) -> None:
    code, said = refused(put, ssm=ssm, KeyId="alias/none")
    assert code == "InvalidKeyId"
    assert "alias/none is not found" in said
    assert "Error Code: NotFoundException" in said
    put(ssm, KeyId=key)
    kms.disable_key(KeyId=key)
    code, said = refused(read, ssm=ssm)
    assert code == "InvalidKeyId"
    assert said.startswith(f"{key} is disabled. (Service: AWSKMS;")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert f"{key} is pending deletion." in refused(read, ssm=ssm)[1]
    cloud.clock.advance(days=8)
    assert refused(read, ssm=ssm)[0] == "InvalidKeyId"


def test_overwriting_without_a_key_goes_back_to_the_managed_one(
    ssm: Any, kms: Any, key: str
) -> None:
    put(ssm, KeyId=key)
    put(ssm, Value="new", Overwrite=True)
    history = ssm.get_parameter_history(Name=NAME)["Parameters"]
    assert [version["KeyId"] for version in history] == [key, "alias/aws/ssm"]


def test_uses_of_a_key_of_ones_own_are_hops(cloud: LocalCloud, ssm: Any, key: str) -> None:
    put(ssm, KeyId=key)
    mark = cloud.trace.mark()
    read(ssm)
    call, use = cloud.trace.since(mark)
    assert (use.source, use.target, use.action, use.parent) == (
        ARN, key, "kms:Decrypt", call.number,
    )  # fmt: skip
    mark = cloud.trace.mark()
    ssm.put_parameter(Name="/other", Value="x", Type="SecureString")
    assert len(cloud.trace.since(mark)) == 1


def test_a_secret_read_as_a_parameter(cloud: LocalCloud, ssm: Any) -> None:
    secrets = cloud.client("secretsmanager")
    made = secrets.create_secret(Name="app/db", SecretString="word")
    name = "/aws/reference/secretsmanager/app/db"
    found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (found["Value"], found["Type"], found["Name"]) == ("word", "SecureString", name)
    assert made["VersionId"] in found["SourceResult"]
    code, said = refused(ssm.get_parameter, Name=name)
    assert code == "ValidationException"
    assert "WithDecryption flag must be True" in said
    ask = {"Name": f"{name}x", "WithDecryption": True}
    assert refused(ssm.get_parameter, **ask)[0] == "ParameterNotFound"
    mine = client_of(cloud, make_role(cloud, "reader", EVERYTHING), "ssm")
    code, said = refused(mine.get_parameter, Name=name, WithDecryption=True)
    assert code == "AccessDeniedException"
    assert "secretsmanager:GetSecretValue" in said


# -- templates -----------------------------------------------------------------------------------


def deploy(cloud: LocalCloud, text: str) -> str:
    cfn = cloud.client("cloudformation")
    cfn.create_stack(StackName="app", TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
    return str(cfn.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"])


def why(cloud: LocalCloud) -> str:
    events = cloud.client("cloudformation").describe_stack_events(StackName="app")["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


def test_cloudformation_makes_no_secure_strings(cloud: LocalCloud) -> None:
    text = """
Resources:
  P: {Type: AWS::SSM::Parameter, Properties: {Type: SecureString, Value: x}}
"""
    assert deploy(cloud, text) == "ROLLBACK_COMPLETE"
    assert "SecureString are not supported by CloudFormation" in why(cloud)


def test_templates_refer_to_parameters_and_secrets(cloud: LocalCloud, ssm: Any) -> None:
    put(ssm, Value="Pass-word-1")
    ssm.put_parameter(Name="/size", Value="5", Type="String")
    ssm.put_parameter(Name="/size", Value="6", Type="String", Overwrite=True)
    cloud.client("secretsmanager").create_secret(Name="db", SecretString='{"user": "me"}')
    text = """
Parameters: {Size: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /size}}
Resources:
  P:
    Type: AWS::SSM::Parameter
    Properties:
      Name: /made
      Type: StringList
      Tier: Advanced
      Value: !Sub '${Size},{{resolve:ssm:/size:1}},{{resolve:secretsmanager:db:SecretString:user}}'
  U:
    Type: AWS::IAM::User
    Properties: {UserName: u, LoginProfile: {Password: '{{resolve:ssm-secure:/app/key}}'}}
"""
    assert deploy(cloud, text) == "CREATE_COMPLETE", why(cloud)
    found = ssm.get_parameter(Name="/made")["Parameter"]
    assert (found["Value"], found["Type"]) == ("6,5,me", "StringList")
    assert ssm.describe_parameters(
        ParameterFilters=[{"Key": "Tier", "Values": ["Advanced"]}]
    )["Parameters"]  # fmt: skip


def test_secure_strings_go_into_few_properties_only(cloud: LocalCloud, ssm: Any) -> None:
    put(ssm)
    text = """
Resources:
  P:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Sub '{{resolve:ssm-secure:/app/key:1}}'}
  R:
    Type: AWS::IAM::User
    Properties: {Tags: [{Key: a, Value: '{{resolve:ssm-secure:/app/key}}'}]}
"""
    code, said = refused(lambda: deploy(cloud, text))
    assert code == "ValidationError"
    assert said == (
        "SSM Secure reference is not supported in: "
        "[AWS::SSM::Parameter/Properties/Value,AWS::IAM::User/Properties/Tags/Value]"
    )


def test_a_secure_string_is_no_template_parameter(cloud: LocalCloud, ssm: Any) -> None:
    put(ssm)
    text = """
Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /app/key}}
Resources: {Q: {Type: 'AWS::SQS::Queue'}}
"""
    assert "types not supported by CloudFormation" in refused(lambda: deploy(cloud, text))[1]
