"""Taking anything that protects the design out of the template turns a verdict."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from removals import Removal, iam_statements, parts

from archlib.scenarios import scenario
from archlib.template import Template, emit
from archlib.verify import Evidence, Outcome, Scenario, verify

BODY = emit(scenario("mytodolist").architecture()).template.body

#: Removal -> the check that is run on what is left, and words of its evidence.
IAM = {
    "UserDirectoryAuthenticatedRole-AssumeRolePolicyDocument-0": ("own-folder", "Invalid"),
    "UserDirectoryAuthenticatedRole-KeepsOwnFilesInFileBucket": ("own-folder", "AccessDenied"),
    "UserDirectoryAuthenticatedRole-ListsOwnFilesInFileBucket": ("own-folder", "ListObjectsV2"),
    "FileBucketPolicy-RefusesPlainHttp": ("files-need-https", "200 over plain HTTP"),
    "TodoFunctionRole-AssumeRolePolicyDocument-0": (
        "on-demand",
        "TodoFunction: .*cannot be assumed by Lambda",
    ),
    "TodoFunctionRole-WritesItsOwnLog": ("logged", "log group is empty"),
    "TodoFunctionRole-LambdaAttachesItToTheVpc": (
        "on-demand",
        "TodoFunction: .*does not have permissions to call CreateNetworkInterface on EC2",
    ),
    "TodoFunctionRole-ItsOwnCodeDoesNot": ("least-privilege", "leaves .*CreateNetworkInterface"),
    "TodoFunctionRole-ReadsAndWritesThroughTodoCache": (
        "life-of-a-todo",
        "create” failed: .*behind it: TodoFunction → TodoCache: dax:PutItem failed with "
        "AccessDeniedException: no identity-based policy allows dax:PutItem",
    ),
    "TodoFunctionRole-BulkLoadsTodoTable": (
        "around-the-cache",
        "sees “second”; behind it: TodoFunction → TodoTable: dynamodb:BatchWriteItem failed with "
        "AccessDeniedException: no identity-based policy allows dynamodb:BatchWriteItem",
    ),
    "TodoCacheRole-AssumeRolePolicyDocument-0": ("on-demand", "TodoCache: .*assume role"),
    "TodoCacheRole-FrontsTodoTable": (
        "life-of-a-todo",
        "behind it: TodoCache → TodoTable: dynamodb:DescribeTable failed with AccessDenied",
    ),
    "TodoFunctionByTodoApiTodosGet": (
        "good-token",
        "500.*behind it: TodoApi → TodoFunction: lambda:InvokeFunction failed with AccessDenied",
    ),
    "TodoFunctionByTodoApiTodosPost": ("life-of-a-todo", "create” failed: Unanswered: got 50"),
    "TodoFunctionByTodoApiTodosImportPost": ("around-the-cache", "sees “second”"),
    "TodoFunctionByTodoApiTodosIdGet": ("life-of-a-todo", "read got 500"),
    "TodoFunctionByTodoApiTodosIdPut": ("life-of-a-todo", "update got 500"),
    "TodoFunctionByTodoApiTodosIdDelete": ("life-of-a-todo", "delete got 500"),
    "TodoFunctionByTodoApiTodosIdCompletePost": ("life-of-a-todo", "complete got 500"),
}

PARTS = {
    "authorizer": ("bad-tokens", "tampered: 50., the function was invoked"),
    "cache-key-TodoApiTodosGet-Authorization": ("cache-is-private", "Ana's cached answer"),
    "cache-key-TodoApiTodosGet-limit": ("cache-tells-apart", "only in a limit"),
    "cache-key-TodoApiTodosGet-nextToken": ("cache-tells-apart", "only in the next page"),
    "cache-key-TodoApiTodosGet-consistent": ("cache-tells-apart", "only in consistency"),
    "cache-key-TodoApiTodosGet-version": ("cache-tells-apart", "only in a version"),
    "cache-key-TodoApiTodosIdGet-Authorization": ("cache-is-private", "Ana's cached answer"),
    "cache-key-TodoApiTodosIdGet-id": ("cache-tells-apart", "only in another to-do"),
    "cache-key-TodoApiTodosIdGet-consistent": ("cache-tells-apart", "only in consistency of one"),
    "cache-key-TodoApiTodosIdGet-version": ("cache-tells-apart", "only in a version of one"),
    "stage-cache": ("second-read-from-stage", "invoked the function again"),
    "stage-method-settings": ("second-read-from-stage", "invoked the function again"),
    "request-validator": ("malformed-stops-early", "5 of 5 malformed bodies"),
    "request-models": ("malformed-stops-early", "5 of 5 malformed bodies"),
    "gateway-responses": ("web-views", "cannot read what is refused"),
    "preflight": ("web-views", "browser's question got 40"),
    "public-access-block": ("blocks-public-access", "FileBucket does not set"),
    "bucket-policy": ("files-need-https", "200 over plain HTTP"),
    "bucket-cors": ("web-views", "FileBucket lets no page"),
    "vpc-endpoint": ("around-the-cache", "sees “second”; behind it: .*ConnectTimeout.*no way to"),
    "vpc-endpoint-routes": ("around-the-cache", "sees “second”"),
    "route-associations": ("around-the-cache", "sees “second”"),
    "https-egress": ("around-the-cache", "sees “second”"),
    "dax-egress": ("life-of-a-todo", "create” failed: Unanswered: got 50"),
    "dax-ingress": ("life-of-a-todo", "create” failed: Unanswered: got 50"),
    "function-vpc": ("life-of-a-todo", "create” failed: Unanswered: got 50"),
    "function-layer": ("life-of-a-todo", "create” failed: Unanswered: got 50"),
    "dax-endpoint-variable": ("life-of-a-todo", "create” failed: Unanswered: got 50"),
    "table-name-variable": ("life-of-a-todo", "create” failed: Unanswered: got 50"),
    "mail-verification": ("registration", "no message with a code"),
    "user-existence-errors": ("tells-nobody", "UserNotFoundException"),
    "srp-sign-in": ("sign-in", "SRP"),
    "password-sign-in": ("sign-in", "InvalidParameterException"),
    "refresh": ("sign-in", "staying signed in"),
    "identity-providers": ("own-folder", "NotAuthorizedException"),
    "role-attachment": ("own-folder", "InvalidIdentityPoolConfiguration"),
}

#: What may go without a verdict turning, and why that is right.
NOTHING_LOST = {
    "bucket-encryption": "S3 encrypts new objects anyway",
    "bucket-ownership": "BucketOwnerEnforced is the default",
    "dax-parameters": "the default group keeps items just as long",
    "dax-encryption-at-rest": "no requirement speaks of it",
    "function-log-group": "the default group has the same name",
    "function-timeout": "the default of three seconds is enough",
    "table-recovery": "no requirement speaks of it",
    "password-policy": "the pool's default policy refuses weak passwords as well",
}


def judged(removal: Removal, check: str, todolist: Scenario, template: Template) -> Evidence:
    """What the check sees when the removal is done; why it did not deploy, if it did not."""
    rest = replace(template, body=removal.done_to(template.body), text=None)
    report = verify(todolist, rest, only=[check])
    return report.undeployed or report.finding(check).evidence


def by_name(found: list[Removal]) -> dict[str, Removal]:
    return {removal.name: removal for removal in found}


def test_every_statement_of_the_template_is_tried() -> None:
    assert {removal.name for removal in iam_statements(BODY)} == set(IAM)


def test_every_part_is_accounted_for() -> None:
    assert {removal.name for removal in parts(BODY)} == {*PARTS, *NOTHING_LOST}


@pytest.mark.slow
@pytest.mark.parametrize("name", IAM)
def test_without_an_iam_statement_a_verdict_turns(
    name: str, todolist: Scenario, template: Template
) -> None:
    check, words = IAM[name]
    evidence = judged(by_name(iam_statements(BODY))[name], check, todolist, template)
    assert evidence.outcome is Outcome.NOT_MET
    assert re.search(words, evidence.observed), evidence.observed


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_without_a_part_a_verdict_turns(name: str, todolist: Scenario, template: Template) -> None:
    check, words = PARTS[name]
    evidence = judged(by_name(parts(BODY))[name], check, todolist, template)
    assert evidence.outcome is Outcome.NOT_MET
    assert re.search(words, evidence.observed), evidence.observed
