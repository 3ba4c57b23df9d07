"""The DAX plane: control API, and a listener with its caches for every cluster."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from archlib.local.dax.clients import close_all, periodic_threads
from archlib.local.dax.control import Clusters
from archlib.local.dax.inventory import Cluster
from archlib.local.dax.service import Service

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class DaxPlane:
    """DynamoDB Accelerator: clusters that the real client library can talk to."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve the ``dax`` API; a cluster listens from its creation on."""
        self._cloud = cloud
        self._services: dict[str, Service] = {}
        self._foreign_threads: set[threading.Thread] = periodic_threads()
        self._clusters = Clusters(
            cloud,
            opened=self._open,
            closed=self._close,
            rebooted=self._reboot,
            may_assume=self._may_assume,
        )
        self._clusters.register()

    def stop(self) -> None:
        """Close clients, connections and ports; no thread is left."""
        close_all(self._foreign_threads)
        while self._services:
            self._services.popitem()[1].stop()

    def service(self, cluster: str) -> Service | None:
        """The data plane of the cluster with an ARN."""
        return self._services.get(cluster)

    def _open(self, cluster: Cluster) -> None:
        """A cluster is there, or has other nodes than before."""
        service = self._services.get(cluster.arn)
        if service is None:
            service = self._services[cluster.arn] = Service(self._cloud, cluster)
        service.announce()

    def _close(self, cluster: Cluster) -> None:
        self._services.pop(cluster.arn).stop()

    def _reboot(self, cluster: Cluster) -> None:
        self._services[cluster.arn].flush()

    def _may_assume(self, role_arn: str, cluster_arn: str) -> bool:
        """Whether the role exists and lets DAX take it on."""
        from moto.iam.models import iam_backends

        from archlib.local.iam import IamEnforcement, ServicePrincipal

        roles = iam_backends[self._cloud.account]["aws"].roles.values()
        if not any(role.arn == role_arn for role in roles):
            return False
        try:
            iam = self._cloud.plane(IamEnforcement)
        except KeyError:
            return True
        service = ServicePrincipal("dax.amazonaws.com", cluster_arn, self._cloud.account)
        return iam.decide(service, "sts:AssumeRole", role_arn).allowed
