"""Requests to deployed APIs: the ARN and the actions of ``execute-api``.

AWS: "Actions, resources, and condition keys for Amazon API Gateway". These are not operations
of an SDK: the gateway asks for them when a request needs IAM authorisation.
"""

from __future__ import annotations

INVOKE = "execute-api:Invoke"
INVALIDATE_CACHE = "execute-api:InvalidateCache"


def invoke_arn(region: str, account: str, api: str, stage: str, method: str, path: str) -> str:
    """The ARN of one request to a deployed stage; ``path`` without the stage."""
    return f"arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}/{path.lstrip('/')}"
