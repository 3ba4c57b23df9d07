"""Intrinsic functions: one module per family, the tables in :mod:`tables`.

Source: "Intrinsic function reference" and "Pseudo parameters reference" in the AWS
CloudFormation User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.intrinsics.evaluator import Evaluator
from archlib.local.deploy.intrinsics.references import VARIABLE, sub_variables
from archlib.local.deploy.intrinsics.tables import CONDITIONS, FUNCTIONS, RULES
from archlib.local.deploy.intrinsics.values import NO_VALUE, Unknown, unknowns

__all__ = [
    "CONDITIONS",
    "FUNCTIONS",
    "NO_VALUE",
    "RULES",
    "VARIABLE",
    "Evaluator",
    "Unknown",
    "sub_variables",
    "unknowns",
]
