"""The key pairs of a deployment into the local cloud: seeded, so that every run has the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from archlib.template.key_pairs import KeyPair, Made, made_for, standing_parameters

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from archlib.local.deploy.deployment import Deployment
    from archlib.local.deploy.target import Target
    from archlib.template import Template


def choose(
    cloud: Target, template: Template, stack_name: str, values: dict[str, str]
) -> tuple[Made, ...]:
    """Add the public halves to the parameters' ``values``; the pairs that are new."""
    standing = standing_parameters(cloud.control("cloudformation"), stack_name)
    public, made = made_for(
        template.body, values, standing, lambda pair: _seeded(cloud, stack_name, pair)
    )
    values.update(public)
    return made


def keep(cloud: Target, deployment: Deployment, made: tuple[Made, ...]) -> None:
    """Store the private halves of new pairs."""
    physical = {name: one.physical_id for name, one in deployment.resources.items()}
    for one in made:
        one.pair.store(cloud.control, deployment.stack_name, physical, one.private)


def _seeded(cloud: Target, stack_name: str, pair: KeyPair) -> RSAPrivateKey:
    """A key that the cloud's seed decides; like all keys of a local cloud it protects nothing."""
    from archlib.local.keys.rsa import KNOWN_KEYS, private_key

    name = f"key pair {cloud.seed} {stack_name} {pair.public_key}"
    digest = hashlib.sha256(name.encode()).digest()
    return private_key(int.from_bytes(digest[:4], "big") % KNOWN_KEYS)
