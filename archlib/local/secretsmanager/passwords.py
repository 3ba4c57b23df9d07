"""Random passwords.

Source: AWS Secrets Manager API Reference, "GetRandomPassword".
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from typing import Any

from archlib.local.secretsmanager import refusals

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

_TYPES = (
    ("ExcludeLowercase", string.ascii_lowercase),
    ("ExcludeUppercase", string.ascii_uppercase),
    ("ExcludeNumbers", string.digits),
    ("ExcludePunctuation", PUNCTUATION),
)
_LENGTH = 32


def password(rules: Mapping[str, Any], draw: Callable[[int], bytes]) -> str:
    """A password; ``draw`` gives so many random bytes. Raises InvalidParameterException."""
    excluded = set(rules.get("ExcludeCharacters") or "")
    kinds = [
        "".join(one for one in letters if one not in excluded)
        for switch, letters in _TYPES
        if not rules.get(switch)
    ]
    space = " " if rules.get("IncludeSpace") and " " not in excluded else ""
    every = "".join(kinds) + space
    if not every:
        raise refusals.parameter("No characters are left to make a password of.")
    length = int(rules.get("PasswordLength", _LENGTH))
    # Eight bytes a character: no letter is noticeably more likely than another.
    numbers = _numbers(draw, length + len(kinds))
    made = [every[number % len(every)] for number in numbers[:length]]
    if rules.get("RequireEachIncludedType", True):
        required = [letters for letters in kinds if letters]
        if len(required) > length:
            raise refusals.parameter("Password length is too short based on the required types.")
        places = sorted(range(length), key=lambda place: (numbers[place], place))
        for letters, place, number in zip(required, places, numbers[length:], strict=False):
            made[place] = letters[number % len(letters)]
    return "".join(made)


def _numbers(draw: Callable[[int], bytes], count: int) -> list[int]:
    raw = draw(8 * count)
    return [int.from_bytes(raw[8 * n : 8 * n + 8], "big") for n in range(count)]
