"""Clusters: the API operations.

Source: Amazon DynamoDB Accelerator (DAX) API Reference and "DAX access control". A cluster is
available as soon as CreateCluster has answered; AWS takes several minutes. The caches of a
cluster are empty after UpdateCluster only if it is rebooted, as on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, ApiRefusal, Result
from archlib.local.dax.groups import Groups, page
from archlib.local.dax.inventory import Cluster
from archlib.local.dax.nodes import NODE_MEMORY

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

MAX_NODES: Final = 11
MAX_TAGS: Final = 50
_NAME: Final = re.compile(r"[a-z](?:-?[a-z0-9])*")
_INVALID: Final = "InvalidParameterValueException"


class Clusters:
    """Handlers of the cluster operations.

    ``opened`` and ``closed`` are told about clusters that come and go, ``rebooted`` about
    nodes that lose their cache, ``may_assume`` says whether DAX may take on a role.
    """

    def __init__(
        self,
        cloud: LocalCloud,
        *,
        opened: Callable[[Cluster], None],
        closed: Callable[[Cluster], None],
        rebooted: Callable[[Cluster], None],
        may_assume: Callable[[str, str], bool],
    ) -> None:
        self._cloud = cloud
        self._opened = opened
        self._closed = closed
        self._rebooted = rebooted
        self._may_assume = may_assume
        self._clusters: dict[tuple[str, str], Cluster] = {}
        self._events: list[tuple[str, datetime, str, str, str]] = []
        self.groups = Groups(cloud, self.all)

    def register(self) -> None:
        """Serve the whole ``dax`` API."""
        groups = self.groups
        handlers = {
            "CreateCluster": self._create,
            "UpdateCluster": self._update,
            "DeleteCluster": self._delete,
            "DescribeClusters": self._describe,
            "IncreaseReplicationFactor": self._increase,
            "DecreaseReplicationFactor": self._decrease,
            "RebootNode": self._reboot,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTags": self._list_tags,
            "DescribeEvents": self._describe_events,
            "CreateSubnetGroup": groups.create_subnets,
            "UpdateSubnetGroup": groups.update_subnets,
            "DescribeSubnetGroups": groups.describe_subnets,
            "DeleteSubnetGroup": groups.delete_subnets,
            "CreateParameterGroup": groups.create_parameters,
            "UpdateParameterGroup": groups.update_parameters,
            "DescribeParameterGroups": groups.describe_parameter_groups,
            "DescribeParameters": groups.describe_parameters,
            "DescribeDefaultParameters": groups.describe_default_parameters,
            "DeleteParameterGroup": groups.delete_parameters,
        }
        for operation, handler in handlers.items():
            self._cloud.api.handle("dax", operation, handler)

    def all(self, region: str) -> Iterable[Cluster]:
        """The clusters of a region."""
        return [cluster for (where, _), cluster in self._clusters.items() if where == region]

    # -- coming and going ---------------------------------------------------------------------

    def _create(self, call: ApiCall) -> Result:
        params = call.params
        if params.get("ClusterEndpointEncryptionType") == "TLS":
            raise Unsupported(
                "the local DAX endpoint does not speak TLS (daxs://)",
                where="ClusterEndpointEncryptionType",
                hint="use NONE",
            )
        if params.get("NetworkType", "ipv4") != "ipv4":
            raise Unsupported("the local DAX endpoint speaks IPv4 only", where="NetworkType")
        name = params["ClusterName"].lower()
        if len(name) > 20 or not _NAME.fullmatch(name):
            raise ApiRefusal(
                _INVALID,
                f"Invalid cluster name {name!r}: 1 to 20 letters, digits and single hyphens, "
                "beginning with a letter and not ending with a hyphen",
            )
        if (call.region, name) in self._clusters:
            raise ApiRefusal("ClusterAlreadyExistsFault", f"Cluster {name} already exists.")
        count = params["ReplicationFactor"]
        if params["NodeType"] not in NODE_MEMORY:
            raise ApiRefusal(_INVALID, f"Invalid node type: {params['NodeType']}")
        _check_count(count)
        zones = params.get("AvailabilityZones")
        if zones and len(zones) != count:
            raise ApiRefusal(
                "InvalidParameterCombinationException",
                "AvailabilityZones must have as many entries as ReplicationFactor says.",
            )
        subnets = self.groups.subnets(call.region, params.get("SubnetGroupName"))
        if zones and not set(zones) <= set(subnets.subnets.values()):
            raise ApiRefusal(_INVALID, "The subnet group has no subnet in one of the zones.")
        arn = f"arn:aws:dax:{call.region}:{call.caller.account}:cache/{name}"
        self._check_role(params["IamRoleArn"], arn)
        cluster = Cluster(
            name=name,
            arn=arn,
            region=call.region,
            hash=self._cloud.new_id("dax", 6),
            node_type=params["NodeType"],
            role_arn=params["IamRoleArn"],
            subnet_group=subnets,
            parameter_group=self.groups.parameters(call.region, params.get("ParameterGroupName")),
            security_groups=self._security_groups(
                call.region, subnets.vpc, params.get("SecurityGroupIds")
            ),
            created=self._cloud.clock.now(),
            description=params.get("Description"),
            topic=params.get("NotificationTopicArn"),
            encrypted=bool(params.get("SSESpecification", {}).get("Enabled")),
            tags={tag["Key"]: tag.get("Value", "") for tag in params.get("Tags", ())},
        )
        if "PreferredMaintenanceWindow" in params:
            cluster.maintenance_window = params["PreferredMaintenanceWindow"]
        for place in range(count):
            cluster.add_node()
            if zones:
                cluster.nodes[place].zone = zones[place]
        self._clusters[call.region, name] = cluster
        self._opened(cluster)
        self._note(cluster, "Cluster created.")
        return {"Cluster": cluster.shape("creating")}

    def _delete(self, call: ApiCall) -> Result:
        cluster = self._named(call)
        del self._clusters[call.region, cluster.name]
        self._closed(cluster)
        self._note(cluster, "Cluster deleted.")
        return {"Cluster": cluster.shape("deleting")}

    def _describe(self, call: ApiCall) -> Result:
        names = call.params.get("ClusterNames")
        clusters = (
            [self._find(call.region, name) for name in names] if names else self.all(call.region)
        )
        return page(call, "Clusters", [cluster.shape() for cluster in clusters])

    # -- changes ------------------------------------------------------------------------------

    def _update(self, call: ApiCall) -> Result:
        cluster, params = self._named(call), call.params
        if (groups := params.get("SecurityGroupIds")) is not None:
            vpc = cluster.subnet_group.vpc
            cluster.security_groups = self._security_groups(call.region, vpc, groups)
        if (group := params.get("ParameterGroupName")) is not None:
            cluster.parameter_group = self.groups.parameters(call.region, group)
        cluster.description = params.get("Description", cluster.description)
        cluster.maintenance_window = params.get(
            "PreferredMaintenanceWindow", cluster.maintenance_window
        )
        cluster.topic = params.get("NotificationTopicArn", cluster.topic)
        cluster.topic_status = params.get("NotificationTopicStatus", cluster.topic_status)
        return {"Cluster": cluster.shape("modifying")}

    def _increase(self, call: ApiCall) -> Result:
        cluster, wanted = self._named(call), call.params["NewReplicationFactor"]
        if wanted <= len(cluster.nodes):
            raise ApiRefusal(_INVALID, "NewReplicationFactor must be larger than it is now.")
        _check_count(wanted)
        for zone in call.params.get("AvailabilityZones") or [None] * (wanted - len(cluster.nodes)):
            cluster.add_node()
            cluster.nodes[-1].zone = zone or cluster.nodes[-1].zone
        self._reopen(cluster)
        return {"Cluster": cluster.shape("modifying")}

    def _decrease(self, call: ApiCall) -> Result:
        cluster, wanted = self._named(call), call.params["NewReplicationFactor"]
        if not 0 < wanted < len(cluster.nodes):
            raise ApiRefusal(_INVALID, "NewReplicationFactor must be smaller than it is now.")
        leaving = list(call.params.get("NodeIdsToRemove") or ())
        known = {node.id for node in cluster.nodes}
        if not set(leaving) <= known:
            missing = ", ".join(sorted(set(leaving) - known))
            raise ApiRefusal("NodeNotFoundFault", f"Node not found: {missing}")
        kept = [node for node in cluster.nodes if node.id not in leaving]
        cluster.nodes = kept[:wanted]
        self._reopen(cluster)
        return {"Cluster": cluster.shape("modifying")}

    def _reopen(self, cluster: Cluster) -> None:
        self._opened(cluster)
        self._note(cluster, f"Cluster has {len(cluster.nodes)} nodes.")

    def _reboot(self, call: ApiCall) -> Result:
        cluster = self._named(call)
        if call.params["NodeId"] not in {node.id for node in cluster.nodes}:
            raise ApiRefusal("NodeNotFoundFault", f"Node not found: {call.params['NodeId']}")
        self._rebooted(cluster)
        self._note(cluster, f"Node {call.params['NodeId']} rebooted.")
        return {"Cluster": cluster.shape("modifying")}

    # -- tags and events ------------------------------------------------------------------------

    def _tag(self, call: ApiCall) -> Result:
        cluster = self._by_arn(call)
        tags = {tag["Key"]: tag.get("Value", "") for tag in call.params["Tags"]}
        if len({**cluster.tags, **tags}) > MAX_TAGS:
            raise ApiRefusal(
                "TagQuotaPerResourceExceeded", f"A cluster can have {MAX_TAGS} tags at most."
            )
        cluster.tags.update(tags)
        return {"Tags": _tag_list(cluster.tags)}

    def _untag(self, call: ApiCall) -> Result:
        cluster = self._by_arn(call)
        for key in call.params["TagKeys"]:
            if key not in cluster.tags:
                raise ApiRefusal("TagNotFoundFault", f"Tag not found: {key}")
            del cluster.tags[key]
        return {"Tags": _tag_list(cluster.tags)}

    def _list_tags(self, call: ApiCall) -> Result:
        return page(call, "Tags", _tag_list(self._by_arn(call).tags))

    def _describe_events(self, call: ApiCall) -> Result:
        wanted = call.params.get("SourceName")
        events = [
            {"SourceName": name, "SourceType": kind, "Message": message, "Date": when}
            for region, when, name, kind, message in reversed(self._events)
            if region == call.region and wanted in (None, name)
        ]
        return page(call, "Events", events)

    def _note(self, cluster: Cluster, message: str) -> None:
        now = self._cloud.clock.now()
        self._events.append((cluster.region, now, cluster.name, "CLUSTER", message))

    # -- checks -------------------------------------------------------------------------------

    def _find(self, region: str, name: str) -> Cluster:
        cluster = self._clusters.get((region, name.lower()))
        if cluster is None:
            raise ApiRefusal("ClusterNotFoundFault", f"Cluster {name} not found.")
        return cluster

    def _named(self, call: ApiCall) -> Cluster:
        return self._find(call.region, call.params["ClusterName"])

    def _by_arn(self, call: ApiCall) -> Cluster:
        arn = call.params["ResourceName"]
        match = re.fullmatch(r"arn:aws:dax:[a-z0-9-]+:\d{12}:cache/(.+)", arn)
        if match is None:
            raise ApiRefusal("InvalidARNFault", f"Invalid ARN: {arn}")
        return self._find(call.region, match[1])

    def _check_role(self, role_arn: str, cluster_arn: str) -> None:
        if not self._may_assume(role_arn, cluster_arn):
            raise ApiRefusal(
                _INVALID,
                f"No permission to assume role: {role_arn}. The role must exist and trust "
                "dax.amazonaws.com",
            )

    def _security_groups(self, region: str, vpc: str, ids: list[str] | None) -> list[str]:
        from botocore.exceptions import ClientError

        ec2 = self._cloud.raw("ec2", region=region)
        if not ids:
            wanted: Mapping[str, Any] = {
                "Filters": [
                    {"Name": "vpc-id", "Values": [vpc]},
                    {"Name": "group-name", "Values": ["default"]},
                ]
            }
        else:
            wanted = {"GroupIds": ids}
        try:
            found = ec2.describe_security_groups(**wanted)["SecurityGroups"]
        except ClientError as error:
            raise ApiRefusal(_INVALID, error.response["Error"]["Message"]) from None
        if any(group["VpcId"] != vpc for group in found):
            raise ApiRefusal(_INVALID, f"A security group is not in {vpc}, the cluster's VPC.")
        return [group["GroupId"] for group in found]


def _check_count(count: int) -> None:
    if count < 1:
        raise ApiRefusal(_INVALID, "ReplicationFactor must be at least 1.")
    if count > MAX_NODES:
        raise ApiRefusal(
            "NodeQuotaForClusterExceededFault", f"A cluster has {MAX_NODES} nodes at most."
        )


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
