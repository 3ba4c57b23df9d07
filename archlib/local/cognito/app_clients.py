"""App clients: their operations, their sign-in flows, and the proof that one knows its secret."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from archlib.local.api import ApiCall, Result
from archlib.local.cognito import refusals, settings
from archlib.local.cognito.directory import AppClient, Directory, UserPool, moment
from archlib.local.cognito.paging import page
from archlib.local.cognito.tokens import lifetime

#: "If you don't specify a value for ExplicitAuthFlows" (CreateUserPoolClient).
_DEFAULT_FLOWS = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
#: The names of before 2019 and what they allow; SRP and refresh could not be turned off then.
_LEGACY = {
    "ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
}
#: Least and greatest lifetime of a token, in seconds (UserPoolClientType).
_RANGES = {
    "IdToken": (300, 86400),
    "AccessToken": (300, 86400),
    "RefreshToken": (3600, 3650 * 86400),
}


def create(directory: Directory, call: ApiCall) -> Result:
    """CreateUserPoolClient; GenerateSecret makes a secret of 51 characters."""
    pool = directory.administered(call)
    effective = _effective(pool, call)
    now = directory.now()
    secret = (
        directory.cloud.new_id("cognito-secret", 51) if call.params.get("GenerateSecret") else None
    )
    client = AppClient(
        directory.cloud.new_id("cognito-client", 26), pool.id, effective, secret, now, now
    )
    pool.clients[client.id] = client
    return {"UserPoolClient": description(client)}


def describe(directory: Directory, call: ApiCall) -> Result:
    """DescribeUserPoolClient."""
    return {"UserPoolClient": description(_client(directory, call))}


def update(directory: Directory, call: ApiCall) -> Result:
    """UpdateUserPoolClient: what is not given returns to its default; the secret stays."""
    client = _client(directory, call)
    name = {"ClientName": client.settings["ClientName"]}
    client.settings = {**name, **_effective(directory.administered(call), call)}
    client.modified = directory.now()
    return {"UserPoolClient": description(client)}


def delete(directory: Directory, call: ApiCall) -> Result:
    """DeleteUserPoolClient: its tokens are no longer accepted."""
    client = _client(directory, call)
    del directory.administered(call).clients[client.id]
    return {}


def list_clients(directory: Directory, call: ApiCall) -> Result:
    """ListUserPoolClients."""
    pool = directory.administered(call)
    found, more = page(
        list(pool.clients.values()), call.params.get("MaxResults"), call.params.get("NextToken")
    )
    clients = [
        {"ClientId": c.id, "UserPoolId": pool.id, "ClientName": c.settings["ClientName"]}
        for c in found
    ]
    return {"UserPoolClients": clients, **more}


def description(client: AppClient) -> dict[str, Any]:
    """The client as CreateUserPoolClient and DescribeUserPoolClient answer."""
    return {
        "UserPoolId": client.pool_id,
        "ClientId": client.id,
        **({"ClientSecret": client.secret} if client.secret else {}),
        "LastModifiedDate": moment(client.modified),
        "CreationDate": moment(client.created),
        **deepcopy(client.settings),
    }


def allows(client: AppClient, flow: str) -> bool:
    """Whether the client may use a flow, by its name of ``ALLOW_...``."""
    flows = client.settings["ExplicitAuthFlows"]
    if any(name in _LEGACY for name in flows):
        always = {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
        return flow in always | {_LEGACY.get(name, name) for name in flows}
    return flow in flows


def secret_hash(client_id: str, secret: str, username: str) -> str:
    """SECRET_HASH ("Computing secret hash values"): who signs in, and that the secret is known."""
    digest = hmac.digest(secret.encode(), f"{username}{client_id}".encode(), "sha256")
    return base64.b64encode(digest).decode()


def check_secret_hash(client: AppClient, usernames: tuple[str, ...], given: str | None) -> None:
    """Raises NotAuthorizedException unless a client with a secret proves that it knows it.

    ``usernames`` are the names it may have been computed for: the one sent, and the user's
    internal one (for refresh tokens, where the request names nobody).
    """
    if client.secret is None:
        if given:
            raise refusals.unauthorized(
                f"Client {client.id} is not configured with secret but SECRET_HASH was received"
            )
        return
    if not given:
        raise refusals.unauthorized(
            f"Client {client.id} is configured with secret but SECRET_HASH was not received"
        )
    expected = [secret_hash(client.id, client.secret, name) for name in usernames]
    if not any(hmac.compare_digest(one.encode(), given.encode()) for one in expected):
        raise refusals.unauthorized(f"Unable to verify secret hash for client {client.id}")


def _client(directory: Directory, call: ApiCall) -> AppClient:
    client_id = call.params["ClientId"]
    client = directory.administered(call).clients.get(client_id)
    if client is None:
        raise refusals.no_such_client(client_id)
    return client


def _effective(pool: UserPool, call: ApiCall) -> dict[str, Any]:
    settings.require_supported(call.params, settings.CLIENT, call.operation)
    left_out = {"UserPoolId", "ClientId", "GenerateSecret"}
    effective = {
        "RefreshTokenValidity": 30,
        "ExplicitAuthFlows": list(_DEFAULT_FLOWS),
        "PreventUserExistenceErrors": "LEGACY",
        "AllowedOAuthFlowsUserPoolClient": False,
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        "AuthSessionValidity": 3,
        **{name: value for name, value in call.params.items() if name not in left_out},
    }
    _check_flows(effective["ExplicitAuthFlows"])
    _check_lifetimes(effective)
    known = {entry["Name"] for entry in pool.settings["SchemaAttributes"]}
    for member, kind in (("ReadAttributes", "read"), ("WriteAttributes", "write")):
        if not known.issuperset(effective.get(member, ())):
            raise refusals.invalid(f"Invalid {kind} attributes specified while creating a client")
    required = {e["Name"] for e in pool.settings["SchemaAttributes"] if e["Required"]} - {"sub"}
    writable = effective.get("WriteAttributes")
    if writable and not required.issubset(writable):
        raise refusals.invalid("Invalid write attributes specified while creating a client")
    return deepcopy(effective)


def _check_flows(flows: list[str]) -> None:
    if any(name in _LEGACY for name in flows) and any(n.startswith("ALLOW_") for n in flows):
        raise refusals.invalid("Invalid ExplicitAuthFlows: the prefix ALLOW_ is all or nothing.")


def _check_lifetimes(effective: Mapping[str, Any]) -> None:
    seconds = {token: lifetime(dict(effective), token) for token in _RANGES}
    for token, (least, greatest) in _RANGES.items():
        if not least <= seconds[token] <= greatest:
            raise refusals.invalid(f"Invalid range for token validity of {token}.")
    if max(seconds["IdToken"], seconds["AccessToken"]) > seconds["RefreshToken"]:
        raise refusals.invalid(
            "Refresh Token validity must be greater than ID and Access Token validity."
        )


OPERATIONS = {
    "CreateUserPoolClient": create,
    "DescribeUserPoolClient": describe,
    "UpdateUserPoolClient": update,
    "DeleteUserPoolClient": delete,
    "ListUserPoolClients": list_clients,
}
