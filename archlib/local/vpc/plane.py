"""Calls of functions that stand in a VPC: they arrive only if the network has a way for them.

A packet without a way is dropped: the client waits for its connect timeout, which is usually
longer than the function may run (AWS re:Post, "How do I troubleshoot Lambda function timeouts
in a VPC").
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall
from archlib.local.vpc.endpoints import create_endpoint
from archlib.local.vpc.reach import NoWay, way_out

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: botocore's default (botocore reference, "Config", connect_timeout).
CONNECT_TIMEOUT = 60.0

_FUNCTION = ":function:"


class VpcReach:
    """A guard of the API: no way, no call; and endpoints only to what there is."""

    def start(self, cloud: LocalCloud) -> None:
        """Register guard and handler."""
        self._cloud = cloud
        cloud.api.guard(self._check)
        cloud.api.handle(
            "ec2", "CreateVpcEndpoint", lambda call: create_endpoint(call, self._ec2(call.region))
        )

    def stop(self) -> None:
        """Nothing to leave behind."""

    def _check(self, call: ApiCall) -> None:
        if _FUNCTION not in call.caller.source:
            return
        network = self._network(call.caller.source)
        if not network or not network.get("SubnetIds"):
            return
        way = way_out(
            self._ec2(call.region),
            network["SubnetIds"],
            network.get("SecurityGroupIds") or (),
            call.service,
        )
        if isinstance(way, NoWay):
            self._drop(call, way.reason)
        elif way.policy is not None:
            call.endpoint_policies.append((f"policy of {way.by}", way.policy))

    def _drop(self, call: ApiCall, reason: str) -> None:
        from botocore.exceptions import ConnectTimeoutError

        call.hop.status, call.hop.error = 0, "ConnectTimeout"
        call.hop.detail["network"] = reason
        time.sleep(CONNECT_TIMEOUT)
        url = f"https://{call.service}.{call.region}.amazonaws.com/"
        raise ConnectTimeoutError(endpoint_url=url, error=reason)

    def _network(self, function_arn: str) -> dict[str, Any] | None:
        from moto.awslambda.models import lambda_backends

        parts = function_arn.split(":")
        backend: Any = lambda_backends[parts[4]][parts[3]]
        versions = backend._lambdas._functions.get(parts[6])
        found = versions["latest"].vpc_config if versions and versions.get("latest") else None
        return dict(found) if found else None

    def _ec2(self, region: str) -> Any:
        from moto.ec2.models import ec2_backends

        return ec2_backends[self._cloud.account][region]
