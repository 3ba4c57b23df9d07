"""STS as a plane: who am I, and sessions handed out by AssumeRole.

Whether a role may be assumed (its trust policy) is IAM's guard to decide; this plane makes
the credentials that moto hands out known to the cloud's identities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.local.api import ApiCall, Result
from archlib.local.identity import Caller, Credentials

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class SecurityTokens:
    """GetCallerIdentity, AssumeRole and GetSessionToken."""

    def start(self, cloud: LocalCloud) -> None:
        """Register the operations."""
        self._cloud = cloud
        cloud.api.handle("sts", "GetCallerIdentity", self._who)
        cloud.api.after("sts", "AssumeRole", self._assumed)
        cloud.api.after("sts", "GetSessionToken", self._session)

    def stop(self) -> None:
        """Nothing to leave behind: sessions live and die with the cloud."""

    @staticmethod
    def _who(call: ApiCall) -> Result:
        return {
            "UserId": call.caller.user_id,
            "Account": call.caller.account,
            "Arn": call.caller.arn,
        }

    def _assumed(self, call: ApiCall, result: Result) -> None:
        user = result["AssumedRoleUser"]
        policies = [call.params["Policy"]] if call.params.get("Policy") else []
        for entry in call.params.get("PolicyArns", ()):
            policies.append(self._managed_policy(entry["arn"]))
        credentials = _credentials(result)
        self._cloud.identities.register(
            credentials,
            Caller(
                "assumed-role",
                user["Arn"],
                call.caller.account,
                user["AssumedRoleId"],
                role_arn=call.params["RoleArn"],
                session_name=call.params["RoleSessionName"],
                source=call.caller.source,
                session_policies=tuple(policies),
                expires=credentials.expires,
                issued=self._cloud.clock.time(),
            ),
        )

    def _session(self, call: ApiCall, result: Result) -> None:
        credentials = _credentials(result)
        caller = call.caller
        self._cloud.identities.register(
            credentials,
            Caller(
                caller.kind, caller.arn, caller.account, caller.user_id,
                source=caller.source, expires=credentials.expires,
                issued=self._cloud.clock.time(),
            ),
        )  # fmt: skip

    def _managed_policy(self, arn: str) -> str:
        import json

        iam = self._cloud.raw("iam")
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        return json.dumps(document["PolicyVersion"]["Document"])


def _credentials(result: Result) -> Credentials:
    made = result["Credentials"]
    return Credentials(
        made["AccessKeyId"],
        made["SecretAccessKey"],
        made["SessionToken"],
        made["Expiration"].timestamp(),
    )
