"""The execution environments of one cloud: started, found warm, ended.

AWS: "Understanding the Lambda execution environment lifecycle", "Defining Lambda function
permissions with an execution role".
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

from archlib.local.functions import limits
from archlib.local.functions.environment import Environment
from archlib.local.functions.execution import running
from archlib.local.functions.journal import Journal
from archlib.local.functions.modules import ModuleSpace
from archlib.local.functions.output import log_level
from archlib.local.functions.package import PackageStore
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.process import KEPT_VARIABLES, Process
from archlib.local.functions.registry import Registry, Target, fingerprint
from archlib.local.functions.spec import runtime_variables
from archlib.local.functions.watchdog import TimedOut, Watchdog
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class Fleet:
    """At most one waiting environment per function version; more while one is busy."""

    def __init__(
        self, cloud: LocalCloud, registry: Registry, journal: Journal, permissions: Permissions
    ) -> None:
        self._cloud = cloud
        self._registry = registry
        self._journal = journal
        self._permissions = permissions
        self._packages = PackageStore()
        self._watchdog = Watchdog(lambda: cloud.served)
        self._environments: dict[tuple[str, str], Environment] = {}
        self._fingerprints: dict[tuple[str, str], str] = {}
        self._host_sleep = time.sleep

    def stop(self) -> None:
        """End all environments and remove their files."""
        for environment in self._environments.values():
            environment.end()
        self._environments.clear()
        self._watchdog.stop()
        self._packages.clear()

    def discard(self, function_arn: str) -> None:
        """End every environment of a function."""
        for key in [key for key in self._environments if key[0] == function_arn]:
            self._end(key)

    def warm(self, target: Target) -> Environment | None:
        """The waiting environment of a version, unless it is outdated, too old, or has lost
        its files."""
        key = _key(target)
        environment = self._environments.get(key)
        if environment is None:
            return None
        gone = not environment.package.task.is_dir()
        stale = gone or self._fingerprints[key] != fingerprint(target)
        if stale or self._cloud.clock.time() >= environment.expires:
            self._end(key)
            return None
        return environment

    def _end(self, key: tuple[str, str]) -> None:
        environment = self._environments.pop(key, None)
        self._fingerprints.pop(key, None)
        if environment is not None:
            environment.end()

    def start(self, target: Target) -> Environment:
        """A new environment, not yet initialized.

        Raises:
            ApiRefusal: the role is gone or does not trust Lambda any more.
        """
        cloud, spec = self._cloud, self._registry.spec(target)
        if not self._permissions.trusts_lambda(spec.role):
            raise ApiRefusal(
                "AccessDeniedException",
                "The role defined for the function cannot be assumed by Lambda.",
                403,
            )
        credentials = cloud.identities.issue(
            spec.role,
            spec.name,
            source=spec.arn,
            duration=limits.ENVIRONMENT_LIFETIME + limits.TIMEOUT_SECONDS,
        )
        caller = cloud.identities.resolve(credentials.access_key, credentials.session_token)
        stream = self._journal.stream_name(spec)
        writable = self._journal.open(spec, caller, stream)
        package = self._packages.get(spec.code, spec.layers, spec.runtime)
        variables = {
            **{name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            **spec.variables,
            **runtime_variables(spec, stream, str(package.task)),
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.session_token or "",
        }
        if spec.json_logs:
            variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
            variables["AWS_LAMBDA_LOG_LEVEL"] = spec.log_level or "INFO"
        # Each environment draws from its own place in the seed's sequence.
        seed = hashlib.sha256(f"{cloud.seed}/{stream}".encode()).digest()
        process = Process(
            ModuleSpace(package),
            variables,
            seed=int.from_bytes(seed[:8], "big"),
            sleep=self.sleep,
            json_logs=spec.json_logs,
            level=log_level(spec.log_level),
        )
        return Environment(
            spec=spec,
            package=package,
            process=process,
            caller=caller,
            expires=cloud.clock.time() + limits.ENVIRONMENT_LIFETIME,
            log_stream=stream if writable else None,
            clock=cloud.clock,
            watchdog=self._watchdog,
        )

    def keep(self, target: Target, environment: Environment) -> None:
        """Let an environment wait for the next invocation of its version."""
        self._environments[_key(target)] = environment
        self._fingerprints[_key(target)] = fingerprint(target)

    def release(self, target: Target, environment: Environment, *, usable: bool) -> None:
        """An invocation has ended: the environment waits for the next one, or ends."""
        if not usable and self._environments.get(_key(target)) is environment:
            self._end(_key(target))
        elif self._environments.get(_key(target)) is not environment:
            environment.end()

    def sleep(self, seconds: float) -> None:
        """``time.sleep`` of function code: virtual, and at an end when the invocation is."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        execution, clock = running(), self._cloud.clock
        if execution is None:
            self._host_sleep(seconds)
            return
        left = execution.deadline - clock.time()
        clock.spend(max(0.0, min(seconds, left)))
        if seconds >= left:
            # A hair beyond, so that swallowing the exception does not help.
            clock.spend(1e-6)
            raise TimedOut


def _key(target: Target) -> tuple[str, str]:
    return target.reference.arn, target.version
