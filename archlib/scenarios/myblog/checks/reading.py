"""Posts: public to read, the author's to write, cached, and near readers elsewhere."""

from __future__ import annotations

from archlib.scenarios.myblog.flows import MIX
from archlib.verify import Check, Evidence, Run, judged, met, not_met, unknown
from archlib.verify.measures import hit_ratio, invocations, read_units
from archlib.verify.permissions import least_privilege

#: The caches must spare the table at least this share of its read units.
SAVED = 0.5


def public_api(run: Run) -> Evidence:
    """Everybody reads, only the author writes, and only over HTTPS."""
    stranger = run.step("posts", "a stranger publishes")
    if stranger.result.status != 403 or invocations(run, stranger):
        return not_met(f"a stranger publishes: {stranger.result.status}", stranger.hops)
    expected = {"the author publishes": 201, "everybody lists": 200, "everybody reads": 200}
    for name, status in expected.items():
        step = run.step("posts", name)
        if step.result.status != status:
            return not_met(f"{name}: {step.result.status} {step.result.text[:80]}", step.hops)
    plain = run.step("posts", "plain HTTP").result.status
    return judged(
        plain == 0 or plain >= 400,
        "everybody reads, a stranger who publishes gets 403, plain HTTP is not answered",
        f"plain HTTP gets {plain}",
        run.flow("posts").hops,
    )


def mistakes(run: Run) -> Evidence:
    """Each mistake gets its status."""
    step = run.step("posts", "mistakes")
    expected = {"no such post": 404, "no address": 400, "bad address": 400}
    return judged(
        step.result == expected,
        "a missing post gets 404, a bad subscription 400",
        f"{step.result}, not {expected}",
        step.hops,
    )


def dax_saves_reads(run: Run) -> Evidence:
    """The same hundred requests with DAX and without: what the table had to read."""
    cached = run.step("mostly-reading", "97:3")
    bare = run.step("mostly-reading-uncached", "97:3")
    refused = [s for s in (*cached.result, *bare.result) if s not in (200, 201)]
    if refused:
        return not_met(f"{len(refused)} of {2 * len(MIX)} requests failed: {refused[0]}")
    ratio, spent, without = hit_ratio(cached.hops), read_units(cached.hops), read_units(bare.hops)
    if not without:
        return unknown("the variant without the cache read nothing from the table")
    if ratio is None:
        return not_met(f"no read asked the cache; the table served {spent:g} read units")
    return judged(
        spent <= (1 - SAVED) * without,
        f"the table read {without:g} units without DAX, {spent:g} with it; hit ratio {ratio:.0%}",
        f"the table read {spent:g} units with DAX and {without:g} without; hit ratio {ratio:.0%}",
        cached.hops,
    )


def every_cache_works(run: Run) -> Evidence:
    """Edge, stage and DAX each answer something: what each one spares the next."""
    stage = run.step("mostly-reading", "97:3")
    asked = [h.cache for h in stage.hops if h.source == h.target and h.cache]
    reads = len(MIX) - MIX.count("w")
    reached = invocations(run, stage) - MIX.count("w")
    edge = [
        h.cache
        for h in run.completed("site").hops
        if h.action.startswith("cloudfront:") and h.cache
    ]
    ratios = {
        "edge": edge.count("hit") / len(edge) if edge else 0.0,
        "stage": asked.count("hit") / len(asked) if asked else 0.0,
        "DAX": hit_ratio(stage.hops) or 0.0,
    }
    said = ", ".join(f"{name} {ratio:.0%}" for name, ratio in ratios.items())
    return judged(
        all(ratio > 0 for ratio in ratios.values()),
        f"hit ratios: {said}; of {reads} reads {reached} reached the function",
        f"a cache never answers: {said}",
        stage.hops,
    )


def read_abroad(run: Run) -> Evidence:
    """Shortly after it is written, a post is in the other region; not before."""
    at_once = run.step("replica", "look abroad at once").result
    later = run.step("replica", "look abroad a little later").result
    return judged(
        later,
        "five seconds later the post is in the other region; at once it was "
        + ("there, too" if at_once else "not there yet"),
        "five seconds later the post is not in the other region",
        run.flow("replica").hops,
    )


def posts_are_public(run: Run) -> Evidence:
    """A second reader gets the cached answer."""
    step = run.step("posts", "another one reads")
    return (
        met("a second reader is answered by the stage", step.hops)
        if not invocations(run, step)
        else not_met("a second reader invokes the function again", step.hops)
    )


READING = (
    Check("public-api", "BLOG-03", "Everybody reads, the author writes", public_api, ("posts",)),
    Check("mistakes", "BLOG-03", "Mistakes are told", mistakes, ("posts",)),
    Check("dax-saves-reads", "BLOG-04", "DAX answers most reads", dax_saves_reads,
          ("mostly-reading", "mostly-reading-uncached")),
    Check("every-cache-works", "BLOG-05", "Every layer answers some", every_cache_works,
          ("mostly-reading", "site")),
    Check("second-reader", "BLOG-05", "The stage answers a second reader", posts_are_public,
          ("posts",)),
    Check("read-abroad", "BLOG-06", "The replica has the post", read_abroad, ("replica",)),
    Check("least-privilege", "BLOG-14", "No wildcard permission", least_privilege),
)  # fmt: skip
