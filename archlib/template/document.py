"""A template: one CloudFormation document, wherever it came from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from archlib.errors import TemplateError
from archlib.template import sam, sections
from archlib.template.assets import Asset
from archlib.template.change import Change, changes
from archlib.template.yaml_read import Path, read
from archlib.template.yaml_write import to_yaml

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Template:
    """A CloudFormation document as plain data with long-form intrinsics.

    ``name`` is what messages call it (a file name). ``text`` is what was read, None for an
    emitted one. ``body`` holds no SAM resources: they are expanded, ``expanded`` says so, and
    ``assets`` are the zips of local code that the SAM file named.
    """

    body: dict[str, Any]
    name: str = "template.yaml"
    text: str | None = field(default=None, repr=False, compare=False)
    expanded: bool = field(default=False, compare=False)
    assets: tuple[Asset, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def parse(
        cls,
        text: str,
        name: str = "template.yaml",
        *,
        folder: FilePath | None = None,
        region: str = DEFAULT_REGION,
    ) -> Template:
        """Read CloudFormation or SAM, YAML or JSON.

        ``folder`` is where a SAM template's local code paths start; without one they are refused.
        ``region`` tells SAM which partition its managed policies are of. Raises
        :class:`archlib.errors.TemplateError` that names file and line.
        """
        body = sections.check(read(text, name))
        if not sam.is_sam(body):
            if "Globals" in body:
                raise TemplateError(
                    "Globals is a section of SAM templates",
                    where=name,
                    hint=f"add Transform: {sam.TRANSFORM}",
                )
            return cls(body, name, text)
        assets: list[Asset] = []
        if folder is not None:
            body, assets = sam.package(body, folder, name)
        body = sam.expand(body, name, region)
        return cls(body, name, text, expanded=True, assets=tuple(assets))

    @classmethod
    def read(cls, path: FilePath | str, *, region: str = DEFAULT_REGION) -> Template:
        """Read a template file; local code of a SAM template is found beside it."""
        file = FilePath(path)
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise TemplateError("is not UTF-8 text", where=str(path)) from error
        except OSError as error:
            raise TemplateError(
                f"cannot be read: {error.strerror or error}", where=str(path)
            ) from error
        return cls.parse(text, str(path), folder=file.parent, region=region)

    def to_yaml(self) -> str:
        """The document as readable YAML with short-form intrinsics."""
        return to_yaml(self.body)

    def to_json(self) -> str:
        """The document as JSON, with long-form intrinsics."""
        return json.dumps(self.body, indent=2, ensure_ascii=False) + "\n"

    @cached_property
    def lines(self) -> dict[Path, int]:
        """The line (from 1) of every path in the text; of an emitted template, in its YAML."""
        return read(self.text if self.text is not None else self.to_yaml(), self.name).lines

    def line(self, logical_id: str, *path: str | int) -> int | None:
        """The line of a place in a resource, or of the nearest place around it.

        A resource that SAM made stands where the resource does that it was made for, if its name
        tells; otherwise it has no line.
        """
        full: Path = ("Resources", logical_id, *path)
        while len(full) >= 2:
            if full in self.lines:
                return self.lines[full]
            full = full[:-1]
        origins = [
            str(at[1])
            for at in self.lines
            if len(at) == 2 and at[0] == "Resources" and logical_id.startswith(str(at[1]))
        ]
        return self.lines["Resources", max(origins, key=len)] if self.expanded and origins else None

    def where(self, logical_id: str, *path: str | int) -> str:
        """``file:line: LogicalId.Property.Path``, for messages."""
        line = self.line(logical_id, *path)
        file = self.name if line is None else f"{self.name}:{line}"
        return f"{file}: {'.'.join(str(part) for part in (logical_id, *path))}"

    def diff(self, other: Template) -> tuple[Change, ...]:
        """What the other template adds, removes and changes."""
        return tuple(changes(self.body, other.body))
