"""How long bytes take, up and down, to a bucket and through the edge: by distance and size."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from edge_site import Site
from test_edge_origins import SERVICE, allow, bucket, control, distribution

from archlib.local import LocalCloud, transfer
from archlib.local.edge import EdgePlane
from archlib.local.geography import client_in, place, round_trip

MEGABYTES = 4_000_000


def test_a_flow_is_bound_by_the_line_or_by_the_distance() -> None:
    assert transfer.rate(0.004) == transfer.LINE
    assert transfer.rate(0.2) == transfer.WINDOW / 0.2
    assert transfer.seconds(0.2, 2 * MEGABYTES) > transfer.seconds(0.2, MEGABYTES)
    assert transfer.seconds(0.2, MEGABYTES) > transfer.seconds(0.1, MEGABYTES)
    assert transfer.seconds(0.004, transfer.FIRST + 12_500_000) == 1


def test_the_first_segments_come_with_the_round_trip() -> None:
    assert transfer.seconds(0.3, 0) == transfer.seconds(0.3, transfer.FIRST) == 0


@pytest.fixture
def made(cloud: LocalCloud) -> dict[str, Any]:
    bucket(cloud, **{"film": b"x" * MEGABYTES, "page": b"hello"})
    made = distribution(cloud, origin=control(cloud))
    allow(cloud, SERVICE, "s3:GetObject", "s3:PutObject")
    return made


def took(cloud: LocalCloud, call: Any) -> float:
    """Virtual seconds of a call, as exact as the clock."""
    began = cloud.clock.time()
    call()
    return round(cloud.clock.time() - began, 6)


# -- a bucket ------------------------------------------------------------------------------------


def expected(city: str, size: int) -> float:
    """A direct request's time: service, handshakes, body."""
    way = round_trip(place(city), place("us-east-1"))
    return 0.1 + transfer.HANDSHAKES * way + transfer.seconds(way, size)


@pytest.mark.usefixtures("made")
def test_a_download_takes_what_its_own_bytes_take(cloud: LocalCloud) -> None:
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "site", "Key": "film"})

    def fetch(**fields: str) -> Any:
        return lambda: s3.get_object(Bucket="site", Key="film", **fields)

    def fetch_over_http(**fields: str) -> Any:
        return lambda: requests.get(url, headers=fields, timeout=5)

    for get in (fetch, fetch_over_http):
        with client_in("Sydney"):
            assert took(cloud, get()) == pytest.approx(expected("Sydney", MEGABYTES))
            assert cloud.trace.hops[-1].detail["bytes"] == MEGABYTES
            assert took(cloud, get(Range="bytes=0-99")) == pytest.approx(expected("Sydney", 100))
            assert cloud.trace.hops[-1].detail["bytes"] == 100
        with client_in("Ashburn"):
            assert took(cloud, get()) == pytest.approx(expected("Ashburn", MEGABYTES))
        assert took(cloud, get()) == pytest.approx(0.1)


@pytest.mark.usefixtures("made")
def test_what_sends_no_object_takes_no_transfer(cloud: LocalCloud) -> None:
    s3 = boto3.client("s3")
    etag = s3.head_object(Bucket="site", Key="film")["ETag"]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "site", "Key": "film"})
    with client_in("Sydney"):
        head = took(cloud, lambda: s3.head_object(Bucket="site", Key="film"))
        same = took(cloud, lambda: requests.get(url, headers={"If-None-Match": etag}, timeout=5))
        # Neither the control plane nor moto's own clients stand anywhere.
        control = took(cloud, lambda: cloud.control("s3").get_object(Bucket="site", Key="film"))
        raw = took(cloud, lambda: cloud.raw("s3").get_object(Bucket="site", Key="film"))
    assert (head, same) == (pytest.approx(expected("Sydney", 0)),) * 2
    assert (control, raw) == (0, 0)


@pytest.mark.usefixtures("made")
def test_an_accelerated_download_travels_to_the_nearest_edge_only(cloud: LocalCloud) -> None:
    cloud.client("s3").put_bucket_accelerate_configuration(
        Bucket="site", AccelerateConfiguration={"Status": "Enabled"}
    )
    fast = boto3.client("s3", config=Config(s3={"use_accelerate_endpoint": True}))
    with client_in("Sydney"):
        direct = took(cloud, lambda: boto3.client("s3").get_object(Bucket="site", Key="film"))
        accelerated = took(cloud, lambda: fast.get_object(Bucket="site", Key="film"))
    assert direct > 2 * accelerated > 2 * MEGABYTES / transfer.LINE


# -- the edge ------------------------------------------------------------------------------------


def test_an_upload_through_the_edge_takes_the_time_of_its_body(
    cloud: LocalCloud, made: dict[str, Any]
) -> None:
    url = f"https://{made['DomainName']}/upload"

    def put(size: int) -> Any:
        def send() -> None:
            answer = requests.put(url, data=b"x" * size, timeout=5)
            assert answer.status_code == 200, answer.text

        return send

    with cloud.plane(EdgePlane).viewer_in("Sydney"):
        small, large = took(cloud, put(100)), took(cloud, put(MEGABYTES))
        hop = [h for h in cloud.trace.hops if h.target == made["ARN"]][-1]
        direct = took(
            cloud,
            lambda: boto3.client("s3").put_object(Bucket="site", Key="film", Body=b"x" * MEGABYTES),
        )
    near = round_trip(place("Sydney"), place("Sydney"))
    assert large - small == pytest.approx(transfer.seconds(near, MEGABYTES), abs=1e-6)
    assert hop.detail["transfer"] == pytest.approx(large - small, abs=1e-6)
    assert hop.duration == pytest.approx(large, abs=1e-6)
    assert direct > 2 * large


def test_a_download_from_the_edge_takes_the_time_of_its_body(
    cloud: LocalCloud, made: dict[str, Any]
) -> None:
    def get(key: str, **fields: str) -> Any:
        url = f"https://{made['DomainName']}/{key}"
        return lambda: requests.get(url, headers=fields, timeout=5)

    near = round_trip(place("Sydney"), place("Sydney"))
    body = transfer.seconds(near, MEGABYTES)
    with cloud.plane(EdgePlane).viewer_in("Sydney"):
        cold, warm = took(cloud, get("film")), took(cloud, get("film"))
        assert warm == pytest.approx(near + body, abs=1e-6)
        assert cold > warm
        assert took(cloud, get("film", Range="bytes=0-9")) == pytest.approx(near, abs=1e-6)
        get("page")()
        assert took(cloud, get("page")) == pytest.approx(near, abs=1e-6)
        assert "transfer" not in cloud.trace.hops[-1].detail
        head = took(cloud, lambda: requests.head(f"https://{made['DomainName']}/film", timeout=5))
        assert head == pytest.approx(near, abs=1e-6)


def test_a_viewer_whom_nobody_placed_waits_for_no_body(
    cloud: LocalCloud, made: dict[str, Any]
) -> None:
    url = f"https://{made['DomainName']}/film"
    requests.get(url, timeout=5)
    near = round_trip(place("Ashburn"), place("Ashburn"))
    assert took(cloud, lambda: requests.get(url, timeout=5)) == pytest.approx(near, abs=1e-6)


def test_what_asks_from_inside_the_cloud_waits_for_no_body(cloud: LocalCloud) -> None:
    site = Site(cloud, 1, {"origin": [{"cc": "max-age=60", "size": MEGABYTES}]})
    site.send("GET", "/a")
    function = "arn:aws:lambda:us-east-1:123456789012:function:f"
    with client_in("Sydney"):
        outside = took(cloud, lambda: site.send("GET", "/a"))
        with cloud.trace.hop(source="client", target=function, action="lambda:Invoke"):
            inside = took(cloud, lambda: site.send("GET", "/a"))
    assert inside < 0.1 < outside


def test_the_origin_is_not_blamed_for_the_viewers_line(cloud: LocalCloud) -> None:
    site = Site(cloud, 1, {"origin": [{"size": 60_000_000}], "read_timeout": 1, "methods": "all"})
    with client_in("Sydney"):
        assert took(cloud, lambda: site.send("GET", "/a")) > 4
        answer = site.send("PUT", "/a", body=b"x" * 20_000_000)
    assert answer.status == 200
