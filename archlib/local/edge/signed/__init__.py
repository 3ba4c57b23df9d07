"""Private content: signed URLs and signed cookies.

Amazon CloudFront Developer Guide, "Serve private content with signed URLs and signed cookies". A
cache behavior with trusted key groups answers only requests that carry a policy statement, itself
or by its expiration time, with the signature of a key of those groups. What is exported here is
pure; :mod:`archlib.local.edge.signed.gate` asks it about the requests of the edge.
"""

from __future__ import annotations

from archlib.local.edge.signed.access import admit
from archlib.local.edge.signed.credentials import from_cookies, split, without_signature
from archlib.local.edge.signed.keys import PublicKey, acceptable, load
from archlib.local.edge.signed.refusals import Refused
from archlib.local.edge.signed.resource import Url

__all__ = [
    "PublicKey",
    "Refused",
    "Url",
    "acceptable",
    "admit",
    "from_cookies",
    "load",
    "split",
    "without_signature",
]
