"""What the Secrets Manager plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.secretsmanager.plane import REFUSED

COVERAGE = coverage(
    "AWS Secrets Manager",
    honours("Secrets with and without a value", "text or binary, up to 65,536 bytes"),
    honours("Versions and staging labels", "AWSCURRENT, AWSPREVIOUS, AWSPENDING and labels of "
            "one's own; client request tokens; the limits of labels and versions"),
    honours("Names, ARNs, partial ARNs"),
    honours("Encryption", "envelopes under the AWS managed key or a key of one's own, used with "
            "the caller's permissions on it; validation of access, re-encryption when it changes"),
    honours("Deletion", "recovery window in virtual time, restoring, deletion without recovery"),
    honours("Resource policies", "count in IAM decisions; BlockPublicPolicy"),
    honours("Rotation by a Lambda function", "in four steps, at once or on a schedule"),
    honours("Lists and batches", "filters, sorting, pages; each secret of a batch is judged"),
    refuses("Replicas, managed external secrets, managed rotation"),
    differs("Random suffixes, version ids, passwords", "come from the cloud's seed"),
    differs("A rotation", "happens when its window opens; a failed one is tried again when the "
            "next one does"),
    differs("A KMS key that does not exist", "is refused like one the caller may not use"),
    differs("Secrets that moto's services make themselves", "(RDS, EventBridge) stay in moto"),
    refused={"secretsmanager": REFUSED},
)  # fmt: skip
