"""Mail addresses as SES reads them.

Source: Amazon SES Developer Guide, "Creating and verifying identities in Amazon SES": the local
part is case-sensitive, the domain is not; a label (``user+label@``) needs no verification of its
own; a verified domain covers its addresses and its subdomains', unless these are identities
themselves. "Using the mailbox simulator manually": five addresses that SES answers itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr
from typing import Final

SIMULATOR: Final = "simulator.amazonses.com"


def bare(given: str) -> str:
    """The address without a display name, its domain in lower case."""
    local, _, domain = parseaddr(given)[1].rpartition("@")
    return f"{local}@{domain.lower()}" if local else given.strip()


def display_name(given: str) -> str:
    """The display name of an address, empty without one."""
    return parseaddr(given)[0]


def problem(given: str) -> str | None:
    """What is wrong with an address, in SES's words; None if nothing is."""
    address = parseaddr(given)[1]
    local, at, domain = address.rpartition("@")
    if not at or not domain:
        return "Missing final '@domain'"
    if not local:
        return "Missing local name"
    if any(character.isspace() or ord(character) < 32 for character in local):
        return "Local address contains control or whitespace"
    if ".." in domain or domain.startswith(".") or domain.endswith("."):
        return "Domain contains dot-dot" if ".." in domain else "Domain starts with dot"
    if not address.isascii() and not local.isascii():
        return "Local address contains non-ASCII characters"
    return None


def identities(given: str) -> Iterator[str]:
    """The identities that would cover an address, the most specific first."""
    address = bare(given)
    local, _, domain = address.rpartition("@")
    yield address
    if "+" in local:
        yield f"{local.partition('+')[0]}@{domain}"
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])


def simulated(given: str) -> str | None:
    """Which mailbox of the simulator an address is (``bounce``); None for any other."""
    local, _, domain = bare(given).rpartition("@")
    return local.partition("+")[0] if domain == SIMULATOR else None
