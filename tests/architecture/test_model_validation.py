"""What an architecture may not contradict, and what the messages say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archlib.architecture import Architecture, Arrow, Boundary, Component, Connection
from archlib.components import (
    Bucket,
    Client,
    DaxCluster,
    Function,
    RestApi,
    Table,
    TokenService,
    UserDirectory,
    Vpc,
)
from archlib.errors import ModelError

TABLE = Table("TodoTable", "DynamoDB", partition_key="owner")
FUNCTION = Function("TodoFunction", "AWS Lambda", code=Path("nowhere"))
CLIENT = Client("App", "App")
API = RestApi("TodoApi", "API")
DIRECTORY = UserDirectory("Users", "Cognito")
BUCKET = Bucket("Files", "S3")
CACHE = DaxCluster("Cache", "DAX")


def design(
    *components: Component,
    connections: tuple[Connection, ...] = (),
    boundaries: tuple[Boundary, ...] = (),
) -> Architecture:
    return Architecture(
        "design", "A design", "For a test", components, connections, boundaries=boundaries
    )


def message(*components: Component, **parts: tuple[object, ...]) -> str:
    with pytest.raises(ModelError) as refused:
        design(*components, **parts)  # type: ignore[arg-type]
    return str(refused.value)


READS = FUNCTION.reads(TABLE)


def test_a_design_that_makes_sense_is_made() -> None:
    made = design(FUNCTION, TABLE, connections=(READS,))
    assert made.component("TodoTable") is TABLE
    made.validate()


@pytest.mark.parametrize(
    ("components", "parts", "expected"),
    [
        (
            (FUNCTION, TABLE, replace(TABLE, title="again")),
            {"connections": (READS,)},
            "TodoTable: 2 parts of the design have this name: TodoTable (Table), TodoTable (Table)"
            " (a name is the stem of logical ids; give each its own)",
        ),
        (
            (FUNCTION, TABLE),
            {"connections": (READS,), "boundaries": (Boundary("TodoTable", "box"),)},
            "TodoTable: 2 parts of the design have this name: TodoTable (Table),"
            " boundary TodoTable (a name is the stem of logical ids; give each its own)",
        ),
        (
            (FUNCTION, replace(TABLE, name="todo-table")),
            {},
            "todo-table (Table): the name is not PascalCase letters and digits (say TodoTable)",
        ),
        (
            (FUNCTION, replace(TABLE, name="7")),
            {},
            "7 (Table): the name is not PascalCase letters and digits",
        ),
        (
            (FUNCTION, replace(TABLE, boundary="Netwrk")),
            {"connections": (READS,), "boundaries": (Vpc("Network", "VPC"),)},
            'TodoTable (Table): stands in boundary "Netwrk", which the architecture does not have'
            " (did you mean Network?)",
        ),
        (
            (FUNCTION, TABLE),
            {"connections": (READS,), "boundaries": (Boundary("Zone", "zone", "Region"),)},
            'boundary Zone: stands in boundary "Region", which the architecture does not have'
            " (boundaries: Zone)",
        ),
        (
            (FUNCTION, TABLE),
            {
                "connections": (READS,),
                "boundaries": (Boundary("A", "a", "B"), Boundary("B", "b", "A")),
            },
            "boundary A: encloses itself: A in B in A",
        ),
        (
            (FUNCTION, TABLE),
            {"connections": (replace(READS, target="TodoTabel"),)},
            'connection TodoFunction "reads" TodoTabel: its target "TodoTabel" is not among the'
            " components (did you mean TodoTable?)",
        ),
        (
            (FUNCTION, TABLE),
            {"connections": (READS, READS)},
            'TodoFunction: says "reads" to TodoTable 2 times (say it once)',
        ),
        (
            (FUNCTION, TABLE, BUCKET),
            {"connections": (READS,)},
            "Files (Bucket): is connected to nothing (connect it (notifies), or leave it out)",
        ),
        (
            (FUNCTION, TABLE, API),
            {"connections": (READS, API.caches_responses())},
            "TodoApi (RestApi): is connected to nothing"
            " (connect it (answers, caches_responses, invokes, verifies_with), or leave it out)",
        ),
        (
            (BUCKET, TABLE),
            {"connections": (Connection("Files", "TodoTable", "reads"),)},
            'Files (Bucket): cannot say "reads": only a Function can (its verbs: notifies)',
        ),
        (
            (FUNCTION, DIRECTORY),
            {"connections": (Connection("TodoFunction", "Users", "reads"),)},
            'TodoFunction (Function): "reads" makes no sense to Users (UserDirectory):'
            " it takes Table",
        ),
        (
            (FUNCTION, TABLE),
            {"connections": (Connection("TodoFunction", "TodoTable", "rads"),)},
            'TodoFunction (Function): "rads" is no verb that makes sense here'
            " (did you mean reads?)",
        ),
        (
            (CLIENT, TABLE),
            {"connections": (Connection("App", "TodoTable", "reads"),)},
            'App (Client): cannot say "reads": only a Function can'
            " (its verbs: authenticates_with, browses, calls, downloads_from, stores_files_in,"
            " uploads_through, uploads_to)",
        ),
        (
            (API, TABLE),
            {"connections": (Connection("TodoApi", "TodoTable", "caches_responses"),)},
            'TodoApi (RestApi): says "caches_responses" to TodoTable (Table), but it is a loop',
        ),
    ],
)
def test_contradictions_name_the_component(
    components: tuple[Component, ...], parts: dict[str, tuple[object, ...]], expected: str
) -> None:
    assert message(*components, **parts) == expected


def test_a_verb_of_another_class_is_refused_where_it_is_said() -> None:
    with pytest.raises(ModelError) as refused:
        BUCKET.reads(TABLE)  # type: ignore[attr-defined]
    assert str(refused.value) == (
        'Files (Bucket): cannot say "reads": only a Function can (its verbs: notifies)'
    )


def test_a_verb_said_to_the_wrong_component_is_refused_where_it_is_said() -> None:
    with pytest.raises(ModelError) as refused:
        FUNCTION.reads(DIRECTORY)  # type: ignore[arg-type]
    assert str(refused.value) == (
        'TodoFunction (Function): "reads" makes no sense to Users (UserDirectory): it takes a Table'
    )


def test_a_verb_said_to_no_component_at_all_is_refused() -> None:
    with pytest.raises(ModelError, match="\"calls\" makes no sense to 'TodoApi': it takes a RestA"):
        CLIENT.calls("TodoApi")  # type: ignore[arg-type]


def test_a_missing_attribute_is_still_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'Bucket' object has no attribute 'nonsense'"):
        BUCKET.nonsense  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(BUCKET, "nonsense")


def test_a_subclass_is_spoken_to_like_its_parent() -> None:
    @dataclass(frozen=True)
    class AuditedTable(Table):
        pass

    audited = AuditedTable("Audit", "Audited", partition_key="id")
    design(FUNCTION, audited, connections=(FUNCTION.reads(audited),))


def test_a_sketch_without_verbs_may_say_anything_and_is_drawn_only() -> None:
    one, two = Component("One", "one"), Component("Two", "two")
    made = design(one, two, connections=(Connection("One", "Two", "admires"),))
    assert made.connections[0].arrow is Arrow.FORWARD


@pytest.mark.parametrize(
    ("connection", "arrow", "label"),
    [
        (CLIENT.calls(API), Arrow.BOTH, "REST HTTPS"),
        (CLIENT.authenticates_with(DIRECTORY), Arrow.BOTH, "authenticate"),
        (
            CLIENT.stores_files_in(BUCKET, identities=DIRECTORY),
            Arrow.BOTH,
            "store / retrieve files",
        ),
        (API.verifies_with(DIRECTORY), Arrow.BOTH, "verify authentication"),
        (
            DIRECTORY.issues_credentials_through(TokenService("Sts", "STS")),
            Arrow.BOTH,
            "generate temporary credentials",
        ),
        (API.invokes(FUNCTION, routes=()), Arrow.BOTH, "invoke"),
        (API.caches_responses(), Arrow.FORWARD, "caching of responses"),
        (FUNCTION.reads_and_writes_through(CACHE), Arrow.BACKWARD, "query / read"),
        (CACHE.fronts(TABLE), Arrow.FORWARD, ""),
        (FUNCTION.bulk_loads(TABLE), Arrow.FORWARD, "bulk import (write-around)"),
    ],
)
def test_verbs_decide_the_arrow(connection: Connection, arrow: Arrow, label: str) -> None:
    assert (connection.arrow, connection.label) == (arrow, label)
