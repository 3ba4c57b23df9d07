"""What selling videos must come to, in our own words; ``source`` names the seed's list or step."""

from __future__ import annotations

from archlib.architecture import Requirement

_LIST = "Distributing paid content, requirements"
_STEPS = "Distributing paid content, steps"
_SUMMARY = "Distributing paid content, summary"

REQUIREMENTS = (
    Requirement(
        "PAID-01",
        "There is a directory of premium users",
        "People sign up with a managed service and become members; a member's record can be made, "
        "read, changed and deleted, by that member alone, and says until when premium is paid.",
        _LIST,
    ),
    Requirement(
        "PAID-02",
        "No link without premium",
        "Strangers get 401; people who are no members, who never paid for premium or whose premium "
        "has lapsed get 403; none of them gets a link.",
        _LIST,
    ),
    Requirement(
        "PAID-03",
        "Each video is sold by itself, to many",
        "A member who bought one video gets a link to that one and to no other; each video may be "
        "bought by any number of members, and each member may buy any number of videos.",
        _LIST,
    ),
    Requirement(
        "PAID-04",
        "What is paid for is bought once",
        "A payment that is told twice, or twice at the same time, counts once; a second payment "
        "for the same video buys nothing and is noted for a refund.",
        "design",
    ),
    Requirement(
        "PAID-05",
        "Only the payment provider says who paid",
        "Telling of payments takes a request signed with the provider's role: a member cannot "
        "declare himself premium.",
        "design",
    ),
    Requirement(
        "PAID-06",
        "Links are short-lived",
        "A link works for five minutes and not after, nor does it outlive the membership.",
        _LIST,
    ),
    Requirement(
        "PAID-07",
        "A link opens what was signed and nothing else",
        "Another path, another query, another policy, a changed signature, a key that is not "
        "trusted: each is refused.",
        _STEPS,
    ),
    Requirement(
        "PAID-08",
        "There is no way around the signature",
        "The edge refuses everybody without a signature; the bucket refuses everybody but its "
        "distribution.",
        _SUMMARY,
    ),
    Requirement(
        "PAID-09",
        "Revoked at once",
        "Once premium is taken away no link is signed any more; links already out end within their "
        "five minutes, or at once when the key itself is withdrawn.",
        "design",
    ),
    Requirement(
        "PAID-10",
        "Near every viewer",
        "On four continents the nearest edge location plays the video. The signature is no part of "
        "the cache key: buyers share what the edge holds.",
        _LIST,
    ),
    Requirement(
        "PAID-11",
        "Videos play while they load",
        "Players fetch ranges of a file, or a manifest and its segments under one signature, as "
        "query string or as cookies.",
        "design",
    ),
    Requirement(
        "PAID-12",
        "The private key stays private",
        "It is in no template, environment or log; it is kept encrypted, and only the function "
        "that signs can read it. Changing it interrupts nobody.",
        "design",
    ),
    Requirement(
        "PAID-13",
        "No server",
        "Nothing in the design is a machine that somebody sizes, patches or counts, and nothing "
        "has a fixed capacity.",
        _LIST,
    ),
    Requirement(
        "PAID-14",
        "Every role can do what it must, and no more",
        "Each permission names its actions and its resources, and every one of them is used.",
        "design",
    ),
    Requirement(
        "PAID-15",
        "Nothing is sent in the clear",
        "API, edge and bucket answer over TLS only.",
        "design",
    ),
    Requirement(
        "PAID-16",
        "S3's presigned URLs would be worse worldwide",
        "The same flow with presigned URLs fetches every byte from the bucket's region: measured "
        "side by side, far viewers wait longer.",
        _SUMMARY,
    ),
)
