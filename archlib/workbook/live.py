"""A deployed design in a running cloud, and what has happened in it since one last looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.architecture import Architecture
from archlib.verify import site
from archlib.verify.arrows import Places
from archlib.workbook.looks import Look

if TYPE_CHECKING:
    from archlib.local import LocalCloud
    from archlib.local.deploy.deployment import Deployment
    from archlib.template import Asset, Template


class Live:
    """A cloud with one stack; ``architecture`` is the picture that its hops are drawn on."""

    def __init__(
        self, cloud: LocalCloud, deployment: Deployment, architecture: Architecture
    ) -> None:
        self.cloud = cloud
        self.deployment = deployment
        self.architecture = architecture
        self.site = site(cloud, deployment)
        self._mark = cloud.trace.mark()

    def look(self, title: str) -> Look:
        """The hops since the last look, without the administrator's and operator's own."""
        since = self.site.since(self._mark)
        self._mark = self.cloud.trace.mark()
        hops = [hop for hop in since if hop.principal != self.cloud.administrator]
        return Look(title, self.architecture, Places(self.architecture, self.deployment), hops)


def go_live(
    name: str, architecture: Architecture, template: Template, assets: tuple[Asset, ...]
) -> Live:
    """Enter a cloud and deploy; a template that cannot be deployed leaves no cloud behind."""
    from archlib.local import LocalCloud

    cloud = LocalCloud().start()
    try:
        deployment = cloud.deploy(template, stack_name=name, assets=assets)
    except BaseException:
        cloud.stop()
        raise
    return Live(cloud, deployment, architecture)
