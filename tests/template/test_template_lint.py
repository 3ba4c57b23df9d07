"""cfn-lint in-process: our template is clean, and what is silenced says why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from archlib.scenarios.mytodolist.architecture import architecture
from archlib.template import Suppression, Template, emit, lint, suppressions

pytestmark = pytest.mark.slow


def bucket(metadata: dict[str, Any] | None = None, **properties: Any) -> Template:
    why = {"com.aws.cloudformation.Context": {"why": "a test"}}
    return Template(
        {
            "Metadata": {"com.aws.cloudformation.Context": {"arch": "one bucket"}},
            "Resources": {
                "Files": {
                    "Type": "AWS::S3::Bucket",
                    "Metadata": {**why, **(metadata or {})},
                    "DeletionPolicy": "Delete",
                    "UpdateReplacePolicy": "Delete",
                    "Properties": properties or {"BucketName": "files"},
                }
            },
        },
        "files.yaml",
    )


@pytest.mark.parametrize("dax", [True, False])
def test_mytodolist_has_no_finding_of_any_level_and_silences_none(dax: bool) -> None:
    template = emit(architecture(dax=dax)).template
    assert lint(template) == ()
    assert lint(template, region="eu-central-1") == ()
    assert suppressions(template) == ()


def test_a_misspelt_property_is_found_at_its_line() -> None:
    (finding,) = lint(bucket(BuketName="files"))
    assert (finding.rule, finding.level, finding.logical_id) == ("E3002", "error", "Files")
    assert finding.path == ("Resources", "Files", "Properties", "BuketName")
    assert finding.line == 13
    assert "BuketName" in finding.message
    assert finding.source.startswith("https://")
    assert str(finding).startswith("files.yaml:13: E3002 ")


def test_informational_rules_run_too() -> None:
    template = bucket()
    del template.body["Resources"]["Files"]["Metadata"]
    assert [(f.rule, f.level) for f in lint(template)] == [("I4010", "informational")]


PUBLIC = {
    "AccessControl": "PublicRead",
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
}
SILENT = {"cfn-lint": {"config": {"ignore_checks": ["W3045"]}}}


def test_a_reasoned_suppression_silences_and_is_listed() -> None:
    assert {f.rule for f in lint(bucket(**PUBLIC))} == {"W3045"}
    template = bucket({**SILENT, "archlib": {"suppressions": {"W3045": "a lesson"}}}, **PUBLIC)
    assert lint(template) == ()
    assert suppressions(template) == (Suppression("W3045", "a lesson", "Files"),)


def test_a_suppression_without_a_reason_is_a_finding() -> None:
    (finding,) = lint(bucket(SILENT, **PUBLIC))
    assert (finding.rule, finding.level, finding.logical_id) == ("ARCHLIB001", "error", "Files")
    assert finding.message == (
        "silences W3045 and does not say why; put the reason under"
        " Metadata.archlib.suppressions.W3045"
    )
    assert suppressions(bucket(SILENT)) == (Suppression("W3045", None, "Files"),)


def test_a_reason_that_silences_nothing_is_a_finding() -> None:
    (finding,) = lint(bucket({"archlib": {"suppressions": {"W3045": "left over"}}}))
    assert (finding.rule, finding.level) == ("ARCHLIB002", "warning")


def test_findings_of_one_template_do_not_reach_the_next() -> None:
    silent_everywhere = bucket(**PUBLIC)
    silent_everywhere.body["Metadata"] |= {
        **SILENT,
        "archlib": {"suppressions": {"W3045": "a lesson"}},
    }
    assert lint(silent_everywhere) == ()
    assert {f.rule for f in lint(bucket(**PUBLIC))} == {"W3045"}


def test_configuration_of_whoever_runs_it_has_no_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E3002]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "HOME", str(tmp_path))
    assert [f.rule for f in lint(bucket(BuketName="files"))] == ["E3002"]


def test_lint_of_a_read_template_speaks_of_its_own_lines() -> None:
    text = "\n\n" + bucket(BuketName="files").to_yaml()
    (finding,) = lint(Template.parse(text, "given.yaml"))
    assert (finding.file, finding.line) == ("given.yaml", 15)
