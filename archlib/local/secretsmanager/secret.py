"""A secret, its versions, and the staging labels that say which version is which.

Source: AWS Secrets Manager User Guide, "What's in a Secrets Manager secret?" (versions, staging
labels); AWS Secrets Manager API Reference, "PutSecretValue", "UpdateSecretVersionStage".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from archlib.local.secretsmanager import refusals

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"

DAY = 86_400
#: Quotas: labels of one version; versions of one secret, of which the last day's are all kept.
LABELS, VERSIONS = 20, 100

Kind = Literal["SecretString", "SecretBinary"]


@dataclass(frozen=True)
class Envelope:
    """A value sealed with a data key, and that data key sealed under a KMS key."""

    key_arn: str
    data_key: bytes
    nonce: bytes
    sealed: bytes


@dataclass
class Version:
    """One version; it has no value before somebody puts one.

    ``envelopes`` hold the same value under the keys that the secret has had since, newest first.
    """

    id: str
    created: float
    kind: Kind | None = None
    envelopes: list[Envelope] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    accessed: float | None = None


@dataclass
class Rotation:
    """How a secret is rotated; times are virtual epoch seconds."""

    function: str
    enabled: bool = True
    days: int | None = None
    expression: str | None = None
    duration: str | None = None
    last: float | None = None
    due: float | None = None
    closes: float | None = None


@dataclass
class Secret:
    """One secret. ``key_id`` is the KMS key as it was named, None for the AWS managed key;
    ``deleted`` the epoch second at which somebody asked for its end, ``end`` that of its end."""

    name: str
    arn: str
    created: float
    changed: float
    description: str | None = None
    key_id: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    policy: str | None = None
    accessed: float | None = None
    deleted: float | None = None
    end: float | None = None
    rotation: Rotation | None = None

    @property
    def region(self) -> str:
        """Where the secret is."""
        return self.arn.split(":")[3]

    def require_kept(self) -> None:
        """Raise when the secret is scheduled for deletion."""
        if self.end is not None:
            raise refusals.marked()

    def labelled(self, label: str) -> Version | None:
        """The version that carries a label."""
        return next((v for v in self.versions.values() if label in v.labels), None)

    def stages(self) -> dict[str, list[str]]:
        """The labels of every version that has some."""
        return {v.id: list(v.labels) for v in self.versions.values() if v.labels}

    def add(self, version_id: str, now: float) -> Version:
        """A new version without value and label; raises LimitExceededException.

        "Secrets Manager removes outdated versions when there are more than 100, but it does not
        remove versions created less than 24 hours ago."
        """
        for old in list(self.versions.values()):
            if len(self.versions) >= VERSIONS and not old.labels and now - old.created >= DAY:
                del self.versions[old.id]
        if len(self.versions) >= VERSIONS:
            raise refusals.limit(
                f"The secret has reached the limit of {VERSIONS} versions. Versions that have no "
                "staging label and are older than a day are removed."
            )
        made = self.versions[version_id] = Version(version_id, now)
        return made

    def attach(self, label: str, version: Version) -> None:
        """Put a label on a version; no other has it then. AWSPREVIOUS follows AWSCURRENT.

        Raises LimitExceededException when the version has too many labels.
        """
        holder = self.labelled(label)
        if holder is version:
            return
        if len(version.labels) >= LABELS:
            raise refusals.limit(f"A version can have at most {LABELS} staging labels.")
        if holder is not None:
            holder.labels.remove(label)
        version.labels.append(label)
        if label == CURRENT and holder is not None:
            self.attach(PREVIOUS, holder)
