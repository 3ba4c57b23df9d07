"""Symbolic values as troposphere objects; imported only while a template is emitted."""

from __future__ import annotations

from typing import Any

from troposphere import GetAtt, Sub
from troposphere import Ref as CfnRef

from archlib.architecture.values import Attribute, Ref, Value
from archlib.architecture.values import Sub as SubValue


def cfn(value: Value) -> Any:
    """What troposphere takes for a property of any type."""
    if isinstance(value, Ref):
        return CfnRef(value.name)
    if isinstance(value, Attribute):
        return GetAtt(value.name, value.attribute)
    if isinstance(value, SubValue):
        return Sub(value.text)
    return value
