"""People who use MyTodoList, and the app on their phone: plain boto3 and HTTP, nothing else."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

from archlib.scenarios.accounts import Person as Person
from archlib.scenarios.accounts import Tokens
from archlib.scenarios.accounts import newcomer as newcomer
from archlib.scenarios.accounts import sign_in as sign_in
from archlib.scenarios.browsing import outcome as outcome
from archlib.verify import Site

_versions = itertools.count(1)


class Unanswered(Exception):
    """The app asked and got something else."""


@dataclass(frozen=True)
class Keys:
    """Temporary AWS credentials of one person, with the identity they stand for."""

    identity: str
    options: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as the app sees it. ``status`` 0: no connection could be made."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.text)

    def value(self, name: str) -> Any:
        """A member of the body, without which the app cannot go on.

        Raises :class:`Unanswered` with the answer when it is not there.
        """
        if self.status >= 300 or name not in (body := self.json):
            raise Unanswered(f"got {self.status or 'no connection'}: {self.text}")
        return body[name]


def aws_keys(site: Site, tokens: Tokens) -> Keys:
    """Exchange an id token for temporary credentials at the identity pool."""
    cognito, pool = site.client("cognito-identity"), site.outputs["IdentityPoolId"]
    issuer = f"cognito-idp.{site.region}.amazonaws.com/{site.outputs['UserPoolId']}"
    identity = cognito.get_id(IdentityPoolId=pool, Logins={issuer: tokens.id})["IdentityId"]
    made = cognito.get_credentials_for_identity(IdentityId=identity, Logins={issuer: tokens.id})
    keys = made["Credentials"]
    return Keys(
        identity,
        {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretKey"],
            "aws_session_token": keys["SessionToken"],
        },
    )


def call(
    site: Site,
    method: str,
    path: str,
    token: str | None = None,
    body: Any = None,
    *,
    fresh: bool = False,
    scheme: str = "https",
    raw: str | None = None,
    more: dict[str, str] | None = None,
) -> Answer:
    """Send one request to the API.

    ``fresh`` reads past the stage's cache as the app does after a write of its own: with a
    ``version`` that no answer is cached for. ``raw`` is sent as the body instead of JSON.
    """
    import requests

    headers = {"Content-Type": "application/json"} if body is not None or raw is not None else {}
    headers.update(more or {})
    if token is not None:
        headers["Authorization"] = token
    if fresh:
        path += f"{'&' if '?' in path else '?'}version={next(_versions)}"
    url = site.outputs["ApiUrl"].rstrip("/").replace("https://", f"{scheme}://") + path
    data = raw if raw is not None else None if body is None else json.dumps(body)
    try:
        answer = requests.request(method, url, headers=headers, data=data, timeout=35)
    except requests.ConnectionError as refused:
        return Answer(0, str(refused), {})
    return Answer(answer.status_code, answer.text, dict(answer.headers))
