"""Templates as YAML that people like to read.

Short-form intrinsics (``!Ref``, ``!GetAtt A.B``), mappings in their own order, text of several
lines as block scalars. Two short forms cannot stand next to each other in YAML, so the outer one
of ``Fn::GetAZs: !Ref X`` keeps its long name.
"""

from __future__ import annotations

from typing import Any

import yaml

WIDTH = 100

SHORT_FORMS = {
    "Fn::And": "!And",
    "Fn::Base64": "!Base64",
    "Fn::Cidr": "!Cidr",
    "Fn::Equals": "!Equals",
    "Fn::FindInMap": "!FindInMap",
    "Fn::GetAZs": "!GetAZs",
    "Fn::GetAtt": "!GetAtt",
    "Fn::If": "!If",
    "Fn::ImportValue": "!ImportValue",
    "Fn::Join": "!Join",
    "Fn::Not": "!Not",
    "Fn::Or": "!Or",
    "Fn::Select": "!Select",
    "Fn::Split": "!Split",
    "Fn::Sub": "!Sub",
    "Fn::Transform": "!Transform",
    "Ref": "!Ref",
}
"""Long name of each intrinsic with a YAML tag.

``Condition`` has a tag too and is missing on purpose: the key also occurs in policies.
"""


_RARE_BREAKS = frozenset("\r\x85\u2028\u2029")


class _Dumper(yaml.SafeDumper):
    """Block style, no aliases, sequences indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True

    def choose_scalar_style(self) -> str:
        """Plain style for the text of a tag too: ``!Ref Name``, not ``!Ref 'Name'``.

        PyYAML quotes every tagged scalar; a tag already says that its text is a string.
        """
        event: Any = self.event
        if event.tag is not None and event.tag.startswith("!") and not event.style:
            self.analysis = self.analyze_scalar(event.value)
            plain: Any = self.analysis
            if event.value and plain.allow_block_plain and not plain.multiline:
                return ""
        style: str = super().choose_scalar_style()
        return style


def to_yaml(body: dict[str, Any]) -> str:
    """The document as YAML; reading it again gives an equal document."""
    return yaml.dump(
        body,
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=WIDTH,
    )


def _is_intrinsic(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in SHORT_FORMS


def _mapping(dumper: yaml.SafeDumper, data: dict[str, Any]) -> yaml.Node:
    if _is_intrinsic(data):
        name, argument = next(iter(data.items()))
        node = _short(dumper, name, argument)
        if node is not None:
            return node
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items())


def _short(dumper: yaml.SafeDumper, name: str, argument: Any) -> yaml.Node | None:
    """The tagged node, or None where only the long form says the same thing."""
    tag = SHORT_FORMS[name]
    if name == "Fn::GetAtt":
        # The reader splits the tag's text at the first dot; what would not survive stays long.
        if (
            isinstance(argument, list)
            and len(argument) == 2
            and all(isinstance(part, str) and part for part in argument)
            and "." not in argument[0]
        ):
            return _scalar(dumper, tag, ".".join(argument))
        if isinstance(argument, list):
            return dumper.represent_sequence(tag, argument)
        return None
    if isinstance(argument, str):
        return _scalar(dumper, tag, argument)
    if name == "Ref":
        return None  # not a reference at all; the long form shows what is wrong
    if isinstance(argument, list):
        return dumper.represent_sequence(tag, argument)
    if isinstance(argument, dict) and argument and not _is_intrinsic(argument):
        return dumper.represent_mapping(tag, argument.items())
    return None


def _scalar(dumper: yaml.SafeDumper, tag: str, text: str) -> yaml.Node:
    return dumper.represent_scalar(tag, text, style=_style(text))


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    return _scalar(dumper, "tag:yaml.org,2002:str", data)


def _style(text: str) -> str | None:
    if _RARE_BREAKS.intersection(text):
        return '"'  # any other style would fold them into spaces
    return "|" if "\n" in text else None


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(str, _text)
