"""What the CloudFormation engine honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.deploy.cloudformation import REFUSED_ARGUMENTS
from archlib.local.deploy.dynamic import SERVICES
from archlib.local.deploy.extensions import EXTENSIONS, PREFIX
from archlib.local.deploy.intrinsics import CONDITIONS, FUNCTIONS
from archlib.local.deploy.parameters import PARAMETER_TYPES
from archlib.local.deploy.references import PSEUDO
from archlib.local.deploy.sections import REFUSED_ATTRIBUTES, REFUSED_SECTIONS
from archlib.local.deploy.serverless import SERVERLESS

COVERAGE = coverage(
    "AWS CloudFormation",
    honours("Stacks", "create, update with replacement, delete, rollback, termination protection, "
            "events, tags, nested stacks, looked into at every update"),
    honours("Change sets", "what they would change, replacements and causes"),
    honours("Strict templates", "unknown sections, attributes, types and properties, wrong types, "
            "missing references and cycles are errors before anything is made"),
    honours("Parameters", "constraints, lists, SSM values, NoEcho, previous values"),
    honours("Conditions, mappings, outputs, exports and imports"),
    honours("Rules", "assertions on parameters; RefAll, ValueOf and ValueOfAll are refused"),
    honours("Order", "by reference and DependsOn, deterministic"),
    honours("Deletion and replacement policies", "Delete, Retain, RetainExceptOnCreate"),
    honours("Capabilities", "CAPABILITY_IAM, CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND"),
    refuses("Properties that a provider does not honour", "by their path; listed below"),
    refuses("Resource types without a provider", "by name"),
    refuses("Custom resources, macros, modules, hooks, stack sets, drift detection, imports"),
    differs("Time", "a stack is complete when the call returns"),
    refuses("Snapshot deletion policies", "of types that have no snapshots"),
    listings={
        "Intrinsic functions": (*FUNCTIONS, f"{PREFIX}…"),
        "Condition functions": tuple(CONDITIONS),
        "Pseudo parameters": PSEUDO,
        "Dynamic references": tuple(f"{{{{resolve:{name}:…}}}}" for name in SERVICES),
        "Transforms": (SERVERLESS, EXTENSIONS),
        "Parameter types": PARAMETER_TYPES,
        "Refused template sections": REFUSED_SECTIONS,
        "Refused resource attributes": REFUSED_ATTRIBUTES,
        "Refused arguments of its operations": REFUSED_ARGUMENTS,
    },
)  # fmt: skip
