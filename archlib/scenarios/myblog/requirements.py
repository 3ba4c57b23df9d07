"""What MyBlog.com must do, in our own words; ``source`` names the seed's list or step."""

from __future__ import annotations

from archlib.architecture import Requirement

_LIST = "MyBlog.com, requirements"
_STEPS = "MyBlog.com, steps"
_SUMMARY = "MyBlog.com, summary"

REQUIREMENTS = (
    Requirement(
        "BLOG-01",
        "The site is near every reader",
        "Pages and files are answered by the edge location nearest to the reader, wherever that "
        "is; the bucket's region is asked only for what the edge does not hold.",
        _LIST,
    ),
    Requirement(
        "BLOG-02",
        "The bucket answers its distribution and nobody else",
        "Whoever asks S3 directly, anonymously, through another distribution or by a public ACL "
        "is refused, whether the distribution proves itself by an OAI or by an OAC.",
        _STEPS,
    ),
    Requirement(
        "BLOG-03",
        "A public REST API over HTTPS",
        "Everybody reads posts and subscribes without an account. Only requests signed by a "
        "trusted author publish a post.",
        _STEPS,
    ),
    Requirement(
        "BLOG-04",
        "Reads are many and cheap",
        "Posts are rarely written and often read: most reads are answered before they reach the "
        "table.",
        _LIST,
    ),
    Requirement(
        "BLOG-05",
        "Everything is cached that can be",
        "The edge, the API's stage and DAX each answer what they hold; how much each one saves is "
        "measured.",
        _LIST,
    ),
    Requirement(
        "BLOG-06",
        "Posts are near readers of another region",
        "What is written in one region can be read from the replica of another one shortly "
        "afterwards. Replication reads the table's stream, which is therefore on.",
        _STEPS,
    ),
    Requirement(
        "BLOG-07",
        "Every new subscriber gets one welcome mail",
        "Exactly one, also when the stream hands the same record out again. A mail that may or "
        "may not have been sent is left to a person, not sent again.",
        _LIST,
    ),
    Requirement(
        "BLOG-08",
        "Only the welcome function sends mail, and only as the blog",
        "Its role may send from the blog's own address. Without that permission, or before the "
        "address is verified, no mail leaves.",
        _STEPS,
    ),
    Requirement(
        "BLOG-09",
        "Every photo has thumbnails",
        "JPEG, PNG and WebP, upright as the camera was held; whether the photo came directly, "
        "accelerated or through the edge.",
        _LIST,
    ),
    Requirement(
        "BLOG-10",
        "A bad photo holds up nobody",
        "What is no photo, or too large a one, ends in a queue for failures with its error. Others "
        "have their thumbnails meanwhile.",
        "design",
    ),
    Requirement(
        "BLOG-11",
        "Thumbnails cause no thumbnails",
        "They are stored in another bucket, which invokes no function.",
        _STEPS,
    ),
    Requirement(
        "BLOG-12",
        "Photos are uploaded fast from far away",
        "Through the nearest edge location, or directly by transfer acceleration, an upload from "
        "another continent takes less time than straight to the bucket.",
        _STEPS,
    ),
    Requirement(
        "BLOG-13",
        "Others can be told of thumbnails",
        "A queue and a topic hear of new thumbnails, without the function knowing of them.",
        _SUMMARY,
    ),
    Requirement(
        "BLOG-14",
        "Every role can do what it must, and no more",
        "Each permission names its actions and its resources; wildcards stand only where AWS "
        "offers nothing narrower.",
        "design",
    ),
    Requirement(
        "BLOG-15",
        "Nothing is sent in the clear",
        "Buckets and queues refuse every request that did not come over TLS, whoever sends it; so "
        "does the edge when photos are sent.",
        "design",
    ),
)
