"""How a function reaches the objects of a bucket."""

from __future__ import annotations

from archlib.architecture.model import Arrow, Component
from archlib.components.statements import sid
from archlib.components.storage import Bucket, UsesObjects
from archlib.components.wiring import Grant


def reads_objects(function: Component, bucket: Bucket, prefix: str, label: str) -> UsesObjects:
    """Reading objects below ``prefix``."""
    return _uses(
        function, bucket, ("reads_objects_of", "s3:GetObject", Arrow.BACKWARD), prefix, label
    )


def stores_objects(
    function: Component, bucket: Bucket, prefix: str, label: str, variable: str
) -> UsesObjects:
    """Storing objects below ``prefix`` of the bucket whose name ``variable`` tells."""
    return _uses(
        function,
        bucket,
        ("stores_objects_in", "s3:PutObject", Arrow.FORWARD),
        prefix,
        label,
        variable,
    )


def _uses(
    function: Component,
    bucket: Bucket,
    how: tuple[str, str, Arrow],
    prefix: str,
    label: str,
    variable: str | None = None,
) -> UsesObjects:
    name, action, arrow = how
    grant = Grant(function.name, sid(name, bucket.name), (action,), (bucket.objects(prefix),))
    return UsesObjects(
        function.name,
        bucket.name,
        name,
        label,
        arrow,
        grants=(grant,),
        environment=() if variable is None else ((variable, bucket.bucket_name),),
        prefix=prefix,
    )
