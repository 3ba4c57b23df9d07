"""The edge against the table in ``cases``: each case cites the page or section it comes from."""

from __future__ import annotations

import gzip
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from edge_site import Site

from archlib.local import LocalCloud
from archlib.local.http import HttpResponse

CASES: list[dict[str, Any]] = [
    {**case, "file": path.stem}
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text("utf-8"))
]
VERBS = ("get", "head", "options", "put", "post", "patch", "delete", "trace")
_numbers = count(1)


@pytest.mark.parametrize("case", CASES, ids=[f"{c['file']}: {c['name']}" for c in CASES])
def test_case(shared_cloud: LocalCloud, case: dict[str, Any]) -> None:
    site = Site(shared_cloud, next(_numbers), case)
    for number, step in enumerate(case["steps"], 1):
        if "after" in step:
            shared_cloud.clock.advance(seconds=step["after"])
        if "invalidate" in step:
            _invalidate(site, step["invalidate"])
            continue
        verb = next(verb for verb in VERBS if verb in step)
        with site.edge().viewer_in(step.get("in", "Ashburn")):
            answer = site.send(
                verb.upper(), step[verb], step.get("headers"), step.get("body", "").encode(),
                "http" if step.get("http") else "https",
            )  # fmt: skip
        check(site, step, answer, f"step {number} of {case['name']} ({case['cites']})")


def _invalidate(site: Site, paths: list[str]) -> None:
    site.client.create_invalidation(
        DistributionId=site.made["Id"],
        InvalidationBatch={
            "CallerReference": repr(paths),
            "Paths": {"Quantity": len(paths), "Items": paths},
        },
    )


def check(site: Site, step: dict[str, Any], answer: HttpResponse, where: str) -> None:
    """Compare an answer with what a step expects."""
    expected = step["expect"]
    seen: dict[str, Any] = {
        "status": answer.status,
        "cache": (answer.header("x-cache") or "").partition(" from ")[0],
        "age": None if answer.header("age") is None else int(answer.header("age") or 0),
        "asked": len(site.asked),
    }
    body = answer.body
    if answer.header("content-encoding") == "gzip" and body:
        body = gzip.decompress(body)
    seen["body"] = body.decode("latin-1")
    for name, value in expected.items():
        if name == "has":
            for header, text in value.items():
                assert answer.header(header) == text, f"{where}: {header}"
        elif name == "lacks":
            for header in value:
                assert answer.header(header) is None, f"{where}: {header}"
        elif name == "sent":
            for header, text in value.items():
                assert site.asked[-1].header(header) == text, f"{where}: origin got {header}"
        elif name == "unsent":
            for header in value:
                assert site.asked[-1].header(header) is None, f"{where}: origin got {header}"
        elif name == "url":
            request = site.asked[-1]
            query = f"?{request.query}" if request.query else ""
            assert f"{request.method} {request.scheme}:{request.path}{query}" == value, where
        elif name == "contains":
            assert value in seen["body"], where
        else:
            assert seen[name] == value, f"{where}: {name}"


def test_the_table_is_large_enough_and_cites_its_sources() -> None:
    assert len(CASES) >= 120
    assert len({(c["file"], c["name"]) for c in CASES}) == len(CASES)
    for case in CASES:
        assert case["cites"].startswith(("RFC 9111", "RFC 9110", "RFC 5861", "RFC 3986", "Guide:"))
