"""Foreign templates: what is read, and what is said when it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from archlib.errors import TemplateError
from archlib.template import Template
from archlib.template.yaml_read import MAX_BYTES

FIXTURES = Path(__file__).parent / "fixtures"


def refusal(text: str, name: str = "t.yaml") -> str:
    with pytest.raises(TemplateError) as refused:
        Template.parse(text, name)
    return str(refused.value)


def resource(lines: str) -> str:
    return "Resources:\n  Files:\n" + "".join(f"    {line}\n" for line in lines.splitlines())


def test_yaml_and_json_of_one_template_read_alike() -> None:
    from_yaml = Template.read(FIXTURES / "site.yaml")
    from_json = Template.read(FIXTURES / "site.json")
    assert from_yaml.body == from_json.body
    assert from_yaml.body["Resources"]["SitePolicy"]["Properties"] == {
        "Bucket": {"Ref": "Site"},
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["Site", "Arn"]}, "/*"]]},
                }
            ],
        },
    }


def test_places_have_file_and_line_in_both_forms() -> None:
    from_yaml = Template.read(FIXTURES / "site.yaml")
    from_json = Template.read(FIXTURES / "site.json")
    statement = ("Properties", "PolicyDocument", "Statement", 0)
    assert from_yaml.where("SitePolicy", *statement, "Action") == (
        f"{FIXTURES / 'site.yaml'}:20: SitePolicy.Properties.PolicyDocument.Statement.0.Action"
    )
    assert from_json.line("SitePolicy", *statement, "Action") == 24
    # What the text does not hold is shown at the nearest place that it does.
    assert from_yaml.line("SitePolicy", "Properties", "Nonsense", 3) == 12
    assert from_yaml.line("Elsewhere") is None
    assert from_yaml.where("Elsewhere") == f"{FIXTURES / 'site.yaml'}: Elsewhere"


def test_every_short_form_is_its_long_form() -> None:
    body = Template.parse(
        """
Conditions:
  Big: !Equals [!Ref Size, big]
  Also: !And [!Condition Big, !Not [!Condition Big]]
Resources:
  X:
    Type: A::B::C
    Properties:
      A: !GetAtt Nested.Outputs.Url
      B: !GetAtt [X, Y]
      C: !Sub "${X}-${!Y}"
      D: !Sub [a, {b: !Ref c}]
      E: !If [Big, 1, !Ref "AWS::NoValue"]
      F: !Select [0, !GetAZs ""]
      G: !Base64 {Ref: H}
      I: !FindInMap [M, K, V]
      J: !ImportValue shared
      K: !Split [",", "a,b"]
      L: !Cidr [10.0.0.0/16, 2, 8]
      M: !Transform {Name: AWS::Include, Parameters: {Location: there}}
      N: !ToJsonString {a: 1}
      O: !Length [1, 2]
      P: !Or [!Condition Big]
      Q: !Join ["", []]
"""
    ).body
    assert body["Conditions"] == {
        "Big": {"Fn::Equals": [{"Ref": "Size"}, "big"]},
        "Also": {"Fn::And": [{"Condition": "Big"}, {"Fn::Not": [{"Condition": "Big"}]}]},
    }
    assert body["Resources"]["X"]["Properties"] == {
        "A": {"Fn::GetAtt": ["Nested", "Outputs.Url"]},
        "B": {"Fn::GetAtt": ["X", "Y"]},
        "C": {"Fn::Sub": "${X}-${!Y}"},
        "D": {"Fn::Sub": ["a", {"b": {"Ref": "c"}}]},
        "E": {"Fn::If": ["Big", 1, {"Ref": "AWS::NoValue"}]},
        "F": {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
        "G": {"Fn::Base64": {"Ref": "H"}},
        "I": {"Fn::FindInMap": ["M", "K", "V"]},
        "J": {"Fn::ImportValue": "shared"},
        "K": {"Fn::Split": [",", "a,b"]},
        "L": {"Fn::Cidr": ["10.0.0.0/16", 2, 8]},
        "M": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "there"}}},
        "N": {"Fn::ToJsonString": {"a": 1}},
        "O": {"Fn::Length": [1, 2]},
        "P": {"Fn::Or": [{"Condition": "Big"}]},
        "Q": {"Fn::Join": ["", []]},
    }


def test_dates_stay_text_and_numeric_keys_are_text() -> None:
    body = Template.parse(
        "AWSTemplateFormatVersion: 2010-09-09\n"
        "Mappings:\n  Accounts:\n    123456789012: {Name: a}\n" + resource("Type: AWS::S3::Bucket")
    ).body
    assert body["AWSTemplateFormatVersion"] == "2010-09-09"
    assert body["Mappings"]["Accounts"] == {"123456789012": {"Name": "a"}}


def test_an_alias_is_the_value_it_names() -> None:
    body = Template.parse(
        resource("Type: AWS::S3::Bucket\nMetadata: &shared {a: 1}")
        + "  Other:\n    Type: AWS::S3::Bucket\n    Metadata: *shared\n"
    ).body
    assert body["Resources"]["Other"]["Metadata"] == {"a": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "t.yaml: is empty"),
        ("  \n", "t.yaml: is empty"),
        ("- a\n", "t.yaml:1: a template is a mapping of sections, and this is a list"),
        ("hello", "t.yaml:1: a template is a mapping of sections, and this is a single value"),
        ("Description: nothing\n", "t.yaml:1: has no Resources"),
        ("Resources: {}\n", "t.yaml:1: has no Resources"),
        ("Resources: [a]\n", "t.yaml:1: Resources must be a mapping"),
        (
            "Description: x\nResourses:\n  A: {Type: B}\n",
            't.yaml:2: unknown section "Resourses" (did you mean Resources?)',
        ),
        (
            resource("Type: A") + "outputs: {}\n",
            't.yaml:4: unknown section "outputs" (did you mean Outputs?)',
        ),
        (
            resource("Type: A") + "Zebra: 1\n",
            't.yaml:4: unknown section "Zebra" (sections: AWSTemplateFormatVersion, Description,'
            " Metadata, Parameters, Rules, Mappings, Conditions, Transform, Globals, Hooks,"
            " Resources, Outputs)",
        ),
        ("Resources:\n  A: 1\n", "t.yaml:2: A: a resource must be a mapping"),
        (resource("Typ: A"), 't.yaml:2: Files: has no Type (did "Typ" mean Type?)'),
        (resource("X: A"), "t.yaml:2: Files: has no Type (e.g. Type: AWS::S3::Bucket)"),
        (
            resource("Type: [A]"),
            "t.yaml:2: Files: its Type must be text (e.g. Type: AWS::S3::Bucket)",
        ),
        (
            resource("Type: A") + "Globals:\n  Function: 3\n",
            "t.yaml:5: Globals.Function must be a mapping",
        ),
        (
            resource("Type: A") + "Globals: {}\n",
            "t.yaml: Globals is a section of SAM templates"
            " (add Transform: AWS::Serverless-2016-10-31)",
        ),
        (
            "Resources:\n  A:\n   Type: B\n  Type: C\n C: D\n",
            "t.yaml:5:2: broken YAML: expected <block end>, but found '<block mapping start>'",
        ),
        (
            "Resources:\n\tA: B\n",
            "t.yaml:2:1: broken YAML: found character '\\t' that cannot start any token",
        ),
        ("Resources: [a\n", "t.yaml:2:1: broken YAML: expected ',' or ']', but got '<stream end>'"),
        (
            "A: 1\n---\nB: 2\n",
            "t.yaml:2:1: broken YAML: but found another document"
            " (CloudFormation reads one document)",
        ),
        ("A: 1\nB: \x07\n", "t.yaml:2: broken YAML: the character U+0007 is not allowed"),
        (
            resource("Type: A\nMetadata: 1\nType: B"),
            't.yaml:5:5: the key "Type" is already on line 3',
        ),
        (
            resource("Type: A\nProperties:\n  X: !Reff Y"),
            "t.yaml:5:10: unknown tag !Reff (did you mean !Ref?)",
        ),
        (
            resource("Type: A\nProperties: !!python/object:os.system {}"),
            "t.yaml:4:17: CloudFormation knows no YAML type !!python/object:os.system",
        ),
        (
            resource("Type: A\nProperties: !!set {a}"),
            "t.yaml:4:17: CloudFormation knows no YAML type !!set",
        ),
        (
            resource("Type: A\nProperties:\n  X: !GetAtt Y"),
            't.yaml:5:10: "Y" names no attribute (say !GetAtt LogicalId.Attribute)',
        ),
        (resource("Type: A\nProperties:\n  X: !Ref [Y]"), "t.yaml:5:10: !Ref takes a name"),
        (
            resource("Type: A\nMetadata: &a {b: 1}\nProperties:\n  <<: *a"),
            "t.yaml:6:7: CloudFormation reads no YAML merge keys (<<)",
        ),
        (
            resource("Type: A\nMetadata: {[1]: 2}"),
            "t.yaml:4:16: a key must be text",
        ),
        (resource("Type: A\nMetadata: &a [*a]"), "t.yaml:4:15: an alias contains itself"),
        (
            resource("Type: A\nMetadata: .inf"),
            "t.yaml:4:15: .inf is not a number that JSON has",
        ),
        (resource("Type: A\nMetadata: !!int one"), "t.yaml:4:15: one is not a valid int"),
    ],
)
def test_what_is_wrong_with_yaml_is_said_with_its_place(text: str, expected: str) -> None:
    assert refusal(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"Resources": }', "t.json:1:15: broken JSON: Expecting value"),
        ('{"Resources": {"A": NaN}}', "t.json: broken JSON: NaN is not JSON"),
        (
            '{"Resources": {\n\t"A": {"Type": "B"},\n\t"A": {"Type": "C"}\n}}',
            't.json:3:2: the key "A" is already on line 2',
        ),
        (
            '{"Resources": {"A": {"Type": "B", "' + "k" * 2000 + '": {"x": 1, "x": 2}}}}',
            't.json: the key "x" is there twice',
        ),
        ("[]", "t.json:1: a template is a mapping of sections, and this is a list"),
        (
            '{"Resources": {"A": {"Type": "B"}},\n"Output": {}}',
            't.json:2: unknown section "Output" (did you mean Outputs?)',
        ),
    ],
)
def test_what_is_wrong_with_json_is_said_with_its_place(text: str, expected: str) -> None:
    assert refusal(text, "t.json") == expected


def test_aliases_that_multiply_are_refused_before_they_do() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "expands to more than 100000 values" in refusal("\n".join(lines))


def test_depth_without_end_is_refused() -> None:
    assert refusal("[" * 5000) == "t.yaml: is nested too deeply"


def test_a_template_larger_than_cloudformation_takes_is_refused() -> None:
    assert refusal("#" * (MAX_BYTES + 1)) == (
        "t.yaml: is larger than CloudFormation takes (1048576 bytes)"
    )


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"none\.yaml: cannot be read: No such file"):
        Template.read(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TemplateError, match="is not UTF-8 text"):
        Template.read(tmp_path / "binary.yaml")
