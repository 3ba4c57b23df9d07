"""Keeping to-dos, and keeping out of other people's."""

from __future__ import annotations

from archlib.verify import Check, Evidence, Run, judged, not_met
from archlib.verify.measures import invocations


def life_of_a_todo(run: Run) -> Evidence:
    """Create, read, change, complete, delete: each with its status and what it left."""
    statuses = {
        "create": 201, "read": 200, "update": 200, "complete": 200, "read again": 200,
        "delete": 204, "read deleted": 404,
    }  # fmt: skip
    for name, status in statuses.items():
        step = run.step("todos", name)
        if step.result.status != status:
            answer = f"{step.result.status}: {step.result.text}"
            return not_met(f"{name} got {answer}, not {status}", step.hops)
    left = run.step("todos", "read again").result.json
    return judged(
        left["title"] == "Buy oat milk" and left["done"] is True,
        "created, read, changed, completed, deleted; gone afterwards",
        f"after changing and completing it the to-do reads {left}",
        run.flow("todos").hops,
    )


def paging(run: Run) -> Evidence:
    """Five to-dos in pages of two: all of them, each once."""
    step = run.step("todos", "page")
    titles = [title for page in step.result for title in page]
    whole = len(titles) == 5 and len(set(titles)) == 5
    return judged(
        whole and all(len(page) <= 2 for page in step.result),
        f"5 to-dos came in {len(step.result)} pages of at most 2, each once",
        f"pages of 2 gave {step.result}",
        step.hops,
    )


def mistakes(run: Run) -> Evidence:
    """Every mistake gets 400 with a reason."""
    steps = [run.step("todos", name) for name in ("malformed bodies", "mistakes")]
    answers = {name: answer for step in steps for name, answer in step.result.items()}
    wrong = {n: a.status for n, a in answers.items() if a.status != 400 or not a.text}
    return judged(
        not wrong,
        f"{len(answers)} kinds of mistake got 400 with a reason",
        f"not answered 400: {wrong}",
        [hop for step in steps for hop in step.hops],
    )


def malformed_stops_early(run: Run) -> Evidence:
    """The gateway itself refuses what does not fit the model: no function runs, none is paid."""
    step = run.step("todos", "malformed bodies")
    reached = invocations(run, step)
    return judged(
        reached == 0,
        f"{len(step.result)} malformed bodies stopped at the gateway",
        f"{reached} of {len(step.result)} malformed bodies reached the function",
        step.hops,
    )


def logged(run: Run) -> Evidence:
    """What the function did can be read in its log."""
    step = run.step("todos", "look into the log")
    reports = sum(1 for line in step.result if line.startswith("REPORT"))
    return judged(
        reports > 0,
        f"the function's log group holds {reports} invocations",
        "the function's log group is empty: nobody could find out what went wrong",
    )


def guessed_ids(run: Run) -> Evidence:
    """For Ben, Ana's to-do does not exist, and after all his attempts it is unchanged."""
    for name in ("Ben reads it", "Ben changes it", "Ben completes it", "Ben deletes it"):
        step = run.step("isolation", name)
        if step.result.status != 404:
            answer = f"{step.result.status} {step.result.text}"
            return not_met(f"{name} by its id: {answer}", step.hops)
    stolen = run.step("isolation", "Ben imports its id")
    kept = run.step("isolation", "Ana reads it")
    return judged(
        stolen.result.status == 201
        and kept.result.status == 200
        and kept.result.json["title"] == "Ana's secret",
        "with Ana's id Ben gets 404 for everything; importing it makes a to-do of his own",
        f"after Ben's attempts Ana reads {kept.result.status} {kept.result.text}",
        run.flow("isolation").hops,
    )


def own_list_only(run: Run) -> Evidence:
    """Ben's list holds nothing of Ana's."""
    step = run.step("isolation", "Ben lists")
    titles = [todo["title"] for todo in step.result.json.get("todos", ())]
    return judged(
        step.result.status == 200 and titles == ["Ben's copy"],
        "Ben's list holds only his own to-do",
        f"Ben's list reads {titles or step.result.text}",
        step.hops,
    )


KEEPING = (
    Check("life-of-a-todo", "TODO-05", "A to-do's whole life", life_of_a_todo, ("todos",)),
    Check("paging", "TODO-05", "Pages hold all to-dos once", paging, ("todos",)),
    Check("mistakes", "TODO-05", "Mistakes get 400", mistakes, ("todos",)),
    Check("malformed-stops-early", "TODO-05", "Malformed bodies stop at the gateway",
          malformed_stops_early, ("todos",)),
    Check("logged", "TODO-05", "What happened is in the log", logged, ("todos",)),
    Check("guessed-ids", "TODO-06", "Guessed ids lead nowhere", guessed_ids, ("isolation",)),
    Check("own-list-only", "TODO-06", "A list is one's own", own_list_only, ("isolation",)),
)  # fmt: skip
