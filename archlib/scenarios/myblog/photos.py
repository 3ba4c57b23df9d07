"""Photos: three ways to upload one, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

from archlib.architecture.values import Output
from archlib.components import (
    Behavior,
    Browser,
    Bucket,
    Distribution,
    Function,
    Layer,
    Queue,
    Topic,
)
from archlib.scenarios.part import Part

CODE = Path(__file__).parent / "functions" / "thumbnail"
PHOTOS = "photos/"

PILLOW = Layer(
    ("pillow",),
    "Pillow, which reads and writes pictures",
    platform="manylinux_2_28_x86_64",
)


def photos(client: Browser, access: str) -> Part:
    """Uploads through the edge, directly and accelerated; thumbnails, and news of them.

    S3 refuses two notifications of the same events, so queue and topic hear of one size each.
    """
    edge = Distribution(
        "UploadEdge",
        "CloudFront global distribution (uploads)",
        behaviors=(Behavior("*", writable=True),),
        description="Takes photos near those who send them",
    )
    uploads = Bucket(
        "UploadBucket",
        "Amazon S3\n(uploads)",
        named="uploads",
        accelerated=True,
        purpose="Photos as they were sent; each new one invokes the thumbnail function",
    )
    function = Function(
        "ThumbnailFunction",
        "AWS Lambda\n(thumbnail)",
        code=CODE,
        layer=PILLOW,
        memory=1_024,
        timeout=30,
        description="Makes thumbnails of new photos",
    )
    thumbnails = Bucket(
        "ThumbnailBucket",
        "Amazon S3\n(thumbnails)",
        named="thumbnails",
        purpose="Thumbnails, apart from the photos: storing one here invokes nothing again",
    )
    queue = Queue("ThumbnailQueue", "Amazon SQS", purpose="One message for each small thumbnail")
    topic = Topic("ThumbnailTopic", "Amazon SNS", purpose="Tells of each medium thumbnail")
    failures = Queue(
        "PhotoFailures",
        "Amazon SQS\n(failures)",
        retention=1_209_600,
        purpose="Photos of which no thumbnail could be made, with the error, for 14 days",
    )
    return Part(
        components=(edge, uploads, function, thumbnails, queue, topic, failures),
        connections=(
            client.uploads_through(edge, label="upload photos, transfer acceleration"),
            client.uploads_to(uploads, prefix=PHOTOS),
            edge.reaches(
                uploads,
                access=access,
                actions=("s3:PutObject",),
                prefix=PHOTOS,
                label=access.upper(),
            ),
            uploads.notifies(function, prefix=PHOTOS, label="trigger"),
            function.reads_objects_of(uploads, prefix=PHOTOS, label="photo"),
            function.stores_objects_in(thumbnails, label="thumbnail"),
            function.sends_failures_to(failures),
            thumbnails.notifies(queue, prefix="small/", label="optional", dashed=True),
            thumbnails.notifies(topic, prefix="medium/", label="optional", dashed=True),
        ),
        outputs=(
            Output("UploadUrl", "Where photos are sent to, below /photos/", edge.url),
            Output("UploadBucketName", "Bucket of the photos", uploads.bucket_name),
            Output("ThumbnailBucketName", "Bucket of the thumbnails", thumbnails.bucket_name),
            Output("ThumbnailQueueUrl", "Queue that hears of small thumbnails", queue.url),
            Output("ThumbnailTopicArn", "Topic that hears of medium thumbnails", topic.arn),
            Output("PhotoFailuresUrl", "Queue of photos that failed", failures.url),
        ),
    )
