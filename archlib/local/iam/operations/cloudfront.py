"""CloudFront's control plane. ARNs have no region.

AWS: "Actions, resources, and condition keys for Amazon CloudFront".
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    ResourceOf,
    Table,
    all_of,
    given,
    named,
    on,
    same_name,
    tag_keys,
    tags,
)


def _of(kind: str, *parameters: str) -> ResourceOf:
    return named("cloudfront", f"{kind}/{{}}", *parameters, region=False)


_distribution = _of("distribution", "Id", "DistributionId")
_function = _of("function", "Name")

#: Kind of resource in its operations' names -> kind in its ARN.
_KINDS = {
    "CachePolicy": "cache-policy",
    "OriginRequestPolicy": "origin-request-policy",
    "ResponseHeadersPolicy": "response-headers-policy",
    "OriginAccessControl": "origin-access-control",
    "CloudFrontOriginAccessIdentity": "origin-access-identity",
}

CLOUDFRONT: Table = {
    **{
        name: rule
        for operation, kind in _KINDS.items()
        for name, rule in same_name(
            "cloudfront",
            f"Create{operation} Get{operation} Get{operation}Config Update{operation} "
            f"Delete{operation}",
            _of(kind, "Id"),
        ).items()
    },
    "CreateDistribution": on("cloudfront:CreateDistribution", _distribution),
    "CreateDistributionWithTags": all_of(
        on(
            "cloudfront:CreateDistribution",
            _distribution,
            tags("DistributionConfigWithTags.Tags.Items"),
        ),
        on(
            "cloudfront:TagResource",
            _distribution,
            tags("DistributionConfigWithTags.Tags.Items"),
        ),
    ),
    **same_name(
        "cloudfront",
        "CreateInvalidation DeleteDistribution GetDistribution GetDistributionConfig "
        "GetInvalidation ListInvalidations UpdateDistribution",
        _distribution,
    ),
    **same_name(
        "cloudfront",
        "CreateFunction DeleteFunction DescribeFunction GetFunction PublishFunction TestFunction "
        "UpdateFunction",
        _function,
    ),
    **same_name(
        "cloudfront",
        "ListCachePolicies ListCloudFrontOriginAccessIdentities ListDistributions "
        "ListDistributionsByCachePolicyId ListDistributionsByKeyGroup "
        "ListDistributionsByOriginRequestPolicyId ListDistributionsByResponseHeadersPolicyId "
        "ListFunctions ListKeyGroups ListOriginAccessControls ListOriginRequestPolicies "
        "ListPublicKeys ListResponseHeadersPolicies",
    ),
    # Public keys and key groups are no resources of their own: policies name them by "*".
    **same_name(
        "cloudfront",
        "CreateKeyGroup CreatePublicKey DeleteKeyGroup DeletePublicKey GetKeyGroup "
        "GetKeyGroupConfig GetPublicKey GetPublicKeyConfig UpdateKeyGroup UpdatePublicKey",
    ),
    "ListTagsForResource": on("cloudfront:ListTagsForResource", given("Resource")),
    "TagResource": on("cloudfront:TagResource", given("Resource"), tags("Tags.Items")),
    "UntagResource": on("cloudfront:UntagResource", given("Resource"), tag_keys("TagKeys.Items")),
}
