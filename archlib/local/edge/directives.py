"""``Cache-Control``, read as RFC 9111 section 5.2 says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

#: RFC 9111, section 1.2.2: a value too large is taken for 2^31.
LARGEST = 2**31

_DIRECTIVE = re.compile(
    r"""[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,]*))?"""
)

Directives = Mapping[str, str | None]


@lru_cache(maxsize=1024)
def directives(value: str) -> Directives:
    """Names (lower case) and values; of a repeated directive the first counts (section 4.2.1)."""
    found: dict[str, str | None] = {}
    for match in _DIRECTIVE.finditer(value):
        given = match[2]
        if given is not None and given.startswith('"'):
            given = re.sub(r"\\(.)", r"\1", given[1:-1])
        found.setdefault(match[1].lower(), given)
    return found


def seconds(given: Directives, name: str) -> int | None:
    """Delta-seconds of a directive, None without it.

    What is no number counts as 0: RFC 9111 section 4.2.1 encourages caches "to consider
    responses that have invalid freshness information to be stale".
    """
    if name not in given:
        return None
    text = (given[name] or "").strip()
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() else 0
