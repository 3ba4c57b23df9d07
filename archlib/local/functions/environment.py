"""One execution environment: started cold, then reused, until something ends it.

AWS: "Understanding the Lambda execution environment lifecycle" (Init, Invoke, what a timeout
or a crash does to the environment), "Python function errors", "Troubleshoot invocation issues
in Lambda". The initialization that Lambda repeats within the first invocation after an error
("suppressed init") runs once here; after a timeout of the Init phase it is repeated.
"""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
import threading
import traceback
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from archlib.errors import Unsupported
from archlib.local.clock import Clock
from archlib.local.functions.context import LambdaContext
from archlib.local.functions.execution import Execution, current_execution
from archlib.local.functions.marshal import Fault, MarshalError, marshal, stack_of, unmarshal
from archlib.local.functions.output import Output
from archlib.local.functions.package import LAYER_ROOT, TASK_ROOT, Package
from archlib.local.functions.process import Process, ProcessExit
from archlib.local.functions.spec import FunctionSpec
from archlib.local.functions.watchdog import TimedOut, Watchdog
from archlib.local.identity import Caller

Handler = Callable[[Any, LambdaContext], Any]


class _Broken(Exception):
    """The handler cannot be found or imported."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


@dataclass(eq=False)
class Environment:
    """A started environment of one function version.

    ``caller`` is the role session that the code acts as, ``expires`` the virtual second after
    which it must not be used again, ``log_stream`` where it writes (None: not permitted).
    """

    spec: FunctionSpec
    package: Package
    process: Process
    caller: Caller
    expires: float
    log_stream: str | None
    clock: Clock
    watchdog: Watchdog
    handler: Handler | None = None

    def initialize(self, output: Output, seconds: float) -> Fault | None:
        """Run the module's top level and find the handler; None when that went well."""
        self.process.handler.request_id = ""
        return self._run(output, self._load, Execution(self.clock.time() + seconds), "")[1]

    def invoke(
        self,
        output: Output,
        payload: bytes,
        request_id: str,
        invoked_arn: str,
        client_context: Mapping[str, Any] | None,
        deadline: float,
    ) -> tuple[bytes, Fault | None]:
        """Call the handler once; the response, or the fault that takes its place."""
        self.process.handler.request_id = request_id
        context = LambdaContext(request_id, invoked_arn, self.process, deadline, client_context)
        handler = self.handler
        assert handler is not None

        def work() -> bytes:
            return marshal(handler(unmarshal(payload), context), self.spec.runtime)

        response, fault = self._run(
            output, work, Execution(deadline, request_id=request_id), request_id
        )
        return (response or b""), fault

    def end(self) -> None:
        """Let go of the modules; the environment is not used again."""
        self.handler = None
        self.process.space.forget()

    def _load(self) -> bytes:
        module_name, dot, name = self.spec.handler.rpartition(".")
        if not dot:
            raise _Broken(
                Fault(
                    "Runtime.MalformedHandlerName",
                    f"Bad handler '{self.spec.handler}': not enough values to unpack "
                    "(expected 2, got 1)",
                )
            )
        if module_name.split(".")[0] in sys.builtin_module_names:
            raise _Broken(
                Fault(
                    "Runtime.BuiltInModuleConflict",
                    f"Cannot use built-in module {module_name} as a handler module",
                )
            )
        importlib.invalidate_caches()
        try:
            module = self.process.space.load(module_name.replace("/", "."))
        except ImportError as error:
            message = f"Unable to import module '{module_name}': {error}"
            raise _Broken(Fault("Runtime.ImportModuleError", message)) from error
        except SyntaxError as error:
            raise _Broken(_syntax_fault(module_name, error)) from error
        self.handler = getattr(module, name, None)
        if self.handler is None:
            raise _Broken(
                Fault(
                    "Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'"
                )
            )
        return b""

    def _run(
        self, output: Output, work: Callable[[], bytes], execution: Execution, request_id: str
    ) -> tuple[bytes | None, Fault | None]:
        """Run function code inside its process; whatever it does becomes a result or a fault."""
        self.process.output.output = output
        self.process.refused = None
        token = current_execution.set(execution)
        try:
            with self.process.running():
                response, fault = self._contain(work, execution, request_id)
            output.flush()
        finally:
            execution.finished = True
            current_execution.reset(token)
            self.process.output.output = None
        if self.process.refused is not None:
            raise self.process.refused
        if self.clock.time() > execution.deadline:
            return None, TIMED_OUT
        return response, fault

    def _contain(
        self, work: Callable[[], bytes], execution: Execution, request_id: str
    ) -> tuple[bytes | None, Fault | None]:
        watch = self.watchdog.arm(execution.deadline - self.clock.time())
        try:
            try:
                return copy_context().run(work), None
            finally:
                self.watchdog.disarm(watch)
        except TimedOut:
            self.watchdog.disarm(watch)
            # After too much CPU time the virtual clock has to agree that time is over.
            self.clock.spend(max(0.0, execution.deadline - self.clock.time()))
            return None, TIMED_OUT
        except Unsupported:
            raise
        except KeyboardInterrupt:
            # Python interrupts the main thread only; elsewhere the code has raised it itself.
            if threading.current_thread() is threading.main_thread():
                raise
            return None, _exit_fault(_INTERRUPTED)
        except _Broken as error:
            return None, error.fault
        except MarshalError as error:
            return None, Fault("Runtime.MarshalError", str(error), request_id=request_id)
        except ProcessExit as error:
            return None, _exit_fault(error.status)
        except SystemExit as error:
            return None, _exit_fault(_status(error.code))
        except Exception as error:
            return None, self._fault(error, request_id)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 - its log
            return None, _exit_fault(1)

    def _fault(self, error: Exception, request_id: str) -> Fault:
        try:
            message = str(error)
        except Exception:
            message = ""
        return Fault(
            type(error).__name__, message, _frames(error.__traceback__, self.spec.runtime),
            request_id=request_id,
        )  # fmt: skip


#: The exit status of a program that an interrupt has ended.
_INTERRUPTED = 130

#: The fault's message is completed by the invocation, which knows the request id and timeout.
TIMED_OUT = Fault("Sandbox.Timedout", "", fatal=True, platform=True)


def _exit_fault(status: int) -> Fault:
    reason = (
        f"Runtime exited with error: exit status {status}"
        if status
        else "Runtime exited without providing a reason"
    )
    return Fault("Runtime.ExitError", reason, fatal=True, platform=True)


def _status(code: object) -> int:
    """The exit status of ``sys.exit(code)``; text goes to standard error, as Python does."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)  # noqa: T201 - what Python does with it
    return 1


def _syntax_fault(module: str, error: SyntaxError) -> Fault:
    line = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
    return Fault(
        "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}", (line,)
    )


_PURELIB = sysconfig.get_path("purelib")
_STDLIB = sysconfig.get_path("stdlib")
_LOCAL_ONLY = ("/archlib/local/", "/moto/")


def _frames(tb: TracebackType | None, runtime: str) -> tuple[str, ...]:
    """The stack as AWS shows it: from the function's first frame on, without our own frames."""
    frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(tb)]
    roots = (TASK_ROOT + "/", LAYER_ROOT + "/")
    first = next((i for i, f in enumerate(frames) if f[0].startswith(roots)), len(frames))
    return stack_of(
        [
            (shown_path(file, runtime), line, name, source)
            for file, line, name, source in frames[first:]
            if not any(part in file for part in _LOCAL_ONLY)
        ]
    )


def shown_path(file: str, runtime: str) -> str:
    """Where a file of this interpreter lies on Lambda."""
    library = f"/var/lang/lib/{runtime}"
    for root, shown in ((_PURELIB, f"{library}/site-packages"), (_STDLIB, library)):
        if file.startswith(root + "/"):
            return shown + file[len(root) :]
    return file
