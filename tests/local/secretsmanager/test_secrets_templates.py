"""Secrets from templates: empty and generated ones, their keys, policies and rotation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from key_roles import KMS, allow, client_of, make_role, refused

from archlib.local.cloud import LocalCloud

PLANES = (
    *KMS,
    "archlib.local.secretsmanager:SecretsManagerPlane",
    "archlib.local.functions:FunctionRuntime",
    "archlib.local.deploy:CloudFormation",
)

TEMPLATE = """
Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com},
                     Action: 'sts:AssumeRole'}]
  Key:
    Type: AWS::KMS::Key
    Properties:
      PendingWindowInDays: 7
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'},
             Action: 'kms:*', Resource: '*'}
          - Effect: Allow
            Principal: {AWS: !GetAtt Reader.Arn}
            Action: kms:Decrypt
            Resource: '*'
            Condition:
              StringEquals:
                kms:ViaService: !Sub 'secretsmanager.${AWS::Region}.amazonaws.com'
                kms:EncryptionContext:SecretARN: !Sub '${AWS::StackName}'
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: signing-key, Description: Put by hand, KmsKeyId: !GetAtt Key.Arn}
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: !Ref Secret
      ResourcePolicy:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {AWS: !GetAtt Reader.Arn},
                     Action: 'secretsmanager:GetSecretValue', Resource: '*'}]
Outputs:
  Secret: {Value: !Ref Secret}
  Id: {Value: !GetAtt Secret.Id}
"""
OPEN = TEMPLATE.replace(
    """
                kms:EncryptionContext:SecretARN: !Sub '${AWS::StackName}'""",
    "",
)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as running:
        yield running


def deploy(cloud: LocalCloud, text: str, name: str = "app", change: bool = False) -> str:
    cfn = cloud.client("cloudformation")
    call = cfn.update_stack if change else cfn.create_stack
    call(StackName=name, TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
    return str(cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def why(cloud: LocalCloud, name: str = "app") -> str:
    events = cloud.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


def test_an_empty_secret_is_filled_by_hand_and_read_by_whom_key_and_policy_admit(
    cloud: LocalCloud,
) -> None:
    assert deploy(cloud, OPEN) == "CREATE_COMPLETE", why(cloud)
    secrets = cloud.client("secretsmanager")
    reader = f"arn:aws:iam::{cloud.account}:role/reader"
    mine = client_of(cloud, reader, "secretsmanager")
    code, said = refused(mine.get_secret_value, SecretId="signing-key")
    assert (code, said.rpartition(": ")[2]) == ("ResourceNotFoundException", "AWSCURRENT")
    secrets.put_secret_value(SecretId="signing-key", SecretString="-----BEGIN")
    assert mine.get_secret_value(SecretId="signing-key")["SecretString"] == "-----BEGIN"
    other = make_role(cloud, "other", allow("secretsmanager:*"))
    assert refused(
        client_of(cloud, other, "secretsmanager").get_secret_value, SecretId="signing-key"
    ) == ("AccessDeniedException", "Access to KMS is not allowed")
    # The deployed key policy counts: one more condition closes the secret again.
    assert deploy(cloud, TEMPLATE, change=True) == "UPDATE_COMPLETE", why(cloud)
    assert refused(mine.get_secret_value, SecretId="signing-key")[0] == "AccessDeniedException"
    outputs = cloud.client("cloudformation").describe_stacks(StackName="app")["Stacks"][0]
    arn = secrets.describe_secret(SecretId="signing-key")["ARN"]
    assert {o["OutputValue"] for o in outputs["Outputs"]} == {arn}


def test_the_value_outlives_updates_of_an_empty_secret(cloud: LocalCloud) -> None:
    deploy(cloud, OPEN)
    secrets = cloud.client("secretsmanager")
    secrets.put_secret_value(SecretId="signing-key", SecretString="kept")
    deploy(cloud, OPEN.replace("Put by hand", "Put by somebody"), change=True)
    assert secrets.describe_secret(SecretId="signing-key")["Description"] == "Put by somebody"
    assert secrets.get_secret_value(SecretId="signing-key")["SecretString"] == "kept"


def test_deletion_takes_the_secret_and_schedules_the_key(cloud: LocalCloud) -> None:
    deploy(cloud, OPEN)
    cloud.client("cloudformation").delete_stack(StackName="app")
    secrets, kms = cloud.client("secretsmanager"), cloud.client("kms")
    assert refused(secrets.describe_secret, SecretId="signing-key")[0] == (
        "ResourceNotFoundException"
    )
    keys = [kms.describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in kms.list_keys()["Keys"]]
    assert [k["KeyState"] for k in keys if k["KeyManager"] == "CUSTOMER"] == ["PendingDeletion"]
    cloud.clock.advance(days=8)
    left = [kms.describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in kms.list_keys()["Keys"]]
    assert [k for k in left if k["KeyManager"] == "CUSTOMER"] == []


BROAD = (
    "Principal: {AWS: !GetAtt Reader.Arn},\n                     Action",
    "Principal: '*',\n                     Action",
)
BAD: list[tuple[tuple[str, str], str]] = [
    (BROAD, "broad principal"),
    (("KmsKeyId: !GetAtt Key.Arn", "KmsKeyId: alias/none"), "Access to KMS is not allowed"),
    (("Action: 'kms:*'", "Action: 'kms:Describe*'"), "will not allow you to update"),
]


@pytest.mark.parametrize(("change", "said"), BAD)
def test_what_cannot_be_deployed_says_why(
    cloud: LocalCloud, change: tuple[str, str], said: str
) -> None:
    assert change[0] in OPEN
    assert deploy(cloud, OPEN.replace(*change)) == "ROLLBACK_COMPLETE"
    assert said in why(cloud)


def test_a_secret_is_written_or_generated(cloud: LocalCloud) -> None:
    text = OPEN.replace("Description: Put by hand", "SecretString: a, GenerateSecretString: {}")
    assert deploy(cloud, text) == "ROLLBACK_COMPLETE"
    assert "Only one of" in why(cloud)


def test_a_policy_may_be_broad_when_the_template_says_so(cloud: LocalCloud) -> None:
    text = OPEN.replace(*BROAD).replace(
        "      SecretId: !Ref Secret\n",
        "      SecretId: !Ref Secret\n      BlockPublicPolicy: false\n",
    )
    assert deploy(cloud, text) == "CREATE_COMPLETE", why(cloud)


def test_generated_values_and_rotation(cloud: LocalCloud, event_lab: Any) -> None:
    lab = event_lab(cloud)
    function = lab.function(principal="secretsmanager.amazonaws.com")
    text = f"""
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties:
      GenerateSecretString: {{SecretStringTemplate: '{{"user": "me"}}', GenerateStringKey: word,
                              PasswordLength: 20, ExcludePunctuation: true}}
  Rotation:
    Type: AWS::SecretsManager::RotationSchedule
    Properties:
      SecretId: !Ref Secret
      RotationLambdaARN: {function}
      RotateImmediatelyOnUpdate: false
      RotationRules: {{AutomaticallyAfterDays: 30}}
"""
    assert deploy(cloud, text) == "CREATE_COMPLETE", why(cloud)
    secrets = cloud.client("secretsmanager")
    listed = secrets.list_secrets()["SecretList"][0]
    assert listed["RotationRules"] == {"AutomaticallyAfterDays": 30}
    made = json.loads(secrets.get_secret_value(SecretId=listed["ARN"])["SecretString"])
    assert made["user"] == "me"
    assert len(made["word"]) == 20
    assert made["word"].isalnum()
    assert [event["Step"] for event in lab.events()] == ["testSecret"]
    deploy(cloud, text.replace("Days: 30", "Days: 7"), change=True)
    assert secrets.list_secrets()["SecretList"][0]["RotationRules"] == {"AutomaticallyAfterDays": 7}
    without = text[: text.index("  Rotation:")]
    deploy(cloud, without, change=True)
    assert secrets.list_secrets()["SecretList"][0]["RotationEnabled"] is False
