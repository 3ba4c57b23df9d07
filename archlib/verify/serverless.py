"""Judging whether a template is serverless: no machine in it, and no fixed capacity."""

from __future__ import annotations

import json

from archlib.verify.check import Run
from archlib.verify.evidence import Evidence, judged
from archlib.verify.resources import of_type, properties

#: Types that are machines somebody sizes, patches or counts. DAX is named in the evidence.
SERVERS = (
    "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::",
    "AWS::ECS::", "AWS::EKS::", "AWS::RDS::", "AWS::ElastiCache::", "AWS::ElasticLoadBalancing",
    "AWS::ElasticLoadBalancingV2::", "AWS::Lightsail::", "AWS::ElasticBeanstalk::",
    "AWS::Redshift::", "AWS::OpenSearchService::", "AWS::Neptune::", "AWS::DocDB::",
)  # fmt: skip


#: The least rate and burst a stage must let through; API Gateway's own account limits are
#: 10,000 requests a second with bursts of 5,000 ("Quotas for configuring a REST API").
RATE, BURST = 1_000, 2_000


def serverless(run: Run) -> Evidence:
    """No machine among the resources."""
    servers = of_type(run.template.body, *SERVERS)
    dax = of_type(run.template.body, "AWS::DAX::Cluster")
    nodes = "; ".join(
        f"{name} runs {properties(r).get('ReplicationFactor')} {properties(r).get('NodeType')}"
        " nodes, since a cache in memory needs memory somewhere"
        for name, r in dax.items()
    )
    return judged(
        not servers,
        f"no server in the template; the exception is DAX: {nodes}" if dax else "no server",
        "there are servers: " + ", ".join(f"{n} ({r['Type']})" for n, r in servers.items()),
        resources=(*servers, *dax),
    )


def on_demand(run: Run) -> Evidence:
    """Every table scales by itself."""
    fixed = {
        name: properties(table).get("ProvisionedThroughput")
        for name, table in of_type(run.template.body, "AWS::DynamoDB::Table").items()
        if properties(table).get("BillingMode") != "PAY_PER_REQUEST"
    }
    return judged(
        not fixed,
        "every table is on demand",
        f"tables have a fixed capacity: {json.dumps(fixed, sort_keys=True)}",
        resources=fixed,
    )


def no_bottleneck(run: Run) -> Evidence:
    """No reserved concurrency, no small throttle."""
    found = []
    for name, function in of_type(run.template.body, "AWS::Lambda::Function").items():
        if (reserved := properties(function).get("ReservedConcurrentExecutions")) is not None:
            found.append(f"{name} runs at most {reserved} at a time")
    for name, stage in of_type(run.template.body, "AWS::ApiGateway::Stage").items():
        for setting in properties(stage).get("MethodSettings", ()):
            rate, burst = setting.get("ThrottlingRateLimit"), setting.get("ThrottlingBurstLimit")
            if (rate is not None and float(rate) < RATE) or (
                burst is not None and float(burst) < BURST
            ):
                where = f"{setting.get('HttpMethod')} {setting.get('ResourcePath')}"
                found.append(f"{name} lets {rate}/s through at {where}, bursts of {burst}")
    return judged(not found, "no fixed limit in the template", "; ".join(found))
