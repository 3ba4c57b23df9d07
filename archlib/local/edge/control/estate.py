"""Everything CloudFront keeps: distributions, policies, origin access, keys, functions.

CloudFront is global: there is one estate for all regions. moto's part is not used; it drops
origin access controls, function associations and policies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from archlib.local.edge import managed
from archlib.local.edge.control.seam import Record, refuse, strings
from archlib.local.edge.entry import Store

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
_HEX = "0123456789abcdef"


class Estate:
    """The control plane's state. ``changed`` is called after every change."""

    def __init__(self, cloud: LocalCloud, store: Store, changed: Callable[[], None]) -> None:
        self.cloud = cloud
        self.store = store
        self.changed = changed
        now = cloud.clock.now()
        self.distributions: dict[str, Record] = {}
        self.identities: dict[str, Record] = {}
        self.access_controls: dict[str, Record] = {}
        self.cache_policies = _managed(managed.CACHE, now)
        self.origin_request_policies = _managed(managed.ORIGIN_REQUEST, now)
        self.response_headers_policies = _managed(managed.RESPONSE_HEADERS, now)
        self.functions: dict[str, Record] = {}
        self.public_keys: dict[str, Record] = {}
        self.key_groups: dict[str, Record] = {}
        self.invalidations: dict[str, dict[str, Record]] = {}
        self.tags: dict[str, dict[str, str]] = {}

    # -- making ----------------------------------------------------------------------------

    def record(self, id: str, config: Mapping[str, Any], **fixed: Any) -> Record:
        """A new record, with its first version."""
        return Record(id, dict(config), self.version(), self.cloud.clock.now(), fixed=fixed)

    def change(self, record: Record, config: Mapping[str, Any]) -> None:
        """Give a record another configuration, and so another version."""
        record.config, record.etag = dict(config), self.version()
        record.modified = self.cloud.clock.now()
        self.changed()

    def version(self) -> str:
        """A new ETag."""
        return "E" + self.cloud.new_id("cloudfront version", 13, _UPPER)

    def new_id(self) -> str:
        """An id as distributions, identities and access controls have."""
        return "E" + self.cloud.new_id("cloudfront", 13, _UPPER)

    def new_key_id(self) -> str:
        """An id as public keys have."""
        return "K" + self.cloud.new_id("cloudfront public key", 13, _UPPER)

    def new_domain(self) -> str:
        """A distribution's domain name."""
        return f"d{self.cloud.new_id('cloudfront domain', 13, _LOWER)}.cloudfront.net"

    def new_canonical_user(self) -> str:
        """The canonical user id of an origin access identity."""
        return self.cloud.new_id("canonical user", 96, _HEX)

    def arn(self, kind: str, id: str) -> str:
        """The ARN of a resource; CloudFront's have no region."""
        return f"arn:aws:cloudfront::{self.cloud.account}:{kind}/{id}"

    def users(self, id: str) -> tuple[str, ...]:
        """The distributions whose configuration names a resource."""
        return tuple(
            record.id
            for record in self.distributions.values()
            if any(text == id or text.endswith(f"/{id}") for text in strings(record.config))
        )

    # -- what the compiler asks (see :class:`archlib.local.edge.compiling.Policies`) ---------

    def cache_policy(self, policy_id: str) -> Mapping[str, Any]:
        """A CachePolicyConfig."""
        return _config(self.cache_policies, policy_id, "CachePolicy", "cache policy")

    def origin_request_policy(self, policy_id: str) -> Mapping[str, Any]:
        """An OriginRequestPolicyConfig."""
        found = self.origin_request_policies
        return _config(found, policy_id, "OriginRequestPolicy", "origin request policy")

    def response_headers_policy(self, policy_id: str) -> Mapping[str, Any]:
        """A ResponseHeadersPolicyConfig."""
        found = self.response_headers_policies
        return _config(found, policy_id, "ResponseHeadersPolicy", "response headers policy")

    def access_control(self, control_id: str) -> Mapping[str, Any]:
        """An OriginAccessControlConfig."""
        found = self.access_controls
        return _config(found, control_id, "OriginAccessControl", "origin access control")

    def canonical_user(self, identity_id: str) -> str:
        """The canonical user id of an origin access identity."""
        found = self.identities.get(identity_id)
        if found is None:
            raise refuse(
                "InvalidOriginAccessIdentity",
                "The specified origin access identity does not exist or is not valid.",
            )
        return str(found.fixed["S3CanonicalUserId"])

    def signing_keys(self, group_id: str) -> Mapping[str, str]:
        """The public keys of a key group: id -> PEM."""
        keys = self.key_groups[group_id].config["Items"]
        return {id: str(self.public_keys[id].config["EncodedKey"]) for id in keys}

    def bucket_region(self, bucket: str) -> str:
        """Where a bucket is; the cloud's region for one that is not there."""
        from moto.s3.models import s3_backends

        found = s3_backends[self.cloud.account]["aws"].buckets.get(bucket)
        return str(found.region_name) if found is not None else self.cloud.region


def _managed(table: Mapping[str, dict[str, Any]], now: datetime) -> dict[str, Record]:
    return {
        id: Record(id, config, f"E{id.replace('-', '').upper()[:13]}", now, managed=True)
        for id, config in table.items()
    }


def _config(records: Mapping[str, Record], id: str, name: str, what: str) -> Mapping[str, Any]:
    found = records.get(id)
    if found is None:
        raise refuse(f"NoSuch{name}", f"The specified {what} does not exist.", 404)
    return found.config
