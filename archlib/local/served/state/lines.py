"""Acts as JSON objects, and back: one small class for each kind."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from archlib.local.http import HttpRequest
from archlib.local.served.acts import (
    Act,
    Advanced,
    Asked,
    AskedTogether,
    CalledDax,
    Deployed,
    Rested,
    Resumed,
)

Fields = dict[str, Any]


def written(act: Act) -> Fields:
    """An act as a JSON object; its kind is ``act``."""
    write = _WRITERS[type(act)]
    return {"act": _KINDS[type(act)], **write(act)}


def read(fields: Mapping[str, Any]) -> Act:
    """The act that an object tells of; raises :class:`ValueError` for one that is none."""
    reader = _READERS.get(str(fields.get("act")))
    if reader is None:
        raise ValueError(f"there is no act {fields.get('act')!r}")
    try:
        return reader(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"it is no act {fields['act']}: {error!r}") from None


# -- bytes -------------------------------------------------------------------------------------


def _text_or_base64(data: bytes) -> Fields:
    """Bytes as text where they are text, so that people can read the file."""
    if not data:
        return {}
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _bytes(fields: Mapping[str, Any]) -> bytes:
    if "base64" in fields:
        return base64.b64decode(fields["base64"], validate=True)
    return str(fields.get("text", "")).encode("utf-8")


# -- requests ----------------------------------------------------------------------------------


def _asked(act: Asked) -> Fields:
    request = act.request
    return {
        "method": request.method, "scheme": request.scheme, "host": request.host,
        "port": request.port, "path": request.path, "query": request.query,
        "source": request.source_ip, "proxied": act.proxied,
        "headers": [list(pair) for pair in request.headers],
        "body": _text_or_base64(request.body),
    }  # fmt: skip


def _read_asked(fields: Mapping[str, Any]) -> Asked:
    headers = tuple((str(name), str(value)) for name, value in fields["headers"])
    request = HttpRequest(
        fields["method"], fields["scheme"], fields["host"], fields["port"], fields["path"],
        fields["query"], headers, _bytes(fields["body"]), fields["source"],
    )  # fmt: skip
    return Asked(request, bool(fields["proxied"]))


def _asked_together(act: AskedTogether) -> Fields:
    return {"asked": [_asked(one) for one in act.asked]}


def _read_asked_together(fields: Mapping[str, Any]) -> AskedTogether:
    return AskedTogether(tuple(_read_asked(one) for one in fields["asked"]))


def _called_dax(act: CalledDax) -> Fields:
    from archlib.local.dax.cbor import encode

    called = act.called
    arguments = encode(list(called.call.arguments))
    return {
        "cluster": called.cluster, "key": called.access_key, "token": called.token,
        "method": called.call.method, "arguments": base64.b64encode(arguments).decode("ascii"),
    }  # fmt: skip


def _read_called_dax(fields: Mapping[str, Any]) -> CalledDax:
    from archlib.local.dax.cbor import Reader
    from archlib.local.dax.protocol import Call
    from archlib.local.dax.service import OutsideCall

    arguments = Reader(bytearray(base64.b64decode(fields["arguments"], validate=True))).read()
    call = Call(fields["method"], tuple(arguments))
    return CalledDax(OutsideCall(fields["cluster"], fields["key"], fields["token"], call))


# -- what whoever runs the server does ----------------------------------------------------------


def _deployed(act: Deployed) -> Fields:
    template = act.template
    return {
        "stack": act.stack_name, "template": template.name, "parameters": act.parameters,
        "text": template.text if template.text and not template.expanded else template.to_yaml(),
        "assets": [
            {"parameter": one.parameter, "key": one.key, "kind": one.kind,
             "data": base64.b64encode(one.data).decode("ascii")}
            for one in (*template.assets, *act.assets)
        ],
    }  # fmt: skip


def _read_deployed(fields: Mapping[str, Any]) -> Deployed:
    from archlib.errors import TemplateError
    from archlib.template import Asset, Template

    try:
        template = Template.parse(fields["text"], fields["template"])
    except TemplateError as error:
        raise ValueError(str(error)) from None
    assets = [
        Asset(one["parameter"], one["key"], base64.b64decode(one["data"]), one["kind"])
        for one in fields["assets"]
    ]
    return Deployed(template, fields["stack"], dict(fields["parameters"]), tuple(assets))


_Write = Callable[[Any], Fields]

_TABLE: tuple[tuple[str, type, _Write, Callable[[Mapping[str, Any]], Act]], ...] = (
    ("asked", Asked, _asked, _read_asked),
    ("asked together", AskedTogether, _asked_together, _read_asked_together),
    ("called DAX", CalledDax, _called_dax, _read_called_dax),
    ("advanced", Advanced, lambda act: {"seconds": act.seconds},
     lambda fields: Advanced(float(fields["seconds"]))),
    ("deployed", Deployed, _deployed, _read_deployed),
    ("rested", Rested, lambda act: {}, lambda fields: Rested()),
    ("resumed", Resumed, lambda act: {"last": act.last},
     lambda fields: Resumed(float(fields["last"]))),
)  # fmt: skip
_KINDS = {cls: kind for kind, cls, _, _ in _TABLE}
_WRITERS: Mapping[type, _Write] = {cls: write for _, cls, write, _ in _TABLE}
_READERS = {kind: reader for kind, _, _, reader in _TABLE}
