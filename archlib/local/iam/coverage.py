"""What the IAM plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.iam.lookups import LOOKUPS
from archlib.local.iam.operators import OPERATORS

COVERAGE = coverage(
    "IAM and STS",
    honours("Every call is judged", "of every caller but the administrator who deploys, "
            "who only needs a role's trust to take it on"),
    honours("Explicit deny, allow, implicit deny", "over identity, resource, boundary and session "
            "policies, in AWS's order; refusals in each service's code and wording"),
    honours("Inline, managed and group policies, permissions boundaries, session policies"),
    honours("AWS managed policies", "those that moto ships"),
    honours("Role trust policies", "of AssumeRole, of service roles, of web identities"),
    honours("Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition",
            "with wildcards"),
    honours("Policy variables", "with default values; a value is taken literally"),
    honours("ForAllValues, ForAnyValue, …IfExists, Null"),
    honours("iam:PassRole", "when a role is handed to a service"),
    honours("Dependent permissions of one call", "such as tagging while creating"),
    honours("Malformed documents", "refused where they are written, as AWS does"),
    honours("GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity, GetSessionToken"),
    refuses("Calls whose permissions are in no table", "for everybody but the administrator"),
    honours("VPC endpoint policies", "of calls that go through an endpoint"),
    differs("Service control policies", "the evaluator has the layer; the cloud has no "
            "organization"),
    differs("Cross-account access", "evaluated; but there is one account only"),
    differs("Propagation", "a changed policy counts from the next call on"),
    differs("SAML, MFA devices", "MFA is never present"),
    listings={
        "Condition operators": (*OPERATORS, "Null"),
        "Resource-based policies, by service of the action": (*LOOKUPS, "execute-api", "kms",
                                                                "secretsmanager", "ses"),
    },
)  # fmt: skip
