"""All keys of one cloud: made, named, used, and gone when their time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local.keys import ecc
from archlib.local.kms import managed, twins
from archlib.local.kms.ciphertext import Ciphertext, read
from archlib.local.kms.grants import Grant
from archlib.local.kms.keys import Alias, Key, RegionalKeys
from archlib.local.kms.material import Material, Private
from archlib.local.kms.policy import default_policy
from archlib.local.kms.specs import ENCRYPT, SPECS, SYMMETRIC, KeySpec
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

DAY = 86_400


class Keys:
    """Every region's keys, and the services that all operations share."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self._regions: dict[str, RegionalKeys] = {}

    def now(self) -> float:
        """Virtual epoch seconds."""
        return self.cloud.clock.time()

    def region(self, name: str) -> RegionalKeys:
        """The keys of one region."""
        if name not in self._regions:
            self._regions[name] = RegionalKeys(self.cloud.account, name)
        return self._regions[name]

    def named(self, region: str, key_id: str, *, by_alias: bool = True) -> Key:
        """A key by any of its names; raises NotFoundException.

        The alias of an AWS managed key makes the key when it is named first.
        """
        keys = self.region(region)
        alias = key_id.rpartition(":")[2] if by_alias else ""
        service = managed.service_of(alias)
        if service is not None and alias not in keys.aliases:
            self._make_managed(keys, service)
        return keys.named(key_id, by_alias=by_alias)

    def find(self, region: str, key_id: str) -> Key | None:
        """The same; None when there is no such key."""
        try:
            return self.named(region, key_id)
        except ApiRefusal:
            return None

    def of_ciphertext(self, region: str, blob: bytes) -> tuple[Key, Ciphertext] | None:
        """The key that made a blob, and the blob taken apart."""
        found = read(blob)
        key = None if found is None else self.region(region).keys.get(found.key_id)
        return None if key is None or found is None else (key, found)

    def of_token(self, region: str, token: str) -> tuple[Key, Grant] | None:
        """The grant a token is for, and its key."""
        for key in self.region(region).keys.values():
            for grant in key.grants.values():
                if grant.token == token:
                    return key, grant
        return None

    def make(
        self,
        region: str,
        spec: KeySpec,
        usage: str,
        *,
        policy: str | None = None,
        description: str = "",
        multi_region: bool = False,
        tags: dict[str, str] | None = None,
    ) -> Key:
        """A customer managed key that nobody knows yet."""
        unique = self.cloud.new_uuid()
        key_id = f"mrk-{unique.replace('-', '')}" if multi_region else unique
        keys = self.region(region)
        return Key(
            key_id,
            keys.arn(f"key/{key_id}"),
            spec,
            usage,
            Material(self.cloud.seed, key_id, self.private(spec.name, key_id)),
            policy or default_policy(keys.account),
            self.now(),
            description,
            multi_region=multi_region,
            tags=dict(tags or {}),
        )

    def private(self, spec: str, label: str) -> Private | None:
        """A private key of a spec, None for a symmetric one; raises :class:`Unsupported`."""
        if spec == "RSA_2048":
            return self.cloud.rsa_keys.next()
        if spec in ecc.CURVES:
            return ecc.private_key(spec, self.cloud.seed, label)
        if spec not in SPECS:
            raise Unsupported(
                f"the local KMS makes no {spec} keys", hint=f"it makes {', '.join(SPECS)}"
            )
        return None

    def add(self, key: Key) -> None:
        """From now on the key is there."""
        self.region(key.region).keys[key.id] = key
        if key.manager == "CUSTOMER":
            twins.put(key)

    def schedule_end(self, key: Key, days: int) -> float:
        """Let the key go in ``days``; returns the epoch second."""
        key.enabled, key.deletion = False, self.now() + days * DAY
        self.cloud.clock.at(key.deletion, lambda: self._end(key), f"deletion of {key.arn}")
        return key.deletion

    def rotate(self, key: Key) -> str:
        """New material; returns its id."""
        key.material.generations += 1
        return key.material.identifier(key.material.generations)

    def _end(self, key: Key) -> None:
        if key.deletion is not None and self.now() >= key.deletion:
            self.region(key.region).remove(key)
            twins.remove(key)

    def _make_managed(self, keys: RegionalKeys, service: str) -> None:
        key = self.make(
            keys.region,
            SPECS[SYMMETRIC],
            ENCRYPT,
            policy=managed.policy(service, keys.account, keys.region),
            description=managed.description(service),
        )
        key.manager = "AWS"
        # Rotated every year, and nobody can change that.
        self.add(key)
        name = managed.ALIAS + service
        keys.aliases[name] = Alias(name, key.id, key.created, key.created)
