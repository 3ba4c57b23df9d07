"""The workbook: its life with clouds, and what it shows of a scenario."""

from __future__ import annotations

import pytest

from archlib.errors import UsageError
from archlib.local.geography import client_in
from archlib.verify.flow import Outputs
from archlib.workbook import Workbook, overhear
from archlib.workbook.book import Mistake


@pytest.fixture(scope="module")
def book():
    made = Workbook("mytodolist")
    yield made
    made.stop()


@pytest.fixture
def running(book):
    book.start()
    yield book
    book.stop()


def test_requirements_are_all_there(book):
    text = book.requirements().text()
    assert all(r.id in text for r in book.architecture.requirements)


def test_a_template_excerpt_by_logical_id_and_by_component(book):
    assert book.template("TodoTable").source.startswith("TodoTable:\n  Type: AWS::DynamoDB::Table")
    of_component = book.template("FileBucket", "TodoTable").source
    assert "FileBucket:" in of_component
    assert "Metadata" not in of_component
    assert "Metadata" in book.template("FileBucket", metadata=True).source
    assert "NetworkPrivateRoutes:" in book.template("Network").source or book.template("Network")


def test_resources_name_their_component_and_reason(book):
    text = book.resources().text()
    assert "FileBucketPolicy" in text
    assert "Denies every request" in text


def test_lint_is_clean_and_says_so(book):
    assert "0 findings" in book.lint().text()


def test_the_picture_has_words_and_both_forms(book):
    bundle, _ = book.picture()._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<?xml")
    assert "Mobile client ↔ Amazon API Gateway" in bundle["text/plain"]


@pytest.mark.parametrize(
    "mistaken",
    [
        lambda book: book.template("TodoTabel"),
        lambda book: book.start(variant="without-dynamodb"),
        lambda book: book.start(fault="no-fault"),
        lambda book: book.start(without="Nothing"),
        lambda book: book.break_it("no-fault"),
        lambda book: book.without("Nothing"),
        lambda book: book.without("TodoTable", requirements=["TODO-99"]),
        lambda book: book.site,
        lambda book: book.deployment,
        lambda book: book.cloud,
        lambda book: book.look(),
    ],
)
def test_a_mistake_gets_one_line(book, mistaken):
    with pytest.raises(Mistake) as caught:
        mistaken(book)
    assert len(caught.value._render_traceback_()) == 1


@pytest.mark.parametrize(
    "mistaken",
    [
        lambda book: Workbook("mytodolists"),
        lambda book: book.exercise("no-exercise"),
        lambda book: book.check("no-exercise", 1),
        lambda book: book.photos("", {"no photo": b"text"}),
        lambda book: Outputs({"ApiUrl": ""})["ApiURL"],
        lambda book: client_in("Atlantis").__enter__(),
    ],
)
def test_a_mistake_that_is_found_further_inside_gets_one_line_too(book, mistaken):
    with pytest.raises(UsageError) as caught:
        mistaken(book)
    (line,) = caught.value._render_traceback_()
    assert line == f"{type(caught.value).__name__}: {caught.value}"
    assert "\n" not in line


def test_an_unknown_scenario_is_a_usage_error():
    with pytest.raises(UsageError, match="mytodolist"):
        Workbook("mytodolists")


def test_comparing_draws_bars_to_one_scale(book):
    shown = book.compare("Units", {"a": {"n": 10, "x": "y"}, "b": {"n": 5}}, bars=["n"])
    assert "width:180px" in shown._repr_html_()
    assert "width:90px" in shown._repr_html_()
    assert shown.columns == ("", "n", "x")


def test_listening_in_tells_what_was_sent():
    class Client:
        name = "cognito"

        def initiate_auth(self, **parameters):
            return len(parameters)

    heard = overhear(Client())
    assert heard.initiate_auth(AuthParameters={"PASSWORD": "secret"}) == 1
    assert heard.name == "cognito"
    assert heard.fields == ("PASSWORD",)
    assert heard.said("secret")
    assert not heard.said("other")


@pytest.mark.slow
def test_judging_needs_the_process_to_itself(running):
    for judge in (
        running.verdicts,
        lambda: running.break_it("any-prefix"),
        lambda: running.without("TodoTable"),
        lambda: running.check("cache-key", "Accept"),
    ):
        with pytest.raises(Mistake, match=r"stop\(\) first"):
            judge()


@pytest.mark.slow
def test_a_look_starts_where_the_last_one_ended(running):
    import requests

    assert running.look().seen == ()  # deploying is not part of any flow
    requests.get(running.site.outputs["ApiUrl"] + "/todos", timeout=5)
    assert [seen.target for seen in running.look().seen] == ["TodoApi"]
    assert running.look().seen == ()
    running.cloud.client("s3").list_buckets()
    assert running.look().seen == ()  # nor are the administrator's calls


@pytest.mark.slow
def test_starting_again_begins_anew_with_the_same_ids(running):
    before = dict(running.site.outputs)
    assert dict(running.start().outputs) == before
    assert "TodoCache" not in running.start(variant="without-dax").outputs
    assert "58 resources" not in running.outputs().text()


@pytest.mark.slow
def test_a_fault_can_be_lived_with(book):
    from archlib.scenarios.accounts import newcomer
    from archlib.scenarios.mytodolist.people import call

    site = book.start(fault="cache-key-without-caller")
    ana, ben = newcomer(site, "ana").id, newcomer(site, "ben").id
    call(site, "POST", "/todos", ana, {"title": "Ana's secret"})
    call(site, "GET", "/todos", ana)
    assert "Ana's secret" in call(site, "GET", "/todos", ben).text
    book.stop()


@pytest.mark.slow
def test_breaking_shows_the_change_and_the_evidence_before_and_after(book):
    page = book.break_it("any-prefix").text()
    assert "-              Resource: !Sub ${FileBucket.Arn}/private/" in page
    assert "as designed" in page
    assert "✕ not met" in page


@pytest.mark.slow
def test_taking_out_what_is_needed_turns_verdicts(book):
    page = book.without("NetworkDynamoDbEndpoint", requirements=["TODO-10"]).text()
    assert "-NetworkDynamoDbEndpoint:" in page
    assert "1 verdict turned" in page


@pytest.mark.slow
def test_taking_out_what_nothing_rests_on_turns_none(book):
    page = book.without("NetworkDynamoDbEndpoint", requirements=["TODO-01"]).text()
    assert "None of 1 verdicts turned" in page


@pytest.mark.slow
def test_what_cannot_be_deployed_any_more_says_why(book):
    page = book.without("TodoApiAuthorizer", requirements=["TODO-04"]).text()
    assert "DEPLOYS The template deploys" in page
    assert "authorizer" in page.split("DEPLOYS")[1]


def test_the_collector_is_as_eager_as_before_even_after_a_failure():
    import gc

    from archlib.local.pace import unhurried_collector

    def fail():
        assert gc.get_threshold() > before
        raise ZeroDivisionError

    found = gc.get_threshold()
    before = (700, 10, 10)
    gc.set_threshold(*before)  # a cloud that another test left running collects rarely, too
    try:
        with pytest.raises(ZeroDivisionError), unhurried_collector():
            fail()
        assert gc.get_threshold() == before
    finally:
        gc.set_threshold(*found)
