"""Signed requests through a distribution, against the table in ``signed/requests.yaml``.

A step's ``sign`` says how: ``key`` (default ``one``) signs for ``url`` (default: what is asked
for) until ``for`` seconds from now (default 300) under the ``id`` of a key (default: its own);
``hash`` is used and said. A ``resource`` (with ``from`` and ``ip``) makes it a custom policy, and
so does the text of a ``policy``. Afterwards parameters are ``set``, ``drop``\\ ped, turned into
``plain`` base64, the policy is ``swap``\\ ped for that of another resource. ``as: cookies`` sends
cookies; ``first`` puts the parameters before the URL's own. ``again`` sends the last signature
once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from edge_signing import KEYS, cookies, group, parameters, register, signed, statement, written
from edge_site import PLANES, Site
from test_edge_conformance import VERBS, check

from archlib.local import LocalCloud
from archlib.local.http import HttpResponse

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "signed" / "requests.yaml").read_text("utf-8")
)
MESSAGES = {
    "MissingKey": "Missing Key-Pair-Id query parameter or cookie value",
    "InvalidKey": "Unknown Key",
    "MissingSignature": "Missing Signature query parameter or cookie value",
    "MalformedSignature": "Could not unencode Signature",
    "MalformedPolicy": "Malformed Policy",
    "AccessDenied": "Access denied",
}
#: A key group has at most 100 distributions: with many more cases ``both`` needs a twin.
GROUPS = {"both": ("one", "two", "curve"), "others": ("stranger",), "ones": ("one",)}
_numbers = count(1)


@dataclass
class Keys:
    """Ids of public keys and of key groups, by name."""

    cloud: LocalCloud
    keys: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def keys() -> Iterator[Keys]:
    """One cloud whose cases make distributions of their own and share its keys."""
    with LocalCloud(planes=PLANES) as cloud:
        ids = {name: register(cloud, name) for name in KEYS}
        groups = {
            name: group(cloud, name, *(ids[one] for one in members))
            for name, members in GROUPS.items()
        }
        yield Keys(cloud, ids, groups)


@dataclass
class Signature:
    """What a request carries beside its path."""

    parameters: dict[str, str]
    as_cookies: bool = False
    first: bool = False

    def applied(self, path: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        if self.as_cookies:
            mine = [f"CloudFront-{name}={value}" for name, value in self.parameters.items()]
            other = [headers["Cookie"]] if "Cookie" in headers else []
            return path, {**headers, "Cookie": "; ".join(other + mine)}
        base, _, query = path.partition("?")
        mine = [f"{name}={value}" for name, value in self.parameters.items()]
        own = [query] if query else []
        return f"{base}?{'&'.join(mine + own if self.first else own + mine)}", headers


def sign(site: Site, ids: dict[str, str], path: str, how: dict[str, Any]) -> Signature:
    now = int(site.cloud.clock.time())

    def filled(text: str) -> str:
        text = text.replace("<site>", f"https://{site.domain}").replace("<domain>", site.domain)
        return re.sub(r"<([+-]\d+)>", lambda found: str(now + int(found[1])), text)

    def policy(resource: str | None) -> str:
        conditions: dict[str, Any] = {"DateLessThan": now + how.get("for", 300)}
        if "from" in how:
            conditions["DateGreaterThan"] = now + how["from"]
        if "ip" in how:
            conditions["IpAddress"] = how["ip"]
        return statement(resource and filled(resource), **conditions)

    text = filled(how["policy"]) if "policy" in how else None
    if "resource" in how:
        text = policy(how["resource"])
    key = how.get("key", "one")
    protocol, _, target = how.get("url", path).rpartition(":")
    link = signed(
        f"{protocol or 'https'}://{site.domain}{target}",
        ids[how.get("id", key)],
        key=key,
        expires=None if text else now + how.get("for", 300),
        policy=text,
        algorithm=how.get("hash"),
    )
    made = parameters(link)
    assert cookies(link) == {f"CloudFront-{name}": value for name, value in made.items()}
    made.update({name: filled(value) for name, value in how.get("set", {}).items()})
    if "swap" in how:
        made["Policy"] = written(policy(how["swap"]).encode())
    for name in how.get("plain", ()):
        made[name] = made[name].translate(str.maketrans("-_~", "+=/"))
    for name in how.get("drop", ()):
        del made[name]
    return Signature(made, how.get("as") == "cookies", how.get("first", False))


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(keys: Keys, case: dict[str, Any]) -> None:
    site = Site(keys.cloud, next(_numbers), {"groups": ["both"], **case}, keys.groups)
    last = Signature({})
    for number, step in enumerate(case["steps"], 1):
        if "after" in step:
            keys.cloud.clock.advance(seconds=step["after"])
        verb = next(verb for verb in VERBS if verb in step)
        path, headers = step[verb], dict(step.get("headers", {}))
        if "X-Large" in headers:
            headers["X-Large"] = "x" * headers["X-Large"]
        if "sign" in step:
            last = sign(site, keys.keys, path, step["sign"])
        if "sign" in step or "again" in step:
            path, headers = last.applied(path, headers)
        with site.edge().viewer_in(step.get("in", "Ashburn")):
            answer = site.send(
                verb.upper(), path, headers, step.get("body", "").encode(),
                "http" if step.get("http") else "https",
            )  # fmt: skip
        where = f"step {number} of {case['name']} ({case['cites']})"
        rest = told(site, keys, step["expect"], path, answer, where)
        check(site, {"expect": rest}, answer, where)


def told(
    site: Site, keys: Keys, expected: dict[str, Any], path: str, answer: HttpResponse, where: str
) -> dict[str, Any]:
    """Check what concerns signatures; the rest of what is expected."""
    hop = next(h for h in reversed(keys.cloud.trace.hops) if h.action.startswith("cloudfront:"))
    rest = dict(expected)
    if (code := rest.pop("code", None)) is not None:
        assert answer.status == 403, f"{where}: {answer.body!r}"
        assert answer.body.decode() == (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f"<Error><Code>{code}</Code><Message>{MESSAGES[code]}</Message></Error>"
        ), where
        assert hop.error == "HTTP 403"
        rest["refused"] = code
    assert hop.detail.get("refused") == rest.pop("refused", hop.detail.get("refused")), where
    assert rest.pop("reason", "") in hop.detail.get("reason", ""), f"{where}: {hop.detail}"
    if "status" in rest and rest["status"] < 400 and "code" not in expected:
        assert "refused" not in hop.detail or "refused" in expected, where
    if (signer := rest.pop("signer", None)) is not None:
        assert hop.detail["signer"] == keys.keys[signer], where
    if (page := rest.pop("page", None)) is not None:
        assert hop.detail["error_page"] == page, where
    if rest.pop("one_date", False):
        assert [name.lower() for name, _ in answer.headers].count("date") == 1, where
    if rest.pop("location", False):
        assert answer.header("location") == f"https://{site.domain}{path}", where
    return rest


def test_the_table_is_large_enough_and_cites_its_sources() -> None:
    assert len(CASES) >= 90
    assert len({case["name"] for case in CASES}) == len(CASES)
    sources = ("Guide: ", "re:Post, ", "API Reference: ", "reported ", "reading")
    for case in CASES:
        assert case["cites"].startswith(sources), case["name"]
