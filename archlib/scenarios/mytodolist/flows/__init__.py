"""What people do with MyTodoList, and what they must not be able to do.

Every flow uses people of its own, so that flows do not depend on one another.
"""

from __future__ import annotations

from archlib.scenarios.mytodolist.flows.caching import (
    DIFFERENCES,
    MIX,
    cache_key_flow,
    consistency_flow,
    read_mostly_flow,
    response_cache_flow,
)
from archlib.scenarios.mytodolist.flows.keeping import burst_flow, isolation_flow, todos_flow
from archlib.scenarios.mytodolist.flows.sharing import files_flow
from archlib.scenarios.mytodolist.flows.trust import (
    BAD_TOKENS,
    https_only,
    sign_in_flow,
    tokens_flow,
    web_view_flow,
)
from archlib.verify import Flow

FLOWS = (
    Flow("https-only", "Only HTTPS", https_only),
    Flow("web-view", "The app in a web view", web_view_flow),
    Flow("sign-in", "Sign up and sign in", sign_in_flow),
    Flow("tokens", "Good and bad tokens", tokens_flow),
    Flow("todos", "Keep to-dos", todos_flow),
    Flow("isolation", "Keep out of other people's to-dos", isolation_flow),
    Flow("files", "One's own folder in S3", files_flow),
    Flow("read-mostly", "Mostly reading, with DAX", read_mostly_flow),
    Flow("read-mostly-uncached", "Mostly reading, without", read_mostly_flow, "without-dax"),
    Flow("consistency", "Read after write", consistency_flow),
    Flow("response-cache", "The stage's cache", response_cache_flow),
    Flow("cache-key", "What tells cached answers apart", cache_key_flow),
    Flow("burst", "A burst of writes", burst_flow),
)

__all__ = ["BAD_TOKENS", "DIFFERENCES", "FLOWS", "MIX"]
