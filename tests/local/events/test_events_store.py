"""Properties of a queue's store: nothing is lost, nothing is twice in flight, groups keep order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlib.local.events.lineage import ENDLESS, ROOT, Lineage
from archlib.local.events.queues.store import Entry, Store


@dataclass
class Message:
    number: int
    group_id: str | None


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from("ab"), st.integers(0, 3)),
        st.tuples(st.just("receive"), st.integers(1, 4), st.integers(0, 5)),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("extend"), st.integers(0, 9), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(1, 6)),
    ),
    max_size=60,
)


class Run:
    """A store and what must be true of it."""

    def __init__(self, fifo: bool) -> None:
        self.fifo = fifo
        self.store = Store(fifo=fifo)
        self.now = 0.0
        self.sent: list[Message] = []
        self.deleted: list[Message] = []
        self.held: list[tuple[Entry, str]] = []
        self.handles = 0

    def send(self, group: str, delay: int) -> None:
        message = Message(len(self.sent), group)
        self.sent.append(message)
        due = self.now + (0 if self.fifo else delay)
        self.store.add(message, due, self.now, self.now + 1e6, ROOT)

    def receive(self, count: int, visibility: int) -> None:
        taken: list[Entry] = []
        flying = {
            entry.group
            for entry, handle in self.held
            if entry.handle == handle and not entry.gone and entry.visible_at > self.now
        }
        for entry in self.store.candidates(self.now):
            assert not entry.in_flight
            assert entry not in taken
            assert not self.fifo or entry.group not in flying
            self.handles += 1
            self.store.take(entry, f"h{self.handles}", self.now + visibility, self.now)
            taken.append(entry)
            self.held.append((entry, f"h{self.handles}"))
            if len(taken) >= count:
                break
        if self.fifo:
            for group in "ab":
                numbers = [one.message.number for one in taken if one.group == group]
                assert numbers == sorted(numbers)

    def delete(self, which: int) -> None:
        if not self.held:
            return
        entry, handle = self.held.pop(which % len(self.held))
        live = entry.handle == handle and not entry.gone and entry.visible_at > self.now
        if live:
            self.store.remove(entry)
            self.deleted.append(entry.message)

    def extend(self, which: int, seconds: int) -> None:
        if not self.held:
            return
        entry, handle = self.held[which % len(self.held)]
        if entry.handle == handle and not entry.gone and entry.visible_at > self.now:
            self.store.change_visibility(entry, self.now + seconds, self.now)

    def wait(self, seconds: int) -> None:
        self.now += seconds

    def check(self) -> None:
        assert sum(self.store.counts(self.now)) == len(self.sent) - len(self.deleted)
        found = {one.number for one in self.store.messages()}
        assert found == {one.number for one in self.sent if one not in self.deleted}


@pytest.mark.parametrize("fifo", [False, True])
@given(steps=STEPS)
def test_nothing_is_lost_or_twice_in_flight(fifo: bool, steps: list[Any]) -> None:
    run = Run(fifo)
    for name, *given_values in steps:
        getattr(run, name)(*given_values)
        run.check()
    run.wait(100)
    left = []
    while True:
        before = len(left)
        for entry in run.store.candidates(run.now):
            run.store.take(entry, f"end{entry.order}", run.now + 10, run.now)
            left.append(entry.message)
        if len(left) == before:
            break
    assert len(left) == len(run.sent) - len(run.deleted)
    numbers = [one.number for one in left]
    assert numbers == sorted(numbers)


def test_lineages() -> None:
    chain = Lineage()
    for _ in range(16):
        assert not chain.is_recursive("f")
        chain = chain.then("queue").then("f")
    assert chain.is_recursive("f")
    assert not chain.untracked().is_recursive("f")
    for _ in range(ENDLESS - 16):
        chain.check_end("f")
        chain = chain.then("table").then("f")
    with pytest.raises(Exception, match="f -> table -> f") as caught:
        chain.then("table").check_end("f")
    assert "250 rounds" in str(caught.value)
