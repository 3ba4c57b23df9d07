"""Posts as rows in Aurora (PostgreSQL), through the RDS Data API: no connection to keep."""

import os

import boto3

CREATE = """
CREATE TABLE IF NOT EXISTS posts (
    id text PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL,
    photo text,
    created bigint NOT NULL
)
"""


class Posts:
    """Posts in the cluster that ``CLUSTER_ARN`` names."""

    def __init__(self):
        self.client = boto3.client("rds-data")
        self.place = {
            "resourceArn": os.environ["CLUSTER_ARN"],
            "secretArn": os.environ["SECRET_ARN"],
            "database": os.environ["DATABASE_NAME"],
        }
        self.prepared = False

    def page(self, limit, after):
        """Posts without their text, newest first, from the one after ``after``; is there more?"""
        rows = self._run(
            "SELECT id, title, photo, created FROM posts "
            "WHERE :after = '' OR id < :after ORDER BY id DESC LIMIT :limit",
            after={"stringValue": after or ""},
            limit={"longValue": limit + 1},
        )
        found = [_post(row, ("id", "title", "photo", "created")) for row in rows]
        return found[:limit], len(found) > limit

    def read(self, post_id):
        """One post, or None."""
        rows = self._run(
            "SELECT id, title, body, photo, created FROM posts WHERE id = :id",
            id={"stringValue": post_id},
        )
        columns = ("id", "title", "body", "photo", "created")
        return _post(rows[0], columns) if rows else None

    def add(self, post):
        """Store a new post."""
        photo = {"stringValue": post["photo"]} if "photo" in post else {"isNull": True}
        self._run(
            "INSERT INTO posts (id, title, body, photo, created) "
            "VALUES (:id, :title, :body, :photo, :created)",
            id={"stringValue": post["id"]},
            title={"stringValue": post["title"]},
            body={"stringValue": post["body"]},
            photo=photo,
            created={"longValue": post["created"]},
        )

    def _run(self, sql, **values):
        if not self.prepared:
            self.client.execute_statement(sql=CREATE, **self.place)
            self.prepared = True
        parameters = [{"name": name, "value": value} for name, value in values.items()]
        answer = self.client.execute_statement(sql=sql, parameters=parameters, **self.place)
        return answer.get("records", [])


def _post(row, columns):
    post = {}
    for name, field in zip(columns, row, strict=True):
        if not field.get("isNull"):
            post[name] = next(iter(field.values()))
    return post
