"""The welcome mail: a new subscriber is a change in the table."""

from __future__ import annotations

from pathlib import Path

from archlib.architecture.values import Output
from archlib.components import Function, MailSender, Queue, Table, TableStream
from archlib.scenarios.part import Part

CODE = Path(__file__).parent / "functions" / "welcome"

SUBSCRIBED = {
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "subscriber#"}]}}},
}
"""Only a new subscriber concerns the welcome mail: no post, and not the mark that it was sent."""


def welcome(table: Table) -> Part:
    """Stream, function and sender; the function marks in the table whom it has welcomed."""
    stream = TableStream("BlogStream", "DynamoDB stream", table=table.name)
    function = Function(
        "WelcomeFunction",
        "AWS Lambda\n(welcome)",
        code=CODE,
        description="Sends each new subscriber one mail",
    )
    sender = MailSender("WelcomeMail", "Amazon SES", address="hello@myblog.example")
    failures = Queue(
        "MailFailures",
        "Amazon SQS\n(failures)",
        retention=1_209_600,
        purpose="Where in the stream a mail could not be sent, with the error, for 14 days",
    )
    return Part(
        components=(stream, function, sender, failures),
        connections=(
            table.streams_to(stream),
            stream.invokes(function, patterns=(SUBSCRIBED,)),
            function.writes(table, operations=("UpdateItem",), label="mark as welcomed"),
            function.sends_mail_through(sender),
            function.sends_failures_to(failures),
        ),
        outputs=(
            Output("Sender", "Address that the welcome mail is from", sender.sender),
            Output("WelcomeFunctionName", "Function of the welcome mail", function.function_name),
            Output("MailFailuresUrl", "Queue of mails that were not sent", failures.url),
        ),
    )
