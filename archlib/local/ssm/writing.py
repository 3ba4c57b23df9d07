"""Putting and deleting parameters, labels and tags.

Source: AWS Systems Manager API Reference, "PutParameter", "DeleteParameter(s)",
"LabelParameterVersion", "UnlabelParameterVersion", "AddTagsToResource"; AWS Systems Manager User
Guide, "Managing parameter tiers". A version of another type than the last one is accepted, as
AWS does (its page on HierarchyTypeMismatchException notwithstanding).
"""

from __future__ import annotations

import re
from typing import Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.ssm import names, refusals
from archlib.local.ssm.parameter import LABELS, Kind, Parameter, Tier, Version
from archlib.local.ssm.policies import expiration
from archlib.local.ssm.sealing import DEFAULT_KEY, Sealer
from archlib.local.ssm.store import Parameters

_SIZES: dict[Tier, int] = {"Standard": 4096, "Advanced": 8192}
_TAGS = 50
_LABEL = re.compile(r"(?!\d)(?!(?i:aws|ssm))[a-zA-Z0-9_.\-]+")
_TIERS_PAGE = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "parameter-store-advanced-parameters.html"
)


class Writing:
    """Operations that change parameters."""

    def __init__(self, parameters: Parameters, sealer: Sealer) -> None:
        self._parameters = parameters
        self._sealer = sealer

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "PutParameter": self._put,
            "DeleteParameter": self._delete,
            "DeleteParameters": self._delete_many,
            "LabelParameterVersion": self._label,
            "UnlabelParameterVersion": self._unlabel,
            "AddTagsToResource": self._tag,
            "RemoveTagsFromResource": self._untag,
            "ListTagsForResource": self._list_tags,
        }

    def _put(self, call: ApiCall) -> Result:
        params = call.params
        name = params["Name"].strip()
        names.check_new(name)
        _check_value(params["Value"])
        overwrite, tags = params.get("Overwrite", False), params.get("Tags")
        if overwrite and tags:
            raise refusals.invalid(
                "Invalid request: tags and overwrite can't be used together. To create a "
                "parameter with tags, please remove overwrite flag. To update tags for an "
                "existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
            )
        old = self._parameters.find(call.region, name)
        if old is not None and not overwrite:
            raise ApiRefusal(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option "
                "in the request to true.",
            )
        kind: Kind | None = params.get("Type") or (old.latest.kind if old else None)
        if kind is None:
            raise refusals.invalid("A parameter type is required when you create a parameter.")
        parameter = old or self._parameters.new(call.region, name)
        call.hop.target = parameter.arn
        version = self._version(call, parameter, kind, old.latest if old else None)
        ends = expiration(version.policies, version.tier)
        parameter.make_room()
        parameter.versions.append(version)
        if old is None:
            parameter.tags = {tag["Key"]: tag["Value"] for tag in tags or ()}
            self._parameters.add(call.region, parameter)
        if old is None or ends != parameter.ends:
            self._parameters.schedule_end(call.region, parameter, ends)
        return {"Version": version.number, "Tier": version.tier}

    def _version(
        self, call: ApiCall, parameter: Parameter, kind: Kind, last: Version | None
    ) -> Version:
        """The next version; what the request leaves out stays as it was."""
        params, value = call.params, call.params["Value"]

        def kept(name: str, before: Any) -> Any:
            return params.get(name, before)

        policies = kept("Policies", last.policies if last else None)
        tier = _tier(params.get("Tier"), last, len(value.encode()), policies)
        pattern = kept("AllowedPattern", last.allowed_pattern if last else None)
        _check_pattern(pattern, kind, value)
        data_type = params.get("DataType") or (last.data_type if last else "text")
        _check_data_type(data_type, kind, value)
        key_id = None
        if kind == "SecureString":
            key_id = params.get("KeyId") or DEFAULT_KEY
            value = self._sealer.seal(call, parameter.arn, key_id, tier, value)
        elif params.get("KeyId"):
            raise refusals.invalid("KeyId is required for SecureString type parameter only.")
        return Version(
            (last.number if last else 0) + 1,
            kind,
            value,
            tier,
            self._parameters.now(),
            call.caller.arn,
            kept("Description", last.description if last else None),
            pattern,
            key_id,
            data_type,
            policies,
        )

    def _delete(self, call: ApiCall) -> Result:
        parameter = self._parameters.named(call.region, call.params["Name"])
        call.hop.target = parameter.arn
        self._parameters.remove(call.region, parameter)
        return {}

    def _delete_many(self, call: ApiCall) -> Result:
        deleted, invalid = [], []
        for name in call.params["Names"]:
            parameter = self._parameters.find(call.region, name)
            if parameter is None:
                invalid.append(name)
            else:
                self._parameters.remove(call.region, parameter)
                deleted.append(name)
        return {"DeletedParameters": deleted, "InvalidParameters": invalid}

    # -- labels ------------------------------------------------------------------------------

    def _label(self, call: ApiCall) -> Result:
        parameter, version = self._numbered(call)
        wanted = call.params["Labels"]
        valid = [label for label in wanted if _LABEL.fullmatch(label)]
        added = [label for label in valid if label not in version.labels]
        if len(version.labels) + len(added) > LABELS:
            raise ApiRefusal(
                "ParameterVersionLabelLimitExceeded",
                f"A parameter version can have a maximum of {LABELS} labels. Move one or more "
                "labels to another version and try again.",
            )
        for label in added:
            for other in parameter.versions:
                if label in other.labels:
                    other.labels.remove(label)
            version.labels.append(label)
        invalid = [label for label in wanted if label not in valid]
        return {"InvalidLabels": invalid, "ParameterVersion": version.number}

    def _unlabel(self, call: ApiCall) -> Result:
        _, version = self._numbered(call)
        removed, invalid = [], []
        for label in call.params["Labels"]:
            if label in version.labels:
                version.labels.remove(label)
                removed.append(label)
            else:
                invalid.append(label)
        return {"RemovedLabels": removed, "InvalidLabels": invalid}

    def _numbered(self, call: ApiCall) -> tuple[Parameter, Version]:
        parameter = self._parameters.named(call.region, call.params["Name"])
        call.hop.target = parameter.arn
        number = call.params.get("ParameterVersion")
        return parameter, parameter.version(None if number is None else str(number))

    # -- tags --------------------------------------------------------------------------------

    def _tag(self, call: ApiCall) -> Result:
        if call.params["ResourceType"] != "Parameter":
            return call.proceed()
        parameter = self._tagged(call)
        tags = {**parameter.tags, **{t["Key"]: t["Value"] for t in call.params["Tags"]}}
        if len(tags) > _TAGS:
            raise ApiRefusal("TooManyTagsError", "")
        parameter.tags = tags
        return {}

    def _untag(self, call: ApiCall) -> Result:
        if call.params["ResourceType"] != "Parameter":
            return call.proceed()
        parameter = self._tagged(call)
        for key in call.params["TagKeys"]:
            parameter.tags.pop(key, None)
        return {}

    def _list_tags(self, call: ApiCall) -> Result:
        if call.params["ResourceType"] != "Parameter":
            return call.proceed()
        tags = self._tagged(call).tags
        return {"TagList": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tagged(self, call: ApiCall) -> Parameter:
        parameter = self._parameters.find(call.region, call.params["ResourceId"])
        if parameter is None:
            raise ApiRefusal("InvalidResourceId", "")
        call.hop.target = parameter.arn
        return parameter


def _check_value(value: str) -> None:
    if not value:
        raise refusals.invalid(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1."
        )
    if "{{" in value and "}}" in value:
        raise refusals.invalid(
            'Parameter value: can\'t nest another parameter. Do not use "{{}}" in the value.'
        )


def _tier(asked: str | None, last: Version | None, size: int, policies: str | None) -> Tier:
    """The tier of a new version; raises ValidationException when it cannot be."""
    was = last.tier if last else "Standard"
    tier: Tier
    if asked == "Intelligent-Tiering":
        needed = size > _SIZES["Standard"] or bool(policies)
        tier = "Advanced" if needed or was == "Advanced" else "Standard"
    else:
        tier = "Advanced" if (asked or was) == "Advanced" else "Standard"
    if was == "Advanced" and tier == "Standard":
        raise refusals.invalid(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter "
            "from the advanced-parameter tier to the standard-parameter tier. If necessary, you "
            "can delete the advanced parameter and recreate it as a standard parameter."
        )
    if size > _SIZES[tier]:
        larger = (
            " To create a larger parameter value, upgrade the parameter to use the "
            f"advanced-parameter tier. For more information, see {_TIERS_PAGE}"
            if tier == "Standard"
            else ""
        )
        raise refusals.invalid(
            f"{tier} tier parameters support a maximum parameter value of {_SIZES[tier]} "
            f"characters.{larger}"
        )
    return tier


def _check_pattern(pattern: str | None, kind: Kind, value: str) -> None:
    if not pattern:
        return
    try:
        compiled = re.compile(pattern)
    except re.error:
        raise ApiRefusal(
            "InvalidAllowedPatternException",
            f"The request doesn't meet the regular expression requirement: {pattern}",
        ) from None
    items = value.split(",") if kind == "StringList" else [value]
    if not all(compiled.fullmatch(item) for item in items):
        raise ApiRefusal(
            "ParameterPatternMismatchException",
            f"Parameter value, cannot be validated against allowedPattern: {pattern}",
        )


def _check_data_type(data_type: str, kind: Kind, value: str) -> None:
    if data_type == "text":
        return
    if data_type != "aws:ec2:image":
        raise Unsupported(
            f"parameters of data type {data_type} are not imitated",
            where="ssm:PutParameter DataType",
            hint="text and aws:ec2:image are",
        )
    if kind != "String" or not re.fullmatch(r"ami-[0-9a-f]{8,17}", value):
        raise refusals.invalid(
            "The parameter value must be a valid AMI ID for the data type aws:ec2:image."
        )
