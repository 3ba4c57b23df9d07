"""Making accounts: names, uniqueness and aliases, the same for sign-up and administrators.

AWS, "Customizing sign-in attributes": a pool whose user name *is* an e-mail address or phone
number gives each user a UUID as internal name; a pool with aliases keeps the chosen name,
and an alias belongs to the last user who verified it.
"""

from __future__ import annotations

from archlib.local.cognito import refusals, schema
from archlib.local.cognito.directory import Directory, User, UserPool
from archlib.local.refusal import ApiRefusal

_FORMATS = {"email": schema.EMAIL, "phone_number": schema.PHONE}
_WANTED = {
    ("email",): "Username should be an email.",
    ("phone_number",): "Username should be a phone number.",
    ("email", "phone_number"): "Username should be either an email or a phone number.",
}


def new_user(
    directory: Directory,
    pool: UserPool,
    name: str,
    attributes: dict[str, str],
    status: str,
    *,
    complete: bool,
) -> User:
    """An account that is not yet in the pool.

    ``complete`` asks for the required attributes; an administrator may leave them to the
    user's first sign-in. Raises UsernameExistsException for a taken name and
    InvalidParameterException for a name or attributes that the pool does not allow.
    """
    attributes = dict(attributes)
    sign_in = tuple(sorted(pool.settings.get("UsernameAttributes", ())))
    username = name
    sub = directory.cloud.new_uuid()
    if sign_in:
        kind = next((kind for kind in sign_in if _FORMATS[kind].fullmatch(name)), None)
        if kind is None:
            raise refusals.invalid(_WANTED[sign_in])
        attributes.setdefault(kind, name)
        if attributes[kind] != name:
            raise refusals.invalid(f"Username and {kind} attribute do not match.")
        username = sub
    for alias in pool.settings.get("AliasAttributes", ()):
        if alias in _FORMATS and _FORMATS[alias].fullmatch(name):
            raise refusals.invalid(
                f"Username cannot be of {alias} format, since user pool is configured "
                f"for {alias} alias."
            )
    schema.check(pool, attributes, complete=complete)
    _check_free(pool, username, attributes, sign_in)
    now = directory.now()
    return User(username, {"sub": sub, **attributes}, status, now, now)


def check_alias_free(pool: UserPool, user: User, attribute: str, *, force: bool) -> None:
    """Before ``attribute`` of ``user`` counts as verified: nobody else may sign in with it.

    ``force`` takes the alias away from its holder, otherwise AliasExistsException is raised.
    """
    if attribute not in pool.settings.get("AliasAttributes", ()):
        return
    value = pool.folded(user.attributes.get(attribute, ""))
    for other in pool.users.values():
        holds = pool.folded(other.attributes.get(attribute, "")) == value
        if other is user or not holds or other.attributes.get(f"{attribute}_verified") != "true":
            continue
        if not force:
            raise ApiRefusal(
                "AliasExistsException", f"An account with the {attribute} already exists."
            )
        other.attributes[f"{attribute}_verified"] = "false"


def check_sign_in_name_free(pool: UserPool, user: User, changes: dict[str, str]) -> None:
    """Raises AliasExistsException when a changed sign-in attribute belongs to somebody else."""
    for attribute in pool.settings.get("UsernameAttributes", ()):
        value = changes.get(attribute)
        holder = pool.find(value) if value else None
        if holder is not None and holder is not user:
            raise ApiRefusal(
                "AliasExistsException", f"An account with the {attribute} already exists."
            )


def remove(pool: UserPool, user: User) -> None:
    """Delete an account with its grants, group memberships and challenges."""
    del pool.users[user.username]
    for group in pool.groups.values():
        if user.username in group.members:
            group.members.remove(user.username)
    pool.grants = {k: g for k, g in pool.grants.items() if g.username != user.username}
    pool.sessions = {k: s for k, s in pool.sessions.items() if s.username != user.username}


def sign_out(pool: UserPool, user: User) -> None:
    """Revoke everything the user's sign-ins so far have given out (GlobalSignOut)."""
    for grant in pool.grants.values():
        if grant.username == user.username:
            grant.revoked = True
            pool.revoked_origins.add(grant.origin_jti)


def _check_free(
    pool: UserPool, username: str, attributes: dict[str, str], sign_in: tuple[str, ...]
) -> None:
    wanted = pool.folded(username)
    if any(pool.folded(taken) == wanted for taken in pool.users):
        raise ApiRefusal("UsernameExistsException", "User already exists")
    for kind in sign_in:
        value = attributes.get(kind)
        if value and pool.find(value) is not None:
            raise ApiRefusal(
                "UsernameExistsException", f"An account with the given {kind} already exists."
            )
