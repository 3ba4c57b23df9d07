"""Back ends: from a routed, authorised request to the answer of its integration.

A type of integration is an entry of :data:`INTEGRATIONS`. AWS: "Choose an API Gateway API
integration type".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archlib.local.gateway.configuration import Integration
from archlib.local.gateway.exchange import Answer, Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.integrations.back_ends import FUNCTION_URI, BackEnds
from archlib.local.gateway.integrations.http import http_custom, http_proxy
from archlib.local.gateway.integrations.lambda_proxy import lambda_proxy
from archlib.local.gateway.integrations.mapped import lambda_custom, mock

__all__ = ["FUNCTION_URI", "INTEGRATIONS", "BackEnds", "integrate"]


def integrate(back_ends: BackEnds, exchange: Exchange) -> Answer:
    """Run the method's integration; raises :class:`GatewayError` for its failures.

    A back end that took longer than the timeout gives 504. Virtual time has then already
    passed until the back end ended: it cannot be taken back to the moment of the timeout.
    """
    integration = exchange.integration_method.integration
    began = back_ends.now()
    try:
        answer = INTEGRATIONS[integration.type](back_ends, exchange, integration)
    except GatewayError as failure:
        _in_time(back_ends, integration, began, failure)
        raise
    _in_time(back_ends, integration, began, None)
    return answer


def _in_time(
    back_ends: BackEnds, integration: Integration, began: float, failure: GatewayError | None
) -> None:
    took = back_ends.now() - began
    if took > integration.timeout:
        reason = f"no answer within {integration.timeout} s (it took {took:.3f} s)"
        raise GatewayError("INTEGRATION_TIMEOUT", reason=reason) from failure


IntegrationHandler = Callable[[BackEnds, Exchange, Integration], Answer]

INTEGRATIONS: Mapping[str, IntegrationHandler] = {
    "AWS_PROXY": lambda_proxy,
    "AWS": lambda_custom,
    "MOCK": mock,
    "HTTP": http_custom,
    "HTTP_PROXY": http_proxy,
}
