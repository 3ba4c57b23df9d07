"""What the two caches save, and what they must not do."""

from __future__ import annotations

from archlib.scenarios.mytodolist.flows import DIFFERENCES, MIX
from archlib.verify import Check, Evidence, Run, judged, not_met, unknown
from archlib.verify.measures import hit_ratio, invocations, read_units

#: DAX must spare the table at least this share of its read units at 95 reads to 5 writes.
SAVED = 0.5


def dax_saves_reads(run: Run) -> Evidence:
    """The same hundred requests, with the cache and without: what the table had to read."""
    cached, bare = run.needed("read-mostly", "95:5"), run.step("read-mostly-uncached", "95:5")
    refused = [status for status in (*cached.result, *bare.result) if status != 200]
    if refused:
        return not_met(f"{len(refused)} of {2 * len(MIX)} requests failed: {refused[0]}")
    ratio, spent, without = hit_ratio(cached.hops), read_units(cached.hops), read_units(bare.hops)
    if not without:
        return unknown("the variant without the cache read nothing from the table")
    if ratio is None:
        return not_met(f"no read asked the cache; the table served {spent:g} read units")
    reads = len(MIX) - MIX.count("w")
    return judged(
        spent <= (1 - SAVED) * without,
        f"{reads} reads: {without:g} read units without DAX, {spent:g} with it; "
        f"hit ratio {ratio:.0%}",
        f"{reads} reads cost {spent:g} read units with DAX and {without:g} without; "
        f"hit ratio {ratio:.0%}",
        cached.hops,
    )


def read_your_write(run: Run) -> Evidence:
    """A write through the cache is seen at once."""
    step = run.step("consistency", "read after writing through")
    return judged(
        step.result == "second",
        "a read just after a write through the cache sees it",
        f"a read just after a write through the cache sees “{step.result}”",
        step.hops,
    )


def around_the_cache(run: Run) -> Evidence:
    """A write around the cache: strong reads see it at once, others after the item's lifetime."""
    stale = run.step("consistency", "read after writing around")
    strong = run.step("consistency", "strongly consistent read")
    later = run.step("consistency", "read after the cache's lifetime")
    if strong.result != "third":
        return not_met(
            f"after a write around the cache a strongly consistent read sees “{strong.result}”",
            strong.hops,
        )
    return judged(
        later.result == "third",
        f"after a write around the cache a plain read sees “{stale.result}”, a strongly "
        "consistent one sees it at once, and five minutes later every read does",
        f"five minutes after a write around the cache a read still sees “{later.result}”",
        (*stale.hops, *strong.hops, *later.hops),
    )


def second_read_from_stage(run: Run) -> Evidence:
    """The second read is the stage's own; a later one asks the function again."""
    first, second = (run.step("response-cache", n) for n in ("first read", "second read"))
    later = run.step("response-cache", "read after the lifetime")
    if second.result.text != first.result.text or second.result.status != 200:
        return not_met(f"the second read got {second.result.status} {second.result.text}")
    if invocations(run, second):
        return not_met("the second read invoked the function again", second.hops)
    hit = any(hop.cache == "hit" and hop.source == hop.target for hop in second.hops)
    return judged(
        hit and invocations(run, first) == 1 and invocations(run, later) == 1,
        "the second read is answered by the stage with no function hop; two minutes later the "
        "function is asked again",
        f"stage hit: {hit}; invocations: first read {invocations(run, first)}, after the "
        f"lifetime {invocations(run, later)}",
        (*first.hops, *second.hops, *later.hops),
    )


def cache_is_private(run: Run) -> Evidence:
    """Another user's identical request is not answered with the cached list."""
    listed = run.step("response-cache", "another user reads")
    one = run.step("response-cache", "another user reads the same one")
    if "Ana's secret" in listed.result.text or "Ana's secret" in one.result.text:
        leak = listed if "Ana's secret" in listed.result.text else one
        return not_met(f"Ben was given Ana's cached answer: {leak.result.text}", leak.hops)
    return judged(
        listed.result.status == 200 and one.result.status == 404,
        "an identical request by another user is a miss and answered for that user",
        f"another user's requests got {listed.result.status} and {one.result.status}",
        (*listed.hops, *one.hops),
    )


def cache_tells_requests_apart(run: Run) -> Evidence:
    """A request with another parameter is not answered with another one's response."""
    steps = [run.step("cache-key", name) for name in DIFFERENCES]
    for step in steps:
        if step.result.status != 200 or invocations(run, step) != 1:
            got = f"{step.result.status} {step.result.text}"
            return not_met(
                f"a request that differed only in {step.name} was answered from the cache: {got}",
                step.hops,
            )
    fresh = run.step("response-cache", "read after a write")
    titles = [todo["title"] for todo in fresh.result.json.get("todos", ())]
    return judged(
        "Later" in titles,
        f"each of {len(steps)} parameters makes an entry of its own, and an app sees its own "
        "writes at once",
        f"just after a write the app's list reads {titles}",
        (*(hop for step in steps for hop in step.hops), *fresh.hops),
    )


def nobody_flushes(run: Run) -> Evidence:
    """A user cannot empty the cache at will and so send every request to the function."""
    step = run.step("response-cache", "ask the stage to forget")
    return judged(
        invocations(run, step) == 0,
        "Cache-Control: max-age=0 from a user without the permission is ignored",
        "any user can make the stage drop its entries and invoke the function each time",
        step.hops,
    )


_BOTH = ("read-mostly", "read-mostly-uncached")

CACHING = (
    Check("dax-saves-reads", "TODO-09", "DAX answers most reads", dax_saves_reads, _BOTH),
    Check("read-your-write", "TODO-10", "Writes through are seen", read_your_write,
          ("consistency",)),
    Check("around-the-cache", "TODO-10", "Writes around are seen in time", around_the_cache,
          ("consistency",)),
    Check("second-read-from-stage", "TODO-11", "The stage answers second reads",
          second_read_from_stage, ("response-cache",)),
    Check("cache-is-private", "TODO-11", "The key includes the caller", cache_is_private,
          ("response-cache",)),
    Check("cache-tells-apart", "TODO-11", "The key includes the parameters",
          cache_tells_requests_apart, ("response-cache", "cache-key")),
    Check("nobody-flushes", "TODO-11", "Users cannot flush the cache", nobody_flushes,
          ("response-cache",)),
)  # fmt: skip
