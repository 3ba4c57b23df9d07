"""The process's environment while a cloud is active: nothing of the user's, fake keys only."""

from __future__ import annotations

import os

from archlib.local.identity import ADMIN_KEY, LOCAL_SECRET

#: Variables that would lead a client to someone's account, endpoint or proxy.
_DANGEROUS = ("AWS_", "BOTO", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def current() -> dict[str, str]:
    """All variables as they are, for :func:`restore`."""
    return dict(os.environ)


def isolate(region: str) -> None:
    """Take dangerous variables out and put the cloud's own in.

    A process started meanwhile inherits them: it stands outside the cloud and its network
    guard, but holds no key that opens anything.
    """
    for name in list(os.environ):
        if name.upper().startswith(_DANGEROUS):
            del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID=ADMIN_KEY,
        AWS_SECRET_ACCESS_KEY=LOCAL_SECRET,
        AWS_DEFAULT_REGION=region,
        AWS_REGION=region,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        # ARN-addressed calls would otherwise go to {account}.service hosts unknown to moto.
        AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
        # moto would make 1,300 machine images for every region's EC2, each time.
        MOTO_EC2_LOAD_DEFAULT_AMIS="false",
    )


def restore(before: dict[str, str]) -> None:
    """Put the environment back, whatever was done to it meanwhile."""
    os.environ.clear()
    os.environ.update(before)
