"""Exercises on MyBlog. Every answer is run: deployed, used by readers, and judged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from archlib.scenarios import answering
from archlib.scenarios.answering import Body, failure, substituted
from archlib.scenarios.myblog import SCENARIO
from archlib.verify import Site
from archlib.verify.exercise import Exercise, Marked, Unfit
from archlib.verify.resources import of_type, properties, statements

if TYPE_CHECKING:
    from archlib.local import LocalCloud

_deployed = partial(answering.deployed, SCENARIO)


# -- the statement that admits one distribution ------------------------------------------------


def _admits(answer: Any) -> Marked:
    asked = ("Effect", "Principal", "Action", "Resource", "Condition")
    given = answering.statement(answer, asked[:4], asked)

    def edit(body: Body) -> None:
        policy = properties(body["Resources"]["SiteBucketPolicy"])["PolicyDocument"]
        others = [one for one in policy["Statement"] if one.get("Sid") != "AdmitsSiteEdge"]
        policy["Statement"] = [*others, substituted(given)]

    from archlib.errors import DeploymentError, TemplateError
    from archlib.scenarios.browsing import send, url
    from archlib.scenarios.myblog.readers import publish_site

    try:
        with _deployed(edit, "oac") as (cloud, site):
            publish_site(site)
            page = send("GET", url(site, "SiteUrl", "/")).status
            copied = send("GET", f"https://{_copied(cloud, site)}/").status
            bucket = site.outputs["SiteBucketName"]
            direct = send("GET", f"https://{bucket}.s3.{site.region}.amazonaws.com/index.html")
    except (DeploymentError, TemplateError) as error:
        return Marked(False, f"the stack is refused: {error}")
    if page != 200:
        return Marked(False, f"readers get {page} from the site's own distribution.")
    if direct.status == 200:
        return Marked(False, "the page comes, and it comes without CloudFront, too.")
    if copied == 200:
        return Marked(False, "the page comes, and through a copy of the distribution, too.")
    return Marked(
        True,
        f"the site's distribution gets 200, a copy of it {copied}, a stranger {direct.status}.",
    )


def _copied(cloud: LocalCloud, site: Site) -> str:
    """Another distribution of the account with the same settings; its domain name."""
    cloudfront = cloud.client("cloudfront")
    found = cloudfront.get_distribution_config(Id=site.outputs["SiteDistributionId"])
    config = {**found["DistributionConfig"], "CallerReference": "copy"}
    made = cloudfront.create_distribution(DistributionConfig=config)
    return str(made["Distribution"]["DomainName"])


# -- how long the edge keeps what --------------------------------------------------------------


_KEPT = ("page", "page, max-age=60", "page, max-age=604800", "file, max-age=60")
_OBJECTS = {
    "page": ("a.html", None),
    "page, max-age=60": ("b.html", "max-age=60"),
    "page, max-age=604800": ("c.html", "max-age=604800"),
    "file, max-age=60": ("assets/d.css", "max-age=60"),
}


def _lifetimes(answer: Any) -> Marked:
    given, seen = answering.named(answer, _KEPT), _kept()
    wrong = [name for name in _KEPT if given[name] != seen[name]]
    if not wrong:
        return Marked(True, "so long does the edge answer each of them without asking S3.")
    return Marked(False, f"{wrong[0]}: not {given[wrong[0]]!r} seconds. {_CLAMPED}")


_CLAMPED = (
    "Without a header of the origin's it is DefaultTTL; with one it is what the header says, but "
    "never less than MinTTL and never more than MaxTTL of the cache policy of that path."
)


def _kept() -> dict[str, int]:
    """For each object the whole seconds for which the edge answers it without the bucket."""
    from archlib.scenarios.browsing import send, url

    kept = {}
    with _deployed() as (cloud, site):
        s3, bucket = cloud.client("s3"), site.outputs["SiteBucketName"]
        for name, (key, header) in _OBJECTS.items():
            options = {} if header is None else {"CacheControl": header}
            s3.put_object(Bucket=bucket, Key=key, Body=b"text", **options)
            address = url(site, "SiteUrl", f"/{key}")
            send("GET", address)
            least, most = 0, 40_000_000
            policies = (300, 60, 86_400, 604_800, 2_592_000, 31_536_000)
            start = cloud.clock.time()
            for seconds in sorted(policies):
                cloud.clock.advance(seconds=start + seconds - 1 - cloud.clock.time())
                if not send("GET", address).cached.startswith("Hit"):
                    most = seconds
                    break
                least = seconds
            kept[name] = least if least < most else most
    return kept


# -- a filter for new posts --------------------------------------------------------------------


def _filter(answer: Any) -> Marked:
    if not isinstance(answer, Mapping):
        raise Unfit("a pattern is a dict: the fields of a stream record, each with a list")
    pattern = json.dumps(answer)

    def edit(body: Body) -> None:
        for mapping in of_type(body, "AWS::Lambda::EventSourceMapping").values():
            properties(mapping)["FilterCriteria"] = {"Filters": [{"Pattern": pattern}]}

    from archlib.errors import DeploymentError

    try:
        with _deployed(edit) as (cloud, site):
            invoked = _changes(cloud, site)
    except DeploymentError as error:
        return Marked(False, f"Lambda refuses the pattern: {error}")
    if not invoked.pop("a new post"):
        return Marked(False, "a post was published, and nothing was invoked.")
    if wrong := [change for change, count in invoked.items() if count]:
        return Marked(False, f"a new post invokes the function, and so does {wrong[0]}.")
    return Marked(True, "a new post invokes the function; " + ", ".join(invoked) + " do not.")


def _changes(cloud: LocalCloud, site: Site) -> dict[str, int]:
    """For each kind of change in the table how often the function was invoked."""
    from archlib.scenarios.browsing import send, url
    from archlib.scenarios.myblog.readers import author_keys, publish_post

    dynamodb, table = cloud.client("dynamodb"), site.outputs["TableName"]
    address = {"email": "ada@reader.example"}
    made: dict[str, Any] = {}

    def publish() -> None:
        made["sk"] = {"S": publish_post(site, author_keys(site), "News").json["id"]}

    def change() -> None:
        dynamodb.update_item(
            TableName=table,
            Key={"pk": {"S": "posts"}, **made},
            UpdateExpression="SET title = :new",
            ExpressionAttributeValues={":new": {"S": "Old news"}},
        )

    changes: dict[str, Callable[[], object]] = {
        "a new subscriber": lambda: send("POST", url(site, "ApiUrl", "/subscribers"), address),
        "a new post": publish,
        "a changed post": change,
        "a removed post": lambda: dynamodb.delete_item(
            TableName=table, Key={"pk": {"S": "posts"}, **made}
        ),
    }
    invoked = {}
    for name, happens in changes.items():
        mark = site.mark()
        happens()
        site.wait(hours=2)  # what fails is tried again for an hour at most
        invoked[name] = _invoked(site, mark)
    return invoked


def _invoked(site: Site, mark: int) -> int:
    """How often the stream invoked the function."""
    function = site.outputs["WelcomeFunctionName"]
    return sum(
        hop.action == "lambda:InvokeFunction" and hop.target.endswith(f":{function}")
        for hop in site.since(mark)
    )


# -- how often a failure is tried ---------------------------------------------------------------


_TRIES = ("torn photo: attempts", "refused mail: attempts", "photo: the queue holds the event",
          "mail: the queue holds the record")  # fmt: skip


def _retries(answer: Any) -> Marked:
    given = answering.named(answer, _TRIES)
    wrong = answering.first_difference(given, _tried(), _WHY_TRIES)
    if wrong is None:
        return Marked(True, "as the two queues for failures tell it.")
    return Marked(False, wrong)


_WHY_TRIES = {
    "torn photo: attempts": "S3 invokes asynchronously: one attempt, and MaximumRetryAttempts of "
    "the EventInvokeConfig more.",
    "refused mail: attempts": "The mapping's MaximumRetryAttempts come after the first attempt.",
    "photo: the queue holds the event": "Look for requestPayload in the message of chapter 7.",
    "mail: the queue holds the record": "Look at the message of chapter 6: what is in "
    "DDBStreamBatchInfo?",
}


def _tried() -> dict[str, object]:
    from archlib.scenarios.browsing import send, url
    from archlib.scenarios.myblog.readers import author_keys, messages

    with _deployed() as (_, site):
        send("POST", url(site, "ApiUrl", "/subscribers"), {"email": "dan@reader.example"})
        s3 = site.client("s3", **author_keys(site))
        s3.put_object(Bucket=site.outputs["UploadBucketName"], Key="photos/t.jpg", Body=b"torn")
        site.wait(hours=2)
        (photo,) = map(json.loads, messages(site, "PhotoFailuresUrl"))
        (mail,) = map(json.loads, messages(site, "MailFailuresUrl"))
    return {
        "torn photo: attempts": photo["requestContext"]["approximateInvokeCount"],
        "refused mail: attempts": mail["requestContext"]["approximateInvokeCount"],
        "photo: the queue holds the event": "photos/t.jpg" in json.dumps(photo),
        "mail: the queue holds the record": "dan@reader.example" in json.dumps(mail),
    }


# -- mend a template ---------------------------------------------------------------------------


_BROKEN = "may-not-send"
_GUARDED = ("one-mail-each", "only-the-welcome-function", "least-privilege")


def broken() -> Body:
    """The template of the exercise “mend”: a working copy with one thing wrong."""
    return answering.broken(SCENARIO, _BROKEN)


def _mend(answer: Any) -> Marked:
    mended = answering.mended(answer, broken())
    wrong = failure(answering.judged(SCENARIO, answering.replaced_by(mended), _GUARDED))
    if wrong is not None:
        return Marked(False, wrong)
    if wide := _wide(mended):
        return Marked(False, f"mails arrive, but {wide} lets the function send as anybody.")
    return Marked(True, "every subscriber has one mail, and the role may send as the blog only.")


def _wide(body: Body) -> str | None:
    """A statement that lets SES be used beyond the blog's own identity, as text."""
    for granted in statements(body):
        actions = granted.statement.get("Action", ())
        actions = [actions] if isinstance(actions, str) else actions
        if any(str(action).startswith("ses:") for action in actions):
            resource = json.dumps(granted.statement.get("Resource", "*"))
            if not re.search(r"identity/.*WelcomeMail", resource):
                return f"the resource {resource}"
    return None


EXERCISES = (
    Exercise(
        "admit",
        "Admit one distribution",
        "The variant “oac” has an origin access control instead of an identity. Write the bucket "
        "policy's statement that lets the site's distribution read, and no other distribution, "
        "not even a copy of it in the same account. Write the bucket's ARN as "
        "`${SiteBucket.Arn}`, the account as `${AWS::AccountId}`, and the distribution's id as "
        "`${SiteEdge}`.",
        "a `dict` with `Effect`, `Principal`, `Action`, `Resource` and `Condition`",
        (
            "With an OAC, CloudFront comes as a *service*: who is a service principal?",
            "What tells one distribution from the other is `AWS:SourceArn`; a distribution's ARN "
            "has no region: `arn:aws:cloudfront::ACCOUNT:distribution/ID`.",
        ),
        _admits,
    ),
    Exercise(
        "lifetimes",
        "How long is it kept?",
        "An edge location has just fetched four objects: a page without a Cache-Control header, "
        "pages with `max-age=60` and `max-age=604800`, and a file below `/assets/` with "
        "`max-age=60`. For how many seconds does it answer each without asking S3 again? The "
        "cache policies are `SiteEdgePages` and `SiteEdgeFiles`.",
        '`{"page": …, "page, max-age=60": …, "page, max-age=604800": …, "file, max-age=60": …}`',
        (
            '`book.template("SiteEdgePages", "SiteEdgeFiles")` shows both policies.',
            "The origin proposes; MinTTL and MaxTTL are the limits.",
        ),
        _lifetimes,
    ),
    Exercise(
        "filter",
        "Only new posts",
        "The blog shall announce its posts, so a function shall be invoked for each *new* one. "
        "Write the filter pattern of its event source mapping: not for a subscriber, and not for "
        "a post that is changed or removed. A post's partition key `pk` is `posts`.",
        "a `dict`, the pattern for one record of the stream",
        (
            "A record has `eventName` (INSERT, MODIFY or REMOVE) and `dynamodb`, with `Keys`.",
            "Keys are typed: the value of `pk` is below `S`. What may stand there is in a list.",
        ),
        _filter,
    ),
    Exercise(
        "retries",
        "How often, and what is left?",
        "A torn photo is uploaded, and somebody subscribes while SES still refuses. How often is "
        "each function invoked for it before the failure goes to its queue? And is the whole "
        "event (`photo`), the whole record (`mail`) in the message there (`True` or `False`)?",
        '`{"torn photo: attempts": …, "refused mail: attempts": …, '
        '"photo: the queue holds the event": …, "mail: the queue holds the record": …}`',
        ("Both numbers are in the template, in `ThumbnailFunctionFailures` and "
         "`BlogStreamToWelcomeFunction`, less one.",),
        _retries,
    ),
    Exercise(
        "mend",
        "Nobody is welcomed",
        "Somebody cleaned up the template, and no subscriber gets a mail any more. The template "
        "is `archlib.scenarios.myblog.exercises.broken()`. Find what is missing and write a "
        "function that puts it back, with no more rights than needed.",
        "a function `def mend(body): …` that changes the template's body in place",
        (
            "The welcome function's role has fewer statements than in the chapter on the template.",
            "The identity's ARN is `arn:aws:ses:REGION:ACCOUNT:identity/ADDRESS`; the address is "
            "the parameter `WelcomeMailAddress`.",
        ),
        _mend,
    ),
)  # fmt: skip
