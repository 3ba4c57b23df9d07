from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.local.cloud import LocalCloud
from archlib.local.cognito import CognitoPlane

PLANES = (
    "archlib.local.iam:IamEnforcement",
    "archlib.local.sts:SecurityTokens",
    "archlib.local.cognito:CognitoPlane",
)
PASSWORD = "Correct-horse-7"
FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
]


class Refused:
    """``with refused("Code", "text"):`` — the block must raise exactly that ClientError."""

    def __init__(self, code: str, text: str = "") -> None:
        self.code, self.text = code, text

    def __enter__(self) -> Refused:
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        assert isinstance(error, ClientError), f"not refused: {error!r}"
        told = error.response["Error"]
        assert told["Code"] == self.code, told
        assert self.text in told["Message"], told
        return True


@dataclass
class Directory:
    """A pool with one client, and what a phone would call."""

    cloud: LocalCloud
    pool_id: str
    arn: str
    client_id: str
    admin: Any
    public: Any

    @property
    def provider(self) -> str:
        return f"cognito-idp.us-east-1.amazonaws.com/{self.pool_id}"

    @property
    def plane(self) -> CognitoPlane:
        return self.cloud.plane(CognitoPlane)

    def client(self, **settings: Any) -> dict[str, Any]:
        settings.setdefault("ClientName", "another")
        made = self.admin.create_user_pool_client(UserPoolId=self.pool_id, **settings)
        return dict(made["UserPoolClient"])

    def sign_up(self, name: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        return dict(
            self.public.sign_up(ClientId=self.client_id, Username=name, Password=password, **more)
        )

    def confirm(self, name: str, code: str | None = None) -> None:
        self.public.confirm_sign_up(
            ClientId=self.client_id,
            Username=name,
            ConfirmationCode=code or self.cloud.outbox.latest_code(name),
        )

    def join(self, name: str, password: str = PASSWORD) -> str:
        sub = self.sign_up(name, password)["UserSub"]
        self.confirm(name)
        return str(sub)

    def sign_in(
        self, name: str, password: str = PASSWORD, client_id: str | None = None
    ) -> dict[str, Any]:
        return dict(
            self.public.initiate_auth(
                AuthFlow="USER_PASSWORD_AUTH",
                ClientId=client_id or self.client_id,
                AuthParameters={"USERNAME": name, "PASSWORD": password},
            )
        )

    def tokens(self, name: str, password: str = PASSWORD) -> dict[str, Any]:
        return dict(self.sign_in(name, password)["AuthenticationResult"])

    def refresh(self, token: str) -> dict[str, Any]:
        made = self.public.initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH",
            ClientId=self.client_id,
            AuthParameters={"REFRESH_TOKEN": token},
        )
        return dict(made["AuthenticationResult"])


def make(cloud: LocalCloud, client: dict[str, Any] | None = None, **pool: Any) -> Directory:
    admin = cloud.client("cognito-idp")
    settings = {
        "PoolName": "people",
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        **pool,
    }
    made = admin.create_user_pool(**{k: v for k, v in settings.items() if v is not None})
    pool_id = made["UserPool"]["Id"]
    app = admin.create_user_pool_client(
        UserPoolId=pool_id, ClientName="app", **{"ExplicitAuthFlows": FLOWS, **(client or {})}
    )["UserPoolClient"]
    public = cloud.client("cognito-idp", unsigned=True)
    return Directory(cloud, pool_id, made["UserPool"]["Arn"], app["ClientId"], admin, public)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as running:
        yield running


@pytest.fixture
def people(cloud: LocalCloud) -> Directory:
    return make(cloud)


@pytest.fixture
def make_directory(cloud: LocalCloud) -> Any:
    return lambda *args, **settings: make(cloud, *args, **settings)


@pytest.fixture
def refused() -> type[Refused]:
    return Refused
