"""Posts: published by the author, read by everybody, near and far."""

from __future__ import annotations

from archlib.scenarios.browsing import send, url
from archlib.scenarios.myblog.readers import author_keys, publish_post
from archlib.scenarios.operators import role_takers
from archlib.verify import Site

#: 97 reads to 3 writes: posts are rarely written and often read.
MIX = tuple("w" if i % 33 == 16 else "l" if i % 4 == 0 else "r" for i in range(100))


def posts_flow(site: Site) -> None:
    """Publish, list and read; try to publish without being an author."""
    with site.step("a stranger publishes") as step:
        post = {"title": "Spam", "body": "Buy!"}
        step.result = send("POST", url(site, "ApiUrl", "/posts"), post)
    with site.step("the author publishes") as step:
        step.result = publish_post(site, author_keys(site), "Hello")
        post_id = step.result.value("id")
    with site.step("everybody lists") as step:
        step.result = send("GET", url(site, "ApiUrl", "/posts"))
    with site.step("everybody reads") as step:
        step.result = send("GET", url(site, "ApiUrl", f"/posts/{post_id}"))
    with site.step("another one reads") as step:
        step.result = send("GET", url(site, "ApiUrl", f"/posts/{post_id}"))
    with site.step("plain HTTP") as step:
        step.result = send("GET", url(site, "ApiUrl", "/posts").replace("https:", "http:"))
    with site.step("mistakes") as step:
        step.result = {
            "no such post": send("GET", url(site, "ApiUrl", "/posts/nothing")).status,
            "no address": send("POST", url(site, "ApiUrl", "/subscribers"), {}).status,
            "bad address": send(
                "POST", url(site, "ApiUrl", "/subscribers"), {"email": "nobody"}
            ).status,
        }


def mostly_reading_flow(site: Site) -> None:
    """A hundred requests, ninety-seven of them reads, in a quarter of an hour."""
    keys = author_keys(site)
    with site.step("publish five posts"):
        ids = [publish_post(site, keys, f"Post {n}").value("id") for n in range(5)]
    with site.step("97:3") as step:
        statuses = []
        for number, kind in enumerate(MIX):
            # Long enough for the stage to forget now and then, and for DAX to forget, too.
            site.wait(seconds=8)
            if kind == "w":
                statuses.append(publish_post(site, keys, f"News {number}").status)
            else:
                path = "/posts" if kind == "l" else f"/posts/{ids[number * 7 % len(ids)]}"
                statuses.append(send("GET", url(site, "ApiUrl", path)).status)
        step.result = statuses


def replica_flow(site: Site) -> None:
    """What is written here can be read there, soon."""
    keys = author_keys(site)
    with site.step("publish"):
        post_id = publish_post(site, keys, "To be read abroad").value("id")
    abroad = site.operator("dynamodb", region=site.outputs["ReplicaRegion"])
    table = site.outputs["TableName"]

    def found() -> bool:
        try:
            items = abroad.scan(TableName=table)["Items"]
        except abroad.exceptions.ResourceNotFoundException:
            return False  # there is no replica at all
        return any(post_id in str(item) for item in items)

    with site.step("look abroad at once") as step:
        step.result = found()
    site.wait(seconds=5)
    with site.step("look abroad a little later") as step:
        step.result = found()
    with site.operating():
        _write_twice(site)


def _write_twice(site: Site) -> None:
    """The operator writes the same item in both regions, within the lag; each has its turn."""
    table, places = (
        site.outputs["TableName"],
        {
            "home": site.operator("dynamodb"),
            "abroad": site.operator("dynamodb", region=site.outputs["ReplicaRegion"]),
        },
    )
    for first, last in (("home", "abroad"), ("abroad", "home")):
        key = {"pk": {"S": f"note#{last}"}, "sk": {"S": "note"}}
        with site.step(f"written at {first}, then {last}") as step:
            for place in (first, last):
                places[place].put_item(TableName=table, Item={**key, "by": {"S": place}})
                site.wait(seconds=0.1)
            site.wait(seconds=5)
            step.result = {
                place: items.get_item(TableName=table, Key=key)["Item"]["by"]["S"]
                for place, items in places.items()
            }


def authors_flow(site: Site) -> None:
    """Who may take on the author's role: only whom the account's administrators let."""
    role_takers(site, site.outputs["AuthorRoleArn"], "writer")
