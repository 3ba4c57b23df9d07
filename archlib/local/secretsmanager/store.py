"""The secrets of one cloud, by region, found by name, by ARN and by partial ARN.

Source: AWS Secrets Manager User Guide, "Troubleshooting AWS Secrets Manager", section "An AWS CLI
or AWS SDK operation can't find my secret from a partial ARN": what ends with a hyphen and six
characters is taken for a complete ARN.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from archlib.local.secretsmanager import refusals
from archlib.local.secretsmanager.secret import DAY, Secret

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_COMPLETE = re.compile(r".*-[A-Za-z0-9]{6}", re.DOTALL)


class Secrets:
    """Every region's secrets."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self._regions: dict[str, dict[str, Secret]] = {}

    def now(self) -> float:
        """Virtual epoch seconds."""
        return self.cloud.clock.time()

    def all(self, region: str) -> list[Secret]:
        """The secrets of a region, oldest first."""
        return list(self._region(region).values())

    def find(self, region: str, secret_id: str) -> Secret | None:
        """A secret by its name, its ARN or its ARN without the last seven characters."""
        secrets = self._region(region)
        prefix = self._arn(region, "")
        if not secret_id.startswith("arn:"):
            return secrets.get(secret_id)
        if not secret_id.startswith(prefix):
            return None
        for secret in secrets.values():
            if secret.arn == secret_id:
                return secret
        name = secret_id.removeprefix(prefix)
        return None if _COMPLETE.fullmatch(name) else secrets.get(name)

    def named(self, region: str, secret_id: str) -> Secret:
        """The same; raises ResourceNotFoundException."""
        found = self.find(region, secret_id)
        if found is None:
            raise refusals.no_secret()
        return found

    def new_arn(self, region: str, name: str) -> str:
        """The ARN of a secret that is to be: its name and six random characters.

        "This ensures that if you create a new secret with the same name as a deleted secret, then
        users with access to the old secret don't get access to the new secret" (CreateSecret).
        """
        suffix = self.cloud.new_id("secret", 6, string.ascii_letters + string.digits)
        return self._arn(region, f"{name}-{suffix}")

    def add(self, secret: Secret) -> None:
        """From now on the secret is there."""
        self._region(secret.region)[secret.name] = secret

    def remove(self, secret: Secret) -> None:
        """The secret is no more."""
        if self._region(secret.region).get(secret.name) is secret:
            del self._region(secret.region)[secret.name]

    def schedule_end(self, secret: Secret, days: int) -> float:
        """Let the secret go in ``days``; returns the epoch second."""
        end = secret.end = self.now() + days * DAY

        def gone() -> None:
            # Restored and deleted again since: another timer is the one.
            if secret.end == end:
                self.remove(secret)

        self.cloud.clock.at(end, gone, f"deletion of {secret.arn}")
        return end

    def _region(self, region: str) -> dict[str, Secret]:
        return self._regions.setdefault(region, {})

    def _arn(self, region: str, name: str) -> str:
        return f"arn:aws:secretsmanager:{region}:{self.cloud.account}:secret:{name}"
