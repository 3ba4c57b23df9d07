"""What an arrived request means, and who answers it.

In this order: the server's own surface below ``/_archlib/``; a data plane by its host name (real,
below ``localhost``, or in the path); an AWS API call by signature, ``X-Amz-Target``, ``Action``;
everything else is S3 in path style.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiohttp import web

from archlib.errors import ArchlibError, NetworkBlocked, Unsupported, UsageError
from archlib.local.client_hints import OUTCOME, UNCONNECTED, UNSUPPORTED, taken
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse
from archlib.local.protocols import Malformed, Meant, Message, Unrecognised, endpoint
from archlib.local.refusal import ApiRefusal
from archlib.local.regions import regions
from archlib.local.s3 import S3Plane
from archlib.local.s3.address import HOST as S3_HOST
from archlib.local.served.acts import Act, Asked, AskedTogether, Doing
from archlib.local.served.addressing import OWN, Addresses, is_own_name, local_again
from archlib.local.served.api_cors import is_preflight, preflight, readable
from archlib.local.served.authentication import Signed, signed
from archlib.local.served.aws_api import AwsApi
from archlib.local.served.browsers import borrows_the_keys, from_foreign_page
from archlib.local.served.control import Control
from archlib.local.served.listener import Arrived
from archlib.local.served.rounds import Rounds
from archlib.local.served.worker import Worker

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud
    from archlib.local.served.wall_clock import WallClock

log = logging.getLogger(__name__)

_BORROWED = "a page of another origin may not use the administrator's keys here"
_FOREIGN = "a page of another origin may not call AWS APIs here"
_PATH_PLACES = ("execute-api/", "cloudfront/", "s3-website/", "host/")


class Front:
    """Answers everything that arrives, in one cloud and its one thread.

    ``doing`` does an act in that thread; by default nothing goes with it.
    """

    def __init__(
        self, cloud: LocalCloud, clock: WallClock, worker: Worker, doing: Doing | None = None
    ) -> None:
        self.cloud = self._cloud = cloud
        self.clock = self._clock = clock
        self._worker = worker
        self._doing: Doing = doing or (lambda act: act.do(self))
        self._addresses = Addresses(cloud)
        self._api = AwsApi(cloud)
        self._rounds = Rounds(lambda asked: self.act(AskedTogether(tuple(asked))))
        self.control = Control(cloud, clock, worker, self.act)
        self.control.offer("POST", "rounds", self._rounds.done)

    async def act(self, act: Act) -> Any:
        """Have an act done in the cloud's thread."""
        return await self._worker.awaited(lambda: self._doing(act))

    def serves(self, host: str) -> bool:
        """Whether a tunnel to a host ends in the cloud."""
        if self._cloud.http.serves(host) or is_own_name(host) or host.endswith(".localhost"):
            return True
        names, _ = endpoint(host)
        return any(self._api.services.model(name) is not None for name in names)

    async def serve(self, arrived: Arrived) -> HttpResponse | web.StreamResponse:
        """Answer; whatever goes wrong is an answer too."""
        request = arrived.request
        if (page := self.control.page(request)) is not None:
            return page
        if is_own_name(request.host) and request.path.startswith(OWN):
            below = request.path[len(OWN) :]
            if not below.startswith(_PATH_PLACES):
                return await self.control.serve(arrived)
        asked = Asked(request, arrived.proxied)
        try:
            _, hints = taken(request)
            if hints.member is not None:
                return await self._rounds.answer(hints.member, asked)
            answer: HttpResponse = await self.act(asked)
            return answer
        except UsageError as mistake:
            return _plain(400, str(mistake))
        except ArchlibError as error:
            log.error("%s %s: %s", request.method, request.url, error)
            return _plain(500, str(error))
        except RuntimeError:
            return _plain(503, "the served cloud is being stopped")

    def answer(self, request: HttpRequest, proxied: bool) -> HttpResponse:
        """Answer a request, in the cloud's thread."""
        self._catch_up()
        return self._answered(request, proxied)

    def answer_together(self, asked: Sequence[Asked]) -> list[HttpResponse]:
        """Answer requests of clients that act at the same time, in turns."""
        self._catch_up()
        return self._cloud.turns.together(
            [partial(self._answered, one.request, one.proxied) for one in asked]
        )

    def _catch_up(self) -> None:
        try:
            self._clock.catch_up()
        except Exception as error:
            # What a timer does is nobody's request; whoever runs the server must know.
            log.error("what was due failed", exc_info=error)

    def _answered(self, request: HttpRequest, proxied: bool) -> HttpResponse:
        try:
            request, hints = taken(request)
            with hints.in_force():
                return self._answer(request, proxied)
        except UsageError as mistake:
            return _plain(400, str(mistake))
        except (ConnectionRefused, NetworkBlocked) as refused:
            return _plain(502, str(refused), UNCONNECTED)
        except Unsupported as unsupported:
            return _plain(501, str(unsupported), UNSUPPORTED)
        except ArchlibError as error:
            log.error("%s %s: %s", request.method, request.url, error)
            return _plain(500, str(error))
        except Exception as error:
            log.error("%s %s failed", request.method, request.url, exc_info=error)
            return _plain(500, f"{type(error).__name__} in the local cloud")

    def _answer(self, request: HttpRequest, proxied: bool) -> HttpResponse:
        meant = self._addresses.meant(request)
        if meant is request and not is_own_name(request.host):
            meant = self._real(request, proxied)
        own = is_own_name(meant.host) or meant.host.endswith(".localhost")
        serves = self._cloud.http.serves
        if borrows_the_keys(request, serves, proxied=proxied):
            return _plain(403, _BORROWED)
        if not own and S3_HOST.fullmatch(meant.host):
            return local_again(self._cloud.http.send(meant), meant)
        if not own and _is_rest_api(meant.host):
            return local_again(self._cloud.http.send(meant), meant)
        message = _message(request)
        given = _signed(message)
        host = "" if own else meant.host
        foreign = from_foreign_page(request, serves, proxied=proxied)
        if is_preflight(request) and (endpoint(host)[0] if host else not self._is_of_s3(request)):
            return _plain(403, _FOREIGN) if foreign else preflight(request)
        both = bool(endpoint(host)[0])  # A service's API and a plane: Cognito's, for example.
        if not own and serves(host) and not (both and _is_api_call(message, given)):
            return local_again(self._cloud.http.send(meant), meant)
        try:
            found = self._find(message, given, host)
        except Unrecognised as unknown:
            return readable(request, self._api.unrecognised(unknown))
        except Malformed as malformed:
            return _plain(400, str(malformed))
        if found is not None:
            if foreign:
                return _plain(403, _FOREIGN)
            asked = meant if not own or proxied else replace(meant, scheme="https")
            return readable(request, self._api.serve(found, asked, given))
        if own:
            return self._s3(request, given)
        raise ConnectionRefused(f"nothing in the local cloud serves {meant.host}")

    def _real(self, request: HttpRequest, proxied: bool) -> HttpRequest:
        """A request with a real host's name; on the plain port it stands for one over TLS."""
        if proxied:
            return request
        scheme = "http" if ".s3-website" in request.host else "https"
        return replace(request, scheme=scheme, port=None, original=request)

    def _is_of_s3(self, request: HttpRequest) -> bool:
        """Whether a request without a signature at the endpoint is about a bucket's contents."""
        if not is_own_name(request.host):
            return True
        name = request.path.lstrip("/").partition("/")[0]
        return bool(name) and self._cloud.plane(S3Plane).bucket(unquote(name)) is not None

    def _find(self, message: Message, given: Signed | None, host: str) -> Meant | None:
        if not host and given is not None and given.service == "s3":
            return None
        if not host and given is None and not _is_api_call(message, None):
            return None
        return self._api.find(message, given, host)

    def _s3(self, request: HttpRequest, given: Signed | None) -> HttpResponse:
        """S3 at the endpoint itself, or with the bucket before it (``bucket.localhost``).

        A signature tells the region that its client means.
        """
        asked = request.method in ("GET", "HEAD") and request.path == "/" and not request.query
        if given is None and asked and is_own_name(request.host):
            return self.control.front_page()
        region = f".{given.region}" if given is not None and given.region in regions() else ""
        bucket = "" if is_own_name(request.host) else f"{request.host.removesuffix('.localhost')}."
        hosts = (f"{bucket}s3{region}.amazonaws.com", f"{bucket}s3.amazonaws.com")
        host = next((host for host in hosts if S3_HOST.fullmatch(host)), "s3.amazonaws.com")
        meant = replace(request, scheme="https", host=host, port=None, original=request)
        return self._cloud.http.send(meant)


def _message(request: HttpRequest) -> Message:
    return Message.of(request.method, request.path, request.query, request.headers, request.body)


def _signed(message: Message) -> Signed | None:
    try:
        return signed(message)
    except ApiRefusal:
        return None  # The service says so itself, once it is known.


def _is_rest_api(host: str) -> bool:
    return ".execute-api." in host


def _is_api_call(message: Message, given: Signed | None) -> bool:
    """Whether a request speaks one of the AWS protocols, whatever its host."""
    fields = message.fields
    if given is not None or "x-amz-target" in fields or "smithy-protocol" in fields:
        return True
    if fields.get("authorization", "").startswith("AWS4-"):
        return True
    if message.method == "POST" and message.media_type == "application/x-www-form-urlencoded":
        return message.body.startswith(b"Action=") or b"&Action=" in message.body
    return "Action" in message.given and "Version" in message.given


def _plain(status: int, text: str, outcome: str | None = None) -> HttpResponse:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if outcome is not None:
        headers.append((OUTCOME, outcome))
    return HttpResponse(status, tuple(headers), f"{text}\n".encode())
