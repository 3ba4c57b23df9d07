"""The CloudFront plane: control plane, edge locations, data plane.

``https://{name}.cloudfront.net/…`` and a distribution's aliases (as if their DNS records led to
it) are served here. Which edge location serves a request depends on where the viewer stands:
:meth:`EdgePlane.viewer_in`. On real AWS nothing says so in a request: the location is where the
client is, so a flow that is to run there as well is run from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local import moto_backend
from archlib.local.edge import locations
from archlib.local.edge.answers import seal
from archlib.local.edge.caching import Caching
from archlib.local.edge.compiling import compile_distribution
from archlib.local.edge.configuration import Distribution
from archlib.local.edge.control import OPERATIONS, Estate
from archlib.local.edge.entry import Store
from archlib.local.edge.exchange import ERROR, REFRESHED, Exchange, Served
from archlib.local.edge.ids import Ids
from archlib.local.edge.origins import Origins
from archlib.local.edge.viewer import Viewer, open_exchange
from archlib.local.geography import Place
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse
from archlib.local.trace import CLIENT, OpenHop

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result
    from archlib.local.cloud import LocalCloud

HOST = re.compile(r"d[a-z0-9]+\.cloudfront\.net")


class EdgePlane:
    """Amazon CloudFront."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve ``*.cloudfront.net`` and every operation of CloudFront's API."""
        self._cloud = cloud
        self._ids = Ids(cloud.new_uuid())
        self._store = Store()
        self._estate = Estate(cloud, self._store, self._changed)
        self._hosts: dict[str, Distribution] | None = None
        self._aliases: set[str] = set()
        origins = Origins(cloud)
        self._viewer = Viewer(
            lambda pages: Caching(cloud.clock, self._store, origins, pages.dress), cloud.clock.time
        )
        cloud.http.serve(HOST, self.serve)
        for name in _operation_names():
            handler = self._control if name in OPERATIONS else _refuse
            cloud.api.handle("cloudfront", name, handler)

    def stop(self) -> None:
        """Empty the caches: large objects in them lie in temporary files."""
        self._store.clear()

    # -- where viewers are ------------------------------------------------------------------

    def viewer_in(self, city: str) -> AbstractContextManager[Place]:
        """Viewers of the block stand in ``city`` (a name, or an edge location's code: ``FRA``)."""
        return locations.viewer_in(city)

    edge_location = viewer_in

    def forget(self) -> None:
        """Empty all caches: every edge location is cold again (a tool for tests)."""
        for id in self._estate.distributions:
            self._store.forget(id)

    # -- the data plane ---------------------------------------------------------------------

    def serve(self, request: HttpRequest) -> HttpResponse:
        """Answer a viewer; raises :class:`ConnectionRefused` where no distribution answers."""
        distribution = self._distribution(request.host)
        if distribution is None or not distribution.enabled:
            raise ConnectionRefused(f"{request.host} leads to no enabled distribution")
        cloud, clock = self._cloud, self._cloud.clock
        above = cloud.trace.current
        inside = above.target if above else None
        place, travels = locations.viewer_place(inside), locations.travels(inside)
        route = locations.route(place, distribution.price_class)
        with cloud.trace.hop(
            source=inside or CLIENT,
            target=distribution.arn,
            action=f"cloudfront:{request.method} {request.path}",
        ) as hop:
            up = route.transfer_seconds(len(request.body)) if travels else 0.0
            clock.spend(route.viewer_seconds + up)
            exchange = open_exchange(request, distribution, route, self._ids)
            served = self._viewer.serve(exchange)
            response = seal(exchange, served, clock.time())
            _note(hop, exchange, served, response)
            down = route.transfer_seconds(len(response.content)) if travels else 0.0
            if up or down:
                clock.spend(down)
                hop.detail["transfer"] = up + down
        return response

    def _distribution(self, host: str) -> Distribution | None:
        hosts = self._hosts
        if hosts is None:
            hosts = self._hosts = dict(self._compiled())
        found = hosts.get(host)
        if found is None and "." in host:
            # An alias may stand for all names one level below.
            found = hosts.get(f"*.{host.partition('.')[2]}")
        return found

    def _compiled(self) -> Iterator[tuple[str, Distribution]]:
        for record in self._estate.distributions.values():
            made = compile_distribution(
                self._estate,
                record.config,
                id=record.id,
                arn=self._estate.arn("distribution", record.id),
                domain=record.fixed["DomainName"],
            )
            yield made.domain, made
            for alias in made.aliases:
                yield alias.lower(), made

    # -- the control plane ------------------------------------------------------------------

    def _control(self, call: ApiCall) -> Result:
        call.hop.target = _target(self._estate, call.params) or call.hop.target
        return OPERATIONS[call.operation](self._estate, call)

    def _changed(self) -> None:
        """Configurations are compiled anew when they are next needed; new aliases are served."""
        self._hosts = None
        for record in self._estate.distributions.values():
            for alias in record.config["Aliases"].get("Items") or ():
                if alias not in self._aliases:
                    self._aliases.add(alias)
                    self._cloud.http.serve(_host_pattern(alias), self.serve)


@cache
def _operation_names() -> tuple[str, ...]:
    """Every operation of CloudFront's API, as botocore knows them."""
    model = moto_backend.loader().load_service_model("cloudfront", "service-2")
    return tuple(model["operations"])


def _host_pattern(alias: str) -> str:
    name = alias.lower()
    if name.startswith("*."):
        return r"[a-z0-9-]+" + re.escape(name[1:])
    return re.escape(name)


def _target(estate: Estate, params: Mapping[str, object]) -> str | None:
    for name in ("DistributionId", "Id"):
        if params.get(name) in estate.distributions:
            return estate.arn("distribution", str(params[name]))
    return None


def _note(hop: OpenHop, exchange: Exchange, served: Served, response: HttpResponse) -> None:
    """What the trace says of a request: status, cache, place, age, and what went wrong."""
    hop.status = response.status
    if exchange.key is None:
        hop.cache = "bypass"
    else:
        hop.cache = "miss" if served.tier == "origin" else "hit"
    if served.generated:
        hop.cache = None
    hop.detail.update(
        edge=exchange.route.pop,
        x_cache=served.result,
        path=exchange.path,
        tier=served.tier,
        age=served.age,
    )
    if served.result == REFRESHED:
        hop.detail["revalidated"] = True
    if exchange.signer is not None:
        hop.detail["signer"] = exchange.signer
    if served.result == ERROR:
        hop.error = f"HTTP {response.status}"
    for name, text in exchange.trouble.items():
        hop.detail[name] = text


def _refuse(call: ApiCall) -> Result:
    raise Unsupported(f"the local CloudFront does not imitate {call.operation}", where="cloudfront")
