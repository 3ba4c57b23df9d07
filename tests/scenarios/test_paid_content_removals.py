"""Taking any permission of paid content out of its template turns a verdict."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from judging import seen_by
from removals import iam_statements

from archlib.scenarios import scenario
from archlib.template import Template, emit
from archlib.verify import Outcome, Scenario

REMOVALS = {
    r.name: r for r in iam_statements(emit(scenario("paid-content").architecture()).template.body)
}

NO_ASSUMING = "role defined for the function cannot be assumed by Lambda"

#: Removal -> the check that is run on what is left, and words of its evidence.
IAM = {
    "ProviderRole-AssumeRolePolicyDocument-0": ("provider-role", "gets AccessDenied, another"),
    "ProviderRole-CallsMemberApi": ("counted-once", "premium: 403|Unanswered: got 403"),
    "LinkFunctionRole-AssumeRolePolicyDocument-0": ("five-minutes", NO_ASSUMING),
    "LinkFunctionRole-WritesItsOwnLog": ("logged", "log of LinkFunction is empty"),
    "LinkFunctionRole-ReadsMemberTable": ("no-premium-no-link", "no member: 502 .*GetItem failed"),
    "LinkFunctionRole-FetchesSigningKey": ("five-minutes", "GetSecretValue failed"),
    "LinkFunctionRole-DecryptsSigningKey": ("five-minutes", "SealingKey: kms:Decrypt failed"),
    "SealingKey-TheAccountsPoliciesDecide": ("five-minutes", "Unresolved resource"),
    "MemberFunctionRole-AssumeRolePolicyDocument-0": ("member-record", NO_ASSUMING),
    "MemberFunctionRole-WritesItsOwnLog": ("logged", "log of MemberFunction is empty"),
    "MemberFunctionRole-ReadsAndWritesMemberTable": ("member-record", "502 .*failed with Access"),
    "VideoBucketPolicy-RefusesPlainHttp": ("tls-only", "the bucket: .*'http': 200"),
    "VideoBucketPolicy-AdmitsVideoEdge": ("near-every-viewer", "Ana in Frankfurt: 403"),
    "LinkFunctionByLinkApiVideosIdLinkGet": ("no-premium-no-link", "no member: 500"),
    "MemberFunctionByMemberApiMemberPost": (
        "member-record",
        "got 500 .*MemberApi → MemberFunction",
    ),
    "MemberFunctionByMemberApiMemberGet": ("member-record", "read: 500"),
    "MemberFunctionByMemberApiMemberPut": ("member-record", "update: 500"),
    "MemberFunctionByMemberApiMemberDelete": ("member-record", "delete: 500"),
    "MemberFunctionByMemberApiMemberVideosGet": ("member-record", "what was bought: 500"),
    "MemberFunctionByMemberApiVideosGet": ("member-record", "catalogue: 500"),
    "MemberFunctionByMemberApiPaymentsPost": ("counted-once", "premium: 500|got 500"),
}


def test_every_statement_of_the_template_is_tried() -> None:
    assert set(REMOVALS) == set(IAM)


@pytest.mark.slow
@pytest.mark.parametrize("name", IAM)
def test_without_an_iam_statement_a_verdict_turns(
    name: str, shop: Scenario, shop_template: Template
) -> None:
    check, words = IAM[name]
    rest = replace(shop_template, body=REMOVALS[name].done_to(shop_template.body), text=None)
    evidence = seen_by(check, shop, rest)
    assert evidence.outcome is Outcome.NOT_MET, evidence.observed
    assert re.search(words, evidence.observed), evidence.observed
