"""Lambda in this process: the plane :class:`FunctionRuntime` and what other planes need of it."""

from __future__ import annotations

from archlib.local.functions.invocation import InvocationResult
from archlib.local.functions.runtime import FunctionRuntime
from archlib.local.functions.service import InvokeDenied, ServiceInvoker

__all__ = ["FunctionRuntime", "InvocationResult", "InvokeDenied", "ServiceInvoker"]
