"""Reads DOT back into nodes and edges, by its grammar; anything outside of it is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:\\.|[^"\\])*")|(?P<mark>->|[{}\[\]=;,])"""
    r"""|(?P<bare>[A-Za-z_\x80-\uffff][\w\x80-\uffff]*|-?(?:\.\d+|\d+(?:\.\d*)?)))""",
    re.DOTALL,
)


@dataclass
class Dot:
    """What a DOT source says: attributes of each node, of each edge, titles of the clusters."""

    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    clusters: dict[str, str] = field(default_factory=dict)


def tokens(source: str) -> list[tuple[str, str]]:
    """Kind and text of each token; quotes and escaped quotes are taken off."""
    found, at, end = [], 0, len(source.rstrip())
    while at < end:
        match = TOKEN.match(source, at)
        assert match, f"no DOT at {source[at : at + 40]!r}"
        kind, text = str(match.lastgroup), match[str(match.lastgroup)]
        found.append((kind, text[1:-1].replace('\\"', '"') if kind == "quoted" else text))
        at = match.end()
    return found


class _Reader:
    def __init__(self, source: str) -> None:
        self.left = tokens(source)
        self.dot = Dot()

    def next(self, mark: str | None = None) -> str:
        kind, text = self.left.pop(0)
        wanted = (kind, text) == ("mark", mark) if mark else kind != "mark"
        assert wanted, f"{text!r} where {mark or 'an id'} was expected"
        return text

    def sees(self, text: str) -> bool:
        return bool(self.left) and self.left[0][1] == text and self.left[0][0] != "quoted"

    def attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.sees("["):
            self.next("[")
            while not self.sees("]"):
                key = self.next()
                self.next("=")
                found[key] = self.next()
            self.next("]")
        return found

    def statements(self, cluster: str | None) -> None:
        self.next("{")
        while not self.sees("}"):
            self.statement(cluster)
        self.next("}")

    def statement(self, cluster: str | None) -> None:
        keyword, name = self.left[0][0] == "bare", self.next()
        if keyword and name == "subgraph":
            self.statements(self.next())
        elif keyword and name in ("graph", "node", "edge"):
            defaults = self.attributes()
            if cluster and name == "graph":
                self.dot.clusters[cluster] = defaults["label"]
        elif self.sees("="):
            self.next("=")
            self.next()
        elif self.sees("->"):
            self.next("->")
            target = self.next()
            self.dot.edges.append((name, target, self.attributes()))
        else:
            assert name not in self.dot.nodes, f"{name!r} is there twice"
            self.dot.nodes[name] = self.attributes()


def read(source: str) -> Dot:
    """The graph that a DOT source draws."""
    reader = _Reader(source)
    assert reader.next() == "digraph"
    reader.next()
    reader.statements(None)
    assert reader.left == []
    return reader.dot
