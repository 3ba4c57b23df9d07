"""A parameter, its versions and their labels.

Source: AWS Systems Manager User Guide, "Working with parameter versions in Parameter Store",
"Working with parameter labels", "Managing parameter tiers".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from archlib.local.refusal import ApiRefusal
from archlib.local.ssm import refusals

Kind = Literal["String", "StringList", "SecureString"]
Tier = Literal["Standard", "Advanced"]

VERSIONS, LABELS = 100, 10


@dataclass
class Version:
    """One version. ``value`` is what GetParameter gives without decryption: the ciphertext of a
    SecureString, whose KMS key is named by ``key_id``."""

    number: int
    kind: Kind
    value: str
    tier: Tier
    modified: float
    user: str
    description: str | None = None
    allowed_pattern: str | None = None
    key_id: str | None = None
    data_type: str = "text"
    policies: str | None = None
    labels: list[str] = field(default_factory=list)


@dataclass
class Parameter:
    """One parameter; ``ends`` is the epoch second at which its Expiration policy deletes it."""

    name: str
    arn: str
    versions: list[Version] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    ends: float | None = None

    @property
    def latest(self) -> Version:
        """The version that counts when none is asked for."""
        return self.versions[-1]

    def version(self, selector: str | None) -> Version:
        """A version by number or label; raises ParameterVersionNotFound."""
        if selector is None:
            return self.latest
        for one in self.versions:
            found = one.number == int(selector) if selector.isdecimal() else selector in one.labels
            if found:
                return one
        raise refusals.no_version(selector, self.name)

    def make_room(self) -> None:
        """Forget the oldest of a hundred versions.

        Raises ParameterMaxVersionLimitExceeded when it carries a label.
        """
        if len(self.versions) < VERSIONS:
            return
        oldest = self.versions[0]
        if oldest.labels:
            raise ApiRefusal(
                "ParameterMaxVersionLimitExceeded",
                f"You attempted to create a new version of {self.name} by calling the "
                f"PutParameter API with the overwrite flag. Version {oldest.number}, the oldest "
                "version, can't be deleted because it has a label associated with it. Move the "
                "label to another version of the parameter, and try again.",
            )
        del self.versions[0]
