"""MyBlog's thumbnail function as it is deployed: every kind of photo, and what is none."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import pytest
from PIL import Image

from archlib.architecture import Architecture
from archlib.components import Bucket, Function
from archlib.local import LocalCloud
from archlib.scenarios.myblog.photos import CODE, PHOTOS, PILLOW
from archlib.template import emit

pytestmark = pytest.mark.slow

ORIENTATION, SERIAL_NUMBER = 0x0112, 0xA431


def design() -> Architecture:
    """The function between its two buckets, without what invokes it."""
    function = Function("Worker", "worker", code=CODE, layer=PILLOW, memory=1_024, timeout=30)
    photos, thumbnails = Bucket("Photos", "photos"), Bucket("Thumbnails", "thumbnails")
    return Architecture(
        *("d", "D", "For a test", (function, photos, thumbnails)),
        (function.reads_objects_of(photos, prefix=PHOTOS), function.stores_objects_in(thumbnails)),
    )


@dataclass
class Studio:
    """The deployed function, told of photos as S3 tells it."""

    s3: Any
    client: Any
    function: str
    photos: str
    thumbnails: str

    def tell(self, *keys: str) -> str | None:
        """Invoke the function with a record for each key; the error that it ended with."""
        records = [
            {"s3": {"bucket": {"name": self.photos}, "object": {"key": quote_plus(key, "/")}}}
            for key in keys
        ]
        answer = self.client.invoke(
            FunctionName=self.function, Payload=json.dumps({"Records": records}).encode()
        )
        body = json.loads(answer["Payload"].read())
        return f"{body['errorType']}: {body['errorMessage']}" if "FunctionError" in answer else None

    def put(self, key: str, data: bytes) -> str | None:
        self.s3.put_object(Bucket=self.photos, Key=key, Body=data)
        return self.tell(key)

    def get(self, key: str) -> tuple[Image.Image, str]:
        found = self.s3.get_object(Bucket=self.thumbnails, Key=key)
        return Image.open(io.BytesIO(found["Body"].read())), found["ContentType"]

    def keys(self) -> set[str]:
        found = self.s3.list_objects_v2(Bucket=self.thumbnails)
        return {entry["Key"] for entry in found.get("Contents", ())}


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    made = emit(design())
    with LocalCloud() as cloud:
        deployed = cloud.deploy(made.template, stack_name="studio", assets=made.assets)
        ids = {name: found.physical_id for name, found in deployed.resources.items()}
        yield Studio(
            *(cloud.client("s3"), cloud.client("lambda")),
            *(ids["Worker"], ids["Photos"], ids["Thumbnails"]),
        )


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def halves(mode: str = "RGB", size: tuple[int, int] = (1_200, 800)) -> Image.Image:
    """The left half red, the right half blue."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, *size))
    return picture.convert(mode)


@pytest.mark.parametrize(
    ("form", "content_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")],
)
def test_a_photo_becomes_two_thumbnails_of_its_own_format(
    studio: Studio, form: str, content_type: str
) -> None:
    assert studio.put(f"photos/2026/one photo ü.{form}", encoded(halves(), form)) is None
    for prefix, size in (("small", (160, 107)), ("medium", (640, 427))):
        made, kind = studio.get(f"{prefix}/2026/one photo ü.{form}")
        assert (made.format, made.size, kind) == (form, size, content_type)
        left, right = (made.convert("RGB").getpixel((x, 50)) for x in (10, size[0] - 10))
        assert left[0] > 200 > 60 > left[2]
        assert right[2] > 200 > 60 > right[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnails_are_upright_whatever_way_the_camera_was_held(
    studio: Studio, orientation: int
) -> None:
    """What a camera stored turned or mirrored, with a note of how, comes out as it was seen."""
    seen = halves()
    seen.paste("white", (0, 0, 600, 400))  # the corner that tells turns from mirrorings
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = seen.transpose(undo[orientation]) if orientation in undo else seen
    exif = Image.Exif()
    exif[ORIENTATION], exif[SERIAL_NUMBER] = orientation, "1234567"
    assert studio.put("photos/held.jpg", encoded(stored, "JPEG", quality=95, exif=exif)) is None
    made, _ = studio.get("small/held.jpg")
    assert made.size == (160, 107)
    assert min(made.getpixel((20, 20))) > 200  # type: ignore[type-var, arg-type]
    assert made.getpixel((20, 90))[0] > 200 > made.getpixel((20, 90))[1]  # type: ignore[index]
    assert made.getpixel((140, 20))[2] > 200  # type: ignore[index]
    assert dict(made.getexif()) == {}


@pytest.mark.parametrize(
    ("mode", "form", "options", "kept"),
    [
        ("P", "PNG", {}, "RGB"),
        ("P", "PNG", {"transparency": 0}, "RGBA"),
        ("LA", "PNG", {}, "RGBA"),
        ("RGBA", "WEBP", {}, "RGBA"),
        ("1", "PNG", {}, "RGB"),
        ("I;16", "PNG", {}, "L"),
        ("L", "JPEG", {}, "L"),
        ("CMYK", "JPEG", {}, "RGB"),
    ],
)
def test_every_mode_of_a_picture_can_be_made_smaller(
    studio: Studio, mode: str, form: str, options: dict[str, Any], kept: str
) -> None:
    picture = Image.new("I;16", (400, 400), 32_768) if mode == "I;16" else halves(mode, (400, 400))
    if mode == "RGBA":
        picture.putalpha(100)  # WebP drops an alpha that hides nothing
    assert studio.put("photos/mode", encoded(picture, form, **options)) is None
    made, _ = studio.get("small/mode")
    assert (made.mode, made.size) == (kept, (160, 160))
    if mode == "I;16":
        assert made.getpixel((80, 80)) == 128


def test_a_small_photo_is_not_made_larger(studio: Studio) -> None:
    assert studio.put("photos/tiny.png", encoded(halves(size=(40, 30)), "PNG")) is None
    assert studio.get("medium/tiny.png")[0].size == (40, 30)


def huge() -> bytes:
    """A picture of 64 million pixels in a small file."""
    return encoded(Image.new("1", (8_000, 8_000)), "PNG", optimize=True)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "UnidentifiedImageError"),
        (b"no picture at all", "UnidentifiedImageError"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "UnidentifiedImageError"),
        (encoded(Image.new("RGB", (8, 8)), "GIF"), "UnidentifiedImageError"),
        (encoded(halves(), "JPEG")[:2_000], "OSError"),
        (b"\0" * (20 * 1024 * 1024 + 1), "Unusable: 20971521 bytes are more than 20971520"),
        (huge(), "Unusable: 8000 x 8000 pixels are more than 50000000"),
    ],
    ids=["empty", "text", "svg", "gif", "truncated", "many bytes", "many pixels"],
)
def test_what_is_no_usable_photo_is_an_error(studio: Studio, data: bytes, error: str) -> None:
    before = studio.keys()
    told = studio.put("photos/bad", data)
    assert told is not None
    assert told.startswith(error)
    assert {key for key in studio.keys() - before if "bad" in key} == set()


def test_a_bad_photo_does_not_keep_the_others_of_its_event_waiting(studio: Studio) -> None:
    studio.s3.put_object(Bucket=studio.photos, Key="photos/first", Body=b"no picture")
    studio.s3.put_object(Bucket=studio.photos, Key="photos/second", Body=encoded(halves(), "JPEG"))
    told = studio.tell("photos/first", "photos/second")
    assert told is not None
    assert told.startswith("UnidentifiedImageError")
    assert {"small/second", "medium/second"} <= studio.keys()


def test_the_function_may_read_photos_only(studio: Studio) -> None:
    studio.s3.put_object(Bucket=studio.photos, Key="other/a.png", Body=encoded(halves(), "PNG"))
    told = studio.tell("other/a.png")
    assert told is not None
    assert "AccessDenied" in told


def test_the_test_event_of_s3_is_no_photo(studio: Studio) -> None:
    answer = studio.client.invoke(
        FunctionName=studio.function, Payload=json.dumps({"Event": "s3:TestEvent"}).encode()
    )
    assert "FunctionError" not in answer
