"""End to end: boto3 calls on a local cloud, judged by deployed policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import Unsupported
from archlib.local.cloud import LocalCloud
from archlib.local.iam import (
    FederatedPrincipal,
    IamEnforcement,
    ResourcePolicies,
    ServicePrincipal,
    is_public,
)
from archlib.local.identity import Credentials

ACCOUNT = "123456789012"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/todos"


@pytest.fixture(scope="module")
def running() -> Iterator[LocalCloud]:
    planes = ("archlib.local.iam:IamEnforcement", "archlib.local.sts:SecurityTokens")
    with LocalCloud(planes=planes) as cloud:
        raw = cloud.raw("dynamodb")
        raw.create_table(
            TableName="todos",
            AttributeDefinitions=[
                {"AttributeName": "owner", "AttributeType": "S"},
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "state", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "owner", "KeyType": "HASH"},
                {"AttributeName": "id", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-state",
                    "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        cloud.raw("s3").create_bucket(Bucket="files")
        cloud.raw("s3").put_object(Bucket="files", Key="u1/a.txt", Body=b"a")
        cloud.raw("s3").put_object(Bucket="files", Key="u2/b.txt", Body=b"b")
        yield cloud


@pytest.fixture
def cloud(running: LocalCloud) -> Iterator[LocalCloud]:
    """The running cloud; whatever a test put into IAM is removed again."""
    yield running
    iam = running.raw("iam")
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
        iam.delete_role(RoleName=name)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def role(
    cloud: LocalCloud,
    *statements: dict[str, Any],
    name: str = "worker",
    trusts: dict[str, Any] | None = None,
    **options: Any,
) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": trusts or {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam = cloud.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), **options)
    if statements:
        iam.put_role_policy(
            RoleName=name, PolicyName="inline", PolicyDocument=document(*statements)
        )
    return str(arn["Role"]["Arn"])


def session(cloud: LocalCloud, arn: str, **options: Any) -> Credentials:
    return cloud.identities.issue(arn, "session", **options)


def refused(call: Any, **params: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    response = caught.value.response
    return (
        response["Error"]["Code"],
        response["Error"]["Message"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_a_role_may_do_what_its_policy_says_and_nothing_else(cloud: LocalCloud) -> None:
    credentials = session(cloud, role(cloud, allow("dynamodb:GetItem", TABLE)))
    dynamodb = cloud.client("dynamodb", credentials=credentials)
    key = {"owner": {"S": "u1"}, "id": {"S": "1"}}
    mark = cloud.trace.mark()
    dynamodb.get_item(TableName="todos", Key=key)
    assert cloud.trace.since(mark)[0].detail["iam"] == (
        "allowed by identity-based policy inline, statement 0"
    )
    code, message, status = refused(dynamodb.put_item, TableName="todos", Item=key)
    assert (code, status) == ("AccessDeniedException", 400)
    assert message == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/worker/session is not authorized to perform: "
        f"dynamodb:PutItem on resource: {TABLE} because no identity-based policy allows the "
        "dynamodb:PutItem action"
    )
    assert cloud.trace.hops[-1].error == "AccessDeniedException"
    assert "dynamodb:PutItem" in str(cloud.trace.hops[-1].detail["iam"])


def test_leading_keys_confine_a_caller_to_its_own_items(cloud: LocalCloud) -> None:
    own = allow(
        ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchWriteItem"],
        TABLE,
        Condition={
            "ForAllValues:StringEquals": {
                "dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]
            }
        },
    )
    context = {"cognito-identity.amazonaws.com:sub": "u1"}
    dynamodb = cloud.client(
        "dynamodb", credentials=session(cloud, role(cloud, own), context=context)
    )
    query = {
        "TableName": "todos",
        "KeyConditionExpression": "#o = :o AND begins_with(id, :p)",
        "ExpressionAttributeNames": {"#o": "owner"},
    }

    def values(owner: str) -> dict[str, Any]:
        return {":o": {"S": owner}, ":p": {"S": "x"}}

    dynamodb.query(**query, ExpressionAttributeValues=values("u1"))
    assert refused(dynamodb.query, **query, ExpressionAttributeValues=values("u2"))[0] == (
        "AccessDeniedException"
    )
    dynamodb.get_item(TableName="todos", Key={"owner": {"S": "u1"}, "id": {"S": "1"}})
    refused(dynamodb.get_item, TableName="todos", Key={"owner": {"S": "u2"}, "id": {"S": "1"}})
    mixed = [
        {"PutRequest": {"Item": {"owner": {"S": owner}, "id": {"S": "9"}}}}
        for owner in ("u1", "u2")
    ]
    refused(dynamodb.batch_write_item, RequestItems={"todos": mixed})
    dynamodb.batch_write_item(RequestItems={"todos": mixed[:1]})


def test_an_index_needs_its_own_permission(cloud: LocalCloud) -> None:
    arn = role(cloud, allow("dynamodb:Query", TABLE))
    dynamodb = cloud.client("dynamodb", credentials=session(cloud, arn))
    query = {
        "TableName": "todos",
        "IndexName": "by-state",
        "KeyConditionExpression": "#s = :s",
        "ExpressionAttributeNames": {"#s": "state"},
        "ExpressionAttributeValues": {":s": {"S": "open"}},
    }
    assert f"{TABLE}/index/by-state" in refused(dynamodb.query, **query)[1]
    cloud.client("iam").put_role_policy(
        RoleName="worker",
        PolicyName="more",
        PolicyDocument=document(allow("dynamodb:Query", f"{TABLE}/index/*")),
    )
    dynamodb.query(**query)


def test_a_transaction_needs_each_item_action(cloud: LocalCloud) -> None:
    arn = role(cloud, allow("dynamodb:PutItem", TABLE))
    dynamodb = cloud.client("dynamodb", credentials=session(cloud, arn))
    put = {"Put": {"TableName": "todos", "Item": {"owner": {"S": "t"}, "id": {"S": "1"}}}}
    gone = {"Delete": {"TableName": "todos", "Key": {"owner": {"S": "t"}, "id": {"S": "2"}}}}
    dynamodb.transact_write_items(TransactItems=[put])
    code, message, _ = refused(dynamodb.transact_write_items, TransactItems=[put, gone])
    assert code == "AccessDeniedException"
    assert "dynamodb:DeleteItem" in message


def test_partiql_is_refused_by_name(cloud: LocalCloud) -> None:
    dynamodb = cloud.client(
        "dynamodb", credentials=session(cloud, role(cloud, allow("dynamodb:*")))
    )
    with pytest.raises(Unsupported, match="ExecuteStatement"):
        dynamodb.execute_statement(Statement="SELECT * FROM todos")


def test_an_operation_in_no_table_is_refused_by_name(cloud: LocalCloud) -> None:
    arn = role(cloud, allow("*"))
    with pytest.raises(Unsupported, match="ec2:CreateVpc"):
        cloud.client("ec2", credentials=session(cloud, arn)).create_vpc(CidrBlock="10.0.0.0/16")


class TestS3:
    """A user's own prefix, and how S3 says no."""

    own = (
        allow("s3:GetObject", "arn:aws:s3:::files/${cognito-identity.amazonaws.com:sub}/*"),
        allow(
            "s3:ListBucket",
            "arn:aws:s3:::files",
            Condition={"StringLike": {"s3:prefix": ["${cognito-identity.amazonaws.com:sub}/*"]}},
        ),
    )

    def client(self, cloud: LocalCloud, *statements: dict[str, Any]) -> Any:
        context = {"cognito-identity.amazonaws.com:sub": "u1"}
        arn = role(cloud, *(statements or self.own))
        return cloud.client("s3", credentials=session(cloud, arn, context=context))

    def test_own_prefix(self, cloud: LocalCloud) -> None:
        s3 = self.client(cloud)
        assert s3.get_object(Bucket="files", Key="u1/a.txt")["Body"].read() == b"a"
        s3.list_objects_v2(Bucket="files", Prefix="u1/")

    def test_others_are_denied_in_s3s_words(self, cloud: LocalCloud) -> None:
        s3 = self.client(cloud)
        code, message, status = refused(s3.get_object, Bucket="files", Key="u2/b.txt")
        assert (code, status) == ("AccessDenied", 403)
        assert message == (
            f"User: arn:aws:sts::{ACCOUNT}:assumed-role/worker/session is not authorized to "
            'perform: s3:GetObject on resource: "arn:aws:s3:::files/u2/b.txt" because no '
            "identity-based policy allows the s3:GetObject action"
        )
        for prefix in ({"Prefix": "u2/"}, {"Prefix": ""}, {}):
            assert refused(s3.list_objects_v2, Bucket="files", **prefix)[0] == "AccessDenied"
        assert refused(s3.put_object, Bucket="files", Key="u1/new", Body=b"")[0] == "AccessDenied"

    def test_head_has_no_body_to_explain_itself(self, cloud: LocalCloud) -> None:
        s3 = self.client(cloud)
        assert refused(s3.head_object, Bucket="files", Key="u2/b.txt") == ("403", "Forbidden", 403)

    def test_who_may_not_list_is_not_told_that_an_object_is_missing(
        self, cloud: LocalCloud
    ) -> None:
        s3 = self.client(cloud, allow("s3:GetObject", "arn:aws:s3:::files/*"))
        code, message, _ = refused(s3.get_object, Bucket="files", Key="nothing")
        assert code == "AccessDenied"
        assert "s3:ListBucket" in message
        cloud.client("iam").put_role_policy(
            RoleName="worker",
            PolicyName="list",
            PolicyDocument=document(allow("s3:ListBucket", "arn:aws:s3:::files")),
        )
        assert refused(s3.get_object, Bucket="files", Key="nothing")[0] == "NoSuchKey"

    def test_a_copy_reads_and_writes(self, cloud: LocalCloud) -> None:
        s3 = self.client(cloud, allow("s3:PutObject", "arn:aws:s3:::files/u1/*"))
        copy = {"Bucket": "files", "Key": "u1/copy", "CopySource": "files/u1/a.txt"}
        assert "s3:GetObject" in refused(s3.copy_object, **copy)[1]
        cloud.client("iam").put_role_policy(
            RoleName="worker",
            PolicyName="read",
            PolicyDocument=document(allow("s3:GetObject", "arn:aws:s3:::files/u1/*")),
        )
        s3.copy_object(**copy)

    def test_a_bucket_policy_grants_and_denies(self, cloud: LocalCloud) -> None:
        arn = role(cloud)
        s3 = cloud.client("s3", credentials=session(cloud, arn))
        get = {"Bucket": "files", "Key": "u1/a.txt"}
        refused(s3.get_object, **get)
        grant = allow("s3:GetObject", "arn:aws:s3:::files/*", Principal={"AWS": arn})
        raw = cloud.raw("s3")
        raw.put_bucket_policy(Bucket="files", Policy=document(grant))
        try:
            s3.get_object(**get)
            ban = deny("s3:*", "arn:aws:s3:::files/u1/*", Principal="*", Sid="Ban")
            raw.put_bucket_policy(Bucket="files", Policy=document(grant, ban))
            assert refused(s3.get_object, **get)[1].endswith(
                "with an explicit deny in a resource-based policy"
            )
            assert "statement Ban" in str(cloud.trace.hops[-1].detail["iam"])
        finally:
            raw.delete_bucket_policy(Bucket="files")

    def test_anonymous_callers_are_judged_by_the_bucket_policy(self, cloud: LocalCloud) -> None:
        s3 = cloud.client("s3", unsigned=True)
        get = {"Bucket": "files", "Key": "u1/a.txt"}
        assert refused(s3.get_object, **get) == ("AccessDenied", "Access Denied", 403)
        everyone = document(allow("s3:GetObject", "arn:aws:s3:::files/*", Principal="*"))
        raw = cloud.raw("s3")
        raw.put_bucket_policy(Bucket="files", Policy=everyone)
        try:
            assert is_public(everyone)
            s3.get_object(**get)
            assert refused(s3.list_objects_v2, Bucket="files")[1] == "Access Denied"
        finally:
            raw.delete_bucket_policy(Bucket="files")


def test_a_lookup_can_be_wrapped(cloud: LocalCloud) -> None:
    """The seam that block public access uses."""
    iam = cloud.plane(IamEnforcement)
    everyone = document(allow("s3:GetObject", "arn:aws:s3:::files/*", Principal="*"))
    cloud.raw("s3").put_bucket_policy(Bucket="files", Policy=everyone)
    original: list[Any] = []

    def ignoring_public(inner: Any) -> Any:
        original.append(inner)

        def lookup(sought: Any) -> ResourcePolicies:
            found = inner(sought)
            kept = tuple(one for one in found.documents if not is_public(one[1]))
            return ResourcePolicies(kept, owner=found.owner)

        return lookup

    s3 = cloud.client("s3", unsigned=True)
    s3.get_object(Bucket="files", Key="u1/a.txt")
    iam.wrap_lookup("s3", ignoring_public)
    try:
        assert refused(s3.get_object, Bucket="files", Key="u1/a.txt")[0] == "AccessDenied"
    finally:
        iam.register_lookup("s3", original[0])
        cloud.raw("s3").delete_bucket_policy(Bucket="files")


class TestAssumeRole:
    """Trust policies are judged; users, boundaries and session policies count."""

    def user(self, cloud: LocalCloud, *statements: dict[str, Any]) -> Credentials:
        iam = cloud.client("iam")
        iam.create_user(UserName="ana")
        if statements:
            iam.put_user_policy(
                UserName="ana", PolicyName="own", PolicyDocument=document(*statements)
            )
        key = iam.create_access_key(UserName="ana")["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    @pytest.fixture(autouse=True)
    def _forget_user(self, cloud: LocalCloud) -> Iterator[None]:
        yield
        iam = cloud.raw("iam")
        for key in iam.list_access_keys(UserName="ana")["AccessKeyMetadata"]:
            iam.delete_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"])
        for name in iam.list_user_policies(UserName="ana")["PolicyNames"]:
            iam.delete_user_policy(UserName="ana", PolicyName=name)
        iam.delete_user(UserName="ana")

    def test_trusting_the_user_itself_is_enough(self, cloud: LocalCloud) -> None:
        sts = cloud.client("sts", credentials=self.user(cloud))
        arn = role(cloud, trusts={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ana"})
        assert sts.assume_role(RoleArn=arn, RoleSessionName="work")["Credentials"]

    def test_trusting_the_account_needs_an_identity_policy_too(self, cloud: LocalCloud) -> None:
        credentials = self.user(cloud)
        sts = cloud.client("sts", credentials=credentials)
        arn = role(cloud, trusts={"AWS": ACCOUNT})
        code, message, status = refused(sts.assume_role, RoleArn=arn, RoleSessionName="work")
        assert (code, status) == ("AccessDenied", 403)
        assert "no identity-based policy allows the sts:AssumeRole action" in message
        cloud.client("iam").put_user_policy(
            UserName="ana", PolicyName="own", PolicyDocument=document(allow("sts:AssumeRole", arn))
        )
        sts.assume_role(RoleArn=arn, RoleSessionName="work")

    def test_an_identity_policy_does_not_replace_trust(self, cloud: LocalCloud) -> None:
        sts = cloud.client("sts", credentials=self.user(cloud, allow("sts:*")))
        arn = role(cloud)
        message = refused(sts.assume_role, RoleArn=arn, RoleSessionName="work")[1]
        assert message.endswith("because no role trust policy allows the sts:AssumeRole action")

    def test_the_administrator_is_not_trusted_by_all(self, cloud: LocalCloud) -> None:
        self.user(cloud)  # the fixture takes her away
        sts = cloud.client("sts")
        arn = role(cloud, name="services")
        message = refused(sts.assume_role, RoleArn=arn, RoleSessionName="work")[1]
        assert message.endswith("because no role trust policy allows the sts:AssumeRole action")
        arn = role(cloud, name="accounts", trusts={"AWS": ACCOUNT})
        assert sts.assume_role(RoleArn=arn, RoleSessionName="work")["Credentials"]

    def test_a_session_policy_narrows(self, cloud: LocalCloud) -> None:
        sts = cloud.client("sts", credentials=self.user(cloud))
        arn = role(cloud, allow("s3:*"), trusts={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ana"})
        made = sts.assume_role(
            RoleArn=arn,
            RoleSessionName="work",
            Policy=document(allow("s3:GetObject", "arn:aws:s3:::files/u1/*")),
        )["Credentials"]
        s3 = cloud.client(
            "s3",
            credentials=Credentials(
                made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
            ),
        )
        s3.get_object(Bucket="files", Key="u1/a.txt")
        assert (
            "no session policy allows" in refused(s3.get_object, Bucket="files", Key="u2/b.txt")[1]
        )

    def test_a_user_boundary_limits(self, cloud: LocalCloud) -> None:
        credentials = self.user(cloud, allow("s3:*"))
        s3 = cloud.client("s3", credentials=credentials)
        s3.get_object(Bucket="files", Key="u1/a.txt")
        iam = cloud.client("iam")
        boundary = "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
        iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=boundary)
        assert (
            iam.get_user(UserName="ana")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
            == boundary
        )
        assert (
            "no permissions boundary allows"
            in (refused(s3.get_object, Bucket="files", Key="u1/a.txt")[1])
        )
        iam.delete_user_permissions_boundary(UserName="ana")
        s3.get_object(Bucket="files", Key="u1/a.txt")

    def test_groups_count(self, cloud: LocalCloud) -> None:
        s3 = cloud.client("s3", credentials=self.user(cloud))
        iam = cloud.client("iam")
        iam.create_group(GroupName="readers")
        iam.put_group_policy(
            GroupName="readers", PolicyName="read", PolicyDocument=document(allow("s3:GetObject"))
        )
        refused(s3.get_object, Bucket="files", Key="u1/a.txt")
        iam.add_user_to_group(GroupName="readers", UserName="ana")
        try:
            s3.get_object(Bucket="files", Key="u1/a.txt")
        finally:
            iam.remove_user_from_group(GroupName="readers", UserName="ana")
            iam.delete_group_policy(GroupName="readers", PolicyName="read")
            iam.delete_group(GroupName="readers")

    def test_passing_a_role_needs_permission(self, cloud: LocalCloud) -> None:
        credentials = self.user(cloud, allow("lambda:CreateFunction"))
        arn = role(cloud)
        create = {
            "FunctionName": "f",
            "Runtime": "python3.12",
            "Handler": "a.b",
            "Role": arn,
            "Code": {"ZipFile": b""},
        }
        functions = cloud.client("lambda", credentials=credentials)
        code, message, status = refused(functions.create_function, **create)
        assert (code, status) == ("AccessDeniedException", 403)
        assert f"iam:PassRole on resource: {arn}" in message


def test_aws_managed_policies_can_be_attached(cloud: LocalCloud) -> None:
    arn = role(cloud)
    cloud.client("iam").attach_role_policy(
        RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
    )
    dynamodb = cloud.client("dynamodb", credentials=session(cloud, arn))
    dynamodb.describe_table(TableName="todos")
    refused(dynamodb.delete_table, TableName="todos")


def test_a_role_boundary_limits(cloud: LocalCloud) -> None:
    policy = cloud.client("iam").create_policy(
        PolicyName="edge", PolicyDocument=document(allow("dynamodb:GetItem"))
    )["Policy"]["Arn"]
    arn = role(cloud, allow("dynamodb:*"), PermissionsBoundary=policy)
    dynamodb = cloud.client("dynamodb", credentials=session(cloud, arn))
    dynamodb.get_item(TableName="todos", Key={"owner": {"S": "u1"}, "id": {"S": "1"}})
    assert "no permissions boundary allows" in refused(dynamodb.scan, TableName="todos")[1]
    cloud.raw("iam").delete_policy(PolicyArn=policy)
    # A boundary that is gone allows nothing; it does not stop being a limit.
    assert "no permissions boundary allows" in refused(dynamodb.scan, TableName="todos")[1]
    key = {"owner": {"S": "u1"}, "id": {"S": "1"}}
    refused(dynamodb.get_item, TableName="todos", Key=key)


def test_another_accounts_resource_needs_its_own_policy(cloud: LocalCloud) -> None:
    arn = role(cloud, allow("sqs:*"))
    caller = cloud.identities.resolve(*_keys(session(cloud, arn)))
    iam = cloud.plane(IamEnforcement)
    mine = f"arn:aws:sqs:us-east-1:{ACCOUNT}:anything"
    theirs = "arn:aws:sqs:us-east-1:444455556666:anything"
    assert iam.decide(caller, "sqs:SendMessage", mine).allowed
    denied = iam.decide(caller, "sqs:SendMessage", theirs)
    assert (denied.effect, denied.layer) == ("implicit deny", "resource-based policy")
    assert "no resource-based policy allows" in iam.explain(
        caller, "sqs:SendMessage", theirs, denied
    )


def test_malformed_documents_are_refused_with_their_place(cloud: LocalCloud) -> None:
    role(cloud)
    bad = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "*"}]})
    code, message, status = refused(
        cloud.client("iam").put_role_policy,
        RoleName="worker",
        PolicyName="bad",
        PolicyDocument=bad,
    )
    assert (code, status) == ("MalformedPolicyDocument", 400)
    assert message.startswith("Statement[0].Effect: must be Allow or Deny")


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        (
            "sqs",
            "create_queue",
            {"QueueName": "q", "Attributes": {"Policy": "{}"}},
            "InvalidAttributeValue",
        ),
        ("sns", "create_topic", {"Name": "t", "Attributes": {"Policy": "[]"}}, "InvalidParameter"),
    ],
)
def test_malformed_resource_policies_are_refused(
    cloud: LocalCloud, service: str, operation: str, params: dict[str, Any], code: str
) -> None:
    assert refused(getattr(cloud.client(service), operation), **params)[0] == code


def test_a_function_policy_admits_whom_it_names(cloud: LocalCloud) -> None:
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:hello"
    execution, other = role(cloud, name="execution"), role(cloud, name="other")
    raw = cloud.raw("lambda")
    raw.create_function(
        FunctionName="hello",
        Runtime="python3.12",
        Handler="a.b",
        Role=execution,
        Code={"ZipFile": b"x"},
    )
    api = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc/*/GET/"
    permissions: list[dict[str, Any]] = [
        {"Principal": "apigateway.amazonaws.com", "SourceArn": api},
        {"Principal": other},
        {"Principal": "444455556666"},
    ]
    for number, permission in enumerate(permissions):
        raw.add_permission(
            FunctionName="hello",
            StatementId=f"s{number}",
            Action="lambda:InvokeFunction",
            **permission,
        )
    iam = cloud.plane(IamEnforcement)

    def may(asker: Any) -> bool:
        return iam.decide(asker, "lambda:InvokeFunction", function).allowed

    source = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc/prod/GET/"
    assert may(ServicePrincipal("apigateway.amazonaws.com", source))
    assert not may(ServicePrincipal("apigateway.amazonaws.com", source.replace("abc", "xyz")))
    assert not may(ServicePrincipal("s3.amazonaws.com", source))
    assert may(cloud.identities.resolve(*_keys(session(cloud, other))))
    assert not may(cloud.identities.resolve(*_keys(session(cloud, execution))))
    raw.delete_function(FunctionName="hello")


def test_no_permission_is_needed_to_ask_who_i_am(cloud: LocalCloud) -> None:
    arn = role(cloud, deny("*"))
    sts = cloud.client("sts", credentials=session(cloud, arn))
    assert sts.get_caller_identity()["Arn"].endswith("assumed-role/worker/session")


def test_queues_and_topics_speak_their_own_way(cloud: LocalCloud) -> None:
    url = cloud.raw("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    topic = cloud.raw("sns").create_topic(Name="news")["TopicArn"]
    credentials = session(cloud, role(cloud))
    code, message, status = refused(
        cloud.client("sqs", credentials=credentials).send_message, QueueUrl=url, MessageBody="x"
    )
    assert (code, status) == ("AccessDenied", 403)
    assert "sqs:sendmessage on resource: arn:aws:sqs:us-east-1:123456789012:jobs" in message
    code, message, status = refused(
        cloud.client("sns", credentials=credentials).publish, TopicArn=topic, Message="x"
    )
    assert (code, status) == ("AuthorizationError", 403)
    assert "SNS:Publish on resource" in message


def test_api_gateways_control_plane_is_judged_by_path(cloud: LocalCloud) -> None:
    api = cloud.raw("apigateway").create_rest_api(name="todos")["id"]
    one = allow("apigateway:GET", f"arn:aws:apigateway:us-east-1::/restapis/{api}/*")
    client = cloud.client("apigateway", credentials=session(cloud, role(cloud, one)))
    client.get_resources(restApiId=api)
    code, message, status = refused(client.create_deployment, restApiId=api)
    assert (code, status) == ("AccessDeniedException", 403)
    assert f"apigateway:POST on resource: arn:aws:apigateway:us-east-1::/restapis/{api}/" in message
    assert refused(client.get_rest_apis)[0] == "AccessDeniedException"


def test_a_queue_policy_admits_a_service_for_one_source(cloud: LocalCloud) -> None:
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox"
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
    grant = allow(
        "sqs:SendMessage",
        queue,
        Principal={"Service": "sns.amazonaws.com"},
        Condition={"ArnEquals": {"aws:SourceArn": topic}},
    )
    cloud.raw("sqs").create_queue(QueueName="inbox", Attributes={"Policy": document(grant)})
    iam = cloud.plane(IamEnforcement)
    mine = ServicePrincipal("sns.amazonaws.com", source_arn=topic, source_account=ACCOUNT)
    other = ServicePrincipal("sns.amazonaws.com", source_arn=topic + "2")
    assert iam.decide(mine, "sqs:SendMessage", queue).allowed
    assert not iam.decide(other, "sqs:SendMessage", queue).allowed
    assert not iam.decide(
        ServicePrincipal("events.amazonaws.com", source_arn=topic), "sqs:SendMessage", queue
    ).allowed


def test_a_web_identity_is_judged_by_the_trust_policy(cloud: LocalCloud) -> None:
    provider = "cognito-identity.amazonaws.com"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{provider}:aud": "us-east-1:pool"},
            "ForAnyValue:StringLike": {f"{provider}:amr": "authenticated"},
        },
    }
    arn = cloud.client("iam").create_role(
        RoleName="signed-in", AssumeRolePolicyDocument=document(trust)
    )["Role"]["Arn"]
    iam = cloud.plane(IamEnforcement)

    def asks(pool: str, amr: str) -> bool:
        who = FederatedPrincipal(provider, {f"{provider}:aud": pool, f"{provider}:amr": (amr,)})
        return iam.decide(who, "sts:AssumeRoleWithWebIdentity", arn).allowed

    assert asks("us-east-1:pool", "authenticated")
    assert not asks("us-east-1:pool", "unauthenticated")
    assert not asks("us-east-1:other", "authenticated")


def test_time_conditions_follow_the_virtual_clock(cloud: LocalCloud) -> None:
    until = {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
    arn = role(cloud, allow("dynamodb:ListTables", Condition=until))
    iam = cloud.plane(IamEnforcement)
    caller = cloud.identities.resolve(*_keys(session(cloud, arn, duration=10**9)))
    assert iam.decide(caller, "dynamodb:ListTables").allowed
    cloud.clock.advance(days=400)
    assert not iam.decide(caller, "dynamodb:ListTables").allowed


def _keys(credentials: Credentials) -> tuple[str, str | None]:
    return credentials.access_key, credentials.session_token


def test_the_administrator_and_the_planes_are_not_hindered(cloud: LocalCloud) -> None:
    cloud.client("dynamodb").list_tables()
    cloud.control("dynamodb").list_tables()
    admin = cloud.identities.resolve("AKIAARCHLIBADMIN0001")
    assert cloud.plane(IamEnforcement).decide(admin, "s3:GetObject", "arn:aws:s3:::x/y").allowed
