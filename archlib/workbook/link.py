"""A signed URL taken apart: what each of its parts says, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from archlib.workbook.cells import Cell, Code
from archlib.workbook.table import Table, table

#: Characters of a signature that are shown: enough to see what it looks like.
SHOWN = 16


@dataclass(frozen=True)
class _Part:
    """How a parameter is shown, and what it says."""

    says: Callable[[str], str]
    shown: Callable[[str], str] = str


def taken_apart(url: str, title: str) -> Table:
    """Each part of a CloudFront signed URL or an S3 presigned URL on a line of its own.

    A signature of CloudFront's is shown by its beginning. S3's, and the session token, are not
    shown at all: they are other ones in every session. Sources: Amazon CloudFront Developer
    Guide, "Create a signed URL using a canned policy" and "Create a signed URL using a custom
    policy"; Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS
    Signature Version 4)".
    """
    parts = urlsplit(url)
    rows: list[tuple[Cell | str, ...]] = [
        ("address", Code(f"{parts.scheme}://{parts.netloc}{parts.path}"), "what it opens")
    ]
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        part = _PARTS.get(name, _Part(lambda _: "part of what was signed"))
        rows.append((name, Code(part.shown(value)), part.says(value)))
    return table(title, ("part", "value", "what it says"), rows)


def _until(value: str) -> str:
    end = datetime.fromtimestamp(int(value), UTC)
    return f"until then: {end:%Y-%m-%d %H:%M:%S} UTC, in epoch seconds"


def _beginning(value: str) -> str:
    return f"{value[:SHOWN]}… ({len(value)} characters)"


def _scope(value: str) -> str:
    key, _, scope = value.partition("/")
    day, region, service, _ = (*scope.split("/"), "", "", "", "")[:4]
    kind = "temporary ones, of a role" if key.startswith("ASIA") else "a user's"
    return f"whose credentials signed ({kind}), and for which day, region and service: " + (
        f"{day}, {region}, {service}"
    )


_PARTS: Mapping[str, _Part] = {
    "Expires": _Part(_until),
    "Policy": _Part(lambda _: "the policy statement: encoded, not encrypted"),
    "Signature": _Part(lambda _: "made with the private key; nobody else can", _beginning),
    "Key-Pair-Id": _Part(lambda _: "which public key checks it"),
    "Hash-Algorithm": _Part(lambda _: "which hash was signed; without it, SHA-1"),
    "X-Amz-Algorithm": _Part(lambda _: "signature version 4: an HMAC, with a secret key"),
    "X-Amz-Credential": _Part(_scope),
    "X-Amz-Date": _Part(lambda _: "since when"),
    "X-Amz-Expires": _Part(lambda _: "for so many seconds; a week at most"),
    "X-Amz-SignedHeaders": _Part(lambda _: "the headers that were signed, too"),
    "X-Amz-Security-Token": _Part(lambda _: "the session of these credentials", lambda _: "…"),
    "X-Amz-Signature": _Part(lambda _: "made with their secret key", lambda _: "…"),
}
"""What a parameter says, by its name."""
