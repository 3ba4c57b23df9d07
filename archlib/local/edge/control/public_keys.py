"""Public keys for signed URLs and signed cookies.

Amazon CloudFront API Reference, "CreatePublicKey" and its siblings; Developer Guide, "Quotas"
(public keys of an account). The texts of ``PublicKeyInUse``, ``PublicKeyAlreadyExists`` (for a
name that is taken), ``TooManyPublicKeys`` and of the refusal of a key are those people report;
the others are the reference's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.edge.control.estate import Estate
from archlib.local.edge.control.seam import Operation, Record, check_version, page, refuse
from archlib.local.edge.signed import acceptable

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result

#: Public keys of an account, characters of a comment.
MAXIMUM, COMMENT = 10, 128


def find(estate: Estate, id: str) -> Record:
    """A public key; raises ``NoSuchPublicKey`` (404)."""
    found = estate.public_keys.get(id)
    if found is None:
        raise refuse("NoSuchPublicKey", "The specified public key doesn't exist.", 404)
    return found


def check_comment(config: Mapping[str, Any]) -> None:
    """Refuse a comment that is too long."""
    if len(config.get("Comment") or "") > COMMENT:
        raise refuse("InvalidArgument", f"A comment has at most {COMMENT} characters.")


def _check(estate: Estate, config: Mapping[str, Any]) -> None:
    try:
        acceptable(config["EncodedKey"])
    except ValueError as problem:
        raise refuse(
            "InvalidArgument",
            f"Your request contains empty/invalid/out of limits RSA Encoded Key: {problem}.",
        ) from None
    check_comment(config)
    for record in estate.public_keys.values():
        if record.config["Name"] == config["Name"]:
            raise refuse(
                "PublicKeyAlreadyExists",
                "The name that you are using to create a CloudFront public key is associated "
                "with another public key in your account.",
                409,
            )
        if record.config["CallerReference"] == config["CallerReference"]:
            raise refuse("PublicKeyAlreadyExists", "The specified public key already exists.", 409)
    if len(estate.public_keys) >= MAXIMUM:
        raise refuse(
            "TooManyPublicKeys",
            "Processing your request will cause you to exceed the maximum number of CloudFront "
            "public keys allowed.",
        )


def _view(record: Record) -> dict[str, Any]:
    return {
        "Id": record.id,
        "CreatedTime": record.fixed["created"],
        "PublicKeyConfig": record.copy,
    }


def _create(estate: Estate, call: ApiCall) -> Result:
    config = call.params["PublicKeyConfig"]
    _check(estate, config)
    record = estate.record(estate.new_key_id(), config, created=estate.cloud.clock.now())
    estate.public_keys[record.id] = record
    location = f"https://cloudfront.amazonaws.com/2020-05-31/public-key/{record.id}"
    return {"PublicKey": _view(record), "Location": location, "ETag": record.etag}


def _get(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    return {"PublicKey": _view(record), "ETag": record.etag}


def _get_config(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    return {"PublicKeyConfig": record.copy, "ETag": record.etag}


def _update(estate: Estate, call: ApiCall) -> Result:
    """Only the comment can change."""
    record = find(estate, call.params["Id"])
    check_version(record, call.params.get("IfMatch"))
    config = call.params["PublicKeyConfig"]
    if any(config[name] != record.config[name] for name in ("CallerReference", "Name",
                                                            "EncodedKey")):  # fmt: skip
        raise refuse(
            "CannotChangeImmutablePublicKeyFields", "You can't change the value of a public key."
        )
    check_comment(config)
    estate.change(record, config)
    return {"PublicKey": _view(record), "ETag": record.etag}


def _delete(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    check_version(record, call.params.get("IfMatch"))
    if any(record.id in group.config["Items"] for group in estate.key_groups.values()):
        raise refuse(
            "PublicKeyInUse",
            "The Cloudfront public key is currently associated with either Key Group or a field "
            "level encryption profile.",
            409,
        )
    del estate.public_keys[record.id]
    return {}


def _summary(record: Record) -> dict[str, Any]:
    shown = {k: v for k, v in record.copy.items() if k != "CallerReference"}
    return {"Id": record.id, "CreatedTime": record.fixed["created"], **shown}


def _list(estate: Estate, call: ApiCall) -> Result:
    entries = [(record.id, _summary(record)) for record in estate.public_keys.values()]
    return page("PublicKeyList", call, entries, marked=False)


OPERATIONS: Mapping[str, Operation] = {
    "CreatePublicKey": _create,
    "GetPublicKey": _get,
    "GetPublicKeyConfig": _get_config,
    "UpdatePublicKey": _update,
    "DeletePublicKey": _delete,
    "ListPublicKeys": _list,
}
