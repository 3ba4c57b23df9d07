"""OpenAPI documents with API Gateway's extensions, read into what API Gateway is told of an API.

Pure data to data: :func:`read_definition` makes a :class:`Definition` and finds, with its path,
everything in the document that could not be honoured. Making the API of it is the business of
``providers/apigateway``.
"""

from __future__ import annotations

from archlib.local.deploy.openapi.definition import Definition, Route
from archlib.local.deploy.openapi.reading import read_definition

__all__ = ["Definition", "Route", "read_definition"]
