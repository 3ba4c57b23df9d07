"""S3 buckets and bucket policies.

Source: "AWS::S3::Bucket" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.providers.s3 import buckets, policies

TYPES = (
    *buckets.TYPES,
    *policies.TYPES,
)
