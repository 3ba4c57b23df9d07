"""Two functions, and the host, do not see each other; the host is restored exactly."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
import warnings
from typing import Any

import boto3
import pytest

from archlib.errors import Unsupported

COUNTER = """
    import helper
    count = 0
    def handler(event, context):
        global count
        count += 1
        helper.seen.append(event)
        return [helper.NAME, count, len(helper.seen)]
"""


def test_functions_with_equal_module_names_are_apart(lab: Any) -> None:
    lab.function(COUNTER, "one", files={"helper": "NAME = 'first'; seen = []"})
    lab.function(COUNTER, "two", files={"helper": "NAME = 'second'; seen = []"})
    assert lab.invoke(1, "one") == ["first", 1, 1]
    assert lab.invoke(1, "two") == ["second", 1, 1]
    assert lab.invoke(1, "one") == ["first", 2, 2]
    assert "app" not in sys.modules
    assert "helper" not in sys.modules


def test_a_host_module_of_the_same_name_is_set_aside(lab: Any, monkeypatch: Any) -> None:
    import types

    mine = types.ModuleType("helper")
    monkeypatch.setitem(sys.modules, "helper", mine)
    lab.function(COUNTER, files={"helper": "NAME = 'theirs'; seen = []"})
    assert lab.invoke()[0] == "theirs"
    assert sys.modules["helper"] is mine


def _host_state() -> dict[str, Any]:
    return {
        "environ": dict(os.environ),
        "environ_data": id(os.environ._data),  # type: ignore[attr-defined]
        "path": (id(sys.path), list(sys.path)),
        "meta_path": list(sys.meta_path),
        "cwd": os.getcwd(),
        "stdout": sys.stdout,
        "stderr": sys.stderr,
        "session": boto3.DEFAULT_SESSION,
        "sleep": time.sleep,
        "uuid4": uuid.uuid4,
        "uuid1": uuid.uuid1,
        "random": random.random,
        "random_state": random.getstate(),
        "root": (logging.root.level, list(logging.root.handlers), logging.root.filters),
        "loggers": id(logging.Logger.manager.loggerDict),
        "recursion": sys.getrecursionlimit(),
        "popen": subprocess.Popen.__init__,
        "thread": threading.Thread.start,
        "exit": os._exit,
        "filters": list(warnings.filters),
    }


@pytest.mark.parametrize("ending", ["return 1", "raise KeyError('x')", "import sys; sys.exit(3)"])
def test_the_host_is_restored_exactly(lab: Any, ending: str) -> None:
    lab.function(f"""
        import os, sys, logging, random, boto3, warnings
        warnings.simplefilter("error")
        def handler(event, context):
            os.environ["LEAK"] = "1"
            del os.environ["LANG"]
            os.chdir("/")
            sys.path.insert(0, "/nowhere")
            sys.setrecursionlimit(321)
            sys.stdout = None
            random.seed(1)
            logging.getLogger().setLevel("DEBUG")
            logging.getLogger().addHandler(logging.NullHandler())
            boto3.setup_default_session(region_name="eu-west-1")
            {ending}
    """)
    before, modules = _host_state(), set(sys.modules)
    lab.call()
    assert _host_state() == before
    assert not any(name == "app" for name in set(sys.modules) - modules)
    probe = subprocess.run(
        [sys.executable, "-S", "-c", "import os; print(os.environ.get('LEAK'))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert probe.stdout.strip() == "None", "the C library's environment was left changed"


def test_what_a_handler_changes_in_its_process_lasts_while_it_is_warm(lab: Any) -> None:
    lab.function("""
        import os, logging
        def handler(event, context):
            found = [os.environ.get("KEPT"), logging.getLogger().level]
            os.environ["KEPT"] = "yes"
            logging.getLogger().setLevel("DEBUG")
            return found
    """)
    assert lab.invoke() == [None, logging.WARNING]
    assert lab.invoke() == ["yes", logging.DEBUG]


def test_the_users_environment_is_not_the_functions(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("MY_SECRET", "s3cr3t")
    lab.function(
        "import os\ndef handler(e, c): return dict(os.environ)",
        Environment={"Variables": {"TABLE": "todos"}},
    )
    found = lab.invoke()
    assert "MY_SECRET" not in found
    assert "HOME" not in found
    assert found["TABLE"] == "todos"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "us-east-1"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "f"
    assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert found["_HANDLER"] == "app.handler"
    assert found["TZ"] == ":UTC"
    assert found["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert found["_X_AMZN_TRACE_ID"].startswith("Root=1-")


def test_the_zip_must_bring_what_lambda_does_not_have(lab: Any) -> None:
    lab.function("import requests\ndef handler(e, c): return 1")
    error = lab.fail()
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"] == "Unable to import module 'app': No module named 'requests'"


def test_an_optional_import_is_optional(lab: Any) -> None:
    lab.function("""
        try:
            import pytest
        except ImportError:
            pytest = None
        def handler(e, c): return pytest is None
    """)
    assert lab.invoke() is True


def test_packages_relative_imports_and_vendored_directories(lab: Any) -> None:
    lab.function(
        """
        import os, sys
        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "vendored"))
        import dep
        from pkg.inner import value
        def handler(e, c): return [dep.NAME, value, os.path.exists(__file__)]
        """,
        files={
            "vendored__dep": "NAME = 'dep'",
            "pkg____init__": "",
            "pkg__inner": "from .other import value",
            "pkg__other": "value = 7",
        },
    )
    assert lab.invoke() == ["dep", 7, True]
    assert "dep" not in sys.modules
    assert not any(name.partition(".")[0] == "pkg" for name in sys.modules)


def test_layers_lie_over_one_another_below_the_function(lab: Any, zipped: Any) -> None:
    arns = [
        lab.client.publish_layer_version(
            LayerName=name, Content={"ZipFile": zipped(**{"python__common": text})}
        )["LayerVersionArn"]
        for name, text in (("a", "WHO = 'a'"), ("b", "WHO = 'b'"))
    ]
    lab.function("import common\ndef handler(e, c): return common.WHO", Layers=arns)
    assert lab.invoke() == "b"
    found = lab.client.get_function_configuration(FunctionName="f")["Layers"]
    assert [layer["Arn"] for layer in found] == arns


SIGNING = """
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

def handler(e, c):
    return len(key.sign(b"text", padding.PKCS1v15(), hashes.SHA256()))
"""


def test_cryptography_in_a_layer_works_in_every_environment(lab: Any) -> None:
    from archlib.components.assets import InstalledDistributions
    from archlib.template.assets import build

    names = ("cryptography", "cffi", "pycparser")
    layer = lab.client.publish_layer_version(
        LayerName="crypto", Content={"ZipFile": build(InstalledDistributions("K", names)).data}
    )["LayerVersionArn"]
    for name in ("f", "g"):
        lab.function(SIGNING, name=name, Layers=[layer])
    assert [lab.invoke(name=name) for name in ("f", "g", "f")] == [256, 256, 256]
    lab.client.update_function_configuration(FunctionName="f", Timeout=9)  # another environment
    assert lab.invoke() == 256


def test_cryptography_is_not_in_the_runtime(lab: Any) -> None:
    lab.function("import cryptography\ndef handler(e, c): return 1")
    assert lab.fail()["errorType"] == "Runtime.ImportModuleError"


def test_uuid_and_random_are_seeded_and_do_not_disturb_the_host(lab: Any) -> None:
    source = """
        import random, uuid
        from random import choice
        from uuid import uuid4
        def handler(e, c):
            return [str(uuid.uuid4()), str(uuid4()), random.random(), choice("abcdef"),
                    str(uuid.uuid1()), uuid.uuid1() < uuid.uuid1()]
    """
    lab.function(source)
    random.seed(5)
    expected = random.Random(5).random()
    first, second = lab.invoke(), lab.invoke()
    assert random.random() == expected
    assert first != second
    assert uuid.UUID(first[0]).version == 4
    assert uuid.UUID(first[4]).version == 1
    assert first[5] is True
    cloud = lab.cloud
    cloud.stop()
    cloud.start()
    lab.role = cloud.raw("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"][
        "Arn"
    ]
    lab.function(source)
    assert [lab.invoke(), lab.invoke()] == [first, second]


@pytest.mark.parametrize(
    "statement",
    [
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import signal; signal.alarm(1)",
        "import multiprocessing as m; p = m.get_context('fork').Process(); p.start()",
        "import posix; posix.fork()",
        "import posix; posix.kill(posix.getpid(), 15)",
        "import signal, threading; signal.pthread_kill(threading.get_ident(), 15)",
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [15])",
        "import signal; signal.pause()",
        "import _thread; _thread.interrupt_main()",
        "import os; os.close(1)",
        "import os; os.dup2(0, 2)",
        "import os; os.closerange(3, 1000)",
    ],
)
def test_what_one_process_cannot_honour_is_refused_aloud(lab: Any, statement: str) -> None:
    lab.function(f"""
        def handler(e, c):
            try:
                {statement}
            except Exception:
                pass
            return "swallowed"
    """)
    with pytest.raises(Unsupported, match="in function code"):
        lab.call()
    with pytest.raises(Unsupported, match="in function code"):
        lab.call()


def test_threads_of_the_handler_trace_below_it(lab: Any) -> None:
    lab.function("""
        import boto3
        from concurrent.futures import ThreadPoolExecutor
        sts = boto3.client("sts")
        def handler(e, c):
            with ThreadPoolExecutor(2) as pool:
                return len(list(pool.map(lambda _: sts.get_caller_identity()["Arn"], range(3))))
    """)
    mark = lab.cloud.trace.mark()
    assert lab.invoke() == 3
    outer, *inner = lab.cloud.trace.since(mark)
    assert [hop.parent for hop in inner] == [outer.number] * 3
    assert {hop.source for hop in inner} == {lab.arn()}


def test_asyncio_run_works_within_a_notebooks_event_loop(lab: Any) -> None:
    lab.function("""
        import asyncio
        async def work(): return 5
        def handler(e, c): return asyncio.run(work())
    """)

    async def cell() -> Any:
        return lab.invoke()

    assert asyncio.run(cell()) == 5


def test_warnings_of_function_code_go_to_its_log(lab: Any) -> None:
    lab.function("""
        import warnings
        def handler(e, c): warnings.warn("careful")
    """)
    lab.invoke()
    assert any("careful" in line for line in lab.lines())


def test_the_host_keeps_its_own_log_level(lab: Any, caplog: Any) -> None:
    lab.function("""
        import logging
        logging.getLogger().setLevel("DEBUG")
        def handler(e, c): logging.getLogger("mine").debug("inside")
    """)
    lab.invoke()
    logging.getLogger("mine").debug("outside")
    assert caplog.records == []
    assert any("inside" in line for line in lab.lines())


def test_relative_files_are_found(lab: Any) -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("app.py", "def handler(e, c): return open('data/x.json').read()")
        file.writestr("data/x.json", json.dumps({"a": 1}))
    lab.function("", Code={"ZipFile": buffer.getvalue()})
    assert json.loads(lab.invoke()) == {"a": 1}


def test_nothing_stays_on_disk(lab: Any) -> None:
    lab.function("def handler(e, c): return __file__")
    path = lab.invoke()
    assert os.path.exists(path)
    lab.cloud.stop()
    assert not os.path.exists(path)
    assert not any(t.name == "archlib-function-watchdog" for t in threading.enumerate())


def test_other_threads_are_not_affected_while_a_handler_runs(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"])
    lab.function("""
        import threading, time, uuid, random
        def handler(e, c):
            meeting.wait(5), meeting.wait(5)
            return [str(uuid.uuid4()), random.random()]
        import builtins
        meeting = builtins.meeting
    """)
    import builtins

    meeting = threading.Barrier(2)
    monkeypatch.setattr(builtins, "meeting", meeting, raising=False)
    seen: list[Any] = []

    def server() -> None:
        random.seed(3)
        meeting.wait(5)
        seen.append(random.random())
        seen.append(uuid.uuid4().version)
        seen.append(subprocess.run(["true"], check=True).returncode)
        began = lab.cloud.clock.time()
        time.sleep(0.01)
        seen.append(lab.cloud.clock.time() - began)
        logging.getLogger("server").error("not the function's")
        meeting.wait(5)

    thread = threading.Thread(target=server)
    thread.start()
    lab.invoke()
    thread.join(5)
    assert seen == [random.Random(3).random(), 4, 0, 0]
    assert not any("not the function's" in line for line in lab.lines())


def test_a_bundled_seam_library_yields_to_the_installed_one(lab: Any) -> None:
    import requests

    lab.function(
        "import requests\ndef handler(e, c): return [requests.__version__, requests.__file__]",
        files={"requests____init__": "__version__ = 'bundled'"},
    )
    assert lab.invoke() == [requests.__version__, requests.__file__]
    assert sys.modules["requests"] is requests


def test_a_file_named_like_a_loaded_standard_module_is_never_reached(lab: Any) -> None:
    lab.function(
        "import json\ndef handler(e, c): return json.dumps([1])", files={"json": "dumps = None"}
    )
    assert lab.invoke() == "[1]"


def test_a_function_invoked_by_another_does_not_see_its_package(lab: Any) -> None:
    lab.function(
        """
        def handler(e, c):
            try:
                import helper
            except ImportError as error:
                return str(error)
        """,
        "inner",
    )
    lab.function(
        """
        import boto3, json, helper
        def handler(e, c):
            answer = boto3.client("lambda").invoke(FunctionName="inner")
            return [helper.NAME, json.loads(answer["Payload"].read())]
        """,
        "outer",
        files={"helper": "NAME = 'mine'"},
    )
    expected = ["mine", "No module named 'helper'"]
    assert [lab.invoke(name="outer"), lab.invoke(name="outer")] == [expected, expected]
    assert lab.invoke(name="inner") == "No module named 'helper'"


def test_what_a_refusal_interrupts_starts_anew(lab: Any) -> None:
    lab.function("""
        import os
        if os.environ.get("FORK"): os.fork()
        def handler(e, c): return 1
    """, Environment={"Variables": {"FORK": "1"}})  # fmt: skip
    for _ in range(2):
        with pytest.raises(Unsupported):
            lab.call()
    lab.client.update_function_configuration(FunctionName="f", Environment={"Variables": {}})
    assert lab.invoke() == 1


CHANGES = """
    import builtins, gc, os, posix, socket, sys, time
    def handler(event, context):
        exec(event)
        return len("abc")
"""


@pytest.mark.parametrize(
    "change",
    [
        "os.environ.clear()",
        "os.environ = {}",
        "sys.modules.clear()",
        "sys.path[:] = []; sys.meta_path[:] = []",
        "import shutil; shutil.rmtree(os.getcwd())",
        "os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()",
        "os.umask(0o777)",
        "gc.disable(); sys.setswitchinterval(1000); socket.setdefaulttimeout(0.001)",
        "sys.settrace(lambda *_: None)",
        "sys.stdout.close()",
    ],
)
def test_what_a_handler_destroys_is_its_own(lab: Any, change: str) -> None:
    def state() -> Any:
        mask = os.umask(0o022)
        os.umask(mask)
        return (
            id(os.environ), _host_state(), set(sys.modules), list(sys.meta_path), time.localtime(0),
            mask, gc.isenabled(), sys.getswitchinterval(), socket.getdefaulttimeout(),
            sys.gettrace(),
        )  # fmt: skip

    lab.function(CHANGES)
    lab.invoke("pass")
    before = state()
    for _ in range(2):
        assert lab.invoke(change) == 3
        assert state() == before
    assert lab.invoke("pass") == 3


def test_builtins_are_the_functions_own(lab: Any) -> None:
    lab.function(CHANGES)
    lab.function(CHANGES, "other")
    assert lab.invoke("builtins.len = lambda _: 99") == 99
    assert lab.invoke("pass") == 99
    assert lab.invoke("pass", "other") == 3
    assert len("abc") == 3


def test_a_package_is_whole_again_in_the_next_environment(lab: Any) -> None:
    lab.function("""
        import os, sys
        def handler(event, context):
            if event:
                os.remove("other.py")
                sys.exit(1)
            return os.listdir()
    """, files={"other": ""})  # fmt: skip
    there = lab.invoke()
    assert lab.fail("remove")["errorType"] == "Runtime.ExitError"
    assert sorted(lab.invoke()) == sorted(there) == ["app.py", "other.py"]


@pytest.mark.parametrize("ending", ["os._exit(5)", "posix._exit(5)", "raise KeyboardInterrupt"])
def test_a_process_that_ends_is_the_functions(lab: Any, ending: str) -> None:
    lab.function(CHANGES)
    caught: list[Any] = []
    # An interrupt of the main thread is its user's.
    thread = threading.Thread(target=lambda: caught.append(lab.fail(ending)))
    thread.start()
    thread.join()
    status = "130" if "Keyboard" in ending else "5"
    assert caught[0]["errorType"] == "Runtime.ExitError"
    assert caught[0]["errorMessage"].endswith(f"exit status {status}")
    assert lab.invoke("pass") == 3


def test_standard_streams_are_the_functions_log(lab: Any, capfd: Any) -> None:
    lab.function(CHANGES)
    lab.invoke(
        "os.write(1, b'one\\n'); posix.write(2, b'two\\n'); sys.stdout.buffer.write(b'three\\n'); "
        "print('four', file=sys.__stdout__); print('five', file=sys.__stderr__)"
    )
    found = "".join(lab.lines())
    assert [word for word in ("one", "two", "three", "four", "five") if word in found] == [
        "one", "two", "three", "four", "five",
    ]  # fmt: skip
    assert lab.fail("input()")["errorType"] == "EOFError"
    assert capfd.readouterr() == ("", "")


def test_threads_that_fail_after_the_invocation_say_nothing(lab: Any, capsys: Any) -> None:
    lab.function("""
        import threading
        def handler(event, context):
            def fail():
                go.wait()
                raise ValueError("late")
            go = threading.Event()
            threading.Thread(target=fail, name="late").start()
            threading.go = go
    """)
    lab.call()
    late = next(thread for thread in threading.enumerate() if thread.name == "late")
    vars(threading).pop("go").set()
    late.join()
    assert capsys.readouterr().err == ""
