"""What the commands print: for people, as JSON, as JUnit, as SARIF; and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from archlib.cli.junit import Case, junit
from archlib.cli.sarif import Result, Rule, sarif

if TYPE_CHECKING:
    from conftest import Archlib

BAD = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueNam: x
"""
CLEAN = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Metadata:
      com.aws.cloudformation.Context: {why: Something to wait in}
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      QueueName: waiting
"""


def twice(archlib: Archlib, *arguments: str) -> Any:
    """Run twice, demand the same bytes, and return the JSON."""
    first, second = archlib(*arguments), archlib(*arguments)
    assert first.code == second.code == 0
    assert first.out == second.out
    return first.json


def test_list(archlib: Archlib) -> None:
    rows = twice(archlib, "list", "--json")
    assert "mytodolist" in [row["name"] for row in rows]
    assert all(row["faults"] >= 12 for row in rows)
    text = archlib("list")
    assert text.code == 0
    assert text.out.startswith("mytodolist ")


def test_show(archlib: Archlib) -> None:
    shown = twice(archlib, "show", "mytodolist", "--json")
    assert {"TodoApi", "TodoFunction", "TodoTable"} <= {c["name"] for c in shown["components"]}
    assert all(requirement["checks"] for requirement in shown["requirements"])
    assert all(
        set(connection) == {"source", "arrow", "target", "verb", "label"}
        for connection in shown["connections"]
    )
    text = archlib("show", "mytodolist").out
    for part in ("Requirements", "Components", "Connections", "Faults", "TODO-11"):
        assert part in text


def test_template(archlib: Archlib, folder: Path) -> None:
    body = twice(archlib, "template", "mytodolist", "--json")
    assert body["Resources"]["TodoApi"]["Type"] == "AWS::ApiGateway::RestApi"
    printed = archlib("template", "mytodolist").out
    assert archlib("template", "mytodolist", "--out", "made/here.yaml").code == 0
    assert (folder / "made/here.yaml").read_text() == printed
    committed = Path(__file__).parents[2] / "cfn" / "mytodolist.yaml"
    assert printed == committed.read_text()


def test_template_diff(archlib: Archlib, folder: Path) -> None:
    archlib("template", "mytodolist", "--out", "same.yaml")
    same = archlib("template", "mytodolist", "--diff", "same.yaml")
    assert (same.code, same.out) == (0, "")
    text = (folder / "same.yaml").read_text()
    (folder / "other.yaml").write_text(text.replace("RetentionInDays: 30", "RetentionInDays: 7"))
    other = archlib("template", "mytodolist", "--diff", "other.yaml", "--json")
    assert other.code == 1
    assert len(other.json) == 1
    assert "RetentionInDays" in other.json[0]


def test_template_assets(archlib: Archlib, folder: Path) -> None:
    ran = archlib("template", "mytodolist", "--assets", "zips", "--json")
    assert ran.code == 0
    defaults = {
        p["Default"] for p in ran.json["Parameters"].values() if "zip" in p.get("Default", "")
    }
    assert {path.name for path in (folder / "zips").iterdir()} == defaults
    assert all(path.read_bytes()[:2] == b"PK" for path in (folder / "zips").iterdir())


def test_a_template_without_code_has_no_assets(archlib: Archlib, folder: Path) -> None:
    (folder / "bad.yaml").write_text(BAD)
    ran = archlib("template", "bad.yaml", "--assets", "zips")
    assert ran.code == 0
    assert "nothing to write" in ran.err


@pytest.mark.slow
def test_deploy(archlib: Archlib) -> None:
    made = twice(archlib, "deploy", "mytodolist", "--json")
    assert made["stack"] == "mytodolist"
    assert made["outputs"]["ApiUrl"].startswith("https://")
    assert len(made["resources"]) > 50
    text = archlib("deploy", "mytodolist", "--stack-name", "other").out
    assert "other: " in text
    assert "forgotten again" in text


def test_deploy_with_parameters(archlib: Archlib, folder: Path) -> None:
    (folder / "p.yaml").write_text(
        "Parameters: {Name: {Type: String}}\n"
        "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}\n"
        "Outputs: {Where: {Value: !Ref Queue}}\n"
    )
    ran = archlib("deploy", "p.yaml", "--parameter", "Name=a=b", "--json")
    assert ran.code == 2
    ran = archlib("deploy", "p.yaml", "--parameter", "Name=waiting", "--json")
    assert ran.json["outputs"]["Where"].endswith("/waiting")


@pytest.mark.slow
def test_lint(archlib: Archlib, folder: Path) -> None:
    (folder / "bad.yaml").write_text(BAD)
    (folder / "clean.yaml").write_text(CLEAN)
    clean = archlib("lint", "clean.yaml", "mytodolist")
    assert clean.code == 0
    assert "mytodolist: clean" in clean.out
    bad = archlib("lint", "bad.yaml", "--json")
    assert bad.code == 1
    errors = [f for f in bad.json if f["level"] == "error"]
    assert [(f["file"], f["line"], f["rule"], f["logical_id"]) for f in errors] == [
        ("bad.yaml", 5, "E3002", "Queue")
    ]
    reports = archlib("lint", "bad.yaml", "--junit", "j.xml", "--sarif", "s.json")
    assert reports.code == 1
    assert check_junit((folder / "j.xml").read_text())["failures"] >= 1
    log = check_sarif((folder / "s.json").read_text())
    assert {r["ruleId"] for r in log["runs"][0]["results"]} >= {"E3002"}


@pytest.mark.slow
def test_verify_in_every_form(archlib: Archlib, folder: Path) -> None:
    arguments = ("verify", "mytodolist", "--check", "on-demand", "--check", "no-server")
    rows = twice(archlib, *arguments, "--json")
    assert rows[0]["met"] is True
    assert [v["requirement"] for v in rows[0]["verdicts"]] == ["TODO-02", "TODO-12"]
    brief, full = archlib(*arguments), archlib(*arguments, "-v")
    assert "2 of 2 requirements met" in brief.out
    assert "on-demand: every table is on demand" not in brief.out
    assert "on-demand: every table is on demand" in full.out
    steps = archlib(*arguments, "--json", "--progress")
    assert json.loads(steps.out) == rows
    assert steps.err.splitlines() == ["deploy mytodolist", "judge"]
    printed = archlib(*arguments, "--junit", "-")
    counts = check_junit(printed.out)
    assert counts == {"tests": 2, "failures": 0, "skipped": 0}
    assert check_sarif(archlib(*arguments, "--sarif", "-").out)["runs"][0]["results"] == []


@pytest.mark.slow
def test_verify_says_what_is_not_met(archlib: Archlib, folder: Path) -> None:
    archlib("template", "mytodolist", "--out", "t.yaml")
    text = (folder / "t.yaml").read_text()
    changed = text.replace(
        "BillingMode: PAY_PER_REQUEST",
        "BillingMode: PROVISIONED\n      "
        "ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}",
    )
    assert changed != text
    (folder / "t.yaml").write_text(changed)
    arguments = ("verify", "mytodolist", "--template", "t.yaml", "--check", "on-demand")
    ran = archlib(*arguments, "--junit", "j.xml", "--sarif", "s.json")
    assert ran.code == 1
    assert "NOT MET  TODO-12" in ran.out
    assert "on-demand: tables have a fixed capacity" in ran.out
    assert check_junit((folder / "j.xml").read_text()) == {"tests": 1, "failures": 1, "skipped": 0}
    (result,) = check_sarif((folder / "s.json").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "TODO-12/on-demand"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "t.yaml"
    lines = changed.splitlines()
    assert lines[place["region"]["startLine"] - 1].strip() == "TodoTable:"


@pytest.mark.slow
def test_verify_tries_faults_on_a_foreign_template(archlib: Archlib, folder: Path) -> None:
    archlib("template", "mytodolist", "--out", "t.yaml")
    from archlib.scenarios import scenario
    from archlib.template import Template
    from archlib.verify.faulty import try_faults

    (caught,) = try_faults(
        scenario("mytodolist"), Template.read(folder / "t.yaml"), only=["no-log"]
    )
    assert caught.noticed, caught.evidence.observed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "requirement"),
    [
        ("- s3:PutObject\n", "- s3:PutObjectTagging\n", "TODO-07"),
        ("AuthorizationType: COGNITO_USER_POOLS", "AuthorizationType: NONE", "TODO-04"),
        ("          - method.request.header.Authorization\n", "", "TODO-11"),
        ("        BlockPublicPolicy: true\n", "", "TODO-07"),
    ],
    ids=["permission", "authorizer", "cache key", "public-access block"],
)
def test_the_whole_command_on_a_template_with_something_taken_out(
    archlib: Archlib, folder: Path, old: str, new: str, requirement: str
) -> None:
    archlib("template", "mytodolist", "--out", "t.yaml")
    text = (folder / "t.yaml").read_text()
    changed = text.replace(old, new)
    if "AuthorizationType" in old:
        changed = changed.replace("      AuthorizerId: !Ref TodoApiAuthorizer\n", "")
    assert changed != text
    (folder / "t.yaml").write_text(changed)
    ran = archlib("verify", "mytodolist", "--template", "t.yaml", "--json")
    assert ran.code == 1
    (report,) = ran.json
    verdicts = {v["requirement"]: v for v in report["verdicts"]}
    assert verdicts[requirement]["outcome"] == "not met"
    found = [f for f in verdicts[requirement]["findings"] if f["outcome"] == "not met"]
    assert all(f["observed"] for f in found)


def check_junit(text: str) -> dict[str, int]:
    """Demand what readers of JUnit XML rely on; the counts."""
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    totals = dict.fromkeys(("tests", "failures", "skipped"), 0)
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.get("name")
        cases = list(suite)
        assert {case.tag for case in cases} <= {"testcase"}
        assert all(case.get("name") and case.get("classname") for case in cases)
        assert all({part.tag for part in c} <= {"failure", "skipped", "system-out"} for c in cases)
        counted = {
            "tests": len(cases),
            "failures": len(suite.findall("testcase/failure")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        for key, count in counted.items():
            assert suite.get(key) == str(count)
            totals[key] += count
    assert {key: int(root.get(key, "")) for key in totals} == totals
    return totals


def check_sarif(text: str) -> dict[str, Any]:
    """Demand what SARIF 2.1.0 requires of what we write."""
    log: dict[str, Any] = json.loads(text)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "archlib"
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["shortDescription"]["text"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        for location in result["locations"]:
            physical = location["physicalLocation"]
            uri = physical["artifactLocation"]["uri"]
            assert " " not in uri
            assert "\\" not in uri
            assert physical["region"]["startLine"] >= 1
    return log


def test_junit_writes_what_xml_cannot_hold() -> None:
    text = junit([Case("s", "a & <b>", problem="bell \x07 and “quotes”", output="\x00ok")])
    assert check_junit(text) == {"tests": 1, "failures": 1, "skipped": 0}
    assert "bell  and “quotes”" in text


def test_junit_without_cases_is_still_a_document() -> None:
    assert check_junit(junit([])) == {"tests": 0, "failures": 0, "skipped": 0}


def test_sarif_lists_each_rule_once() -> None:
    rule = Rule("R1", "A rule", "https://example.com/r1")
    found = [Result(rule, "error", "one", "a b.yaml", 3), Result(rule, "note", "two", "c.yaml", 0)]
    log = check_sarif(sarif(found))
    assert len(log["runs"][0]["tool"]["driver"]["rules"]) == 1
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"] == "https://example.com/r1"
    assert log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1
    }


def test_the_components_of_a_scenario_are_two_columns(archlib: Archlib) -> None:
    shown = archlib("show", "myblog").out.split("\nComponents\n")[1].split("\n\n")[0].splitlines()
    assert len(shown) == 19
    assert len({len(row) - len(row.split(maxsplit=1)[1]) for row in shown}) == 1


def test_one_finding_is_one(archlib: Archlib, folder: Path) -> None:
    (folder / "t.yaml").write_text(
        "Resources: {H: {Type: AWS::CloudFormation::WaitConditionHandle}}"
    )
    *found, told = archlib("lint", "t.yaml").out.splitlines()
    assert len(found) == 1
    assert told == "t.yaml: 1 finding"
