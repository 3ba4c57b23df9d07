"""What the plane of Parameter Store honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.ssm.plane import REFUSED

COVERAGE = coverage(
    "AWS Systems Manager Parameter Store",
    honours("String, StringList, SecureString", "the latter under the AWS managed key or a key of "
            "one's own, used with the caller's permissions on it"),
    honours("Names, hierarchies, reserved prefixes", "GetParametersByPath with recursion, filters "
            "and pages"),
    honours("Versions and labels", "selectors, history, the limits of both"),
    honours("Tiers", "4 KB and 8 KB, intelligent tiering, no way back from advanced"),
    honours("AllowedPattern, tags, descriptions, the Expiration policy in virtual time"),
    honours("Secrets as parameters", "/aws/reference/secretsmanager/…"),
    honours("Public parameters", "/aws/service/… as far as moto ships them"),
    refuses("Policies that notify, data types other than text and aws:ec2:image, sharing"),
    differs("The data type aws:ec2:image", "the AMI is not looked up"),
    differs("Throughput quotas", "do not exist"),
    differs("The rest of Systems Manager", "is moto's, for the administrator only"),
    refused={"ssm": REFUSED},
)  # fmt: skip
