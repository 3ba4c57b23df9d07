"""Welcome mail of MyBlog: a Lambda function that reads the table's stream.

Every new subscriber gets one mail, although Lambda hands out a record at least once. Before a
mail is sent, the subscriber's item is claimed by a conditional write; afterwards it says "sent".
A record that comes again finds the claim:

* "sent": nothing is left to do;
* "sending": an earlier attempt died between asking SES and hearing from it, so nobody knows
  whether there was a mail. It is not sent again: the record fails, and after its retries ends
  in the queue for failures, where a person decides. Never two mails, never none in silence.

When SES refuses, no mail was sent: the claim is given back, and a retry may try again.
"""

import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TABLE = os.environ["TABLE_NAME"]
SENDER = os.environ["SENDER"]

SUBJECT = "Welcome to MyBlog"
TEXT = """Hello,

thank you for subscribing to MyBlog. You will hear from us when there is something to read.

If it was not you who subscribed, ignore this mail.
"""

table = boto3.client("dynamodb")
# A repeated request could be a second mail: only a record's own retry repeats it.
mail = boto3.client("sesv2", config=Config(retries={"total_max_attempts": 1}))


class InDoubt(Exception):
    """Whether the mail was sent is not known."""


def handler(event, context):
    """Welcome each subscriber; the answer names the records to be tried again."""
    failed = []
    for record in event["Records"]:
        try:
            welcome(record["dynamodb"]["Keys"], record["dynamodb"]["NewImage"]["email"]["S"])
        except Exception as error:
            number = record["dynamodb"]["SequenceNumber"]
            print(f"record {number}: {type(error).__name__}: {error}")
            failed.append({"itemIdentifier": number})
    return {"batchItemFailures": failed}


def welcome(key, address):
    """Send the mail, once."""
    if not claimed(key):
        return
    try:
        send(address)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            release(key)
        raise
    mark(key, "sent")


def claimed(key):
    """Whether the mail is ours to send; raises InDoubt when nobody knows if it was sent."""
    try:
        table.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="SET welcome = :sending",
            ConditionExpression="attribute_exists(pk) AND attribute_not_exists(welcome)",
            ExpressionAttributeValues={":sending": {"S": "sending"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        state = error.response.get("Item", {}).get("welcome", {}).get("S")
        if state == "sending":
            raise InDoubt("an earlier attempt did not say how it ended") from None
        return False  # sent, or no longer a subscriber
    return True


def send(address):
    """Ask SES for the mail."""
    mail.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [address]},
        Content={
            "Simple": {
                "Subject": {"Data": SUBJECT, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": TEXT, "Charset": "UTF-8"}},
            }
        },
    )


def mark(key, state):
    """Write down how far the mail is."""
    table.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="SET welcome = :state",
        ExpressionAttributeValues={":state": {"S": state}},
    )


def release(key):
    """Give the claim back."""
    table.update_item(TableName=TABLE, Key=key, UpdateExpression="REMOVE welcome")
