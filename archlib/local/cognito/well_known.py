"""The public keys over HTTP: JWKS and OpenID configuration of every pool.

AWS, "Verifying JSON web tokens": ``https://cognito-idp.{region}.amazonaws.com/{pool}/.well-known/
jwks.json``, with one key for ID tokens and one for access tokens.
"""

from __future__ import annotations

import json
import re
from typing import Any

from archlib.errors import Unsupported
from archlib.local.cognito.directory import Directory, UserPool
from archlib.local.cognito.identity_pools import Federation
from archlib.local.cognito.trust import SERVICE
from archlib.local.http import HttpRequest, HttpResponse

USER_POOL_HOST = re.compile(r"cognito-idp\.([a-z0-9-]+)\.amazonaws\.com")
IDENTITY_HOST = re.compile(re.escape(SERVICE))
_DOCUMENT = re.compile(r"/([^/]+)/\.well-known/(jwks\.json|openid-configuration)")


def user_pool(directory: Directory, request: HttpRequest) -> HttpResponse:
    """What a user pool's host answers.

    Raises :class:`Unsupported` for a hand-made API call: the API is reached through botocore.
    """
    if request.header("X-Amz-Target") is not None:
        raise Unsupported(
            "the local Cognito API is reached through botocore only", where=request.url
        )
    host, path = USER_POOL_HOST.fullmatch(request.host), _DOCUMENT.fullmatch(request.path)
    if host is None or path is None:
        return _answer(404, {"message": "Not Found"})
    if request.method not in ("GET", "HEAD"):
        return _answer(405, {"message": "Method Not Allowed"})
    pool = directory.pools.get(path[1])
    if pool is None or pool.region != host[1]:
        return _answer(
            400, {"code": "BadRequest", "message": f"User pool {path[1]} does not exist."}
        )
    return _answer(200, _DOCUMENTS[path[2]](pool))


def identity(federation: Federation, request: HttpRequest) -> HttpResponse:
    """The keys of cognito-identity.amazonaws.com, for tokens of GetOpenIdToken."""
    documents: dict[str, dict[str, Any]] = {
        "/.well-known/jwks_uri": {"keys": [federation.key.jwk()]},
        "/.well-known/openid-configuration": {
            "issuer": f"https://{SERVICE}",
            "jwks_uri": f"https://{SERVICE}/.well-known/jwks_uri",
            "authorization_endpoint": "https://aws.amazon.com/cognito",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        },
    }
    document = documents.get(request.path)
    return _answer(404, {"message": "Not Found"}) if document is None else _answer(200, document)


def _jwks(pool: UserPool) -> dict[str, Any]:
    return {"keys": [pool.id_key.jwk(), pool.access_key.jwk()]}


def _configuration(pool: UserPool) -> dict[str, Any]:
    return {
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": pool.issuer,
        "jwks_uri": f"{pool.issuer}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
    }


_DOCUMENTS = {"jwks.json": _jwks, "openid-configuration": _configuration}


def _answer(status: int, document: dict[str, Any]) -> HttpResponse:
    headers = (("Content-Type", "application/json"), ("Cache-Control", "public, max-age=86400"))
    return HttpResponse(status, headers, json.dumps(document, separators=(",", ":")).encode())
