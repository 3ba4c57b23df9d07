"""What AWS services say when they invoke a function, and what they hear."""

from __future__ import annotations

from dataclasses import dataclass

from archlib.local.identity import Caller
from archlib.local.trace import CLIENT


@dataclass(frozen=True)
class ServiceInvoker:
    """The AWS service that invokes a function.

    ``principal`` is the service's name (``apigateway.amazonaws.com``), ``source_arn`` the
    resource on whose behalf it acts (``aws:SourceArn``), ``source`` the trace's name for it
    (``source_arn`` when left out, ``"client"`` when there is none either). A service that was
    given a role to invoke with passes it as ``caller``: then the role's permissions decide
    together with the function's policy.
    """

    principal: str
    source_arn: str | None = None
    source: str | None = None
    source_account: str | None = None
    caller: Caller | None = None

    @property
    def hop_source(self) -> str:
        """The source of the hop."""
        return self.source or self.source_arn or CLIENT


class InvokeDenied(Exception):
    """The function's policy does not let the service invoke it.

    AWS: "Viewing resource-based IAM policies in Lambda". ``code`` and ``status`` are what the
    Invoke API answers.
    """

    code = "AccessDeniedException"
    status = 403

    def __init__(self, principal: str, function_arn: str) -> None:
        self.principal = principal
        self.function_arn = function_arn
        super().__init__(
            f"User: {principal} is not authorized to perform: lambda:InvokeFunction on resource: "
            f"{function_arn} because no resource-based policy allows the lambda:InvokeFunction "
            "action"
        )
