"""DynamoDB: consumed capacity, throttling, time to live and table properties over moto."""

from __future__ import annotations

from archlib.local.dynamodb.accounting import CapacityTotals
from archlib.local.dynamodb.plane import DynamoDbPlane

__all__ = ["CapacityTotals", "DynamoDbPlane"]
