"""Properties of the pure parts: JSON in and out, output lines, names of functions."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlib.local.functions.marshal import Fault, marshal, unmarshal
from archlib.local.functions.output import Output
from archlib.local.functions.package import check_zip
from archlib.local.functions.registry import Registry
from archlib.local.refusal import ApiRefusal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES, st.sampled_from(["python3.9", "python3.12"]))
def test_what_json_holds_survives(value: Any, runtime: str) -> None:
    assert unmarshal(marshal(value, runtime)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_become_numbers_as_they_are(value: Decimal) -> None:
    written = marshal({"price": value}, "python3.12").decode()
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal)["price"] == value


@given(st.text(alphabet=st.characters(codec="utf-8")), st.data())
def test_output_does_not_depend_on_how_it_is_written(text: str, data: Any) -> None:
    whole, pieces = Output(lambda: 0.0), Output(lambda: 0.0)
    whole.write(text)
    rest = text
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        pieces.write(rest[:cut])
        rest = rest[cut:]
    for output in (whole, pieces):
        output.flush()
    assert whole.events == pieces.events
    expected = text if not text or text.endswith("\n") else text + "\n"
    assert "".join(event.message for event in whole.events) == expected


@given(st.text(), st.text())
def test_an_error_document_is_always_json(kind: str, message: str) -> None:
    found = json.loads(Fault(kind, message, ("frame",)).payload())
    assert (found["errorType"], found["errorMessage"]) == (kind, message)


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_every_form_of_a_name_means_the_same_function(name: str) -> None:
    registry = Registry("123456789012", "us-east-1")
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    for form in (name, f"function:{name}", f"123456789012:function:{name}", arn):
        assert registry.reference(form).arn == arn
    assert registry.reference(f"{arn}:live").invoked_arn == f"{arn}:live"


@given(st.binary(max_size=200))
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(ApiRefusal, match="InvalidParameterValueException"):
        check_zip(data)
