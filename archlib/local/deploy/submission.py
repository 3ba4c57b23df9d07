"""API arguments -> requests: template text or URL, parameters, tags, what is kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlparse

from archlib.local.deploy.anatomy import Anatomy, transforms
from archlib.local.deploy.engine import Engine
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.extensions import EXTENSIONS
from archlib.local.deploy.parameters import check_declarations
from archlib.local.deploy.reading import Source, read_template
from archlib.local.deploy.sections import take_apart
from archlib.local.deploy.stack import Request, Stack


def fetch(engine: Engine, url: str) -> str:
    """A template's text from local S3; raises :class:`StackError` for any other place."""
    parts = urlparse(url)
    host, path = parts.netloc, unquote(parts.path.lstrip("/"))
    if parts.scheme == "s3":
        bucket, key = host, path
    elif host.startswith("s3.") or host.startswith("s3-"):
        bucket, _, key = path.partition("/")
    elif ".s3." in host or ".s3-" in host:
        bucket, key = host.split(".s3", 1)[0], path
    else:
        raise StackError("TemplateURL must be a supported URL.")
    client = engine.host.client("s3")
    try:
        return str(client.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
    except client.exceptions.ClientError as error:
        raise StackError(f"S3 error: {error.response['Error'].get('Message', '')}") from None


def source_of(engine: Engine, params: dict[str, Any], stack: Stack | None = None) -> Source:
    """The template a request names by text, URL or ``UsePreviousTemplate``."""
    if params.get("UsePreviousTemplate"):
        if stack is None or stack.request is None:
            raise StackError("Previous template does not exist.")
        return stack.request.source
    body, url = params.get("TemplateBody"), params.get("TemplateURL")
    if (body is None) == (url is None):
        raise StackError("Either Template URL or Template Body must be specified.")
    if url is not None:
        return read_template(fetch(engine, url))
    assert body is not None
    if len(body.encode()) > 51_200:
        raise StackError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy "
            "constraint: Member must have length less than or equal to 51200"
        )
    return read_template(body)


def request_of(engine: Engine, params: dict[str, Any], stack: Stack | None = None) -> Request:
    """The whole request, with previous values filled in."""
    given: dict[str, str] = {}
    before = stack.design.values if stack is not None and stack.design else {}
    for entry in params.get("Parameters") or []:
        key = entry["ParameterKey"]
        if entry.get("UsePreviousValue"):
            if key not in before:
                raise StackError(
                    f"Invalid input for parameter key {key}. Cannot specify usePreviousValue "
                    "as true for a parameter key not in the previous template"
                )
            given[key] = before[key].given
        else:
            given[key] = entry.get("ParameterValue", "")
    if params.get("DisableRollback") and "OnFailure" in params:
        raise StackError("Either DisableRollback or OnFailure can be specified, not both.")
    tags = params.get("Tags")
    if tags is None and stack is not None and stack.request is not None:
        kept = stack.request.tags
    else:
        kept = tuple((tag["Key"], tag["Value"]) for tag in tags or [])
    return Request(
        source=source_of(engine, params, stack),
        parameters=given,
        capabilities=tuple(params.get("Capabilities") or ()),
        tags=kept,
        on_failure="DO_NOTHING"
        if params.get("DisableRollback")
        else params.get("OnFailure", "ROLLBACK"),
        token=params.get("ClientRequestToken"),
    )


def anatomy_of(engine: Engine, source: Source) -> Anatomy:
    """A template's anatomy without values: for validation and summaries."""
    named = transforms(source.body)
    body = dict(source.body)
    declared = check_declarations(body.get("Parameters") or {})
    if named == (EXTENSIONS,) or not named:
        names = {n: p.get("Default", "") for n, p in declared.items()}
        names.update({"AWS::Region": engine.host.region, "AWS::AccountId": engine.host.account})
        body = engine.designer.transformed(body, named, names)
        return take_apart(body, named)
    return Anatomy(body, {}, named, declared)
