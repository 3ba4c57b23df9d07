"""An architecture becomes a template and the zips it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from troposphere import Output, Parameter
from troposphere import Template as TroposphereTemplate

from archlib.architecture.model import Architecture
from archlib.architecture.values import Attribute, Ref, Sub
from archlib.architecture.values import Output as OutputValue
from archlib.components.assets import ASSETS_BUCKET
from archlib.components.base import AwsComponent, Piece, TemplateParameter
from archlib.components.intrinsics import cfn
from archlib.components.network import Vpc
from archlib.components.plan import Plan
from archlib.errors import ModelError, TemplateError
from archlib.template.assets import Asset, build
from archlib.template.document import Template

FORMAT_VERSION = "2010-09-09"
CONTEXT = "com.aws.cloudformation.Context"
"""AWS's metadata key for why a resource is there (AWS CloudFormation Template Reference,
"Metadata attribute", "Context schema")."""

_RESOURCE_ORDER = (
    "Type",
    "Metadata",
    "DependsOn",
    "Condition",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Properties",
)


@dataclass(frozen=True)
class Emitted:
    """A template and the assets that its parameters stand for."""

    template: Template
    assets: tuple[Asset, ...]


def emit(architecture: Architecture) -> Emitted:
    """The template of an architecture; the same architecture always gives the same bytes.

    Raises :class:`archlib.errors.ModelError` when the design cannot work and
    :class:`archlib.errors.TemplateError` when code is missing or a value is refused.
    """
    architecture.validate()
    plan = Plan(architecture)
    components = [_emittable(component) for component in architecture.components]
    for component in components:
        component.check(plan)
    _check_holders(plan)
    assets = tuple(build(source) for component in components for source in component.assets())
    document = TroposphereTemplate(Description=f"{architecture.title}: {architecture.description}")
    for boundary in architecture.boundaries:
        if isinstance(boundary, Vpc):
            for piece in boundary.resources():
                _add(document, piece, boundary.name)
    for component in components:
        for piece in component.resources(plan):
            _add(document, piece, component.name)
    _add_parameters(document, assets)
    for component in components:
        for parameter in component.parameters():
            _add_choice(document, parameter)
    for output in architecture.outputs:
        _add_output(document, output)
    body = _ordered(document.to_dict(), architecture)
    return Emitted(Template(body, f"{architecture.name}.yaml"), assets)


def _emittable(component: object) -> AwsComponent:
    if not isinstance(component, AwsComponent):
        raise ModelError(
            f"{type(component).__name__} says nothing of its CloudFormation resources",
            where=getattr(component, "name", None),
            hint="use a class of archlib.components, or derive from AwsComponent",
        )
    return component


def _check_holders(plan: Plan) -> None:
    """A grant to somebody outside the design would be lost without a word."""
    names = {component.name for component in plan.architecture.components}
    for wire in plan.wires():
        for grant in wire.grants:
            if grant.holder not in names:
                raise ModelError(
                    f"grants {grant.actions[0]} to {grant.holder}, which is not a component",
                    where=f'connection {wire.source} "{wire.verb}" {wire.target}',
                )


def _add(document: TroposphereTemplate, piece: Piece, component: str) -> None:
    piece.resource.resource["Metadata"] = {
        "archlib": {"component": component, **piece.marks},
        CONTEXT: {"why": piece.purpose},
    }
    try:
        document.add_resource(piece.resource)
        piece.resource.to_dict()
    except (ValueError, TypeError) as error:
        raise TemplateError(str(error), where=f"{component}: {piece.resource.title}") from error


def _add_parameters(document: TroposphereTemplate, assets: tuple[Asset, ...]) -> None:
    if not assets:
        return
    document.add_parameter(
        Parameter(
            ASSETS_BUCKET,
            Type="String",
            Description="Bucket that holds the zips named below, in the stack's region",
        )
    )
    for asset in assets:
        document.add_parameter(
            Parameter(
                asset.parameter,
                Type="String",
                Default=asset.key,
                Description=f"Key of the {asset.kind} zip in that bucket; it follows the content",
            )
        )


def _add_choice(document: TroposphereTemplate, choice: TemplateParameter) -> None:
    given = {
        "Default": choice.default,
        "Description": choice.description,
        "AllowedPattern": choice.pattern,
    }
    told = {name: value for name, value in given.items() if value is not None}
    document.add_parameter(Parameter(choice.name, Type="String", **told))


_REFERENCES = re.compile(r"\$\{([A-Za-z0-9]+)")


def _add_output(document: TroposphereTemplate, output: OutputValue) -> None:
    value = output.value
    names = _REFERENCES.findall(value.text) if isinstance(value, Sub) else []
    if isinstance(value, Ref | Attribute):
        names = [value.name]
    for name in names:
        known = name in document.resources or name in document.parameters
        if not known and not name.startswith("AWS"):
            raise ModelError(
                f"speaks of {name}, which no component of the design makes",
                where=f"output {output.name}",
            )
    if output.name in document.outputs:
        raise ModelError("is there twice", where=f"output {output.name}")
    document.add_output(
        Output(output.name, Description=output.description, Value=cfn(output.value))
    )


def _ordered(document: dict[str, Any], architecture: Architecture) -> dict[str, Any]:
    """The document in the order in which people read templates."""
    resources = {
        name: {key: resource[key] for key in _RESOURCE_ORDER if key in resource}
        for name, resource in document["Resources"].items()
    }
    body: dict[str, Any] = {
        "AWSTemplateFormatVersion": FORMAT_VERSION,
        "Description": document["Description"],
        "Metadata": {
            "archlib": {"architecture": architecture.name},
            CONTEXT: {"arch": architecture.description},
        },
        "Parameters": document.get("Parameters"),
        "Resources": resources,
        "Outputs": document.get("Outputs"),
    }
    return {key: value for key, value in body.items() if value}
