"""DynamoDB's expression language: what is malformed is refused before any table is looked at."""

from __future__ import annotations

from archlib.local.dynamodb.expressions.handling import well_formed

__all__ = ["well_formed"]
