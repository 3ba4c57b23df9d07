"""Proving who owns an identity: a link for an address, DNS records for a domain.

Source: Amazon SES Developer Guide, "Creating and verifying identities in Amazon SES": the link in
the verification mail is good for 24 hours; a domain is verified when its three DKIM CNAME records
(or, the older way, the TXT record ``_amazonses``) are found in DNS, which SES tries for 72 hours.
DNS is Route 53 of the same cloud; we look every five minutes. There is no API that verifies.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, Final

from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.outbox import Message
from archlib.local.ses import links
from archlib.local.ses.account import Account, Identity

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

LINK_LIFE: Final = 86_400.0
LOOK_EVERY: Final = 300.0
GIVE_UP: Final = 72 * 3600.0
DKIM_HOST: Final = "dkim.amazonses.com"

KIND = "ses-verification"

_SUBJECT = "Amazon Web Services \u2013 Email Address Verification Request in region {region}"
_BODY = (
    "Dear Amazon Web Services Customer,\n\nWe have received a request to authorize this email "
    "address for use with Amazon SES and Amazon Pinpoint in region {region}. If you requested this "
    "verification, please go to the following URL to confirm that you are authorized to use this "
    "email address:\n\n{link}\n\nYour request will not be processed unless you confirm the address "
    "using this URL. This link expires 24 hours after your original verification request.\n"
)


class Verification:
    """Sends links and looks into DNS."""

    def __init__(self, cloud: LocalCloud, account_in: Callable[[str], Account]) -> None:
        self._cloud = cloud
        self._account_in = account_in
        self._secret = cloud.new_id("ses-verification", 32).encode()

    def begin(self, account: Account, identity: Identity) -> None:
        """Ask for the proof, again if it was asked for before; verified ones stay verified."""
        if identity.is_domain:
            if identity.status != "SUCCESS":
                self._look(account, identity, self._cloud.clock.time() + GIVE_UP)
            return
        if identity.status == "SUCCESS":
            return
        identity.status = "PENDING"
        identity.attempt += 1
        attempt = identity.attempt
        link = links.make(self._secret, account.region, account.id, identity.name, attempt)
        self._cloud.outbox.add(
            Message(
                "email",
                identity.name,
                _SUBJECT.format(region=account.region),
                _BODY.format(region=account.region, link=link),
                KIND,
                self._cloud.clock.now(),
            )
        )
        self._cloud.clock.after(
            LINK_LIFE,
            lambda: _expire(identity, attempt),
            f"SES verification link of {identity.name}",
        )

    def serve(self, request: HttpRequest) -> HttpResponse:
        """Somebody follows a link."""
        matched = links.HOST.fullmatch(request.host)
        assert matched is not None, request.host
        region = matched["region"]
        with self._cloud.trace.hop(
            source="client", target="ses.amazonaws.com", action="ses:ConfirmVerification"
        ) as hop:
            found = links.read(self._secret, region, request.query)
            identity = None if found is None else self._account_in(region).named(found[0])
            if found is None or identity is None or request.method != "GET":
                hop.status = 400
                return _page(400, "This verification link is not valid.")
            hop.target = identity.arn
            if identity.attempt != found[1] or identity.status == "FAILED":
                hop.status = 400
                return _page(400, "This verification link has expired.")
            identity.status = "SUCCESS"
            hop.status = 200
            return _page(200, f"Congratulations! You have successfully verified {identity.name}.")

    def _look(self, account: Account, identity: Identity, until: float) -> None:
        if account.identities.get(identity.name) is not identity:
            return
        if identity.tokens and all(self._has_dkim(identity, token) for token in identity.tokens):
            identity.status, identity.dkim = "SUCCESS", "SUCCESS"
            return
        if identity.token and self._has_token(identity):
            identity.status = "SUCCESS"
            if not identity.tokens:
                return
        if self._cloud.clock.time() >= until:
            identity.status = identity.status if identity.verified else "FAILED"
            identity.dkim = "FAILED" if identity.tokens else identity.dkim
            return
        self._cloud.clock.after(
            LOOK_EVERY,
            lambda: self._look(account, identity, until),
            f"SES looks for DNS records of {identity.name}",
        )

    def _has_dkim(self, identity: Identity, token: str) -> bool:
        name = f"{token}._domainkey.{identity.name}"
        values = self._records(name, "CNAME")
        return any(value.rstrip(".").lower() == f"{token}.{DKIM_HOST}" for value in values)

    def _has_token(self, identity: Identity) -> bool:
        values = self._records(f"_amazonses.{identity.name}", "TXT")
        return any(value.strip('"') == identity.token for value in values)

    def _records(self, name: str, kind: str) -> list[str]:
        """What Route 53's public zones hold under a name."""
        from moto.route53.models import route53_backends

        zones: Any = route53_backends[self._cloud.account]["aws"].zones
        found: list[str] = []
        for zone in zones.values():
            if zone.private_zone:
                continue
            for one in zone.rrsets:
                if one.type == kind and one.name.rstrip(".").lower() == name.lower():
                    found.extend(one.records)
        return found


def _expire(identity: Identity, attempt: int) -> None:
    if identity.attempt == attempt and identity.status == "PENDING":
        identity.status = "FAILED"


def _page(status: int, text: str) -> HttpResponse:
    body = f"<!DOCTYPE html><title>Amazon SES</title><p>{escape(text)}</p>\n"
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return HttpResponse(status, headers, body.encode())
