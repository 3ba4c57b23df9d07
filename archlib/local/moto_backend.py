"""moto underneath: loading it quickly, switching it on and off, making clients for it."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from archlib.errors import ArchlibError

_ATTACHED = "_archlib_attached"
_METHODS = "method_names_from_class"


@functools.cache
def load() -> None:
    """Import moto once, without the import that costs seconds.

    jsonschema's format checker tries ``rfc3987_syntax``, which compiles a large grammar; moto
    needs none of it. The entry that hides it is taken back at once.
    """
    hidden = "rfc3987_syntax" not in sys.modules
    if hidden:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        import jsonschema
        import moto.core.models  # noqa: F401

        assert jsonschema
    finally:
        if hidden:
            del sys.modules["rfc3987_syntax"]


def start(seed: int) -> None:
    """Empty moto's state, seed its ids and answer botocore from it.

    moto's own HTTP interception (the ``responses`` library) stays off: plain HTTP belongs to
    :mod:`archlib.local.http`.
    """
    from moto.core.models import botocore_stubber
    from moto.moto_api._internal import mock_random

    _empty()
    mock_random.seed(seed)
    # Looked up anew at every call, and the same each time: a tenth of a small request.
    responses = vars(importlib.import_module("moto.core.responses"))
    responses[_METHODS] = functools.cache(responses[_METHODS])
    botocore_stubber.enabled = True


def stop() -> None:
    """Switch moto off and forget all its state."""
    from moto.core.models import botocore_stubber

    botocore_stubber.enabled = False
    responses = vars(importlib.import_module("moto.core.responses"))
    responses[_METHODS] = getattr(responses[_METHODS], "__wrapped__", responses[_METHODS])
    _empty()


@contextmanager
def undrawn() -> Iterator[None]:
    """Leave moto's ids to come as they are, whatever is drawn in the block."""
    from moto.moto_api._internal import mock_random

    state = mock_random.getstate()
    try:
        yield
    finally:
        mock_random.setstate(state)


def _empty() -> None:
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()


def attach(client: Any) -> None:
    """Let a client that is older than the cloud be answered by moto as well."""
    if _ATTACHED not in client.__dict__:
        from moto.core.models import patch_client

        patch_client(client)
        client.__dict__[_ATTACHED] = True


@functools.cache
def loader() -> Any:
    """The loader of service models that all sessions share: parsing them is what costs."""
    from botocore.loaders import create_loader

    return create_loader()


def session(region: str) -> Any:
    """A boto3 session for clients of a cloud in this process; see :func:`outside_session`."""
    made = outside_session(region)
    made.events.register("before-send", _refuse_when_stopped)
    return made


def outside_session(region: str) -> Any:
    """A boto3 session that shares the parsed service models with every other one."""
    import boto3
    import botocore.session

    inner = botocore.session.Session()
    inner.register_component("data_loader", loader())
    return boto3.Session(region_name=region, botocore_session=inner)


def _refuse_when_stopped(**_: object) -> None:
    """Keep a client that outlives its cloud from taking the fake keys to the real AWS."""
    from moto.core.models import botocore_stubber

    if not botocore_stubber.enabled:
        raise ArchlibError(
            "this client belongs to a local cloud that has been stopped",
            hint="make clients while the cloud is running",
        )


def config(unsigned: bool) -> Any:
    """The client configuration: one attempt, so that a refusal is seen as it is."""
    from botocore import UNSIGNED
    from botocore.config import Config

    options: dict[str, Any] = {"retries": {"total_max_attempts": 1}}
    if unsigned:
        options["signature_version"] = UNSIGNED
    return Config(**options)
