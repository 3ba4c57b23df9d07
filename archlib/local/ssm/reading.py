"""Reading parameters: one, several, below a path, their history, their descriptions.

Source: AWS Systems Manager API Reference, "GetParameter", "GetParameters", "GetParametersByPath",
"GetParameterHistory", "DescribeParameters". Public parameters (``/aws/service/…``) are moto's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.clock import moment
from archlib.local.refusal import ApiRefusal
from archlib.local.ssm import names, reference, refusals
from archlib.local.ssm.filters import matching
from archlib.local.ssm.names import Reference
from archlib.local.ssm.parameter import Parameter, Version
from archlib.local.ssm.sealing import Sealer
from archlib.local.ssm.store import Parameters

T = TypeVar("T")

PUBLIC = "/aws/service/"


class Reading:
    """Operations that read parameters."""

    def __init__(self, parameters: Parameters, sealer: Sealer) -> None:
        self._parameters = parameters
        self._sealer = sealer

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "GetParameter": self._get,
            "GetParameters": self._get_many,
            "GetParametersByPath": self._get_below,
            "GetParameterHistory": self._history,
            "DescribeParameters": self._describe,
        }

    def _get(self, call: ApiCall) -> Result:
        return {"Parameter": self._one(call, names.reference(call.params["Name"]))}

    def _get_many(self, call: ApiCall) -> Result:
        found: list[dict[str, Any]] = []
        invalid: list[str] = []
        for text in call.params["Names"]:
            self._collect(call, text, found, invalid)
        return {
            "Parameters": sorted(found, key=lambda one: str(one["Name"])),
            "InvalidParameters": invalid,
        }

    def _collect(
        self, call: ApiCall, text: str, found: list[dict[str, Any]], invalid: list[str]
    ) -> None:
        try:
            found.append(self._one(call, names.reference(text)))
        except ApiRefusal as refusal:
            if refusal.code not in ("ParameterNotFound", "ParameterVersionNotFound"):
                raise
            invalid.append(text)

    def _one(self, call: ApiCall, wanted: Reference) -> dict[str, Any]:
        cloud = self._parameters.cloud
        if wanted.name.startswith(PUBLIC):
            below = cloud.raw("ssm", region=call.region)
            try:
                public: dict[str, Any] = below.get_parameter(Name=wanted.name)["Parameter"]
            except below.exceptions.ParameterNotFound:
                raise refusals.not_found() from None
            return public
        if wanted.name.startswith(reference.PREFIX):
            arn = names.arn(call.region, cloud.account, wanted.name)
            return reference.secret(cloud, call, wanted, arn)
        parameter = self._parameters.named(call.region, wanted.name)
        call.hop.target = parameter.arn
        version = parameter.version(wanted.selector)
        selector = {} if wanted.selector is None else {"Selector": f":{wanted.selector}"}
        return {**self._told(call, parameter, version), **selector}

    def _told(self, call: ApiCall, parameter: Parameter, version: Version) -> dict[str, Any]:
        return {
            "Name": parameter.name,
            "Type": version.kind,
            "Value": self._value(call, parameter, version),
            "Version": version.number,
            "LastModifiedDate": moment(version.modified),
            "ARN": parameter.arn,
            "DataType": version.data_type,
        }

    def _value(self, call: ApiCall, parameter: Parameter, version: Version) -> str:
        if call.params.get("WithDecryption"):
            return self._sealer.open(call, parameter, version)
        return version.value

    def _get_below(self, call: ApiCall) -> Result:
        params = call.params
        if f"{params['Path'].rstrip('/')}/".startswith(PUBLIC):
            return call.proceed()
        path = names.check_path(params["Path"])
        recursive = params.get("Recursive", False)
        below = [
            one
            for one in self._parameters.all(call.region)
            if names.below(path, one.name, recursive=recursive)
        ]
        chosen = matching(below, params.get("ParameterFilters"), by_path=True)
        found, more = _page(call, chosen, 10)
        return {"Parameters": [self._told(call, one, one.latest) for one in found], **more}

    def _history(self, call: ApiCall) -> Result:
        parameter = self._parameters.named(call.region, names.reference(call.params["Name"]).name)
        call.hop.target = parameter.arn
        found, more = _page(call, parameter.versions, 50)
        told = [
            {
                **_described(parameter, version),
                "Value": self._value(call, parameter, version),
                "Labels": list(version.labels),
            }
            for version in found
        ]
        return {"Parameters": told, **more}

    def _describe(self, call: ApiCall) -> Result:
        params = call.params
        if params.get("Shared"):
            raise Unsupported("shared parameters are not imitated", where="ssm:DescribeParameters")
        if params.get("Filters") and params.get("ParameterFilters"):
            raise refusals.invalid(
                "You can use either Filters or ParameterFilters in a single request."
            )
        filters = params.get("ParameterFilters") or [
            # The old filters: a prefix of the name, or the value of something else.
            {**one, "Option": "BeginsWith" if one["Key"] == "Name" else "Equals"}
            for one in params.get("Filters") or ()
        ]
        chosen = matching(self._parameters.all(call.region), filters, by_path=False)
        found, more = _page(call, chosen, 10)
        told = [{**_described(one, one.latest), "ARN": one.arn} for one in found]
        return {"Parameters": told, **more}


def _described(parameter: Parameter, version: Version) -> dict[str, Any]:
    """What DescribeParameters and GetParameterHistory both tell."""
    told: dict[str, Any] = {
        "Name": parameter.name,
        "Type": version.kind,
        "LastModifiedDate": moment(version.modified),
        "LastModifiedUser": version.user,
        "Version": version.number,
        "Tier": version.tier,
        "Policies": [],
        "DataType": version.data_type,
    }
    optional = {
        "KeyId": version.key_id,
        "Description": version.description,
        "AllowedPattern": version.allowed_pattern,
    }
    told.update({name: text for name, text in optional.items() if text})
    if version.policies:
        told["Policies"] = [
            {"PolicyText": version.policies, "PolicyType": "Expiration", "PolicyStatus": "Pending"}
        ]
    return told


def _page(call: ApiCall, items: Sequence[T], limit: int) -> tuple[Sequence[T], Result]:
    token = call.params.get("NextToken")
    if token and not token.isdecimal():
        raise ApiRefusal("InvalidNextToken", "The specified token isn't valid.")
    begin = int(token or 0)
    end = begin + int(call.params.get("MaxResults") or limit)
    return items[begin:end], ({"NextToken": str(end)} if end < len(items) else {})
