"""Near every viewer, shared, in parts, and compared with S3's presigned URLs."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from archlib.local.trace import CLIENT, Hop
from archlib.scenarios.paid_content.checks.links import plays
from archlib.scenarios.paid_content.flows.watching import expected
from archlib.scenarios.paid_content.studio import MOON, SIZE
from archlib.scenarios.paid_content.viewers import CITIES
from archlib.verify import Check, Evidence, Run, judged, not_met, unknown


def near_every_viewer(run: Run) -> Evidence:
    """Each city has an edge location of its own."""
    places: dict[str, str] = {}
    hops: list[Hop] = []
    for city in CITIES:
        step = run.needed("worldwide", f"Ana in {city}")
        hops += step.hops
        if not plays(step):
            return not_met(f"Ana in {city}: {step.result}", step.hops)
        places[city] = step.result.headers.get("x-amz-cf-pop", "")
    return judged(
        len(set(places.values())) == len(CITIES),
        ", ".join(f"{city} plays from {pop}" for city, pop in places.items()),
        f"cities share edge locations: {places}",
        hops,
    )


def shared_at_the_edge(run: Run) -> Evidence:
    """The second buyer's link is another one, and the edge has the video already."""
    for city in CITIES:
        step = run.needed("worldwide", f"Ben in {city}")
        if not plays(step) or not step.result.cached.startswith("Hit"):
            return not_met(f"Ben in {city}: {step.result.cached or step.result}", step.hops)
    crowd = run.needed("worldwide", "a crowd")
    signatures = {dict(parse_qsl(urlsplit(t).query)).get("Signature") for t, _ in crowd.result}
    hits = sum(1 for _, answer in crowd.result if answer.cached.startswith("Hit"))
    asked = len(crowd.result)
    return judged(
        hits == asked and len(signatures) > 1,
        f"the second buyer in each city is answered from the edge; of a crowd's {asked} requests, "
        f"with {len(signatures)} signatures, {hits} are hits ({hits / asked:.0%})",
        f"{hits} of {asked} requests were hits, with {len(signatures)} signatures",
        crowd.hops,
    )


def ranges(run: Run) -> Evidence:
    """Beginning, seek and end are parts; past the end is 416; a part is cached, too."""
    wanted = {
        "the beginning": (206, MOON.bytes[:65_536]),
        "a seek": (206, MOON.bytes[200_000:210_001]),
        "the end": (206, MOON.bytes[SIZE - 1_000 :]),
        "the beginning, another buyer": (206, MOON.bytes[:65_536]),
    }
    for name, (status, body) in wanted.items():
        step = run.needed("playing", name)
        if step.result.status != status or step.result.body != body:
            return not_met(f"{name}: {step.result}, {len(step.result.body)} bytes", step.hops)
    past = run.needed("playing", "past the end")
    again = run.needed("playing", "the beginning, another buyer")
    return judged(
        past.result.status == 416 and again.result.cached.startswith("Hit"),
        "beginning, seek and end are 206 with exactly those bytes, past the end is 416; the "
        "beginning comes from the edge for the next buyer",
        f"past the end: {past.result}; another buyer's beginning: {again.result.cached}",
        (*past.hops, *again.hops),
    )


def stream(run: Run) -> Evidence:
    """Manifest and segments under one signature, as query string and as cookies."""
    for way in ("query string", "cookies"):
        step = run.needed("playing", f"the stream by {way}")
        for name, answer in step.result.items():
            if answer.status != 200 or answer.body != expected(name):
                return not_met(f"{name} by {way}: {answer}", step.hops)
    other = run.needed("playing", "another video by these")
    bad = [f"{way}: {answer}" for way, answer in other.result.items() if answer.status != 403]
    files = len(run.needed("playing", "the stream by cookies").result)
    return judged(
        not bad,
        f"one signature opens the manifest and its segments ({files} files) by query string and by "
        "cookies, and another video's by neither: "
        + ", ".join(str(answer) for answer in other.result.values()),
        "another video opens by " + "; ".join(bad),
        other.hops,
    )


def faster_than_presigned(run: Run) -> Evidence:
    """From each city: the second fetch by signed URL against the one by presigned URL."""
    waited: dict[str, dict[str, float]] = {"abroad": {}, "abroad-s3": {}}
    for flow, seconds in waited.items():
        for city in CITIES:
            step = run.needed(flow, f"{city} again")
            outer = [hop for hop in step.hops if hop.source == CLIENT]
            if not plays(step):
                return not_met(f"{flow}, {city} again: {step.result}", step.hops)
            if not outer:
                return unknown(f"{flow}, {city} again: no hop to measure")
            seconds[city] = outer[0].duration
    signed, presigned = waited.values()
    slower = [city for city in CITIES if signed[city] >= presigned[city]]
    told = ", ".join(
        f"{city} {presigned[city] * 1000:.0f} ms by S3 and {signed[city] * 1000:.0f} ms by the edge"
        for city in CITIES
    )
    return judged(
        not slower,
        f"modelled, fetched again: {told}",
        f"no slower by S3's presigned URL: {', '.join(slower)} ({told})",
        [h for city in CITIES for h in run.needed("abroad", f"{city} again").hops],
    )


DELIVERY = (
    Check("near-every-viewer", "PAID-10", "The nearest edge location plays", near_every_viewer,
          ("worldwide",)),
    Check("shared-at-the-edge", "PAID-10", "Buyers share what the edge holds",
          shared_at_the_edge, ("worldwide",)),
    Check("ranges", "PAID-11", "Players fetch ranges", ranges, ("playing",)),
    Check("stream", "PAID-11", "One signature for a whole stream", stream, ("playing",)),
    Check("faster-than-presigned", "PAID-16", "Signed URLs beat presigned ones abroad",
          faster_than_presigned, ("abroad", "abroad-s3")),
)  # fmt: skip
