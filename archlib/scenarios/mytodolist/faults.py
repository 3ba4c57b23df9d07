"""Deliberate damage to MyTodoList's template; each fault names the check that must notice it.

Faults find what they damage by type and content, not by logical id, so that they fit templates
that somebody else wrote. One that finds nothing to damage raises :class:`KeyError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archlib.scenarios.damages import a_server, fixed_table, no_public_access_block
from archlib.verify import Fault
from archlib.verify.damage import (
    Body,
    drop_statement,
    need,
    remove,
    resources,
    statement_allowing,
)
from archlib.verify.resources import of_type


def _methods(body: Body, verb: str | None = None) -> list[dict[str, Any]]:
    methods = [
        m
        for m in resources(body, "AWS::ApiGateway::Method")
        if m.get("AuthorizationType") == "COGNITO_USER_POOLS" and verb in (None, m["HttpMethod"])
    ]
    return need(methods, "a method with an authorizer")


def _without_authorizer(body: Body) -> None:
    for method in _methods(body):
        method["AuthorizationType"] = "NONE"
        method.pop("AuthorizerId", None)


def _key_without(parameter: str) -> Callable[[Body], None]:
    def damage(body: Body) -> None:
        found = 0
        for method in _methods(body, "GET"):
            keys = method["Integration"].get("CacheKeyParameters", [])
            kept = [key for key in keys if not key.endswith(parameter)]
            found += len(keys) - len(kept)
            method["Integration"]["CacheKeyParameters"] = kept
        if not found:
            raise KeyError(parameter)

    return damage


def _stage_without_cache(body: Body) -> None:
    for stage in resources(body, "AWS::ApiGateway::Stage"):
        stage["CacheClusterEnabled"] = False
        stage.pop("CacheClusterSize", None)


def _any_prefix(body: Body) -> None:
    for bucket in need(of_type(body, "AWS::S3::Bucket"), "a bucket"):
        statement = statement_allowing(body, "s3:GetObject")
        statement["Resource"] = {"Fn::Sub": f"${{{bucket}.Arn}}/*"}


def _free_listing(body: Body) -> None:
    del statement_allowing(body, "s3:ListBucket")["Condition"]


def _open_block(body: Body) -> None:
    for bucket in resources(body, "AWS::S3::Bucket"):
        block = bucket["PublicAccessBlockConfiguration"]
        block.update(BlockPublicPolicy=False, RestrictPublicBuckets=False)


def _guests(body: Body) -> None:
    for pool in resources(body, "AWS::Cognito::IdentityPool"):
        pool["AllowUnauthenticatedIdentities"] = True
    for attachment in resources(body, "AWS::Cognito::IdentityPoolRoleAttachment"):
        attachment["Roles"]["unauthenticated"] = attachment["Roles"]["authenticated"]
    for role in resources(body, "AWS::IAM::Role"):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            condition = statement.get("Condition", {})
            if "ForAnyValue:StringLike" in condition:
                condition["ForAnyValue:StringLike"] = {
                    "cognito-identity.amazonaws.com:amr": "*authenticated"
                }


def _standing_keys(body: Body) -> None:
    body["Resources"]["AppUser"] = {"Type": "AWS::IAM::User", "Properties": {}}
    body["Resources"]["AppKey"] = {
        "Type": "AWS::IAM::AccessKey",
        "Properties": {"UserName": {"Ref": "AppUser"}},
    }
    body["Outputs"]["AppSecret"] = {"Value": {"Fn::GetAtt": ["AppKey", "SecretAccessKey"]}}


def _long_tokens(body: Body) -> None:
    for client in resources(body, "AWS::Cognito::UserPoolClient"):
        client["IdTokenValidity"] = 24
        client["TokenValidityUnits"]["IdToken"] = "hours"


def _plain_http_for_files(body: Body) -> None:
    for policy in resources(body, "AWS::S3::BucketPolicy"):
        document = policy["PolicyDocument"]
        kept = [s for s in document["Statement"] if "aws:SecureTransport" not in str(s)]
        if len(kept) == len(document["Statement"]):
            raise KeyError("aws:SecureTransport")
        if kept:
            document["Statement"] = kept
        else:
            remove(body, "AWS::S3::BucketPolicy")


def _one_at_a_time(body: Body) -> None:
    for function in resources(body, "AWS::Lambda::Function"):
        function["ReservedConcurrentExecutions"] = 1


def _cache_for_ever(body: Body) -> None:
    for group in resources(body, "AWS::DAX::ParameterGroup"):
        group["ParameterNameValues"]["record-ttl-millis"] = "86400000"


def _cache_for_no_time(body: Body) -> None:
    for group in resources(body, "AWS::DAX::ParameterGroup"):
        group["ParameterNameValues"]["record-ttl-millis"] = "1"


def _closed_port(body: Body) -> None:
    found = 0
    for group in resources(body, "AWS::EC2::SecurityGroup"):
        found += len(group.pop("SecurityGroupIngress", ()))
    if not found:
        raise KeyError("SecurityGroupIngress")


def _everything(body: Body) -> None:
    statement = statement_allowing(body, "dynamodb:BatchWriteItem")
    statement["Action"] = "dynamodb:*"


def _more_than_needed(body: Body) -> None:
    statement = statement_allowing(body, "dynamodb:BatchWriteItem")
    statement["Action"] = ["dynamodb:BatchWriteItem", "dynamodb:Scan"]


def _weak_passwords(body: Body) -> None:
    for pool in resources(body, "AWS::Cognito::UserPool"):
        rules = dict.fromkeys(
            ("RequireLowercase", "RequireUppercase", "RequireNumbers", "RequireSymbols"), False
        )
        pool["Policies"] = {"PasswordPolicy": {"MinimumLength": 6, **rules}}


def _password_only(body: Body) -> None:
    for client in resources(body, "AWS::Cognito::UserPoolClient"):
        client["ExplicitAuthFlows"].remove("ALLOW_USER_SRP_AUTH")


def _no_validation(body: Body) -> None:
    for method in _methods(body):
        method.pop("RequestValidatorId", None)


def _no_cors(body: Body) -> None:
    for bucket in resources(body, "AWS::S3::Bucket"):
        del bucket["CorsConfiguration"]


def _tell_who(body: Body) -> None:
    for client in resources(body, "AWS::Cognito::UserPoolClient"):
        client["PreventUserExistenceErrors"] = "LEGACY"


FAULTS = (
    Fault("no-authorizer", "Methods ask for no token", _without_authorizer, "bad-tokens"),
    Fault("token-for-a-day", "Id tokens live for a day", _long_tokens, "bad-tokens"),
    Fault("cache-key-without-caller", "The cache key leaves out the caller",
          _key_without("Authorization"), "cache-is-private"),
    Fault("cache-key-without-query", "The cache key leaves out a parameter",
          _key_without("consistent"), "cache-tells-apart"),
    Fault("cache-key-without-id", "The cache key leaves out which to-do is meant",
          _key_without("path.id"), "cache-tells-apart"),
    Fault("no-stage-cache", "The stage has no cache", _stage_without_cache,
          "second-read-from-stage"),
    Fault("any-prefix", "Users reach every prefix of the bucket", _any_prefix, "no-trespass"),
    Fault("free-listing", "Users may list the whole bucket", _free_listing, "no-looking-around"),
    Fault("no-public-access-block", "The bucket does not block public access",
          no_public_access_block, "blocks-public-access"),
    Fault("public-access-allowed", "The bucket may be made public", _open_block, "stays-private"),
    Fault("guests", "Whoever never signed in gets the users' role", _guests, "no-anonymous"),
    Fault("standing-keys", "The app carries an IAM user's access key", _standing_keys,
          "no-iam-user"),
    Fault("plain-http-files", "Files may be fetched over plain HTTP", _plain_http_for_files,
          "files-need-https"),
    Fault("fixed-table", "The table has a fixed capacity", fixed_table, "on-demand"),
    Fault("one-at-a-time", "One request at a time", _one_at_a_time, "no-bottleneck"),
    Fault("a-server", "There is a server to look after", a_server, "no-server"),
    Fault("stale-for-a-day", "Cached items live for a day", _cache_for_ever, "around-the-cache"),
    Fault("cache-forgets", "Cached items live for a millisecond", _cache_for_no_time,
          "dax-saves-reads"),
    Fault("closed-port", "No one may connect to the cache", _closed_port, "dax-saves-reads"),
    Fault("may-do-everything", "The function may do everything in DynamoDB", _everything,
          "least-privilege"),
    Fault("may-scan", "The function may scan, though it never does", _more_than_needed,
          "permissions-are-used"),
    Fault("weak-passwords", "Any six characters are a password", _weak_passwords, "registration"),
    Fault("no-srp", "The password must be sent to sign in", _password_only, "sign-in"),
    Fault("tells-who-is-registered", "Sign-in tells which addresses are registered", _tell_who,
          "tells-nobody"),
    Fault("no-validation", "The gateway lets malformed bodies through", _no_validation,
          "malformed-stops-early"),
    Fault("unreadable-refusals", "A web page cannot read the gateway's refusals",
          lambda body: remove(body, "AWS::ApiGateway::GatewayResponse"), "web-views"),
    Fault("files-not-for-pages", "A web page may not fetch files",
          _no_cors, "web-views"),
    Fault("no-way-to-the-table", "The function's network has no way to DynamoDB",
          lambda body: remove(body, "AWS::EC2::VPCEndpoint"), "around-the-cache"),
    Fault("gateway-may-not-invoke", "The API may not invoke the function",
          lambda body: remove(body, "AWS::Lambda::Permission"), "life-of-a-todo"),
    Fault("may-not-write-around", "The function may not import in bulk",
          lambda body: drop_statement(body, "dynamodb:BatchWriteItem"), "around-the-cache"),
    Fault("no-log", "The function may not write its log",
          lambda body: drop_statement(body, "logs:PutLogEvents"), "logged"),
)  # fmt: skip
