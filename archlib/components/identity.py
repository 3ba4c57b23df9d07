"""Who a user is, and with which credentials: Amazon Cognito and AWS STS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Attribute, Ref, Value
from archlib.architecture.verbs import described, verb
from archlib.components.base import AwsComponent, Piece
from archlib.components.statements import identity_policy, web_identity_trust
from archlib.components.wiring import Condition, Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class TokenService(AwsComponent):
    """AWS STS, which every account has: no resources."""

    @property
    def icon(self) -> str:
        """STS's icon."""
        return "aws.security.IdentityAndAccessManagementIamAWSSts"

    @property
    def trace_end(self) -> str:
        """The service itself."""
        return "sts.amazonaws.com"

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """None."""
        return iter(())


@dataclass(frozen=True)
class IssuesCredentials(Wire):
    """An identity pool exchanges tokens for temporary credentials of one role."""


@dataclass(frozen=True)
class UserDirectory(AwsComponent):
    """A Cognito user pool with one public app client; an identity pool if it issues credentials.

    ``token_minutes`` is the life of id and access tokens, ``refresh_days`` that of refresh tokens.
    """

    token_minutes: int = field(default=60, kw_only=True)
    refresh_days: int = field(default=30, kw_only=True)

    @property
    def icon(self) -> str:
        """Cognito's icon."""
        return "aws.security.Cognito"

    @property
    def pool_id(self) -> Value:
        """The user pool's id."""
        return Ref(self.name)

    @property
    def pool_arn(self) -> Value:
        """The user pool's ARN."""
        return Attribute(self.name, "Arn")

    @property
    def client_id(self) -> Value:
        """The app client's id."""
        return Ref(f"{self.name}Client")

    @property
    def identity_pool_id(self) -> Value:
        """The identity pool's id."""
        return Ref(f"{self.name}Identities")

    @verb("TokenService")
    def issues_credentials_through(
        self, tokens: TokenService, *, label: str = "generate temporary credentials"
    ) -> IssuesCredentials:
        """Give signed-in users temporary credentials of a role, by STS.

        Source: Amazon Cognito Developer Guide, "Identity pools authentication flow", "Enhanced
        (simplified) authflow".
        """
        return IssuesCredentials(
            self.name, tokens.name, "issues_credentials_through", label, Arrow.BOTH
        )

    def check(self, plan: Plan) -> None:
        """Refuse grants to users who never get credentials."""
        grants = plan.grants(self)
        if grants and not plan.outgoing(self, IssuesCredentials):
            raise ModelError(
                f"its users are granted {grants[0].actions[0]} but it issues them no credentials",
                where=described(self),
                hint="connect it: directory.issues_credentials_through(sts)",
            )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """User pool, app client and, if it issues credentials, identity pool and role."""
        from troposphere import Ref as CfnRef
        from troposphere import Sub, cognito

        yield Piece(
            cognito.UserPool(
                self.name,
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                UserPoolName=Sub("${AWS::StackName}-" + self.name),
                UsernameAttributes=["email"],
                UsernameConfiguration=cognito.UsernameConfiguration(CaseSensitive=False),
                AutoVerifiedAttributes=["email"],
                Schema=[
                    cognito.SchemaAttribute(
                        Name="email", AttributeDataType="String", Required=True, Mutable=True
                    )
                ],
                Policies=cognito.Policies(
                    PasswordPolicy=cognito.PasswordPolicy(
                        MinimumLength=12,
                        RequireLowercase=True,
                        RequireUppercase=True,
                        RequireNumbers=True,
                        RequireSymbols=True,
                        TemporaryPasswordValidityDays=1,
                    )
                ),
                AdminCreateUserConfig=cognito.AdminCreateUserConfig(AllowAdminCreateUserOnly=False),
                AccountRecoverySetting=cognito.AccountRecoverySetting(
                    RecoveryMechanisms=[cognito.RecoveryOption(Name="verified_email", Priority=1)]
                ),
                VerificationMessageTemplate=cognito.VerificationMessageTemplate(
                    DefaultEmailOption="CONFIRM_WITH_CODE"
                ),
                MfaConfiguration="OFF",
            ),
            "The users: they sign up with an e-mail address and confirm it with a code",
        )
        yield Piece(
            cognito.UserPoolClient(
                f"{self.name}Client",
                UserPoolId=CfnRef(self.name),
                ClientName=Sub("${AWS::StackName}-app"),
                GenerateSecret=False,
                ExplicitAuthFlows=[
                    "ALLOW_USER_SRP_AUTH",
                    "ALLOW_USER_PASSWORD_AUTH",
                    "ALLOW_REFRESH_TOKEN_AUTH",
                ],
                SupportedIdentityProviders=["COGNITO"],
                PreventUserExistenceErrors="ENABLED",
                EnableTokenRevocation=True,
                IdTokenValidity=self.token_minutes,
                AccessTokenValidity=self.token_minutes,
                RefreshTokenValidity=self.refresh_days,
                TokenValidityUnits=cognito.TokenValidityUnits(
                    IdToken="minutes", AccessToken="minutes", RefreshToken="days"
                ),
            ),
            "The app as the user pool knows it: without a secret, which an app could not keep",
        )
        if plan.outgoing(self, IssuesCredentials):
            yield from self._identity_pool(plan)

    def _identity_pool(self, plan: Plan) -> Iterator[Piece]:
        from troposphere import GetAtt, Sub, cognito, iam
        from troposphere import Ref as CfnRef

        pool, role = f"{self.name}Identities", f"{self.name}AuthenticatedRole"
        yield Piece(
            cognito.IdentityPool(
                pool,
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                IdentityPoolName=Sub("${AWS::StackName}-" + self.name),
                AllowUnauthenticatedIdentities=False,
                AllowClassicFlow=False,
                CognitoIdentityProviders=[
                    cognito.CognitoIdentityProvider(
                        ClientId=CfnRef(f"{self.name}Client"),
                        ProviderName=GetAtt(self.name, "ProviderName"),
                        ServerSideTokenCheck=True,
                    )
                ],
            ),
            "Turns an id token of the user pool into an identity of this account; guests get none",
        )
        audience = Condition(
            "StringEquals", "cognito-identity.amazonaws.com:aud", (self.identity_pool_id,)
        )
        signed_in = Condition(
            "ForAnyValue:StringLike", "cognito-identity.amazonaws.com:amr", ("authenticated",)
        )
        grants = plan.grants(self)
        policies = (
            {"Policies": [iam.Policy(PolicyName=self.name, PolicyDocument=identity_policy(grants))]}
            if grants
            else {}
        )
        yield Piece(
            iam.Role(
                role,
                Description="What a signed-in user may do with temporary credentials",
                AssumeRolePolicyDocument=web_identity_trust((audience, signed_in)),
                **policies,
            ),
            "Only identities of this pool that signed in can take it on",
        )
        yield Piece(
            cognito.IdentityPoolRoleAttachment(
                f"{self.name}RoleAttachment",
                IdentityPoolId=CfnRef(pool),
                Roles={"authenticated": GetAtt(role, "Arn")},
            ),
            "Which role the pool's identities get",
        )
