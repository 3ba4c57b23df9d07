"""Measure every budget and print it beside its bound; exit 1 when one is exceeded."""

from __future__ import annotations

import sys

from benchmarks.deploying import deploy_against_its_own_moto_calls
from benchmarks.edge import edge_against_a_dict
from benchmarks.importing import import_seconds
from benchmarks.rebuilding import second_build_against_first
from benchmarks.requesting import request_against_moto_by_hand
from benchmarks.serving import (
    api_to_table_printing,
    api_to_table_silent,
    put_item_against_moto_server,
    put_object_against_moto_server,
)

BUDGETS = (
    request_against_moto_by_hand,
    deploy_against_its_own_moto_calls,
    import_seconds,
    second_build_against_first,
    edge_against_a_dict,
    put_item_against_moto_server,
    put_object_against_moto_server,
    api_to_table_silent,
    api_to_table_printing,
)


def main() -> int:
    """Run all; returns the exit code."""
    exceeded = 0
    for budget in BUDGETS:
        measured = budget()
        exceeded += not measured.kept
        print(measured, flush=True)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
