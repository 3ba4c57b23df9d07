"""MyBlog's two views hold what their pictures show; its new verbs refuse what makes no sense."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from archlib.architecture import Architecture, Component, Connection, View
from archlib.components import (
    Behavior,
    Browser,
    Bucket,
    Distribution,
    Function,
    GlobalTable,
    MailSender,
    Queue,
    Table,
    TableReplica,
    TableStream,
    Topic,
    Vpc,
)
from archlib.diagram import graph
from archlib.errors import ModelError, UsageError
from archlib.scenarios.myblog.architecture import architecture
from archlib.template import emit

Row = tuple[str, str, str, str, bool, str | None]

SITE_EDGE = "CloudFront global distribution (static site)"
UPLOAD_EDGE = "CloudFront global distribution (uploads)"

# The pictures' rows, each from the end that starts the call: the cache's arrow points back.
SHARED: set[Row] = {
    ("Client", "<->", SITE_EDGE, "interaction with edge locations", False, None),
    (
        *(SITE_EDGE, "<->", "Amazon S3 (site)", "OAI: origin access identity", False),
        "bucket policy only authorizes the OAI",
    ),
    ("Client", "<->", "Amazon API Gateway", "REST HTTPS", False, None),
    ("Amazon API Gateway", "<->", "AWS Lambda", "invoke", False, None),
    ("AWS Lambda", "<-", "DAX caching layer", "query / read", False, None),
    ("DAX caching layer", "->", "DynamoDB", "", False, None),
}
PICTURE_2A = SHARED | {
    ("Client", "<->", UPLOAD_EDGE, "upload photos, transfer acceleration", False, None),
    ("Client", "->", "Amazon S3 (uploads)", "direct upload", True, None),
    (UPLOAD_EDGE, "<->", "Amazon S3 (uploads)", "OAI", False, None),
    ("Amazon S3 (uploads)", "->", "AWS Lambda (thumbnail)", "trigger", False, None),
    ("AWS Lambda (thumbnail)", "->", "Amazon S3 (thumbnails)", "thumbnail", False, None),
    ("Amazon S3 (thumbnails)", "->", "Amazon SQS", "optional", True, None),
    ("Amazon S3 (thumbnails)", "->", "Amazon SNS", "optional", True, None),
}
PICTURE_2B = SHARED | {
    ("DynamoDB", "->", "DynamoDB stream", "stream changes", False, None),
    ("DynamoDB stream", "->", "AWS Lambda (welcome)", "invoke lambda", False, None),
    (
        *("AWS Lambda (welcome)", "->", "Amazon SES", "SDK to send email", False),
        "the function has an IAM role",
    ),
}
# What the text asks for and the pictures leave out.
CACHING: Row = (
    *("Amazon API Gateway", "->", "Amazon API Gateway", "caching of responses", False),
    None,
)
ADDED_2A: set[Row] = {
    CACHING,
    ("DynamoDB", "->", "DynamoDB (another region)", "global table replication", False, None),
    ("AWS Lambda (thumbnail)", "<-", "Amazon S3 (uploads)", "photo", False, None),
    ("AWS Lambda (thumbnail)", "->", "Amazon SQS (failures)", "failures", False, None),
}
ADDED_2B: set[Row] = {
    CACHING,
    ("AWS Lambda (welcome)", "->", "DynamoDB", "mark as welcomed", False, None),
    ("AWS Lambda (welcome)", "->", "Amazon SQS (failures)", "failures", False, None),
}


def rows(part: Architecture) -> set[Row]:
    drawn = graph(part)
    title = {node.name: " ".join(node.title.split()) for node in drawn.nodes}
    return {
        (title[e.source], e.arrow.value, title[e.target], e.label, e.dashed, e.note)
        for e in drawn.edges
    }


def test_the_view_of_the_website_is_picture_2a_and_what_the_text_adds() -> None:
    assert rows(architecture().view("site")) == PICTURE_2A | ADDED_2A


def test_the_view_of_the_mail_is_picture_2b_and_what_the_text_adds() -> None:
    assert rows(architecture().view("mail")) == PICTURE_2B | ADDED_2B


@pytest.mark.parametrize("options", [{}, {"access": "oac"}, {"dax": False}, {"database": "aurora"}])
def test_the_views_together_draw_every_arrow_and_every_component(options: dict[str, str]) -> None:
    made = architecture(**options)  # type: ignore[arg-type]
    site, mail = made.pictures()
    assert (site.name, mail.name) == ("myblog-site", "myblog-mail")
    assert {c.key for part in (site, mail) for c in part.connections} == {
        c.key for c in made.connections
    }
    assert {*site.components, *mail.components} == {*made.components}
    assert {*site.boundaries, *mail.boundaries} == {*made.boundaries}


def test_access_control_changes_what_the_arrows_to_the_buckets_say() -> None:
    changed = rows(architecture(access="oac").view("site")) - rows(architecture().view("site"))
    assert changed == {
        (
            *(SITE_EDGE, "<->", "Amazon S3 (site)", "OAC: origin access control", False),
            "bucket policy only authorizes the distribution",
        ),
        (UPLOAD_EDGE, "<->", "Amazon S3 (uploads)", "OAC", False, None),
    }


def test_with_aurora_posts_leave_the_table_and_subscribers_stay() -> None:
    changed = rows(architecture(database="aurora").view("site")) - rows(architecture().view("site"))
    assert changed == {
        ("AWS Lambda", "<->", "Aurora global database", "query / read", False, None),
        ("AWS Lambda", "->", "DynamoDB", "new subscribers", False, None),
    }


def test_other_values_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as refused:
        architecture(access="acl")
    assert str(refused.value) == "access='acl' is not offered (one of oai, oac)"
    with pytest.raises(UsageError, match="one of dynamodb, aurora"):
        architecture(database="oracle")


def test_every_icon_exists() -> None:
    for made in (architecture(), architecture(database="aurora")):
        for component in made.components:
            module, _, name = component.icon.rpartition(".")
            assert hasattr(import_module(f"diagrams.{module}"), name), component.icon


def test_only_the_stream_is_excused_from_being_seen_in_a_trace() -> None:
    excused = {c.key for c in architecture().connections if c.off_trace is not None}
    assert excused == {("BlogTable", "BlogStream", "streams_to")}


def test_a_design_without_views_is_drawn_as_a_whole() -> None:
    whole = replace(architecture(), views=())
    assert whole.pictures() == (whole,)
    with pytest.raises(KeyError):
        whole.view("site")


CODE = Path("absent")  # a design that is refused is never packed
CLIENT = Browser("Reader", "reader")
EDGE = Distribution("Edge", "edge")
FILES = Bucket("Files", "files", named="files")
WORKER = Function("Worker", "worker", code=CODE)
QUEUE, TOPIC = Queue("Jobs", "jobs"), Topic("News", "news")
SENDER = MailSender("Mail", "mail", address="a@b.example")
TABLE = Table("Items", "items", partition_key="id")
STREAM = TableStream("Changes", "changes", table="Items")


def refusal(
    *components: Component,
    connections: tuple[Connection, ...],
    boundaries: tuple[Vpc, ...] = (),
    views: tuple[View, ...] = (),
) -> str:
    with pytest.raises(ModelError) as refused:
        emit(Architecture("d", "D", "For a test", components, connections, boundaries, views=views))
    return str(refused.value)


def test_a_verb_to_the_wrong_kind_names_both() -> None:
    with pytest.raises(ModelError) as refused:
        EDGE.reaches(TABLE)  # type: ignore[arg-type]
    assert str(refused.value) == (
        'Edge (Distribution): "reaches" makes no sense to Items (Table): it takes a Bucket'
    )
    with pytest.raises(ModelError) as refused:
        FILES.notifies(TABLE)  # type: ignore[arg-type]
    assert str(refused.value) == (
        'Files (Bucket): "notifies" makes no sense to Items (Table): it takes a Function or a'
        " Queue or a Topic"
    )
    with pytest.raises(ModelError) as refused:
        TABLE.replicates_to(TABLE)  # type: ignore[attr-defined]
    assert str(refused.value) == (
        'Items (Table): cannot say "replicates_to": only a GlobalTable can (its verbs: streams_to)'
    )
    with pytest.raises(ModelError, match=r"\(Queue\): it takes a MailSender"):
        WORKER.sends_mail_through(QUEUE)  # type: ignore[arg-type]


def test_a_distribution_has_one_origin_one_way_and_a_behavior_for_all_else() -> None:
    with pytest.raises(ModelError) as refused:
        EDGE.reaches(FILES, access="acl")
    assert str(refused.value) == (
        "Edge (Distribution): there is no way to a bucket called 'acl' (ways: oai, oac)"
    )
    browsing = CLIENT.browses(EDGE)
    assert refusal(CLIENT, EDGE, connections=(browsing,)) == (
        "Edge (Distribution): reaches no bucket (it takes one: distribution.reaches(bucket))"
    )
    for paths, said in (
        (("/a", "/b"), "/a, /b"),
        (("*", "/a"), "*, /a"),
        (("*", "*"), "*, *"),
        ((), "nothing"),
    ):
        edge = replace(EDGE, behaviors=tuple(Behavior(path) for path in paths))
        assert refusal(edge, FILES, connections=(edge.reaches(FILES),)) == (
            f"Edge (Distribution): its behaviors are for {said}"
            ' (the last one, and only that, is for "*")'
        )
    edge = replace(EDGE, behaviors=(Behavior("/a"), Behavior("/a"), Behavior()))
    assert refusal(edge, FILES, connections=(edge.reaches(FILES),)) == (
        "Edge (Distribution): has two behaviors for one path"
    )


def test_what_notifies_has_a_name_of_its_own() -> None:
    unnamed = replace(FILES, named=None)
    assert refusal(unnamed, WORKER, connections=(unnamed.notifies(WORKER),)) == (
        "Files (Bucket): notifies Worker, which must know the bucket's name before it is there"
        ' (give the bucket a name of its own: named="photos")'
    )


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ({}, {}, True),
        ({"prefix": "a/"}, {"prefix": "a/b/"}, True),
        ({"prefix": "a/"}, {"suffix": ".jpg"}, True),
        ({"suffix": ".jpg"}, {"suffix": "x.jpg"}, True),
        ({"events": ("s3:ObjectCreated:Put",)}, {}, True),
        ({"prefix": "a/"}, {"prefix": "b/"}, False),
        ({"suffix": ".jpg"}, {"suffix": ".png"}, False),
        ({"events": ("s3:ObjectRemoved:*",)}, {}, False),
        ({"prefix": "a/", "suffix": ".jpg"}, {"prefix": "a/", "suffix": ".png"}, False),
    ],
)
def test_two_notifications_of_one_event_are_refused(
    one: dict[str, str], other: dict[str, str], overlap: bool
) -> None:
    first = FILES.notifies(QUEUE, **one)  # type: ignore[arg-type]
    second = FILES.notifies(TOPIC, **other)  # type: ignore[arg-type]
    assert (first.overlaps(second), second.overlaps(first)) == (overlap, overlap)
    if overlap:
        assert refusal(FILES, QUEUE, TOPIC, connections=(first, second)) == (
            "Files (Bucket): notifies Jobs and News of the same events, which S3 refuses"
            " (give them prefixes, suffixes or events that do not overlap)"
        )
    else:
        emit(Architecture("d", "D", "For a test", (FILES, QUEUE, TOPIC), (first, second)))


def test_a_function_that_would_invoke_itself_for_ever_is_refused() -> None:
    told = FILES.notifies(WORKER, prefix="in/")
    for prefix in ("", "in/", "in/deeper/"):
        stored = WORKER.stores_objects_in(FILES, prefix=prefix)
        assert refusal(FILES, WORKER, connections=(told, stored)) == (
            "Files (Bucket): Worker stores objects where each new one invokes it again"
            " (store them in another bucket, or below another prefix)"
        )


def test_from_a_vpc_without_a_way_out_neither_s3_nor_ses_is_reached() -> None:
    inside = replace(WORKER, boundary="Net")
    for said, target, service in (
        (inside.reads_objects_of(FILES), FILES, "S3"),
        (inside.sends_mail_through(SENDER), SENDER, "SES"),
    ):
        assert refusal(inside, target, connections=(said,), boundaries=(Vpc("Net", "net"),)) == (
            f'Worker (Function): says "{said.verb}" to {target.name}, but stands in Net, from which'
            f" no way leads to {service} (leave boundary= away)"
        )


def test_failures_of_a_function_that_answers_callers_go_nowhere() -> None:
    ends = WORKER.sends_failures_to(QUEUE)
    assert refusal(WORKER, QUEUE, connections=(ends,)) == (
        "Worker (Function): sends failures to Jobs, but only answers callers, who are told"
        " (only events fail unheard: bucket.notifies, stream.invokes)"
    )


def test_a_stream_is_of_one_table() -> None:
    invoking = STREAM.invokes(WORKER)
    assert refusal(STREAM, WORKER, TABLE, connections=(invoking, WORKER.writes(TABLE))) == (
        "Changes (TableStream): is the stream of Items, but of nothing come the changes"
        " (connect it: Items says streams_to(stream), and nobody else)"
    )
    other = Table("Others", "others", partition_key="id")
    wrong = other.streams_to(STREAM)
    assert refusal(STREAM, WORKER, other, connections=(invoking, wrong)).startswith(
        "Changes (TableStream): is the stream of Items, but of Others come the changes"
    )


def test_whoever_deploys_chooses_where_the_replica_is_and_who_sends() -> None:
    replica = TableReplica("Far", "far", region="eu-west-1")
    table = GlobalTable("Items", "items", partition_key="id")
    made = Architecture("d", "D", "For a test", (table, replica), (table.replicates_to(replica),))
    body = emit(made).template.body
    assert body["Parameters"] == {
        "FarRegion": {
            "Type": "String",
            "Default": "eu-west-1",
            "AllowedPattern": "[a-z]{2}(-[a-z]+)+-[0-9]",
            "Description": "Another region than the stack's, in which the table has a replica",
        }
    }
    items = body["Resources"]["Items"]
    assert [replica["Region"] for replica in items["Properties"]["Replicas"]] == [
        {"Ref": "AWS::Region"},
        {"Ref": "FarRegion"},
    ]
    assert items["Metadata"]["archlib"] == {
        "component": "Items",
        "replicas": {"Far": {"Ref": "FarRegion"}},
    }


def test_views_show_what_is_there_and_everything() -> None:
    reads, sends = WORKER.reads(TABLE), WORKER.sends_mail_through(SENDER)
    design = ((WORKER, TABLE, SENDER), (reads, sends))

    def told(*views: View) -> str:
        return refusal(*design[0], connections=design[1], views=views)

    records = View("records", "Records", "the table", ("Worker", "Items"))
    mail = View("mail", "Mail", "the mail", ("Worker", "Mail"))
    assert told(records) == (
        'connection Worker "sends_mail_through" Mail: no view shows it'
        " (add both ends to one view's components)"
    )
    assert told(records, mail, mail) == "view mail: is there twice"
    assert told(records, replace(mail, components=("Worker", "Mial"))) == (
        'view mail: shows "Mial", which is not among the components (did you mean Mail?)'
    )
    made = Architecture("d", "D", "For a test", *design, views=(records, mail))
    assert [c.verb for c in made.view("mail").connections] == ["sends_mail_through"]
    assert made.view("records").components == (WORKER, TABLE)
