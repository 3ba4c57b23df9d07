"""The AWS protocols, from the server's side.

From an HTTP request to (service, operation, parameters), and from a result or a refusal to the
protocol's bytes; driven by botocore's service models, whose client side is the counterpart.
"""

from __future__ import annotations

from archlib.local.protocols.message import Malformed, Message
from archlib.local.protocols.protocol import AwsProtocol
from archlib.local.protocols.refusing import Failure
from archlib.local.protocols.services import Meant, Services, Unrecognised, endpoint

__all__ = [
    "AwsProtocol",
    "Failure",
    "Malformed",
    "Meant",
    "Message",
    "Services",
    "Unrecognised",
    "endpoint",
]
