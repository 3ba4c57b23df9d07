"""REST APIs: Amazon API Gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Sub, Value
from archlib.architecture.verbs import described, verb
from archlib.components.base import AwsComponent, Piece
from archlib.components.wiring import Permission, Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.clients import Client
    from archlib.components.compute import Function
    from archlib.components.identity import UserDirectory
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class BodyModel:
    """A JSON schema (draft 4, as API Gateway reads it) that request bodies must match."""

    name: str
    description: str
    schema: Mapping[str, object]


@dataclass(frozen=True)
class Route:
    """One method of one path, e.g. ``Route("GET", "/todos/{id}")``.

    ``query`` are the query parameters that the function reads; they become part of the cache
    key of a cached route. A ``signed`` route answers only who signs the request (Signature
    Version 4) with credentials that may invoke it.
    """

    method: str
    path: str
    query: tuple[str, ...] = ()
    body: BodyModel | None = None
    signed: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path."""
        return tuple(part for part in self.path.split("/") if part)

    @property
    def stem(self) -> str:
        """The path as a part of logical ids: ``/todos/{id}`` is ``TodosId``."""
        return path_stem(self.segments)

    @property
    def source(self) -> str:
        """Method and path as in ``execute-api`` ARNs, where a path parameter is ``*``."""
        parts = ("*" if part.startswith("{") else part for part in self.segments)
        return f"{self.method}/{'/'.join(parts)}"

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in braces."""
        return tuple(part.strip("{+}") for part in self.segments if part.startswith("{"))


def path_stem(segments: tuple[str, ...]) -> str:
    """Path segments in PascalCase."""
    words = (part.strip("{+}").replace("-", "_").split("_") for part in segments)
    return "".join(word[:1].upper() + word[1:] for part in words for word in part)


@dataclass(frozen=True)
class Cors:
    """Which browsers' pages may call the API (``origin``), and for how many seconds they know."""

    origin: str = "*"
    headers: tuple[str, ...] = ("Authorization", "Content-Type", "Cache-Control")
    max_age: int = 600


@dataclass(frozen=True)
class Invokes(Wire):
    """An API hands requests of these routes to a function, as AWS_PROXY events."""

    routes: tuple[Route, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Verifies(Wire):
    """An API lets only requests through that carry a valid id token of a user pool."""


@dataclass(frozen=True)
class Answers(Wire):
    """What a client gets back, where a picture draws it as an arrow of its own."""


@dataclass(frozen=True)
class CachesResponses(Wire):
    """An API answers from its stage cache: ``ttl`` seconds, ``size`` GB, only these methods.

    ``by_caller`` makes the Authorization header part of the cache key, without which one user
    would be answered with another's data.
    """

    ttl: int = field(default=60, kw_only=True)
    size: str = field(default="0.5", kw_only=True)
    methods: tuple[str, ...] = field(default=("GET",), kw_only=True)
    by_caller: bool = field(default=True, kw_only=True)


@dataclass(frozen=True)
class RestApi(AwsComponent):
    """A regional REST API with one stage. API Gateway answers over HTTPS only.

    ``rate`` is requests a second, ``burst`` requests, for every method of the stage.
    """

    stage: str = field(default="prod", kw_only=True)
    description: str = field(default="", kw_only=True)
    rate: float = field(default=10_000.0, kw_only=True)
    burst: int = field(default=5_000, kw_only=True)
    cors: Cors | None = field(default=None, kw_only=True)

    @property
    def icon(self) -> str:
        """API Gateway's icon."""
        return "aws.network.APIGateway"

    @property
    def url(self) -> Value:
        """The stage's base URL, without a slash at its end."""
        return Sub(
            "https://${"
            + self.name
            + "}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${"
            + self.name
            + "Stage}"
        )

    def route_arn(self, route: Route) -> Value:
        """The route's ``execute-api`` ARN, as policies name it."""
        stem = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${"
        return Sub(f"{stem}{self.name}}}/{self.stage}/{route.source}")

    @verb("Function")
    def invokes(
        self, function: Function, *, routes: tuple[Route, ...], label: str = "invoke"
    ) -> Invokes:
        """Hand the routes' requests to the function; one permission for each exact route."""
        permissions = tuple(
            Permission(
                f"By{self.name}{route.stem}{route.method.capitalize()}",
                "apigateway.amazonaws.com",
                self.route_arn(route),
            )
            for route in routes
        )
        return Invokes(
            self.name,
            function.name,
            "invokes",
            label,
            Arrow.BOTH,
            permissions=permissions,
            routes=routes,
        )

    @verb("Client")
    def answers(self, client: Client, *, label: str) -> Answers:
        """Draw the answer to a call apart from the call, as some pictures do."""
        return Answers(
            self.name,
            client.name,
            "answers",
            label,
            Arrow.FORWARD,
            off_trace="the answer to the call beside it, and no call of its own",
        )

    @verb("UserDirectory")
    def verifies_with(
        self, directory: UserDirectory, *, label: str = "verify authentication"
    ) -> Verifies:
        """Refuse every request without a valid id token of the directory's users.

        Source: Amazon API Gateway Developer Guide, "Control access to REST APIs using Amazon
        Cognito user pools as an authorizer": without scopes the token is read as an id token.
        """
        return Verifies(self.name, directory.name, "verifies_with", label, Arrow.BOTH)

    @verb()
    def caches_responses(
        self,
        *,
        ttl: int = 60,
        size: str = "0.5",
        methods: tuple[str, ...] = ("GET",),
        by_caller: bool = True,
        label: str = "caching of responses",
    ) -> CachesResponses:
        """Answer repeated reads from the stage's cache.

        CloudFormation has no property for who may invalidate entries: the stage keeps API
        Gateway's default, which heeds ``Cache-Control: max-age=0`` only from callers with
        ``execute-api:InvalidateCache`` and answers others from the cache with a Warning header.
        Source: Amazon API Gateway Developer Guide, "Cache settings for REST APIs".
        """
        return CachesResponses(
            self.name,
            self.name,
            "caches_responses",
            label,
            Arrow.FORWARD,
            ttl=ttl,
            size=size,
            methods=methods,
            by_caller=by_caller,
        )

    def check(self, plan: Plan) -> None:
        """Refuse an API without routes, and one route given to two functions."""
        seen: dict[tuple[str, str], str] = {}
        for wire in plan.outgoing(self, Invokes):
            for route in wire.routes:
                other = seen.setdefault((route.method, route.path), wire.target)
                if other != wire.target or list(wire.routes).count(route) > 1:
                    raise ModelError(
                        f"route {route.method} {route.path} is given twice", where=described(self)
                    )
        if not seen:
            raise ModelError(
                "has no routes",
                where=described(self),
                hint="connect it: api.invokes(function, routes=(Route(...),))",
            )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """API, authorizer, models, paths, methods, error bodies, deployment and stage."""
        from archlib.components.rest import pieces

        return pieces(self, plan)
