"""Signed URLs taken apart."""

from __future__ import annotations

from archlib.workbook.link import SHOWN, taken_apart

SIGNATURE = "Qx9_" * 86


def cloudfront(first):
    query = f"{first}&Signature={SIGNATURE}&Key-Pair-Id=K2&Hash-Algorithm=SHA256"
    return f"https://d1.cloudfront.net/v/a.mp4?{query}"


def rows(shown):
    return {row[0].text(): [cell.text() for cell in row[1:]] for row in shown.rows}


def test_a_canned_policy_is_told_by_its_end():
    url = cloudfront("quality=high&Expires=1767604200")
    found = rows(taken_apart(url, "A link"))
    assert list(found) == [
        "address", "quality", "Expires", "Signature", "Key-Pair-Id", "Hash-Algorithm"
    ]  # fmt: skip
    assert found["address"][0] == "https://d1.cloudfront.net/v/a.mp4"
    assert found["Expires"] == [
        "1767604200", "until then: 2026-01-05 09:10:00 UTC, in epoch seconds"
    ]  # fmt: skip
    assert found["Signature"][0] == f"{SIGNATURE[:SHOWN]}… (344 characters)"


def test_a_custom_policy_is_shown_whole():
    text = "eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoi" * 9 + "KiJ9_"
    assert rows(taken_apart(cloudfront(f"Policy={text}"), "A link"))["Policy"][0] == text


def test_of_a_presigned_url_nothing_is_shown_that_a_session_makes():
    url = (
        "https://b.s3.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA1%2F"
        "20260105%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=300&X-Amz-Security-Token=7g7g"
        "&X-Amz-Signature=0123abcd"
    )
    text = taken_apart(url, "A link").text()
    assert "7g7g" not in text
    assert "0123abcd" not in text
    of_a_role = rows(taken_apart(url, ""))["X-Amz-Credential"][1]
    assert "of a role" in of_a_role
    assert of_a_role.endswith("20260105, us-east-1, s3")
    assert "a user's" in rows(taken_apart(url.replace("ASIA", "AKIA"), ""))["X-Amz-Credential"][1]
