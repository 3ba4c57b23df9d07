"""Templates of the Serverless Application Model, expanded as CloudFormation would.

The AWS SAM translator does the work, offline: it gets the managed policies that come with it
instead of asking IAM. Code in local folders becomes assets first, as ``sam package`` would do.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from archlib.components.assets import ASSETS_BUCKET, CodeDirectory
from archlib.errors import TemplateError
from archlib.template.assets import Asset, build

TRANSFORM = "AWS::Serverless-2016-10-31"

_LOCAL_CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}
"""Property of each type that may name a local folder."""


def is_sam(body: dict[str, Any]) -> bool:
    """Whether the template asks for SAM's transform."""
    transforms = body.get("Transform")
    return TRANSFORM in (transforms if isinstance(transforms, list) else [transforms])


def package(body: dict[str, Any], folder: Path, name: str) -> tuple[dict[str, Any], list[Asset]]:
    """The template with local code folders as assets behind parameters, and those assets.

    Raises :class:`TemplateError` for a folder that is missing.
    """
    body = copy.deepcopy(body)
    shared = _within(body, "Globals", "Function", "CodeUri")
    assets: list[Asset] = []
    for logical_id, resource in body["Resources"].items():
        key = _LOCAL_CODE.get(_within(resource, "Type"))
        properties = _within(resource, "Properties")
        if key is None or not isinstance(properties, dict):
            continue
        given = properties.get(key, shared if key == "CodeUri" else None)
        if not isinstance(given, str) or given.startswith("s3://"):
            continue
        path = folder / given
        if not path.is_dir():
            raise TemplateError(
                f"{key} names the folder {given}, which is not there",
                where=f"{name}: {logical_id}",
            )
        asset = build(CodeDirectory(f"{logical_id}CodeKey", path))
        assets.append(asset)
        properties[key] = {"Bucket": {"Ref": ASSETS_BUCKET}, "Key": {"Ref": asset.parameter}}
    if assets:
        parameters = body.setdefault("Parameters", {})
        parameters.setdefault(ASSETS_BUCKET, {"Type": "String"})
        for asset in assets:
            parameters[asset.parameter] = {"Type": "String", "Default": asset.key}
    return body, assets


def _within(value: Any, *keys: str) -> Any:
    """What stands below the keys, or None: the template is not checked yet."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def expand(body: dict[str, Any], name: str, region: str) -> dict[str, Any]:
    """The CloudFormation template that SAM makes of this one.

    Raises :class:`TemplateError` with everything that the translator refuses.
    """
    import boto3
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.arn_generator import ArnGenerator
    from samtranslator.translator.translator import Translator

    partition = boto3.session.Session().get_partition_for_region(region)
    before = ArnGenerator.BOTO_SESSION_REGION_NAME
    # A session for its region alone: it never makes a client.
    translator = Translator(None, Parser(), boto_session=boto3.session.Session(region_name=region))
    try:
        expanded: dict[str, Any] = translator.translate(
            copy.deepcopy(body),
            parameter_values={},
            get_managed_policy_map=lambda: get_bundled_managed_policy_map(partition) or {},
        )
    except InvalidDocumentException as error:
        causes = [str(cause.message) for cause in error.causes]
        raise TemplateError(
            "SAM refuses it: " + " ".join(causes or [error.message]), where=name
        ) from error
    except Exception as error:
        # The translator trusts its input more than it should; whatever it trips over is in it.
        raise TemplateError(
            f"SAM's translator fails on it: {type(error).__name__}: {error}", where=name
        ) from error
    finally:
        translator.metrics.publish()  # to nowhere; unpublished ones would be complained about
        ArnGenerator.BOTO_SESSION_REGION_NAME = before
    expanded.pop("Globals", None)
    others = body["Transform"] if isinstance(body["Transform"], list) else []
    if left := [transform for transform in others if transform != TRANSFORM]:
        expanded["Transform"] = left
    plain: dict[str, Any] = _plain(expanded)
    return plain


def _plain(value: Any) -> Any:
    """The translator's own dict and str subclasses as builtins, which YAML can represent."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
