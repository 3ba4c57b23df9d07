"""Groups of a user pool: their operations. Their names and roles go into tokens."""

from __future__ import annotations

from typing import Any

from archlib.local.api import ApiCall, Result
from archlib.local.cognito.directory import Directory, Group, UserPool, moment
from archlib.local.cognito.paging import page
from archlib.local.cognito.user_admin import summary
from archlib.local.refusal import ApiRefusal


def create(directory: Directory, call: ApiCall) -> Result:
    """CreateGroup."""
    pool, name = directory.administered(call), call.params["GroupName"]
    if name in pool.groups:
        raise ApiRefusal("GroupExistsException", "A group with the name already exists.")
    now = directory.now()
    pool.groups[name] = Group(
        name,
        call.params.get("Description"),
        call.params.get("RoleArn"),
        call.params.get("Precedence"),
        now,
        now,
    )
    return {"Group": _description(pool, pool.groups[name])}


def get(directory: Directory, call: ApiCall) -> Result:
    """GetGroup."""
    return {"Group": _description(directory.administered(call), _group(directory, call))}


def update(directory: Directory, call: ApiCall) -> Result:
    """UpdateGroup: members that are not given stay."""
    group = _group(directory, call)
    group.description = call.params.get("Description", group.description)
    group.role_arn = call.params.get("RoleArn", group.role_arn)
    group.precedence = call.params.get("Precedence", group.precedence)
    group.modified = directory.now()
    return get(directory, call)


def delete(directory: Directory, call: ApiCall) -> Result:
    """DeleteGroup: its members stay in the pool."""
    del directory.administered(call).groups[_group(directory, call).name]
    return {}


def list_groups(directory: Directory, call: ApiCall) -> Result:
    """ListGroups."""
    pool = directory.administered(call)
    found, more = page(
        list(pool.groups.values()), call.params.get("Limit"), call.params.get("NextToken")
    )
    return {"Groups": [_description(pool, group) for group in found], **more}


def add(directory: Directory, call: ApiCall) -> Result:
    """AdminAddUserToGroup: the user's next token says so."""
    group = _group(directory, call)
    user = directory.administered(call).user(call.params["Username"])
    if user.username not in group.members:
        group.members.append(user.username)
    return {}


def remove(directory: Directory, call: ApiCall) -> Result:
    """AdminRemoveUserFromGroup."""
    group = _group(directory, call)
    user = directory.administered(call).user(call.params["Username"])
    if user.username in group.members:
        group.members.remove(user.username)
    return {}


def of_user(directory: Directory, call: ApiCall) -> Result:
    """AdminListGroupsForUser."""
    pool = directory.administered(call)
    mine = pool.groups_of(pool.user(call.params["Username"]))
    found, more = page(mine, call.params.get("Limit"), call.params.get("NextToken"))
    return {"Groups": [_description(pool, group) for group in found], **more}


def members(directory: Directory, call: ApiCall) -> Result:
    """ListUsersInGroup."""
    pool = directory.administered(call)
    users = [pool.users[name] for name in _group(directory, call).members]
    found, more = page(users, call.params.get("Limit"), call.params.get("NextToken"))
    return {"Users": [summary(user) for user in found], **more}


def _group(directory: Directory, call: ApiCall) -> Group:
    group = directory.administered(call).groups.get(call.params["GroupName"])
    if group is None:
        raise ApiRefusal("ResourceNotFoundException", "Group not found.")
    return group


def _description(pool: UserPool, group: Group) -> dict[str, Any]:
    optional = {
        "Description": group.description,
        "RoleArn": group.role_arn,
        "Precedence": group.precedence,
    }
    return {
        "GroupName": group.name,
        "UserPoolId": pool.id,
        **{name: value for name, value in optional.items() if value is not None},
        "LastModifiedDate": moment(group.modified),
        "CreationDate": moment(group.created),
    }


OPERATIONS = {
    "CreateGroup": create,
    "GetGroup": get,
    "UpdateGroup": update,
    "DeleteGroup": delete,
    "ListGroups": list_groups,
    "AdminAddUserToGroup": add,
    "AdminRemoveUserFromGroup": remove,
    "AdminListGroupsForUser": of_user,
    "ListUsersInGroup": members,
}
