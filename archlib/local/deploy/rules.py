"""The Rules section: assertions on parameters, made before anything is created or changed.

Source: "CloudFormation template Rules syntax" and "Rule-specific intrinsic functions" in the AWS
CloudFormation User Guide. ``Fn::RefAll``, ``Fn::ValueOf`` and ``Fn::ValueOfAll``, which look into
what an account has, are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import RULES, Evaluator

_RULE = {"RuleCondition", "Assertions"}
_ASSERTION = {"Assert", "AssertDescription"}


def check_rule_forms(rules: Mapping[str, Any]) -> None:
    """Refuse rules that cannot be read; raises :class:`StackError`."""
    for name, rule in rules.items():
        where = f"Template format error: [/Rules/{name}]"
        assertions = rule.get("Assertions") if isinstance(rule, dict) else None
        if not isinstance(assertions, list) or not assertions:
            raise StackError(f"{where} Every Rules object must contain a list of Assertions.")
        for place, keys, allowed in (
            ("", rule, _RULE),
            *((f"/Assertions/{n}", one, _ASSERTION) for n, one in enumerate(assertions)),
        ):
            if not isinstance(keys, dict) or (place and "Assert" not in keys):
                raise StackError(f"{where} Every assertion must contain an Assert.")
            strange = sorted(set(keys) - allowed)
            if strange:
                raise StackError(f"Invalid template rule property '{strange[0]}' [/Rules/{name}]")


def check_rules(
    rules: Mapping[str, Any], names: Mapping[str, Any], mappings: Mapping[str, Any]
) -> None:
    """Refuse parameters that a rule does not allow; raises :class:`StackError` naming it."""
    scope = Evaluator(names, mappings, tests=RULES)
    failed: list[str] = []
    for name, rule in rules.items():
        if "RuleCondition" in rule and not scope.test(rule["RuleCondition"]):
            continue
        failed += [
            f"{name}: {assertion.get('AssertDescription') or assertion['Assert']}"
            for assertion in rule["Assertions"]
            if not scope.test(assertion["Assert"])
        ]
    if failed:
        raise StackError(f"Template rules are not satisfied: {'; '.join(failed)}")
