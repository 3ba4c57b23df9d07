"""Whatever a provider raises, as the reason CloudFormation would show."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from archlib.errors import ArchlibError
from archlib.local.deploy.errors import NotFound, ResourceFailure, StackError

_EXISTS = ("AlreadyExists", "AlreadyOwned", "ConflictException", "ResourceInUse", "Duplicate")
_MISSING = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
_DENIED = ("AccessDenied", "Unauthorized")


def reason(error: Exception, service: str = "") -> str:
    """One line for a stack event."""
    if isinstance(error, (ResourceFailure, StackError, ArchlibError)):
        return str(error)
    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        code = str(detail.get("Code", "Unknown"))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        message = detail.get("Message") or code
        return (
            f'Resource handler returned message: "{message} (Operation: {error.operation_name}, '
            f'Code: {code}, Status Code: {status})" (HandlerErrorCode: {_handler_code(code)})'
        )
    if isinstance(error, BotoCoreError):
        return f'Resource handler returned message: "{error}" (HandlerErrorCode: InvalidRequest)'
    return (
        f'Resource handler returned message: "{type(error).__name__}: {error}" '
        "(HandlerErrorCode: InternalFailure)"
    )


def _handler_code(code: str) -> str:
    for parts, name in (
        (_EXISTS, "AlreadyExists"),
        (_MISSING, "NotFound"),
        (_DENIED, "AccessDenied"),
    ):
        if any(part in code for part in parts):
            return name
    return "InvalidRequest"


def is_missing(error: Exception) -> bool:
    """Whether ``error`` says that the thing is not there (any more)."""
    if isinstance(error, NotFound):
        return True
    if not isinstance(error, ClientError):
        return False
    code = str(error.response.get("Error", {}).get("Code", ""))
    return any(part in code for part in _MISSING) or code == "404"
