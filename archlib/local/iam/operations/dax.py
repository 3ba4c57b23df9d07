"""DAX control plane. (Its data plane authorises ``dax:GetItem`` and so on at the cluster.)

AWS: "Actions, resources, and condition keys for Amazon DynamoDB Accelerator (DAX)".
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Table,
    all_of,
    given,
    named,
    on,
    passes_role,
    same_name,
    tag_keys,
    tags,
)

_cluster = named("dax", "cache/{}", "ClusterName")

DAX: Table = {
    "CreateCluster": all_of(
        on("dax:CreateCluster", _cluster, tags()),
        passes_role("IamRoleArn", "dax.amazonaws.com"),
    ),
    **same_name(
        "dax",
        "DecreaseReplicationFactor DeleteCluster IncreaseReplicationFactor RebootNode "
        "UpdateCluster",
        _cluster,
    ),
    "DescribeClusters": on("dax:DescribeClusters", named("dax", "cache/{}", "ClusterNames")),
    "ListTags": on("dax:ListTags", given("ResourceName")),
    "TagResource": on("dax:TagResource", given("ResourceName"), tags()),
    "UntagResource": on("dax:UntagResource", given("ResourceName"), tag_keys()),
    **same_name(
        "dax",
        "CreateParameterGroup CreateSubnetGroup DeleteParameterGroup DeleteSubnetGroup "
        "DescribeDefaultParameters DescribeEvents DescribeParameterGroups DescribeParameters "
        "DescribeSubnetGroups UpdateParameterGroup UpdateSubnetGroup",
    ),
}
