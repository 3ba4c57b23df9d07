"""One's own folder in S3, and everything else there."""

from __future__ import annotations

from archlib.scenarios.accounts import newcomer
from archlib.scenarios.browsing import outcome
from archlib.scenarios.mytodolist.people import Answer, aws_keys
from archlib.verify import Site


def files_flow(site: Site) -> None:
    """Use one's own folder directly, then try everything else."""
    bucket = site.outputs["FileBucketName"]
    ana = aws_keys(site, newcomer(site, "ana.files"))
    ben_tokens = newcomer(site, "ben.files")
    ben = aws_keys(site, ben_tokens)
    mine, theirs = f"private/{ana.identity}/", f"private/{ben.identity}/"
    s3 = site.client("s3", **ana.options)
    site.client("s3", **ben.options).put_object(Bucket=bucket, Key=f"{theirs}a.txt", Body=b"ben")
    with site.step("store") as step:
        step.result = outcome(lambda: s3.put_object(Bucket=bucket, Key=f"{mine}a.txt", Body=b"ana"))
    with site.step("retrieve") as step:
        step.result = s3.get_object(Bucket=bucket, Key=f"{mine}a.txt")["Body"].read()
    with site.step("list") as step:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=mine)
        step.result = [entry["Key"].removeprefix(mine) for entry in listed.get("Contents", ())]
    with site.step("remove") as step:
        step.result = outcome(lambda: s3.delete_object(Bucket=bucket, Key=f"{mine}a.txt"))
    other = f"{bucket}-of-somebody-else"[:63]
    site.operator("s3").create_bucket(Bucket=other)
    with site.step("trespass") as step:
        key = f"{theirs}a.txt"
        step.result = {
            "read another's file": outcome(lambda: s3.get_object(Bucket=bucket, Key=key)),
            "write another's file": outcome(
                lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"ana")
            ),
            "delete another's file": outcome(lambda: s3.delete_object(Bucket=bucket, Key=key)),
            "read outside any folder": outcome(lambda: s3.get_object(Bucket=bucket, Key="a.txt")),
            "write to another bucket": outcome(
                lambda: s3.put_object(Bucket=other, Key=f"{mine}a.txt", Body=b"ana")
            ),
        }
    with site.step("look around") as step:
        step.result = {
            "list the whole bucket": outcome(lambda: s3.list_objects_v2(Bucket=bucket)),
            "list all folders": outcome(
                lambda: s3.list_objects_v2(Bucket=bucket, Prefix="private/")
            ),
            "list another's folder": outcome(
                lambda: s3.list_objects_v2(Bucket=bucket, Prefix=theirs)
            ),
            "list all buckets": outcome(s3.list_buckets),
        }
    with site.step("without encryption in transit") as step:
        signed = s3.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": f"{mine}b.txt"}
        )
        s3.put_object(Bucket=bucket, Key=f"{mine}b.txt", Body=b"ana")
        step.result = {
            "https": _fetch(signed).status,
            "http": _fetch(signed.replace("https://", "http://", 1)).status,
        }
    with site.step("anonymous") as step:
        nobody = site.client("s3")
        step.result = {
            "read": outcome(lambda: nobody.get_object(Bucket=bucket, Key=key)),
            "write": outcome(lambda: nobody.put_object(Bucket=bucket, Key="x", Body=b"x")),
            "identity without signing in": _unauthenticated(site),
        }
    site.wait(minutes=61)
    with site.step("expired credentials") as step:
        step.result = outcome(lambda: s3.get_object(Bucket=bucket, Key=f"{mine}b.txt"))
    with site.step("open the bucket to the world") as step:
        step.result = _publish(site, bucket, key)


def _fetch(url: str) -> Answer:
    import requests

    try:
        answer = requests.get(url, timeout=35)
    except requests.ConnectionError as refused:
        return Answer(0, str(refused), {})
    return Answer(answer.status_code, answer.text, dict(answer.headers))


def _unauthenticated(site: Site) -> str:
    """What somebody who never signed in gets from the identity pool."""
    cognito, pool = site.client("cognito-identity"), site.outputs["IdentityPoolId"]

    def ask() -> None:
        identity = cognito.get_id(IdentityPoolId=pool)["IdentityId"]
        cognito.get_credentials_for_identity(IdentityId=identity)

    return outcome(ask)


def _publish(site: Site, bucket: str, key: str) -> dict[str, str]:
    """An administrator's slip: opening the bucket by policy or by ACL, and what a stranger gets."""
    import json

    s3 = site.operator("s3")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {
        "public policy": outcome(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=policy)),
        "a stranger reads": outcome(lambda: site.client("s3").get_object(Bucket=bucket, Key=key)),
    }
