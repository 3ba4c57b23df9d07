"""Policies and origin access: five kinds of resource with one set of operations each.

Amazon CloudFront API Reference: Create…, Get…, Get…Config, Update…, Delete… and List… of
CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy, OriginAccessControl and
CloudFrontOriginAccessIdentity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.edge.control import policy_checks
from archlib.local.edge.control.estate import Estate
from archlib.local.edge.control.seam import Operation, Record, check_version, page, refuse

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result

Check = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Kind:
    """One kind of resource: what it is called, where it is kept, what is checked.

    ``listing`` names the list operation and ``summary`` makes an item of its result.
    ``typed`` kinds are policies, of which some are managed; ``named`` ones have unique names.
    """

    name: str
    what: str
    records: Callable[[Estate], dict[str, Record]]
    path: str
    listing: str
    summary: Callable[[Kind, Record], dict[str, Any]]
    check: Check
    typed: bool = False
    named: bool = True

    @property
    def config(self) -> str:
        """The name of its configuration."""
        return f"{self.name}Config"

    def view(self, record: Record) -> dict[str, Any]:
        """The resource as Create, Get and Update return it."""
        times = {"LastModifiedTime": record.modified} if self.typed else {}
        return {"Id": record.id, **record.fixed, **times, self.config: record.copy}

    def find(self, estate: Estate, id: str) -> Record:
        """A record by id; raises ``NoSuch…`` (404)."""
        found = self.records(estate).get(id)
        if found is None:
            raise refuse(f"NoSuch{self.name}", f"The specified {self.what} does not exist.", 404)
        return found


def _create(kind: Kind) -> Operation:
    def create(estate: Estate, call: ApiCall) -> Result:
        config = call.params[kind.config]
        kind.check(config)
        records = kind.records(estate)
        if not kind.named:
            # An identity is known by its caller reference: the same request makes one.
            for record in records.values():
                if record.config.get("CallerReference") == config["CallerReference"]:
                    return _result(kind, record, estate)
        _unique(kind, records, config, None)
        id = estate.cloud.new_uuid() if kind.typed else estate.new_id()
        fixed = {} if kind.named else {"S3CanonicalUserId": estate.new_canonical_user()}
        records[id] = estate.record(id, config, **fixed)
        return _result(kind, records[id], estate)

    return create


def _result(kind: Kind, record: Record, estate: Estate) -> Result:
    location = f"https://cloudfront.amazonaws.com/2020-05-31/{kind.path}/{record.id}"
    return {kind.name: kind.view(record), "Location": location, "ETag": record.etag}


def _unique(
    kind: Kind, records: Mapping[str, Record], config: Mapping[str, Any], own: str | None
) -> None:
    if kind.named and any(
        r.config["Name"] == config["Name"] and r.id != own for r in records.values()
    ):
        raise refuse(
            f"{kind.name}AlreadyExists",
            f"A {kind.what} with the same name already exists in your AWS account.",
            409,
        )


def _get(kind: Kind) -> Operation:
    def get(estate: Estate, call: ApiCall) -> Result:
        record = kind.find(estate, call.params["Id"])
        return {kind.name: kind.view(record), "ETag": record.etag}

    return get


def _get_config(kind: Kind) -> Operation:
    def get(estate: Estate, call: ApiCall) -> Result:
        record = kind.find(estate, call.params["Id"])
        return {kind.config: record.copy, "ETag": record.etag}

    return get


def _update(kind: Kind) -> Operation:
    def update(estate: Estate, call: ApiCall) -> Result:
        record = kind.find(estate, call.params["Id"])
        if record.managed:
            raise refuse("IllegalUpdate", "The update contains modifications that are not allowed.")
        check_version(record, call.params.get("IfMatch"))
        config = call.params[kind.config]
        kind.check(config)
        _unique(kind, kind.records(estate), config, record.id)
        estate.change(record, config)
        return {kind.name: kind.view(record), "ETag": record.etag}

    return update


def _delete(kind: Kind) -> Operation:
    def delete(estate: Estate, call: ApiCall) -> Result:
        record = kind.find(estate, call.params["Id"])
        if record.managed:
            raise refuse("IllegalDelete", f"You cannot delete a managed {kind.what}.")
        check_version(record, call.params.get("IfMatch"))
        if users := estate.users(record.id):
            raise refuse(
                f"{kind.name}InUse",
                f"Cannot delete the {kind.what} because it is attached to {', '.join(users)}.",
                409,
            )
        del kind.records(estate)[record.id]
        return {}

    return delete


def _list(kind: Kind) -> Operation:
    def listed(estate: Estate, call: ApiCall) -> Result:
        wanted = call.params.get("Type")
        chosen = [
            record
            for record in kind.records(estate).values()
            if wanted is None or wanted == _type(record)
        ]
        entries = [(record.id, kind.summary(kind, record)) for record in chosen]
        return page(f"{kind.name}List", call, entries, marked=not kind.typed)

    return listed


def _type(record: Record) -> str:
    return "managed" if record.managed else "custom"


def _policy(kind: Kind, record: Record) -> dict[str, Any]:
    return {"Type": _type(record), kind.name: kind.view(record)}


def _flat(kind: Kind, record: Record) -> dict[str, Any]:
    shown = {k: v for k, v in record.copy.items() if k != "CallerReference"}
    return {"Id": record.id, **record.fixed, **shown}


KINDS = (
    Kind("CachePolicy", "cache policy", lambda e: e.cache_policies, "cache-policy",
         "ListCachePolicies", _policy, policy_checks.cache_policy, typed=True),
    Kind("OriginRequestPolicy", "origin request policy", lambda e: e.origin_request_policies,
         "origin-request-policy", "ListOriginRequestPolicies", _policy,
         policy_checks.origin_request_policy, typed=True),
    Kind("ResponseHeadersPolicy", "response headers policy",
         lambda e: e.response_headers_policies, "response-headers-policy",
         "ListResponseHeadersPolicies", _policy, policy_checks.response_headers_policy,
         typed=True),
    Kind("OriginAccessControl", "origin access control", lambda e: e.access_controls,
         "origin-access-control", "ListOriginAccessControls", _flat,
         policy_checks.access_control),
    Kind("CloudFrontOriginAccessIdentity", "origin access identity", lambda e: e.identities,
         "origin-access-identity/cloudfront", "ListCloudFrontOriginAccessIdentities", _flat,
         lambda config: None, named=False),
)  # fmt: skip


def _operations(kind: Kind) -> Iterator[tuple[str, Operation]]:
    yield f"Create{kind.name}", _create(kind)
    yield f"Get{kind.name}", _get(kind)
    yield f"Get{kind.name}Config", _get_config(kind)
    yield f"Update{kind.name}", _update(kind)
    yield f"Delete{kind.name}", _delete(kind)
    yield kind.listing, _list(kind)


OPERATIONS: Mapping[str, Operation] = {
    name: operation for kind in KINDS for name, operation in _operations(kind)
}
