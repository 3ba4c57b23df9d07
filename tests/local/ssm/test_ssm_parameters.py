"""Parameters: names, versions, labels, tiers, patterns, hierarchies, policies, permissions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from key_roles import ACCOUNT, allow, client_of, deny, make_role, refused

from archlib.errors import Unsupported
from archlib.local.cloud import LocalCloud

ARN = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter"


def put(ssm: Any, name: str = "/app/key", value: str = "1", **more: Any) -> Any:
    more.setdefault("Type", "String")
    return ssm.put_parameter(Name=name, Value=value, **more)


def value(ssm: Any, name: str = "/app/key", **more: Any) -> Any:
    return ssm.get_parameter(Name=name, **more)["Parameter"]["Value"]


def test_a_parameter_by_name_arn_version_and_label(ssm: Any) -> None:
    assert [put(ssm)["Version"], put(ssm, value="2", Overwrite=True)["Version"]] == [1, 2]
    ssm.label_parameter_version(Name="/app/key", ParameterVersion=1, Labels=["old"])
    told = ssm.get_parameter(Name="/app/key")["Parameter"]
    assert (told["Value"], told["Version"], told["ARN"]) == ("2", 2, f"{ARN}/app/key")
    assert "Selector" not in told
    for name in ("/app/key:1", "/app/key:old", f"{ARN}/app/key:1", " /app/key:1 "):
        found = ssm.get_parameter(Name=name)["Parameter"]
        assert (found["Value"], found["Name"]) == ("1", "/app/key")
    assert ssm.get_parameter(Name="/app/key:old")["Parameter"]["Selector"] == ":old"
    assert value(ssm, f"{ARN}/app/key") == "2"


def test_at_the_root_the_slash_makes_no_difference(ssm: Any) -> None:
    put(ssm, "plain")
    assert value(ssm, "plain") == value(ssm, "/plain") == "1"
    assert ssm.get_parameter(Name="plain")["Parameter"]["ARN"] == f"{ARN}/plain"
    assert refused(put, ssm=ssm, name="/plain")[0] == "ParameterAlreadyExists"


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"Name": "/app/key"}, "ParameterAlreadyExists", "set the overwrite option"),
    ({"Name": "/aws/mine"}, "AccessDeniedException", "No access to reserved parameter name"),
    ({"Name": "aws"}, "ValidationException", "can't be prefixed with \"aws\" or \"ssm\""),
    ({"Name": "SSMthing"}, "ValidationException", "can't be prefixed with \"aws\" or \"ssm\""),
    ({"Name": "/ssm/mine"}, "ValidationException", "can't be prefixed with \"ssm\""),
    ({"Name": "/app/a b"}, "ValidationException", "letters, numbers"),
    ({"Name": "app/key2"}, "ValidationException", "fully qualified"),
    ({"Name": "/" + "/".join("abcdefghijklmnop")}, "HierarchyLevelLimitExceededException", "15"),
    ({"Name": "/new", "Value": ""}, "ValidationException", "greater than or equal to 1"),
    ({"Name": "/new", "Value": "{{ssm:other}}"}, "ValidationException", "can't nest"),
    ({"Name": "/new", "Value": "x" * 4097}, "ValidationException",
     "Standard tier parameters support a maximum parameter value of 4096 characters. To create "
     "a larger parameter value, upgrade"),
    ({"Name": "/new", "Value": "x" * 8193, "Tier": "Advanced"}, "ValidationException", "8192"),
    ({"Name": "/new", "Value": "x", "AllowedPattern": "\\d+"}, "ParameterPatternMismatchException",
     "Parameter value, cannot be validated against allowedPattern: \\d+"),
    ({"Name": "/new", "Value": "1,x", "Type": "StringList", "AllowedPattern": "\\d+"},
     "ParameterPatternMismatchException", "allowedPattern"),
    ({"Name": "/new", "AllowedPattern": "["}, "InvalidAllowedPatternException", "["),
    ({"Name": "/new", "Type": None}, "ValidationException", "type is required"),
    ({"Name": "/new", "Type": "Number"}, "ValidationException", "enum value set"),
    ({"Name": "/new", "KeyId": "alias/x"}, "ValidationException", "SecureString"),
    ({"Name": "/app/key", "Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]},
     "ValidationException", "tags and overwrite can't be used together"),
    ({"Name": "/new", "Policies": "[]", "Tier": "Standard", "DataType": "aws:ec2:image"},
     "ValidationException", "AMI"),
    ({"Name": "/new", "Policies": json.dumps([{"Type": "Expiration"}])}, "ValidationException",
     "advanced-parameter tier"),
    ({"Name": "/new", "Policies": json.dumps([{"Type": "Toy"}]), "Tier": "Advanced"},
     "InvalidPolicyTypeException", "Toy"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "code", "said"), REFUSED)
def test_what_cannot_be_put(ssm: Any, params: dict[str, Any], code: str, said: str) -> None:
    put(ssm)
    given = {"Value": "1", "Type": "String", **params}
    got = refused(ssm.put_parameter, **{k: v for k, v in given.items() if v is not None})
    assert got[0] == code
    assert said in got[1]


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda ssm: put(ssm, DataType="json"), "json"),
        (lambda ssm: put(ssm, Tier="Advanced", Policies='[{"Type": "NoChangeNotification"}]'),
         "NoChangeNotification"),
        (lambda ssm: ssm.describe_parameters(Shared=True), "shared"),
        (lambda ssm: ssm.get_resource_policies(ResourceArn=ARN), "ssm:GetResourcePolicies"),
    ],
)  # fmt: skip
def test_what_is_not_imitated_is_named(ssm: Any, call: Any, what: str) -> None:
    with pytest.raises(Unsupported, match=what):
        call(ssm)


def test_what_is_not_there(ssm: Any) -> None:
    put(ssm)
    for operation in (ssm.get_parameter, ssm.delete_parameter, ssm.get_parameter_history):
        assert refused(operation, Name="/none")[0] == "ParameterNotFound"
    assert refused(ssm.get_parameter, Name="/app/key:9") == (
        "ParameterVersionNotFound",
        "Systems Manager could not find version 9 of /app/key. Verify the version and try again.",
    )
    assert refused(ssm.get_parameter, Name="/app/key:none")[0] == "ParameterVersionNotFound"
    got = ssm.get_parameters(Names=["/none", "/app/key", "/app/key:9"])
    assert [p["Name"] for p in got["Parameters"]] == ["/app/key"]
    assert got["InvalidParameters"] == ["/none", "/app/key:9"]
    deleted = ssm.delete_parameters(Names=["/none", "/app/key"])
    assert (deleted["DeletedParameters"], deleted["InvalidParameters"]) == (["/app/key"], ["/none"])


def test_overwriting_keeps_what_is_not_given(ssm: Any) -> None:
    put(ssm, Description="first", AllowedPattern="\\d+", Tags=[{"Key": "a", "Value": "b"}])
    code, _ = refused(ssm.put_parameter, Name="/app/key", Value="x", Overwrite=True)
    assert code == "ParameterPatternMismatchException"
    made = ssm.put_parameter(Name="/app/key", Value="22", Overwrite=True)
    assert (made["Version"], made["Tier"]) == (2, "Standard")
    told = ssm.describe_parameters()["Parameters"][0]
    assert (told["Description"], told["AllowedPattern"]) == ("first", "\\d+")
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/app/key")["TagList"]
    assert tags == [{"Key": "a", "Value": "b"}]
    history = ssm.get_parameter_history(Name="/app/key")["Parameters"]
    assert [(p["Version"], p["Value"]) for p in history] == [(1, "1"), (2, "22")]


def test_labels_move_between_versions(ssm: Any) -> None:
    for number in range(3):
        put(ssm, value=str(number), Overwrite=True)
    answer = ssm.label_parameter_version(
        Name="/app/key", ParameterVersion=1, Labels=["prod", "1st", "aws-x", "a b"]
    )
    assert answer["InvalidLabels"] == ["1st", "aws-x", "a b"]
    assert value(ssm, "/app/key:prod") == "0"
    ssm.label_parameter_version(Name="/app/key", Labels=["prod"])
    assert value(ssm, "/app/key:prod") == "2"
    gone = ssm.unlabel_parameter_version(
        Name="/app/key", ParameterVersion=3, Labels=["prod", "none"]
    )
    assert (gone["RemovedLabels"], gone["InvalidLabels"]) == (["prod"], ["none"])
    code, _ = refused(
        ssm.label_parameter_version, Name="/app/key", ParameterVersion=9, Labels=["x"]
    )
    assert code == "ParameterVersionNotFound"
    ssm.label_parameter_version(Name="/app/key", Labels=[f"l{n}" for n in range(10)])
    code, _ = refused(ssm.label_parameter_version, Name="/app/key", Labels=["more"])
    assert code == "ParameterVersionLabelLimitExceeded"


def test_a_hundred_versions_are_kept_and_a_labelled_one_is_in_the_way(ssm: Any) -> None:
    for number in range(100):
        put(ssm, value=str(number), Overwrite=True)
    put(ssm, value="100", Overwrite=True)
    assert refused(ssm.get_parameter, Name="/app/key:1")[0] == "ParameterVersionNotFound"
    ssm.label_parameter_version(Name="/app/key", ParameterVersion=2, Labels=["keep"])
    code, said = refused(put, ssm=ssm, value="101", Overwrite=True)
    assert code == "ParameterMaxVersionLimitExceeded"
    assert "Version 2, the oldest version, can't be deleted" in said


def test_tiers(ssm: Any) -> None:
    big = "x" * 4097
    assert put(ssm, "/a", big, Tier="Advanced")["Tier"] == "Advanced"
    assert put(ssm, "/b", big, Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert put(ssm, "/c", "x", Tier="Intelligent-Tiering")["Tier"] == "Standard"
    assert put(ssm, "/a", "small", Overwrite=True)["Tier"] == "Advanced"
    code, said = refused(put, ssm=ssm, name="/a", value="small", Tier="Standard", Overwrite=True)
    assert code == "ValidationException"
    assert "You can't downgrade a parameter" in said
    assert put(ssm, "/c", big, Tier="Advanced", Overwrite=True)["Tier"] == "Advanced"
    put(ssm, "/d")
    listed = ssm.describe_parameters(ParameterFilters=[{"Key": "Tier", "Values": ["Advanced"]}])
    assert [p["Name"] for p in listed["Parameters"]] == ["/a", "/b", "/c"]


def test_a_parameter_expires_at_its_virtual_time(cloud: LocalCloud, ssm: Any) -> None:
    def policy(day: int) -> str:
        attributes = {"Timestamp": f"2026-01-{day:02d}T00:00:00.000Z"}
        return json.dumps([{"Type": "Expiration", "Version": "1.0", "Attributes": attributes}])

    put(ssm, Tier="Advanced", Policies=policy(10))
    put(ssm, value="2", Overwrite=True)
    cloud.clock.advance(days=3)
    put(ssm, value="3", Overwrite=True, Policies=policy(20))
    cloud.clock.advance(days=10)
    assert value(ssm) == "3"
    cloud.clock.advance(days=2)
    assert refused(ssm.get_parameter, Name="/app/key")[0] == "ParameterNotFound"


PATHS: list[tuple[dict[str, Any], list[str]]] = [
    ({"Path": "/app"}, ["/app/key"]),
    ({"Path": "/app/"}, ["/app/key"]),
    ({"Path": "/app", "Recursive": True}, ["/app/db/name", "/app/db/word", "/app/key"]),
    ({"Path": "/app/db"}, ["/app/db/name", "/app/db/word"]),
    ({"Path": "/ap", "Recursive": True}, []),
    ({"Path": "/"}, ["root"]),
    ({"Path": "/", "Recursive": True}, ["/app/db/name", "/app/db/word", "/app/key", "/other/x",
                                        "root"]),
    ({"Path": "/app", "Recursive": True,
      "ParameterFilters": [{"Key": "Type", "Values": ["StringList"]}]}, ["/app/db/name"]),
    ({"Path": "/app", "Recursive": True,
      "ParameterFilters": [{"Key": "Label", "Values": ["prod"]}]}, ["/app/db/word"]),
]  # fmt: skip


@pytest.mark.parametrize(("params", "names"), PATHS)
def test_hierarchies(ssm: Any, params: dict[str, Any], names: list[str]) -> None:
    for name in ("/app/key", "/app/db/word", "/other/x", "root"):
        put(ssm, name)
    put(ssm, "/app/db/name", "a,b", Type="StringList")
    ssm.label_parameter_version(Name="/app/db/word", Labels=["prod"])
    found = ssm.get_parameters_by_path(**params)["Parameters"]
    assert [p["Name"] for p in found] == names


def test_paths_come_in_pages_of_ten(ssm: Any) -> None:
    for number in range(23):
        put(ssm, f"/app/{number:02d}")
    first = ssm.get_parameters_by_path(Path="/app")
    assert len(first["Parameters"]) == 10
    assert first["NextToken"]
    pages = list(ssm.get_paginator("get_parameters_by_path").paginate(Path="/app"))
    assert [len(page["Parameters"]) for page in pages] == [10, 10, 3]
    assert "NextToken" not in pages[-1]
    for path in ("app", "/app//x", "/a b"):
        code, said = refused(ssm.get_parameters_by_path, Path=path)
        assert code == "ValidationException"
        assert "doesn't meet the parameter name requirements" in said
    assert refused(ssm.get_parameters_by_path, Path="/app", NextToken="x")[0] == "InvalidNextToken"


DESCRIBED: list[tuple[list[dict[str, Any]], Any]] = [
    ([{"Key": "Name", "Option": "BeginsWith", "Values": ["/app/"]}], ["/app/key", "/app/list"]),
    ([{"Key": "Name", "Option": "Contains", "Values": ["lis"]}], ["/app/list"]),
    ([{"Key": "Type", "Values": ["StringList"]}], ["/app/list"]),
    ([{"Key": "Path", "Option": "Recursive", "Values": ["/app"]}], ["/app/key", "/app/list"]),
    ([{"Key": "tag:team", "Values": ["blue"]}], ["root"]),
    ([{"Key": "tag:team"}], ["root"]),
    ([{"Key": "Label", "Values": ["x"]}], "InvalidFilterKey"),
    ([{"Key": "Type", "Option": "Near", "Values": ["x"]}], "InvalidFilterOption"),
    ([{"Key": "Name"}], "InvalidFilterValue"),
    ([{"Key": "Path", "Values": ["/aws"]}], "ValidationException"),
    ([{"Key": "Toy", "Values": ["x"]}], "ValidationException"),
]


@pytest.mark.parametrize(("filters", "expected"), DESCRIBED)
def test_descriptions_are_filtered(ssm: Any, filters: list[dict[str, Any]], expected: Any) -> None:
    put(ssm)
    put(ssm, "/app/list", "a,b", Type="StringList")
    put(ssm, "root", Tags=[{"Key": "team", "Value": "blue"}])
    if isinstance(expected, str):
        assert refused(ssm.describe_parameters, ParameterFilters=filters)[0] == expected
    else:
        found = ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
        assert [p["Name"] for p in found] == expected


def test_public_parameters_are_there_to_read(ssm: Any) -> None:
    name = "/aws/service/global-infrastructure/regions/us-east-1"
    assert value(ssm, name) == "us-east-1"
    got = ssm.get_parameters(Names=[name, "/aws/service/none"])
    assert [p["Value"] for p in got["Parameters"]] == ["us-east-1"]
    assert got["InvalidParameters"] == ["/aws/service/none"]
    assert refused(ssm.get_parameter, Name="/aws/service/none")[0] == "ParameterNotFound"
    found = ssm.get_parameters_by_path(Path="/aws/service/global-infrastructure/regions")
    assert found["Parameters"]


def test_every_operation_on_parameters_is_ours(cloud: LocalCloud, ssm: Any) -> None:
    served = {name for service, name in cloud.api.handled if service == "ssm"}
    names = {n for n in ssm.meta.service_model.operation_names if "Parameter" in n}
    assert names - served == set()


# -- permissions ---------------------------------------------------------------------------------

JUDGED: list[tuple[str, dict[str, Any], str, str]] = [
    ("get_parameter", {"Name": "/app/key"}, "ssm:GetParameter", f"{ARN}/app/key"),
    ("get_parameter", {"Name": f"{ARN}/app/key:1"}, "ssm:GetParameter", f"{ARN}/app/key"),
    ("get_parameters", {"Names": ["/app/key"]}, "ssm:GetParameters", f"{ARN}/app/key"),
    ("get_parameters_by_path", {"Path": "/app/"}, "ssm:GetParametersByPath", f"{ARN}/app"),
    ("get_parameter_history", {"Name": "/app/key"}, "ssm:GetParameterHistory", f"{ARN}/app/key"),
    ("list_tags_for_resource", {"ResourceType": "Parameter", "ResourceId": "/app/key"},
     "ssm:ListTagsForResource", f"{ARN}/app/key"),
    ("delete_parameter", {"Name": "/app/key"}, "ssm:DeleteParameter", f"{ARN}/app/key"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "action", "resource"), JUDGED)
def test_each_operation_is_judged_by_its_own_action(
    cloud: LocalCloud, ssm: Any, operation: str, params: dict[str, Any], action: str, resource: str
) -> None:
    put(ssm)
    others = make_role(cloud, "others", allow("ssm:*"), deny(action, resource))
    code, said = refused(getattr(client_of(cloud, others, "ssm"), operation), **params)
    assert code == "AccessDeniedException"
    assert action in said
    mine = make_role(cloud, "mine", allow(action, resource))
    getattr(client_of(cloud, mine, "ssm"), operation)(**params)


def test_who_may_read_a_path_may_read_all_below_it(cloud: LocalCloud, ssm: Any) -> None:
    put(ssm, "/app/db/word")
    role = make_role(
        cloud, "reader", allow("ssm:GetParametersByPath", f"{ARN}/app"),
        deny("ssm:GetParametersByPath", f"{ARN}/app/db"), deny("ssm:GetParameter"),
    )  # fmt: skip
    found = client_of(cloud, role, "ssm").get_parameters_by_path(Path="/app", Recursive=True)
    assert [p["Name"] for p in found["Parameters"]] == ["/app/db/word"]


def test_tags_of_a_parameter_are_condition_keys(cloud: LocalCloud, ssm: Any) -> None:
    put(ssm, Tags=[{"Key": "team", "Value": "blue"}])
    put(ssm, "/app/other")
    for number, key in enumerate(("aws:ResourceTag/team", "ssm:resourceTag/team")):
        condition = {"StringEquals": {key: "blue"}}
        role = make_role(cloud, f"r{number}", allow("ssm:GetParameter", Condition=condition))
        mine = client_of(cloud, role, "ssm")
        assert value(mine) == "1"
        assert refused(mine.get_parameter, Name="/app/other")[0] == "AccessDeniedException"
