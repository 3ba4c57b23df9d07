"""What the DAX plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.dax.nodes import NODE_MEMORY

COVERAGE = coverage(
    "Amazon DynamoDB Accelerator (DAX)",
    honours("The real client library", "speaks its own protocol with a listener on loopback"),
    honours("Item cache and query cache", "lifetimes of the parameter group on virtual time, least "
            "recently used eviction by node memory, negative caching"),
    honours("Write-through", "and no cache update by writes around it"),
    honours("Strongly consistent and transactional reads", "pass through"),
    honours("IAM of the caller", "dax: actions, for every request"),
    honours("IAM of the cluster's role", "what it may not do in DynamoDB fails"),
    honours("Reach", "VPC, subnets and security groups of the calling function; the world outside "
            "does not reach it"),
    honours("Clusters, nodes, parameter and subnet groups, tags, events, reboots"),
    refuses("TLS endpoints", "ClusterEndpointEncryptionType TLS, daxs://"),
    refuses("IPv6", "NetworkType other than ipv4"),
    differs("Nodes", "share one cache: no replication delay between them"),
    differs("A packet that no rule admits", "ends the connection at once, not after a timeout"),
    differs("Network ACLs, VPC peering", "not considered"),
    differs("Creation", "takes no time"),
    listings={"Node types": tuple(NODE_MEMORY)},
)  # fmt: skip
