"""The filters of ListSecrets and BatchGetSecretValue.

Source: AWS Secrets Manager API Reference, "Filter": prefixes, ``!`` for their opposite, ``all``
for words anywhere; AWS Secrets Manager User Guide, "Find secrets in AWS Secrets Manager".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from archlib.local.secretsmanager.secret import Secret

_Texts = Callable[[Secret], Iterable[str]]

_TEXTS: Mapping[str, _Texts] = {
    "name": lambda secret: (secret.name,),
    "description": lambda secret: ((secret.description or "").lower(),),
    "tag-key": lambda secret: secret.tags,
    "tag-value": lambda secret: secret.tags.values(),
    "primary-region": lambda secret: (),
    "owning-service": lambda secret: (),
}
_ANY_CASE = frozenset({"description"})


def matching(
    secrets: Sequence[Secret], filters: Sequence[Mapping[str, Any]] | None
) -> list[Secret]:
    """The secrets that all filters let through; each filter by any of its values."""
    return [s for s in secrets if all(_passes(s, one) for one in filters or ())]


def _passes(secret: Secret, one: Mapping[str, Any]) -> bool:
    key, values = one["Key"], one["Values"]
    wanted = [value for value in values if not value.startswith("!")]
    unwanted = [value[1:] for value in values if value.startswith("!")]
    if any(_holds(secret, key, value) for value in unwanted):
        return False
    return not wanted or any(_holds(secret, key, value) for value in wanted)


def _holds(secret: Secret, key: str, value: str) -> bool:
    if key == "all":
        everything = (secret.name, secret.description or "", *secret.tags, *secret.tags.values())
        text = " ".join(everything).lower()
        return all(word in text for word in value.lower().split())
    sought = value.lower() if key in _ANY_CASE else value
    return any(text.startswith(sought) for text in _TEXTS[key](secret))
