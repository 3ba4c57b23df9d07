"""``HTTP`` and ``HTTP_PROXY``: endpoints inside the cloud.

AWS: "HTTP integrations for REST APIs in API Gateway".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from archlib.local.gateway.configuration import Integration
from archlib.local.gateway.event import forwarded_headers
from archlib.local.gateway.exchange import Answer, Exchange
from archlib.local.gateway.integrations.back_ends import BackEnds
from archlib.local.gateway.integrations.mapped import integration_request, respond
from archlib.local.gateway.mapping import mapped, stage_text


def http_custom(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Call an HTTP endpoint with a mapped request and map its response."""
    parameters, body = integration_request(exchange, integration)
    headers = {"Content-Type": "application/json", **parameters["header"]}
    answer = back_ends.http(
        integration.http_method, _url(exchange, integration, parameters), headers, body
    )
    return respond(exchange, integration, str(answer.status), answer)


def http_proxy(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Pass the request on to an HTTP endpoint, and its response back."""
    parameters = mapped(exchange, integration)
    headers = {n: v[-1] for n, v in forwarded_headers(exchange).items() if n != "Host"}
    headers.update(parameters["header"])
    query = {name: values[-1] for name, values in exchange.query.items()}
    parameters["querystring"] = {**query, **parameters["querystring"]}
    method = integration.http_method
    return back_ends.http(
        exchange.request.method if method == "ANY" else method,
        _url(exchange, integration, parameters),
        headers,
        exchange.request.body,
    )


def _url(exchange: Exchange, integration: Integration, parameters: Mapping[str, Any]) -> str:
    url = stage_text(exchange, integration.uri)
    for name, value in parameters["path"].items():
        url = url.replace(f"{{{name}+}}", quote(value)).replace(f"{{{name}}}", quote(value, ""))
    if query := parameters["querystring"]:
        url += ("&" if "?" in url else "?") + urlencode(query)
    return url
