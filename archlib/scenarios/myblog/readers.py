"""Readers, subscribers, the author and the operator of MyBlog: plain boto3 and HTTP."""

from __future__ import annotations

import io
import re
from typing import Any

from archlib.scenarios.browsing import Answer, role_keys, send, send_signed, url
from archlib.scenarios.browsing import outcome as outcome
from archlib.verify import Site

INDEX = b"<!doctype html><title>MyBlog</title><h1>MyBlog</h1><p>First edition</p>"
SECOND = INDEX.replace(b"First", b"Second")
STYLE = b"body { font-family: serif }\n" * 40
MISSING = b"<!doctype html><title>Not here</title><h1>There is no such page</h1>"

#: Readers' cities, each on another continent.
CITIES = ("Frankfurt", "Tokyo", "Sao Paulo", "Sydney")


def publish_site(site: Site) -> None:
    """Put the blog's pages into their bucket, as the operator's release script does."""
    s3, bucket = site.operator("s3"), site.outputs["SiteBucketName"]
    s3.put_object(Bucket=bucket, Key="index.html", Body=INDEX, ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="404.html", Body=MISSING, ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="assets/style.5f3a.css", Body=STYLE, ContentType="text/css")


def author_keys(site: Site) -> dict[str, str]:
    """What an author gets who takes on the author's role: options for a boto3 client."""
    return role_keys(site, "AuthorRoleArn", "author")


def publish_post(site: Site, keys: dict[str, str], title: str) -> Answer:
    """Publish a post with a signed request."""
    body = {"title": title, "body": f"What there is to say of {title}."}
    return send_signed(site, keys, "POST", url(site, "ApiUrl", "/posts"), body)


def become_sender(site: Site) -> None:
    """Verify the blog's own address, and leave SES's sandbox, as the operator does once."""
    mail = site.operator("sesv2")
    if mail.get_account()["ProductionAccessEnabled"]:
        return
    confirm_address(site, site.outputs["Sender"])
    mail.put_account_details(
        MailType="TRANSACTIONAL",
        WebsiteURL="https://myblog.example",
        UseCaseDescription="Welcome mails to people who subscribed",
        ProductionAccessEnabled=True,
    )
    site.wait(days=2)  # AWS looks at the request first


def confirm_address(site: Site, address: str) -> None:
    """Follow the link in the verification mail that SES sent to ``address``."""
    mail = site.inbox.to(address)[-1]
    link = re.search(r"https://\S+", mail.body)
    assert link is not None, mail.body
    with site.operating():
        answer = send("GET", link.group(0))
    assert answer.status < 400, answer.text


def photo(form: str = "JPEG", size: tuple[int, int] = (800, 600), turned: bool = False) -> bytes:
    """A picture whose upper left quarter is red; ``turned``: the camera was held on its side."""
    from PIL import Image

    picture = Image.new("RGB", size, "white")
    picture.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    out, options = io.BytesIO(), {}
    if turned:
        exif = Image.Exif()
        exif[0x0112] = 6  # the orientation tag: turn a quarter to the right to see it upright
        options["exif"] = exif
    picture.save(out, form, **options)
    return out.getvalue()


def look_at(site: Site, key: str) -> tuple[str, tuple[int, int], str] | None:
    """A thumbnail's format, size and where its red quarter is; None if there is none."""
    from PIL import Image

    s3, bucket = site.operator("s3"), site.outputs["ThumbnailBucketName"]
    try:
        stored = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.ClientError:
        return None
    picture = Image.open(io.BytesIO(stored))
    form = str(picture.format)
    seen = picture.convert("RGB")
    width, height = seen.size
    corners = {
        "upper left": (width // 4, height // 4),
        "upper right": (3 * width // 4, height // 4),
        "lower left": (width // 4, 3 * height // 4),
        "lower right": (3 * width // 4, 3 * height // 4),
    }
    red = [name for name, at in corners.items() if _is_red(seen.getpixel(at))]
    return form, seen.size, ", ".join(red)


def _is_red(pixel: Any) -> bool:
    return bool(pixel[0] > 150 and pixel[1] < 100 and pixel[2] < 100)


def messages(site: Site, output: str) -> list[str]:
    """The bodies in a queue, taken out of it."""
    sqs, queue = site.operator("sqs"), site.outputs[output]
    bodies = []
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            bodies.append(str(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies
