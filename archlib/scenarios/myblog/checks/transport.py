"""Nothing is sent in the clear."""

from __future__ import annotations

from archlib.verify import Check, Evidence, Run, judged
from archlib.verify.transport import refuses_plain_http


def uploads_need_https(run: Run) -> Evidence:
    """An author's photo over plain HTTP is refused, by the bucket and by the edge."""
    seen = {
        way: (
            run.step("clear", f"in the clear {way}").result,
            run.step("clear", f"encrypted {way}").result,
        )
        for way in ("to the bucket", "to the edge")
    }
    said = ", ".join(f"{way} {plain} (over HTTPS {safe})" for way, (plain, safe) in seen.items())
    return judged(
        all(plain >= 300 and safe == 200 for plain, safe in seen.values()),
        f"a photo over plain HTTP is refused: {said}",
        f"a photo over plain HTTP: {said}",
        run.flow("clear").hops,
    )


TRANSPORT = (
    Check("no-plain-http", "BLOG-15", "Policies refuse plain HTTP", refuses_plain_http),
    Check("uploads-need-https", "BLOG-15", "Uploads need HTTPS", uploads_need_https, ("clear",)),
)
