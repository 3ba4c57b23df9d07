"""CloudFront: distributions, policies, origin access, keys, functions.

Source: "Amazon CloudFront resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.providers.cloudfront.distributions import DISTRIBUTION
from archlib.local.deploy.providers.cloudfront.functions import FUNCTION
from archlib.local.deploy.providers.cloudfront.keys import KEY_GROUP, PUBLIC_KEY
from archlib.local.deploy.providers.cloudfront.policies import (
    ACCESS_CONTROL,
    CACHE_POLICY,
    IDENTITY,
    ORIGIN_REQUEST_POLICY,
    RESPONSE_HEADERS_POLICY,
)

TYPES = (
    DISTRIBUTION,
    IDENTITY,
    ACCESS_CONTROL,
    CACHE_POLICY,
    ORIGIN_REQUEST_POLICY,
    RESPONSE_HEADERS_POLICY,
    FUNCTION,
    PUBLIC_KEY,
    KEY_GROUP,
)
