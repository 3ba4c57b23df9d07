"""Thumbnails of MyBlog: a Lambda function that S3 invokes for every new photo.

A photo ``photos/PATH`` becomes ``small/PATH`` and ``medium/PATH`` in another bucket, upright and
without the data that a camera adds. What is no photo, or too large a one, is an error: S3's event
is tried again and then ends in the queue for failures, and the other photos do not wait for it.
"""

import io
import os
from urllib.parse import unquote_plus

import boto3
from PIL import Image, ImageOps

THUMBNAILS = os.environ["BUCKET_NAME"]
PHOTOS = "photos/"
#: Where thumbnails go -> pixels of their longer side.
SIZES = {"small/": 160, "medium/": 640}
MAX_BYTES = 20 * 1024 * 1024
#: A small file can hold a huge picture; four bytes a pixel must fit into the function's memory.
MAX_PIXELS = 50_000_000
#: What Pillow calls the format -> content type, and how it is saved.
FORMATS = {
    "JPEG": ("image/jpeg", "JPEG", {"quality": 85, "optimize": True, "progressive": True}),
    "MPO": ("image/jpeg", "JPEG", {"quality": 85, "optimize": True, "progressive": True}),
    "PNG": ("image/png", "PNG", {"optimize": True}),
    "WEBP": ("image/webp", "WEBP", {"quality": 85, "method": 4}),
}
#: Modes that all three formats keep and that can be made smaller smoothly.
MODES = ("RGB", "L")

s3 = boto3.client("s3")


class Unusable(Exception):
    """A file of which no thumbnail can be made, however often it is tried."""


def handler(event, context):
    """Make the thumbnails of each photo; all are tried before the first error is told."""
    errors = []
    for record in event.get("Records", ()):  # S3's test event has none
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        try:
            made = thumbnails(bucket, key)
        except Exception as error:
            print(f"{key}: {type(error).__name__}: {error}")
            errors.append(error)
        else:
            print(f"{key}: {', '.join(made)}")
    if errors:
        raise errors[0]


def thumbnails(bucket, key):
    """Store every size of one photo; the keys that were stored."""
    photo = s3.get_object(Bucket=bucket, Key=key)
    if photo["ContentLength"] > MAX_BYTES:
        raise Unusable(f"{photo['ContentLength']} bytes are more than {MAX_BYTES}")
    picture, form = opened(photo["Body"].read())
    content_type, name, options = FORMATS[form]
    stored = []
    for prefix, side in SIZES.items():
        target = prefix + key.removeprefix(PHOTOS)
        s3.put_object(
            Bucket=THUMBNAILS,
            Key=target,
            Body=saved(picture, side, name, options),
            ContentType=content_type,
            CacheControl="public, max-age=86400",
        )
        stored.append(target)
    return stored


def opened(data):
    """The picture, turned upright as its camera says, and its format."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as found:
        width, height = found.size  # the header's: nothing is decoded yet
        if width * height > MAX_PIXELS:
            raise Unusable(f"{width} x {height} pixels are more than {MAX_PIXELS}")
        form = found.format
        return plain(ImageOps.exif_transpose(found)), form


def plain(picture):
    """The picture in a mode that can be made smaller: no palette, 8 bits, with or without alpha."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in MODES:
        return picture
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.convert("RGB")


def saved(picture, side, form, options):
    """The bytes of a copy whose longer side has at most ``side`` pixels."""
    small = picture.copy()
    small.thumbnail((side, side))
    out = io.BytesIO()
    # Of what the camera wrote only the colours' meaning stays: no place, no serial number.
    profile = picture.info.get("icc_profile")
    small.info = {}
    small.save(out, form, icc_profile=profile, **options)
    return out.getvalue()
