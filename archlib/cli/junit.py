"""JUnit XML: the form in which CI servers show results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree


@dataclass(frozen=True)
class Case:
    """One result. ``problem`` is what failed, ``skipped`` why it could not be decided."""

    suite: str
    name: str
    problem: str | None = None
    skipped: str | None = None
    output: str = ""


def junit(cases: Iterable[Case]) -> str:
    """The cases as a JUnit document, one suite per ``suite``, in the order given."""
    root = ElementTree.Element("testsuites", name="archlib")
    suites: dict[str, ElementTree.Element] = {}
    for case in cases:
        suite = suites.get(case.suite)
        if suite is None:
            suite = suites[case.suite] = ElementTree.SubElement(root, "testsuite", name=case.suite)
        element = ElementTree.SubElement(suite, "testcase", classname=case.suite, name=case.name)
        if case.problem is not None:
            failure = ElementTree.SubElement(element, "failure", message=_clean(case.problem))
            failure.text = _clean(case.problem)
        if case.skipped is not None:
            ElementTree.SubElement(element, "skipped", message=_clean(case.skipped))
        if case.output:
            ElementTree.SubElement(element, "system-out").text = _clean(case.output)
    for suite in suites.values():
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    for key in ("tests", "failures", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in suites.values())))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _clean(text: str) -> str:
    """Without the control characters that XML 1.0 has no way to write."""
    return "".join(c for c in text if c in "\t\n" or ord(c) >= 32)
