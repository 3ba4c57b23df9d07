"""A service's refusal, as data: code, message, HTTP status."""

from __future__ import annotations

from typing import Any


class ApiRefusal(Exception):
    """Raised by whoever serves an API call; the caller sees a botocore ``ClientError``.

    ``fields`` are the extra members some errors carry (``CancellationReasons``, ``Item`` …);
    ``shape`` is what the model calls the error, where that is not its code (former query services).
    """

    shape: str = ""

    def __init__(self, code: str, message: str, status: int = 400, **fields: Any) -> None:
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
        super().__init__(f"{code}: {message}")

    def shaped(self, shape: str) -> ApiRefusal:
        """The same refusal, whose error is called ``shape`` in the service's model."""
        self.shape = shape
        return self
