"""Photos and their thumbnails."""

from __future__ import annotations

from archlib.verify import Check, Evidence, Run, judged, not_met


def every_way_in(run: Run) -> Evidence:
    """Direct, accelerated and through the edge: each upload succeeds."""
    seen = {name: run.step("thumbnails", name).result
            for name in ("directly", "accelerated", "through the edge")}  # fmt: skip
    good = {"directly": "ok", "accelerated": "ok", "through the edge": 200}
    return judged(
        seen == good,
        "photos arrive directly, accelerated and through the edge",
        "uploads: " + ", ".join(f"{name} {got}" for name, got in seen.items()),
        run.flow("thumbnails").hops,
    )


def thumbnails_are_real(run: Run) -> Evidence:
    """Each photo has thumbnails of its format, small enough, and upright."""
    step = run.step("thumbnails", "look at the thumbnails")
    expected = {
        # The camera lay on its side: what was upper left is upper right when seen upright.
        "small/direct.jpg": ("JPEG", 160, "upper right"),
        "medium/direct.jpg": ("JPEG", 640, "upper right"),
        "small/fast.png": ("PNG", 160, "upper left"),
        "small/edge.webp": ("WEBP", 160, "upper left"),
    }
    for name, (form, side, corner) in expected.items():
        found = step.result[name]
        if found is None:
            return not_met(f"there is no {name}", step.hops)
        kind, size, red = found
        if kind != form or max(size) != side or red != corner:
            return not_met(f"{name} is {kind} of {size}, its red quarter {red or 'nowhere'}")
    return judged(
        True, "JPEG, PNG and WebP have real thumbnails, upright and of the right size", ""
    )


def bad_ones_hold_up_nobody(run: Run) -> Evidence:
    """Torn and huge files end in the queue; the good one has its thumbnail."""
    good = run.step("bad-photos", "the good one meanwhile")
    failed = run.step("bad-photos", "what failed")
    if good.result is None:
        return not_met("a good photo behind bad ones has no thumbnail", good.hops)
    named = [n for n in ("torn.jpg", "huge.png") if any(n in body for body in failed.result)]
    return judged(
        len(named) == 2,
        "a torn and a huge file are in the queue for failures; the good photo had its thumbnail "
        "at once",
        f"of {len(failed.result)} failures kept, {', '.join(named) or 'none'} is one of the two",
        failed.hops,
    )


def no_recursion(run: Run) -> Evidence:
    """Three photos, three invocations."""
    steps = [run.step("thumbnails", n) for n in ("directly", "accelerated", "through the edge")]
    by_buckets = [
        hop
        for step in steps
        for hop in step.hops
        if hop.action == "lambda:InvokeFunction" and hop.source.startswith("arn:aws:s3:::")
    ]
    count = len(by_buckets)
    return judged(
        count == len(steps),
        "three photos invoked the function three times: storing thumbnails invokes nothing",
        f"three photos invoked the function {count} times",
        by_buckets,
    )


def faster_from_far(run: Run) -> Evidence:
    """From another continent, accelerated and edge uploads take less time than a direct one."""
    names = ("directly", "accelerated", "through the edge")
    times = {n: run.step("far", f"{n} from far away").hops[0].duration for n in names}
    direct = times.pop("directly")
    slower = [name for name, seconds in times.items() if seconds >= direct]
    said = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in times.items())
    return judged(
        not slower,
        f"modelled, 4 MB from Sydney: directly {direct * 1000:.0f} ms, {said}",
        f"no faster than directly ({direct * 1000:.0f} ms): {said}",
        run.flow("far").hops,
    )


def others_hear(run: Run) -> Evidence:
    """The queue has one message for each small thumbnail."""
    step = run.step("thumbnails", "who heard of them")
    told = [n for n in ("small/direct.jpg", "small/fast.png", "small/edge.webp")
            if any(n in body for body in step.result)]  # fmt: skip
    return judged(
        len(told) == 3,
        "the queue heard of each small thumbnail",
        f"the queue heard of {', '.join(told) or 'none'}",
        step.hops,
    )


def a_subscriber_hears(run: Run) -> Evidence:
    """Who subscribes to the topic gets S3's message of the medium thumbnail."""
    step = run.step("told", "the topic's subscriber hears")
    told = [body for body in step.result if "medium/told.jpg" in body]
    return judged(
        len(told) == 1,
        "whoever subscribes to the topic gets one message of each medium thumbnail",
        f"the topic's subscriber got {len(told) or 'no'} messages of the thumbnail",
        step.hops,
    )


PICTURES = (
    Check("every-way-in", "BLOG-09", "Three ways to upload", every_way_in, ("thumbnails",)),
    Check("real-thumbnails", "BLOG-09", "Thumbnails are real", thumbnails_are_real,
          ("thumbnails",)),
    Check("bad-photos", "BLOG-10", "Bad photos hold up nobody", bad_ones_hold_up_nobody,
          ("bad-photos",)),
    Check("no-recursion", "BLOG-11", "Thumbnails cause no thumbnails", no_recursion,
          ("thumbnails",)),
    Check("faster-from-far", "BLOG-12", "Far uploads are faster", faster_from_far, ("far",)),
    Check("others-hear", "BLOG-13", "The queue hears of thumbnails", others_hear,
          ("thumbnails",)),
    Check("a-subscriber-hears", "BLOG-13", "The topic's subscribers hear", a_subscriber_hears,
          ("told",)),
)  # fmt: skip
