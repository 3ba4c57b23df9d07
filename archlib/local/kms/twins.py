"""Keys as moto's other services see them.

Some of moto's services (RDS, EBS) look a key up in moto's own state before they take its id. Each
customer managed key has a twin there: same id, same ARN, never used for anything.
"""

from __future__ import annotations

from typing import Any

from archlib.local.kms.keys import Key


def put(key: Key) -> None:
    """Let moto know a key."""
    import moto.kms.models as models

    made: Any = models.Key
    # moto draws an RSA key for symmetric ones too, which takes long; one of a curve does not.
    twin = made(
        key.policy, "ENCRYPT_DECRYPT", "ECC_NIST_P256", key.description, key.account, key.region
    )
    twin.key_spec = "SYMMETRIC_DEFAULT"
    twin.id, twin.arn = key.id, key.arn
    _backend(key).keys[key.id] = twin


def remove(key: Key) -> None:
    """Let moto forget it."""
    _backend(key).keys.pop(key.id, None)


def _backend(key: Key) -> Any:
    from moto.kms.models import kms_backends

    return kms_backends[key.account][key.region]
