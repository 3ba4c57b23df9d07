"""What no function may be asked to do: reach what it cannot, fail where nobody would hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.architecture.verbs import described
from archlib.components.aurora import QueriesDatabase
from archlib.components.compute import Function
from archlib.components.database import DaxCluster
from archlib.components.mail import SendsMail
from archlib.components.messaging import SendsFailures
from archlib.components.storage import Notifies, UsesObjects
from archlib.components.streams import StreamInvokes
from archlib.components.table_access import ReadsThrough
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.plan import Plan


def check(function: Function, plan: Plan) -> None:
    """Raise :class:`ModelError` for the first contradiction."""
    for wire in plan.outgoing(function, ReadsThrough):
        cache = plan.component(wire.target, DaxCluster)
        if plan.vpc(function) != plan.vpc(cache):
            raise ModelError(
                f"reads through {cache.name} but does not stand in its VPC",
                where=described(function),
                hint=f"give both the same boundary= ({cache.boundary})",
            )
    distant = ((UsesObjects, "S3"), (SendsMail, "SES"), (QueriesDatabase, "the Data API"))
    for kind, service in distant:
        for other in plan.outgoing(function, kind):
            if (vpc := plan.vpc(function)) is not None:
                raise ModelError(
                    f'says "{other.verb}" to {other.target}, but stands in {vpc.name}, '
                    f"from which no way leads to {service}",
                    where=described(function),
                    hint="leave boundary= away",
                )
    caused = any(plan.incoming(function, kind) for kind in (Notifies, StreamInvokes))
    for ends in plan.outgoing(function, SendsFailures):
        if not caused:
            raise ModelError(
                f"sends failures to {ends.target}, but only answers callers, who are told",
                where=described(function),
                hint="only events fail unheard: bucket.notifies, stream.invokes",
            )
