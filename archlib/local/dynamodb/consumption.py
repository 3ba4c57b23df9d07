"""What one request consumed, and how ``ReturnConsumedCapacity`` shows it.

Source: Amazon DynamoDB API Reference, "ConsumedCapacity" and "Capacity". TOTAL
gives the table's total; INDEXES adds the table's and each touched index's share. Only
the transactional operations tell read and write units apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Direction = Literal["read", "write"]

_UNIT_FIELD: Mapping[Direction, str] = {
    "read": "ReadCapacityUnits",
    "write": "WriteCapacityUnits",
}
_INDEX_FIELDS = (("local", "LocalSecondaryIndexes"), ("global", "GlobalSecondaryIndexes"))


@dataclass
class Consumption:
    """Units one request took from one table, the share of every index apart."""

    table: str
    direction: Direction
    table_units: float = 0.0
    index_units: dict[tuple[Literal["global", "local"], str], float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Units of the table and all its indexes."""
        return self.table_units + sum(self.index_units.values())

    def add_index(self, kind: Literal["global", "local"], name: str, units: float) -> None:
        """Charge an index; an index that a write leaves alone is not listed."""
        if units:
            self.index_units[kind, name] = self.index_units.get((kind, name), 0.0) + units

    def shape(self, detail: str, *, directed: bool = False) -> dict[str, Any]:
        """The ``ConsumedCapacity`` structure for TOTAL or INDEXES."""

        def units(amount: float) -> dict[str, Any]:
            both = {"CapacityUnits": amount}
            return {**both, _UNIT_FIELD[self.direction]: amount} if directed else both

        shape: dict[str, Any] = {"TableName": self.table, **units(self.total)}
        if detail == "INDEXES":
            shape["Table"] = units(self.table_units)
            for kind, name in _INDEX_FIELDS:
                shares = {i: units(u) for (k, i), u in self.index_units.items() if k == kind}
                if shares:
                    shape[name] = shares
        return shape


def total(consumptions: Iterable[Consumption]) -> float:
    """Units of several consumptions together."""
    return sum(consumption.total for consumption in consumptions)
