"""IAM for the local cloud: a pure evaluator, operation tables, and the guard.

* :mod:`~archlib.local.iam.evaluation`: request and policies in, decision out.
* :mod:`~archlib.local.iam.document`: policy documents, validated and compiled.
* :mod:`~archlib.local.iam.operations`: what each API operation needs.
* :mod:`~archlib.local.iam.enforcement`: the plane that puts them together.
"""

from __future__ import annotations

from archlib.local.iam.callers import (
    FederatedPrincipal,
    OriginAccessIdentity,
    ServicePrincipal,
)
from archlib.local.iam.document import PolicyDocument, parse_policy, policy
from archlib.local.iam.enforcement import IamEnforcement
from archlib.local.iam.evaluation import (
    Ceiling,
    Decision,
    Policies,
    Policy,
    Request,
    StatementRef,
    decide,
)
from archlib.local.iam.lookups import Lookup, ResourcePolicies, Sought
from archlib.local.iam.pattern import PolicyError
from archlib.local.iam.principal import Principal
from archlib.local.iam.public import is_public

__all__ = [
    "Ceiling",
    "Decision",
    "FederatedPrincipal",
    "IamEnforcement",
    "Lookup",
    "OriginAccessIdentity",
    "Policies",
    "Policy",
    "PolicyDocument",
    "PolicyError",
    "Principal",
    "Request",
    "ResourcePolicies",
    "ServicePrincipal",
    "Sought",
    "StatementRef",
    "decide",
    "is_public",
    "parse_policy",
    "policy",
]
