"""What administrators do with users.

AWS, "Creating user accounts as administrator": a temporary password goes out by mail, and the
first sign-in has to replace it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from archlib.local.api import ApiCall, Result
from archlib.local.cognito import (
    accounts,
    messages,
    passwords,
    recovery,
    refusals,
    schema,
    triggers,
)
from archlib.local.cognito.directory import Directory, User, UserPool, moment
from archlib.local.cognito.messages import Delivery
from archlib.local.cognito.paging import page
from archlib.local.refusal import ApiRefusal

_MEDIA = {"EMAIL": "email", "SMS": "phone_number"}


def create(directory: Directory, call: ApiCall) -> Result:
    """AdminCreateUser; MessageAction RESEND renews the temporary password of an invited user."""
    pool, params = directory.administered(call), call.params
    password = params.get("TemporaryPassword") or passwords.temporary(directory, pool)
    if params.get("MessageAction") == "RESEND":
        user = pool.user(params["Username"])
        if user.status != "FORCE_CHANGE_PASSWORD":
            raise _unsupported_state(user)
        passwords.store(directory, pool, user, password, temporary=True)
    else:
        attributes = schema.given(params.get("UserAttributes"))
        passwords.check(pool, password)
        user = accounts.new_user(
            directory, pool, params["Username"], attributes, "FORCE_CHANGE_PASSWORD", complete=False
        )
        request = {
            "validationData": schema.given(params.get("ValidationData")),
            "clientMetadata": params.get("ClientMetadata", {}),
        }
        triggers.fire(
            directory, pool, "PreSignUp", "PreSignUp_AdminCreateUser", user.username,
            user.attributes, "CLIENT_ID_NOT_APPLICABLE", request, {},
        )  # fmt: skip
        for attribute in ("email", "phone_number"):
            if user.attributes.get(f"{attribute}_verified") == "true":
                force = bool(params.get("ForceAliasCreation"))
                accounts.check_alias_free(pool, user, attribute, force=force)
        passwords.store(directory, pool, user, password, temporary=True)
        pool.users[user.username] = user
    if params.get("MessageAction") != "SUPPRESS":
        _invite(directory, pool, user, password, params)
    return {"User": summary(user)}


def get(directory: Directory, call: ApiCall) -> Result:
    """AdminGetUser."""
    user = _user(directory, call)
    return {**_state(user), "UserAttributes": schema.listed(user.attributes)}


def confirm(directory: Directory, call: ApiCall) -> Result:
    """AdminConfirmSignUp: confirms without a code; no address counts as verified by it."""
    pool, user = directory.administered(call), _user(directory, call)
    if user.status != "UNCONFIRMED":
        raise refusals.unauthorized(f"User cannot be confirmed. Current status is {user.status}")
    user.status, user.modified = "CONFIRMED", directory.now()
    triggers.fire(
        directory, pool, "PostConfirmation", "PostConfirmation_ConfirmSignUp", user.username,
        {**user.attributes, "cognito:user_status": user.status}, "CLIENT_ID_NOT_APPLICABLE",
        {"clientMetadata": call.params.get("ClientMetadata", {})}, {},
    )  # fmt: skip
    return {}


def set_password(directory: Directory, call: ApiCall) -> Result:
    """AdminSetUserPassword; not Permanent means temporary."""
    pool, user = directory.administered(call), _user(directory, call)
    permanent = bool(call.params.get("Permanent"))
    passwords.store(directory, pool, user, call.params["Password"], temporary=not permanent)
    user.status = "CONFIRMED" if permanent else "FORCE_CHANGE_PASSWORD"
    user.lockout.succeeded()
    return {}


def reset_password(directory: Directory, call: ApiCall) -> Result:
    """AdminResetUserPassword: the user must recover with a code, which is sent at once."""
    pool, user = directory.administered(call), _user(directory, call)
    if user.status not in ("CONFIRMED", "RESET_REQUIRED"):
        raise refusals.unauthorized("User password cannot be reset in the current state.")
    recovery.send_code(directory, pool, user, "CLIENT_ID_NOT_APPLICABLE")
    user.status, user.modified = "RESET_REQUIRED", directory.now()
    return {}


def update_attributes(directory: Directory, call: ApiCall) -> Result:
    """AdminUpdateUserAttributes, which may also say that an address is verified."""
    pool, user = directory.administered(call), _user(directory, call)
    changes = schema.given(call.params["UserAttributes"])
    change(directory, pool, user, changes)
    return {}


def change(directory: Directory, pool: UserPool, user: User, changes: dict[str, str]) -> None:
    """Change attributes; a new address is unverified unless the change says otherwise."""
    schema.check_change(pool, changes)
    accounts.check_sign_in_name_free(pool, user, changes)
    before = dict(user.attributes)
    for name, value in changes.items():
        if name in ("email", "phone_number") and value != user.attributes.get(name):
            user.attributes[f"{name}_verified"] = "false"
        if value:
            user.attributes[name] = value
        else:
            user.attributes.pop(name, None)
    for attribute in ("email", "phone_number"):
        flag = changes.get(f"{attribute}_verified")
        if flag is None:
            continue
        user.attributes[f"{attribute}_verified"] = flag.lower()
        if flag.lower() == "true":
            try:
                accounts.check_alias_free(pool, user, attribute, force=False)
            except BaseException:
                user.attributes = before
                raise
    user.modified = directory.now()


def delete_attributes(directory: Directory, call: ApiCall) -> Result:
    """AdminDeleteUserAttributes."""
    pool, user = directory.administered(call), _user(directory, call)
    drop(directory, pool, user, call.params["UserAttributeNames"])
    return {}


def drop(directory: Directory, pool: UserPool, user: User, names: list[str]) -> None:
    """Remove attributes; raises InvalidParameterException for required ones."""
    required = {e["Name"] for e in pool.settings["SchemaAttributes"] if e["Required"]}
    for name in names:
        if name in required:
            raise refusals.invalid(f"user.{name}: Attribute is required and cannot be deleted.\n")
        user.attributes.pop(name, None)
        user.attributes.pop(f"{name}_verified", None)
    user.modified = directory.now()


def delete(directory: Directory, call: ApiCall) -> Result:
    """AdminDeleteUser."""
    accounts.remove(directory.administered(call), _user(directory, call))
    return {}


def _enabling(enabled: bool) -> Callable[[Directory, ApiCall], Result]:
    def switch(directory: Directory, call: ApiCall) -> Result:
        """AdminEnableUser or AdminDisableUser; disabling also revokes the user's tokens."""
        user = _user(directory, call)
        user.enabled, user.modified = enabled, directory.now()
        if not enabled:
            accounts.sign_out(directory.administered(call), user)
        return {}

    return switch


def sign_out(directory: Directory, call: ApiCall) -> Result:
    """AdminUserGlobalSignOut."""
    accounts.sign_out(directory.administered(call), _user(directory, call))
    return {}


_FILTER = re.compile(r'\s*([\w:]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*')
_OTHER_FIELDS: dict[str, Callable[[User], str]] = {
    "username": lambda user: user.username,
    "status": lambda user: "Enabled" if user.enabled else "Disabled",
    "cognito:user_status": lambda user: user.status,
}


def list_users(directory: Directory, call: ApiCall) -> Result:
    """ListUsers with a filter of equality or prefix ("Searching for users by attribute")."""
    pool, params = directory.administered(call), call.params
    users = [user for user in pool.users.values() if _matches(user, params.get("Filter"))]
    found, more = page(users, params.get("Limit"), params.get("PaginationToken"), "PaginationToken")
    wanted = params.get("AttributesToGet")
    return {"Users": [summary(user, wanted) for user in found], **more}


def _matches(user: User, text: str | None) -> bool:
    if not text:
        return True
    parsed = _FILTER.fullmatch(text)
    if parsed is None:
        raise refusals.invalid("Error while parsing filter.")
    name, operator, value = parsed.groups()
    value = re.sub(r"\\(.)", r"\1", value)
    read = _OTHER_FIELDS.get(name)
    actual = read(user) if read else user.attributes.get(name)
    if actual is None:
        return False
    return actual.startswith(value) if operator == "^=" else actual == value


def summary(user: User, wanted: list[str] | None = None) -> dict[str, Any]:
    """A user as lists and AdminCreateUser show it."""
    shown = {k: v for k, v in user.attributes.items() if wanted is None or k in wanted}
    return {**_state(user), "Attributes": schema.listed(shown)}


def _state(user: User) -> dict[str, Any]:
    return {
        "Username": user.username,
        "UserCreateDate": moment(user.created),
        "UserLastModifiedDate": moment(user.modified),
        "Enabled": user.enabled,
        "UserStatus": user.status,
    }


def _user(directory: Directory, call: ApiCall) -> User:
    return directory.administered(call).user(call.params["Username"])


def _unsupported_state(user: User) -> ApiRefusal:
    return ApiRefusal(
        "UnsupportedUserStateException",
        f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD",
    )


def _invite(
    directory: Directory, pool: UserPool, user: User, password: str, params: dict[str, Any]
) -> None:
    for medium in params.get("DesiredDeliveryMediums") or ["SMS"]:
        attribute = _MEDIA[medium]
        address = user.attributes.get(attribute)
        if address is None and "DesiredDeliveryMediums" in params:
            raise refusals.invalid(f"User has no {attribute} to send the invitation to.")
        if address is not None:
            delivery = Delivery("AdminCreateUser", attribute, address, password)
            messages.send(directory, pool, user, delivery, metadata=params.get("ClientMetadata"))


OPERATIONS = {
    "AdminCreateUser": create,
    "AdminGetUser": get,
    "AdminConfirmSignUp": confirm,
    "AdminSetUserPassword": set_password,
    "AdminResetUserPassword": reset_password,
    "AdminUpdateUserAttributes": update_attributes,
    "AdminDeleteUserAttributes": delete_attributes,
    "AdminDeleteUser": delete,
    "AdminEnableUser": _enabling(True),
    "AdminDisableUser": _enabling(False),
    "AdminUserGlobalSignOut": sign_out,
    "ListUsers": list_users,
}
