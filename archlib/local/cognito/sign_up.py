"""Sign-up by users themselves, and its confirmation with a code.

AWS, "Signing up and confirming user accounts", "Verifying contact information at sign-up".
"""

from __future__ import annotations

from archlib.local.api import ApiCall, Result
from archlib.local.cognito import accounts, codes, messages, passwords, refusals, schema, triggers
from archlib.local.cognito.app_clients import check_secret_hash
from archlib.local.cognito.directory import AppClient, Directory, User, UserPool
from archlib.local.cognito.messages import Delivery

_APPROVAL = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}


def sign_up(directory: Directory, call: ApiCall) -> Result:
    """SignUp: policy, schema, names and triggers are checked, then a code is sent."""
    pool, client = directory.public(call)
    name, params = call.params["Username"], call.params
    check_secret_hash(client, (name,), params.get("SecretHash"))
    if pool.settings["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]:
        raise refusals.unauthorized("SignUp is not permitted for this user pool")
    if "Password" not in params:
        raise refusals.invalid("Password is required")
    attributes = schema.given(params.get("UserAttributes"))
    schema.check_writer(client, attributes)
    passwords.check(pool, params["Password"])
    user = accounts.new_user(directory, pool, name, attributes, "UNCONFIRMED", complete=True)
    request = {
        "validationData": schema.given(params.get("ValidationData")),
        "clientMetadata": params.get("ClientMetadata", {}),
    }
    decided = triggers.fire(
        directory, pool, "PreSignUp", "PreSignUp_SignUp", user.username, user.attributes,
        client.id, request, _APPROVAL,
    )  # fmt: skip
    passwords.store(directory, pool, user, params["Password"])
    pool.users[user.username] = user
    apply_approval(pool, user, decided)
    answer: Result = {"UserConfirmed": False, "UserSub": user.sub}
    if decided.get("autoConfirmUser"):
        user.status = "CONFIRMED"
        _post_confirmation(directory, pool, client, user, params.get("ClientMetadata"))
        return {**answer, "UserConfirmed": True}
    details = _send(directory, pool, client, user, "SignUp", params.get("ClientMetadata"))
    return {**answer, **({"CodeDeliveryDetails": details} if details else {})}


def confirm(directory: Directory, call: ApiCall) -> Result:
    """ConfirmSignUp with the code that was sent; verifies the address it was sent to."""
    pool, client = directory.public(call)
    params = call.params
    user = _known(pool, client, params["Username"], params.get("SecretHash"))
    if user is None:
        raise refusals.expired_code()
    codes.count_call(directory, user, call.operation)
    if user.status != "UNCONFIRMED":
        raise refusals.unauthorized(f"User cannot be confirmed. Current status is {user.status}")
    code = codes.redeem(directory, user, codes.SIGN_UP, params["ConfirmationCode"])
    attribute = _receiver(pool, user)
    if attribute is not None and user.attributes.get(attribute) == code.about:
        force = bool(params.get("ForceAliasCreation"))
        accounts.check_alias_free(pool, user, attribute, force=force)
        user.attributes[f"{attribute}_verified"] = "true"
    user.status, user.modified = "CONFIRMED", directory.now()
    _post_confirmation(directory, pool, client, user, params.get("ClientMetadata"))
    return {}


def resend(directory: Directory, call: ApiCall) -> Result:
    """ResendConfirmationCode: a new code; the earlier one is void."""
    pool, client = directory.public(call)
    params = call.params
    user = _known(pool, client, params["Username"], params.get("SecretHash"))
    if user is None:
        return {"CodeDeliveryDetails": simulated(params["Username"])}
    codes.count_call(directory, user, call.operation)
    if user.status != "UNCONFIRMED":
        raise refusals.invalid("User is already confirmed.")
    details = _send(directory, pool, client, user, "ResendCode", params.get("ClientMetadata"))
    if details is None:
        raise refusals.invalid("Auto verification not turned on.")
    return {"CodeDeliveryDetails": details}


def apply_approval(pool: UserPool, user: User, decided: dict[str, object]) -> None:
    """Mark what a PreSignUp trigger verified by itself."""
    for answer, attribute in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        if decided.get(answer) and attribute in user.attributes:
            accounts.check_alias_free(pool, user, attribute, force=False)
            user.attributes[f"{attribute}_verified"] = "true"


def simulated(name: str) -> dict[str, str]:
    """Where a code seems to go for a user that must not be known to be missing."""
    return {
        "Destination": messages.masked("email", name if "@" in name else f"{name}@example.com"),
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }


def _known(pool: UserPool, client: AppClient, name: str, given: str | None) -> User | None:
    """The user, or None for a missing one that the client hides."""
    user = pool.find(name)
    check_secret_hash(client, (name, *((user.username,) if user else ())), given)
    if user is None and client.settings["PreventUserExistenceErrors"] != "ENABLED":
        raise refusals.no_such_user()
    return user


def _receiver(pool: UserPool, user: User) -> str | None:
    """The attribute that a confirmation code goes to; a phone number is preferred."""
    wanted = pool.settings.get("AutoVerifiedAttributes", ())
    candidates = (name for name in ("phone_number", "email") if name in wanted)
    return next((name for name in candidates if user.attributes.get(name)), None)


def _send(
    directory: Directory,
    pool: UserPool,
    client: AppClient,
    user: User,
    kind: str,
    metadata: dict[str, str] | None,
) -> dict[str, str] | None:
    attribute = _receiver(pool, user)
    if attribute is None:
        return None
    address = user.attributes[attribute]
    digits = codes.issue(directory, user, codes.SIGN_UP, address)
    delivery = Delivery(kind, attribute, address, digits)
    return messages.send(directory, pool, user, delivery, client_id=client.id, metadata=metadata)


def _post_confirmation(
    directory: Directory,
    pool: UserPool,
    client: AppClient,
    user: User,
    metadata: dict[str, str] | None,
) -> None:
    triggers.fire(
        directory, pool, "PostConfirmation", "PostConfirmation_ConfirmSignUp", user.username,
        {**user.attributes, "cognito:user_status": user.status}, client.id,
        {"clientMetadata": metadata or {}}, {},
    )  # fmt: skip


OPERATIONS = {
    "SignUp": sign_up,
    "ConfirmSignUp": confirm,
    "ResendConfirmationCode": resend,
}
