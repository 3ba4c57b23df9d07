"""What Lambda allows, in one place.

AWS: "Lambda quotas"; "Invoke" (API reference) for the payload sizes; "Understanding the
Lambda execution environment lifecycle" for the phases.
"""

from __future__ import annotations

#: Request payload in bytes, by invocation type (1 MB for events since October 2025).
REQUEST_BYTES = {"RequestResponse": 6_291_456, "Event": 1_048_576, "DryRun": 6_291_456}

#: The deprecated InvokeAsync operation keeps its old limit ("InvokeAsync", API reference).
INVOKE_ASYNC_BYTES = 262_144

#: Response payload in bytes: "6 MB each for request and response", counted with the envelope.
RESPONSE_BYTES = 6_291_556

#: ``ClientContext``: "up to 3,583 bytes of base64-encoded data".
CLIENT_CONTEXT_BYTES = 3_583

#: All environment variables of a function together, names and values as JSON.
ENVIRONMENT_BYTES = 4_096

#: Function and layers, unzipped.
UNZIPPED_BYTES = 262_144_000

#: Layers per function.
LAYERS = 5

#: ``LogResult`` is "the last 4 KB of the execution log".
TAIL_BYTES = 4_096

#: "The Init phase is limited to 10 seconds."
INIT_SECONDS = 10.0

#: The longest configurable timeout, in seconds.
TIMEOUT_SECONDS = 900

#: "Lambda terminates execution environments every few hours to allow for runtime updates and
#: maintenance". Ours end after two virtual hours, before their credentials do.
ENVIRONMENT_LIFETIME = 7_200

#: Asynchronous events: kept "up to 6 hours", retried "two more times, with a one-minute wait
#: between the first two attempts, and two minutes between the second and third".
EVENT_AGE_SECONDS = 21_600
RETRY_ATTEMPTS = 2
RETRY_WAITS = (60.0, 120.0)

#: Throttled events: "The retry interval increases exponentially from 1 second after the
#: first attempt to a maximum of 5 minutes."
THROTTLE_FIRST_WAIT = 1.0
THROTTLE_LONGEST_WAIT = 300.0

#: Modelled virtual seconds: AWS says a cold start takes "from under 100 ms to over 1 second"
#: and that a handler is billed per millisecond; see :mod:`archlib.local.latency`.
COLD_START = 0.25
HANDLER = 0.001

#: More output than this in one invocation is cut off: a runaway loop must not eat the memory.
OUTPUT_CHARACTERS = 8_388_608
