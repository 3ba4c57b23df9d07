"""The private key, servers, permissions, transport."""

from __future__ import annotations

import json

from archlib.scenarios.paid_content.checks.links import plays
from archlib.verify import Check, Evidence, Run, judged, not_met
from archlib.verify.permissions import least_privilege, permissions_are_used
from archlib.verify.resources import identity_statements, of_type, properties
from archlib.verify.serverless import no_bottleneck, on_demand, serverless
from archlib.verify.transport import refuses_plain_http

_FETCHING = ("secretsmanager:GetSecretValue", "ssm:GetParameter")


def key_nowhere_else(run: Run) -> Evidence:
    """The private key is where it is kept, and nowhere an administrator happens to look."""
    kept = run.needed("look", "the key itself").result
    found = run.needed("look", "look for the key")
    shown = [place for place, seen in found.result.items() if seen]
    return judged(
        not shown and all(kept.values()),
        f"the key is where the function fetches it, and in none of {len(found.result)} other "
        f"places: {', '.join(found.result)}",
        f"the private key can be read in {', '.join(shown)}" if shown else f"kept: {kept}",
    )


def no_key_in_template(run: Run) -> Evidence:
    """The template holds no private key, and no value for its place."""
    body = run.template.body
    filled = [
        name
        for name, resource in of_type(body, "AWS::SecretsManager::Secret").items()
        if {"SecretString", "GenerateSecretString"} & set(properties(resource))
    ]
    written = "PRIVATE KEY" in json.dumps(body)
    return judged(
        not filled and not written,
        "the template holds no private key; its place is empty until the stack stands",
        f"the template says what is in {', '.join(filled)}"
        if filled
        else "a private key is written into the template",
        resources=filled,
    )


def only_one_reader(run: Run) -> Evidence:
    """One statement of one role fetches one secret."""
    readers = []
    for one in identity_statements(run.template.body):
        fetched = [a for a in one.actions if a in _FETCHING or a.endswith(":*") or a == "*"]
        if one.statement.get("Effect") == "Allow" and fetched:
            readers.append((one.label, fetched, one.statement.get("Resource")))
    wide = [label for label, actions, where in readers
            if "*" in str(actions) or where in ("*", ["*"])]  # fmt: skip
    policies = of_type(run.template.body, "AWS::SecretsManager::ResourcePolicy")
    return judged(
        len(readers) == 1 and not wide and not policies,
        f"{readers[0][0] if readers else ''} alone may fetch the key, and fetch nothing else",
        f"may fetch secrets: {', '.join(label for label, _, _ in readers) or 'nobody'}"
        + (f"; too widely: {', '.join(wide)}" if wide else "")
        + (f"; and whoever {', '.join(policies)} admits" if policies else ""),
        resources=[label.split()[0] for label, _, _ in readers],
    )


def key_changes(run: Run) -> Evidence:
    """Another key takes over while links of the first one still play."""
    before, last, after = (
        _key_of(run.needed("keys", name).result)
        for name in ("before the change", "four minutes after the change",
                     "five minutes after the change")
    )  # fmt: skip
    steps = [
        run.needed("keys", name)
        for name in ("right after the change", "played with the second key",
                     "the first key's last link, four minutes old", "without the first key")
    ]  # fmt: skip
    bad = [f"{step.name}: {step.result}" for step in steps if not plays(step)]
    return judged(
        not bad and before == last != after,
        "with both keys in the group the second takes over within five minutes, the first key's "
        "last links live another five, and no link fails",
        "; ".join(bad)
        or f"links are signed with {before}, after four minutes with {last}, after five with "
        f"{after}",
        [hop for step in steps for hop in step.hops],
    )


def _key_of(target: str) -> str:
    return target.partition("Key-Pair-Id=")[2].partition("&")[0]


def tls_only(run: Run) -> Evidence:
    """Nobody answers over plain HTTP, but with a redirect or a refusal."""
    edge = run.needed("clear", "the edge")
    apis = [run.needed("clear", f"the {which} API") for which in ("links'", "members'")]
    bucket = run.needed("clear", "the bucket, by an auditor who may read it")
    bad = [f"{step.name}: {step.result}" for step in apis if step.result.status != 0]
    if edge.result.status != 301:
        bad.append(f"the edge: {edge.result}")
    if bucket.result != {"http": 403, "https": 200}:
        bad.append(f"the bucket: {bucket.result}")
    return judged(
        not bad,
        "over plain HTTP the APIs do not listen, the edge redirects (301) and the bucket refuses "
        "even an auditor who may read it (403, over HTTPS 200)",
        "; ".join(bad),
        (*edge.hops, *(hop for step in apis for hop in step.hops)),
    )


def logged(run: Run) -> Evidence:
    """What each function did can be read in its log."""
    step = run.needed("look", "look into the logs")
    counts = {
        name: sum(1 for line in lines if line.startswith("REPORT"))
        for name, lines in step.result.items()
    }
    if not counts:
        return not_met("the stack has no functions")
    silent = [name for name, count in counts.items() if not count]
    return judged(
        not silent,
        "each function's invocations are in its log: " + ", ".join(counts),
        f"the log of {', '.join(silent)} is empty",
    )


KEEPING = (
    Check("key-nowhere-else", "PAID-12", "The key is kept in one place", key_nowhere_else,
          ("look",)),
    Check("no-key-in-template", "PAID-12", "The key is in no template", no_key_in_template),
    Check("only-one-reader", "PAID-12", "Only the signing function reads it", only_one_reader),
    Check("key-changes", "PAID-12", "A key is changed without a break", key_changes, ("keys",)),
    Check("no-server", "PAID-13", "No machine among the resources", serverless),
    Check("on-demand", "PAID-13", "Tables are on demand", on_demand),
    Check("no-bottleneck", "PAID-13", "No fixed limit in the template", no_bottleneck),
    Check("least-privilege", "PAID-14", "No wildcard permission", least_privilege),
    Check("permissions-are-used", "PAID-14", "No permission that no flow uses",
          permissions_are_used, ("members", "doors", "payments")),
    Check("logged", "PAID-14", "What happened is in the logs", logged, ("look",)),
    Check("no-plain-http", "PAID-15", "Policies refuse plain HTTP", refuses_plain_http),
    Check("tls-only", "PAID-15", "Nobody answers in the clear", tls_only, ("clear",)),
)  # fmt: skip
