"""The API's routes, and what their bodies must look like."""

from __future__ import annotations

from archlib.components import Route
from archlib.components.api import BodyModel

SCHEMA = "http://json-schema.org/draft-04/schema#"

NEW_POST = BodyModel(
    "NewPost",
    "A post to be published; photo is the key of an uploaded one",
    {
        "$schema": SCHEMA,
        "title": "NewPost",
        "type": "object",
        "required": ["title", "body"],
        "additionalProperties": False,
        "properties": {
            "title": {"type": "string", "minLength": 1, "maxLength": 200},
            "body": {"type": "string", "minLength": 1, "maxLength": 100_000},
            "photo": {"type": "string", "minLength": 1, "maxLength": 1_024},
        },
    },
)
NEW_SUBSCRIBER = BodyModel(
    "NewSubscriber",
    "Where the welcome mail goes",
    {
        "$schema": SCHEMA,
        "title": "NewSubscriber",
        "type": "object",
        "required": ["email"],
        "additionalProperties": False,
        "properties": {"email": {"type": "string", "minLength": 3, "maxLength": 254}},
    },
)

ROUTES = (
    Route("GET", "/posts", query=("limit", "nextToken")),
    Route("POST", "/posts", body=NEW_POST, signed=True),
    Route("GET", "/posts/{id}"),
    Route("POST", "/subscribers", body=NEW_SUBSCRIBER),
)
