"""Policy statements: the canned one and custom ones.

Developer Guide, "Create a signed URL using a canned policy", "Create a signed URL using a custom
policy" and their twins for cookies: one statement, an optional ``Resource``, ``DateLessThan`` by
all means, ``DateGreaterThan`` and ``IpAddress`` where wanted; names exactly as written; times as
numbers without quotation marks; a range of IPv4 addresses in CIDR format (``/32`` for one
address). A policy without ``Resource`` opens every file that the key can sign for.

Readings of our own: the guide has white space removed from a policy, yet its example of a signed
URL carries some, so it does no harm; whatever else is in a policy (another member, a member
twice, a time that is no whole number, an IPv6 range) makes it malformed. Times are those the
guide gives for ``Expires``: up to 9223372036854775807.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Network, ip_address
from typing import Any

from archlib.local.edge.signed.resource import Url, matches

LATEST = 9_223_372_036_854_775_807
_EXPIRES = re.compile(r"0|[1-9][0-9]{0,18}")
_CIDR = re.compile(r"[0-9.]+/[0-9]{1,2}")


@dataclass(frozen=True)
class Policy:
    """What a statement allows. Times are epoch seconds; None leaves a condition out."""

    less_than: int
    resource: str | None = None
    greater_than: int | None = None
    network: IPv4Network | None = None

    def objection(self, url: Url, source_ip: str, now: float) -> str | None:
        """Why a request is not allowed, or None.

        "On or before" ``DateGreaterThan`` and from ``DateLessThan`` on there is no access.
        """
        if self.resource is not None and not matches(self.resource, url):
            return f"the policy is for {self.resource}, not for {url}"
        if now >= self.less_than:
            return f"the policy expired at {_time(self.less_than)}"
        if self.greater_than is not None and now <= self.greater_than:
            return f"the policy is not valid until after {_time(self.greater_than)}"
        if self.network is not None and not _within(source_ip, self.network):
            return f"the policy is for {self.network}, not for {source_ip}"
        return None


def canned(url: Url | str, expires: str) -> bytes:
    """The statement of a canned policy: CloudFront makes it of the URL and ``Expires``.

    Raises :class:`ValueError` for an ``Expires`` that is no time.
    """
    if _EXPIRES.fullmatch(expires) is None or int(expires) > LATEST:
        raise ValueError(f"Expires is {expires!r}, not epoch seconds")
    condition = f'{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}'
    return f'{{"Statement":[{{"Resource":"{url}","Condition":{condition}}}]}}'.encode()


@lru_cache(maxsize=512)
def parsed(statement: bytes) -> Policy:
    """A custom policy; raises :class:`ValueError` for one that CloudFront does not read.

    A film's segments all come with the same one.
    """
    try:
        document = json.loads(
            statement.decode("utf-8"), object_pairs_hook=_once, parse_float=_never,
            parse_constant=_never,
        )  # fmt: skip
    except RecursionError:
        raise ValueError("nested too deeply") from None
    statements = _members(document, "the policy", {"Statement"})["Statement"]
    if not isinstance(statements, list) or len(statements) != 1:
        raise ValueError("Statement is not a list of one statement")
    one = _members(statements[0], "the statement", {"Condition"}, {"Resource"})
    condition = _members(
        one["Condition"], "Condition", {"DateLessThan"}, {"DateGreaterThan", "IpAddress"}
    )
    resource = one.get("Resource")
    if "Resource" in one and not isinstance(resource, str):
        raise ValueError("Resource is not one URL")
    return Policy(
        _moment(condition, "DateLessThan"),
        resource,
        _moment(condition, "DateGreaterThan") if "DateGreaterThan" in condition else None,
        _network(condition["IpAddress"]) if "IpAddress" in condition else None,
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found


def _never(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number")


def _members(
    value: Any, what: str, needed: set[str], optional: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    if not isinstance(value, dict) or not needed <= value.keys() <= needed | optional:
        raise ValueError(f"{what} has not the members {', '.join(sorted(needed | optional))}")
    return value


def _moment(condition: dict[str, Any], name: str) -> int:
    moment = _members(condition[name], name, {"AWS:EpochTime"})["AWS:EpochTime"]
    if not isinstance(moment, int) or isinstance(moment, bool) or not 0 <= moment <= LATEST:
        raise ValueError(f"{name} is not epoch seconds")
    return moment


def _network(value: Any) -> IPv4Network:
    text = _members(value, "IpAddress", {"AWS:SourceIp"})["AWS:SourceIp"]
    if not isinstance(text, str) or _CIDR.fullmatch(text) is None:
        raise ValueError("AWS:SourceIp is not a range of IPv4 addresses in CIDR format")
    return IPv4Network(text, strict=False)


def _within(source_ip: str, network: IPv4Network) -> bool:
    """An IPv6 address is in no range: the guide has IPv6 disabled where IpAddress is used."""
    return ip_address(source_ip) in network


def _time(moment: int) -> str:
    try:
        return datetime.fromtimestamp(moment, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(moment)
