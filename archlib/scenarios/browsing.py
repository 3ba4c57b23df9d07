"""What clients of every scenario do: plain HTTP requests, and calls that may be refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archlib.verify import Site


class Unanswered(Exception):
    """An answer has not what a flow needs to go on; says what it was instead."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as a browser sees it. ``status`` 0: no connection could be made."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    def value(self, name: str) -> str:
        """A value of a JSON answer; raises :class:`Unanswered` when it is not there."""
        try:
            return str(self.json[name])
        except (ValueError, KeyError, TypeError):
            raise Unanswered(f"got {self}") from None

    def header(self, name: str) -> str:
        """A header's value, by its name in lower case; :class:`Unanswered` without it."""
        if name not in self.headers:
            raise Unanswered(f"no {name} in {self}")
        return self.headers[name]

    def __str__(self) -> str:
        """The status, and what a reviewer wants to know of an error."""
        code = re.search(r"<Code>(\w+)</Code>", self.text)
        page = re.search(rf"<title>(?:{self.status} )?([^<]*)</title>", self.text, re.IGNORECASE)
        found = code or page
        said = found.group(1) if found else " ".join(self.text.split())[:80]
        return f"{self.status} {said}" if self.status >= 400 else str(self.status)

    @property
    def cached(self) -> str:
        """What the edge says of its cache, e.g. ``Hit from cloudfront``."""
        return self.headers.get("x-cache", "")


def send(
    method: str,
    url: str,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    auth: Any = None,
) -> Answer:
    """One request, redirects not followed; a dict is sent as JSON."""
    import requests

    given = dict(headers or {})
    data = body
    if isinstance(body, dict):
        data = json.dumps(body)
        given.setdefault("Content-Type", "application/json")
    try:
        answer = requests.request(
            method, url, data=data, headers=given, auth=auth, timeout=35, allow_redirects=False
        )
    except requests.ConnectionError as refused:
        return Answer(0, str(refused).encode(), {})
    lowered = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status_code, answer.content, lowered)


def outcome(call: Callable[[], Any]) -> str:
    """``"ok"``, or the error code with which AWS refuses the call."""
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def url(site: Site, output: str, path: str = "") -> str:
    """A URL below one of the stack's outputs."""
    return site.outputs[output].rstrip("/") + path


def role_keys(site: Site, output: str, session: str) -> dict[str, str]:
    """What somebody gets who takes on the role of an output: options for a boto3 client."""
    made = site.operator("sts").assume_role(RoleArn=site.outputs[output], RoleSessionName=session)[
        "Credentials"
    ]
    return {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }


def send_signed(
    site: Site, keys: dict[str, str], method: str, target: str, body: dict[str, Any]
) -> Answer:
    """One request to an API, signed with a role's keys (Signature Version 4)."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    text = json.dumps(body)
    request = AWSRequest(method, target, {"Content-Type": "application/json"}, text)
    credentials = Credentials(*keys.values())
    SigV4Auth(credentials, "execute-api", site.region).add_auth(request)
    return send(method, target, text, headers=dict(request.headers.items()))
