"""What MyTodoList must do, in our own words; ``source`` names the seed's list or step."""

from __future__ import annotations

from archlib.architecture import Requirement

_LIST = "MyTodoList, requirements"
_STEPS = "MyTodoList, steps"

REQUIREMENTS = (
    Requirement(
        "TODO-01",
        "A REST API over HTTPS only",
        "The app talks to a REST API at an HTTPS endpoint. Nothing of it, and no file, can be had "
        "over a connection that is not encrypted.",
        _LIST,
    ),
    Requirement(
        "TODO-02",
        "No server to manage",
        "Nobody patches, sizes or restarts a machine. DAX is the one exception: its nodes are "
        "chosen and counted, because a cache in memory needs memory somewhere.",
        _LIST,
    ),
    Requirement(
        "TODO-03",
        "Sign-up and sign-in are a managed service",
        "People register with an e-mail address, prove it with a code, and sign in by password or "
        "without ever sending it (SRP). Cognito does it; no line of ours touches a password.",
        _LIST,
    ),
    Requirement(
        "TODO-04",
        "Only a valid id token reaches the function",
        "A request with no token, or an expired, tampered, foreign or access token is answered "
        "401 by the gateway. The function is not invoked, so it cannot get this wrong.",
        _STEPS,
    ),
    Requirement(
        "TODO-05",
        "To-dos can be kept",
        "A user creates, lists page by page, reads, changes, completes and deletes to-dos; a "
        "mistake in a request is answered 400 with its reason.",
        _LIST,
    ),
    Requirement(
        "TODO-06",
        "Nobody sees or changes another user's to-dos",
        "Not even who knows or guesses their ids: for anybody else such a to-do does not exist.",
        _LIST,
    ),
    Requirement(
        "TODO-07",
        "Each user works in their own S3 folder, directly",
        "The app stores and retrieves files without passing through the API, with temporary "
        "credentials that open the user's own prefix and nothing else, and that expire.",
        _LIST,
    ),
    Requirement(
        "TODO-08",
        "No long-lived key is ever in the app",
        "The wrong answer to TODO-07 is an IAM user's access key in the app: it never expires and "
        "is everybody's. No IAM user exists, and every file was moved with a role's session.",
        _STEPS,
    ),
    Requirement(
        "TODO-09",
        "Reads are many and cheap",
        "With 95 reads to 5 writes, the cache in front of the table answers most reads, and the "
        "table's read capacity falls accordingly.",
        _LIST,
    ),
    Requirement(
        "TODO-10",
        "What a cache does to consistency is known",
        "A write through the cache is seen at once. A write around it is seen by a strongly "
        "consistent read at once, and by other reads after the cache's lifetime.",
        _STEPS,
    ),
    Requirement(
        "TODO-11",
        "Responses are cached, for their caller only",
        "A second read is answered by the API's stage without invoking the function, and never "
        "with what another user asked for.",
        _STEPS,
    ),
    Requirement(
        "TODO-12",
        "Nothing of a fixed size stands in the way of growth",
        "Table, function and API scale by themselves; a burst of writes is not throttled.",
        _LIST,
    ),
    Requirement(
        "TODO-13",
        "Every role can do what it must, and no more",
        "Each permission names its actions and its resources; wildcards stand only where AWS "
        "offers nothing narrower.",
        "design",
    ),
)
