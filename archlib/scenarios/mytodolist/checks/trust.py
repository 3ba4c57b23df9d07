"""HTTPS only, sign-in, and which tokens get through."""

from __future__ import annotations

from typing import Any

from archlib.scenarios.mytodolist.flows import BAD_TOKENS
from archlib.verify import Check, Evidence, Run, judged, met, not_met
from archlib.verify.measures import invocations
from archlib.verify.resources import of_type, properties


def https_answers(run: Run) -> Evidence:
    """HTTPS is answered; plain HTTP is not."""
    plain, secure = run.step("https-only", "plain HTTP"), run.step("https-only", "HTTPS")
    if secure.result.status == 0:
        return not_met(f"HTTPS is not answered: {secure.result.text}", secure.hops)
    if 200 <= plain.result.status < 400:
        return not_met(f"plain HTTP is answered with {plain.result.status}", plain.hops)
    how = plain.result.status or "a refused connection"
    return met(f"HTTPS answers; plain HTTP gets {how}", (*plain.hops, *secure.hops))


def files_need_https(run: Run) -> Evidence:
    """The same signed link works over HTTPS and is refused over HTTP."""
    step = run.step("files", "without encryption in transit")
    http, https = step.result["http"], step.result["https"]
    return judged(
        https == 200 and http in (0, 403),
        f"a signed link to a file gets {https} over HTTPS and {http or 'no connection'} over HTTP",
        f"a signed link to a file gets {https} over HTTPS and {http} over plain HTTP",
        step.hops,
    )


def registration(run: Run) -> Evidence:
    """Weak passwords, unconfirmed users and wrong codes are refused; the right code works."""
    expected = {
        "weak password": "InvalidPasswordException",
        "sign in before confirming": "UserNotConfirmedException",
        "wrong code": "CodeMismatchException",
    }
    for name, code in expected.items():
        step = run.step("sign-in", name)
        if step.result != code:
            return not_met(f"{name}: {step.result}, not {code}", step.hops)
    run.step("sign-in", "right code")
    return met("weak password, unconfirmed user and wrong code refused; the mailed code confirms")


def sign_in_works(run: Run) -> Evidence:
    """Password and SRP sign-in work with the right password only, and the token is good."""
    for name in ("wrong password", "wrong password by SRP"):
        step = run.step("sign-in", name)
        if step.result != "NotAuthorizedException":
            return not_met(f"{name}: {step.result}", step.hops)
    run.step("sign-in", "sign in by password")
    run.step("sign-in", "sign in by SRP")
    used, refreshed = run.step("sign-in", "use the token"), run.step("sign-in", "refresh")
    if refreshed.result != "ok":
        return not_met(f"staying signed in: {refreshed.result}", refreshed.hops)
    return judged(
        used.result.status == 200,
        "signed in by password and by SRP, and stays so; the id token opens the API",
        f"the id token got {used.result.status}: {used.result.text}",
        used.hops,
    )


def tells_nobody(run: Run) -> Evidence:
    """Who tries addresses does not learn which of them are registered."""
    stranger = run.step("sign-in", "unknown address")
    known = run.step("sign-in", "wrong password")
    return judged(
        stranger.result == known.result,
        f"an unknown address and a wrong password get the same answer: {known.result}",
        f"an unknown address gets {stranger.result}, a wrong password {known.result}",
        (*stranger.hops, *known.hops),
    )


def web_views(run: Run) -> Evidence:
    """Browsers get their permission first, and can read every answer, refusals among them."""
    asked = run.step("web-view", "may I change a to-do?")
    allowed = asked.result.headers.get("Access-Control-Allow-Methods", "")
    if asked.result.status not in (200, 204) or "PUT" not in allowed:
        return not_met(
            f"the browser's question got {asked.result.status} and may send {allowed or 'nothing'}",
            asked.hops,
        )
    files = [
        name
        for name, bucket in of_type(run.template.body, "AWS::S3::Bucket").items()
        if not {"GET", "PUT"} <= _cors_methods(properties(bucket))
    ]
    if files:
        return not_met(f"{', '.join(files)} lets no page read and write files", resources=files)
    for name in ("refused by the gateway", "answered by the function"):
        step = run.step("web-view", name)
        if step.result.headers.get("Access-Control-Allow-Origin") != "*":
            return not_met(f"a page cannot read what is {name}: {step.result.status}", step.hops)
    return met("preflights are answered; answers, refusals and files can be read by a web view")


def _cors_methods(bucket: dict[str, Any]) -> set[str]:
    rules = (bucket.get("CorsConfiguration") or {}).get("CorsRules", ())
    return {method for rule in rules for method in rule.get("AllowedMethods", ())}


def bad_tokens(run: Run) -> Evidence:
    """Each bad token gets 401, and the function is not invoked."""
    steps = {name: run.step("tokens", name) for name in BAD_TOKENS}
    hops = [hop for step in steps.values() for hop in step.hops]
    invoked = {name: bool(invocations(run, step)) for name, step in steps.items()}
    wrong = [
        f"{name}: {step.result.status}, the function was {'' if invoked[name] else 'not '}invoked"
        for name, step in steps.items()
        if step.result.status != 401 or invoked[name]
    ]
    if wrong:
        return not_met("; ".join(wrong), hops)
    return met(f"{len(BAD_TOKENS)} bad tokens got 401; the function was never invoked", hops)


def good_token(run: Run) -> Evidence:
    """A fresh id token gets through."""
    step = run.step("tokens", "good token")
    return judged(
        step.result.status == 200 and invocations(run, step) == 1,
        "a valid id token gets 200 and one invocation",
        f"a valid id token got {step.result.status}: {step.result.text}",
        step.hops,
    )


TRUST = (
    Check("https-only", "TODO-01", "The API answers HTTPS only", https_answers, ("https-only",)),
    Check(
        "files-need-https", "TODO-01", "Files move over HTTPS only", files_need_https, ("files",)
    ),
    Check("web-views", "TODO-01", "The app may be a web page", web_views, ("web-view",)),
    Check("registration", "TODO-03", "Registration is checked", registration, ("sign-in",)),
    Check("sign-in", "TODO-03", "Password and SRP sign-in", sign_in_works, ("sign-in",)),
    Check("tells-nobody", "TODO-03", "Addresses cannot be tried out", tells_nobody, ("sign-in",)),
    Check("bad-tokens", "TODO-04", "Bad tokens stop at the gateway", bad_tokens, ("tokens",)),
    Check("good-token", "TODO-04", "A good token gets through", good_token, ("tokens",)),
)
