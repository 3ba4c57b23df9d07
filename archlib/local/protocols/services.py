"""Which service, operation and protocol a request means.

A client says it in several ways: ``X-Amz-Target``, a CBOR path, ``Action`` and ``Version``, the
service in its signature's scope, the host's name, and for REST services method and path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archlib.local import moto_backend
from archlib.local.protocols.cbor_rpc import CborProtocol
from archlib.local.protocols.directory import ENDPOINTS, SIGNED_AS, TARGETS, VERSIONS
from archlib.local.protocols.former import FORMER, FormerQueryProtocol, as_it_was
from archlib.local.protocols.json_rpc import JsonProtocol
from archlib.local.protocols.message import Malformed, Message
from archlib.local.protocols.protocol import AwsProtocol
from archlib.local.protocols.query import Ec2Protocol, QueryProtocol, parameters
from archlib.local.protocols.refusing import Failure
from archlib.local.protocols.rest import RestJsonProtocol, RestXmlProtocol
from archlib.local.protocols.routes import Routes

PROTOCOLS: Mapping[str, type[AwsProtocol]] = {
    "json": JsonProtocol,
    "query": QueryProtocol,
    "ec2": Ec2Protocol,
    "rest-json": RestJsonProtocol,
    "rest-xml": RestXmlProtocol,
    "smithy-rpc-v2-cbor": CborProtocol,
}
_FORMS = ("query", "ec2")
_RESTS = ("rest-json", "rest-xml")

_CBOR_PATH = re.compile(r"(?:/.*)?/service/([^/]+)/operation/([^/]+)")

#: ``dynamodb.eu-west-1.amazonaws.com``, ``iam.amazonaws.com``, ``sqs.us-east-1.api.aws`` …
HOST = re.compile(
    r"(?P<prefix>[a-z0-9-]+(?:\.[a-z-]+)?)(?:\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?"
    r"\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)


#: Some endpoints are an account's own (``123456789012.ddb.us-east-1.amazonaws.com``).
_ACCOUNT = re.compile(r"^\d{12}\.")
_ALSO: Mapping[str, tuple[str, ...]] = {"ddb": ("dynamodb",), "streams-ddb": ("dynamodbstreams",)}


@dataclass(frozen=True)
class Meant:
    """An operation of a service, in one of its protocols; ``message`` has the path's labels."""

    service: str
    operation: Any
    protocol: AwsProtocol
    message: Message


class Unrecognised(Exception):
    """The service is known, what it shall do is not: its own way to say so."""

    def __init__(self, model: Any, protocol: AwsProtocol, failure: Failure) -> None:
        self.model = model
        self.protocol = protocol
        self.failure = failure
        super().__init__(failure.message)


class Services:
    """The models of all services, loaded when they are first asked for."""

    def __init__(self) -> None:
        self._models: dict[str, Any] = {}
        self._former: dict[str, Any] = {}
        self._routes: dict[str, Routes] = {}
        self._protocols: dict[tuple[str, str], AwsProtocol] = {}

    def model(self, service: str) -> Any:
        """A service's model, or None where botocore has no such service."""
        if service not in self._models:
            from botocore.exceptions import DataNotFoundError, UnknownServiceError
            from botocore.model import ServiceModel

            try:
                description = moto_backend.loader().load_service_model(service, "service-2")
            except (DataNotFoundError, UnknownServiceError, ValueError):
                self._models[service] = None
            else:
                self._models[service] = ServiceModel(description, service)
        return self._models[service]

    def protocols_of(self, service: str) -> tuple[str, ...]:
        """The names of the protocols that a service speaks, its own first."""
        metadata = self.model(service).metadata
        former = ("query",) if service in FORMER else ()
        return tuple(dict.fromkeys((metadata["protocol"], *metadata.get("protocols", ()), *former)))

    def protocol(self, service: str, name: str | None = None) -> AwsProtocol:
        """One of a service's protocols; without a name its usual one."""
        name = name or self.protocols_of(service)[0]
        key = (service, name)
        if key not in self._protocols:
            former = FORMER.get(service) if name == "query" else None
            self._protocols[key] = (
                PROTOCOLS[name]() if former is None else FormerQueryProtocol(former)
            )
        return self._protocols[key]

    def form_model(self, service: str) -> Any:
        """A service's model as requests in forms mean it."""
        if service not in FORMER:
            return self.model(service)
        if service not in self._former:
            from botocore.model import ServiceModel

            description = moto_backend.loader().load_service_model(service, "service-2")
            self._former[service] = ServiceModel(as_it_was(description, FORMER[service]), service)
        return self._former[service]

    def routes(self, service: str) -> Routes:
        """The routes of a REST service."""
        if service not in self._routes:
            self._routes[service] = Routes(self.model(service))
        return self._routes[service]

    def find(
        self, message: Message, *, signed_as: str | None = None, host: str = ""
    ) -> Meant | None:
        """What a request means; None where nothing names a service.

        Raises:
            Unrecognised: the service is known, the operation is not.
            Malformed: a form that cannot be read.
        """
        if target := message.fields.get("x-amz-target"):
            prefix, _, name = target.rpartition(".")
            services = TARGETS.get(prefix) or tuple(_candidates(signed_as, host))
            return self._rpc(services, "json", prefix, name, message)
        if message.fields.get("smithy-protocol", "") == "rpc-v2-cbor":
            path = _CBOR_PATH.fullmatch(message.path)
            prefix, name = path.groups() if path is not None else ("", "")
            services = TARGETS.get(prefix) or tuple(_candidates(signed_as, host))
            return self._rpc(services, "smithy-rpc-v2-cbor", prefix, name, message)
        found = [name for name in _candidates(signed_as, host) if self.model(name) is not None]
        for choose in (self._form, self._rest):
            if (meant := choose(found, message)) is not None:
                return meant
        if found:
            raise self._unrecognised(found[0], message)
        return None

    def _rpc(
        self, services: Iterable[str], protocol: str, prefix: str, name: str, message: Message
    ) -> Meant | None:
        last = None
        for service in services:
            model = self.model(service)
            if model is None or protocol not in self.protocols_of(service):
                continue
            if prefix == model.metadata.get("targetPrefix") and name in model.operation_names:
                operation = model.operation_model(name)
                return Meant(service, operation, self.protocol(service, protocol), message)
            last = service
        if last is None:
            return None
        raise Unrecognised(
            self.model(last),
            self.protocol(last, protocol),
            Failure("UnknownOperationException", f"Unknown operation {prefix}.{name}", 400),
        )

    def _form(self, candidates: list[str], message: Message) -> Meant | None:
        if not _may_be_form(message):
            return None
        given = parameters(message)
        action, version = given.get("Action"), given.get("Version", "")
        if action is None:
            return None
        known = [s for s in candidates if set(_FORMS) & set(self.protocols_of(s))]
        services = known or list(VERSIONS.get(version, ()))
        ordered = sorted(services, key=lambda s: self.model(s).metadata["apiVersion"] != version)
        for service in ordered:
            model = self.form_model(service)
            if action in model.operation_names:
                return Meant(
                    service, model.operation_model(action), self._form_protocol(service), message
                )
        if not ordered:
            return None
        service = ordered[0]
        raise Unrecognised(
            self.form_model(service),
            self._form_protocol(service),
            Failure(
                "InvalidAction", f"Could not find operation {action} for version {version}", 400
            ),
        )

    def _form_protocol(self, service: str) -> AwsProtocol:
        return self.protocol(service, next(p for p in self.protocols_of(service) if p in _FORMS))

    def _rest(self, candidates: list[str], message: Message) -> Meant | None:
        for service in candidates:
            if self.protocols_of(service)[0] in _RESTS:
                found = self.routes(service).find(message)
                if found is not None:
                    operation = self.model(service).operation_model(found[0])
                    labelled = replace(message, labels=found[1])
                    return Meant(service, operation, self.protocol(service), labelled)
        return None

    def _unrecognised(self, service: str, message: Message) -> Unrecognised:
        protocol = self.protocol(service)
        if protocol.name in _FORMS:
            failure = Failure("MissingAction", "The request must contain the parameter Action", 400)
        elif protocol.name in _RESTS:
            failure = Failure(
                "UnknownOperationException",
                f"{service} has no operation {message.method} {message.path}",
                404,
            )
        else:
            failure = Failure("UnknownOperationException", "No operation is named", 400)
        return Unrecognised(self.model(service), protocol, failure)


def endpoint(host: str) -> tuple[tuple[str, ...], str | None]:
    """The services behind an endpoint's host name, and its region (None for a global one)."""
    matched = HOST.fullmatch(host)
    if matched is None:
        return (), None
    prefix = _ACCOUNT.sub("", matched["prefix"]).removesuffix("-fips")
    return _ALSO.get(prefix) or ENDPOINTS.get(prefix) or (prefix,), matched["region"]


def _candidates(signed_as: str | None, host: str) -> Iterable[str]:
    named, _ = endpoint(host)
    signed = () if signed_as is None else SIGNED_AS.get(signed_as) or (signed_as,)
    if named and signed:
        both = [service for service in named if service in signed]
        return both or named
    return named or signed


def _may_be_form(message: Message) -> bool:
    if message.media_type == "application/x-www-form-urlencoded":
        return True
    return "Action" in message.given


__all__ = ["HOST", "PROTOCOLS", "Malformed", "Meant", "Services", "Unrecognised", "endpoint"]
