"""Identities: nobody is verified who did not follow the link or publish the records."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from archlib.errors import Unsupported, VerificationError
from archlib.local.ses import verification_link


def status(post: Any, name: str) -> str:
    found = post.v1.get_identity_verification_attributes(Identities=[name])
    return str(found["VerificationAttributes"][name]["VerificationStatus"])


def test_an_address_is_verified_by_the_link_in_its_mail(post: Any) -> None:
    post.v1.verify_email_identity(EmailAddress="me@myblog.com")
    assert status(post, "me@myblog.com") == "Pending"
    (mail,) = post.cloud.outbox.to("me@myblog.com")
    assert mail.kind == "ses-verification"
    link = verification_link(mail.body)
    assert link.startswith("https://email-verification.us-east-1.amazonaws.com/?")
    answer = requests.get(link, timeout=5)
    assert answer.status_code == 200
    assert "successfully verified" in answer.text
    assert status(post, "me@myblog.com") == "Success"
    assert post.v1.list_verified_email_addresses()["VerifiedEmailAddresses"] == ["me@myblog.com"]
    assert post.cloud.trace.hops[-3].action == "ses:ConfirmVerification"


def test_a_link_of_ones_own_making_verifies_nothing(post: Any) -> None:
    post.v1.verify_email_identity(EmailAddress="me@myblog.com")
    link = post.link("me@myblog.com")
    for wrong in (link.replace("me%40", "you%40"), link[:-4] + "0000", link.split("?")[0]):
        assert requests.get(wrong, timeout=5).status_code == 400
    elsewhere = link.replace("us-east-1", "eu-west-1")
    assert requests.get(elsewhere, timeout=5).status_code == 400
    assert status(post, "me@myblog.com") == "Pending"


def test_a_link_is_good_for_a_day_and_a_new_one_replaces_it(post: Any) -> None:
    post.v1.verify_email_identity(EmailAddress="me@myblog.com")
    old = post.link("me@myblog.com")
    post.wait(86_401)
    assert status(post, "me@myblog.com") == "Failed"
    assert "expired" in requests.get(old, timeout=5).text
    post.v1.verify_email_identity(EmailAddress="me@myblog.com")
    assert requests.get(old, timeout=5).status_code == 400
    assert requests.get(post.link("me@myblog.com"), timeout=5).status_code == 200
    assert status(post, "me@myblog.com") == "Success"
    post.wait(100_000)
    assert status(post, "me@myblog.com") == "Success"


def test_identities_are_regional(post: Any) -> None:
    post.verify("me@myblog.com")
    assert post.cloud.client("ses", region="eu-west-1").list_identities()["Identities"] == []


def test_both_apis_see_the_same_identities(post: Any, refused: Any) -> None:
    made = post.v2.create_email_identity(EmailIdentity="me@myblog.com")
    assert made["IdentityType"] == "EMAIL_ADDRESS"
    assert made["VerifiedForSendingStatus"] is False
    again = refused(post.v2.create_email_identity, EmailIdentity="me@myblog.com")
    assert again[0] == "AlreadyExistsException"
    requests.get(post.link("me@myblog.com"), timeout=5)
    assert post.v2.get_email_identity(EmailIdentity="me@myblog.com")["VerificationStatus"] == (
        "SUCCESS"
    )
    post.v1.delete_identity(Identity="me@myblog.com")
    gone = refused(post.v2.get_email_identity, EmailIdentity="me@myblog.com")
    assert gone[0] == "NotFoundException"


def publish(post: Any, records: dict[str, tuple[str, str]], zone: str = "myblog.com") -> None:
    dns = post.cloud.client("route53")
    made = dns.create_hosted_zone(Name=zone, CallerReference=zone)["HostedZone"]["Id"]
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": name,
                "Type": kind,
                "TTL": 300,
                "ResourceRecords": [{"Value": value}],
            },
        }
        for name, (kind, value) in records.items()
    ]
    dns.change_resource_record_sets(HostedZoneId=made, ChangeBatch={"Changes": changes})


def test_a_domain_is_verified_by_its_dkim_records(post: Any) -> None:
    made = post.v2.create_email_identity(EmailIdentity="myblog.com")
    tokens = made["DkimAttributes"]["Tokens"]
    assert len(set(tokens)) == 3
    post.wait(600)
    assert status(post, "myblog.com") == "Pending"
    names = {f"{t}._domainkey.myblog.com": ("CNAME", f"{t}.dkim.amazonses.com") for t in tokens}
    publish(post, names)
    post.wait(300)
    found = post.v2.get_email_identity(EmailIdentity="myblog.com")
    assert found["VerifiedForSendingStatus"] is True
    assert found["DkimAttributes"]["Status"] == "SUCCESS"
    assert post.cloud.outbox.to("myblog.com") == ()


def test_two_of_three_records_are_not_enough_and_ses_gives_up(post: Any) -> None:
    tokens = post.v1.verify_domain_dkim(Domain="myblog.com")["DkimTokens"]
    publish(
        post,
        {f"{t}._domainkey.myblog.com": ("CNAME", f"{t}.dkim.amazonses.com") for t in tokens[:2]},
    )
    post.cloud.clock.advance(days=4)
    assert status(post, "myblog.com") == "Failed"


def test_a_domain_is_verified_by_its_txt_record(post: Any) -> None:
    token = post.v1.verify_domain_identity(Domain="MyBlog.com")["VerificationToken"]
    publish(post, {"_amazonses.myblog.com": ("TXT", f'"{token}"')})
    post.wait(300)
    assert status(post, "myblog.com") == "Success"


def test_a_verified_domain_covers_addresses_and_subdomains(post: Any, refused: Any) -> None:
    token = post.v1.verify_domain_identity(Domain="myblog.com")["VerificationToken"]
    publish(post, {"_amazonses.myblog.com": ("TXT", f'"{token}"')})
    post.wait(300)
    for sender in ("anybody@myblog.com", "a@news.myblog.com"):
        post.send("success@simulator.amazonses.com", source=sender)
        assert post.cloud.trace.hops[-1].target.endswith("identity/myblog.com")
        post.wait()
    with pytest.raises(Exception, match="not verified"):
        post.send("success@simulator.amazonses.com", source="a@notmyblog.com")


@pytest.mark.parametrize("address", ["nobody", "@x.com", "a b@x.com", "a@x..com"])
def test_what_is_no_address_is_refused(post: Any, refused: Any, address: str) -> None:
    assert refused(post.v1.verify_email_identity, EmailAddress=address)[0] == (
        "InvalidParameterValue"
    )


def test_a_mail_without_a_link_is_told_from_one_with(post: Any) -> None:
    with pytest.raises(VerificationError):
        verification_link("Hello")


def test_what_ses_has_and_we_have_not_is_refused_by_name(post: Any) -> None:
    with pytest.raises(Unsupported, match="CreateReceiptRuleSet"):
        post.v1.create_receipt_rule_set(RuleSetName="r")
    with pytest.raises(Unsupported, match="CreateContactList"):
        post.v2.create_contact_list(ContactListName="l")
