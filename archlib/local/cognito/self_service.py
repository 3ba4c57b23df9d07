"""What a signed-in user does with an access token or a refresh token.

The access token is checked like any verifier would, and against revocation: AWS, "Ending user
sessions with token revocation" and the API reference of GlobalSignOut.
"""

from __future__ import annotations

from archlib.local.api import ApiCall, Result
from archlib.local.cognito import (
    accounts,
    codes,
    grants,
    jws,
    messages,
    passwords,
    refusals,
    schema,
    user_admin,
)
from archlib.local.cognito.directory import AppClient, Directory, User, UserPool
from archlib.local.cognito.messages import Delivery
from archlib.local.cognito.tokens import TokenRejected
from archlib.local.refusal import ApiRefusal

Signed = tuple[UserPool, AppClient, User]


def signed_in(directory: Directory, call: ApiCall) -> Signed:
    """Whose access token this is; points the hop at the pool.

    Raises NotAuthorizedException for anything but a current access token of this region.
    """
    token = call.params["AccessToken"]
    try:
        issuer = jws.parse(token).claims.get("iss")
    except jws.Malformed:
        raise refusals.unauthorized("Invalid Access Token") from None
    pools = directory.pools.values()
    pool = next((p for p in pools if p.issuer == issuer and p.region == call.region), None)
    if pool is None:
        raise refusals.unauthorized("Invalid Access Token")
    call.hop.target = pool.arn
    try:
        claims = directory.verifier.verify(pool, token)
    except TokenRejected as rejected:
        late = rejected.reason.startswith("expired")
        text = "Access Token has expired" if late else "Invalid Access Token"
        raise refusals.unauthorized(text) from None
    if claims["token_use"] != "access":
        raise refusals.unauthorized("Invalid Access Token")
    if claims["origin_jti"] in pool.revoked_origins:
        raise refusals.unauthorized("Access Token has been revoked")
    user = pool.users.get(claims["username"])
    if user is None or user.sub != claims["sub"]:
        raise refusals.no_such_user()
    if not user.enabled:
        raise refusals.unauthorized("User is disabled.")
    return pool, pool.clients[claims["client_id"]], user


def get_user(directory: Directory, call: ApiCall) -> Result:
    """GetUser: the attributes that the client may read."""
    _, client, user = signed_in(directory, call)
    shown = schema.readable(client, user.attributes)
    return {"Username": user.username, "UserAttributes": schema.listed(shown)}


def update_attributes(directory: Directory, call: ApiCall) -> Result:
    """UpdateUserAttributes: a changed, auto-verified address gets a code.

    With AttributesRequireVerificationBeforeUpdate the old address stays until then.
    """
    pool, client, user = signed_in(directory, call)
    changes = schema.given(call.params["UserAttributes"])
    schema.check_writer(client, changes)
    schema.check_change(pool, changes)
    accounts.check_sign_in_name_free(pool, user, changes)
    first = pool.settings.get("UserAttributeUpdateSettings", {}).get(
        "AttributesRequireVerificationBeforeUpdate", ()
    )
    verified = pool.settings.get("AutoVerifiedAttributes", ())
    details = []
    addresses = [n for n in ("email", "phone_number") if n in changes and n in verified]
    addresses = [n for n in addresses if changes[n] and changes[n] != user.attributes.get(n)]
    for name in addresses:
        address = changes[name]
        if name in first:
            user.pending[name] = changes.pop(name)
        details.append((name, address))
    user_admin.change(directory, pool, user, changes)
    sent = [
        _send_code(directory, pool, client, user, name, address, "UpdateUserAttribute")
        for name, address in details
    ]
    return {"CodeDeliveryDetailsList": sent} if sent else {}


def delete_attributes(directory: Directory, call: ApiCall) -> Result:
    """DeleteUserAttributes."""
    pool, client, user = signed_in(directory, call)
    names = call.params["UserAttributeNames"]
    schema.check_writer(client, names)
    user_admin.drop(directory, pool, user, names)
    return {}


def delete_user(directory: Directory, call: ApiCall) -> Result:
    """DeleteUser: the signed-in user's own account."""
    pool, _, user = signed_in(directory, call)
    accounts.remove(pool, user)
    return {}


def change_password(directory: Directory, call: ApiCall) -> Result:
    """ChangePassword: the old one is checked like at sign-in."""
    pool, _, user = signed_in(directory, call)
    codes.count_call(directory, user, call.operation)
    previous = call.params.get("PreviousPassword")
    if user.verifier is not None and (
        previous is None or not user.verifier.matches(pool.identity(user.username), previous)
    ):
        raise refusals.bad_credentials()
    passwords.store(directory, pool, user, call.params["ProposedPassword"])
    return {}


def global_sign_out(directory: Directory, call: ApiCall) -> Result:
    """GlobalSignOut: refresh tokens and the access tokens' use at Cognito end now."""
    pool, _, user = signed_in(directory, call)
    accounts.sign_out(pool, user)
    return {}


def revoke(directory: Directory, call: ApiCall) -> Result:
    """RevokeToken: one refresh token, and every access token it has given.

    A token that is unknown or already revoked is no error (RFC 7009, as Cognito does).
    """
    pool, client = directory.public(call)
    if not client.settings["EnableTokenRevocation"]:
        raise ApiRefusal(
            "UnsupportedOperationException", "Revocation is not enabled for the client."
        )
    if client.secret is not None and call.params.get("ClientSecret") != client.secret:
        raise refusals.unauthorized("Invalid client secret.")
    token = call.params["Token"]
    if token.count(".") == 2:
        raise ApiRefusal("UnsupportedTokenTypeException", "The token is not a refresh token.")
    grant = pool.grants.get(token)
    if grant is None:
        return {}
    if grant.client_id != client.id:
        raise refusals.unauthorized("Invalid Refresh Token")
    grant.revoked = True
    pool.revoked_origins.add(grant.origin_jti)
    return {}


def attribute_code(directory: Directory, call: ApiCall) -> Result:
    """GetUserAttributeVerificationCode."""
    pool, client, user = signed_in(directory, call)
    codes.count_call(directory, user, call.operation)
    name = call.params["AttributeName"]
    address = user.pending.get(name) or user.attributes.get(name)
    if name not in ("email", "phone_number") or not address:
        raise refusals.invalid(f"User does not have an attribute {name} to verify.")
    details = _send_code(directory, pool, client, user, name, address, "VerifyUserAttribute")
    return {"CodeDeliveryDetails": details}


def verify_attribute(directory: Directory, call: ApiCall) -> Result:
    """VerifyUserAttribute with the code that was sent to the address."""
    pool, _, user = signed_in(directory, call)
    codes.count_call(directory, user, call.operation)
    name = call.params["AttributeName"]
    purpose = codes.attribute_purpose(name)
    code = codes.redeem(directory, user, purpose, call.params["Code"])
    if user.pending.get(name) == code.about:
        accounts.check_sign_in_name_free(pool, user, {name: code.about})
        user.attributes[name] = user.pending.pop(name)
    elif user.attributes.get(name) != code.about:
        raise refusals.expired_code()
    accounts.check_alias_free(pool, user, name, force=False)
    user.attributes[f"{name}_verified"] = "true"
    user.modified = directory.now()
    return {}


def from_refresh_token(directory: Directory, call: ApiCall) -> Result:
    """GetTokensFromRefreshToken, without rotation (which is refused at the client)."""
    pool, client = directory.public(call)
    secret = call.params.get("ClientSecret")
    if secret != client.secret:
        raise refusals.unauthorized("Invalid client secret.")
    token, metadata = call.params["RefreshToken"], call.params.get("ClientMetadata", {})
    fresh = grants.refreshed(directory, pool, client, token, metadata)
    return {"AuthenticationResult": fresh["AuthenticationResult"]}


def _send_code(
    directory: Directory,
    pool: UserPool,
    client: AppClient,
    user: User,
    name: str,
    address: str,
    kind: str,
) -> dict[str, str]:
    digits = codes.issue(directory, user, codes.attribute_purpose(name), address)
    delivery = Delivery(kind, name, address, digits)
    return messages.send(directory, pool, user, delivery, client_id=client.id)


OPERATIONS = {
    "GetUser": get_user,
    "UpdateUserAttributes": update_attributes,
    "DeleteUserAttributes": delete_attributes,
    "DeleteUser": delete_user,
    "ChangePassword": change_password,
    "GlobalSignOut": global_sign_out,
    "RevokeToken": revoke,
    "GetUserAttributeVerificationCode": attribute_code,
    "VerifyUserAttribute": verify_attribute,
    "GetTokensFromRefreshToken": from_refresh_token,
}
