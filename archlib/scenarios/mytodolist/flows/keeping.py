"""Keeping to-dos, trying other people's, and a burst of them."""

from __future__ import annotations

from typing import Any

from archlib.scenarios.accounts import newcomer
from archlib.scenarios.mytodolist.people import call
from archlib.scenarios.operators import log_lines
from archlib.verify import Site


def todos_flow(site: Site) -> None:
    """Create, read, list, page, change, complete and delete to-dos; make mistakes."""
    token = newcomer(site, "ana.todos").id
    with site.step("create") as step:
        step.result = call(site, "POST", "/todos", token, {"title": "Buy milk"})
        todo = step.result.value("id")
    with site.step("read") as step:
        step.result = call(site, "GET", f"/todos/{todo}", token)
    with site.step("update") as step:
        step.result = call(site, "PUT", f"/todos/{todo}", token, {"title": "Buy oat milk"})
    with site.step("complete") as step:
        step.result = call(site, "POST", f"/todos/{todo}/complete", token)
    with site.step("read again") as step:
        step.result = call(site, "GET", f"/todos/{todo}", token, fresh=True)
    with site.step("page") as step:
        for number in range(4):
            call(site, "POST", "/todos", token, {"title": f"Errand {number}"})
        step.result = _pages(site, token, limit=2)
    with site.step("delete") as step:
        step.result = call(site, "DELETE", f"/todos/{todo}", token)
    with site.step("read deleted") as step:
        step.result = call(site, "GET", f"/todos/{todo}", token, fresh=True)
    with site.step("malformed bodies") as step:
        many = {"todos": [{"title": "x"}] * 501}
        step.result = {
            "no title": call(site, "POST", "/todos", token, {}),
            "title too long": call(site, "POST", "/todos", token, {"title": "x" * 201}),
            "not JSON": call(site, "POST", "/todos", token, raw="{title"),
            "done is a word": call(
                site, "PUT", f"/todos/{todo}", token, {"title": "x", "done": "yes"}
            ),
            "501 at once": call(site, "POST", "/todos/import", token, many),
        }
    with site.step("mistakes") as step:
        step.result = {
            "empty title": call(site, "POST", "/todos", token, {"title": " "}),
            "limit 0": call(site, "GET", "/todos?limit=0", token),
        }
    with site.step("look into the log") as step:
        step.result = log_lines(site, site.outputs["FunctionName"])


def isolation_flow(site: Site) -> None:
    """Ben knows the id of Ana's to-do and tries everything with it."""
    ana, ben = newcomer(site, "ana.isolation").id, newcomer(site, "ben.isolation").id
    with site.step("Ana creates") as step:
        step.result = call(site, "POST", "/todos", ana, {"title": "Ana's secret"})
        todo = step.result.value("id")
    attempts: dict[str, tuple[str, str, Any]] = {
        "Ben reads it": ("GET", f"/todos/{todo}", None),
        "Ben changes it": ("PUT", f"/todos/{todo}", {"title": "Ben was here"}),
        "Ben completes it": ("POST", f"/todos/{todo}/complete", None),
        "Ben deletes it": ("DELETE", f"/todos/{todo}", None),
    }
    for name, (method, path, body) in attempts.items():
        with site.step(name) as step:
            step.result = call(site, method, path, ben, body)
    with site.step("Ben imports its id") as step:
        stolen = {"todos": [{"id": todo, "title": "Ben's copy"}]}
        step.result = call(site, "POST", "/todos/import", ben, stolen)
    with site.step("Ben lists") as step:
        step.result = call(site, "GET", "/todos", ben)
    with site.step("Ana reads it") as step:
        step.result = call(site, "GET", f"/todos/{todo}?consistent=true", ana)


def burst_flow(site: Site) -> None:
    """A burst of writes meets no fixed capacity."""
    token = newcomer(site, "ana.burst").id
    with site.step("burst") as step:
        batch = {"todos": [{"title": f"Errand {n}"} for n in range(100)]}
        step.result = [call(site, "POST", "/todos/import", token, batch).status for _ in range(20)]


def _pages(site: Site, token: str, limit: int) -> list[list[str]]:
    pages, following = [], ""
    while True:
        page = call(site, "GET", f"/todos?limit={limit}{following}", token, fresh=True)
        pages.append([todo["title"] for todo in page.value("todos")])
        if "nextToken" not in page.json:
            return pages
        following = f"&nextToken={page.value('nextToken')}"
