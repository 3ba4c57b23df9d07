"""CloudWatch alarms. Nothing evaluates them: an alarm stays in the state it was made in."""

from __future__ import annotations

from archlib.local.deploy.declared import invoke, shaped
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import TAGS, Record

_CW = "cloudwatch"
_TAGS = Tagging(_CW, "ResourceARN")


def _put(context: Context, values: Properties, name: str) -> Made:
    own = {k: v for k, v in values.items() if k != "Tags"}
    invoke(context, _CW, "PutMetricAlarm", {**own, "AlarmName": name})
    return Made(
        name, {"Arn": f"arn:aws:cloudwatch:{context.region}:{context.account}:alarm:{name}"}
    )


def _create(context: Context, values: Properties) -> Made:
    made = _put(context, values, values.get("AlarmName") or context.name(255))
    context.note(made)
    if values.get("Tags"):
        _TAGS.change(context, made.attributes["Arn"], (), values["Tags"])
    return made


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> None:
    _put(context, new, existing.physical_id)
    if "Tags" in changed:
        old = existing.properties.get("Tags")
        _TAGS.change(context, existing.attributes["Arn"], old, new.get("Tags"))


def _delete(context: Context, existing: Existing) -> None:
    invoke(context, _CW, "DeleteAlarms", {"AlarmNames": [existing.physical_id]})


ALARM = ResourceType(
    name="AWS::CloudWatch::Alarm",
    properties=Record(
        {
            **shaped(
                _CW,
                "PutMetricAlarm",
                "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator "
                "DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods "
                "ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace OKActions "
                "Period Statistic Threshold ThresholdMetricId TreatMissingData Unit",
            ),
            "Tags": TAGS,
        },
        frozenset({"ComparisonOperator", "EvaluationPeriods"}),
    ),
    create=_create,
    update=_update,
    delete=_delete,
    replacement=frozenset({"AlarmName"}),
    attributes=("Arn",),
    name_property="AlarmName",
    arn="arn:{partition}:cloudwatch:{region}:{account}:alarm:{id}",
    notes="Alarms are stored, not evaluated.",
)

TYPES = (ALARM,)
