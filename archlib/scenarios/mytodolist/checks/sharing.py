"""One's own folder in S3: what opens it, and what does not."""

from __future__ import annotations

from archlib.verify import Check, Evidence, Run, judged, not_met
from archlib.verify.permissions import blocks_public_access
from archlib.verify.resources import of_type

_DENIED = frozenset({"AccessDenied", "ExpiredToken", "NotAuthorizedException", "403"})


def own_folder(run: Run) -> Evidence:
    """Store, retrieve, list and remove, with temporary credentials and no API in between."""
    names = ("store", "retrieve", "list", "remove")
    seen = {name: run.needed("files", name).result for name in names}
    expected = {"store": "ok", "retrieve": b"ana", "list": ["a.txt"], "remove": "ok"}
    hops = [hop for name in expected for hop in run.step("files", name).hops]
    wrong = {name: seen[name] for name in expected if seen[name] != expected[name]}
    return judged(
        not wrong,
        "stored, retrieved, listed and removed a file in the own folder, straight from the app",
        f"in the own folder: {wrong}",
        hops,
    )


def _all_denied(run: Run, step_name: str, what: str) -> Evidence:
    step = run.step("files", step_name)
    allowed = [name for name, code in step.result.items() if code not in _DENIED]
    return judged(
        not allowed,
        f"{what}: {len(step.result)} attempts denied",
        f"{what}: possible to {', '.join(f'{n} ({step.result[n]})' for n in allowed)}",
        step.hops,
    )


def no_trespass(run: Run) -> Evidence:
    """Other prefixes and other buckets are closed."""
    return _all_denied(run, "trespass", "outside the own folder")


def no_looking_around(run: Run) -> Evidence:
    """Nothing outside the own folder can be listed."""
    return _all_denied(run, "look around", "listing")


def no_anonymous(run: Run) -> Evidence:
    """Without signing in there is nothing."""
    return _all_denied(run, "anonymous", "without signing in")


def keys_expire(run: Run) -> Evidence:
    """An hour later the credentials are worth nothing."""
    step = run.step("files", "expired credentials")
    return judged(
        step.result == "ExpiredToken",
        "an hour later the credentials are refused: ExpiredToken",
        f"an hour later the credentials still get: {step.result}",
        step.hops,
    )


def stays_private(run: Run) -> Evidence:
    """Even an administrator's slip does not open the bucket."""
    step = run.step("files", "open the bucket to the world")
    return judged(
        step.result["a stranger reads"] in _DENIED,
        "a public bucket policy is refused or without effect: a stranger gets "
        f"{step.result['a stranger reads']}",
        f"the public bucket policy was accepted ({step.result['public policy']}) and a stranger "
        "read a user's file",
        step.hops,
    )


def roles_move_files(run: Run) -> Evidence:
    """Every file was moved with a role's temporary session."""
    buckets = [
        run.deployment.arn_of(name) for name in of_type(run.template.body, "AWS::S3::Bucket")
    ]
    moved = [
        hop
        for arn in buckets
        if arn
        for step in run.completed("files").steps
        for hop in step.hops_to(arn)
        if hop.status < 400
        and hop.source == "client"
        and ":user/administrator" not in hop.principal
    ]
    standing = [hop for hop in moved if ":assumed-role/" not in hop.principal]
    if not moved:
        return not_met("no file was moved")
    return judged(
        not standing,
        f"{len(moved)} calls moved files, each with a role's session that expires",
        f"files were moved by {', '.join(sorted({h.principal for h in standing}))}",
        moved,
    )


SHARING = (
    Check("own-folder", "TODO-07", "The own folder is open", own_folder, ("files",)),
    Check("no-trespass", "TODO-07", "Other folders are closed", no_trespass, ("files",)),
    Check("no-looking-around", "TODO-07", "Listing is closed", no_looking_around, ("files",)),
    Check("no-anonymous", "TODO-07", "Nothing without signing in", no_anonymous, ("files",)),
    Check("keys-expire", "TODO-07", "Credentials expire", keys_expire, ("files",)),
    Check("stays-private", "TODO-07", "The bucket cannot be opened", stays_private, ("files",)),
    Check("blocks-public-access", "TODO-07", "The template says so", blocks_public_access),
    Check("roles-move-files", "TODO-08", "Files move with role sessions", roles_move_files,
          ("files",)),
)  # fmt: skip
