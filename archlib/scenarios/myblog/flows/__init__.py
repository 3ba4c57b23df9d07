"""What readers, subscribers and the author of MyBlog do."""

from __future__ import annotations

from archlib.scenarios.myblog.flows.logs import logs_flow
from archlib.scenarios.myblog.flows.mail import (
    batch_flow,
    died_flow,
    forbidden_flow,
    refused_flow,
    twice_flow,
    unverified_flow,
    welcome_flow,
)
from archlib.scenarios.myblog.flows.pages import detour_flow, site_flow
from archlib.scenarios.myblog.flows.photos import (
    bad_photos_flow,
    clear_flow,
    far_flow,
    thumbnails_flow,
    told_flow,
)
from archlib.scenarios.myblog.flows.posts import (
    MIX,
    authors_flow,
    mostly_reading_flow,
    posts_flow,
    replica_flow,
)
from archlib.verify import Flow

FLOWS = (
    Flow("unverified", "Subscribing too early", unverified_flow),
    Flow("site", "Reading from four continents", site_flow),
    Flow("detour", "Around the edge", detour_flow),
    Flow("detour-oac", "Around the edge, with OAC", detour_flow, "oac"),
    Flow("authors", "Becoming an author", authors_flow),
    Flow("posts", "Publishing and reading", posts_flow),
    Flow("mostly-reading", "Mostly reading, with DAX", mostly_reading_flow),
    Flow("mostly-reading-uncached", "Mostly reading, without", mostly_reading_flow, "without-dax"),
    Flow("replica", "Read in another region", replica_flow),
    Flow("welcome", "One mail each", welcome_flow),
    Flow("welcome-twice", "Delivered twice", twice_flow),
    Flow("refused", "SES refuses at first", refused_flow),
    Flow("batch", "A broken record in a batch", batch_flow),
    Flow("died", "An attempt died midway", died_flow),
    Flow("forbidden", "The role lacks SES", forbidden_flow),
    Flow("thumbnails", "Three ways to upload", thumbnails_flow),
    Flow("bad-photos", "What is no photo", bad_photos_flow),
    Flow("told", "A subscriber of the topic", told_flow),
    Flow("clear", "In the clear", clear_flow),
    Flow("far", "From another continent", far_flow),
    Flow("last-look", "What the logs say", logs_flow),
)

__all__ = ["FLOWS", "MIX"]
