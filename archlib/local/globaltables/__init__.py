"""DynamoDB global tables: one table in several regions, each written to and read from."""

from archlib.local.globaltables.plane import GlobalTablesPlane

__all__ = ["GlobalTablesPlane"]
