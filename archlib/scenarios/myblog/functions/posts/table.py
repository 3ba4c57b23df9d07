"""Posts and subscribers as items of one DynamoDB table, through DAX or without.

Keys: ``pk`` "posts" and ``sk`` the post's id, so that one query gives the newest; ``pk``
"subscriber#ADDRESS" and ``sk`` "subscription", so that an address is there once. All posts share
a partition: a blog is rarely written, and its reads are answered by caches.
"""

POSTS = "posts"


class Posts:
    """Posts in the table; ``items`` is a DynamoDB or a DAX client."""

    def __init__(self, items, table):
        self.items = items
        self.table = table

    def page(self, limit, after):
        """Posts without their text, newest first, from the one after ``after``; is there more?"""
        request = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :posts",
            "ExpressionAttributeValues": {":posts": {"S": POSTS}},
            "ProjectionExpression": "pk, sk, title, created, photo",
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after is not None:
            request["ExclusiveStartKey"] = {"pk": {"S": POSTS}, "sk": {"S": after}}
        page = self.items.query(**request)
        return [_post(item) for item in page["Items"]], bool(page.get("LastEvaluatedKey"))

    def read(self, post_id):
        """One post, or None."""
        key = {"pk": {"S": POSTS}, "sk": {"S": post_id}}
        item = self.items.get_item(TableName=self.table, Key=key).get("Item")
        return _post(item) if item else None

    def add(self, post):
        """Store a new post."""
        item = {"pk": {"S": POSTS}, "sk": {"S": post["id"]}}
        for name in ("title", "body", "photo"):
            if name in post:
                item[name] = {"S": post[name]}
        item["created"] = {"N": str(post["created"])}
        self.items.put_item(TableName=self.table, Item=item)


class Subscribers:
    """Subscribers in the table."""

    def __init__(self, items, table):
        self.items = items
        self.table = table

    def add(self, address, now):
        """Store a subscriber, unless the address is one: then nothing changes in the stream."""
        try:
            self.items.put_item(
                TableName=self.table,
                Item={
                    "pk": {"S": f"subscriber#{address}"},
                    "sk": {"S": "subscription"},
                    "email": {"S": address},
                    "since": {"N": str(now)},
                },
                ConditionExpression="attribute_not_exists(pk)",
            )
        except Exception as error:
            # DAX raises a class of its own; the code is what both clients share.
            code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
            if code != "ConditionalCheckFailedException":
                raise


def _post(item):
    post = {"id": item["sk"]["S"], "created": int(item["created"]["N"])}
    for name in ("title", "body", "photo"):
        if name in item:
            post[name] = item[name]["S"]
    return post
