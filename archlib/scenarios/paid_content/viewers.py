"""Viewers, and the payment provider: plain boto3 and HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archlib.scenarios.accounts import Person, sign_in, sign_up
from archlib.scenarios.browsing import Answer, role_keys, send, send_signed, url
from archlib.scenarios.paid_content.studio import Video
from archlib.verify import Site

#: Viewers' cities, each on another continent.
CITIES = ("Frankfurt", "Tokyo", "Sao Paulo", "Sydney")

MONTH = 30 * 86_400


@dataclass
class Viewer:
    """Somebody with an account; ``token`` is the id token, ``id`` the member's id (Cognito's)."""

    person: Person
    id: str
    token: str

    def sign_in_again(self, site: Site) -> None:
        """A new token, as an app fetches one when the old one has run out."""
        self.token = sign_in(site, self.person).id


def stranger(site: Site, name: str) -> Viewer:
    """Sign up and in; no member yet."""
    person = sign_up(site, name)
    tokens = sign_in(site, person)
    found = site.client("cognito-idp").get_user(AccessToken=tokens.access)
    sub = next(a["Value"] for a in found["UserAttributes"] if a["Name"] == "sub")
    return Viewer(person, sub, tokens.id)


def member(site: Site, name: str) -> Viewer:
    """Sign up and become a member, without premium."""
    viewer = stranger(site, name)
    ask(site, "POST", "/member", viewer, {"name": name.partition(".")[0].title()}).value("id")
    return viewer


def premium(site: Site, name: str, *bought: Video, months: int = 1) -> Viewer:
    """A member who paid for premium, and for some videos."""
    viewer = member(site, name)
    pay(site, viewer, f"{name}-premium", months=months).value("premiumUntil")
    for video in bought:
        buy(site, viewer, video, f"{name}-{video.id}").value("video")
    return viewer


def ask(
    site: Site, method: str, path: str, viewer: Viewer | None = None, body: Any = None
) -> Answer:
    """One request to the members' API."""
    headers = {} if viewer is None else {"Authorization": viewer.token}
    return send(method, url(site, "MemberApiUrl", path), body, headers=headers)


def ask_link(site: Site, viewer: Viewer | None, video: Video, kind: str = "file") -> Answer:
    """Ask for a link; ``kind`` is ``file``, ``stream`` or ``cookies``."""
    headers = {} if viewer is None else {"Authorization": viewer.token}
    target = url(site, "LinkApiUrl", f"/videos/{video.id}/link?as={kind}")
    return send("GET", target, headers=headers)


def link(site: Site, viewer: Viewer, video: Video, kind: str = "file") -> str:
    """A link that was given; raises :class:`archlib.scenarios.browsing.Unanswered` for none."""
    return ask_link(site, viewer, video, kind).value("url")


def content(site: Site, path: str, query: str = "") -> str:
    """A URL below the distribution's domain."""
    return url(site, "ContentUrl", f"/{path}") + (f"?{query}" if query else "")


def play(target: str, first: int | None = None, last: int | None = None, **headers: str) -> Answer:
    """Fetch a URL as a player does: whole, or bytes ``first`` to ``last``."""
    given = dict(headers)
    if first is not None:
        given["Range"] = f"bytes={first}-{'' if last is None else last}"
    return send("GET", target, headers=given)


# -- the payment provider ------------------------------------------------------------------------


def tell(site: Site, payment: dict[str, Any]) -> Answer:
    """What the payment provider tells the shop, signed with the role it was given."""
    keys = role_keys(site, "ProviderRoleArn", "payments")
    return send_signed(site, keys, "POST", url(site, "MemberApiUrl", "/payments"), payment)


def pay(site: Site, viewer: Viewer, payment: str, *, months: int = 1) -> Answer:
    """Pay for months of premium."""
    said = {"payment": _id(payment), "member": viewer.id, "months": months}
    return tell(site, said)


def buy(site: Site, viewer: Viewer, video: Video, payment: str) -> Answer:
    """Pay for a video."""
    said = {"payment": _id(payment), "member": viewer.id, "video": video.id}
    return tell(site, said)


def _id(name: str) -> str:
    return name.replace(".", "-")
