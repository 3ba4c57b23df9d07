"""The same seed gives the same answers."""

from __future__ import annotations


def test_ids_are_the_same_in_every_run() -> None:
    import requests

    from archlib.local.cloud import LocalCloud

    seen = []
    for _ in range(2):
        with LocalCloud(planes=("archlib.local.gateway:RestApiPlane",)):
            answer = requests.get(
                "https://abcdefghij.execute-api.us-east-1.amazonaws.com/x/y", timeout=5
            )
            seen.append(dict(answer.headers))
    assert seen[0] == seen[1]
