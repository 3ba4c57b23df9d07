"""What must hold for every signature and every policy."""

from __future__ import annotations

from functools import cache

from edge_signing import KEYS, pem, signed, statement
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archlib.local.edge.signed import Refused, Url, admit, alphabet, load, split
from archlib.local.edge.signed.policy import Policy, parsed
from archlib.local.edge.signed.resource import matches

SITE = "https://d111111abcdef8.cloudfront.net"
TRUSTED = {f"K{name}": load(pem(private)) for name, private in KEYS.items()}
VIEWER = "203.0.113.10"


def admits(link: str) -> bool:
    base, _, query = link.partition("?")
    found, rest = split(query)
    asked = Url("https", "d111111abcdef8.cloudfront.net", base.removeprefix(SITE), rest)
    try:
        return admit(TRUSTED, asked, found, VIEWER, 100.0) in TRUSTED
    except Refused:
        return False


@cache
def links() -> tuple[str, ...]:
    file = f"{SITE}/films/moon.mp4?quality=high&sound=5.1"
    exact = statement(file, DateLessThan=200, DateGreaterThan=50, IpAddress="203.0.113.0/24")
    return (
        signed(file, "Kone", expires=200),
        signed(file, "Kone", expires=200, algorithm="SHA256"),
        signed(file, "Ktwo", key="two", policy=exact),
        signed(file, "Kcurve", key="curve", policy=exact, algorithm="SHA256"),
    )


URL_CHARACTERS = st.sampled_from(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
)


@settings(max_examples=250)
@given(which=st.integers(0, 3), place=st.integers(0), other=URL_CHARACTERS)
def test_no_character_can_be_changed(which: int, place: int, other: str) -> None:
    """Of path, query string, policy, expiration, key id, hash algorithm or signature."""
    link = links()[which]
    assert admits(link)
    at = len(SITE) + place % (len(link) - len(SITE))
    assume(link[at] != other)
    assert not admits(link[:at] + other + link[at + 1 :])


@settings(max_examples=100)
@given(which=st.integers(0, 3), place=st.integers(0))
def test_no_character_can_be_left_out(which: int, place: int) -> None:
    link = links()[which]
    at = len(SITE) + place % (len(link) - len(SITE))
    assert not admits(link[:at] + link[at + 1 :])


@given(data=st.binary(max_size=64))
def test_the_alphabet_is_one_to_one(data: bytes) -> None:
    text = alphabet.encoded(data)
    assert not set(text) & set("+/=&?")
    assert alphabet.decoded(text) == data


# -- resources -------------------------------------------------------------------------------


def like(pattern: str, text: str) -> bool:
    """A reference for wildcards: every way of stretching a star is tried."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(like(pattern[1:], text[n:]) for n in range(len(text) + 1))
    return bool(text) and pattern[0] in (text[0], "?") and like(pattern[1:], text[1:])


def means(protocol: str, domain: str, tail: str, url: Url) -> bool:
    """A reference for resources: every question mark, and none, begins the query string."""
    if not (like(protocol, url.protocol) and like(domain, url.domain)):
        return False
    if like(tail, url.path) and (tail.endswith("*") or not url.query):
        return True
    return any(
        like(tail[:n], url.path) and like(tail[n + 1 :], url.query)
        for n, character in enumerate(tail)
        if character == "?"
    )


words = st.text("ab/", max_size=4)
globs = st.text("ab*?/", max_size=5)
urls = st.builds(
    Url,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.b", "b.b", "a.a.b"]),
    words.map(lambda text: f"/{text}"),
    words,
)


@settings(max_examples=300)
@given(
    protocol=st.sampled_from(["http", "https", "*", "http*", "http?"]),
    domain=st.sampled_from(["a.b", "*.b", "?.b", "a.*", "*"]),
    tail=globs.map(lambda text: f"/{text}"),
    url=urls,
)
def test_a_resource_means_a_url_iff_its_sections_do(
    protocol: str, domain: str, tail: str, url: Url
) -> None:
    resource = f"{protocol}://{domain}{tail}"
    assert matches(resource, url) == means(protocol, domain, tail, url), f"{resource} and {url}"


@given(url=urls, cut=st.integers(0, 8))
def test_a_url_is_meant_by_itself_and_by_its_beginning_and_a_star(url: Url, cut: int) -> None:
    assert matches(str(url), url)
    at = len(f"{url.protocol}://{url.domain}/") + cut
    assert matches(f"{str(url)[:at]}*", url)


# -- conditions ------------------------------------------------------------------------------

moments = st.integers(0, 12)
addresses = st.integers(0, 255).map(lambda last: f"203.0.113.{last}")


@settings(max_examples=150)
@given(
    less=moments,
    more=st.none() | moments,
    network=st.none() | st.tuples(addresses, st.integers(0, 32)),
    resource=st.sampled_from([None, "*", "https://a.b/x", "https://a.b/y"]),
    viewer=addresses,
    now=st.integers(0, 24).map(lambda half: half / 2),
)
def test_a_policy_allows_iff_every_condition_does(
    less: int,
    more: int | None,
    network: tuple[str, int] | None,
    resource: str | None,
    viewer: str,
    now: float,
) -> None:
    conditions: dict[str, int | str] = {"DateLessThan": less}
    expected = now < less and resource != "https://a.b/y"
    if more is not None:
        conditions["DateGreaterThan"] = more
        expected = expected and now > more
    if network is not None:
        conditions["IpAddress"] = f"{network[0]}/{network[1]}"
        free = 32 - network[1]
        expected = expected and number(viewer) >> free == number(network[0]) >> free
    policy: Policy = parsed(statement(resource, **conditions).encode())
    assert (policy.objection(Url("https", "a.b", "/x"), viewer, now) is None) == expected


def number(address: str) -> int:
    return int.from_bytes(bytes(map(int, address.split("."))), "big")
