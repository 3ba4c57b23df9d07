"""Errors look as Lambda makes them look."""

from __future__ import annotations

import json
from typing import Any

import pytest


def test_a_handler_error_has_the_documented_shape(lab: Any) -> None:
    lab.function("""
        def inner(event):
            raise ValueError(f"no {event['what']}")

        def handler(event, context):
            return inner(event)
    """)
    error = lab.fail({"what": "luck"})
    assert set(error) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no luck")
    assert error["stackTrace"] == [
        '  File "/var/task/app.py", line 6, in handler\n    return inner(event)\n',
        '  File "/var/task/app.py", line 3, in inner\n'
        "    raise ValueError(f\"no {event['what']}\")\n",
    ]
    line = next(line for line in lab.lines() if line.startswith("[ERROR]"))
    assert line.startswith("[ERROR] ValueError: no luck\rTraceback (most recent call last):\r")
    assert '\u00a0\u00a0File "/var/task/app.py", line 6, in handler' in line


def test_source_lines_are_those_of_the_function_that_failed(lab: Any) -> None:
    lab.function("def handler(e, c): raise KeyError('one')", "one")
    lab.function("def handler(e, c): raise KeyError('two')", "two")
    for name in ("one", "two", "one"):
        assert f"KeyError('{name}')" in lab.fail(name=name)["stackTrace"][0]


def test_frames_of_libraries_are_shown_where_lambda_has_them(lab: Any) -> None:
    lab.function("""
        import boto3
        def handler(e, c): boto3.client("lambda").get_function(FunctionName="none")
    """)
    error = lab.fail()
    assert error["errorType"] == "ResourceNotFoundException"
    assert error["stackTrace"][0].startswith('  File "/var/task/app.py"')
    assert "/var/lang/lib/python3.12/site-packages/botocore/client.py" in error["stackTrace"][1]
    assert "archlib" not in json.dumps(error["stackTrace"])


@pytest.mark.parametrize(
    ("source", "handler", "kind", "message"),
    [
        ("import nothing_here", "app.handler", "Runtime.ImportModuleError",
         "Unable to import module 'app': No module named 'nothing_here'"),
        ("x = 1", "wrong.handler", "Runtime.ImportModuleError",
         "Unable to import module 'wrong': No module named 'wrong'"),
        ("x = 1", "app.handler", "Runtime.HandlerNotFound",
         "Handler 'handler' missing on module 'app'"),
        ("x = 1", "handler", "Runtime.MalformedHandlerName",
         "Bad handler 'handler': not enough values to unpack (expected 2, got 1)"),
        ("x = 1", "sys.exit", "Runtime.BuiltInModuleConflict",
         "Cannot use built-in module sys as a handler module"),
    ],
)  # fmt: skip
def test_initialization_errors(
    lab: Any, source: str, handler: str, kind: str, message: str
) -> None:
    lab.function(source, Handler=handler)
    error = lab.fail()
    assert error == {"errorMessage": message, "errorType": kind, "requestId": "", "stackTrace": []}
    lines = lab.lines()
    assert any(f"Phase: init\tStatus: error\tError Type: {kind}" in line for line in lines)
    assert not any("\tInit Duration" in line for line in lines)


def test_a_syntax_error_names_the_line(lab: Any) -> None:
    lab.function("def handler(e, c):\n    return (\n")
    error = lab.fail()
    assert error["errorType"] == "Runtime.UserCodeSyntaxError"
    assert error["errorMessage"].startswith("Syntax error in module 'app': '(' was never closed")
    assert error["stackTrace"] == ['  File "/var/task/app.py" Line 2\n        return (\n']


def test_an_exception_at_module_level_is_an_init_error_each_time(lab: Any) -> None:
    lab.function("raise RuntimeError('at import')\ndef handler(e, c): pass")
    for _ in range(2):
        error = lab.fail()
        assert error["errorType"] == "RuntimeError"
        assert error["stackTrace"] == [
            '  File "/var/task/app.py", line 1, in <module>\n'
            "    raise RuntimeError('at import')\n"
        ]
    assert [hop.detail["cold"] for hop in lab.cloud.trace.hops if "cold" in hop.detail] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import sys; sys.exit(2)", "Runtime exited with error: exit status 2"),
        ("import sys; sys.exit('bye')", "Runtime exited with error: exit status 1"),
        ("import sys; sys.exit()", "Runtime exited without providing a reason"),
        ("import os; os._exit(9)", "Runtime exited with error: exit status 9"),
        ("raise GeneratorExit", "Runtime exited with error: exit status 1"),
    ],
)
def test_an_exit_ends_the_environment(lab: Any, body: str, reason: str) -> None:
    lab.function(f"""
        count = 0
        def handler(event, context):
            global count
            count += 1
            if event == "count":
                return count
            {body}
    """)
    assert lab.invoke("count") == 1
    error = lab.fail()
    assert set(error) == {"errorType", "errorMessage"}
    assert error["errorType"] == "Runtime.ExitError"
    request_id = error["errorMessage"].split()[1]
    assert error["errorMessage"] == f"RequestId: {request_id} Error: {reason}"
    assert "Status: error\tError Type: Runtime.ExitError" in lab.lines()[-1]
    assert lab.invoke("count") == 1, "a new environment counts from the start"


def test_exit_during_initialization(lab: Any) -> None:
    lab.function("import sys; sys.exit(4)")
    assert lab.fail()["errorMessage"].endswith("exit status 4")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("object()", "Object of type object is not JSON serializable"),
        ("{1, 2}", "Object of type set is not JSON serializable"),
        ("b'x'.decode", "is not JSON serializable"),
    ],
)
def test_results_that_json_cannot_hold(lab: Any, expression: str, message: str) -> None:
    lab.function(f"def handler(e, c): return {expression}")
    error = lab.fail()
    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"].startswith("Unable to marshal response: ")
    assert message in error["errorMessage"]
    assert error["stackTrace"] == []


@pytest.mark.parametrize(
    ("expression", "payload"),
    [
        ("None", b"null"),
        ("(1, 2)", b"[1, 2]"),
        ("{'price': Decimal('1.10'), 'text': '1.10'}", b'{"price": 1.10, "text": "1.10"}'),
        ("'gr\u00fc\u00df'", '"gr\u00fc\u00df"'.encode()),
        ("{1: True}", b'{"1": true}'),
    ],
)
def test_results_as_the_runtime_writes_them(lab: Any, expression: str, payload: bytes) -> None:
    lab.function(f"from decimal import Decimal\ndef handler(e, c): return {expression}")
    assert lab.call()["Payload"].read() == payload


def test_endless_recursion_is_an_ordinary_error(lab: Any) -> None:
    lab.function("def handler(e, c): return handler(e, c)")
    assert lab.fail()["errorType"] == "RecursionError"
    lab.function("def handler(e, c): return 1", "g")
    assert lab.invoke(name="g") == 1


def test_an_async_handler_is_not_awaited(lab: Any) -> None:
    lab.function("async def handler(e, c): return 1")
    error = lab.fail()
    assert error["errorMessage"] == (
        "Unable to marshal response: Object of type coroutine is not JSON serializable"
    )


def test_the_users_interrupt_is_the_users(lab: Any) -> None:
    lab.function("def handler(e, c): raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        lab.call()
    lab.function("def handler(e, c): return 1", "g")
    assert lab.invoke(name="g") == 1


def test_a_response_beyond_six_megabytes(lab: Any) -> None:
    lab.function("def handler(e, c): return 'x' * e")
    error = lab.fail(6_291_556)
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert error["errorMessage"] == (
        "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
    )
    assert len(lab.invoke(6_291_500)) == 6_291_500
