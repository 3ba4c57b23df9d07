"""How a function reaches a table: by itself, or through the table's cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow, Component
from archlib.components.statements import sid
from archlib.components.wiring import Grant, Wire

if TYPE_CHECKING:
    from archlib.components.database import DaxCluster, Table


@dataclass(frozen=True)
class UsesTable(Wire):
    """A function calls DynamoDB itself."""


@dataclass(frozen=True)
class ReadsThrough(Wire):
    """A function reads and writes a table through its cache."""


def uses_table(
    function: Component,
    name: str,
    table: Table,
    operations: tuple[str, ...],
    arrow: Arrow,
    dashed: bool,
    *,
    label: str = "",
    variable: str = "TABLE_NAME",
) -> UsesTable:
    """The table's own operations, granted by name."""
    actions = tuple(f"dynamodb:{operation}" for operation in operations)
    return UsesTable(
        function.name,
        table.name,
        name,
        label,
        arrow,
        dashed,
        grants=(Grant(function.name, sid(name, table.name), actions, (table.arn,)),),
        environment=((variable, table.table_name),),
    )


def reads_through(
    function: Component,
    cache: DaxCluster,
    operations: tuple[str, ...],
    label: str,
    arrow: Arrow,
    told: tuple[str, tuple[Table, str] | None],
) -> ReadsThrough:
    """The cache's operations; ``told`` are the variables of its endpoint and of a table's name."""
    variable, named = told
    actions = tuple(f"dax:{operation}" for operation in operations)
    name = "reads_and_writes_through"
    return ReadsThrough(
        function.name,
        cache.name,
        name,
        label,
        arrow,
        grants=(Grant(function.name, sid(name, cache.name), actions, (cache.arn,)),),
        environment=(
            (variable, cache.endpoint),
            *(() if named is None else ((named[1], named[0].table_name),)),
        ),
    )
