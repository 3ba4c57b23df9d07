"""Deliberate damage to MyBlog's template; each fault names the check that must notice it."""

from __future__ import annotations

from archlib.scenarios.damages import (
    any_distribution,
    bucket_policies,
    distributions,
    forgetful_edge,
    no_public_access_block,
    nobody_admitted,
    open_bucket,
    strangers_role,
)
from archlib.verify import Fault
from archlib.verify.damage import (
    Body,
    drop_statement,
    listed,
    need,
    remove,
    resources,
    role_statements,
    statement_allowing,
)
from archlib.verify.resources import of_type


def _stubborn_edge(body: Body) -> None:
    for distribution in distributions(body):
        distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = "allow-all"


def _no_error_page(body: Body) -> None:
    removed = [d.pop("CustomErrorResponses") for d in distributions(body)
               if "CustomErrorResponses" in d]  # fmt: skip
    need(removed, "CustomErrorResponses")


def _anybody_publishes(body: Body) -> None:
    methods = [
        m
        for m in resources(body, "AWS::ApiGateway::Method")
        if m.get("AuthorizationType") == "AWS_IAM"
    ]
    for method in need(methods, "a method with IAM authorization"):
        method["AuthorizationType"] = "NONE"


def _no_stage_cache(body: Body) -> None:
    for stage in resources(body, "AWS::ApiGateway::Stage"):
        stage["CacheClusterEnabled"] = False
        stage.pop("CacheClusterSize", None)


def _forgetful_dax(body: Body) -> None:
    for group in resources(body, "AWS::DAX::ParameterGroup"):
        group["ParameterNameValues"].update({"record-ttl-millis": "1", "query-ttl-millis": "1"})


def _no_replica(body: Body) -> None:
    for table in resources(body, "AWS::DynamoDB::GlobalTable"):
        here = [r for r in table["Replicas"] if r["Region"] == {"Ref": "AWS::Region"}]
        if len(here) == len(table["Replicas"]):
            raise KeyError("a replica in another region")
        table["Replicas"] = here


def _no_acceleration(body: Body) -> None:
    gone = [b.pop("AccelerateConfiguration") for b in resources(body, "AWS::S3::Bucket")
            if "AccelerateConfiguration" in b]  # fmt: skip
    need(gone, "AccelerateConfiguration")


def _no_news(body: Body) -> None:
    gone = [
        b["NotificationConfiguration"].pop("QueueConfigurations")
        for b in resources(body, "AWS::S3::Bucket")
        if "QueueConfigurations" in b.get("NotificationConfiguration", {})
    ]
    need(gone, "QueueConfigurations")


def _no_trigger(body: Body) -> None:
    gone = [
        b["NotificationConfiguration"].pop("LambdaConfigurations")
        for b in resources(body, "AWS::S3::Bucket")
        if "LambdaConfigurations" in b.get("NotificationConfiguration", {})
    ]
    need(gone, "LambdaConfigurations")


def _one_bucket(body: Body) -> None:
    """Thumbnails go into the bucket of the photos, and small ones there are taken for photos.

    Without any filter each photo would lead to two, and each of those to two more, until Lambda
    breaks the loops: tens of thousands of invocations, which show no more than sixteen do.
    """
    buckets = of_type(body, "AWS::S3::Bucket")
    notifying = [
        b["Properties"]
        for b in buckets.values()
        if "LambdaConfigurations" in b["Properties"].get("NotificationConfiguration", {})
    ]
    properties, *_ = need(notifying, "LambdaConfigurations")
    notification = properties["NotificationConfiguration"]
    (photos,) = notification["LambdaConfigurations"]
    small = {"Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "small/"}]}}}
    notification["LambdaConfigurations"] = [photos, {**photos, **small}]
    for function in resources(body, "AWS::Lambda::Function"):
        variables = function.get("Environment", {}).get("Variables", {})
        if "BUCKET_NAME" in variables:
            # The bucket's own name: a Ref would be a circle through the notification.
            variables["BUCKET_NAME"] = properties["BucketName"]
    both = {"s3:GetObject", "s3:PutObject"}  # what the thumbnail function's role alone allows
    of_function = [
        statements
        for _, statements in role_statements(body)
        if both <= {action for one in statements for action in listed(one["Action"])}
    ]
    for statements in need(of_function, "a role that reads and stores objects"):
        for one in statements:
            if both & set(listed(one["Action"])):
                one["Resource"] = {"Fn::Sub": "arn:aws:s3:::${AWS::StackName}-*/*"}


def _readable_uploads(body: Body) -> None:
    for policy in bucket_policies(body, "s3:PutObject"):
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                statement["Action"] = ["s3:GetObject", "s3:PutObject"]


def _everything(body: Body) -> None:
    statement_allowing(body, "ses:SendEmail")["Action"] = "ses:*"


def _no_failures_kept(body: Body) -> None:
    remove(body, "AWS::Lambda::EventInvokeConfig")


def _no_mail_failures_kept(body: Body) -> None:
    for mapping in resources(body, "AWS::Lambda::EventSourceMapping"):
        del mapping["DestinationConfig"]


def _in_the_clear(body: Body) -> None:
    """No policy speaks of TLS any longer; one that said nothing else is gone."""
    dropped = []
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        for name, policy in list(of_type(body, kind).items()):
            document = policy["Properties"]["PolicyDocument"]
            kept = [s for s in document["Statement"] if "aws:SecureTransport" not in str(s)]
            if len(kept) < len(document["Statement"]):
                dropped.append(name)
            document["Statement"] = kept
            if not kept:
                del body["Resources"][name]
    need(dropped, "aws:SecureTransport")


def _failures_untold(body: Body) -> None:
    for mapping in resources(body, "AWS::Lambda::EventSourceMapping"):
        del mapping["FunctionResponseTypes"]


def _no_retries(body: Body) -> None:
    for mapping in resources(body, "AWS::Lambda::EventSourceMapping"):
        mapping["MaximumRetryAttempts"] = 0


def _silent_topic(body: Body) -> None:
    gone = [
        b["NotificationConfiguration"].pop("TopicConfigurations")
        for b in resources(body, "AWS::S3::Bucket")
        if "TopicConfigurations" in b.get("NotificationConfiguration", {})
    ]
    need(gone, "TopicConfigurations")


def _errors_as_successes(body: Body) -> None:
    """The gateway's own refusals are answered with 200, so that no client ever sees an error."""
    answers = [
        a
        for a in resources(body, "AWS::ApiGateway::GatewayResponse")
        if a["ResponseType"] == "DEFAULT_4XX"
    ]
    for answer in need(answers, "a gateway response DEFAULT_4XX"):
        answer["StatusCode"] = "200"


FAULTS = (
    Fault("open-bucket", "The site's bucket answers everybody", open_bucket,
          "only-the-distribution"),
    Fault("no-identity", "The bucket does not know its distribution", nobody_admitted,
          "nearest-edge"),
    Fault("no-public-access-block", "Buckets do not block public access",
          no_public_access_block, "buckets-block-public-access"),
    Fault("forgetful-edge", "Edge locations keep nothing", forgetful_edge, "nearest-edge"),
    Fault("plain-http-pages", "Pages may be read over plain HTTP", _stubborn_edge, "browser-rules"),
    Fault("no-error-page", "A missing page is S3's error", _no_error_page, "browser-rules"),
    Fault("readable-uploads", "Photos can be fetched where they are sent to", _readable_uploads,
          "uploads-stay-closed"),
    Fault("anybody-publishes", "Posts are everybody's to write", _anybody_publishes, "public-api"),
    Fault("no-stage-cache", "The API's stage has no cache", _no_stage_cache, "second-reader"),
    Fault("forgetful-dax", "DAX keeps nothing", _forgetful_dax, "dax-saves-reads"),
    Fault("no-replica", "The table is in one region", _no_replica, "read-abroad"),
    Fault("may-not-send", "The welcome function may not send mail",
          lambda body: drop_statement(body, "ses:SendEmail"), "one-mail-each"),
    Fault("stream-not-read", "Nobody reads the table's stream",
          lambda body: remove(body, "AWS::Lambda::EventSourceMapping"), "one-mail-each"),
    Fault("mail-failures-lost", "Mails that fail are forgotten", _no_mail_failures_kept,
          "nothing-unverified"),
    Fault("no-acceleration", "The bucket's transfers are not accelerated", _no_acceleration,
          "every-way-in"),
    Fault("no-trigger", "Photos invoke nothing", _no_trigger, "real-thumbnails"),
    Fault("photo-failures-lost", "Photos that fail are forgotten", _no_failures_kept, "bad-photos"),
    Fault("one-bucket", "Thumbnails are stored among the photos", _one_bucket, "no-recursion"),
    Fault("no-news", "The queue hears of nothing", _no_news, "others-hear"),
    Fault("silent-topic", "The topic hears of nothing", _silent_topic, "a-subscriber-hears"),
    Fault("strangers-role", "Another account's users become authors",
          strangers_role("AuthorRoleArn"), "author-role"),
    Fault("errors-as-successes", "Mistakes are answered with 200", _errors_as_successes,
          "mistakes"),
    Fault("confused-deputy", "With an OAC, the bucket answers CloudFront on anybody's behalf",
          any_distribution, "oac-as-well", "oac"),
    Fault("in-the-clear", "Buckets and queues take plain HTTP", _in_the_clear, "no-plain-http"),
    Fault("photos-in-the-clear", "Photos are taken over plain HTTP", _in_the_clear,
          "uploads-need-https"),
    Fault("no-logs", "Functions may not write their logs",
          lambda body: drop_statement(body, "logs:PutLogEvents"), "logged"),
    Fault("no-retries", "A mail that SES refuses is not tried again", _no_retries,
          "once-though-refused"),
    Fault("failures-untold", "Lambda does not ask which records failed", _failures_untold,
          "once-though-retried"),
    Fault("may-do-everything", "The welcome function may do everything in SES", _everything,
          "least-privilege"),
)  # fmt: skip
