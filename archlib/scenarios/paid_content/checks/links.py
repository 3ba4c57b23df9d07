"""Links: their life, what they open, and that there is no other way."""

from __future__ import annotations

from functools import partial

from archlib.scenarios.paid_content.studio import MOON
from archlib.verify import Check, Evidence, Run, judged, not_met
from archlib.verify.flow import Step
from archlib.verify.permissions import blocks_public_access

_CHANGED = (
    "without its query", "another video", "another file of the video", "another query",
    "a later end", "another signature", "no signature", "no key", "an unknown key",
    "another hash", "another policy", "another video by the stream's signature",
    "the file by the stream's signature",
)  # fmt: skip
_FORGED = (
    "signed by a key outside the group",
    "signed by another key in the name of the right one",
)
_AROUND = (
    "the bucket, anonymously", "the bucket, with the link's signature", "the bucket's website",
    "another distribution", "another distribution that signs",
)  # fmt: skip


def plays(step: Step) -> bool:
    """Whether a step got the Moon's video."""
    return bool(step.result.status == 200 and step.result.body == MOON.bytes)


def five_minutes(run: Run) -> Evidence:
    """From its first second to its last."""
    good = [run.needed("life", name) for name in ("at once", "in its last minute")]
    late = [
        run.needed("life", name)
        for name in ("a second too late", "the rest of a download, too late")
    ]
    hops = [hop for step in (*good, *late) for hop in step.hops]
    bad = [f"{step.name}: {step.result}" for step in good if not plays(step)]
    bad += [f"{step.name}: {step.result}" for step in late if step.result.status != 403]
    return judged(
        not bad,
        f"a link plays at once and after four minutes; a second after five minutes it is "
        f"{late[0].result}, and so is a download that is resumed then",
        "; ".join(bad),
        hops,
    )


def no_longer_than_premium(run: Run) -> Evidence:
    """A link given shortly before premium ends, ends with it."""
    given = run.needed("life", "two minutes before premium ends")
    while_it_lasts = run.needed("life", "while premium lasts")
    after = run.needed("life", "after premium ended")
    return judged(
        plays(while_it_lasts) and after.result.status == 403,
        f"given two minutes before premium ends it plays then, and is {after.result} when premium "
        "is over",
        f"while premium lasts: {while_it_lasts.result}; after: {after.result}",
        (*given.hops, *while_it_lasts.hops, *after.hops),
    )


def nothing_else(run: Run) -> Evidence:
    """Each change of a good link is refused."""
    for name in ("as it was signed", "the stream as it was signed"):
        step = run.needed("tampering", name)
        if step.result.status != 200:
            return not_met(f"{name}: {step.result}", step.hops)
    steps = [run.needed("tampering", name) for name in _CHANGED]
    bad = [f"{step.name}: {step.result}" for step in steps if step.result.status != 403]
    return judged(
        not bad,
        f"{len(steps)} changes are each refused: "
        + ", ".join(f"{s.name} {str(s.result).removeprefix('403 ')}" for s in steps[:4])
        + " …",
        "; ".join(bad),
        [hop for step in steps for hop in step.hops],
    )


def no_other_key(run: Run) -> Evidence:
    """Keys that are not in the group sign nothing."""
    steps = [run.needed("tampering", name) for name in _FORGED]
    bad = [f"{step.name}: {step.result}" for step in steps if step.result.status != 403]
    return judged(
        not bad,
        "; ".join(f"{step.name}: {step.result}" for step in steps),
        "; ".join(bad),
        [hop for step in steps for hop in step.hops],
    )


def edge_wants_a_signature(run: Run) -> Evidence:
    """No signature, no video: whether the edge holds it or not."""
    allowed = run.needed("around", "with a link")
    steps = [
        run.needed("around", "the edge without a signature"),
        run.needed("around", "the edge without a signature, though it holds the video"),
    ]
    bad = [f"{step.name}: {step.result}" for step in steps if step.result.status != 403]
    return judged(
        plays(allowed) and not bad,
        f"the edge without a signature: {steps[0].result}, though it has just served the video",
        "; ".join(bad) or f"with a link: {allowed.result}",
        [hop for step in steps for hop in step.hops],
    )


def only_the_distribution(flow: str, run: Run) -> Evidence:
    """The bucket knows nobody but its distribution, also after an administrator's slip."""
    allowed = run.needed(flow, "with a link")
    if not plays(allowed):
        return not_met(f"with a link: {allowed.result}", allowed.hops)
    steps = [run.needed(flow, name) for name in _AROUND]
    slips = run.needed(flow, "after a slip").result
    bad = [f"{s.name}: {s.result}" for s in steps if s.result.status not in (403, 404)]
    bad += [f"{name}: {said}" for name, said in slips.items() if said in ("ok", "200")]
    return judged(
        not bad,
        ", ".join(f"{s.name} {s.result}" for s in steps)
        + f"; a public ACL: {slips['public ACL']}, a public policy: {slips['public policy']}",
        "; ".join(bad),
        [hop for step in steps for hop in step.hops],
    )


def revoked_at_once(run: Run) -> Evidence:
    """No new link; the old one ends by itself."""
    new = run.needed("revoking", "a new link, revoked")
    old = run.needed("revoking", "the old link, revoked")
    later = run.needed("revoking", "the old link, five minutes later")
    bad = [f"a new link: {new.result}"] if new.result.status != 403 else []
    bad += [f"five minutes later: {later.result}"] if later.result.status != 403 else []
    seen = "still plays" if plays(old) else f"is {old.result}"
    return judged(
        not bad,
        f"a new link is {new.result.status} at once; a link already out {seen}, for nobody asks "
        f"the table about it, and is {later.result} five minutes later",
        "; ".join(bad),
        (*new.hops, *old.hops, *later.hops),
    )


def withdrawn_key(run: Run) -> Evidence:
    """Taking a key out of the group ends every link it signed."""
    gone = run.needed("keys", "a link of a withdrawn key")
    third = run.needed("keys", "with the third key")
    return judged(
        gone.result.status == 403 and plays(third),
        f"a fresh link of a key that was taken out of the group: {gone.result}; links of the next "
        "key play",
        f"withdrawn: {gone.result}; the next key: {third.result}",
        (*gone.hops, *third.hops),
    )


LINKS = (
    Check("five-minutes", "PAID-06", "Five minutes and no more", five_minutes, ("life",)),
    Check("no-longer-than-premium", "PAID-06", "No link outlives premium",
          no_longer_than_premium, ("life",)),
    Check("nothing-but-what-was-signed", "PAID-07", "Every change is refused", nothing_else,
          ("tampering",)),
    Check("no-other-key", "PAID-07", "No other key signs", no_other_key, ("tampering",)),
    Check("edge-wants-a-signature", "PAID-08", "The edge wants a signature",
          edge_wants_a_signature, ("around",)),
    Check("only-the-distribution", "PAID-08", "The bucket answers the distribution alone",
          partial(only_the_distribution, "around"), ("around",)),
    Check("oac-as-well", "PAID-08", "So it does with an OAC",
          partial(only_the_distribution, "around-oac"), ("around-oac",)),
    Check("buckets-block-public-access", "PAID-08", "Buckets block public access",
          blocks_public_access),
    Check("revoked-at-once", "PAID-09", "No new link once revoked", revoked_at_once,
          ("revoking",)),
    Check("withdrawn-key", "PAID-09", "A withdrawn key ends its links", withdrawn_key, ("keys",)),
)  # fmt: skip
