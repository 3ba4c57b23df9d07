"""What the CloudFront plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.edge import compression, managed
from archlib.local.edge.control.invalidations import SECONDS
from archlib.local.edge.generated import MAKERS
from archlib.local.edge.locations import PRICE_CLASSES, REGIONAL
from archlib.local.edge.refused import REFUSED
from archlib.local.geography import CITIES

COVERAGE = coverage(
    "Amazon CloudFront",
    honours("Edge locations", "the nearest to the viewer's city within the price class; each has "
            "its own cache"),
    honours("Regional edge caches", "behind every edge location, except in front of an S3 bucket "
            "in their own region, for OPTIONS and for what is never cached"),
    honours("Cache behaviors", "path patterns in order, default root object, allowed and cached "
            "methods, viewer protocol policy"),
    honours("Cache policies, origin request policies, ForwardedValues", "the cache key by headers, "
            "cookies, query strings and compression; what the origin is sent"),
    honours("Expiration", "minimum, default and maximum TTL against Cache-Control and Expires; "
            "Age; stale-while-revalidate and stale-if-error"),
    honours("Revalidation", "ETag and Last-Modified, 304 from the origin, 304 and 412 to viewers"),
    honours("Range requests", "single, suffix and several ranges; an origin is asked for one of "
            "them, and parts are cached"),
    honours("Large objects", "streamed, cached and cut without being held in memory"),
    honours("Transfer time", "of bodies up and down, by the viewer's distance (a model); nothing "
            "for a viewer whom nobody placed or who is inside the cloud"),
    honours("Errors", "error caching minimum TTL, custom error pages, expired objects while the "
            "origin fails"),
    honours("Compression", "gzip, by type and size, with weak ETags"),
    honours("Response headers policies", "CORS, security headers, custom headers, removal, "
            "Server-Timing"),
    honours("S3 origins with OAI and OAC", "judged by the bucket policy, with aws:SourceArn; "
            "Block Public Access counts"),
    honours("Custom origins", "whatever the cloud serves: REST APIs, S3 website endpoints; "
            "protocol policy, path, custom headers, read timeout"),
    honours("Origin groups"),
    honours("Geographic restrictions"),
    honours("Signed URLs and signed cookies", "public keys (RSA 2048, ECDSA P-256), key groups, "
            "trusted key groups of cache behaviors; canned and custom policies, SHA-1 and SHA-256; "
            "the trace says why a request is refused"),
    honours("Aliases", "with an ACM certificate of us-east-1 that covers them"),
    honours("Invalidations", f"with wildcards; they complete after {SECONDS:g} virtual seconds"),
    refuses("Everything else of its API", "by name"),
    refuses("Origins that nothing in the cloud serves", "when they are asked"),
    differs("Propagation", "a changed configuration is in force at once; the status says so later"),
    differs("Brotli", "objects that an origin compressed with it pass and are cached; the edge "
            "itself compresses with gzip only"),
    differs("Eviction", "objects leave a cache only by expiry's replacement or invalidation"),
    differs("Refusals of signatures", "AWS documents their codes in part; which of them comes "
            "first, and that other refusals come before them, are readings of ours"),
    differs("Slow start and shared lines", "a flow has its full rate from its first byte"),
    differs("Request collapsing", "requests are served one after the other"),
    differs("DNS and TLS", "aliases are served as if their records led to the distribution; "
            "no handshake takes place"),
    differs("Which location serves", "by distance; a viewer outside a placed block is in Ashburn"),
    listings={
        "Edge locations": tuple(f"{p.edge} {p.name}" for p in CITIES.values()),
        "Regional edge caches": REGIONAL,
        "Price classes": tuple(PRICE_CLASSES),
        "Managed cache policies": tuple(c["Name"] for c in managed.CACHE.values()),
        "Managed origin request policies": tuple(
            c["Name"] for c in managed.ORIGIN_REQUEST.values()
        ),
        "Managed response headers policies": tuple(
            c["Name"] for c in managed.RESPONSE_HEADERS.values()
        ),
        "Headers that CloudFront makes": tuple(MAKERS),
        "Content types that are compressed": tuple(sorted(compression.TYPES)),
        "Refused in a distribution's configuration": tuple(
            f"{path}: {what}" for path, what in REFUSED.items()
        ),
    },
    refused={"cloudfront": {"TestFunction": "no engine runs CloudFront Functions here"}},
)  # fmt: skip
