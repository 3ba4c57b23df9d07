"""Nothing leaves the machine, whatever the environment says, and nothing stays behind."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import pytest

from archlib.verify import Scenario, verify

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

#: An environment as a developer's may be: keys of a real-looking account, a profile, endpoints,
#: a proxy. The names all lead outside.
REAL = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "a-real-session",
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "https://aws.example.com",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/credentials",
    "HTTP_PROXY": "http://proxy.example.com:3128",
    "HTTPS_PROXY": "http://proxy.example.com:3128",
    "https_proxy": "http://proxy.example.com:3128",
    "ALL_PROXY": "http://proxy.example.com:3128",
}

#: Stands below every library: an audit hook sees what the interpreter itself does with sockets,
#: and cannot be taken away again.
_GUARD = """
import json, os, sys
seen, local = [], ("127.", "::1", "localhost", "")
def hook(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.bind"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else address
        seen.append([event, str(host)])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        seen.append([event, str(arguments[0])])
    elif event in ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork"):
        seen.append([event, str(arguments[0])])
    elif event == "open" and str(arguments[0]).endswith((".aws/credentials", ".aws/config")):
        seen.append([event, str(arguments[0])])
sys.addaudithook(hook)
from archlib.cli.main import main
code = None
try:
    main(sys.argv[1:])
except SystemExit as done:
    code = done.code
with open(os.environ["GUARD_REPORT"], "w") as report:
    json.dump({"code": code, "seen": seen}, report)
"""


def guarded(tmp_path: Path, *arguments: str, **more: str) -> tuple[int, list[list[str]]]:
    """Run ``archlib`` in a process of its own; its exit code and all it did with the network."""
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text(
        "[production]\naws_access_key_id=AKIAREALREALREALREAL\naws_secret_access_key=x\n"
    )
    (home / ".aws" / "config").write_text("[profile production]\nregion=eu-central-1\n")
    report = tmp_path / "report.json"
    made = subprocess.run(
        [sys.executable, "-c", _GUARD, *arguments],
        cwd=ROOT,
        env={**os.environ, **REAL, "HOME": str(home), "GUARD_REPORT": str(report), **more},
        capture_output=True,
        text=True,
    )
    assert report.exists(), made.stderr
    found = json.loads(report.read_text())
    return found["code"], found["seen"]


def outside(seen: list[list[str]]) -> list[list[str]]:
    stays = ("127.", "::1", "localhost", "None")
    return [one for one in seen if not (one[1].startswith(stays) or one[1] in ("", "0.0.0.0"))]


def test_verifying_reaches_nothing_outside_with_real_looking_credentials(tmp_path: Path) -> None:
    code, seen = guarded(tmp_path, "verify", "mytodolist", "--json")
    assert code == 0
    assert outside(seen) == []
    assert any(event == "socket.connect" for event, _ in seen), "DAX is reached over loopback"


def test_the_guard_of_this_test_sees_what_would_leave(tmp_path: Path) -> None:
    """Were something to leave, it would be on record: the check above can fail."""
    made = subprocess.run(
        [
            sys.executable,
            "-c",
            _GUARD.replace(
                "from archlib.cli.main import main",
                "import socket\n"
                "def main(_):\n"
                "    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                "    s.connect(('192.0.2.1', 9))\n"
                "    raise SystemExit(0)",
            ),
        ],
        env={**os.environ, "GUARD_REPORT": str(tmp_path / "report.json")},
    )
    assert made.returncode == 0
    seen = json.loads((tmp_path / "report.json").read_text())["seen"]
    assert outside(seen) == [["socket.connect", "192.0.2.1"]]


def test_a_deploy_with_real_looking_credentials_stays_here(tmp_path: Path) -> None:
    code, seen = guarded(tmp_path, "deploy", "mytodolist", "--json")
    assert code == 0
    assert outside(seen) == []


def process_state() -> dict[str, object]:
    import logging

    import boto3
    import botocore.client
    import httpx
    import requests
    import urllib3

    gc.collect()
    return {
        "environment": dict(os.environ),
        "connect": socket.socket.connect,
        "getaddrinfo": socket.getaddrinfo,
        "sleep": time.sleep,
        "time": time.time,
        "api call": botocore.client.BaseClient._make_api_call,
        "urllib3": urllib3.connectionpool.HTTPConnectionPool._make_request,
        "httpx": httpx.HTTPTransport.handle_request,
        "requests": requests.Session.send,
        "session": boto3.DEFAULT_SESSION,
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "sockets": open_sockets(),
        "path": list(sys.path),
        "meta path": [type(finder).__name__ for finder in sys.meta_path],
        "folder": os.getcwd(),
        "temporary": sorted(os.listdir(tempfile.gettempdir())),
        "handlers": list(logging.getLogger().handlers),
        "level": logging.getLogger().level,
        "warnings": list(warnings.filters),
        "signals": [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGALRM, signal.SIGTERM)],
        "output": (sys.stdout, sys.stderr, sys.excepthook),
        "random": random.getstate(),
        "modules": {name for name in sys.modules if not name.startswith(("archlib", "moto"))},
    }


def open_sockets() -> list[str]:
    """What /proc says of this process's sockets; empty where there is no /proc."""
    folder = Path("/proc/self/fd")
    links = []
    for entry in folder.iterdir() if folder.is_dir() else ():
        try:
            links.append(os.readlink(entry))
        except OSError:
            continue
    return sorted(link for link in links if link.startswith("socket:"))


def test_verifying_leaves_the_process_as_it_was(
    todolist: Scenario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for key, value in REAL.items():
        monkeypatch.setenv(key, value)
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    checks = ["good-token", "own-folder", "read-your-write", "sign-in"]
    verify(todolist, only=checks)
    before = process_state()
    real = time.time()
    verify(todolist, only=checks)
    after = process_state()
    assert abs(time.time() - real) < 300, "the clock is the machine's again"
    for what, value in before.items():
        assert after[what] == value, what
    for name in ("app", "amazondax"):
        module = sys.modules.get(name)
        assert module is None or "/var/task" not in str(getattr(module, "__file__", "")), name


def test_function_code_is_not_left_among_the_modules(todolist: Scenario) -> None:
    verify(todolist, only=["good-token"])
    assert "app" not in sys.modules
