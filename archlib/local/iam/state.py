"""What the operation tables ask about the deployed state, answered from moto's backends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from archlib.local.iam.authorization import Context

Named = Literal["key", "ciphertext", "grant token", "grant", "secret"]
"""What is asked for: a key by name, ciphertext or grant token; a grant's id by token; a secret."""


class Keeper(Protocol):
    """A plane that keeps its service's resources itself and is asked about them."""

    def arn_of(self, named: Named, region: str, name: str | bytes) -> str | None:
        """The ARN (or id) that ``name`` means in a region; None when there is none."""

    def context_of(self, arn: str) -> Context:
        """The condition keys that describe a resource (its tags, its kind)."""


@dataclass(frozen=True)
class DeployedState:
    """The :class:`~archlib.local.iam.authorization.Facts` of one account and region.

    ``keepers`` are the planes to ask, by service; all else is in moto's backends.
    """

    account: str
    region: str
    keepers: Mapping[str, Keeper] = field(default_factory=dict)

    def partition_key(self, table_arn: str, index: str | None) -> str | None:
        """The partition key attribute of a table or of one of its indexes."""
        from moto.dynamodb.models import dynamodb_backends

        region = table_arn.split(":")[3]
        name = table_arn.rpartition("/")[2]
        table: Any = dynamodb_backends[self.account][region].tables.get(name)
        if table is None:
            return None
        if index is None:
            return str(table.hash_key_attr)
        for one in (*table.indexes, *table.global_indexes):
            if one.name == index:
                return next(
                    str(key["AttributeName"]) for key in one.schema if key["KeyType"] == "HASH"
                )
        return None

    def object_exists(self, bucket: str, key: str) -> bool | None:
        """Whether an object is there; None when the bucket is not."""
        found = self._bucket(bucket)
        return None if found is None else self._object(found, key) is not None

    def object_tags(self, bucket: str, key: str) -> Mapping[str, str]:
        """The tags of an existing object."""
        from moto.s3.models import s3_backends

        found = self._bucket(bucket)
        existing = None if found is None else self._object(found, key)
        if existing is None:
            return {}
        tagger = s3_backends[self.account]["aws"].tagger
        return dict(tagger.get_tag_dict_for_resource(existing.arn))

    def _bucket(self, name: str) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[self.account]["aws"].buckets.get(name.rpartition(":")[2])

    @staticmethod
    def _object(bucket: Any, key: str) -> Any:
        from moto.s3.models import FakeKey

        existing = bucket.keys.get(key)
        return existing if isinstance(existing, FakeKey) else None

    def iam_arn(self, kind: str, name: str) -> str | None:
        """The ARN (with its path) of a role, user, group or instance profile."""
        from moto.iam.models import iam_backends

        state: Any = iam_backends[self.account]["aws"]
        held = {
            "role": state.roles,
            "user": state.users,
            "group": state.groups,
            "instance-profile": state.instance_profiles,
        }[kind]
        return next((str(one.arn) for one in held.values() if one.name == name), None)

    def key_arn(self, key_id: str) -> str | None:
        """The ARN of a KMS key named by id, alias or either's ARN."""
        return self._kept("kms", "key", key_id)

    def key_of_ciphertext(self, blob: bytes) -> str | None:
        """The ARN of the KMS key that made a ciphertext."""
        return self._kept("kms", "ciphertext", blob)

    def key_of_grant_token(self, token: str) -> str | None:
        """The ARN of the KMS key that a grant token is for."""
        return self._kept("kms", "grant token", token)

    def grant_of_token(self, token: str) -> str | None:
        """The id of the grant that a grant token is for."""
        return self._kept("kms", "grant", token)

    def secret_arn(self, secret_id: str) -> str | None:
        """The full ARN of a secret named by its name or (partial) ARN."""
        return self._kept("secretsmanager", "secret", secret_id)

    def _kept(self, service: str, named: Named, name: str | bytes) -> str | None:
        keeper = self.keepers.get(service)
        return None if keeper is None else keeper.arn_of(named, self.region, name)

    def mail_identity(self, address: str) -> str | None:
        """The name of the SES identity (address or domain) that covers a mail address."""
        from moto.ses.models import ses_backends

        from archlib.local.ses.addresses import identities

        held = ses_backends[self.account][self.region].email_identities
        return next((name for name in identities(address) if name in held), None)
