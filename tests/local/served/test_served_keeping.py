"""What keeping a cloud's state rests on: held time, random bytes that come again, the file."""

from __future__ import annotations

import errno
import json
import os
import random
import secrets
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from archlib.errors import UsageError
from archlib.local import LocalCloud
from archlib.local.client_hints import Member, taken
from archlib.local.content import Content
from archlib.local.deploy.deployment import Deployment
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.patches import Patches
from archlib.local.served.acts import (
    Act,
    Advanced,
    Asked,
    AskedTogether,
    CalledDax,
    Deployed,
    Rested,
    Resumed,
)
from archlib.local.served.state import lines
from archlib.local.served.state.digest import digest
from archlib.local.served.state.file import StateFile, StateLost
from archlib.local.served.state.held_time import HeldTime
from archlib.local.served.state.randomness import Randomness
from archlib.local.turns import Turns
from archlib.template import Asset, Template

REQUEST = HttpRequest(
    "PUT", "https", "b.s3.amazonaws.com", 8443, "/a%20b", "x=1&y", (("X-A", "ü"), ("x-a", "2")),
    b"\xff\x00", "198.51.100.7",
)  # fmt: skip


# -- acts as lines -----------------------------------------------------------------------------


def acts() -> list[Act]:
    from archlib.local.dax.protocol import Call
    from archlib.local.dax.service import OutsideCall

    local = HttpRequest("GET", "http", "::1", None, "/", "", (), b"", "203.0.113.10")
    text = HttpRequest("POST", "http", "", None, "/", "", (), "Größe\n".encode(), "::1")
    call = Call("GetItem", ("things", {b"k": [1, None, 2.5, -3]}, 10**30))
    template = Template.parse("Resources: {T: {Type: AWS::SNS::Topic}}\n", "t.yaml")
    assets = (Asset("CodeKey", "code-1.zip", b"PK\x00\xff", "code"),)
    return [
        Asked(REQUEST, True),
        AskedTogether((Asked(local, False), Asked(text, True))),
        CalledDax(OutsideCall("arn:aws:dax:::c", "AKIA", None, call)),
        Advanced(0.1),
        Deployed(template, "s", {"P": "1"}, assets),
        Rested(),
        Resumed(12.25),
    ]


@pytest.mark.parametrize("act", acts(), ids=lambda act: type(act).__name__)
def test_an_act_is_what_it_was_when_it_is_read_again(act: Act) -> None:
    told = json.loads(json.dumps(lines.written(act)))
    assert lines.read(told) == act


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"act": "forgotten"},
        {"act": "advanced"},
        {"act": "advanced", "seconds": "soon"},
        {"act": "asked", "method": "GET"},
        {"act": "deployed", "stack": "s", "template": "t", "text": "Resources: 1", "assets": []},
    ],
)
def test_what_tells_of_no_act_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="act"):
        lines.read(told)


def test_every_act_can_be_written() -> None:
    written = {type(act) for act in acts()}
    from archlib.local.served import acts as module

    own = {c for c in vars(module).values() if isinstance(c, type) and hasattr(c, "do")}
    assert own - {Act} == written


def test_digests_tell_answers_apart() -> None:
    answer = HttpResponse(200, (("A", "1"),), b"x" * 2000)
    large = Content.of(b"x" * 2000)
    others = [
        HttpResponse(201, (("A", "1"),), b"x" * 2000),
        HttpResponse(200, (("A", "2"),), b"x" * 2000),
        HttpResponse(200, (), b"x" * 2000),
        HttpResponse(200, (("A", "1"),), b"x" * 1999 + b"y"),
        [answer, answer], None, ValueError("x"), b"x",
        Deployment("s", "id", {}, {}), Deployment("s", "id", {"A": "1"}, {}),
    ]  # fmt: skip
    assert digest(HttpResponse(200, (("A", "1"),), large)) == digest(answer)
    assert len({digest(one) for one in [answer, *others]}) == len(others) + 1


# -- time and random numbers -------------------------------------------------------------------


def test_time_stands_still_for_an_act() -> None:
    held = HeldTime()
    with held.at(5.0):
        assert (held(), held()) == (5.0, 5.0)
    assert abs(held() - time.time()) < 5


def draw() -> list[object]:
    return [os.urandom(4), secrets.token_hex(4), uuid.uuid4(), random.SystemRandom().random()]


@pytest.fixture
def patches() -> Iterator[Patches]:
    made = Patches()
    yield made
    made.undo()


def test_random_bytes_come_again_in_an_act(patches: Patches) -> None:
    drawn = []
    for seed in ("a", "a", "b"):
        randomness = Randomness(seed, Turns())
        randomness.install(patches)
        with randomness.dealing():
            drawn.append(draw())
        patches.undo()
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(map(str, drawn[0]))) == 4


def test_whoever_does_no_act_gets_the_systems_bytes(patches: Patches) -> None:
    drawn: list[list[object]] = []
    for _ in range(2):
        randomness = Randomness("a", Turns())
        randomness.install(patches)
        with randomness.dealing():
            thread = threading.Thread(target=lambda: drawn.append(draw()))
            thread.start()
            thread.join()
            inside = draw()
        drawn.append(draw())
        patches.undo()
        drawn.append(inside)
    assert drawn[2] == drawn[5]
    assert drawn[0] != drawn[3]
    assert drawn[1] != drawn[4]


def test_looking_draws_nothing() -> None:
    from moto.moto_api._internal import mock_random

    with LocalCloud(planes=()) as cloud:
        seen = []
        for _ in range(2):
            with cloud.looking():
                seen.append((cloud.new_uuid(), str(mock_random.uuid4())))
        assert seen[0] == seen[1]
        assert cloud.new_uuid() == seen[0][0]


# -- the file ----------------------------------------------------------------------------------


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "below" / "state")
    file.begin({"archlib": "1"})
    for number in range(3):
        file.append({"n": number, "text": "Zeile\n\u2028 \ud800"})
    size = file.size
    file.close()
    file.close()
    again = StateFile(tmp_path / "below" / "state")
    header = again.header()
    assert header is not None
    assert header["archlib"] == "1"
    assert [(number, told["n"]) for number, told in again.acts()] == [(2, 0), (3, 1), (4, 2)]
    assert again.size == size
    again.append({"n": 3})
    again.close()
    last = StateFile(tmp_path / "below" / "state")
    last.header()
    assert [told["n"] for _, told in last.acts()] == [0, 1, 2, 3]
    last.close()


def test_a_disk_that_is_full_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = StateFile(tmp_path / "state")
    file.begin({})
    file.append({"n": 1})

    write = os.write

    def full(descriptor: int, data: bytes | memoryview) -> int:
        if len(data) > 4:
            return write(descriptor, data[:4])  # as much as there is room for
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(StateLost, match="No space left"):
            file.append({"n": 2})
    # There may be room again, but a line is missing.
    with pytest.raises(StateLost, match="No space left"):
        file.append({"n": 3})
    file.close()
    again = StateFile(tmp_path / "state")
    again.header()
    assert [told["n"] for _, told in again.acts()] == [1]
    assert again.cut_off
    again.close()


def test_what_can_be_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot keep state in"):
        StateFile(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    for device in ("/dev/null", "/dev/full", tmp_path / "pipe"):
        with pytest.raises(UsageError, match="a device or the like"):
            StateFile(Path(device))


# -- hints -------------------------------------------------------------------------------------


def test_hints_are_taken_away_unless_they_are_signed() -> None:
    said = (("X-Archlib-City", "Tokyo"), ("x-archlib-round", "r/1/3"), ("X-Other", "1"))
    request = HttpRequest.of("GET", "https://example.com/", said)
    bare, hints = taken(request)
    assert bare.headers == (("X-Other", "1"),)
    assert (hints.city, hints.virtual_time, hints.member) == ("Tokyo", False, Member("r", 1, 3))
    assert taken(bare) == (bare, type(hints)())
    signature = ("Authorization", "AWS4-HMAC-SHA256 SignedHeaders=host;x-archlib-city, …")
    signed, _ = taken(HttpRequest.of("GET", "https://example.com/", (*said, signature)))
    assert signed.headers == (said[0], said[2], signature)
