"""Mapping templates: Velocity with ``$input``, ``$context``, ``$stageVariables`` and ``$util``.

AWS: "Mapping template transformations for REST APIs in API Gateway" and "Variables for data
transformations for API Gateway". The Velocity engine is airspeed.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.variables import request_context

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
_QUIET = frozenset(("context", "stageVariables", "input", "util"))


class Input:
    """``$input``: the payload and the request's parameters."""

    def __init__(self, body: str, exchange: Exchange) -> None:
        self.body = body
        self._exchange = exchange

    @functools.cached_property
    def _document(self) -> Any:
        try:
            return json.loads(self.body) if self.body else {}
        except ValueError:
            return self.body

    def path(self, expression: str) -> Any:
        """The value a JSONPath names, "" when there is none."""
        found = select(self._document, expression)
        return "" if found is None else found

    def json(self, expression: str) -> str:
        """The value a JSONPath names, as JSON text; ``""`` in quotes when there is none."""
        found = select(self._document, expression)
        return json.dumps("" if found is None else found, separators=(",", ":"), ensure_ascii=False)

    def params(self, name: str | None = None) -> Any:
        """One parameter (path, then query string, then header), or all of them."""
        exchange = self._exchange
        if name is None:
            return {
                "path": dict(exchange.path_parameters),
                "querystring": {k: v[-1] for k, v in exchange.query.items()},
                "header": {k: v for k, v in exchange.request.headers},
            }
        for place in ("path", "querystring", "header"):
            if (value := exchange.parameter((place, name))) is not None:
                return value
        return ""


class Util:
    """``$util``."""

    @staticmethod
    def escapeJavaScript(text: object) -> str:
        """Escape as a JavaScript string would be; also escapes single quotes, as AWS does."""
        escaped = json.dumps(str(text))[1:-1].replace("'", "\\'")
        return escaped.replace("/", "\\/")

    @staticmethod
    def parseJson(text: str) -> Any:
        """A JSON text as a value a template can walk."""
        return json.loads(text)

    @staticmethod
    def urlEncode(text: object) -> str:
        """``application/x-www-form-urlencoded`` form."""
        return quote_plus(str(text))

    @staticmethod
    def urlDecode(text: object) -> str:
        """The reverse of ``urlEncode``."""
        return unquote_plus(str(text))

    @staticmethod
    def base64Encode(text: object) -> str:
        """Base64 of the UTF-8 bytes."""
        return base64.b64encode(str(text).encode()).decode()

    @staticmethod
    def base64Decode(text: object) -> str:
        """The reverse of ``base64Encode``."""
        return base64.b64decode(str(text)).decode("utf-8", "replace")


def select(document: Any, expression: str) -> Any:
    """The value that a JSONPath names, or None; plain steps here, the rest by jsonpath-ng."""
    if not expression.startswith("$"):
        expression = f"$.{expression}"
    at, found = 1, document
    while at < len(expression):
        step = _STEP.match(expression, at)
        if step is None:
            return _query(document, expression)
        at = step.end()
        name = next((g for g in step.groups()[:3] if g is not None), None)
        try:
            found = found[int(step[4])] if name is None else found[name]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def _query(document: Any, expression: str) -> Any:
    from jsonpath_ng.ext import parse  # type: ignore[attr-defined]

    try:
        values = [match.value for match in parse(expression).find(document)]
    except Exception as error:  # jsonpath-ng raises bare Exception for a bad path
        raise _broken(f"JSONPath {expression!r}: {error}") from error
    return values or None


def render(
    template: str, exchange: Exchange, body: str, response: bool = False
) -> tuple[str, dict[str, Any]]:
    """The template's output, and its ``requestOverride`` or ``responseOverride``.

    Raises :class:`GatewayError` (500) for a template that cannot be run, as AWS answers.
    """
    context = _blank(request_context(exchange))
    side = "responseOverride" if response else "requestOverride"
    override: dict[str, Any] = {"header": {}}
    if not response:
        override |= {"path": {}, "querystring": {}}
    context[side] = override
    names = {
        "input": Input(body, exchange),
        "context": context,
        "stageVariables": dict(exchange.stage.variables),
        "util": Util(),
    }
    try:
        return str(_compiled(template).merge(names)), override
    except GatewayError:
        raise
    except Exception as error:  # whatever a template's expression raised
        raise _broken(f"mapping template: {error}") from error


def _blank(context: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _blank(value) if isinstance(value, Mapping) else ("" if value is None else value)
        for name, value in context.items()
    }


@functools.lru_cache(maxsize=256)
def _compiled(source: str) -> Any:
    import airspeed

    template = airspeed.Template(source)
    template.ensure_compiled()
    _silence(template.root_element, airspeed.FormalReference)
    return template


def _silence(element: Any, reference: type) -> None:
    """Make missing members of the gateway's variables print nothing instead of their name."""
    if isinstance(element, list | tuple):
        for child in element:
            _silence(child, reference)
        return
    if not type(element).__module__.startswith("airspeed"):
        return
    if isinstance(element, reference):
        first = getattr(getattr(element, "expression", None), "part", None)
        if getattr(first, "name", None) in _QUIET:
            element.silent = True  # type: ignore[attr-defined]
    for name, child in vars(element).items():
        if name not in ("_full_text", "filename"):
            _silence(child, reference)


def _broken(reason: str) -> GatewayError:
    return GatewayError("API_CONFIGURATION_ERROR", reason=reason)
