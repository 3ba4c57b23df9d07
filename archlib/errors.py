"""Every error a user can meet, in one small tree.

ArchlibError
├── UsageError             what was typed cannot be meant (unknown scenario, bad option)
├── ModelError             the architecture contradicts itself
├── TemplateError          a template cannot be read or emitted
├── DiagramError           a picture cannot be drawn
├── DeploymentError        a stack cannot be created, updated or deleted
├── Unsupported            the local cloud does not imitate this, and says so
├── NetworkBlocked         something tried to leave the machine
└── VerificationError      a check or a flow is wrong (not: a requirement is not met)

A message says what is wrong; ``where`` says in which place (a component, a logical
id with its property path, a file with its line); ``hint`` says what to do.
"""

from __future__ import annotations


class ArchlibError(Exception):
    """Base of all errors that are a user's to mend; printed without a traceback."""

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.message = message
        self.where = where
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback (a protocol of IPython's)."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(ArchlibError):
    """What was asked for cannot be meant."""


class ModelError(ArchlibError):
    """The architecture contradicts itself."""


class TemplateError(ArchlibError):
    """A template cannot be read or emitted."""


class DiagramError(ArchlibError):
    """A picture cannot be drawn."""


class DeploymentError(ArchlibError):
    """A stack cannot be created, updated or deleted."""


class Unsupported(ArchlibError):
    """The local cloud does not imitate this; it refuses instead of pretending."""


class NetworkBlocked(ArchlibError, OSError):
    """Something tried to open a connection that would leave the machine."""


class VerificationError(ArchlibError):
    """A check or a flow is itself broken; says nothing about the requirement."""
