"""What people do with MyTodoList, and what they must not be able to do.

Every flow uses people of its own, so that flows do not depend on one another.
"""

from __future__ import annotations

from typing import Any

from archlib.scenarios.mytodolist.people import (
    PASSWORD,
    Answer,
    Person,
    Tokens,
    aws_keys,
    call,
    newcomer,
    outcome,
    sign_in,
    sign_in_by_proof,
    sign_up,
)
from archlib.verify import Flow, Site

#: 95 reads to 5 writes, the mix in which "mostly read" is measured: w writes a to-do, l lists
#: all of them, r reads one.
MIX = tuple("w" if i % 20 == 10 else "l" if i % 5 == 0 else "r" for i in range(100))


def https_only(site: Site) -> None:
    """The API answers over HTTPS, and only there."""
    with site.step("plain HTTP") as step:
        step.result = call(site, "GET", "/todos", scheme="http")
    with site.step("HTTPS") as step:
        step.result = call(site, "GET", "/todos")


def sign_in_flow(site: Site) -> None:
    """Register, confirm by mail, sign in by password and by SRP, use the token."""
    cognito, client_id = site.client("cognito-idp"), site.outputs["UserPoolClientId"]
    ana = Person("ana.signin@example.com")
    with site.step("weak password") as step:
        step.result = outcome(
            lambda: cognito.sign_up(ClientId=client_id, Username=ana.email, Password="milkmilk")
        )
    with site.step("sign up"):
        cognito.sign_up(
            ClientId=client_id,
            Username=ana.email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": ana.email}],
        )
    with site.step("sign in before confirming") as step:
        step.result = outcome(lambda: sign_in(site, ana))
    with site.step("wrong code") as step:
        code = site.inbox.latest_code(ana.email)
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        step.result = outcome(
            lambda: cognito.confirm_sign_up(
                ClientId=client_id, Username=ana.email, ConfirmationCode=wrong
            )
        )
    with site.step("right code"):
        cognito.confirm_sign_up(ClientId=client_id, Username=ana.email, ConfirmationCode=code)
    with site.step("wrong password") as step:
        step.result = outcome(lambda: sign_in(site, Person(ana.email, "Wrong-horse-8")))
    with site.step("wrong password by SRP") as step:
        step.result = outcome(lambda: sign_in_by_proof(site, Person(ana.email, "Wrong-horse-8")))
    with site.step("sign in by password") as step:
        step.result = sign_in(site, ana)
    with site.step("sign in by SRP") as step:
        tokens = step.result = sign_in_by_proof(site, ana)
    with site.step("use the token") as step:
        step.result = call(site, "GET", "/todos", tokens.id)


def tokens_flow(site: Site) -> None:
    """Present every kind of bad token, then a good one."""
    person = sign_up(site, "ana.tokens")
    old = sign_in(site, person)
    bad = {
        "no token": None,
        "garbage": "not-a-token",
        "tampered": _tampered(old.id),
        "access instead of id": old.access,
        "another pool's": _foreign_token(site),
    }
    for name, token in bad.items():
        with site.step(name) as step:
            step.result = call(site, "GET", "/todos", token)
    site.wait(minutes=61)
    with site.step("expired") as step:
        step.result = call(site, "GET", "/todos", old.id)
    with site.step("good token") as step:
        step.result = call(site, "GET", "/todos", sign_in(site, person).id)


#: The bad tokens that :func:`tokens_flow` presents, by step.
BAD_TOKENS = (
    "no token", "garbage", "tampered", "access instead of id", "another pool's", "expired",
)  # fmt: skip


def todos_flow(site: Site) -> None:
    """Create, read, list, page, change, complete and delete to-dos; make mistakes."""
    token = newcomer(site, "ana.todos").id
    with site.step("create") as step:
        step.result = call(site, "POST", "/todos", token, {"title": "Buy milk"})
        todo = step.result.json["id"]
    with site.step("read") as step:
        step.result = call(site, "GET", f"/todos/{todo}", token)
    with site.step("update") as step:
        step.result = call(site, "PUT", f"/todos/{todo}", token, {"title": "Buy oat milk"})
    with site.step("complete") as step:
        step.result = call(site, "POST", f"/todos/{todo}/complete", token)
    with site.step("read again") as step:
        step.result = call(site, "GET", f"/todos/{todo}", token, fresh=True)
    with site.step("page") as step:
        for number in range(4):
            call(site, "POST", "/todos", token, {"title": f"Errand {number}"})
        step.result = _pages(site, token, limit=2)
    with site.step("delete") as step:
        step.result = call(site, "DELETE", f"/todos/{todo}", token)
    with site.step("read deleted") as step:
        step.result = call(site, "GET", f"/todos/{todo}", token, fresh=True)
    with site.step("mistakes") as step:
        step.result = {
            "no title": call(site, "POST", "/todos", token, {}),
            "empty title": call(site, "POST", "/todos", token, {"title": " "}),
            "title too long": call(site, "POST", "/todos", token, {"title": "x" * 201}),
            "not JSON": call(site, "POST", "/todos", token, raw="{title"),
            "limit 0": call(site, "GET", "/todos?limit=0", token),
            "done is a word": call(
                site, "PUT", f"/todos/{todo}", token, {"title": "x", "done": "yes"}
            ),
        }
    with site.step("look into the log") as step:
        step.result = _log_lines(site)


def isolation_flow(site: Site) -> None:
    """Ben knows the id of Ana's to-do and tries everything with it."""
    ana, ben = newcomer(site, "ana.isolation").id, newcomer(site, "ben.isolation").id
    with site.step("Ana creates") as step:
        step.result = call(site, "POST", "/todos", ana, {"title": "Ana's secret"})
        todo = step.result.json["id"]
    attempts: dict[str, tuple[str, str, Any]] = {
        "Ben reads it": ("GET", f"/todos/{todo}", None),
        "Ben changes it": ("PUT", f"/todos/{todo}", {"title": "Ben was here"}),
        "Ben completes it": ("POST", f"/todos/{todo}/complete", None),
        "Ben deletes it": ("DELETE", f"/todos/{todo}", None),
    }
    for name, (method, path, body) in attempts.items():
        with site.step(name) as step:
            step.result = call(site, method, path, ben, body)
    with site.step("Ben imports its id") as step:
        stolen = {"todos": [{"id": todo, "title": "Ben's copy"}]}
        step.result = call(site, "POST", "/todos/import", ben, stolen)
    with site.step("Ben lists") as step:
        step.result = call(site, "GET", "/todos", ben)
    with site.step("Ana reads it") as step:
        step.result = call(site, "GET", f"/todos/{todo}?consistent=true", ana)


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


def read_mostly_flow(site: Site) -> None:
    """A hundred requests, ninety-five of them reads, over ten to-dos; no stage cache."""
    token = newcomer(site, "ana.mostly").id
    with site.step("write ten to-dos"):
        ids = [
            call(site, "POST", "/todos", token, {"title": f"Errand {n}"}).json["id"]
            for n in range(10)
        ]
    with site.step("95:5") as step:
        statuses = []
        for number, kind in enumerate(MIX):
            # Seven minutes in all: longer than the cache keeps an item, so that it must look again.
            site.wait(seconds=4)
            todo = f"/todos/{ids[number * 7 % len(ids)]}"
            if kind == "w":
                body = {"title": f"Errand, round {number}"}
                statuses.append(call(site, "PUT", todo, token, body).status)
            else:
                path = "/todos" if kind == "l" else todo
                statuses.append(call(site, "GET", path, token, fresh=True).status)
        step.result = statuses


def consistency_flow(site: Site) -> None:
    """Read just after writing: through the cache, and around it."""
    token = newcomer(site, "ana.consistency").id

    def title(query: str = "") -> str:
        return str(call(site, "GET", f"/todos/{todo}{query}", token, fresh=True).json["title"])

    with site.step("write through the cache"):
        todo = call(site, "POST", "/todos", token, {"title": "first"}).json["id"]
        title()
        call(site, "PUT", f"/todos/{todo}", token, {"title": "second"})
    with site.step("read after writing through") as step:
        step.result = title()
    with site.step("write around the cache"):
        call(site, "POST", "/todos/import", token, {"todos": [{"id": todo, "title": "third"}]})
    with site.step("read after writing around") as step:
        step.result = title()
    with site.step("strongly consistent read") as step:
        step.result = title("?consistent=true")
    site.wait(minutes=5, seconds=1)
    with site.step("read after the cache's lifetime") as step:
        step.result = title()


def response_cache_flow(site: Site) -> None:
    """The stage answers a second read by itself, and never with somebody else's list."""
    ana, ben = newcomer(site, "ana.cache").id, newcomer(site, "ben.cache").id
    created = call(site, "POST", "/todos", ana, {"title": "Ana's secret"}).json
    with site.step("first read") as step:
        step.result = call(site, "GET", "/todos", ana)
    with site.step("second read") as step:
        step.result = call(site, "GET", "/todos", ana)
    with site.step("another user reads") as step:
        step.result = call(site, "GET", "/todos", ben)
    with site.step("another page is asked for") as step:
        step.result = call(site, "GET", "/todos?limit=1&consistent=true", ana)
    with site.step("read one"):
        call(site, "GET", f"/todos/{created['id']}", ana)
    with site.step("another user reads the same one") as step:
        step.result = call(site, "GET", f"/todos/{created['id']}", ben)
    call(site, "POST", "/todos", ana, {"title": "Later"})
    with site.step("read after a write") as step:
        step.result = call(site, "GET", "/todos?consistent=true", ana, fresh=True)
    with site.step("ask the stage to forget") as step:
        step.result = call(site, "GET", "/todos", ana, more={"Cache-Control": "max-age=0"})
    site.wait(minutes=2)
    with site.step("read after the lifetime") as step:
        step.result = call(site, "GET", "/todos", ana)


def burst_flow(site: Site) -> None:
    """A burst of writes meets no fixed capacity."""
    token = newcomer(site, "ana.burst").id
    with site.step("burst") as step:
        batch = {"todos": [{"title": f"Errand {n}"} for n in range(100)]}
        step.result = [call(site, "POST", "/todos/import", token, batch).status for _ in range(20)]


FLOWS = (
    Flow("https-only", "Only HTTPS", https_only),
    Flow("sign-in", "Sign up and sign in", sign_in_flow),
    Flow("tokens", "Good and bad tokens", tokens_flow),
    Flow("todos", "Keep to-dos", todos_flow),
    Flow("isolation", "Keep out of other people's to-dos", isolation_flow),
    Flow("files", "One's own folder in S3", files_flow),
    Flow("read-mostly", "Mostly reading, with DAX", read_mostly_flow),
    Flow("read-mostly-uncached", "Mostly reading, without", read_mostly_flow, "without-dax"),
    Flow("consistency", "Read after write", consistency_flow),
    Flow("response-cache", "The stage's cache", response_cache_flow),
    Flow("burst", "A burst of writes", burst_flow),
)


def _tampered(token: str) -> str:
    head, body, signature = token.split(".")
    middle = len(body) // 2
    changed = "A" if body[middle] != "A" else "B"
    return ".".join((head, body[:middle] + changed + body[middle + 1 :], signature))


def _foreign_token(site: Site) -> str:
    """A good id token, but of a user pool that is not this application's."""
    cognito = site.operator("cognito-idp")
    pool = cognito.create_user_pool(PoolName="another-application")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    user = {"UserPoolId": pool, "Username": "mallory"}
    cognito.admin_create_user(**user, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    made = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "mallory", "PASSWORD": PASSWORD},
    )
    return str(made["AuthenticationResult"]["IdToken"])


def _pages(site: Site, token: str, limit: int) -> list[list[str]]:
    pages, following = [], ""
    while True:
        page = call(site, "GET", f"/todos?limit={limit}{following}", token, fresh=True).json
        pages.append([todo["title"] for todo in page["todos"]])
        if "nextToken" not in page:
            return pages
        following = f"&nextToken={page['nextToken']}"


def _log_lines(site: Site) -> list[str]:
    """What the function's log group holds, as an administrator reads it."""
    name = site.outputs["FunctionName"]
    function = site.operator("lambda").get_function_configuration(FunctionName=name)
    group = function.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")
    events = site.operator("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"].strip() for event in events]


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


__all__ = ["BAD_TOKENS", "FLOWS", "MIX", "Tokens"]
