"""Looking into templates: resources by type, statements wherever they stand."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.verify.resources import identity_statements, listed, of_type, properties, statements

BODY: dict[str, Any] = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
                },
                "Policies": [
                    {"PolicyName": "a", "PolicyDocument": {"Statement": [{"Action": "s3:Get*"}]}},
                    {
                        "PolicyName": "b",
                        "PolicyDocument": {
                            "Statement": [
                                {"Sid": "Two", "Action": ["s3:A", "s3:B"]},
                                {"NotAction": "iam:*"},
                            ]
                        },
                    },
                ],
            },
        },
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "PolicyDocument": {"Statement": [{"NotPrincipal": {"AWS": "x"}, "Action": "s3:*"}]}
            },
        },
    }
}


def test_resources_are_found_by_type_and_by_service() -> None:
    assert list(of_type(BODY, "AWS::S3::Bucket")) == ["Bucket"]
    assert list(of_type(BODY, "AWS::S3::")) == ["Bucket", "Policy"]
    assert list(of_type(BODY, "AWS::IAM::Role", "AWS::S3::Bucket")) == ["Role", "Bucket"]
    assert of_type(BODY, "AWS::S3::Buck") == {}
    assert of_type({}, "AWS::S3::") == {}


def test_a_resource_without_properties_has_none() -> None:
    assert properties(BODY["Resources"]["Bucket"]) == {}
    assert properties({"Properties": None}) == {}


def test_every_statement_is_found_with_its_place() -> None:
    assert [(s.logical_id, s.path) for s in statements(BODY)] == [
        ("Role", "Properties.AssumeRolePolicyDocument.Statement[0]"),
        ("Role", "Properties.Policies[0].PolicyDocument.Statement[0]"),
        ("Role", "Properties.Policies[1].PolicyDocument.Statement[0]"),
        ("Role", "Properties.Policies[1].PolicyDocument.Statement[1]"),
        ("Policy", "Properties.PolicyDocument.Statement[0]"),
    ]


def test_trust_and_resource_policies_grant_nothing_to_a_principal_of_ours() -> None:
    assert [s.actions for s in identity_statements(BODY)] == [("s3:Get*",), ("s3:A", "s3:B"), ()]


def test_a_statement_is_called_by_its_sid_or_its_place() -> None:
    labels = [s.label for s in identity_statements(BODY)]
    assert labels[1] == "Role Two"
    assert labels[0] == "Role Properties.Policies[0].PolicyDocument.Statement[0]"


@settings(deadline=None)
@given(st.lists(st.text(max_size=5), max_size=4))
def test_one_string_counts_as_a_list_of_one(values: list[str]) -> None:
    assert listed(values) == tuple(values)
    assert all(listed(value) == (value,) for value in values)
    assert listed(None) == ()


nested = st.recursive(
    st.sampled_from(["x", 1, None, True]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["A", "B", "C"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(nested, st.integers(1, 4))
def test_a_document_is_found_however_deep_it_lies(around: Any, count: int) -> None:
    document = {"Statement": [{"Sid": f"S{n}"} for n in range(count)]}
    body = {"Resources": {"R": {"Properties": {"P": [around, {"Q": [document]}]}}}}
    assert [s.statement["Sid"] for s in statements(body)] == [f"S{n}" for n in range(count)]
