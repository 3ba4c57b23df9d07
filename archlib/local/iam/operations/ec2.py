"""EC2: looking at networks and instances. Changing them is in no table.

AWS: "Actions, resources, and condition keys for Amazon EC2" (Describe actions have no
resource types).
"""

from __future__ import annotations

from archlib.local.iam.authorization import Table, same_name

EC2: Table = same_name(
    "ec2",
    "DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeImages "
    "DescribeInstanceAttribute DescribeInstanceStatus DescribeInstanceTypes DescribeInstances "
    "DescribeInternetGateways DescribeKeyPairs DescribeLaunchTemplates DescribeNatGateways "
    "DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists DescribeRegions "
    "DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSnapshots "
    "DescribeSubnets DescribeTags DescribeVolumes DescribeVpcAttribute "
    "DescribeVpcEndpointServices DescribeVpcEndpoints DescribeVpcPeeringConnections DescribeVpcs",
)
