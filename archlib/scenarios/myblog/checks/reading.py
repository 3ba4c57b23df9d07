"""Posts: public to read, the author's to write, cached, and near readers elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archlib.local.trace import Hop
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
        return not_met(f"a stranger publishes: {stranger.result}", stranger.hops)
    expected = {"the author publishes": 201, "everybody lists": 200, "everybody reads": 200}
    for name, status in expected.items():
        step = run.step("posts", name)
        if step.result.status != status:
            return not_met(f"{name}: {step.result}", step.hops)
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
        "; ".join(
            f"{name}: {step.result[name]}"
            for name in expected
            if step.result[name] != expected[name]
        ),
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
    step, bare = (
        run.step("mostly-reading", "97:3"),
        run.step("mostly-reading-uncached", "97:3"),
    )
    edge = [h for h in run.completed("site").hops if h.action.startswith("cloudfront:") and h.cache]
    stage = [h for h in step.hops if h.action == "apigateway:CacheGet"]
    ratios = {
        "edge": _hits(edge),
        "stage": _hits(stage),
        "DAX": hit_ratio(step.hops) or 0.0,
    }
    if idle := [name for name, ratio in ratios.items() if not ratio]:
        said = ", ".join(f"{name} {ratio:.0%}" for name, ratio in ratios.items())
        return not_met(f"{' and '.join(idle)} never answered (hit ratios: {said})", step.hops)
    reached = invocations(run, step) - MIX.count("w")
    asked = [h for h in step.hops if h.action.startswith("execute-api:GET")]
    kept = {h.parent for h in stage if h.cache == "hit"}
    hit, missed = ([h for h in asked if (h.number in kept) is known] for known in (True, False))
    return met(
        f"hit ratios: edge {ratios['edge']:.0%} of the {len(edge)} requests of a few readers "
        f"({_milliseconds(edge, 'hit')} instead of {_milliseconds(edge, 'miss')}), "
        f"stage {ratios['stage']:.0%} (of {len(asked)} reads {reached} reached the function; "
        f"{_mean(hit)} instead of {_mean(missed)}), DAX "
        f"{ratios['DAX']:.0%} (the table read {read_units(step.hops):g} units instead of "
        f"{read_units(bare.hops):g})",
        step.hops,
    )


def _hits(hops: Sequence[Hop]) -> float:
    return sum(1 for hop in hops if hop.cache == "hit") / len(hops) if hops else 0.0


def _milliseconds(hops: Iterable[Hop], cache: str) -> str:
    return _mean([hop for hop in hops if hop.cache == cache])


def _mean(hops: Sequence[Hop]) -> str:
    """The mean duration of hops, as one reads it; modelled, as every duration."""
    if not hops:
        return "none"
    return f"{sum(hop.duration for hop in hops) / len(hops) * 1000:.3g} ms"


def read_abroad(run: Run) -> Evidence:
    """Shortly after it is written, a post is in the other region; not before."""
    at_once = run.step("replica", "look abroad at once").result
    later = run.step("replica", "look abroad a little later").result
    arrived = [h for h in run.flow("replica").hops if h.action == "dynamodb:Replicate"]
    lag = f" after {arrived[0].detail['lag']:g} s (modelled)" if arrived else " within 5 s"
    return judged(
        later,
        f"a post is in the other region{lag}; at once it was "
        + ("there, too" if at_once else "not there yet"),
        "five seconds later the post is not in the other region",
        run.flow("replica").hops,
    )


def last_writer_wins(run: Run) -> Evidence:
    """Two regions wrote the same item within the lag: both keep what was written last."""
    seen = {}
    for first, last in (("home", "abroad"), ("abroad", "home")):
        step = run.step("replica", f"written at {first}, then {last}")
        seen[last] = step.result
    return judged(
        all(set(kept.values()) == {last} for last, kept in seen.items()),
        "two regions wrote one item within the lag: both keep what was written last, whichever "
        "region it was",
        "; ".join(f"written last at {last}, kept: {kept}" for last, kept in seen.items()),
        run.flow("replica").hops,
    )


def author_role(run: Run) -> Evidence:
    """A user whom the administrators let becomes an author; another user does not."""
    writer = run.step("authors", "writer takes on the role").result
    other = run.step("authors", "somebody takes on the role").result
    return judged(
        (writer, other) == ("ok", "AccessDenied"),
        "a user whom the administrators let takes on the author's role, another one gets "
        "AccessDenied",
        f"a user who may take on the author's role gets {writer}, another one {other}",
        run.flow("authors").hops,
    )


def logged(run: Run) -> Evidence:
    """What each function did can be read in its log."""
    step = run.step("last-look", "look into the logs")
    counts = {
        name: sum(1 for line in lines if line.startswith("REPORT"))
        for name, lines in step.result.items()
    }
    silent = [name for name, count in counts.items() if not count]
    return judged(
        not silent,
        "log groups hold " + ", ".join(f"{n} invocations of {name}" for name, n in counts.items()),
        f"nobody could find out what went wrong: the log of {', '.join(silent)} is empty",
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
    Check("author-role", "BLOG-03", "Administrators say who is an author", author_role,
          ("authors",)),
    Check("mistakes", "BLOG-03", "Mistakes are told", mistakes, ("posts",)),
    Check("dax-saves-reads", "BLOG-04", "DAX answers most reads", dax_saves_reads,
          ("mostly-reading", "mostly-reading-uncached")),
    Check("every-cache-works", "BLOG-05", "Every layer answers some", every_cache_works,
          ("mostly-reading", "mostly-reading-uncached", "site")),
    Check("second-reader", "BLOG-05", "The stage answers a second reader", posts_are_public,
          ("posts",)),
    Check("read-abroad", "BLOG-06", "The replica has the post", read_abroad, ("replica",)),
    Check("last-writer-wins", "BLOG-06", "The last writer wins", last_writer_wins, ("replica",)),
    Check("least-privilege", "BLOG-14", "No wildcard permission", least_privilege),
    Check("logged", "BLOG-14", "What happened is in the logs", logged, ("last-look",)),
)  # fmt: skip
