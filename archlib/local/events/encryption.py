"""Queues and topics under keys of KMS: who sends and receives must be allowed to use the key.

The messages stay in the clear, in this process; what is imitated is who gets them in and out.
AWS: Amazon SQS Developer Guide, "Amazon SQS Key management" (permissions of producers, consumers
and of AWS services; the AWS managed key, whose policy no service is in); Amazon SNS Developer
Guide, "Managing Amazon SNS encryption keys and costs" (permissions of publishers and of AWS
services); API References, "Errors". (AWS reuses a data key for some minutes; here every call asks.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall
from archlib.local.iam.callers import Asker
from archlib.local.kms import KmsPlane
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

SEND = ("GenerateDataKey", "Decrypt")
RECEIVE = ("Decrypt",)

_CALLS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("sqs", "SendMessage"): SEND,
    ("sqs", "SendMessageBatch"): SEND,
    ("sqs", "ReceiveMessage"): RECEIVE,
    ("sns", "Publish"): SEND,
    ("sns", "PublishBatch"): SEND,
}
#: What KMS says -> the service's code, and the error's shape where that is called otherwise.
_SAID: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "sqs": {
        "AccessDeniedException": ("KMS.AccessDeniedException", "KmsAccessDenied"),
        "DisabledException": ("KMS.DisabledException", "KmsDisabled"),
        "InvalidKeyUsageException": ("KMS.InvalidKeyUsageException", "KmsInvalidKeyUsage"),
        "KMSInvalidStateException": ("KMS.InvalidStateException", "KmsInvalidState"),
        "NotFoundException": ("KMS.NotFoundException", "KmsNotFound"),
    },
    "sns": {
        "AccessDeniedException": ("KMSAccessDenied", ""),
        "DisabledException": ("KMSDisabled", ""),
        "InvalidKeyUsageException": ("KMSInvalidState", ""),
        "KMSInvalidStateException": ("KMSInvalidState", ""),
        "NotFoundException": ("KMSNotFound", ""),
    },
}
_CONTEXT = {"sqs": "aws:sqs:arn", "sns": "aws:sns:topicArn"}


@dataclass(frozen=True)
class MessageKeys:
    """Asks KMS for whoever sends to queues and topics, and receives from queues."""

    cloud: LocalCloud

    def ask(self, call: ApiCall) -> None:
        """A guard: let the caller use the key of the queue or topic.

        Raises:
            ApiRefusal: the caller may not, or the key cannot be used; in the service's codes.
        """
        uses = _CALLS.get((call.service, call.operation))
        if uses is None:
            return
        held = _queue(call) if call.service == "sqs" else _topic(call)
        if held is None or not held.kms_master_key_id:
            return
        if uses is RECEIVE and not held.approximate_number_of_messages:
            return  # Nothing to open.
        self.open(call.caller, _arn(held), held.kms_master_key_id, uses)

    def open(self, asker: Asker, arn: str, key_id: str | None, uses: tuple[str, ...]) -> None:
        """Let somebody, or a service in its own name, use a queue's or topic's key, if it has one.

        Raises:
            ApiRefusal: as :meth:`ask`.
        """
        if not key_id:
            return
        service, region = arn.split(":")[2:4]
        errand = self.cloud.plane(KmsPlane).errand_of(asker, region, service, arn)
        for use in uses:
            try:
                errand.permit(use, key_id, {_CONTEXT[service]: arn})
            except ApiRefusal as refusal:
                code, shape = _SAID[service].get(refusal.code, (refusal.code, ""))
                raise ApiRefusal(code, refusal.message).shaped(shape) from None


def _queue(call: ApiCall) -> Any | None:
    from moto.sqs.models import sqs_backends

    name = str(call.params.get("QueueUrl", "")).rstrip("/").rpartition("/")[2]
    return sqs_backends[call.caller.account][call.region].queues.get(name)


def _topic(call: ApiCall) -> Any | None:
    from moto.sns.models import sns_backends

    arn = call.params.get("TopicArn") or call.params.get("TargetArn") or ""
    return sns_backends[call.caller.account][call.region].topics.get(arn)


def _arn(held: Any) -> str:
    return str(getattr(held, "queue_arn", None) or held.arn)
