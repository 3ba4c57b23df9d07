"""What may be a model's schema: a JSON Schema of draft 4.

AWS: "Data models for REST APIs" (API Gateway Developer Guide): models are defined with the JSON
schema draft 4; a model refers to another one by
``https://apigateway.amazonaws.com/restapis/{restapi-id}/models/{model-name}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_WRONG: Final = "Invalid model schema specified"
_UNCANONICAL: Final = "Model reference must be in canonical form"
_REFERENCE: Final = re.compile(
    r"#.*|https://apigateway\.amazonaws\.com/restapis/[^/]+/models/[A-Za-z0-9]+#?.*"
)
#: Values of these are no schemas, so what looks like a reference in them is none.
_DATA: Final = frozenset({"enum", "default", "example", "examples"})


def schema_problem(schema: str, content_type: str = "application/json") -> str | None:
    """What API Gateway says of a model's schema that it does not take; None for one it does.

    Content of another type than JSON is described, not validated: any text will do.
    """
    if "json" not in content_type:
        return None
    found = list(_errors(schema))
    if not found:
        return None
    return (
        f"Invalid model specified: Validation Result: warnings : [], errors : [{', '.join(found)}]"
    )


def _errors(schema: str) -> Iterator[str]:
    from jsonschema import Draft4Validator

    try:
        document = json.loads(schema)
    except (ValueError, RecursionError):
        yield _WRONG
        return
    if not isinstance(document, dict):
        yield _WRONG
        return
    for _ in Draft4Validator(Draft4Validator.META_SCHEMA).iter_errors(document):
        yield _WRONG
    for reference in _references(document):
        if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference):
            yield _UNCANONICAL


def _references(schema: Any, *, names: bool = False) -> Iterator[Any]:
    """Every ``$ref``; below ``properties`` and its like the keys are names of its user's."""
    if isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)
    elif isinstance(schema, dict):
        for key, inner in schema.items():
            if key == "$ref" and not names:
                yield inner
            elif names or key not in _DATA:
                named = not names and key in ("properties", "patternProperties", "definitions")
                yield from _references(inner, names=named)
