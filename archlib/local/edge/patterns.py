"""Path patterns of cache behaviors and of invalidations.

Developer Guide, "Cache behavior settings", "Path pattern": ``*`` stands for any number of
characters, ``?`` for exactly one; paths are case-sensitive; a leading slash is optional. The
URI path is normalised "consistent with RFC 3986" for the comparison only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

_UNRESERVED = re.compile(r"%(?:2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])")


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """A path pattern as a regular expression for the whole path."""
    rooted = pattern if pattern.startswith(("/", "*")) else f"/{pattern}"
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(c, re.escape(c)) for c in rooted), re.DOTALL)


def normalised(path: str) -> str:
    """RFC 3986, section 6.2.2: unreserved characters decoded, dot segments removed."""
    if "%" in path:
        path = _UNRESERVED.sub(lambda m: unquote(m[0]), path)
    if "/." not in path:
        return path
    kept: list[str] = []
    parts = path.split("/")
    for part in parts[1:]:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def invalidates(pattern: str, path: str, query: str) -> bool:
    """Whether an invalidation path means an object, whose cache key has ``query``.

    Developer Guide, "What you need to know when invalidating files": a ``*`` counts only as the
    last character; an object cached by query string is named with it, or by a wildcard.
    """
    target = f"{path}?{query}" if query else path
    rooted = pattern if pattern.startswith("/") else f"/{pattern}"
    if rooted.endswith("*"):
        return target.startswith(rooted[:-1])
    return target == rooted
