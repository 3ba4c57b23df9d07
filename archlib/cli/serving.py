"""``archlib serve``: the local cloud for any client, until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archlib.cli.common import assets_of, emit_json, json_option, progress, scenario_or_file
from archlib.cli.deploying import parameters_of
from archlib.errors import UsageError

if TYPE_CHECKING:
    from archlib.local.served import ServedCloud

#: Where tools look for a local AWS endpoint.
PORT = 4566


@click.command("serve")
@click.argument("name", metavar="[SCENARIO|FILE]", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True,
              help="0: any free one.")  # fmt: skip
@click.option("--tls-port", type=click.IntRange(0, 65535),
              help="Default: the next one; 0: any free one.")  # fmt: skip
@click.option("--no-tls", is_flag=True, help="Serve no TLS, and no tunnels to TLS hosts.")
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Where to listen; another than loopback is open to the network.")  # fmt: skip
@click.option("--region", help="Default: us-east-1, or that of the state.")
@click.option("--stack-name", help="Default: the scenario's name; for a file, archlib.")
@click.option("--parameter", "parameters", metavar="KEY=VALUE", multiple=True)
@click.option("--ca-folder", type=click.Path(file_okay=False, path_type=Path),
              help="Keep the certificate authority there; default: a new one.")  # fmt: skip
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path),
              help="Keep the cloud's state in this file, and go on from it.")  # fmt: skip
@click.option("--catch-up", is_flag=True,
              help="With --state: count the time that has passed since.")  # fmt: skip
@json_option
def command(
    name: str | None,
    port: int,
    tls_port: int | None,
    no_tls: bool,
    host: str,
    region: str | None,
    stack_name: str | None,
    parameters: tuple[str, ...],
    ca_folder: Path | None,
    state: Path | None,
    catch_up: bool,
    as_json: bool,
) -> None:
    """Serve a local cloud to real clients: boto3, the AWS CLI, curl, browsers.

    With a scenario or a template file it is deployed first; without, the cloud is empty. Stop it
    with Ctrl-C. Nothing is kept, unless --state names a file to keep it in.
    """
    if catch_up and state is None:
        raise UsageError("--catch-up says nothing without --state")
    given = parameters_of(parameters)
    template, found = scenario_or_file(name) if name else (None, None)
    assets = assets_of(template, found) if template is not None else ()
    stack = stack_name or (found.name if found is not None else "archlib")
    before = set(threading.enumerate())
    stopping = _Stopping()
    _log_our_own()
    try:
        with progress(as_json) as tell:
            tell("load")
            from archlib.console import Console

            served = _loaded(
                host=host,
                port=port,
                tls_port=_tls_port(port, tls_port, no_tls),
                region=region,
                ca_folder=ca_folder,
                state=state,
                catch_up=catch_up,
                progress=tell,
            )
            begun = time.perf_counter()
            tell("start")
            served.start()
            started = time.perf_counter() - begun
        try:
            served.control.pages = Console(served)
            outputs: dict[str, str] = {}
            if template is not None:
                made = served.control.deployments.get(stack)
                if made is None:
                    with progress(as_json) as tell:
                        tell(f"deploy {stack}")
                        made = served.deploy(
                            template, stack_name=stack, parameters=given, assets=assets
                        )
                outputs = {key: str(value) for key, value in made.outputs.items()}
            stopping.first_in_good_order()
            with _whoever_reads():
                if as_json:
                    emit_json(_facts(served, outputs, started))
                else:
                    _tell(served, stack if template is not None else None, outputs)
            stopping.wait()
            if not as_json:
                _say("stopping")
        finally:
            served.stop()
    except KeyboardInterrupt:
        _say("stopped")
        _leave_behind(set(threading.enumerate()) - before, 130)
        sys.exit(130)
    _leave_behind(set(threading.enumerate()) - before, 0)


@contextmanager
def _whoever_reads() -> Iterator[None]:
    """Print in the block; a server goes on when nobody can read any more what it prints."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - as long as the process
        _say(f"standard output cannot be written ({error.strerror}); the server goes on")


def _say(text: str) -> None:
    """A line of standard error, which may be a terminal that has been closed."""
    with suppress(OSError):
        click.echo(text, err=True)


def _leave_behind(threads: set[threading.Thread], code: int) -> None:
    """End the process now where threads of function code are left: on AWS they are gone too.

    Python would wait for them, for those of executors even if they are daemons.
    """
    if any(thread.is_alive() for thread in threads):
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _tls_port(port: int, tls_port: int | None, no_tls: bool) -> int | None:
    if no_tls:
        return None
    if tls_port is not None:
        return tls_port
    return port + 1 if 0 < port < 65535 else 0


class _Stopping:
    """The signals that ask for the end: once it serves, the first ends it in good order.

    The second ends it at once, as does one that comes before: what is half started or half
    deployed is nobody's yet. The hangup of a terminal is a signal too, unless ``nohup`` ignores it.
    """

    def __init__(self) -> None:
        self._serving = False
        self._asked = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask)

    def _ask(self, number: int, frame: Any) -> None:
        if not self._serving or self._asked.is_set():
            self._asked.set()
            raise KeyboardInterrupt
        self._asked.set()

    def first_in_good_order(self) -> None:
        """It serves from now on."""
        self._serving = True

    def wait(self) -> None:
        """Wait for the first."""
        while not self._asked.wait(3600):
            pass


def _log_our_own() -> None:
    """Our mistakes go to standard error; what libraries inside functions have to say does not."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    ours = logging.getLogger("archlib")
    ours.addHandler(handler)
    ours.propagate = False
    logging.getLogger().addHandler(logging.NullHandler())


def _loaded(**options: Any) -> ServedCloud:
    """Everything that starting needs is imported by now."""
    from archlib.local.served import ServedCloud, preload

    preload()
    return ServedCloud(**options)


def _facts(served: ServedCloud, outputs: dict[str, str], started: float) -> dict[str, Any]:
    from archlib.local.served import lines

    keys = served.credentials
    return {
        "endpoint": served.endpoint,
        "reach": lines.reach(served),
        "tls_endpoint": served.tls_endpoint,
        "console": f"{served.endpoint}/",
        "ca_file": None if served.ca_file is None else str(served.ca_file),
        "region": served.region,
        "access_key_id": keys.access_key,
        "secret_access_key": keys.secret_key,
        "outputs": outputs,
        "started_in": round(started, 3),
        "state": _state_facts(served),
    }


def _state_facts(served: ServedCloud) -> dict[str, Any] | None:
    if served.state is None:
        return None
    restored = None if served.restored is None else asdict(served.restored)
    return {"file": str(served.state), "restored": restored}


def _state_lines(served: ServedCloud) -> list[str]:
    """Where the state is kept, how it was restored, and what came out otherwise."""
    if served.state is None:
        return ["Ctrl-C stops it; nothing is kept"]
    last = f"Ctrl-C stops it; its state is kept in {served.state}"
    restored = served.restored
    if restored is None:
        return [last]
    told = [
        f"restored from {served.state}: {restored.requests} requests and {restored.others} other "
        f"acts, {restored.size / 1e6:.1f} MB, in {restored.seconds:.1f} s"
    ]
    if restored.cut_off:
        told.append("the last line had been cut off by a crash, and was dropped")
    if restored.different:
        told += [
            f"WARNING: this is not the same cloud: {restored.different} of them came out otherwise",
            *(f"  {difference}" for difference in restored.differences),
            "  (what draws on OpenSSL's random numbers or on threads does so, and what other code "
            f"does: archlib {restored.archlib} began this state)",
        ]
    return [*told, last]


def _tell(served: ServedCloud, stack: str | None, outputs: dict[str, str]) -> None:
    from archlib.local.served import lines

    told = [
        f"a local cloud listens on {served.endpoint} ({lines.reach(served)})",
        f"look at it in a browser: {served.endpoint}/",
        "",
        *lines.environment(served),
        "",
        *lines.first_steps(),
    ]
    if served.tls_endpoint is not None:
        told += [
            "",
            f"TLS: {served.tls_endpoint}, certificates by {served.ca_file}",
            "the real host names, for clients that know a proxy:",
            *(f"  {line}" for line in lines.by_proxy(served)),
        ]
    if stack is not None:
        told += ["", f"stack {stack}:", *(f"  {k} = {v}" for k, v in outputs.items())]
        urls = (lines.local_url(served, value) for value in outputs.values())
        told += [f"  {lines.curl(url)}" for url in urls if url is not None]
    told += ["", *_state_lines(served)]
    click.echo("\n".join(told))
