"""Paid content with S3's presigned URLs instead of CloudFront's signed ones."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from archlib.scenarios import scenario
from archlib.scenarios.answering import deployed
from archlib.scenarios.paid_content.studio import MOON, publish
from archlib.scenarios.paid_content.viewers import ask_link, link, play, premium

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site():
    with deployed(scenario("paid-content"), variant="s3-links") as (_, site):
        publish(site)
        yield site


def test_links_are_signed_by_version_4_for_the_rest_of_five_minutes(site):
    ana = premium(site, "ana", MOON)
    target = link(site, ana, MOON)
    query = dict(parse_qsl(urlsplit(target).query))
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-Credential"].endswith(f"/{site.region}/s3/aws4_request")
    assert 290 <= int(query["X-Amz-Expires"]) <= 300
    assert play(target).body == MOON.bytes
    site.wait(seconds=301)
    assert play(target).status == 403


def test_a_stream_has_no_single_presigned_url(site):
    asked = ask_link(site, premium(site, "ben", MOON), MOON, "stream")
    assert asked.status == 400
    assert "one object at a time" in asked.text
