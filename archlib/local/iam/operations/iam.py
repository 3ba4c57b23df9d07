"""IAM itself: users, groups, roles, policies.

AWS: "Actions, resources, and condition keys for AWS Identity and Access Management". ARNs of
IAM resources carry the resource's path; they have no region.
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Context,
    ResourceOf,
    Table,
    all_of,
    and_tags,
    given,
    keys,
    merged,
    named,
    on,
    same_name,
    tag_keys,
    tags,
)


def _entity(kind: str, parameter: str) -> ResourceOf:
    """An existing entity by name, with its path; without a name the caller itself."""

    def of(call: Call) -> str:
        name = call.params.get(parameter)
        if not name:
            return call.caller_arn or "*"
        return call.facts.iam_arn(kind, name) or _with_path(call, kind, name)

    return of


def _with_path(call: Call, kind: str, name: str) -> str:
    path = call.params.get("Path") or "/"
    return call.arn("iam", f"{kind}{path}{name}", region=False)


def _new(kind: str, parameter: str) -> ResourceOf:
    return lambda call: _with_path(call, kind, call.params[parameter])


def _policy_arn(call: Call) -> Context:
    arn = call.params.get("PolicyArn")
    return {"iam:PolicyARN": arn} if arn else {}


_role = _entity("role", "RoleName")
_user = _entity("user", "UserName")
_group = _entity("group", "GroupName")
_profile = _entity("instance-profile", "InstanceProfileName")
_NEW_BOUNDARY = keys({"PermissionsBoundary": "iam:PermissionsBoundary"})

IAM: Table = {
    **same_name(
        "iam",
        "DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy GetRole GetRolePolicy "
        "ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies ListRoleTags "
        "PutRolePolicy UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        _role,
    ),
    **same_name("iam", "AttachRolePolicy DetachRolePolicy", _role, _policy_arn),
    "PutRolePermissionsBoundary": on("iam:PutRolePermissionsBoundary", _role, _NEW_BOUNDARY),
    "CreateRole": and_tags(
        on("iam:CreateRole", _new("role", "RoleName"), merged(tags(), _NEW_BOUNDARY)),
        "iam:TagRole",
        _new("role", "RoleName"),
    ),
    "TagRole": on("iam:TagRole", _role, tags()),
    "UntagRole": on("iam:UntagRole", _role, tag_keys()),
    **same_name(
        "iam",
        "ChangePassword CreateAccessKey CreateLoginProfile DeactivateMFADevice DeleteAccessKey "
        "DeleteLoginProfile DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy "
        "EnableMFADevice GetAccessKeyLastUsed GetLoginProfile GetUser GetUserPolicy "
        "ListAccessKeys ListAttachedUserPolicies ListGroupsForUser ListMFADevices "
        "ListUserPolicies ListUserTags PutUserPolicy UpdateAccessKey UpdateLoginProfile "
        "UpdateUser",
        _user,
    ),
    **same_name("iam", "AttachUserPolicy DetachUserPolicy", _user, _policy_arn),
    "PutUserPermissionsBoundary": on("iam:PutUserPermissionsBoundary", _user, _NEW_BOUNDARY),
    "CreateUser": and_tags(
        on("iam:CreateUser", _new("user", "UserName"), merged(tags(), _NEW_BOUNDARY)),
        "iam:TagUser",
        _new("user", "UserName"),
    ),
    "TagUser": on("iam:TagUser", _user, tags()),
    "UntagUser": on("iam:UntagUser", _user, tag_keys()),
    **same_name(
        "iam",
        "AddUserToGroup DeleteGroup DeleteGroupPolicy GetGroup GetGroupPolicy "
        "ListAttachedGroupPolicies ListGroupPolicies PutGroupPolicy RemoveUserFromGroup "
        "UpdateGroup",
        _group,
    ),
    **same_name("iam", "AttachGroupPolicy DetachGroupPolicy", _group, _policy_arn),
    "CreateGroup": on("iam:CreateGroup", _new("group", "GroupName")),
    **same_name(
        "iam",
        "CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion "
        "ListEntitiesForPolicy ListPolicyTags ListPolicyVersions SetDefaultPolicyVersion",
        given("PolicyArn"),
    ),
    "CreatePolicy": and_tags(
        on("iam:CreatePolicy", _new("policy", "PolicyName"), tags()),
        "iam:TagPolicy",
        _new("policy", "PolicyName"),
    ),
    "TagPolicy": on("iam:TagPolicy", given("PolicyArn"), tags()),
    "UntagPolicy": on("iam:UntagPolicy", given("PolicyArn"), tag_keys()),
    "CreateInstanceProfile": on(
        "iam:CreateInstanceProfile", _new("instance-profile", "InstanceProfileName"), tags()
    ),
    **same_name(
        "iam",
        "DeleteInstanceProfile GetInstanceProfile ListInstanceProfileTags "
        "RemoveRoleFromInstanceProfile",
        _profile,
    ),
    # Adding a role to an instance profile passes it to EC2 ("Dependent actions").
    "AddRoleToInstanceProfile": all_of(
        on("iam:AddRoleToInstanceProfile", _profile),
        on("iam:PassRole", _role, lambda call: {"iam:PassedToService": "ec2.amazonaws.com"}),
    ),
    **same_name(
        "iam",
        "AddClientIDToOpenIDConnectProvider DeleteOpenIDConnectProvider "
        "GetOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider "
        "UpdateOpenIDConnectProviderThumbprint",
        given("OpenIDConnectProviderArn"),
    ),
    "CreateServiceLinkedRole": on(
        "iam:CreateServiceLinkedRole",
        named("iam", "role/aws-service-role/{}/*", "AWSServiceName", region=False),
        keys({"AWSServiceName": "iam:AWSServiceName"}),
    ),
    "SimulatePrincipalPolicy": on("iam:SimulatePrincipalPolicy", given("PolicySourceArn")),
    **same_name(
        "iam",
        "CreateAccountAlias DeleteAccountAlias DeleteAccountPasswordPolicy "
        "GenerateCredentialReport GetAccountAuthorizationDetails GetAccountPasswordPolicy "
        "GetAccountSummary GetContextKeysForCustomPolicy GetCredentialReport "
        "ListAccountAliases ListGroups ListInstanceProfiles ListOpenIDConnectProviders "
        "ListPolicies ListRoles ListSAMLProviders ListServerCertificates ListUsers "
        "ListVirtualMFADevices SimulateCustomPolicy UpdateAccountPasswordPolicy",
    ),
}
