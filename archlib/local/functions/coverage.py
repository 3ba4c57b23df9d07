"""What the function runtime honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.functions.alone import REFUSED as REFUSED_CALLS
from archlib.local.functions.control import UNSUPPORTED_OPERATIONS
from archlib.local.functions.spec import RUNTIMES
from archlib.local.functions.unsupported import REFUSED_PROPERTIES

COVERAGE = coverage(
    "AWS Lambda",
    honours("Deployed zips and layers run unchanged", "in this process, apart from one another; "
            "imports find what Lambda would find"),
    honours("Event, context, environment, working directory, temporary role credentials"),
    honours("Cold and warm starts", "one environment per concurrent invocation; module state "
            "survives in a warm one"),
    honours("Timeouts", "on virtual time, and on CPU time for endless loops"),
    honours("Error shapes", "of the handler, the initialisation, the import, an exit, a result "
            "that is not JSON"),
    honours("Payload, environment, package and layer limits"),
    honours("Log groups and streams, text and JSON formats, levels", "written with the role's "
            "permissions; without them there is no log"),
    honours("Metrics", "Invocations, Errors, Throttles, Duration, dead-letter and destination "
            "failures"),
    honours("Synchronous and asynchronous invocation", "retries with their delays, maximum age, "
            "dead-letter queues, destinations"),
    honours("Versions, aliases, weighted aliases, layers, tags, event invoke configuration"),
    honours("Reserved concurrency", "beyond it invocations are throttled"),
    honours("Resource policies", "checked for every invoker, with source ARN and account"),
    honours("Execution roles", "must trust Lambda, and be allowed what VPC and dead-letter "
            "configurations need"),
    honours("VPC configuration", "decides what the function reaches (Amazon VPC)"),
    honours("Triggers", "API Gateway, Cognito, S3 notifications, CloudWatch Logs subscriptions"),
    refuses("Runtimes other than Python"),
    refuses("Events that moto would make up", "other triggers"),
    differs("One interpreter", "every Python runtime runs on the host's"),
    differs("Native code in packages", "must fit the host; bundled copies of boto3 and requests "
            "yield to the installed ones"),
    differs("A function is not alone", "what it changes in Python's own modules it changes for "
            "everybody; native code that crashes, or never lets the interpreter go (a regular "
            "expression without end), takes everything along"),
    differs("Repeated initialisation after an error", "runs once"),
    differs("A handler that waits for ever", "is stopped in a served cloud only, and never inside "
            "one call of C (a raw lock, a socket)"),
    differs("asyncio.sleep()", "takes real time, and none of the virtual clock's"),
    differs("Memory and /tmp", "not limited, not reported; memory does not change speed"),
    differs("secrets, os.urandom", "are not seeded"),
    differs("X-Ray tracing", "kept and read back; no segments"),
    listings={
        "Runtimes": RUNTIMES,
        "Refused in a function's configuration": tuple(REFUSED_PROPERTIES),
        "Refused in function code": tuple(words for _, _, words in REFUSED_CALLS),
    },
    refused={"lambda": UNSUPPORTED_OPERATIONS},
)  # fmt: skip
