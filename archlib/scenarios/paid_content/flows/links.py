"""Links: how long they live, what they open, and every attempt to make one say more."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from archlib.scenarios.browsing import send
from archlib.scenarios.intruders import object_url, open_up, other_distribution, website_url
from archlib.scenarios.operators import new_user, remove_user
from archlib.scenarios.paid_content.studio import (
    HASHED,
    MOON,
    TIDE,
    keys_kept,
    publish,
    register_key,
    remove_key,
    revoke_premium,
    signer,
    stored_pair,
    trust,
    trusted,
    use_key,
)
from archlib.scenarios.paid_content.viewers import (
    MONTH,
    ask_link,
    content,
    link,
    play,
    premium,
)
from archlib.verify import Site

if TYPE_CHECKING:
    from archlib.scenarios.paid_content.studio import Pair

FIVE_MINUTES = 300


def life_flow(site: Site) -> None:
    """A link from its first second to its last, and one that ends with the membership."""
    publish(site)
    ana = premium(site, "ana.life", MOON)
    with site.step("a link") as step:
        step.result = ask_link(site, ana, MOON)
        target = step.result.value("url")
    with site.step("at once") as step:
        step.result = play(target)
    site.wait(seconds=FIVE_MINUTES - 60)
    with site.step("in its last minute") as step:
        step.result = play(target)
    site.wait(seconds=61)
    with site.step("a second too late") as step:
        step.result = play(target)
    with site.step("the rest of a download, too late") as step:
        step.result = play(target, 200_000)
    ben = premium(site, "ben.life", MOON)
    site.wait(seconds=MONTH - 120)
    ben.sign_in_again(site)
    with site.step("two minutes before premium ends") as step:
        step.result = ask_link(site, ben, MOON)
        last = step.result.value("url")
    with site.step("while premium lasts") as step:
        step.result = play(last)
    site.wait(seconds=121)
    with site.step("after premium ended") as step:
        step.result = play(last)


def tampering_flow(site: Site) -> None:
    """One good link, and everything that can be changed about it."""
    publish(site)
    ana = premium(site, "ana.tampering", MOON)
    good = link(site, ana, MOON)
    stream = link(site, ana, MOON, "stream")
    with site.step("as it was signed") as step:
        step.result = play(good)
    with site.step("the stream as it was signed") as step:
        step.result = play(stream)
    for name, target in _changed(site, good, stream).items():
        with site.step(name) as step:
            step.result = play(target)
    outsider = register_key(site, "outsider")
    for name, target in _forged(site, outsider).items():
        with site.step(name) as step:
            step.result = play(target)
    remove_key(site, outsider.id)


def _changed(site: Site, good: str, stream: str) -> dict[str, str]:
    """The good links with one thing changed, by what it is."""
    one, other = MOON.path, TIDE.path
    expires = dict(parse_qsl(urlsplit(good).query))["Expires"]
    later = str(int(expires) + 3_600)
    return {
        "without its query": good.partition("?")[0],
        "another video": good.replace(one, other),
        "another file of the video": good.replace("video.mp4", "stream/segment0.ts"),
        "another query": good.replace("?", "?quality=high&"),
        "a later end": good.replace(f"Expires={expires}", f"Expires={later}"),
        "another signature": _flipped(good, "Signature="),
        "no signature": _without(good, "Signature"),
        "no key": _without(good, "Key-Pair-Id"),
        "an unknown key": _replaced(good, "Key-Pair-Id", "KAAAAAAAAAAAAA"),
        "another hash": good.replace("SHA256", "SHA1"),
        "another policy": _replaced(stream, "Policy", _policy(content(site, "*"))),
        "another video by the stream's signature": stream.replace("/moon/", "/tide/"),
        "the file by the stream's signature": stream.replace("stream/index.m3u8", "video.mp4"),
    }


def _forged(site: Site, outsider: Pair) -> dict[str, str]:
    """Links signed with a key that is not in the group."""
    impostor = replace(outsider, id=stored_pair(site).id)
    return {
        "signed by a key outside the group": _signed(site, outsider),
        "signed by another key in the name of the right one": _signed(site, impostor),
    }


def _signed(site: Site, pair: Pair) -> str:
    end = datetime(2099, 1, 1, tzinfo=UTC)
    signed = signer(pair).generate_presigned_url(content(site, MOON.path), date_less_than=end)
    return f"{signed}&{HASHED}"


def _policy(resource: str) -> str:
    import base64

    condition = {"DateLessThan": {"AWS:EpochTime": 4_070_908_800}}
    text = json.dumps({"Statement": [{"Resource": resource, "Condition": condition}]})
    encoded = base64.b64encode(text.encode()).decode()
    return encoded.translate(str.maketrans("+=/", "-_~"))


def _flipped(target: str, before: str) -> str:
    at = target.index(before) + len(before) + 40
    return target[:at] + ("A" if target[at] != "A" else "B") + target[at + 1 :]


def _without(target: str, name: str) -> str:
    return _edited(target, name, lambda value: None)


def _replaced(target: str, name: str, value: str) -> str:
    return _edited(target, name, lambda _: value)


def _edited(target: str, name: str, edit: Callable[[str], str | None]) -> str:
    base, _, query = target.partition("?")
    pairs = []
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        changed = edit(value) if key == name else value
        if changed is not None:
            pairs.append(f"{key}={changed}")
    return f"{base}?{'&'.join(pairs)}"


def around_flow(site: Site) -> None:
    """Past the signature, and past the edge."""
    publish(site)
    bucket, key = site.outputs["VideoBucketName"], MOON.path
    ana = premium(site, "ana.around", MOON)
    with site.step("with a link") as step:
        step.result = play(link(site, ana, MOON))
    with site.step("the edge without a signature") as step:
        step.result = play(content(site, key))
    with site.step("the edge without a signature, though it holds the video") as step:
        step.result = play(content(site, key))
    with site.step("the bucket, anonymously") as step:
        step.result = send("GET", object_url(site, bucket, key))
    with site.step("the bucket, with the link's signature") as step:
        query = link(site, ana, MOON).partition("?")[2]
        step.result = send("GET", f"{object_url(site, bucket, key)}?{query}")
    with site.step("the bucket's website") as step:
        step.result = send("GET", website_url(site, bucket, key))
    with site.step("another distribution") as step:
        step.result = send("GET", f"https://{other_distribution(site, bucket, 'oai')}/{key}")
    with site.step("another distribution that signs") as step:
        step.result = send("GET", f"https://{other_distribution(site, bucket, 'oac')}/{key}")
    with site.step("after a slip") as step:
        step.result = open_up(site, bucket, key)


def revoking_flow(site: Site) -> None:
    """Premium is taken away while a link is out."""
    publish(site)
    ana = premium(site, "ana.revoking", MOON)
    old = link(site, ana, MOON)
    revoke_premium(site, ana.id)
    with site.step("a new link, revoked") as step:
        step.result = ask_link(site, ana, MOON)
    with site.step("the old link, revoked") as step:
        step.result = play(old)
    site.wait(seconds=FIVE_MINUTES + 1)
    with site.step("the old link, five minutes later") as step:
        step.result = play(old)


def keys_flow(site: Site) -> None:
    """Another key takes over without a break; then a key is withdrawn in an emergency."""
    publish(site)
    ana = premium(site, "ana.keys", MOON)
    with keys_kept(site):
        (first,) = trusted(site)
        with site.step("before the change") as step:
            step.result = link(site, ana, MOON)
        second = register_key(site, "second")
        trust(site, first, second.id)
        use_key(site, second)
        with site.step("right after the change") as step:
            step.result = play(link(site, ana, MOON))
        site.wait(seconds=FIVE_MINUTES - 60)
        with site.step("four minutes after the change") as step:
            step.result = last = link(site, ana, MOON)
        site.wait(seconds=61)
        with site.step("five minutes after the change") as step:
            step.result = taken_over = link(site, ana, MOON)
        with site.step("played with the second key") as step:
            step.result = play(taken_over)
        site.wait(seconds=FIVE_MINUTES - 120)
        with site.step("the first key's last link, four minutes old") as step:
            step.result = play(last)
        site.wait(seconds=120)
        trust(site, second.id)
        with site.step("without the first key") as step:
            step.result = play(link(site, ana, MOON))
        third = register_key(site, "third")
        withdrawn = link(site, ana, MOON)
        trust(site, third.id)
        use_key(site, third)
        with site.step("a link of a withdrawn key") as step:
            step.result = play(withdrawn)
        site.wait(seconds=FIVE_MINUTES + 1)
        with site.step("with the third key") as step:
            step.result = play(link(site, ana, MOON))
    site.wait(seconds=FIVE_MINUTES + 1)
    with site.step("the first key again") as step:
        step.result = play(link(site, ana, MOON))
    for pair in (second, third):
        remove_key(site, pair.id)


def clear_flow(site: Site) -> None:
    """In the clear: the APIs, the edge, the bucket."""
    publish(site)
    ana = premium(site, "ana.clear", MOON)
    good = link(site, ana, MOON)
    with site.step("the edge") as step:
        step.result = play(good.replace("https://", "http://"))
    for name, output in (("the links' API", "LinkApiUrl"), ("the members' API", "MemberApiUrl")):
        with site.step(name) as step:
            plain = site.outputs[output].replace("https://", "http://")
            step.result = send("GET", f"{plain.rstrip('/')}/videos")
    bucket = site.outputs["VideoBucketName"]
    reading = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    with site.operating():
        keys = new_user(site, "auditor", reading)
        allowed = site.client("s3", **keys).generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": MOON.path}
        )
        with site.step("the bucket, by an auditor who may read it") as step:
            step.result = {
                scheme: send("GET", allowed.replace("https://", f"{scheme}://")).status
                for scheme in ("http", "https")
            }
        remove_user(site, "auditor", keys)
