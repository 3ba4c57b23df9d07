"""Exercise: a template whose signing function gets no key."""

from __future__ import annotations

from typing import Any

from archlib.scenarios import answering
from archlib.scenarios.answering import Body, deployed, failure, replaced_by
from archlib.scenarios.paid_content import SCENARIO
from archlib.scenarios.paid_content.studio import MOON, publish, stored_key
from archlib.scenarios.paid_content.viewers import ask_link, play, premium
from archlib.verify import Site
from archlib.verify.exercise import Exercise, Marked

_BROKEN = "may-not-fetch"
_GUARDED = ("only-one-reader", "least-privilege", "permissions-are-used")


def broken() -> Body:
    """The template of the exercise “mend”: a working copy with one thing wrong."""
    return answering.broken(SCENARIO, _BROKEN)


def _judge(answer: Any) -> Marked:
    edit = replaced_by(answering.mended(answer, broken()))
    from archlib.errors import DeploymentError, TemplateError

    try:
        with deployed(SCENARIO, edit) as (_, site):
            wrong = _links(site)
    except (DeploymentError, TemplateError) as error:
        return Marked(False, f"the stack is refused: {error}")
    wrong = wrong or failure(answering.judged(SCENARIO, edit, _GUARDED))
    if wrong is not None:
        return Marked(False, wrong)
    return Marked(True, "links are given and play; another secret of the account stays closed.")


def _links(site: Site) -> str | None:
    """What is wrong with the links; None when they are given with the one secret alone."""
    publish(site)
    ana = premium(site, "ana", MOON)
    mark = site.mark()
    given = ask_link(site, ana, MOON)
    if given.status != 200:
        refused = [hop for hop in site.since(mark) if hop.error == "AccessDeniedException"]
        why = f": {refused[0].detail['iam']}" if refused else ""
        return f"Ana asks for a link and gets {given.status}{why}."
    if (played := play(given.value("url"))).status != 200:
        return f"Ana's link is {played}."
    _sign_from_another_secret(site)
    if ask_link(site, ana, MOON).status == 200:
        return "links are given, and the function may fetch another secret of the account, too."
    return None


def _sign_from_another_secret(site: Site) -> None:
    """Let the function look for its key in another secret, which holds the same."""
    other = site.operator("secretsmanager").create_secret(
        Name="not-yours", SecretString=stored_key(site)
    )
    functions, name = site.operator("lambda"), site.outputs["LinkFunctionName"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name,
        Environment={"Variables": {**variables, "SIGNING_SECRET": other["ARN"]}},
    )


MEND = Exercise(
    "mend",
    "Nobody gets a link",
    "Somebody cleaned up the template, and everybody who asks for a link gets a 502. The template "
    "is `archlib.scenarios.paid_content.exercises.broken()`. Find out what the signing function "
    "may no longer do, and write a function that gives it back: for its own secret and no other.",
    "a function `def mend(body): …` that changes the template's body in place",
    (
        "The role is `LinkFunctionRole`; a chapter above shows its statements.",
        '`{"Ref": "SigningKey"}` is the secret\'s ARN. A secret\'s ARN ends in six characters '
        "that Secrets Manager chooses, so a name alone does not do.",
    ),
    _judge,
)
