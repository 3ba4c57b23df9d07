"""What the S3 plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours

COVERAGE = coverage(
    "Amazon S3",
    honours("Bucket policies", "with conditions on transport, prefix, tags and more"),
    honours("Block Public Access", "all four settings, on by default for a new bucket"),
    honours("Object Ownership and ACLs", "an ACL grants, unless ownership or the block forbids"),
    honours("Presigned URLs and signed headers", "signature, expiry, credentials' expiry, signed "
            "headers; over HTTPS and HTTP"),
    honours("Uploads by POST", "a browser's form with its policy: expiration, exact and "
            "starts-with conditions, length range, the success_action fields"),
    honours("Signed bodies", "x-amz-content-sha256 is compared; chunks, signed or not, with or "
            "without trailing headers"),
    honours("Checksums", "Content-MD5, CRC32, CRC32C, CRC64NVME, SHA1 and SHA256 are compared with "
            "the body"),
    honours("Regions", "a signature for another region is refused, another region's endpoint "
            "redirects"),
    honours("Virtual-hosted and path style"),
    honours("Transfer Acceleration", "the endpoint serves only buckets where it is enabled; "
            "modelled latency by the client's city, direct and through the nearest edge"),
    honours("Transfer time", "of objects up and down, by the client's distance and the bytes "
            "that travel (a model)"),
    honours("Ranges", "one a request, suffixes, If-Range, 416; several, or what is no range of "
            "bytes, get the whole object"),
    honours("Large objects", "kept in temporary files and streamed, over HTTP and as the Body of "
            "GetObject; parts of an upload are joined and copied without being read together"),
    differs("Bodies of uploads", "each request's is in memory while it is served"),
    honours("Objects, versions, multipart uploads, tags, lifecycle, encryption settings",
            "stored by moto"),
    honours("Website endpoints", "index and error documents, redirects, routing rules; HTTP only"),
    honours("Notifications to functions"),
    honours("Plain HTTP", "every operation that boto3 reaches, by the same handlers"),
    honours("CORS", "preflight requests, and the headers that let a page read an answer"),
    honours("SSE-KMS", "of requests, bucket defaults and bucket keys: readers and writers need "
            "the key, CloudFront too; anonymous requests are refused"),
    differs("Encrypted objects", "lie in this process in the clear"),
    differs("Signature version 2 and SSE-KMS", "is not refused"),
    differs("Block Public Access of the account, access points", "not consulted"),
)  # fmt: skip
