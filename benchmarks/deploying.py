"""Creating MyTodoList's stack against the moto calls that it makes."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from archlib.local import LocalCloud
from archlib.scenarios import scenario
from archlib.template import emit
from benchmarks.measured import Measured


def deploy_against_its_own_moto_calls() -> Measured:
    """Ratio of the whole deployment to the time spent inside moto's part of its API calls."""
    emitted = emit(scenario("mytodolist").architecture())
    best, detail = float("inf"), ""
    for _ in range(5):
        with LocalCloud() as cloud, _MotoTime() as moto:
            start = perf_counter()
            cloud.deploy(emitted.template, stack_name="bench", assets=emitted.assets)
            whole = perf_counter() - start
        if whole / moto.seconds < best:
            best = whole / moto.seconds
            detail = f"{whole * 1000:.0f} ms / {moto.seconds * 1000:.0f} ms in {moto.calls} calls"
    return Measured("deploy / bare moto calls", best, 2.0, detail)


class _MotoTime:
    """Adds up the seconds that botocore spends on requests that moto answers."""

    def __init__(self) -> None:
        self.seconds, self.calls = 0.0, 0

    def __enter__(self) -> _MotoTime:
        import archlib.local.api as api

        self._original = api.Api.call
        timer = self

        def call(this: Any, client: Any, operation: str, params: Any, moto: Any) -> Any:
            def timed(given: Any) -> Any:
                start = perf_counter()
                try:
                    return moto(given)
                finally:
                    timer.seconds += perf_counter() - start
                    timer.calls += 1

            return timer._original(this, client, operation, params, timed)

        api.Api.call = call  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        import archlib.local.api as api

        api.Api.call = self._original  # type: ignore[method-assign]
