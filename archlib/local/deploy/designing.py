"""A request worked out before anything is deployed: parameters, transforms, every reference.

Whatever is wrong here refuses the request itself (``ValidationError``); no stack comes to be.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.errors import Unsupported
from archlib.local.deploy import registry
from archlib.local.deploy.anatomy import Anatomy, transforms
from archlib.local.deploy.capabilities import required_capabilities
from archlib.local.deploy.conditions import live_outputs, live_resources
from archlib.local.deploy.dynamic import misplaced_secure_strings
from archlib.local.deploy.errors import StackError, pointer_steps
from archlib.local.deploy.extensions import EXTENSIONS, unroll
from archlib.local.deploy.intrinsics import Evaluator
from archlib.local.deploy.ordering import creation_order, dependencies
from archlib.local.deploy.parameters import check_declarations, resolve_parameters
from archlib.local.deploy.reading import Source
from archlib.local.deploy.references import check_references, references
from archlib.local.deploy.resource_type import ResourceType
from archlib.local.deploy.rules import check_rules
from archlib.local.deploy.scope import Surroundings
from archlib.local.deploy.sections import check_sections, take_apart
from archlib.local.deploy.serverless import SERVERLESS, expand_serverless
from archlib.local.deploy.spec import nearest
from archlib.local.deploy.stack import Design, Request


@dataclass(frozen=True)
class Designer:
    """Turns requests into designs for one account and region."""

    account: str
    region: str
    types: Mapping[str, ResourceType]
    surroundings: Surroundings

    def design(
        self, request: Request, stack_name: str, stack_id: str, *, direct: bool = True
    ) -> Design:
        """The design for a stack; raises :class:`StackError` as the API would refuse it.

        ``direct`` is False for a change set, which may hold macros without
        ``CAPABILITY_AUTO_EXPAND``.
        """
        body = request.source.body
        check_sections(body)
        declared = check_declarations(body.get("Parameters") or {})
        values = resolve_parameters(declared, request.parameters, self._ssm)
        names: dict[str, Any] = {name: value.resolved for name, value in values.items()}
        names.update(
            {
                "AWS::AccountId": self.account,
                "AWS::NotificationARNs": [],
                "AWS::Partition": "aws",
                "AWS::Region": self.region,
                "AWS::StackId": stack_id,
                "AWS::StackName": stack_name,
                "AWS::URLSuffix": "amazonaws.com",
            }
        )
        named = transforms(body)
        anatomy = take_apart(self.transformed(body, named, names), named)
        check_rules(anatomy.section("Rules"), names, anatomy.section("Mappings"))
        self._check_types(anatomy)
        self._check_capabilities(anatomy, request, direct)
        design = Design(request, anatomy, values, names, body.get("Description"))
        self._check_references(design)
        return design

    def transformed(
        self, body: dict[str, Any], named: tuple[str, ...], names: Mapping[str, Any]
    ) -> dict[str, Any]:
        """``body`` after its macros, in the order in which CloudFormation runs them."""
        for name in named:
            if name not in (SERVERLESS, EXTENSIONS):
                raise StackError(f"No transform named {name} found.", code="ValidationError")
        if not named:
            return body
        body = copy.deepcopy(body)
        if EXTENSIONS in named:
            scope = Evaluator(names, body.get("Mappings") or {}, extended=True)
            for section in ("Conditions", "Resources", "Outputs"):
                if section in body:
                    body[section] = unroll(body[section], scope.value)
            scope = Evaluator(
                names,
                body.get("Mappings") or {},
                body.get("Conditions") or {},
                extended=True,
            )
            for entry in body["Resources"].values():
                for key in ("DeletionPolicy", "UpdateReplacePolicy"):
                    if isinstance(entry, dict) and isinstance(entry.get(key), dict):
                        entry[key] = scope.value(entry[key])
        if SERVERLESS in named:
            body = expand_serverless(body, names, self.region)
        return body

    def _ssm(self, name: str) -> str:
        client = self.surroundings.client("ssm")
        try:
            found = client.get_parameter(Name=name, WithDecryption=False)["Parameter"]
        except client.exceptions.ClientError:
            raise StackError(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from None
        if found["Type"] == "SecureString":
            raise StackError(
                f"Parameters [{name}] referenced by template have types not supported by "
                "CloudFormation."
            )
        return str(found["Value"])

    def _check_types(self, anatomy: Anatomy) -> None:
        self._check_known(anatomy)
        for entry in anatomy.resources.values():
            policies = (entry.deletion_policy, entry.replace_policy)
            if "Snapshot" in policies and not self.types[entry.type].snapshots:
                raise StackError(
                    f"Template error: resource type {entry.type} does not support deletion "
                    f"policy Snapshot (resource {entry.logical_id})"
                )
        misplaced = [
            place
            for entry in anatomy.resources.values()
            for place in misplaced_secure_strings(entry.type, entry.properties)
        ]
        if misplaced:
            raise StackError(f"SSM Secure reference is not supported in: [{','.join(misplaced)}]")

    def _check_known(self, anatomy: Anatomy) -> None:
        strange = {
            entry.logical_id: entry.type
            for entry in anatomy.resources.values()
            if entry.type not in self.types
        }
        if not strange:
            return
        known = registry.types()
        missing = {
            name: kind
            for name, kind in strange.items()
            if kind not in known and not kind.startswith("Custom::")
        }
        if missing:
            name, kind = next(iter(missing.items()))
            hint = nearest(kind, known, cutoff=0.8)  # all begin alike
            raise StackError(
                "Template format error: Unrecognized resource types: "
                f"[{', '.join(sorted(set(missing.values())))}] (resource {name}"
                + (f"; {hint})" if hint else ")")
            )
        name, kind = next(iter(strange.items()))
        raise Unsupported(
            f"the local cloud has no resource type {', '.join(sorted(set(strange.values())))}",
            where=f"resource {name}",
            hint="docs/coverage.md lists the types it deploys",
        )

    def _check_capabilities(self, anatomy: Anatomy, request: Request, direct: bool) -> None:
        given = set(request.capabilities)
        needed, _ = required_capabilities(anatomy)
        lacking = []
        if needed and not given & {*needed, "CAPABILITY_NAMED_IAM"}:
            lacking += needed
        if direct and anatomy.transforms and "CAPABILITY_AUTO_EXPAND" not in given:
            lacking.append("CAPABILITY_AUTO_EXPAND")
        if lacking:
            raise StackError(
                f"Requires capabilities : [{', '.join(lacking)}]",
                code="InsufficientCapabilitiesException",
            )

    def _check_references(self, design: Design) -> None:
        scope = self.surroundings.evaluator(design, {})
        for name in design.anatomy.section("Conditions"):
            scope.condition(name)
        live = live_resources(design.anatomy, scope)
        check_references(design.anatomy, scope, live)
        creation_order(dependencies(live, scope))
        outputs = list(live_outputs(design.anatomy, scope).values())
        for node in [entry.properties for entry in live.values()] + outputs:
            for reference in references(node, scope):
                if reference.attribute is None or reference.name not in live:
                    continue
                kind = self.types[live[reference.name].type]
                if "${" in reference.attribute or kind.has_attribute(reference.attribute):
                    continue
                hint = nearest(reference.attribute, kind.attributes)
                raise StackError(
                    f"Template error: resource {reference.name} does not support attribute type "
                    f"{reference.attribute} in Fn::GetAtt" + (f" ({hint})" if hint else "")
                )


def source_line(source: Source, logical_id: str, path: str) -> int | None:
    """The template line of ``#/Property/0`` of a resource."""
    return source.line(("Resources", logical_id, "Properties", *pointer_steps(path)))
