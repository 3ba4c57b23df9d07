"""Taking any permission of MyBlog out of its template turns a verdict."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from judging import seen_by
from removals import iam_statements

from archlib.scenarios import scenario
from archlib.template import Template, emit
from archlib.verify import Outcome, Scenario

REMOVALS = {
    r.name: r for r in iam_statements(emit(scenario("myblog").architecture()).template.body)
}

UNPUBLISHED = "author publishes” failed: Unanswered: got 50"
NO_ASSUMING = "role defined for the function cannot be assumed by Lambda"

#: Removal -> the check that is run on what is left, and words of its evidence.
IAM = {
    "ClientRole-AssumeRolePolicyDocument-0": ("author-role", "gets AccessDenied, another"),
    "ClientRole-CallsBlogApi": ("public-api", "author publishes” failed: Unanswered: got 403"),
    "ClientRole-UploadsToUploadBucket": ("every-way-in", "directly AccessDenied"),
    "SiteBucketPolicy-RefusesPlainHttp": ("no-plain-http", "by SiteBucket"),
    "SiteBucketPolicy-AdmitsSiteEdge": ("nearest-edge", "Frankfurt reads first: 403 AccessDenied"),
    "PostsFunctionRole-AssumeRolePolicyDocument-0": (
        "public-api",
        f"PostsFunction: .*{NO_ASSUMING}",
    ),
    "PostsFunctionRole-WritesItsOwnLog": ("logged", "log of PostsFunction is empty"),
    "PostsFunctionRole-LambdaAttachesItToTheVpc": (
        "public-api",
        "PostsFunction: .*does not have permissions to call CreateNetworkInterface",
    ),
    "PostsFunctionRole-ItsOwnCodeDoesNot": ("least-privilege", "leaves .*CreateNetworkInterface"),
    "PostsFunctionRole-ReadsAndWritesThroughBlogCache": ("public-api", UNPUBLISHED),
    "BlogCacheRole-AssumeRolePolicyDocument-0": ("public-api", "BlogCache: .*assume role"),
    "BlogCacheRole-FrontsBlogTable": ("public-api", UNPUBLISHED),
    "UploadBucketPolicy-RefusesPlainHttp": ("uploads-need-https", "to the bucket 200"),
    "UploadBucketPolicy-AdmitsUploadEdge": ("every-way-in", "through the edge 403"),
    "ThumbnailFunctionRole-AssumeRolePolicyDocument-0": (
        "real-thumbnails",
        f"ThumbnailFunction: .*{NO_ASSUMING}",
    ),
    "ThumbnailFunctionRole-WritesItsOwnLog": ("logged", "log of ThumbnailFunction is empty"),
    "ThumbnailFunctionRole-ReadsObjectsOfUploadBucket": ("real-thumbnails", "no small/direct.jpg"),
    "ThumbnailFunctionRole-StoresObjectsInThumbnailBucket": (
        "real-thumbnails",
        "no small/direct.jpg",
    ),
    "ThumbnailFunctionRole-SendsFailuresToPhotoFailures": (
        "bad-photos",
        "does not have permissions to call SendMessage",
    ),
    "ThumbnailBucketPolicy-RefusesPlainHttp": ("no-plain-http", "by ThumbnailBucket"),
    "ThumbnailQueuePolicy-RefusesPlainHttp": ("no-plain-http", "by ThumbnailQueue"),
    "ThumbnailQueuePolicy-ToldByThumbnailBucket": ("others-hear", "Unable to validate"),
    "ThumbnailTopicPolicy-ToldByThumbnailBucket": ("a-subscriber-hears", "Unable to validate"),
    "PhotoFailuresPolicy-RefusesPlainHttp": ("no-plain-http", "by PhotoFailures"),
    "WelcomeFunctionRole-AssumeRolePolicyDocument-0": (
        "one-mail-each",
        f"WelcomeFunction: .*{NO_ASSUMING}",
    ),
    "WelcomeFunctionRole-WritesItsOwnLog": ("logged", "log of WelcomeFunction is empty"),
    "WelcomeFunctionRole-ReadsBlogStream": ("one-mail-each", "Cannot access stream"),
    "WelcomeFunctionRole-WritesBlogTable": ("one-mail-each", "0 mails were sent"),
    "WelcomeFunctionRole-SendsMailThroughWelcomeMail": ("one-mail-each", "0 mails were sent"),
    "WelcomeFunctionRole-SendsFailuresToMailFailures": (
        "nothing-unverified",
        "does not have permissions to call SendMessage",
    ),
    "MailFailuresPolicy-RefusesPlainHttp": ("no-plain-http", "by MailFailures"),
    "PostsFunctionByBlogApiPostsGet": ("public-api", "everybody lists: 500"),
    "PostsFunctionByBlogApiPostsPost": ("public-api", UNPUBLISHED),
    "PostsFunctionByBlogApiPostsIdGet": ("public-api", "everybody reads: 500"),
    "PostsFunctionByBlogApiSubscribersPost": ("one-mail-each", "the API answers 500"),
    "ThumbnailFunctionByUploadBucket": ("real-thumbnails", "Unable to validate|no small/direct"),
}


def test_every_statement_of_the_template_is_tried() -> None:
    assert set(REMOVALS) == set(IAM)


@pytest.mark.slow
@pytest.mark.parametrize("name", IAM)
def test_without_an_iam_statement_a_verdict_turns(
    name: str, blog: Scenario, blog_template: Template
) -> None:
    check, words = IAM[name]
    rest = replace(blog_template, body=REMOVALS[name].done_to(blog_template.body), text=None)
    evidence = seen_by(check, blog, rest)
    assert evidence.outcome is Outcome.NOT_MET
    assert re.search(words, evidence.observed), evidence.observed
