"""IAM as a plane: every call is judged before it is served.

The guard asks the operation tables what a call needs, gathers what is attached to the caller
and to the resource, and lets the pure evaluator decide. Other planes ask :meth:`decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall
from archlib.local.iam import denial, lookups
from archlib.local.iam.attached import Attached, attached_to, session_policies
from archlib.local.iam.authorization import Authorization, Call, Context
from archlib.local.iam.callers import (
    Asker,
    ServicePrincipal,
    free,
    identity_keys,
    principal_of,
    request_keys,
)
from archlib.local.iam.document import PolicyKind, parse_policy
from archlib.local.iam.evaluation import (
    Ceiling,
    Decision,
    Policies,
    Policy,
    Request,
    decide,
)
from archlib.local.iam.lookups import Lookup, ResourcePolicies, Sought
from archlib.local.iam.operations import UNIFORM, authorizations
from archlib.local.iam.operations.apigateway import request_path
from archlib.local.iam.pattern import ContextValue
from archlib.local.iam.principal import Principal
from archlib.local.iam.state import DeployedState, Keeper
from archlib.local.iam.writes import PolicyWrites
from archlib.local.identity import Caller
from archlib.local.refusal import ApiRefusal
from archlib.local.trace import OpenHop

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_ADMINISTRATOR = Decision(
    True, "allow", None, "the local cloud's administrator is not subject to IAM"
)


class IamEnforcement:
    """The guard of every API call, and the decision point for the other planes."""

    def start(self, cloud: LocalCloud) -> None:
        """Register the guard and IAM's own handlers."""
        self._cloud = cloud
        self._lookups: dict[str, Lookup] = dict(lookups.LOOKUPS)
        self._keepers: dict[str, Keeper] = {}
        self._writes = PolicyWrites(cloud)
        cloud.api.guard(self.require)

    def stop(self) -> None:
        """Nothing to leave behind: compiled documents are shared by text."""

    # -- seams for other planes -----------------------------------------------------------

    def register_lookup(self, service: str, lookup: Lookup) -> None:
        """Say where a service's resource policies are found; replaces an earlier entry."""
        self._lookups[service] = lookup

    def wrap_lookup(self, service: str, wrap: Callable[[Lookup], Lookup]) -> None:
        """Change which of a service's resource policies are in effect, e.g. for S3's
        block public access."""
        self._lookups[service] = wrap(self._lookups.get(service, _no_policies))

    def register_keeper(self, service: str, keeper: Keeper) -> None:
        """Say which plane keeps a service's resources: it knows them by name and by tag."""
        self._keepers[service] = keeper

    def resource_policies(
        self, asker: Asker, action: str, resource: str, *, region: str | None = None
    ) -> ResourcePolicies:
        """The resource's policies in effect for this caller."""
        who = principal_of(asker, {})
        needed = Authorization(action, resource)
        return self._resource_policies(who, needed, region or self._cloud.region)

    # -- decisions --------------------------------------------------------------------------

    def decide(
        self,
        asker: Asker,
        action: str,
        resource: str = "*",
        context: Mapping[str, ContextValue] | None = None,
        *,
        region: str | None = None,
        hop: OpenHop | None = None,
    ) -> Decision:
        """Judge one action on one resource.

        Args:
            asker: a caller, a service principal, or a federated identity asking for a role.
            action: "service:Action".
            resource: the resource's ARN, or "*".
            context: condition keys beyond the global ones; they win over those.
            region: the called endpoint's region (default: the cloud's).
            hop: where to note the reason (``detail["iam"]``).

        Raises:
            PolicyError: a stored policy document is malformed.
        """
        decision, _ = self._judge(
            asker, Authorization(action, resource, context or {}), region or self._cloud.region
        )
        if hop is not None:
            hop.detail["iam"] = decision.reason
        return decision

    def explain(self, asker: Asker, action: str, resource: str, decision: Decision) -> str:
        """The access denied message for a decision, in the form most services use."""
        return denial.message(principal_of(asker, {}), action, resource, decision)

    def require(self, call: ApiCall) -> None:
        """The guard: raise the service's own access denied error unless all is allowed.

        Raises:
            ApiRefusal: the call is denied.
            Unsupported: what the operation needs is not known.
        """
        if free(call.caller, f"{call.service}:{call.operation}"):
            return
        reasons: dict[str, None] = {}
        ceilings = _ceilings(call)
        for needed in authorizations(self._call(call)):
            if not reasons and needed.resource != "*":
                call.hop.target = needed.resource
            needed = replace(needed, context={**needed.context, **call.context})
            decision, who = self._judge(call.caller, needed, call.region, ceilings)
            reasons[decision.reason] = None
            if not decision.allowed:
                call.hop.detail["iam"] = decision.reason
                raise denial.refusal(
                    call.service,
                    call.operation,
                    self._protocol(call.service),
                    who,
                    needed.action,
                    needed.resource,
                    decision,
                )
        call.hop.detail["iam"] = "; ".join(reasons) or "no permission needed"

    def require_of(self, asker: Asker, call: ApiCall) -> None:
        """Like :meth:`require`, for a service or identity that makes the call in its own name.

        Raises:
            ApiRefusal: ``AccessDenied``; the reason is noted on the call's hop.
        """
        reasons: dict[str, None] = {}
        for needed in authorizations(self._call(call)):
            context = {**needed.context, **call.context}
            decision = self.decide(
                asker, needed.action, needed.resource, context, region=call.region, hop=call.hop
            )
            reasons[decision.reason] = None
            if not decision.allowed:
                raise ApiRefusal("AccessDenied", "Access Denied", 403)
        call.hop.detail["iam"] = "; ".join(reasons) or "no permission needed"

    def _judge(
        self,
        asker: Asker,
        needed: Authorization,
        region: str,
        ceilings: tuple[Ceiling, ...] = (),
    ) -> tuple[Decision, Principal]:
        caller = asker if isinstance(asker, Caller) else None
        if caller is not None and free(caller, needed.action):
            who = Principal("root", caller.arn, caller.account)
            return _ADMINISTRATOR, who
        attached = attached_to(caller, self._writes.user_boundaries) if caller else Attached()
        who = principal_of(asker, attached.tags or {})
        resource = self._resource_policies(who, needed, region)
        owner = resource.owner or _account_of(needed.resource)
        keys = {
            **request_keys(self._cloud.clock.time(), region),
            **identity_keys(asker, who),
            **({"aws:ResourceAccount": owner} if owner else {}),
            **self._description(needed.resource),
            **needed.context,
        }
        policies = Policies(
            identity=attached.identity,
            resource=_compiled(resource),
            boundary=attached.boundary,
            session=session_policies(caller) if caller else None,
            resource_layer=resource.layer,
            resource_must_allow=resource.must_allow,
            ceilings=ceilings,
        )
        request = Request(who, needed.action, needed.resource, keys, owner)
        return decide(request, policies), who

    def _resource_policies(
        self, who: Principal, needed: Authorization, region: str
    ) -> ResourcePolicies:
        lookup = self._lookups.get(needed.action.partition(":")[0].lower())
        if lookup is None or needed.resource == "*":
            return lookups.NONE
        account = self._cloud.account
        return lookup(Sought(who, needed.action, needed.resource, account, region, needed.context))

    def _description(self, resource: str) -> Context:
        """Condition keys of the resource, where a plane keeps it."""
        keeper = self._keepers.get(resource.partition(":")[2].partition(":")[2].partition(":")[0])
        return {} if keeper is None else keeper.context_of(resource)

    def _call(self, call: ApiCall) -> Call:
        return Call(
            service=call.service,
            operation=call.operation,
            params=call.params,
            region=call.region,
            account=call.caller.account or self._cloud.account,
            facts=DeployedState(self._cloud.account, call.region, self._keepers),
            http=self._http(call) if call.service in UNIFORM else ("POST", "/"),
            caller_arn=call.caller.arn,
        )

    def _http(self, call: ApiCall) -> tuple[str, str]:
        operation = self._model(call.service).operation_model(call.operation)
        return str(operation.http["method"]), request_path(operation, call.params)

    def _protocol(self, service: str) -> str:
        return str(self._model(service).resolved_protocol)

    def _model(self, service: str) -> Any:
        return self._cloud.raw(service).meta.service_model


def _ceilings(call: ApiCall) -> tuple[Ceiling, ...]:
    """The VPC endpoints' policies on the call's way (AWS PrivateLink, "Endpoint policies")."""
    return tuple(
        Ceiling("VPC endpoint policy", (Policy(name, parse_policy(text, "resource")),))
        for name, text in call.endpoint_policies
    )


def _no_policies(sought: Sought) -> ResourcePolicies:
    return lookups.NONE


def _compiled(resource: ResourcePolicies) -> tuple[Policy, ...]:
    kind: PolicyKind = "trust" if resource.layer == "role trust policy" else "resource"
    return tuple(Policy(name, parse_policy(text, kind)) for name, text in resource.documents)


def _account_of(resource: str) -> str | None:
    """The account in an ARN; None where there is none (S3) or none of a customer's."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else None


__all__ = ["IamEnforcement", "ServicePrincipal"]
