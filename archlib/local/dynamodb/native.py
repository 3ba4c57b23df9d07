"""boto3's ``Table`` resource: Python values in, Python values out.

The resource translates between Python values and attribute values inside the client, below
the API seam, where planes would see neither. So the translation is done above the seam, with
boto3's own translator, and the call goes on through a plain client of the same caller.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.identity import Credentials

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud
    from archlib.local.patches import Patches

_TRANSLATES = "dynamodb-attr-value-input"
_KNOWN = "_archlib_speaks_python"


class NativeValues:
    """Puts the translation above the seam while it is installed."""

    def __init__(self, cloud: LocalCloud) -> None:
        from boto3.dynamodb.transform import TransformationInjector

        self._cloud = cloud
        self._injector = TransformationInjector()

    def install(self, patches: Patches) -> None:
        """Stand in front of every client's calls until ``patches`` are undone."""
        import botocore.client

        base: Any = botocore.client.BaseClient
        below = base._make_api_call

        def call(client: Any, operation_name: str, api_params: Any) -> Any:
            if client.meta.service_model.service_name == "dynamodb" and _speaks_python(client):
                return self._translated(client, operation_name, api_params)
            return below(client, operation_name, api_params)

        patches.set(base, "_make_api_call", call)

    def _translated(self, client: Any, operation: str, given: Mapping[str, Any]) -> Any:
        from botocore.exceptions import ClientError

        model = client.meta.service_model.operation_model(operation)
        params = copy.deepcopy(dict(given))
        self._injector.inject_condition_expressions(params, model)
        self._injector.inject_attribute_value_input(params, model)
        try:
            result = self._counterpart(client)._make_api_call(operation, params)
        except ClientError as error:
            # The caller catches the exception classes of its own client.
            code = error.response.get("Error", {}).get("Code")
            raise client.exceptions.from_code(code)(error.response, operation) from None
        result = copy.deepcopy(result)
        self._injector.inject_attribute_value_output(result, model)
        return result

    def _counterpart(self, client: Any) -> Any:
        held = client._request_signer._credentials.get_frozen_credentials()
        credentials = Credentials(held.access_key, held.secret_key, held.token)
        region = client.meta.region_name
        return self._cloud.client("dynamodb", region=region, credentials=credentials)


def _speaks_python(client: Any) -> bool:
    """Whether the client belongs to a resource, which says so once and for all."""
    known: bool | None = client.__dict__.get(_KNOWN)
    if not known:
        emitter = getattr(client.meta.events, "_emitter", client.meta.events)
        known = _TRANSLATES in getattr(emitter, "_unique_id_handlers", {})
        client.__dict__[_KNOWN] = known
    return bool(known)
