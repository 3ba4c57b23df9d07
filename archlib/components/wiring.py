"""What a connection carries besides its arrow: grants, environment, permissions.

A connection is the unit of meaning. The components at its ends read these values when they
emit their resources; nothing else in the library grants an action or passes a name.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from archlib.architecture.model import Connection
from archlib.architecture.values import Value


@dataclass(frozen=True)
class Condition:
    """One line of a statement's ``Condition`` block, e.g. StringLike, s3:prefix, values."""

    operator: str
    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Grant:
    """One IAM statement for the role that ``holder`` (a component's name) owns.

    ``actions`` and ``resources`` are exact: an action that takes no resource says ``"*"`` and
    the documentation of its verb says why.
    """

    holder: str
    sid: str
    actions: tuple[str, ...]
    resources: tuple[Value, ...]
    conditions: tuple[Condition, ...] = ()
    effect: str = "Allow"

    def statement(self) -> dict[str, object]:
        """The statement as policy data, symbolic values still symbolic."""
        statement: dict[str, object] = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": list(self.actions) if len(self.actions) > 1 else self.actions[0],
            "Resource": list(self.resources) if len(self.resources) > 1 else self.resources[0],
        }
        if self.conditions:
            block: dict[str, dict[str, object]] = {}
            for line in self.conditions:
                value: object = list(line.values) if len(line.values) > 1 else line.values[0]
                block.setdefault(line.operator, {})[line.key] = value
            statement["Condition"] = block
        return statement


@dataclass(frozen=True)
class Permission:
    """A resource-policy statement of a function: who may invoke it, on behalf of what exactly.

    ``source_account`` is for sources whose ARN names no account: a deleted bucket's name can be
    taken by anybody.
    """

    suffix: str
    principal: str
    source_arn: Value
    source_account: Value | None = None


@dataclass(frozen=True)
class Wire(Connection):
    """A connection with a meaning: what it grants, passes on and permits.

    ``grants`` go to the role of each grant's holder, ``environment`` to the source (a function),
    ``permissions`` to the resource policy of the target (a function).
    """

    grants: tuple[Grant, ...] = field(default=(), kw_only=True)
    environment: tuple[tuple[str, Value], ...] = field(default=(), kw_only=True)
    permissions: tuple[Permission, ...] = field(default=(), kw_only=True)
