"""Symbolic values: what is known only once a stack is deployed.

They are the only way in which components and connections speak of each other's names,
ARNs and endpoints, so that the model needs no AWS library and stays comparable. The
template package turns them into CloudFormation intrinsics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Ref:
    """CloudFormation's ``Ref``: a resource's physical id, or a parameter's value."""

    name: str

    def intrinsic(self) -> dict[str, object]:
        """The long form of the intrinsic."""
        return {"Ref": self.name}


@dataclass(frozen=True)
class Attribute:
    """CloudFormation's ``Fn::GetAtt``: one attribute of the resource called ``name``."""

    name: str
    attribute: str

    def intrinsic(self) -> dict[str, object]:
        """The long form of the intrinsic."""
        return {"Fn::GetAtt": [self.name, self.attribute]}


@dataclass(frozen=True)
class Sub:
    """CloudFormation's ``Fn::Sub``; ``${!x}`` stays a literal ``${x}`` (an IAM policy variable)."""

    text: str

    def intrinsic(self) -> dict[str, object]:
        """The long form of the intrinsic."""
        return {"Fn::Sub": self.text}


Value: TypeAlias = str | Ref | Attribute | Sub

ACCOUNT_ID = Ref("AWS::AccountId")
PARTITION = Ref("AWS::Partition")
REGION = Ref("AWS::Region")
STACK_NAME = Ref("AWS::StackName")


@dataclass(frozen=True)
class Output:
    """A stack output: what a caller must know to use the deployment."""

    name: str
    description: str
    value: Value


def plain(value: object) -> object:
    """``value`` as JSON data, with every symbolic value in it as a long-form intrinsic."""
    if isinstance(value, Ref | Attribute | Sub):
        return value.intrinsic()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
