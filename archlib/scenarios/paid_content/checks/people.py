"""Members, who gets a link, what was bought and what was paid."""

from __future__ import annotations

from collections.abc import Mapping

from archlib.local.trace import Hop
from archlib.scenarios.browsing import Answer
from archlib.scenarios.paid_content.viewers import MONTH
from archlib.verify import Check, Evidence, Run, judged, not_met

#: Step of the flow "doors" -> the status that it must end with.
_SHUT = {
    "a stranger": 401,
    "a tampered token": 401,
    "no member": 403,
    "never paid": 403,
    "lapsed": 403,
}


def wrong(found: Mapping[str, Answer | int], wanted: Mapping[str, int]) -> list[str]:
    """What answered otherwise than it must, in words."""
    return [
        f"{name}: {found[name]} instead of {status}"
        for name, status in wanted.items()
        if (answer := found[name]) != status and getattr(answer, "status", answer) != status
    ]


def member_record(run: Run) -> Evidence:
    """Made, read, changed and deleted; twice refused, gone afterwards."""
    wanted = {
        "read before registering": 404, "register": 201, "register again": 409, "read": 200,
        "update": 200, "catalogue": 200, "what was bought": 200, "delete": 204,
    }  # fmt: skip
    steps = {name: run.needed("members", name) for name in wanted}
    bad = wrong({name: step.result for name, step in steps.items()}, wanted)
    hops = [hop for step in steps.values() for hop in step.hops]
    if bad:
        return not_met("; ".join(bad), hops)
    changed = steps["update"].result.json["name"]
    after = run.needed("members", "after deleting").result
    bad = wrong(after, {"read": 404, "link": 403, "delete": 404, "buyers": 0})
    return judged(
        not bad and changed == "Ana Maria",
        "a record is made (once), read, changed and deleted; with it go its purchases, and no "
        "link is given any more",
        "; ".join(bad) or f"the name is {changed!r} after the change",
        hops,
    )


def own_record(run: Run) -> Evidence:
    """Another member's token reads another record."""
    own = run.needed("members", "read").result.value("id")
    other = run.needed("members", "another member reads")
    return judged(
        other.result.value("id") != own,
        "a token reads its own member's record and names no other",
        "another member's token reads this member's record",
        other.hops,
    )


def malformed(run: Run) -> Evidence:
    """Bodies that make no sense are refused before the function runs."""
    step = run.needed("members", "malformed")
    bad = wrong(step.result, dict.fromkeys(step.result, 400))
    return judged(
        not bad, f"{len(step.result)} malformed bodies get 400", "; ".join(bad), step.hops
    )


def no_premium_no_link(run: Run) -> Evidence:
    """Everybody who did not pay is refused, and gets no URL with the refusal."""
    hops: list[Hop] = []
    for name, status in _SHUT.items():
        step = run.needed("doors", name)
        hops += step.hops
        if step.result.status != status:
            return not_met(f"{name}: {step.result} instead of {status}", step.hops)
        if "http" in step.result.text:
            return not_met(f"{name}: the refusal holds a URL", step.hops)
    opened = {n: run.needed("doors", n).result.status for n in ("premium", "paid again")}
    bad = wrong(opened, {"premium": 200, "paid again": 200})
    return judged(
        not bad,
        ", ".join(f"{name} {status}" for name, status in _SHUT.items())
        + "; with premium 200, and 200 again after paying again",
        "; ".join(bad),
        hops,
    )


def both_apis_ask_who(run: Run) -> Evidence:
    """No route of the members' API answers a stranger."""
    step = run.needed("doors", "strangers at the other API")
    bad = wrong(step.result, dict.fromkeys(step.result, 401))
    return judged(
        not bad,
        f"{len(step.result)} routes of the premium users' API give strangers 401",
        "; ".join(bad),
        step.hops,
    )


def only_what_was_bought(run: Run) -> Evidence:
    """Who bought one video gets a link to that one and no other."""
    wanted = {
        "Ana asks for moon": 200, "Ana asks for tide": 403,
        "Ben asks for moon": 200, "Ben asks for tide": 200,
    }  # fmt: skip
    steps = {name: run.needed("purchases", name) for name in wanted}
    bad = wrong({name: step.result for name, step in steps.items()}, wanted)
    played = run.needed("purchases", "Ben plays both").result
    return judged(
        not bad and all(played),
        "Ana bought moon: 200, tide: 403; Ben bought both and plays both",
        "; ".join(bad) or f"Ben's links do not give him the videos: {played}",
        [hop for step in steps.values() for hop in step.hops],
    )


def many_to_many(run: Run) -> Evidence:
    """A member has several videos, a video several buyers, and both sides agree."""
    lists = {
        name: sorted(v["video"] for v in run.needed("purchases", f"{name}'s videos").result.json[
            "videos"])
        for name in ("Ana", "Ben")
    }  # fmt: skip
    sold = run.needed("purchases", "who bought").result
    agree = sold == {
        video: [name for name, videos in lists.items() if video in videos]
        for video in ("moon", "tide")
    }
    return judged(
        agree and lists["Ben"] == ["moon", "tide"] and sold["moon"] == ["Ana", "Ben"],
        f"read from the member: Ana {', '.join(lists['Ana'])}; Ben {', '.join(lists['Ben'])}. "
        f"Read from the video: moon {', '.join(sold['moon'])}; tide {', '.join(sold['tide'])}",
        f"members have {lists}, videos were bought by {sold}",
        run.needed("purchases", "who bought").hops,
    )


def counted_once(run: Run) -> Evidence:
    """However often a payment is told, one after another or all at once."""
    wanted = {
        "premium": 201, "premium told again": 200, "premium prolonged": 201,
        "a video": 201, "a video told again": 200,
    }  # fmt: skip
    steps = {name: run.needed("payments", name) for name in wanted}
    bad = wrong({name: step.result for name, step in steps.items()}, wanted)
    at_once = run.needed("payments", "one payment, told at the same time")
    if bad:
        return not_met("; ".join(bad), [h for s in steps.values() for h in s.hops])
    until = [int(steps[name].result.value("premiumUntil")) for name in list(wanted)[:3]]
    videos = run.needed("payments", "what came of it").result["Ana's videos"]
    once = (
        until[0] == until[1] == until[2] - MONTH
        and at_once.result == [200, 200, 200, 201]
        and videos == ["moon", "tide"]
    )
    return judged(
        once,
        "a payment told again changes nothing; told four times at the same moment it gives one "
        "201 and three 200; one purchase is on record",
        f"premium until {until}; told at the same time {at_once.result}; purchases {videos}",
        at_once.hops,
    )


def refunded(run: Run) -> Evidence:
    """A payment that buys nothing is noted, and buys nothing."""
    names = ("a video before premium", "a video paid twice", "no such video")
    steps = {name: run.needed("payments", name) for name in names}
    bad = wrong({n: s.result for n, s in steps.items()}, dict.fromkeys(names, 409))
    race = run.needed("payments", "two payments at the same time")
    came = run.needed("payments", "what came of it").result
    good = (
        race.result == [201, 409]
        and came["Ben's videos"] == ["tide"]
        and came["Ben's refunds"] == 1
        and sorted(came["Ana's refunds"]) == ["moon-2", "nothing-1", "too-early"]
    )
    return judged(
        good and not bad,
        "two payments for one video at the same moment: one buys it, the other is noted for a "
        "refund; so are payments too early, twice, and for nothing",
        "; ".join(bad) or f"at the same moment {race.result}; on record {came}",
        race.hops,
    )


def only_the_provider(run: Run) -> Evidence:
    """Nobody else's word counts."""
    step = run.needed("payments", "told by others")
    bad = wrong(step.result, dict.fromkeys(step.result, 403))
    before = run.needed("payments", "premium prolonged").result.value("premiumUntil")
    after = run.needed("payments", "premium unchanged").result.value("premiumUntil")
    return judged(
        not bad and before == after,
        "told "
        + ", ".join(f"{name} {answer.status}" for name, answer in step.result.items())
        + "; premium ends when it did",
        "; ".join(bad) or f"premium ends at {after} instead of {before}",
        step.hops,
    )


def provider_role(run: Run) -> Evidence:
    """A user whom the administrators let acts as the provider; another user does not."""
    provider = run.needed("provider", "provider takes on the role").result
    other = run.needed("provider", "somebody takes on the role").result
    return judged(
        (provider, other) == ("ok", "AccessDenied"),
        "a user whom the administrators let takes on the provider's role, another one gets "
        "AccessDenied",
        f"a user who may take on the provider's role gets {provider}, another one {other}",
        run.flow("provider").hops,
    )


def payments_make_sense(run: Run) -> Evidence:
    """What is no payment is no payment."""
    step = run.needed("payments", "nonsense")
    bad = [f"{name}: {answer}" for name, answer in step.result.items()
           if answer.status not in (400, 404)]  # fmt: skip
    return judged(
        not bad, f"{len(step.result)} payments that make no sense are refused", "; ".join(bad),
        step.hops,
    )  # fmt: skip


PEOPLE = (
    Check("member-record", "PAID-01", "Made, read, changed, deleted", member_record, ("members",)),
    Check("own-record", "PAID-01", "Each member has an own record", own_record, ("members",)),
    Check("malformed", "PAID-01", "Malformed bodies are refused", malformed, ("members",)),
    Check("no-premium-no-link", "PAID-02", "Only who paid gets a link", no_premium_no_link,
          ("doors",)),
    Check("both-apis-ask-who", "PAID-02", "Both APIs ask who calls", both_apis_ask_who,
          ("doors",)),
    Check("only-what-was-bought", "PAID-03", "A buyer of A gets nothing for B",
          only_what_was_bought, ("purchases",)),
    Check("many-to-many", "PAID-03", "Many buyers, many videos", many_to_many, ("purchases",)),
    Check("counted-once", "PAID-04", "A payment counts once", counted_once, ("payments",)),
    Check("refunded", "PAID-04", "What buys nothing is noted", refunded, ("payments",)),
    Check("only-the-provider", "PAID-05", "Only the provider tells of payments",
          only_the_provider, ("payments",)),
    Check("provider-role", "PAID-05", "Administrators say who the provider is", provider_role,
          ("provider",)),
    Check("payments-make-sense", "PAID-05", "Nonsense is no payment", payments_make_sense,
          ("payments",)),
)  # fmt: skip
