"""MyTodoList holds what its picture shows, and the model needs no AWS library."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

from archlib.scenarios.mytodolist.architecture import architecture

# The picture's arrows, each from the end that starts the call: the cache's arrow points back.
PICTURE = {
    ("Mobile client", "<->", "Amazon S3", "store / retrieve files", "permissions"),
    ("Mobile client", "<->", "Amazon API Gateway", "REST HTTPS", None),
    ("Mobile client", "<->", "Amazon Cognito", "authenticate", None),
    ("Amazon API Gateway", "<->", "Amazon Cognito", "verify authentication", None),
    ("Amazon Cognito", "<->", "AWS STS", "generate temporary credentials", None),
    ("Amazon API Gateway", "<->", "AWS Lambda", "invoke", None),
    ("Amazon API Gateway", "->", "Amazon API Gateway", "caching of responses", None),
    ("AWS Lambda", "<-", "DAX caching layer", "query / read", None),
    ("DAX caching layer", "->", "DynamoDB", "", None),
}
WRITE_AROUND = ("AWS Lambda", "->", "DynamoDB", "bulk import (write-around)", None)


def test_every_arrow_of_the_picture_and_the_write_around() -> None:
    made = architecture()
    title = {c.name: " ".join(c.title.split()) for c in made.components}
    assert {
        (title[c.source], c.arrow.value, title[c.target], c.label, c.note) for c in made.connections
    } == PICTURE | {WRITE_AROUND}
    assert not [c for c in made.connections if c.dashed]


def test_without_dax_only_the_cache_and_its_arrows_are_gone() -> None:
    with_dax, without = architecture(), architecture(dax=False)
    assert {c.name for c in with_dax.components} - {c.name for c in without.components} == {
        "TodoCache"
    }
    assert {c.key for c in without.connections} - {c.key for c in with_dax.connections} == {
        ("TodoFunction", "TodoTable", "reads_and_writes")
    }
    assert without.boundaries == ()


def test_every_icon_exists() -> None:
    for component in architecture().components:
        module, _, name = component.icon.rpartition(".")
        assert hasattr(import_module(f"diagrams.{module}"), name), component.icon


def test_designs_are_values() -> None:
    assert architecture() == architecture()
    assert architecture() != architecture(dax=False)


def test_the_model_imports_no_aws_library() -> None:
    program = (
        "import sys, archlib.architecture, archlib.components, archlib.template\n"
        "print(*{'troposphere', 'boto3', 'botocore', 'cfnlint', 'samtranslator'} & {*sys.modules})"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""
