"""Where posts and subscribers are kept, and how the API's function reaches them."""

from __future__ import annotations

from archlib.architecture.values import Output
from archlib.components import DaxCluster, Function, GlobalDatabase, GlobalTable, Vpc
from archlib.scenarios.part import Part

OPERATIONS = ("GetItem", "Query", "PutItem")
NETWORK = Vpc("Network", "VPC, private subnets")


def behind_dax(function: Function, table: GlobalTable) -> Part:
    """Both in the table, with a cache before it."""
    cache = DaxCluster("BlogCache", "DAX\ncaching layer", boundary=NETWORK.name)
    return Part(
        components=(cache,),
        connections=(
            function.reads_and_writes_through(cache, operations=OPERATIONS, table=table),
            cache.fronts(table, operations=OPERATIONS),
        ),
        boundaries=(NETWORK,),
        outputs=(Output("CacheEndpoint", "Where DAX clients connect", cache.endpoint),),
    )


def in_the_table(function: Function, table: GlobalTable) -> Part:
    """Both in the table, with nothing before it."""
    reading = function.reads_and_writes(table, operations=OPERATIONS, label="query / read")
    return Part(components=(), connections=(reading,))


def in_aurora(function: Function, table: GlobalTable) -> Part:
    """Posts in an Aurora global database; subscribers in the table, for the sake of its stream."""
    posts = GlobalDatabase(
        "BlogDatabase", "Aurora\nglobal database", database="blog", boundary=NETWORK.name
    )
    joining = "What a cluster of another region joins"
    return Part(
        components=(posts,),
        connections=(
            function.queries(posts),
            function.writes(table, operations=("PutItem",), label="new subscribers"),
        ),
        boundaries=(NETWORK,),
        outputs=(Output("GlobalClusterId", joining, posts.global_cluster),),
    )
