"""What goes wrong in CloudFormation, with the code and the sentence AWS uses.

:class:`StackError` is raised before a stack changes and becomes the caller's ``ClientError``;
:class:`ResourceFailure` is raised while one resource is made and becomes a stack event.
"""

from __future__ import annotations


class StackError(Exception):
    """A request CloudFormation refuses; ``code`` is the error code of the API."""

    def __init__(self, message: str, *, code: str = "ValidationError") -> None:
        self.message = message
        self.code = code
        super().__init__(message)


class ResourceFailure(Exception):
    """One resource cannot be created, updated or deleted; ``str()`` is the event's reason."""


class NotFound(ResourceFailure):
    """The resource does not exist (any more); a deletion takes it for done."""


def pointer_steps(pointer: str) -> tuple[str | int, ...]:
    """The steps of a problem's path, ``Rules/0/Status`` or ``#/Body/paths/~1todos``."""
    parts = (p.replace("~1", "/").replace("~0", "~") for p in pointer.removeprefix("#").split("/"))
    return tuple(int(part) if part.isdigit() else part for part in parts if part)
