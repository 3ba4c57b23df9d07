"""A running cluster: sessions of its clients, its caches, and the hops it leaves.

Every data operation is one hop from whoever calls to the cluster; what the cluster then
asks DynamoDB lies below it.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from archlib.local.dax import failures
from archlib.local.dax.authentication import NOT_AUTHENTICATED, authenticate
from archlib.local.dax.backend import RoleBackend
from archlib.local.dax.cbor import encode
from archlib.local.dax.engine import Engine, Served, Settings
from archlib.local.dax.failures import AUTHENTICATION, AUTHORIZATION, Refusal
from archlib.local.dax.inventory import PORT, QUERY_TTL, RECORD_TTL, Cluster
from archlib.local.dax.nodes import NODE_MEMORY
from archlib.local.dax.protocol import Call, Request, Translator
from archlib.local.dax.reach import unreachable
from archlib.local.dax.responses import SUCCESS, Encoder
from archlib.local.dax.server import Listener
from archlib.local.dax.values import AttributeLists
from archlib.local.identity import Caller
from archlib.local.trace import CLIENT, OpenHop

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Virtual seconds that DAX itself adds to a request: "microseconds" for a hit (Amazon
#: DynamoDB Developer Guide, "In-memory acceleration with DynamoDB Accelerator (DAX)").
LATENCY: Final = 0.0005

_LEADER: Final = 1
_TRANSACTION_ACTIONS: Final = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


class Service:
    """The data plane of one cluster."""

    def __init__(self, cloud: LocalCloud, cluster: Cluster) -> None:
        self.cloud = cloud
        self.cluster = cluster
        self.lists = AttributeLists()
        self.backend = RoleBackend(cloud, cluster)
        self.engine = Engine(self.backend, cloud.clock.time, self._settings)
        self.translator = Translator(self.backend.schema, self.lists)
        self.encoder = Encoder(self.lists)
        wanted = cloud.ports.get(cluster.arn, 0)
        self.listener = Listener(cluster.name, lambda: ClientSession(self), wanted)
        cloud.ports[cluster.arn] = self.listener.address[1]

    def _settings(self) -> Settings:
        group = self.cluster.parameter_group
        return Settings(
            group.seconds(RECORD_TTL),
            group.seconds(QUERY_TTL),
            NODE_MEMORY[self.cluster.node_type],
        )

    def announce(self) -> None:
        """Make the names of the cluster and its nodes lead here.

        Other processes do not know them: where the cloud is served, clients are told addresses.
        """
        if self.cloud.served:
            self.cluster.listening = self.listener.address
        for host in self._hosts():
            self.cloud.network.redirect(host, PORT, self.listener.address)

    def stop(self) -> None:
        """Close the port and forget the names."""
        for host in self._hosts():
            self.cloud.network.forget(host, PORT)
        self.listener.stop()

    def flush(self) -> None:
        """Empty the caches, as a reboot does."""
        self.engine.items.clear()
        self.engine.queries.clear()

    def endpoints(self) -> list[dict[int, Any]]:
        """The nodes as discovery tells them: one, for one cache stands behind all."""
        host, port = self.listener.address
        node = self.cluster.nodes[0]
        address = socket.inet_aton(host)
        return [{0: 1, 1: node.host, 2: address, 3: port, 4: _LEADER, 5: node.zone, 6: 0}]

    def _hosts(self) -> list[str]:
        return [self.cluster.host, *(node.host for node in self.cluster.nodes)]


@dataclass(frozen=True)
class OutsideCall:
    """A call of a client in another process, with the key by which it is known."""

    cluster: str
    access_key: str
    token: str | None
    call: Call

    def do(self, cloud: LocalCloud) -> bytes | None:
        """The answer, as :meth:`ClientSession.answer` gives it; None where there is no cluster."""
        from archlib.local.dax.plane import DaxPlane

        service = cloud.plane(DaxPlane).service(self.cluster)
        return None if service is None else ClientSession(service).answer_outside(self)


class ClientSession:
    """One connection: who is on it, and what it asks."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._caller: Caller | None = None
        self._key: tuple[str, str | None] = ("", None)
        self._admitted: str | None = None
        self._problem: Refusal = NOT_AUTHENTICATED

    def answer(self, call: Call) -> bytes | None:
        """The answer to a call; empty for authorizeConnection, None to hang up."""
        if call.method == "authorizeConnection":
            return self._authorize(call)
        cloud, caller = self._service.cloud, self._caller
        outside = cloud.served and caller is not None and caller.source == CLIENT
        if not outside or call.method == "endpoints":
            return self._answered(call)
        # What runs in the cloud waits for this answer, and lends its turn; others take one.
        with cloud.gate:
            answer: bytes | None = cloud.take(
                OutsideCall(self._service.cluster.arn, *self._key, call)
            )
            return answer

    def answer_outside(self, called: OutsideCall) -> bytes | None:
        """The answer to a call that came over another connection."""
        identities = self._service.cloud.identities
        self._caller = identities.known_as(called.access_key, called.token)
        return self._answered(called.call)

    def _answered(self, call: Call) -> bytes | None:
        from botocore.exceptions import ClientError

        service = self._service
        known = self._caller is not None and call.method in _TRACED
        request_id = service.cloud.new_uuid() if known else ""
        try:
            caller = self._authenticated()
            if call.method in _TRACED:
                return self._data(call, caller)
            return SUCCESS + self._metadata(call)
        except Refusal as refusal:
            return refusal.answer(request_id)
        except ClientError as error:
            return failures.answer(error, request_id)
        except Exception as error:
            # In a server thread nobody would see it: tell the one who waits for an answer.
            return failures.internal(error, request_id)

    # -- identity -----------------------------------------------------------------------------

    def _authorize(self, call: Call) -> bytes | None:
        service = self._service
        cloud = service.cloud
        self._caller = None
        try:
            caller = authenticate(
                cloud.identities, service.cluster.region, cloud.clock.time(), call.arguments
            )
        except Refusal as refusal:
            self._problem = refusal
            return b""
        if self._admitted != caller.source:
            if self._unreachable(caller):
                return None
            self._admitted = caller.source
        self._caller = caller
        key, _, _, token, _ = call.arguments
        self._key = key, token
        return b""

    def _unreachable(self, caller: Caller) -> bool:
        """A client of another process stands for one in the cluster's VPC."""
        service = self._service
        if caller.source == CLIENT and service.cloud.served:
            return False
        return unreachable(service.cloud.account, service.cluster, caller.source) is not None

    def _authenticated(self) -> Caller:
        caller = self._caller
        if caller is None:
            raise self._problem
        if caller.expires is not None and self._service.cloud.clock.time() >= caller.expires:
            raise Refusal(
                AUTHENTICATION,
                "ExpiredTokenException",
                "The security token included in the request is expired",
            )
        return caller

    def _require(self, caller: Caller, action: str, hop: OpenHop) -> None:
        from archlib.local.iam import IamEnforcement

        cloud, resource = self._service.cloud, self._service.cluster.arn
        try:
            iam = cloud.plane(IamEnforcement)
        except KeyError:
            return  # A cloud without IAM, as some tests start it.
        decision = iam.decide(
            caller, action, resource, region=self._service.cluster.region, hop=hop
        )
        if not decision.allowed:
            message = iam.explain(caller, action, resource, decision)
            raise Refusal(AUTHORIZATION, "AccessDeniedException", message)

    # -- calls --------------------------------------------------------------------------------

    def _metadata(self, call: Call) -> bytes:
        service = self._service
        if call.method == "endpoints":
            return encode(service.endpoints())
        (argument,) = call.arguments
        if call.method == "defineAttributeListId":
            return encode(service.lists.number(argument))
        if call.method == "defineAttributeList":
            return encode(list(service.lists.names(argument)))
        trace = service.cloud.trace
        with service.cloud.activity(), trace.under(trace.innermost):
            return encode(dict(service.backend.schema(argument.decode()).attributes))

    def _data(self, call: Call, caller: Caller) -> bytes:
        from botocore.exceptions import ClientError

        service = self._service
        cloud, trace = service.cloud, service.cloud.trace
        with (
            cloud.activity(),
            trace.hop(
                source=caller.source,
                target=service.cluster.arn,
                action=f"dax:{call.method}",
                principal=caller.arn,
                parent=trace.innermost,
            ) as hop,
        ):
            try:
                request = service.translator.request(call)
                for action in _actions(request):
                    self._require(caller, action, hop)
                served = service.engine.serve(request)
                _record(hop, request, served)
                return service.encoder.answer(request, served.result)
            except Refusal as refusal:
                hop.status, hop.error = 400, refusal.code
                raise
            except ClientError as error:
                metadata = error.response.get("ResponseMetadata", {})
                hop.status = metadata.get("HTTPStatusCode", 400)
                hop.error = error.response["Error"]["Code"]
                raise
            finally:
                cloud.clock.spend(LATENCY)


def _actions(request: Request) -> list[str]:
    """The permissions a request needs: a transaction needs those of its parts."""
    if not request.operation.startswith("Transact"):
        return [f"dax:{request.operation}"]
    kinds = {kind for part in request.parameters["TransactItems"] for kind in part}
    return sorted(f"dax:{_TRANSACTION_ACTIONS[kind]}" for kind in kinds)


def _record(hop: OpenHop, request: Request, served: Served) -> None:
    """Say on the hop what the cache did. A write says nothing: it goes through."""
    parameters = request.parameters
    hop.detail["table"] = ",".join(request.schemas)
    if request.operation in _READS:
        hop.cache = served.cache
        hop.detail["consistent"] = (
            request.operation == "TransactGetItems"
            or bool(parameters.get("ConsistentRead"))
            or served.cache == "bypass"
        )
        hop.detail["cache_hits"], hop.detail["cache_misses"] = served.hits, served.misses
    if served.cache == "hit":
        hop.detail["capacity_units"] = 0.0


_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
_TRACED: Final = _READS | {
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
}
