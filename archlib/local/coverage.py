"""What the kernel honours: network, time, identities, the trace."""

from __future__ import annotations

from archlib.local import latency
from archlib.local.behaviour import coverage, differs, honours, refuses

COVERAGE = coverage(
    "The cloud itself",
    honours("No packet leaves the machine", "names that do not lead to loopback are refused with "
            "NetworkBlocked, by sockets and by name look-ups"),
    honours("Real credentials are not used", "inside the cloud the environment holds fake ones; "
            "profiles, endpoints and proxies of yours are hidden"),
    honours("Every call is authenticated", "key, secret and token must be ones the cloud issued; "
            "expired and unknown ones get each service's own error"),
    honours("Virtual time", "nothing sleeps; expiries, caches, retries and schedules follow the "
            "cloud's clock, which also is the process's time while the cloud is active"),
    honours("Seeded ids and codes", "the same program gives the same ids, tokens and trace"),
    honours("HTTP", "requests, httpx (sync and async), urllib3 and http.client reach the data "
            "planes without a socket"),
    honours("Mail and text messages", "into an outbox"),
    honours("Clients that act at the same time", "functions they invoke take turns at each call to "
            "AWS, in a fixed order: what a race can break is broken, every time"),
    honours("Several regions, one account"),
    honours("Every operation of moto that no plane handles", "answers as moto does, and needs the "
            "permissions listed below"),
    refuses("Operations that moto lacks", "by name"),
    refuses("Hosts that nothing in the cloud serves", "NetworkBlocked"),
    differs("Several accounts", "everything belongs to one account; roles of others do not exist"),
    differs("Concurrency", "outside of clients that act together one call is served after the "
            "other"),
    differs("Latency", "fixed virtual durations per service, not measurements"),
    differs("Calls of botocore", "are answered above the HTTP layer: retries, and limits of the "
            "wire, are not seen"),
    differs("Eventual consistency of control planes", "what is created is there at once"),
    listings={
        "Modelled latency of an API call": (
            *(f"{name} {seconds * 1000:g} ms" for name, seconds in sorted(latency.SERVICE.items())),
            f"others {latency.DEFAULT * 1000:g} ms",
        )
    },
)  # fmt: skip
