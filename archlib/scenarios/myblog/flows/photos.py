"""Photos: three ways in, thumbnails out, and what is no photo."""

from __future__ import annotations

from archlib.scenarios.browsing import outcome, send, url
from archlib.scenarios.myblog.readers import author_keys, confirm_address, look_at, messages, photo
from archlib.verify import Site

FAR = "Sydney"
EDITOR = "editor@myblog.example"


def thumbnails_flow(site: Site) -> None:
    """Each way of uploading leads to thumbnails, in each format, upright."""
    bucket = site.outputs["UploadBucketName"]
    s3 = site.client("s3", **author_keys(site))
    with site.step("directly") as step:
        key = "photos/direct.jpg"
        step.result = outcome(
            lambda: s3.put_object(Bucket=bucket, Key=key, Body=photo(turned=True))
        )
        site.wait(seconds=5)
    with site.step("accelerated") as step:
        from botocore.config import Config

        fast = site.client(
            "s3", **author_keys(site), config=Config(s3={"use_accelerate_endpoint": True})
        )
        step.result = outcome(
            lambda: fast.put_object(Bucket=bucket, Key="photos/fast.png", Body=photo("PNG"))
        )
        site.wait(seconds=5)
    with site.step("through the edge") as step:
        step.result = send("PUT", url(site, "UploadUrl", "/photos/edge.webp"), photo("WEBP")).status
        site.wait(seconds=5)
    with site.step("look at the thumbnails") as step:
        step.result = {
            name: look_at(site, name)
            for name in (
                "small/direct.jpg", "medium/direct.jpg", "small/fast.png", "small/edge.webp",
            )
        }  # fmt: skip
    with site.step("who heard of them") as step:
        step.result = messages(site, "ThumbnailQueueUrl")
    with site.step("read through the upload edge") as step:
        step.result = send("GET", url(site, "UploadUrl", "/photos/direct.jpg")).status


def bad_photos_flow(site: Site) -> None:
    """What is no photo, or a huge one, ends in the queue for failures; others are not held up."""
    bucket, s3 = site.outputs["UploadBucketName"], site.client("s3", **author_keys(site))
    with site.step("bad ones among good ones"):
        s3.put_object(Bucket=bucket, Key="photos/torn.jpg", Body=photo()[:100])
        s3.put_object(Bucket=bucket, Key="photos/huge.png", Body=_huge())
        s3.put_object(Bucket=bucket, Key="photos/good.jpg", Body=photo())
        site.wait(seconds=5)
    with site.step("the good one meanwhile") as step:
        step.result = look_at(site, "small/good.jpg")
    site.wait(minutes=10)
    with site.step("what failed") as step:
        step.result = messages(site, "PhotoFailuresUrl")


def told_flow(site: Site) -> None:
    """Somebody subscribes to the topic and hears of a photo's thumbnail.

    What the topic sends to him is his arrangement with it, so it is not part of the design.
    """
    bucket, s3 = site.outputs["UploadBucketName"], site.operator("s3")
    sns, topic = site.operator("sns"), site.outputs["ThumbnailTopicArn"]
    with site.operating():
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=EDITOR)
        confirm_address(site, EDITOR)
        before = len(site.inbox.to(EDITOR))
        with site.step("the topic's subscriber hears") as step:
            s3.put_object(Bucket=bucket, Key="photos/told.jpg", Body=photo())
            site.wait(seconds=30)
            step.result = [m.body for m in site.inbox.to(EDITOR)[before:]]
        for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
            sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def clear_flow(site: Site) -> None:
    """An author's photo over plain HTTP, straight to the bucket and through the edge."""
    bucket, s3 = site.outputs["UploadBucketName"], site.client("s3", **author_keys(site))
    signed = s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": "photos/signed.jpg"}
    )
    for name, target in (
        ("to the bucket", signed),
        ("to the edge", url(site, "UploadUrl", "/photos/plain.jpg")),
    ):
        with site.step(f"in the clear {name}") as step:
            step.result = send("PUT", target.replace("https://", "http://", 1), photo()).status
        with site.step(f"encrypted {name}") as step:
            step.result = send("PUT", target, photo()).status


def far_flow(site: Site) -> None:
    """The same photo from another continent, three ways."""
    from botocore.config import Config

    bucket = site.outputs["UploadBucketName"]
    keys = author_keys(site)
    slow = site.client("s3", **keys)
    fast = site.client("s3", **keys, config=Config(s3={"use_accelerate_endpoint": True}))
    big = photo(size=(1600, 1200)) + b"\0" * 4_000_000
    with site.step("directly from far away"), site.at(FAR):
        slow.put_object(Bucket=bucket, Key="photos/far-direct.jpg", Body=big)
    with site.step("accelerated from far away"), site.at(FAR):
        fast.put_object(Bucket=bucket, Key="photos/far-fast.jpg", Body=big)
    with site.step("through the edge from far away"), site.at(FAR):
        send("PUT", url(site, "UploadUrl", "/photos/far-edge.jpg"), big)


def _huge() -> bytes:
    """A small file that says it is a picture of 100,000 by 100,000 pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")
