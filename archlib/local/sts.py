"""STS as a plane: who am I, and sessions handed out by AssumeRole.

Whether a role may be assumed (its trust policy) is IAM's guard to decide; this plane makes
the credentials that moto hands out known to the cloud's identities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, ApiRefusal, Result
from archlib.local.identity import Caller, Credentials

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

HOUR = 3600

#: Operations whose credentials moto would make up and nobody would know.
_NOT_IMITATED = ("AssumeRoleWithSAML", "AssumeRoot", "GetFederationToken")


class SecurityTokens:
    """GetCallerIdentity, AssumeRole and GetSessionToken."""

    def start(self, cloud: LocalCloud) -> None:
        """Register the operations."""
        self._cloud = cloud
        cloud.api.handle("sts", "GetCallerIdentity", self._who)
        self._inner = cloud.api.handler("sts", "AssumeRole")
        cloud.api.handle("sts", "AssumeRole", self._assume)
        cloud.api.after("sts", "AssumeRole", self._assumed)
        cloud.api.after("sts", "GetSessionToken", self._session)
        for name in _NOT_IMITATED:
            cloud.api.handle("sts", name, self._not_imitated)

    def stop(self) -> None:
        """Nothing to leave behind: sessions live and die with the cloud."""

    @staticmethod
    def _who(call: ApiCall) -> Result:
        return {
            "UserId": call.caller.user_id,
            "Account": call.caller.account,
            "Arn": call.caller.arn,
        }

    @staticmethod
    def _not_imitated(call: ApiCall) -> Result:
        raise Unsupported(
            f"the local cloud hands out no credentials by sts:{call.operation}",
            hint="AssumeRole and AssumeRoleWithWebIdentity are imitated",
        )

    def _assume(self, call: ApiCall) -> Result:
        """Somebody else's part, for a role that exists and no longer than it may be assumed.

        AWS: IAM User Guide, "Update the maximum session duration for a role" and "Roles terms
        and concepts", "Role chaining" (one hour at most).
        """
        arn, seconds = call.params["RoleArn"], call.params.get("DurationSeconds", 3600)
        role = self._role(arn)
        if role is None:
            raise ApiRefusal(
                "AccessDenied",
                f"User: {call.caller.arn} is not authorized to perform: sts:AssumeRole on "
                f"resource: {arn}",
                403,
            )
        if call.caller.kind == "assumed-role" and seconds > HOUR:
            raise ApiRefusal(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
                "by role chaining.",
            )
        if seconds > int(role.max_session_duration or HOUR):
            raise ApiRefusal(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            )
        return call.proceed() if self._inner is None else self._inner(call)

    def _role(self, arn: str) -> Any:
        from moto.iam.models import iam_backends

        roles = iam_backends[self._cloud.account]["aws"].roles
        return next((role for role in roles.values() if role.arn == arn), None)

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
