"""The coverage page is made of the code's tables, and is up to date."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archlib.coverage import Facts, gather, page
from archlib.local.behaviour import Answer
from archlib.local.deploy.providers import TYPES
from archlib.local.iam.operations import TABLES
from archlib.local.plane import PLANES

if TYPE_CHECKING:
    from conftest import Archlib

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def facts() -> Facts:
    return gather()


def test_the_committed_page_is_up_to_date(facts: Facts) -> None:
    assert (ROOT / "docs" / "coverage.md").read_text() == page(facts), (
        "run: archlib coverage --write"
    )


def test_the_same_facts_give_the_same_page(facts: Facts) -> None:
    assert page(gather()) == page(facts)


def test_every_plane_says_what_it_honours_and_where_it_stops(facts: Facts) -> None:
    silent = [
        module
        for module in {entry.partition(":")[0] for entry in PLANES}
        if importlib.util.find_spec(module).submodule_search_locations  # type: ignore[union-attr]
        and importlib.util.find_spec(f"{module}.coverage") is None
    ]
    assert silent == [], "a plane's package has a module called coverage"
    assert len(facts.parts) > 8
    for part in facts.parts:
        assert part.of(Answer.HONOURED), part.title
        assert part.of(Answer.REFUSED) or part.of(Answer.DIFFERS), part.title
        names = [behaviour.name for behaviour in part.behaviours]
        assert len(set(names)) == len(names), part.title


def test_every_resource_type_is_on_the_page(facts: Facts) -> None:
    text = page(facts)
    assert {one.name for one in facts.types} == set(TYPES)
    for name in TYPES:
        assert f"### `{name}`" in text
    (table,) = (one for one in facts.types if one.name == "AWS::DynamoDB::Table")
    assert "BillingMode" in table.honoured
    assert "ImportSourceSpecification" in table.refused
    assert "Arn" in table.attributes
    for one in facts.types:
        tops = {path.split(".")[0].rstrip("[]{}") for path in one.honoured}
        assert not tops & set(one.refused), one.name


def test_refused_properties_really_are(facts: Facts) -> None:
    from archlib.errors import DeploymentError
    from archlib.local import LocalCloud
    from archlib.template import Template

    (function,) = (one for one in facts.types if one.name == "AWS::Lambda::Function")
    assert "FileSystemConfigs" in function.refused
    body = {
        "Resources": {
            "F": {"Type": "AWS::Lambda::Function", "Properties": {"FileSystemConfigs": []}}
        }
    }
    with LocalCloud() as cloud, pytest.raises(DeploymentError, match="FileSystemConfigs"):
        cloud.deploy(Template(body), stack_name="s")


def test_refused_operations_really_are(facts: Facts) -> None:
    from archlib.errors import Unsupported
    from archlib.local import LocalCloud

    services = {one.name: one for one in facts.services}
    assert "CreateVpcLink" in services["apigateway"].refused
    assert "CreateStackSet" in services["cloudformation"].refused
    assert "CreateUserImportJob" in services["cognito-idp"].refused
    with LocalCloud() as cloud:
        with pytest.raises(Unsupported, match="VPC link"):
            cloud.client("apigateway").create_vpc_link(name="x", targetArns=["arn:aws:x"])
        with pytest.raises(Unsupported, match="CreateStackSet"):
            cloud.client("cloudformation").create_stack_set(StackSetName="x")
        with pytest.raises(Unsupported, match="CreateUserImportJob"):
            cloud.client("cognito-idp").create_user_import_job(
                JobName="x", UserPoolId="us-east-1_x", CloudWatchLogsRoleArn="arn:aws:iam::1:role/x"
            )


def test_permissions_are_those_of_the_operation_tables(facts: Facts) -> None:
    for one in facts.services:
        assert one.permissions == tuple(sorted(TABLES.get(one.name, ())))
        assert not set(one.ours) & set(one.refused)


def test_the_command_writes_and_checks(archlib: Archlib, folder: Path) -> None:
    (folder / "docs").mkdir()
    assert archlib("coverage", "--check").code == 1
    assert archlib("coverage", "--write").code == 0
    assert archlib("coverage", "--check").code == 0
    (folder / "docs" / "coverage.md").write_text("old")
    stale = archlib("coverage", "--check")
    assert stale.code == 1
    assert "docs/coverage.md is out of date: archlib coverage --write" in stale.out
    printed = archlib("coverage")
    archlib("coverage", "--write")
    assert (folder / "docs" / "coverage.md").read_text() == printed.out
    rows = archlib("coverage", "--json").json
    assert {b["answer"] for part in rows["parts"] for b in part["behaviours"]} == {
        "honoured", "refused", "differs",
    }  # fmt: skip
