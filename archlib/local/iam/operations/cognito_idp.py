"""Cognito user pools: what administrators do, and what anyone may call.

AWS: "Actions, resources, and condition keys for Amazon Cognito User Pools"; the public
operations are those "User pool API operations" lists as unauthenticated or authorised by an
access token.
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Table,
    given,
    named,
    on,
    public,
    same_name,
    tag_keys,
    tags,
)

_PREFIX = "cognito-idp"
_pool = named(_PREFIX, "userpool/{}", "UserPoolId")

COGNITO_IDP: Table = {
    **public(
        "AssociateSoftwareToken ChangePassword CompleteWebAuthnRegistration ConfirmDevice "
        "ConfirmForgotPassword ConfirmSignUp DeleteUser DeleteUserAttributes "
        "DeleteWebAuthnCredential ForgetDevice ForgotPassword GetDevice "
        "GetTokensFromRefreshToken GetUser GetUserAttributeVerificationCode GetUserAuthFactors "
        "GlobalSignOut InitiateAuth ListDevices ListWebAuthnCredentials ResendConfirmationCode "
        "RespondToAuthChallenge RevokeToken SetUserMFAPreference SetUserSettings SignUp "
        "StartWebAuthnRegistration UpdateAuthEventFeedback UpdateDeviceStatus "
        "UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute"
    ),
    **same_name(
        _PREFIX,
        "AddCustomAttributes AdminAddUserToGroup AdminConfirmSignUp AdminCreateUser "
        "AdminDeleteUser AdminDeleteUserAttributes AdminDisableProviderForUser AdminDisableUser "
        "AdminEnableUser AdminForgetDevice AdminGetDevice AdminGetUser AdminInitiateAuth "
        "AdminLinkProviderForUser AdminListDevices AdminListGroupsForUser "
        "AdminListUserAuthEvents AdminRemoveUserFromGroup AdminResetUserPassword "
        "AdminRespondToAuthChallenge AdminSetUserMFAPreference AdminSetUserPassword "
        "AdminSetUserSettings AdminUpdateAuthEventFeedback AdminUpdateDeviceStatus "
        "AdminUpdateUserAttributes AdminUserGlobalSignOut CreateGroup CreateIdentityProvider "
        "CreateManagedLoginBranding CreateResourceServer CreateUserImportJob "
        "CreateUserPoolClient CreateUserPoolDomain DeleteGroup DeleteIdentityProvider "
        "DeleteManagedLoginBranding DeleteResourceServer DeleteUserPool DeleteUserPoolClient "
        "DeleteUserPoolDomain DescribeIdentityProvider DescribeManagedLoginBranding "
        "DescribeManagedLoginBrandingByClient DescribeResourceServer DescribeRiskConfiguration "
        "DescribeUserImportJob DescribeUserPool DescribeUserPoolClient GetCSVHeader GetGroup "
        "GetIdentityProviderByIdentifier GetLogDeliveryConfiguration GetSigningCertificate "
        "GetUICustomization GetUserPoolMfaConfig ListGroups ListIdentityProviders "
        "ListResourceServers ListUserImportJobs ListUserPoolClients ListUsers ListUsersInGroup "
        "SetLogDeliveryConfiguration SetRiskConfiguration SetUICustomization "
        "SetUserPoolMfaConfig StartUserImportJob StopUserImportJob UpdateGroup "
        "UpdateIdentityProvider UpdateManagedLoginBranding UpdateResourceServer UpdateUserPool "
        "UpdateUserPoolClient UpdateUserPoolDomain",
        _pool,
    ),
    **same_name(_PREFIX, "DescribeUserPoolDomain ListUserPools"),
    "CreateUserPool": on("cognito-idp:CreateUserPool", context=tags("UserPoolTags")),
    "ListTagsForResource": on("cognito-idp:ListTagsForResource", given("ResourceArn")),
    "TagResource": on("cognito-idp:TagResource", given("ResourceArn"), tags()),
    "UntagResource": on("cognito-idp:UntagResource", given("ResourceArn"), tag_keys()),
}
