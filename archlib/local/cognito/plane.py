"""The Cognito plane: which operation is served by what, and token checks for other planes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Result
from archlib.local.cognito import (
    app_clients,
    credentials,
    groups,
    identity_pools,
    recovery,
    self_service,
    sign_in,
    sign_up,
    user_admin,
    user_pools,
    web_identity,
    well_known,
)
from archlib.local.cognito.directory import Directory
from archlib.local.cognito.identity_pools import Federation
from archlib.local.cognito.tokens import TokenRejected, TokenVerifier

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

USER_POOLS: Mapping[str, Callable[[Directory, ApiCall], Result]] = {
    **user_pools.OPERATIONS,
    **app_clients.OPERATIONS,
    **groups.OPERATIONS,
    **user_admin.OPERATIONS,
    **sign_up.OPERATIONS,
    **recovery.OPERATIONS,
    **sign_in.OPERATIONS,
    **self_service.OPERATIONS,
}
IDENTITY_POOLS: Mapping[str, Callable[[Federation, ApiCall], Result]] = {
    **identity_pools.OPERATIONS,
    **credentials.OPERATIONS,
}


class CognitoPlane:
    """User pools, identity pools and STS web identity.

    An operation of the two services that is in neither table raises
    :class:`archlib.errors.Unsupported`; moto never sees a Cognito call.
    """

    def start(self, cloud: LocalCloud) -> None:
        """Register every operation of both services, and the hosts of the public keys."""
        self._directory = directory = Directory(cloud, cloud.seed)
        directory.verifier = TokenVerifier(directory)
        self._federation = federation = Federation(cloud, directory)
        for operation in _operations("cognito-idp"):
            cloud.api.handle("cognito-idp", operation, _serving(USER_POOLS, directory))
        for operation in _operations("cognito-identity"):
            cloud.api.handle("cognito-identity", operation, _serving(IDENTITY_POOLS, federation))
        cloud.api.handle(
            "sts", "AssumeRoleWithWebIdentity", lambda call: web_identity.assume(federation, call)
        )
        cloud.http.serve(
            well_known.USER_POOL_HOST, lambda request: well_known.user_pool(directory, request)
        )
        cloud.http.serve(
            well_known.IDENTITY_HOST, lambda request: well_known.identity(federation, request)
        )

    def stop(self) -> None:
        """Forget all pools, users and keys."""
        self._directory.pools.clear()
        self._federation.pools.clear()

    def verify_token(self, user_pool_arn: str, token: str) -> dict[str, Any]:
        """The claims of a token that the pool signed for one of its clients and that is current.

        Signature (RS256 by one of the pool's two keys), issuer, audience, expiry on the
        virtual clock and ``token_use`` are checked; which use is wanted is the caller's
        business. Raises :class:`TokenRejected` with a reason for a reviewer.
        """
        pool = self._directory.pools.get(user_pool_arn.rsplit("/", 1)[-1])
        if pool is None or pool.arn != user_pool_arn:
            raise TokenRejected(f"there is no user pool {user_pool_arn}")
        return self._directory.verifier.verify(pool, token)


def _serving(table: Mapping[str, Callable[[Any, ApiCall], Result]], state: Any) -> Any:
    def serve(call: ApiCall) -> Result:
        operation = table.get(call.operation)
        if operation is None:
            raise Unsupported(f"the local cloud has no {call.service}:{call.operation}")
        return operation(state, call)

    return serve


@lru_cache
def _operations(service: str) -> tuple[str, ...]:
    import botocore.session

    return tuple(botocore.session.get_session().get_service_model(service).operation_names)
