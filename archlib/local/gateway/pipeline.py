"""The ordered chain a request walks, from the socket's edge to its answer.

Each step takes the exchange and returns it richer, or raises :class:`GatewayError`; the last
one produces the answer. The order is AWS's: routing, authorization (with the resource
policy), API key and throttling, validation, cache, integration.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from archlib.local.gateway import answers, content, gateway_responses, sigv4
from archlib.local.gateway.access_log import Served
from archlib.local.gateway.authorization import Gatekeeper, authorize, may_invalidate
from archlib.local.gateway.caching import cached
from archlib.local.gateway.exchange import Answer, Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.integrations import BackEnds, integrate
from archlib.local.gateway.usage import Meter, meter_request
from archlib.local.gateway.validation import validate
from archlib.local.gateway.variables import context_variable
from archlib.local.trace import Trace

Step = Callable[[Exchange], Exchange]


def route(exchange: Exchange) -> Exchange:
    """Find resource and method; an unknown one is taken for a request that lacks its signature."""
    found = exchange.api.router.match(exchange.request.method, exchange.path)
    if found is None:
        raise (
            sigv4.refuse_unsigned(exchange)
            if not sigv4.is_signed(exchange)
            else GatewayError("MISSING_AUTHENTICATION_TOKEN")
        )
    return replace(
        exchange,
        resource=found.resource,
        method=found.method,
        path_parameters=found.parameters,
    )


def unpack(exchange: Exchange) -> Exchange:
    """Decompress the body where the API has compression switched on."""
    encoding = (exchange.header("content-encoding") or "identity").lower()
    if exchange.api.minimum_compression is None or encoding == "identity":
        return exchange
    decode = content.DECODERS.get(encoding)
    if decode is None:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", reason=f"content encoding {encoding}")
    try:
        body = decode(exchange.request.body)
    except (OSError, EOFError, zlib.error) as error:
        raise GatewayError("BAD_REQUEST_BODY", reason=str(error)) from error
    return replace(exchange, request=replace(exchange.request, body=body))


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The chain with everything its steps ask."""

    trace: Trace
    keeper: Gatekeeper
    meter: Meter
    back_ends: BackEnds

    def run(self, exchange: Exchange) -> tuple[Exchange, Served]:
        """Serve a request; errors of the gateway become its gateway responses."""
        steps: tuple[Step, ...] = (
            route,
            lambda e: authorize(self.keeper, e),
            lambda e: meter_request(self.meter, e),
            unpack,
            validate,
        )
        began = exchange.received
        timing: list[float] = []
        try:
            for step in steps:
                exchange = step(exchange)
            answer = cached(
                exchange,
                self.trace,
                lambda e: may_invalidate(self.keeper, e),
                lambda e: self._produce(e, timing),
            )
        except GatewayError as error:
            rendered = gateway_responses.render(error, exchange, context_variable)
            answer = answers.finish(rendered, exchange, traced=False)
            return exchange, self._served(answer, error, began, timing)
        mocked = exchange.integration_method.integration.type == "MOCK"
        answer = answers.finish(answer, exchange, traced=not mocked)
        return exchange, self._served(answer, None, began, timing)

    def _produce(self, exchange: Exchange, timing: list[float]) -> Answer:
        began = self.back_ends.now()
        try:
            return answers.remap(integrate(self.back_ends, exchange))
        finally:
            timing.append(self.back_ends.now() - began)

    def _served(
        self, answer: Answer, error: GatewayError | None, began: float, timing: list[float]
    ) -> Served:
        took = timing[0] if timing else None
        return Served(answer, error, self.back_ends.now() - began, took)
