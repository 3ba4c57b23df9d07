"""A served cloud's own surface, as its client sees it: JSON below ``/_archlib/``."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from archlib.errors import ArchlibError, UsageError
from archlib.local.network import is_loopback

#: Seconds for an answer: advancing by weeks runs all that is due in them.
PATIENCE = 120.0


def no_served_cloud(endpoint: str) -> UsageError:
    """What to raise where something else answers."""
    return UsageError(
        f"what answers at {endpoint} is no served cloud of this version",
        hint="start one: archlib serve",
    )


class Surface:
    """Asks one served cloud.

    Raises :class:`UsageError` for an address that is none, or that leads away from this machine.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        if parts.scheme != "http" or not host or parts.path.strip("/") or parts.query:
            raise UsageError(
                f"{url!r} is not where a cloud is served", hint="say http://127.0.0.1:PORT"
            )
        if not is_loopback(host):
            raise UsageError(
                f"{host} is not this machine",
                hint="archlib talks to served clouds on loopback only",
            )
        self._host, self._port = host, port or 80
        self.endpoint = f"http://{f'[{host}]' if ':' in host else host}:{self._port}"

    def get(self, path: str) -> Any:
        """What lies at ``/_archlib/{path}``."""
        return self._ask("GET", path, None)

    def post(self, path: str, **said: Any) -> Any:
        """The answer to a JSON object.

        Raises :class:`UsageError` where the server says that it is not to be as things are.
        """
        return self._ask("POST", path, json.dumps(said).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        # A connection for each: a kept one may be closed just when it is asked, and who advances
        # a clock twice has advanced it twice.
        connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE)
        try:
            connection.request(method, f"/_archlib/{path}", body)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise UsageError(
                f"no served cloud answers at {self.endpoint}: {error}",
                hint="start one: archlib serve",
            ) from None
        finally:
            connection.close()
        try:
            said = json.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise no_served_cloud(self.endpoint)
        if status == 409:
            raise UsageError(str(said.get("error")), where=self.endpoint, hint=said.get("hint"))
        if status != 200:
            raise ArchlibError(
                f"/_archlib/{path} answered {status}: {said.get('error')}", where=self.endpoint
            )
        return said
