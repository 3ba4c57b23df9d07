"""The static site: near every reader, and only through its distribution."""

from __future__ import annotations

from archlib.scenarios.myblog.readers import CITIES, INDEX, SECOND
from archlib.verify import Check, Evidence, Run, judged, met, not_met
from archlib.verify.permissions import blocks_public_access

#: Ways around the distribution, by step of the flow that tries them.
_AROUND = (
    "anonymously",
    "by its website endpoint",
    "as an author",
    "through another distribution",
    "through another distribution that signs",
)


def nearest_edge(run: Run) -> Evidence:
    """On each continent another edge location answers, the second time from its cache."""
    places, hops = {}, []
    for city in CITIES:
        first = run.step("site", f"{city} reads first")
        again = run.step("site", f"{city} reads again")
        hops += [*first.hops, *again.hops]
        if first.result.status != 200 or first.result.body != INDEX:
            return not_met(f"{city} reads first: {first.result}", first.hops)
        if not again.result.cached.startswith("Hit"):
            return not_met(f"{city} reads again: {again.result.cached or again.result}", again.hops)
        places[city] = again.result.headers.get("x-amz-cf-pop", "")
    return judged(
        len(set(places.values())) == len(CITIES),
        "each city is answered by its own edge location, the second time from its cache: "
        + ", ".join(f"{city} {pop}" for city, pop in places.items()),
        f"cities share edge locations: {places}",
        hops,
    )


def faster_from_the_edge(run: Run) -> Evidence:
    """A cached page comes sooner than the first one did."""
    slower = []
    for city in CITIES:
        first = run.step("site", f"{city} reads first").hops[0].duration
        again = run.step("site", f"{city} reads again").hops[0].duration
        if again >= first:
            slower.append(f"{city} ({again * 1000:.0f} ms after {first * 1000:.0f} ms)")
    city = CITIES[-1]
    one, two = (run.step("site", f"{city} reads {n}").hops[0] for n in ("first", "again"))
    return judged(
        not slower,
        f"modelled: {city} waits {one.duration * 1000:.0f} ms for the first page and "
        f"{two.duration * 1000:.0f} ms for the next",
        f"no sooner from the edge: {', '.join(slower)}",
        (one, two),
    )


def new_edition(run: Run) -> Evidence:
    """The old page stays until the invalidation, and no longer."""
    stale = run.step("site", "after a change")
    fresh = run.step("site", "after an invalidation")
    return judged(
        stale.result.body == INDEX and fresh.result.body == SECOND,
        "a changed page stays at the edge for its lifetime; an invalidation brings the new one",
        f"after the change {stale.result.text[-40:]!r}, after the invalidation "
        f"{fresh.result.text[-40:]!r}",
        (*stale.hops, *fresh.hops),
    )


def browser_rules(run: Run) -> Evidence:
    """HTTPS only, a page for what is missing, 304 for what is unchanged, files compressed."""
    plain, missing = (
        run.step("site", "plain HTTP").result,
        run.step("site", "a missing page").result,
    )
    same, file = run.step("site", "unchanged since").result, run.step("site", "a file").result
    wrong = [
        what
        for what, holds in {
            f"plain HTTP gets {plain.status}": plain.status in (301, 307, 308),
            f"a missing page gets {missing.status}": missing.status == 404
            and "no such page" in missing.text,
            f"an unchanged page gets {same.status}": same.status == 304,
            f"a file gets {file.status}": file.status == 200,
        }.items()
        if not holds
    ]
    return judged(
        not wrong,
        "plain HTTP is redirected, a missing page has a page of its own, an unchanged one costs "
        "no bytes",
        "; ".join(wrong),
    )


def only_the_distribution(run: Run) -> Evidence:
    """Every way around the distribution ends in a refusal."""
    return _refuses_others(run, "detour", "")


def with_oac_as_well(run: Run) -> Evidence:
    """The same with an origin access control, in the variant of the design."""
    return _refuses_others(run, "detour-oac", "with OAC, ")


def _refuses_others(run: Run, flow: str, how: str) -> Evidence:
    page = run.step(flow, "through the distribution")
    if page.result.status != 200 or page.result.body not in (INDEX, SECOND):
        return not_met(f"{how}the distribution itself gets {page.result}", page.hops)
    ways = {}
    for name in _AROUND:
        result = run.step(flow, name).result
        ways[name] = result if isinstance(result, str) else str(result.status)
    slip = run.step(flow, "after a slip").result
    for kind in ("public ACL", "public policy"):
        ways[f"setting a {kind}"] = slip[kind]
    ways["a stranger after both"] = slip["a stranger reads"]
    # A policy that is accepted and opens nothing does no harm: what counts is who reads.
    opened = [n for n, seen in ways.items() if seen in ("ok", "200") and "setting" not in n]
    return judged(
        not opened,
        f"{how}the bucket answers its distribution and refuses all others: "
        + ", ".join(f"{name} {seen}" for name, seen in ways.items()),
        f"{how}the bucket answers {', '.join(opened)}",
        run.flow(flow).hops,
    )


def uploads_stay_closed(run: Run) -> Evidence:
    """The distribution for uploads hands nothing out."""
    step = run.step("thumbnails", "read through the upload edge")
    if step.result == 200:
        return not_met("photos can be fetched through the distribution for uploads", step.hops)
    return met(f"the distribution for uploads hands nothing out: {step.result}", step.hops)


EDGES = (
    Check("nearest-edge", "BLOG-01", "Every city has its edge", nearest_edge, ("site",)),
    Check("faster-from-the-edge", "BLOG-01", "The edge is faster", faster_from_the_edge, ("site",)),
    Check("new-edition", "BLOG-01", "Invalidations bring new pages", new_edition, ("site",)),
    Check("browser-rules", "BLOG-01", "Pages behave as browsers expect", browser_rules, ("site",)),
    Check("only-the-distribution", "BLOG-02", "No way around the edge", only_the_distribution,
          ("detour",)),
    Check("oac-as-well", "BLOG-02", "No way around it with OAC", with_oac_as_well,
          ("detour-oac",)),
    Check("buckets-block-public-access", "BLOG-02", "The template says so", blocks_public_access),
    Check("uploads-stay-closed", "BLOG-02", "Uploads go one way", uploads_stay_closed,
          ("thumbnails",)),
)  # fmt: skip
