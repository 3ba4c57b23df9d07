"""The picture of paid content holds what the seed's fourth picture shows; keys make sense."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from archlib.architecture import Architecture, Component, Connection
from archlib.components import (
    Behavior,
    Browser,
    Bucket,
    Distribution,
    EncryptionKey,
    Function,
    RestApi,
    Route,
    SigningKey,
    Table,
    UserDirectory,
)
from archlib.diagram import graph
from archlib.errors import ModelError, UsageError
from archlib.scenarios.paid_content.architecture import architecture
from archlib.template import emit

Row = tuple[str, str, str, str, bool, str | None]

LINK_API, MEMBER_API = "Amazon API Gateway (signed URL)", "Amazon API Gateway (premium users)"
LINK, MEMBER = "AWS Lambda (signed URL)", "AWS Lambda (premium users)"
EDGE, KEPT = "CloudFront global distribution", "AWS Secrets Manager (private key)"

# The picture's rows, each from the end that starts the call.
PICTURE_4: set[Row] = {
    ("Client", "<->", "Amazon Cognito", "authenticate", False, None),
    ("Client", "->", LINK_API, "query for URL", False, None),
    (LINK_API, "->", "Client", "signed URL", False, None),
    (LINK_API, "<->", "Amazon Cognito", "verify auth", False, None),
    (LINK_API, "<->", LINK, "invoke", False, None),
    (LINK, "<->", "DynamoDB", "verify premium user", True, None),
    (
        *(LINK, "<->", EDGE, "generate CloudFront signed URL with the SDK", True),
        "expiration: 5 minutes",
    ),
    (MEMBER_API, "<->", MEMBER, "invoke", False, None),
    (MEMBER, "<->", "DynamoDB", "query / read", False, None),
    ("Client", "<->", EDGE, "use signed URL", False, None),
    (
        *(EDGE, "<->", "Amazon S3", "OAI: origin access identity", False),
        "bucket policy only authorizes the OAI",
    ),
}
# What the text asks for and the picture leaves out.
ADDED: set[Row] = {
    ("Client", "<->", MEMBER_API, "REST HTTPS", False, None),
    (MEMBER_API, "<->", "Amazon Cognito", "verify auth", False, None),
    ("Payment provider", "<->", MEMBER_API, "payments, signed", False, None),
    (LINK, "<-", KEPT, "private key", False, None),
    (KEPT, "->", "AWS KMS", "encrypted with", False, None),
    (EDGE, "->", KEPT, "trusted key group", True, None),
}


def rows(part: Architecture) -> set[Row]:
    drawn = graph(part)
    title = {node.name: " ".join(node.title.split()) for node in drawn.nodes}
    return {
        (title[e.source], e.arrow.value, title[e.target], e.label, e.dashed, e.note)
        for e in drawn.edges
    }


def test_the_picture_is_the_seeds_and_what_the_text_adds() -> None:
    assert rows(architecture()) == PICTURE_4 | ADDED


def test_what_is_not_seen_in_a_trace_says_why() -> None:
    excused = {c.key: c.off_trace for c in architecture().connections if c.off_trace}
    assert excused.keys() == {
        ("LinkApi", "Client", "answers"),
        ("LinkFunction", "VideoEdge", "signs_links_to"),
        ("VideoEdge", "SigningKey", "trusts"),
    }


def test_with_presigned_urls_there_is_neither_edge_nor_key() -> None:
    changed = rows(architecture(links="s3")) - rows(architecture())
    assert changed == {
        (LINK, "<->", "Amazon S3", "generate S3 presigned URL with the SDK", True, None),
        ("Client", "<->", "Amazon S3", "use presigned URL", False, None),
    }
    kinds = {r["Type"] for r in emit(architecture(links="s3")).template.body["Resources"].values()}
    assert not [kind for kind in kinds if "CloudFront" in kind or "SecretsManager" in kind]


def test_a_parameter_keeps_the_key_as_well() -> None:
    body = emit(architecture(store="parameter")).template.body
    kinds = {resource["Type"] for resource in body["Resources"].values()}
    assert "AWS::SecretsManager::Secret" not in kinds
    variables = body["Resources"]["LinkFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["SIGNING_PARAMETER"] == {"Fn::Sub": "/${AWS::StackName}/SigningKey"}


def test_other_values_are_refused_with_the_known_ones() -> None:
    for options, said in (
        ({"access": "acl"}, "access='acl' is not offered (one of oai, oac)"),
        ({"links": "ftp"}, "links='ftp' is not offered (one of cloudfront, s3)"),
        ({"store": "env"}, "store='env' is not offered (one of secret, parameter)"),
    ):
        with pytest.raises(UsageError) as refused:
            architecture(**options)
        assert str(refused.value) == said


def test_every_icon_exists() -> None:
    for made in (architecture(), architecture(store="parameter")):
        for component in made.components:
            module, _, name = component.icon.rpartition(".")
            assert hasattr(import_module(f"diagrams.{module}"), name), component.icon


def test_the_template_holds_no_key_and_asks_for_one() -> None:
    body = emit(architecture()).template.body
    parameter = body["Parameters"]["SigningKeyPublicKey"]
    assert "Default" not in parameter
    assert "PUBLIC KEY" in parameter["AllowedPattern"]
    secret = body["Resources"]["SigningKey"]["Properties"]
    assert secret.keys() == {"Description", "KmsKeyId"}
    public = body["Resources"]["SigningKeyPublic"]
    assert public["Metadata"]["archlib"]["privateKey"] == {
        "secret": {"Ref": "SigningKey"},
        "encryptedWith": {"Ref": "SealingKey"},
    }
    config = body["Resources"]["VideoEdge"]["Properties"]["DistributionConfig"]
    assert config["DefaultCacheBehavior"]["TrustedKeyGroups"] == [{"Ref": "SigningKeyGroup"}]


def test_only_the_signing_function_may_fetch_the_key() -> None:
    body = emit(architecture()).template.body
    holders = {
        name: one["Resource"]
        for name, role in body["Resources"].items()
        if role["Type"] == "AWS::IAM::Role"
        for policy in role["Properties"].get("Policies", ())
        for one in policy["PolicyDocument"]["Statement"]
        if one["Action"] == "secretsmanager:GetSecretValue"
    }
    assert holders == {"LinkFunctionRole": {"Ref": "SigningKey"}}


def test_it_decrypts_through_secrets_manager_alone() -> None:
    role = emit(architecture()).template.body["Resources"]["LinkFunctionRole"]["Properties"]
    (statement,) = [
        one
        for one in role["Policies"][0]["PolicyDocument"]["Statement"]
        if one["Action"] == "kms:Decrypt"
    ]
    assert statement["Resource"] == {"Fn::GetAtt": ["SealingKey", "Arn"]}
    through = {"Fn::Sub": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}"}
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": through}}


def test_who_fetches_a_sealed_key_must_be_able_to_decrypt_it() -> None:
    sealing = EncryptionKey("Seal", "seal")
    common = (EDGE_SHUT.reaches(FILES), EDGE_SHUT.trusts(KEY), KEY.sealed_by(sealing))
    parts = (EDGE_SHUT, FILES, KEY, WORKER, sealing)
    assert refusal(*parts, connections=(*common, WORKER.fetches(KEY))) == (
        "Key (SigningKey): is sealed by Seal, and Worker decrypts with none"
        " (say function.fetches(key, sealed_by=that_key))"
    )
    unsealed = (*common[:2], WORKER.fetches(KEY, sealed_by=sealing))
    assert refusal(*parts[:4], connections=unsealed).startswith(
        "Key (SigningKey): is sealed by no key, and Worker decrypts with Seal"
    )


def test_payments_are_signed_and_all_else_has_a_token() -> None:
    resources = emit(architecture()).template.body["Resources"]
    kinds = {
        name: one["Properties"]["AuthorizationType"]
        for name, one in resources.items()
        if one["Type"] == "AWS::ApiGateway::Method" and one["Properties"]["HttpMethod"] != "OPTIONS"
    }
    assert {name for name, kind in kinds.items() if kind == "AWS_IAM"} == {"MemberApiPaymentsPost"}
    assert set(kinds.values()) == {"AWS_IAM", "COGNITO_USER_POOLS"}


CLIENT = Browser("Viewer", "viewer")
EDGE_OPEN = Distribution("Edge", "edge")
EDGE_SHUT = replace(EDGE_OPEN, behaviors=(Behavior("*", private=True),))
FILES = Bucket("Files", "files")
KEY = SigningKey("Key", "key")
WORKER = Function("Worker", "worker", code=Path("absent"))


def refusal(*components: Component, connections: tuple[Connection, ...]) -> str:
    with pytest.raises(ModelError) as refused:
        emit(Architecture("d", "D", "For a test", components, connections))
    return str(refused.value)


def test_private_paths_need_a_key_and_a_key_private_paths() -> None:
    reaches = EDGE_SHUT.reaches(FILES)
    assert refusal(EDGE_SHUT, FILES, connections=(reaches,)) == (
        "Edge (Distribution): has private paths and trusts no key"
        " (connect it: distribution.trusts(key))"
    )
    open_ones = (EDGE_OPEN.reaches(FILES), EDGE_OPEN.trusts(KEY))
    assert refusal(EDGE_OPEN, FILES, KEY, connections=open_ones) == (
        "Edge (Distribution): trusts Key, and no path of it is private"
        ' (say which are: Behavior("/films/*", private=True))'
    )


def test_a_key_is_trusted_by_somebody_and_kept_somewhere() -> None:
    both = (EDGE_OPEN.reaches(FILES), WORKER.fetches(KEY))
    assert refusal(EDGE_OPEN, FILES, KEY, WORKER, connections=both) == (
        "Key (SigningKey): is trusted by no distribution (connect it: distribution.trusts(key))"
    )
    lost = replace(KEY, store="pocket")
    with pytest.raises(ModelError, match="cannot be kept in a 'pocket'"):
        WORKER.fetches(lost)
    trusting = (EDGE_SHUT.reaches(FILES), EDGE_SHUT.trusts(lost))
    assert refusal(EDGE_SHUT, FILES, lost, connections=trusting) == (
        "Key (SigningKey): cannot be kept in a 'pocket' (store= is one of secret, parameter)"
    )


def test_a_verb_to_the_wrong_kind_names_both() -> None:
    with pytest.raises(ModelError, match=r"\(Bucket\): it takes a SigningKey"):
        WORKER.fetches(FILES)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"\(SigningKey\): it takes a Distribution"):
        WORKER.signs_links_to(KEY)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"\(Distribution\): it takes a Bucket"):
        WORKER.presigns_for(EDGE_OPEN)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"\(Bucket\): it takes a SigningKey"):
        EDGE_SHUT.trusts(FILES)  # type: ignore[arg-type]


def test_an_answer_is_drawn_to_a_client() -> None:
    api = RestApi("Api", "api")
    drawn = api.answers(CLIENT, label="link")
    assert (drawn.source, drawn.target, drawn.arrow.value) == ("Api", "Viewer", "->")
    with pytest.raises(ModelError, match="it takes a Client"):
        api.answers(UserDirectory("Users", "users"), label="x")  # type: ignore[arg-type]


def test_a_reading_arrow_may_be_dashed_and_point_both_ways() -> None:
    from archlib.architecture.model import Arrow

    table = Table("Items", "items", partition_key="id")
    drawn = WORKER.reads(table, operations=("GetItem",), arrow=Arrow.BOTH, dashed=True)
    assert (drawn.arrow, drawn.dashed) == (Arrow.BOTH, True)
    assert drawn.grants[0].actions == ("dynamodb:GetItem",)
    assert Route("GET", "/a").signed is False
