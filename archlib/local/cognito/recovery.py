"""A forgotten password: a code to a verified address, then a new password.

AWS, "Recovering user passwords" (which address, by AccountRecoverySetting).
"""

from __future__ import annotations

from archlib.local.api import ApiCall, Result
from archlib.local.cognito import codes, messages, passwords, refusals, triggers
from archlib.local.cognito.app_clients import check_secret_hash
from archlib.local.cognito.directory import AppClient, Directory, User, UserPool
from archlib.local.cognito.messages import Delivery
from archlib.local.cognito.sign_up import simulated

_MECHANISMS = {"verified_email": "email", "verified_phone_number": "phone_number"}
#: Without AccountRecoverySetting: the phone is preferred (AccountRecoverySettingType).
_LEGACY = ("verified_phone_number", "verified_email")


def forgot(directory: Directory, call: ApiCall) -> Result:
    """ForgotPassword: sends a code that is good for an hour."""
    pool, client = directory.public(call)
    user = _known(pool, client, call)
    if user is None:
        return {"CodeDeliveryDetails": simulated(call.params["Username"])}
    codes.count_call(directory, user, call.operation)
    if not user.enabled:
        raise refusals.unauthorized("User is disabled.")
    if user.status == "FORCE_CHANGE_PASSWORD":
        raise refusals.unauthorized("User password cannot be reset in the current state.")
    metadata = call.params.get("ClientMetadata")
    return {"CodeDeliveryDetails": send_code(directory, pool, user, client.id, metadata)}


def confirm(directory: Directory, call: ApiCall) -> Result:
    """ConfirmForgotPassword: the code buys a new password, and ends a lockout."""
    pool, client = directory.public(call)
    user = _known(pool, client, call)
    if user is None:
        raise refusals.expired_code()
    codes.count_call(directory, user, call.operation)
    passwords.check(pool, call.params["Password"])
    codes.redeem(directory, user, codes.RECOVERY, call.params["ConfirmationCode"])
    passwords.store(directory, pool, user, call.params["Password"])
    user.lockout.succeeded()
    user.status = "CONFIRMED"
    triggers.fire(
        directory, pool, "PostConfirmation", "PostConfirmation_ConfirmForgotPassword",
        user.username, {**user.attributes, "cognito:user_status": user.status}, client.id,
        {"clientMetadata": call.params.get("ClientMetadata", {})}, {},
    )  # fmt: skip
    return {}


def send_code(
    directory: Directory,
    pool: UserPool,
    user: User,
    client_id: str,
    metadata: dict[str, str] | None = None,
) -> dict[str, str]:
    """Send a recovery code to the first usable address.

    Raises InvalidParameterException when the user has none, NotAuthorizedException when only
    an administrator may reset passwords.
    """
    attribute = _address(pool, user)
    address = user.attributes[attribute]
    digits = codes.issue(directory, user, codes.RECOVERY, address)
    delivery = Delivery("ForgotPassword", attribute, address, digits)
    return messages.send(directory, pool, user, delivery, client_id=client_id, metadata=metadata)


def _address(pool: UserPool, user: User) -> str:
    chosen = pool.settings.get("AccountRecoverySetting", {}).get("RecoveryMechanisms")
    names = (
        [m["Name"] for m in sorted(chosen, key=lambda m: int(m["Priority"]))] if chosen else _LEGACY
    )
    if "admin_only" in names:
        raise refusals.unauthorized("Contact administrator to reset password.")
    for name in names:
        attribute = _MECHANISMS[name]
        if user.attributes.get(f"{attribute}_verified") == "true":
            return attribute
    raise refusals.invalid(
        "Cannot reset password for the user as there is no registered/verified email or "
        "phone_number"
    )


def _known(pool: UserPool, client: AppClient, call: ApiCall) -> User | None:
    name = call.params["Username"]
    user = pool.find(name)
    names = (name, user.username) if user else (name,)
    check_secret_hash(client, names, call.params.get("SecretHash"))
    if user is None and client.settings["PreventUserExistenceErrors"] != "ENABLED":
        raise refusals.no_such_user()
    return user


OPERATIONS = {"ForgotPassword": forgot, "ConfirmForgotPassword": confirm}
