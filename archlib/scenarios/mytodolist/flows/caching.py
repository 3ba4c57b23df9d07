"""Reading mostly: what the caches answer, and when they must not."""

from __future__ import annotations

from archlib.scenarios.accounts import newcomer
from archlib.scenarios.mytodolist.people import call
from archlib.verify import Site

#: 95 reads to 5 writes, the mix in which "mostly read" is measured: w writes a to-do, l lists
#: all of them, r reads one.
MIX = tuple("w" if i % 20 == 10 else "l" if i % 5 == 0 else "r" for i in range(100))


def read_mostly_flow(site: Site) -> None:
    """A hundred requests, ninety-five of them reads, over ten to-dos; no stage cache."""
    token = newcomer(site, "ana.mostly").id
    with site.step("write ten to-dos"):
        ids = [
            call(site, "POST", "/todos", token, {"title": f"Errand {n}"}).value("id")
            for n in range(10)
        ]
    with site.step("95:5") as step:
        statuses = []
        for number, kind in enumerate(MIX):
            # Seven minutes in all: longer than the cache keeps an item, so that it must look again.
            site.wait(seconds=4)
            todo = f"/todos/{ids[number * 7 % len(ids)]}"
            if kind == "w":
                body = {"title": f"Errand, round {number}"}
                statuses.append(call(site, "PUT", todo, token, body).status)
            else:
                path = "/todos" if kind == "l" else todo
                statuses.append(call(site, "GET", path, token, fresh=True).status)
        step.result = statuses


def consistency_flow(site: Site) -> None:
    """Read just after writing: through the cache, and around it."""
    token = newcomer(site, "ana.consistency").id

    def title(query: str = "") -> str:
        return str(call(site, "GET", f"/todos/{todo}{query}", token, fresh=True).value("title"))

    with site.step("write through the cache"):
        todo = call(site, "POST", "/todos", token, {"title": "first"}).value("id")
        title()
        call(site, "PUT", f"/todos/{todo}", token, {"title": "second"})
    with site.step("read after writing through") as step:
        step.result = title()
    with site.step("write around the cache"):
        call(site, "POST", "/todos/import", token, {"todos": [{"id": todo, "title": "third"}]})
    with site.step("read after writing around") as step:
        step.result = title()
    with site.step("strongly consistent read") as step:
        step.result = title("?consistent=true")
    site.wait(minutes=5, seconds=1)
    with site.step("read after the cache's lifetime") as step:
        step.result = title()


def response_cache_flow(site: Site) -> None:
    """The stage answers a second read by itself, and never with somebody else's list."""
    ana, ben = newcomer(site, "ana.cache").id, newcomer(site, "ben.cache").id
    created = call(site, "POST", "/todos", ana, {"title": "Ana's secret"}).value("id")
    with site.step("first read") as step:
        step.result = call(site, "GET", "/todos", ana)
    with site.step("second read") as step:
        step.result = call(site, "GET", "/todos", ana)
    with site.step("another user reads") as step:
        step.result = call(site, "GET", "/todos", ben)
    with site.step("read one"):
        call(site, "GET", f"/todos/{created}", ana)
    with site.step("another user reads the same one") as step:
        step.result = call(site, "GET", f"/todos/{created}", ben)
    call(site, "POST", "/todos", ana, {"title": "Later"})
    with site.step("read after a write") as step:
        step.result = call(site, "GET", "/todos?consistent=true", ana, fresh=True)
    with site.step("ask the stage to forget") as step:
        step.result = call(site, "GET", "/todos", ana, more={"Cache-Control": "max-age=0"})
    site.wait(minutes=2)
    with site.step("read after the lifetime") as step:
        step.result = call(site, "GET", "/todos", ana)


#: What :func:`cache_key_flow` changes in a request, one thing at a time; also its steps.
DIFFERENCES = (
    "a limit", "the next page", "consistency", "a version",
    "another to-do", "consistency of one", "a version of one",
)  # fmt: skip


def cache_key_flow(site: Site) -> None:
    """Requests in pairs that differ in one parameter: the first is cached when the second comes."""
    ana = newcomer(site, "ana.key").id
    one, other = (
        f"/todos/{call(site, 'POST', '/todos', ana, {'title': title}).value('id')}"
        for title in ("Bread", "Cheese")
    )
    call(site, "GET", "/todos", ana)
    with site.step("a limit") as step:
        step.result = call(site, "GET", "/todos?limit=1", ana)
    following = step.result.json.get("nextToken", "none")
    pairs = {
        "the next page": ("/todos?limit=1", f"/todos?limit=1&nextToken={following}"),
        "consistency": ("/todos", "/todos?consistent=true"),
        "a version": ("/todos", "/todos?version=another"),
        "another to-do": (one, other),
        "consistency of one": (one, f"{one}?consistent=true"),
        "a version of one": (one, f"{one}?version=another"),
    }
    for name, (known, asked) in pairs.items():
        call(site, "GET", known, ana)
        with site.step(name) as step:
            step.result = call(site, "GET", asked, ana)
