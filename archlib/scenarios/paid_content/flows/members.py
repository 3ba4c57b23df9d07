"""Members and their records; who gets a link; who bought what; what was paid."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from archlib.scenarios.browsing import Answer, role_keys, send, send_signed, url
from archlib.scenarios.operators import role_takers
from archlib.scenarios.paid_content.studio import MOON, TIDE, buyers, publish, refunds
from archlib.scenarios.paid_content.viewers import (
    MONTH,
    Viewer,
    ask,
    ask_link,
    buy,
    member,
    pay,
    play,
    premium,
    stranger,
    tell,
)
from archlib.verify import Site


def members_flow(site: Site) -> None:
    """A member's record from its making to its end."""
    publish(site)
    ana = stranger(site, "ana.members")
    with site.step("read before registering") as step:
        step.result = ask(site, "GET", "/member", ana)
    with site.step("register") as step:
        step.result = ask(site, "POST", "/member", ana, {"name": "Ana"})
    with site.step("register again") as step:
        step.result = ask(site, "POST", "/member", ana, {"name": "Ana"})
    with site.step("read") as step:
        step.result = ask(site, "GET", "/member", ana)
    with site.step("update") as step:
        step.result = ask(site, "PUT", "/member", ana, {"name": "Ana Maria"})
    with site.step("catalogue") as step:
        step.result = ask(site, "GET", "/videos", ana)
    with site.step("another member reads") as step:
        step.result = ask(site, "GET", "/member", member(site, "ben.members"))
    with site.step("buy") as step:
        pay(site, ana, "ana-premium")
        step.result = buy(site, ana, MOON, "ana-moon")
    with site.step("what was bought") as step:
        step.result = ask(site, "GET", "/member/videos", ana)
    with site.step("malformed") as step:
        step.result = {
            "no name": ask(site, "POST", "/member", ana, {}),
            "name is a number": ask(site, "PUT", "/member", ana, {"name": 7}),
            "not JSON": send(
                "PUT", url(site, "MemberApiUrl", "/member"), "{name",
                headers={"Authorization": ana.token, "Content-Type": "application/json"},
            ),
        }  # fmt: skip
    with site.step("delete") as step:
        step.result = ask(site, "DELETE", "/member", ana)
    with site.step("after deleting") as step:
        step.result = {
            "read": ask(site, "GET", "/member", ana),
            "link": ask_link(site, ana, MOON),
            "delete": ask(site, "DELETE", "/member", ana),
            "buyers": buyers(site, MOON).count(ana.id),
        }


def doors_flow(site: Site) -> None:
    """Who asks for a link, and gets one or none."""
    publish(site)
    with site.step("a stranger") as step:
        step.result = ask_link(site, None, MOON)
    with site.step("no member") as step:
        step.result = ask_link(site, stranger(site, "cleo.doors"), MOON)
    with site.step("never paid") as step:
        step.result = ask_link(site, member(site, "dan.doors"), MOON)
    ana = premium(site, "ana.doors", MOON)
    with site.step("a tampered token") as step:
        step.result = ask_link(site, replace(ana, token=_tampered(ana.token)), MOON)
    with site.step("premium") as step:
        step.result = ask_link(site, ana, MOON)
    with site.step("an unknown kind") as step:
        step.result = ask_link(site, ana, MOON, "torrent")
    with site.step("strangers at the other API") as step:
        step.result = {
            f"{method} {path}": ask(site, method, path, None, body)
            for method, path, body in (
                ("POST", "/member", {"name": "Eve"}), ("GET", "/member", None),
                ("PUT", "/member", {"name": "Eve"}), ("DELETE", "/member", None),
                ("GET", "/member/videos", None), ("GET", "/videos", None),
            )
        }  # fmt: skip
    site.wait(seconds=MONTH + 60)
    ana.sign_in_again(site)
    with site.step("lapsed") as step:
        step.result = ask_link(site, ana, MOON)
    with site.step("paid again") as step:
        pay(site, ana, "ana-doors-again")
        step.result = ask_link(site, ana, MOON)


def purchases_flow(site: Site) -> None:
    """Two members, two videos: each gets what was bought, and nothing else."""
    publish(site)
    ana = premium(site, "ana.purchases", MOON)
    ben = premium(site, "ben.purchases", MOON, TIDE)
    for name, viewer in (("Ana", ana), ("Ben", ben)):
        for video in (MOON, TIDE):
            with site.step(f"{name} asks for {video.id}") as step:
                step.result = ask_link(site, viewer, video)
    with site.step("Ben plays both") as step:
        step.result = [
            play(ask_link(site, ben, video).value("url")).body == video.bytes
            for video in (MOON, TIDE)
        ]
    with site.step("Ana's videos") as step:
        step.result = ask(site, "GET", "/member/videos", ana)
    with site.step("Ben's videos") as step:
        step.result = ask(site, "GET", "/member/videos", ben)
    with site.step("who bought") as step:
        found = {video.id: buyers(site, video) for video in (MOON, TIDE)}
        step.result = {
            video: sorted(n for n, v in (("Ana", ana), ("Ben", ben)) if v.id in ids)
            for video, ids in found.items()
        }


def payments_flow(site: Site) -> None:
    """Payments told once, twice, at the same time, and by the wrong people."""
    publish(site)
    ana = member(site, "ana.payments")
    with site.step("a video before premium") as step:
        step.result = buy(site, ana, MOON, "too-early")
    with site.step("premium") as step:
        step.result = pay(site, ana, "premium-1")
    with site.step("premium told again") as step:
        step.result = pay(site, ana, "premium-1")
    with site.step("premium prolonged") as step:
        step.result = pay(site, ana, "premium-2")
    with site.step("a video") as step:
        step.result = buy(site, ana, MOON, "moon-1")
    with site.step("a video told again") as step:
        step.result = buy(site, ana, MOON, "moon-1")
    with site.step("a video paid twice") as step:
        step.result = buy(site, ana, MOON, "moon-2")
    with site.step("no such video") as step:
        step.result = tell(
            site, {"payment": "nothing-1", "member": ana.id, "video": "no-such-video"}
        )
    with site.step("one payment, told at the same time") as step:
        step.result = _at_once(site, ana, ["tide-1"] * 4)
    ben = premium(site, "ben.payments")
    with site.step("two payments at the same time") as step:
        step.result = _at_once(site, ben, ["ben-tide-1", "ben-tide-2"])
    with site.step("what came of it") as step:
        step.result = {
            "Ana's videos": [v["video"] for v in _videos(site, ana)],
            "Ben's videos": [v["video"] for v in _videos(site, ben)],
            "Ana's refunds": refunds(site, ana.id),
            "Ben's refunds": len(refunds(site, ben.id)),
            "buyers of tide": len({*buyers(site, TIDE)} & {ana.id, ben.id}),
        }
    said: dict[str, Any] = {"payment": "gift-1", "member": ana.id, "months": 24}
    with site.step("told by others") as step:
        step.result = _by_others(site, ana, said)
    with site.step("premium unchanged") as step:
        step.result = ask(site, "GET", "/member", ana)
    with site.step("nonsense") as step:
        step.result = {
            "for nothing": tell(site, {"payment": "x", "member": ana.id}),
            "for both": tell(site, {**said, "video": "moon"}),
            "no member": tell(site, {"payment": "x", "months": 1}),
            "of nobody": tell(site, {"payment": "x", "member": "nobody", "months": 1}),
            "for 25 months": tell(site, {**said, "months": 25}),
        }


def provider_flow(site: Site) -> None:
    """Who may act as the payment provider: only whom the account's administrators let."""
    role_takers(site, site.outputs["ProviderRoleArn"], "provider")


def _by_others(site: Site, ana: Viewer, said: dict[str, Any]) -> dict[str, Answer]:
    target = url(site, "MemberApiUrl", "/payments")
    keys = role_keys(site, "ProviderRoleArn", "payments")
    wrong = {**keys, "aws_secret_access_key": "0" * 40}
    return {
        "anonymously": send("POST", target, said),
        "by a member": ask(site, "POST", "/payments", ana, said),
        "with a wrong signature": send_signed(site, wrong, "POST", target, said),
    }


def _videos(site: Site, viewer: Viewer) -> list[dict[str, Any]]:
    answer = ask(site, "GET", "/member/videos", viewer)
    answer.value("videos")
    return list(answer.json["videos"])


def _at_once(site: Site, viewer: Viewer, payments: list[str]) -> list[int]:
    """The provider's servers tell of payments at the same moment; the statuses, sorted."""
    keys = role_keys(site, "ProviderRoleArn", "payments")
    target = url(site, "MemberApiUrl", "/payments")

    def one(payment: str) -> int:
        said = {"payment": payment, "member": viewer.id, "video": TIDE.id}
        return send_signed(site, keys, "POST", target, said).status

    return sorted(site.together([partial(one, payment) for payment in payments]))


def _tampered(token: str) -> str:
    head, body, signature = token.split(".")
    middle = len(signature) // 2
    changed = "A" if signature[middle] != "A" else "B"
    return ".".join((head, body, signature[:middle] + changed + signature[middle + 1 :]))
