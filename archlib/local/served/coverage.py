"""What a served cloud honours on the wire."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.served.life import KEPT_HOPS

COVERAGE = coverage(
    "The served cloud",
    honours("AWS protocols", "query (of SQS too), ec2, json 1.0 and 1.1, rest-json, rest-xml, "
            "rpc-v2-cbor, by the service models of botocore"),
    honours("Signature Version 4", "in headers and in the query; time, scope, token, body; "
            "refusals in each service's own codes"),
    honours("IAM", "the same decision point as for calls inside the process"),
    honours("Real host names", "in the Host header, or through the server as an HTTP proxy"),
    honours("TLS", "with certificates of an authority of one's own, for every name"),
    honours("Names below localhost, and by path", "for REST APIs, distributions, buckets, websites "
            "and aliases"),
    honours("HTTP/1.1", "keep-alive, pipelining, chunked bodies, Expect: 100-continue, HEAD, half "
            "closed connections"),
    honours("Time", "the virtual clock follows the real one, plus what is advanced"),
    honours("State", "kept in a file as it happens, restored by doing the same again"),
    honours("DAX", "clusters tell addresses that other processes reach"),
    refuses("AWS API calls of web pages from elsewhere", "403: pages of this machine and of sites "
            "that the cloud serves may call"),
    refuses("Operations that nobody has", "501 with the operation's name"),
    refuses("Event streams", "InvokeWithResponseStream, SubscribeToShard"),
    refuses("HTTP/2", "GOAWAY, HTTP_1_1_REQUIRED"),
    differs("Concurrency", "requests are served one after the other"),
    differs("The trace", f"the newest {KEPT_HOPS:,} hops are kept"),
    differs("Transport", "on the plain port a request counts as one over TLS, except for http:// "
            "URLs through the proxy"),
)  # fmt: skip
