"""What the quick run (``make check``) leaves out, besides single tests marked ``slow``."""

from __future__ import annotations

import pytest

#: Files whose tests together take seconds; ``make test`` runs them all.
SLOW_FILES = frozenset(
    {
        "test_cli_aws.py",
        "test_cli_mistakes.py",
        "test_cli_template_errors.py",
        "test_cloud_lifecycle.py",
        "test_cognito_keys.py",
        "test_cognito_srp.py",
        "test_deploy_deployment.py",
        "test_deploy_spec.py",
        "test_deploy_stacks.py",
        "test_deploy_untrusted.py",
        "test_dynamodb_limits.py",
        "test_emission.py",
        "test_functions_async.py",
        "test_functions_lifecycle.py",
        "test_functions_logs.py",
        "test_iam_properties.py",
        "test_protocols_round_trip.py",
        "test_s3_accelerate.py",
        "test_sam_templates.py",
        "test_served_api.py",
        "test_served_data_planes.py",
        "test_served_robustness.py",
        "test_served_s3.py",
        "test_served_signatures.py",
        "test_streams_deploy.py",
        "test_template_writing.py",
        "test_verify_verdicts.py",
        "test_workbook_book.py",
    }
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in SLOW_FILES:
            item.add_marker(pytest.mark.slow)
