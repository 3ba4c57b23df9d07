"""MyBlog.com as components and connections.

Static pages come from the nearest edge location, everything else from a public REST API, whose
reads the stage's cache and DAX answer. Photos go straight to S3, or to it through the nearest
edge location, and have thumbnails made of them; new subscribers get a mail. The table has a
replica near readers of another region.

Two pictures show it, the website and the welcome mail; both are views of this one design.

Who may write: posts are everybody's to read and the author's to write, so ``POST /posts`` asks
for a signed request (IAM authorization), and a direct upload for the same credentials; one role,
which the account's administrators give to authors, may do both. An API key would not do: it
meters callers and authorizes nobody (Amazon API Gateway Developer Guide, "Usage plans and API
keys for REST APIs", "Best practices for API keys and usage plans"). The upload distribution
passes on what anybody sends, since the picture's identity signs for everybody; so all it may do is
add objects below ``photos/``: not read, list or delete any. Sites that know their senders add
signed URLs.
"""

from __future__ import annotations

from pathlib import Path

from archlib.architecture.model import Architecture, View
from archlib.architecture.values import REGION, Output
from archlib.components import (
    Behavior,
    Browser,
    Bucket,
    Caching,
    Cors,
    Distribution,
    Function,
    GlobalTable,
    Layer,
    RestApi,
    TableReplica,
)
from archlib.components.cdn import ACCESS
from archlib.errors import UsageError
from archlib.scenarios.myblog import records
from archlib.scenarios.myblog.photos import photos
from archlib.scenarios.myblog.requirements import REQUIREMENTS
from archlib.scenarios.myblog.routes import ROUTES
from archlib.scenarios.myblog.welcome import welcome

CODE = Path(__file__).parent / "functions" / "posts"
DATABASES = ("dynamodb", "aurora")

DAX_CLIENT = Layer(
    ("amazon-dax-client", "antlr4-python3-runtime", "six"),
    "The DAX client for Python, with what it imports and Lambda's runtime lacks",
)

MAIL_GRID = """
SiteEdge  SiteBucket  BlogCache      BlogTable     .
Client    BlogApi     PostsFunction  BlogStream    WelcomeFunction
.         .           .              MailFailures  WelcomeMail
"""

SIGNED_HEADERS = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256")
"""What a signed request of an author's browser carries."""

PAGES = Caching("Pages", minimum=0, default=300, maximum=86_400)
FILES = Caching("Files", minimum=86_400, default=2_592_000, maximum=31_536_000)
"""Files below /assets/ bear their content's digest in their names, so a new one is another path."""


def architecture(
    *, access: str = "oai", database: str = "dynamodb", dax: bool = True
) -> Architecture:
    """The design.

    ``access`` is how distributions prove themselves to their buckets: ``oai`` as the pictures
    show it, or ``oac`` as AWS recommends. With ``database="aurora"`` posts are rows in an Aurora
    global database, with no DAX before it; subscribers stay in DynamoDB, whose stream brings them
    their mail. Without ``dax`` the function reads the table itself and needs no VPC. Raises
    :class:`UsageError` for other values.
    """
    for name, value, known in (("access", access, ACCESS), ("database", database, DATABASES)):
        if value not in known:
            raise UsageError(f"{name}={value!r} is not offered", hint=f"one of {', '.join(known)}")
    cached = dax and database == "dynamodb"
    client = Browser("Client", "Client")
    site = Distribution(
        "SiteEdge",
        "CloudFront global distribution (static site)",
        behaviors=(Behavior("/assets/*", FILES), Behavior("*", PAGES)),
        root="index.html",
        missing="/404.html",
        headers=True,
        description="The blog's pages and files",
    )
    pages = Bucket("SiteBucket", "Amazon S3\n(site)", purpose="The blog's pages and files")
    api = RestApi(
        "BlogApi",
        "Amazon API Gateway",
        description="Posts for everybody, and new subscribers",
        cors=Cors(headers=(*SIGNED_HEADERS, "Content-Type", "Cache-Control")),
    )
    function = Function(
        "PostsFunction",
        "AWS Lambda",
        boundary=records.NETWORK.name if cached else None,
        code=CODE,
        layer=DAX_CLIENT if cached else None,
        description="Lists, shows and publishes posts, and adds subscribers",
    )
    table = GlobalTable("BlogTable", "DynamoDB", partition_key="pk", sort_key="sk")
    replica = TableReplica("BlogReplica", "DynamoDB\n(another region)", region="eu-west-1")
    if database == "aurora":
        kept = records.in_aurora(function, table)
    else:
        kept = (records.behind_dax if cached else records.in_the_table)(function, table)
    photo, mail = photos(client, access), welcome(table)
    shared = (client, site, pages, api, function, *kept.components, table)
    return Architecture(
        name="myblog",
        title="MyBlog.com",
        description=(
            "A blog for readers everywhere: static pages, posts behind a public REST API, "
            "thumbnails of photos, and a mail for each new subscriber"
        ),
        components=(*shared, replica, *photo.components, *mail.components),
        connections=(
            client.browses(site),
            site.reaches(pages, access=access, note=ACCESS[access].note),
            client.calls(api, signed=tuple(route for route in ROUTES if route.signed)),
            api.caches_responses(ttl=60, size="0.5", by_caller=False),
            api.invokes(function, routes=ROUTES),
            *kept.connections,
            table.replicates_to(replica),
            *photo.connections,
            *mail.connections,
        ),
        boundaries=kept.boundaries,
        requirements=REQUIREMENTS,
        outputs=(
            Output("SiteUrl", "Where the blog is read", site.url),
            Output("SiteDistributionId", "What an invalidation names", site.distribution_id),
            Output("SiteBucketName", "Bucket of the pages and files", pages.bucket_name),
            Output("ApiUrl", "Base URL of the blog's API", api.url),
            Output("AuthorRoleArn", "Role that authors take on", client.role_arn),
            Output("TableName", "Table of posts and subscribers", table.table_name),
            Output("ReplicaRegion", "Region of the table's replica", replica.region_name),
            *kept.outputs,
            *photo.outputs,
            *mail.outputs,
            Output("Region", "Region of all of it", REGION),
        ),
        views=(
            View(
                "site",
                "MyBlog.com: the website",
                "Pages from the edge, posts from a public REST API, photos and their thumbnails",
                tuple(c.name for c in (*shared, replica, *photo.components)),
            ),
            View(
                "mail",
                "MyBlog.com: the welcome mail",
                "A new subscriber is a change in the table, whose stream brings the mail",
                tuple(c.name for c in (*shared, *mail.components)),
                MAIL_GRID if cached else None,
            ),
        ),
    )


__all__ = ["ROUTES", "architecture"]
