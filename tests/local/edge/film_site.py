"""A private bucket of films behind a distribution."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import requests
from large_files import Repeated
from test_edge_origins import SERVICE, allow, bucket, control, distribution

from archlib.local import LocalCloud
from archlib.local.content import Content

MIB = 1 << 20


def film(size: int) -> Content:
    return Content.read(io.BufferedReader(Repeated(size)))


@dataclass(frozen=True)
class Films:
    """A private bucket behind a distribution."""

    cloud: LocalCloud
    made: dict[str, Any]

    @classmethod
    def of(cls, cloud: LocalCloud) -> Films:
        bucket(cloud)
        made = distribution(cloud, origin=control(cloud))
        allow(cloud, SERVICE)
        return cls(cloud, made)

    def keep(self, key: str, size: int) -> None:
        """Store a film without holding it."""
        from moto.s3.models import s3_backends

        value: Any = film(size)
        s3_backends[self.cloud.account]["aws"].put_object("site", key, value)

    def put(self, key: str, body: bytes, kind: str = "video/mp2t") -> None:
        self.cloud.client("s3").put_object(Bucket="site", Key=key, Body=body, ContentType=kind)

    def url(self, key: str) -> str:
        return f"https://{self.made['DomainName']}/{key}"

    def get(self, key: str, **fields: str) -> requests.Response:
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        return requests.get(self.url(key), headers=headers, stream=True, timeout=5)

    @property
    def last(self) -> Any:
        """The last hop of a viewer."""
        return [hop for hop in self.cloud.trace.hops if hop.target == self.made["ARN"]][-1]


def digest(chunks: Iterable[bytes]) -> tuple[int, str]:
    size, running = 0, hashlib.sha256()
    for chunk in chunks:
        size += len(chunk)
        running.update(chunk)
    return size, running.hexdigest()
