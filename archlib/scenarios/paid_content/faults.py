"""Deliberate damage to the template; each fault names the check that must notice it."""

from __future__ import annotations

import json
from typing import Any

from archlib.scenarios.damages import (
    a_server,
    any_distribution,
    behaviors,
    distributions,
    fixed_table,
    forgetful_edge,
    no_public_access_block,
    nobody_admitted,
    open_bucket,
    strangers_role,
)
from archlib.verify import Fault
from archlib.verify.damage import (
    Body,
    drop_statement,
    listed,
    need,
    resources,
    role_statements,
    statement_allowing,
)
from archlib.verify.resources import of_type

_FETCH = "secretsmanager:GetSecretValue"


def _unsigned(body: Body) -> None:
    need([b.pop("TrustedKeyGroups") for b in behaviors(body) if "TrustedKeyGroups" in b],
         "TrustedKeyGroups")  # fmt: skip


def _plain_edge(body: Body) -> None:
    for behavior in behaviors(body):
        behavior["ViewerProtocolPolicy"] = "allow-all"


def _european(body: Body) -> None:
    for distribution in distributions(body):
        distribution["Restrictions"] = {
            "GeoRestriction": {"RestrictionType": "whitelist", "Locations": ["DE", "FR"]}
        }


def _strangers_group(body: Body) -> None:
    """The key group holds somebody else's key instead."""
    from archlib.local.keys.rsa import private_key
    from archlib.template.key_pairs import public_pem

    need(of_type(body, "AWS::CloudFront::KeyGroup"), "AWS::CloudFront::KeyGroup")
    body["Resources"]["StrangersKey"] = {
        "Type": "AWS::CloudFront::PublicKey",
        "Properties": {
            "PublicKeyConfig": {
                "Name": "strangers-key",
                "CallerReference": "strangers-key",
                "EncodedKey": public_pem(private_key(5)),
            }
        },
    }
    for group in resources(body, "AWS::CloudFront::KeyGroup"):
        group["KeyGroupConfig"]["Items"] = [{"Ref": "StrangersKey"}]


def _methods(body: Body, kind: str) -> list[dict[str, Any]]:
    found = [m for m in resources(body, "AWS::ApiGateway::Method")
             if m.get("AuthorizationType") == kind]  # fmt: skip
    return need(found, f"a method with {kind}")


def _nobody_asks(body: Body) -> None:
    for method in _methods(body, "COGNITO_USER_POOLS"):
        method["AuthorizationType"] = "NONE"
        method.pop("AuthorizerId", None)


def _anybody_pays(body: Body) -> None:
    for method in _methods(body, "AWS_IAM"):
        method["AuthorizationType"] = "NONE"


def _members_pay(body: Body) -> None:
    """Whoever signs in may tell of payments."""
    authorizer = _methods(body, "COGNITO_USER_POOLS")
    for method in _methods(body, "AWS_IAM"):
        own = [m for m in authorizer if m["RestApiId"] == method["RestApiId"]]
        method["AuthorizationType"] = "COGNITO_USER_POOLS"
        method["AuthorizerId"] = need(own, "an authorizer of the same API")[0]["AuthorizerId"]


def _closed_shop(body: Body) -> None:
    for pool in resources(body, "AWS::Cognito::UserPool"):
        pool["AdminCreateUserConfig"] = {"AllowAdminCreateUserOnly": True}


def _without_action(action: str) -> Any:
    def damage(body: Body) -> None:
        statement = statement_allowing(body, action)
        statement["Action"] = [a for a in listed(statement["Action"]) if a != action]

    return damage


def _blind_signer(body: Body) -> None:
    """The function that fetches the key may not look into the table."""
    for _, statements in role_statements(body):
        if any(_FETCH in listed(one["Action"]) for one in statements):
            for one in list(statements):
                if "dynamodb:GetItem" in listed(one["Action"]):
                    statements.remove(one)
                    return
    raise KeyError(_FETCH)


def _second_reader(body: Body) -> None:
    own = statement_allowing(body, _FETCH)
    others = [s for _, s in role_statements(body) if own not in s]
    need(others, "a role that does not fetch the key")[-1].append({**own, "Sid": "FetchesItToo"})


def _every_secret(body: Body) -> None:
    statement_allowing(body, _FETCH)["Resource"] = "*"


def _key_in_template(body: Body) -> None:
    for secret in resources(body, "AWS::SecretsManager::Secret"):
        secret["SecretString"] = json.dumps({"keyPairId": "K2", "privateKey": "-----BEGIN"})


def _few_at_a_time(body: Body) -> None:
    for function in resources(body, "AWS::Lambda::Function"):
        function["ReservedConcurrentExecutions"] = 2


def _everything(body: Body) -> None:
    statement_allowing(body, "dynamodb:PutItem")["Action"] = "dynamodb:*"


def _idle_permission(body: Body) -> None:
    statement = statement_allowing(body, "dynamodb:PutItem")
    statement["Action"] = [*listed(statement["Action"]), "dynamodb:Scan"]


def _in_the_clear(body: Body) -> None:
    for policy in resources(body, "AWS::S3::BucketPolicy"):
        document = policy["PolicyDocument"]
        kept = [s for s in document["Statement"] if "aws:SecureTransport" not in str(s)]
        if len(kept) == len(document["Statement"]):
            raise KeyError("aws:SecureTransport")
        document["Statement"] = kept


FAULTS = (
    Fault("unsigned", "The edge asks for no signature", _unsigned, "edge-wants-a-signature"),
    Fault("strangers-group", "The edge trusts somebody else's key", _strangers_group,
          "five-minutes"),
    Fault("open-bucket", "The bucket answers everybody", open_bucket, "only-the-distribution"),
    Fault("no-identity", "The bucket does not know its distribution", nobody_admitted,
          "near-every-viewer"),
    Fault("confused-deputy", "With an OAC, the bucket answers CloudFront on anybody's behalf",
          any_distribution, "oac-as-well", "oac"),
    Fault("no-public-access-block", "The bucket does not block public access",
          no_public_access_block, "buckets-block-public-access"),
    Fault("forgetful-edge", "Edge locations keep nothing", forgetful_edge, "shared-at-the-edge"),
    Fault("european", "Only two countries are served", _european, "near-every-viewer"),
    Fault("plain-edge", "The edge answers over plain HTTP", _plain_edge, "tls-only"),
    Fault("in-the-clear", "The bucket takes plain HTTP", _in_the_clear, "no-plain-http"),
    Fault("nobody-asks", "The APIs ask nobody who he is", _nobody_asks, "no-premium-no-link"),
    Fault("anybody-pays", "Anybody may tell of payments", _anybody_pays, "only-the-provider"),
    Fault("members-pay", "Members may tell of payments", _members_pay, "only-the-provider"),
    Fault("strangers-role", "Another account's users act as the provider",
          strangers_role("ProviderRoleArn"), "provider-role"),
    Fault("closed-shop", "Nobody can sign up", _closed_shop, "member-record"),
    Fault("no-conditions", "Purchases may not check the membership",
          _without_action("dynamodb:ConditionCheckItem"), "counted-once"),
    Fault("no-deletion", "Members cannot be deleted", _without_action("dynamodb:DeleteItem"),
          "member-record"),
    Fault("blind-signer", "The signing function may not look into the table", _blind_signer,
          "only-what-was-bought"),
    Fault("may-not-fetch", "The signing function may not fetch the key",
          lambda body: drop_statement(body, _FETCH), "no-premium-no-link"),
    Fault("may-not-decrypt", "The signing function may fetch the key and not decrypt it",
          lambda body: drop_statement(body, "kms:Decrypt"), "no-premium-no-link"),
    Fault("second-reader", "Another function may fetch the key, too", _second_reader,
          "only-one-reader"),
    Fault("every-secret", "The signing function may fetch every secret", _every_secret,
          "only-one-reader"),
    Fault("key-in-template", "The template says what the key is", _key_in_template,
          "no-key-in-template"),
    Fault("fixed-table", "The table has a fixed capacity", fixed_table, "on-demand"),
    Fault("a-server", "There is a server", a_server, "no-server"),
    Fault("few-at-a-time", "Functions run twice at a time at most", _few_at_a_time,
          "no-bottleneck"),
    Fault("may-do-everything", "A function may do everything with the table", _everything,
          "least-privilege"),
    Fault("idle-permission", "A function may do what it never does", _idle_permission,
          "permissions-are-used"),
    Fault("no-logs", "Functions may not write their logs",
          lambda body: drop_statement(body, "logs:PutLogEvents"), "logged"),
)  # fmt: skip
