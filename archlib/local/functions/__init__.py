"""Lambda in this process: the plane :class:`FunctionRuntime` and what other planes need of it.

Deployed code runs unchanged, in-process, in an environment of its own. Known differences from
AWS, beside what is refused as :class:`~archlib.errors.Unsupported`:

- Every Python runtime runs on the host's interpreter; compiled extensions in a package must fit
  it. A bundled copy of a library that carries the local cloud's seams (boto3, requests …)
  yields to the installed one.
- ``secrets`` and ``os.urandom`` are not seeded. ``importlib.import_module`` called by function
  code also finds what only the host has (the ``import`` statement does not).
- A handler that blocks without using CPU time (a lock nobody releases) is not stopped, nor one
  that swallows ``BaseException`` in an endless loop. Threads that a handler leaves behind are
  not frozen; they go on, in the host's process state.
- An initialization that fails is run once, where Lambda runs it again within the invocation.
- ``Max Memory Used`` is not reported and ``/tmp`` is the host's, without a size limit.
- A function in a VPC reaches whatever one outside does: routes and endpoints are not modelled.
"""

from __future__ import annotations

from archlib.local.functions.invocation import InvocationResult
from archlib.local.functions.runtime import FunctionRuntime
from archlib.local.functions.service import InvokeDenied, ServiceInvoker

__all__ = ["FunctionRuntime", "InvocationResult", "InvokeDenied", "ServiceInvoker"]
