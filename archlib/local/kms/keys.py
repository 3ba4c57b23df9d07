"""Keys and aliases of one cloud, by region.

Source: AWS Key Management Service Developer Guide, "Key identifiers (KeyId)", "Aliases in AWS
KMS", "Key states of AWS KMS keys".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from archlib.local.iam.pattern import ContextValue
from archlib.local.kms import refusals
from archlib.local.kms.grants import Grant
from archlib.local.kms.material import Material
from archlib.local.kms.specs import KeySpec
from archlib.local.refusal import ApiRefusal

State = Literal["Enabled", "Disabled", "PendingDeletion"]
Manager = Literal["CUSTOMER", "AWS"]

_ID = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True)
class Rotation:
    """One replacement of a key's material, at a virtual epoch second."""

    at: float
    kind: Literal["AUTOMATIC", "ON_DEMAND"]
    material: str


@dataclass
class Key:
    """One KMS key. ``deletion`` is the epoch second of its end, once that is scheduled;
    ``rotates_every`` the days between automatic rotations, None when they are off."""

    id: str
    arn: str
    spec: KeySpec
    usage: str
    material: Material
    policy: str
    created: float
    description: str = ""
    manager: Manager = "CUSTOMER"
    multi_region: bool = False
    enabled: bool = True
    deletion: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    rotates_every: int | None = None
    next_rotation: float | None = None
    rotations: list[Rotation] = field(default_factory=list)

    @property
    def region(self) -> str:
        """Where the key is."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Whose key it is."""
        return self.arn.split(":")[4]

    @property
    def state(self) -> State:
        """The key state."""
        if self.deletion is not None:
            return "PendingDeletion"
        return "Enabled" if self.enabled else "Disabled"

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms of the key's usage."""
        return self.spec.algorithms[self.usage]

    def require_usable(self) -> None:
        """Raise unless the key can be used in a cryptographic operation."""
        self.require_kept()
        if not self.enabled:
            raise refusals.disabled(self.arn)

    def require_kept(self) -> None:
        """Raise when the key is on its way out."""
        if self.deletion is not None:
            raise refusals.wrong_state(self.arn, "pending deletion")

    def require_use(self, usage: str, operation: str) -> None:
        """Raise when the key is for something else."""
        if self.usage != usage:
            raise refusals.wrong_usage(self.arn, self.usage, operation)

    def keys(self, aliases: tuple[str, ...]) -> dict[str, ContextValue]:
        """The condition keys that describe the key."""
        return {
            "kms:KeySpec": self.spec.name,
            "kms:KeyUsage": self.usage,
            "kms:KeyOrigin": "AWS_KMS",
            "kms:MultiRegion": str(self.multi_region).lower(),
            **({"kms:MultiRegionKeyType": "PRIMARY"} if self.multi_region else {}),
            **({"kms:ResourceAliases": aliases} if aliases else {}),
            **{f"aws:ResourceTag/{name}": text for name, text in self.tags.items()},
        }


@dataclass(frozen=True)
class Alias:
    """One alias; times are virtual epoch seconds."""

    name: str
    key_id: str
    created: float
    updated: float


class RegionalKeys:
    """The keys and aliases of one region. ``managed`` makes the AWS managed key of an alias,
    when AWS has one of that name."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.keys: dict[str, Key] = {}
        self.aliases: dict[str, Alias] = {}

    def arn(self, name: str) -> str:
        """The ARN of ``key/…`` or ``alias/…``."""
        return f"arn:aws:kms:{self.region}:{self.account}:{name}"

    def find(self, key_id: str) -> Key | None:
        """A key by id, alias or either's ARN; None when there is none."""
        try:
            return self.named(key_id)
        except ApiRefusal:
            return None

    def named(self, key_id: str, *, by_alias: bool = True) -> Key:
        """The same; raises NotFoundException. Key management goes by id and key ARN only."""
        name = self._local(key_id)
        if name.startswith("alias/"):
            if not by_alias:
                raise refusals.invalid_key_id(key_id)
            alias = self.aliases.get(name)
            if alias is None:
                raise refusals.no_alias(self.arn(name))
            return self.keys[alias.key_id]
        wanted = name.removeprefix("key/")
        if wanted in self.keys:
            return self.keys[wanted]
        if _ID.fullmatch(wanted):
            raise refusals.no_key(self.arn(f"key/{wanted}"))
        raise refusals.invalid_key_id(key_id)

    def _local(self, key_id: str) -> str:
        if not key_id.startswith("arn:"):
            return key_id
        parts = key_id.split(":", 5)
        if len(parts) < 6 or parts[2] != "kms":
            raise ApiRefusal("InvalidArnException", f"Invalid ARN {key_id}")
        if parts[3] != self.region:
            raise ApiRefusal("NotFoundException", f"Invalid arn {parts[3]}")
        if parts[4] != self.account:
            raise refusals.no_key(key_id)
        return parts[5]

    def aliases_of(self, key: Key) -> tuple[str, ...]:
        """The names of a key's aliases, sorted."""
        return tuple(sorted(a.name for a in self.aliases.values() if a.key_id == key.id))

    def remove(self, key: Key) -> None:
        """The key is no more, nor are its aliases."""
        for name in self.aliases_of(key):
            del self.aliases[name]
        self.keys.pop(key.id, None)
