"""The boto3 clients of a local cloud: made once each, shared, closed with it."""

from __future__ import annotations

import threading
from typing import Any

from archlib.local import moto_backend
from archlib.local.identity import LOCAL_SECRET, RAW_KEY, Credentials
from archlib.local.moto_call import MotoCalls
from archlib.local.on_behalf import sign_on_behalf


class Clients:
    """Clients of one session, by what they are for."""

    def __init__(self, session: Any) -> None:
        self._session = session
        # One at a time: making clients from one session is not safe between threads.
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str, Credentials, bool], Any] = {}
        self._serving: dict[tuple[str, str], tuple[Any, MotoCalls]] = {}

    def get(self, service: str, region: str, credentials: Credentials, *, unsigned: bool) -> Any:
        """The client of a service in a region for a caller."""
        key = (service, region, credentials, unsigned)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(service, region, credentials, unsigned)
            return self._made[key]

    def on_behalf(self, service: str, region: str) -> tuple[Any, MotoCalls]:
        """See :meth:`archlib.local.cloud.LocalCloud.on_behalf`."""
        key = (service, region)
        if key not in self._serving:
            # Not one of the shared ones: they sign with keys of their own.
            with self._lock:
                made = self._make(service, region, Credentials(RAW_KEY, LOCAL_SECRET), False)
                self._serving[key] = sign_on_behalf(made), MotoCalls(made)
        return self._serving[key]

    def close(self) -> None:
        """Close them all."""
        clients = [*self._made.values(), *(client for client, _ in self._serving.values())]
        self._made, self._serving = {}, {}
        for client in clients:
            client.close()

    def _make(self, service: str, region: str, credentials: Credentials, unsigned: bool) -> Any:
        return self._session.client(
            service,
            region_name=region,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.session_token,
            config=moto_backend.config(unsigned),
        )
