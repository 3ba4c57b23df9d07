"""Carrying an event to a function, a queue or a topic on behalf of an AWS service.

The receiving resource's own policy decides, with the sending resource as ``aws:SourceArn``;
every delivery is a hop from one ARN to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.events.encryption import SEND, MessageKeys
from archlib.local.events.lineage import Lineage, Lineages, carrying
from archlib.local.events.queues import Queues
from archlib.local.functions import FunctionRuntime, InvokeDenied, ServiceInvoker
from archlib.local.refusal import ApiRefusal
from archlib.local.trace import OpenHop

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud
    from archlib.local.iam.callers import Asker

RECURSIVE = "RecursiveInvocationException"


@dataclass(frozen=True)
class Service:
    """Who sends: the service's principal and the resource on whose behalf it acts."""

    principal: str
    source_arn: str
    account: str


class Undeliverable(Exception):
    """The target did not take the event. ``permanent`` failures are not worth a retry."""

    def __init__(self, code: str, message: str, *, permanent: bool = True) -> None:
        self.code = code
        self.message = message
        self.permanent = permanent
        super().__init__(f"{code}: {message}")


@dataclass
class Carrier:
    """Deliveries of one cloud."""

    cloud: LocalCloud
    queues: Queues
    lineages: Lineages
    keys: MessageKeys

    def exists(self, arn: str) -> bool:
        """Whether a function, queue or topic is there."""
        service, region, account = arn.split(":")[2:5]
        if service == "sqs":
            return self.queues.find(arn) is not None
        if service == "sns":
            return arn in _topics(account, region).topics
        try:
            self.cloud.control("lambda", region=region).get_function_configuration(FunctionName=arn)
        except self.cloud.control("lambda").exceptions.ClientError:
            return False
        return True

    def allowed(self, service: Service, action: str, arn: str) -> bool:
        """Whether the resource's policy lets the service do something, and the policy of the key
        that it is under; True without IAM."""
        if not self._by_policy(service, action, arn):
            return False
        try:
            self._open(service, arn)
        except ApiRefusal:
            return False
        return True

    def _by_policy(self, service: Service, action: str, arn: str) -> bool:
        from archlib.local.iam import IamEnforcement

        try:
            iam = self.cloud.plane(IamEnforcement)
        except KeyError:
            return True
        region = arn.split(":")[3] or None
        return iam.decide(_asker(service), action, arn, region=region).allowed

    def _open(self, service: Service, arn: str) -> None:
        """Use the key of a queue or topic; raises :class:`ApiRefusal`."""
        kind, region, account = arn.split(":")[2:5]
        if kind == "sqs":
            held = self.queues.find(arn)
        else:
            held = _topics(account, region).topics.get(arn) if kind == "sns" else None
        if held is not None:
            self.keys.open(_asker(service), arn, held.kms_master_key_id, SEND)

    def to_function(self, service: Service, arn: str, payload: bytes, lineage: Lineage) -> None:
        """Queue an asynchronous invocation.

        Raises:
            Undeliverable: no such function, not allowed, or too large.
        """
        runtime = self.cloud.plane(FunctionRuntime)
        invoker = ServiceInvoker(
            service.principal, service.source_arn, source_account=service.account
        )
        unqualified = ":".join(arn.split(":")[:7])
        chain = lineage.then(service.source_arn)
        chain.check_end(unqualified)
        if chain.is_recursive(unqualified):
            self.drop(service, unqualified)
            # "Lambda sends the event to a dead-letter queue or on-failure destination, if one is
            # configured" (AWS Compute Blog, "Detecting and stopping recursive loops").
            runtime.discard(arn, payload, RECURSIVE)
            return
        try:
            result = runtime.invoke(arn, payload, invoker=invoker, invocation_type="Event")
        except InvokeDenied as denied:
            raise Undeliverable(denied.code, str(denied)) from None
        except ApiRefusal as refusal:
            with self._hop(service, unqualified, "lambda:InvokeFunction") as hop:
                hop.status, hop.error = refusal.status, refusal.code
            raise Undeliverable(
                refusal.code, refusal.message, permanent=refusal.status < 500
            ) from None
        self.lineages.note(result.request_id, chain.then(unqualified))

    def drop(self, service: Service, function_arn: str) -> None:
        """Lambda does not run a recursive invocation: a hop and a metric tell."""
        with self._hop(service, function_arn, "lambda:InvokeFunction") as hop:
            hop.status, hop.error = 429, RECURSIVE
        self.cloud.raw("cloudwatch", region=function_arn.split(":")[3]).put_metric_data(
            Namespace="AWS/Lambda",
            MetricData=[
                {
                    "MetricName": "RecursiveInvocationsDropped",
                    "Dimensions": [{"Name": "FunctionName", "Value": function_arn.split(":")[6]}],
                    "Value": 1,
                    "Unit": "Count",
                }
            ],
        )

    def to_queue(
        self,
        service: Service,
        arn: str,
        body: str,
        lineage: Lineage,
        *,
        attributes: dict[str, Any] | None = None,
        group: str | None = None,
        deduplication: str | None = None,
    ) -> None:
        """Send a message; raises :class:`Undeliverable`."""
        from moto.sqs.exceptions import SQSException

        with self._hop(service, arn, "sqs:SendMessage") as hop:
            queue = self.queues.find(arn)
            if queue is None:
                raise self._failed(
                    hop, 400, "AWS.SimpleQueueService.NonExistentQueue",
                    "The specified queue does not exist.",
                )  # fmt: skip
            self._admit(hop, service, "sqs:SendMessage", arn)
            try:
                with carrying(lineage.then(service.source_arn)):
                    self.queues.send(
                        queue, body, attributes=attributes, group=group,
                        deduplication=deduplication,
                    )  # fmt: skip
            except SQSException as error:
                raise self._failed(hop, 400, _code(error), str(error)) from None

    def to_topic(
        self, service: Service, arn: str, message: str, lineage: Lineage, subject: str | None = None
    ) -> None:
        """Publish; raises :class:`Undeliverable`."""
        region, account = arn.split(":")[3:5]
        with self._hop(service, arn, "sns:Publish") as hop:
            backend = _topics(account, region)
            if arn not in backend.topics:
                raise self._failed(hop, 404, "NotFound", "Topic does not exist")
            self._admit(hop, service, "sns:Publish", arn)
            with carrying(lineage.then(service.source_arn)):
                backend.publish(message=message, arn=arn, subject=subject)

    def _admit(self, hop: OpenHop, service: Service, action: str, arn: str) -> None:
        if not self._by_policy(service, action, arn):
            raise self._failed(
                hop, 403, "AccessDenied",
                f"User: {service.principal} is not authorized to perform: {action} on resource: "
                f"{arn} because no resource-based policy allows the {action} action",
            )  # fmt: skip
        try:
            self._open(service, arn)
        except ApiRefusal as refusal:
            raise self._failed(hop, refusal.status, refusal.code, refusal.message) from None

    @staticmethod
    def _failed(hop: OpenHop, status: int, code: str, message: str) -> Undeliverable:
        hop.status, hop.error = status, code
        return Undeliverable(code, message)

    @contextmanager
    def _hop(self, service: Service, target: str, action: str) -> Iterator[OpenHop]:
        with (
            self.cloud.activity(),
            self.cloud.trace.hop(
                source=service.source_arn,
                target=target,
                action=action,
                principal=service.principal,
            ) as hop,
        ):
            yield hop


def _asker(service: Service) -> Asker:
    from archlib.local.iam import ServicePrincipal

    return ServicePrincipal(service.principal, service.source_arn, service.account)


def _topics(account: str, region: str) -> Any:
    from moto.sns.models import sns_backends

    return sns_backends[account][region]


def _code(error: Any) -> str:
    return str(getattr(error, "code", None) or "InvalidParameterValue")
