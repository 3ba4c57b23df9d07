"""The welcome mail: exactly one, from the blog, by the welcome function."""

from __future__ import annotations

from archlib.verify import Check, Evidence, Run, judged, met, not_met

_SEND = ("ses:SendEmail", "ses:SendRawEmail")


def one_mail_each(run: Run) -> Evidence:
    """Each subscriber has one mail, however often she subscribed."""
    for name in ("Ada subscribes", "Ada subscribes again", "Bob subscribes"):
        step = run.step("welcome", name)
        if step.result["status"] != 202:
            return not_met(f"{name}: {step.result['status']}", step.hops)
        if step.result["mails"] != 1:
            return not_met(f"{name}: {step.result['mails']} mails were sent", step.hops)
    return met("Ada subscribed twice and Bob once: one mail each", run.flow("welcome").hops)


def once_though_delivered_twice(run: Run) -> Evidence:
    """The stream handed the record out twice; one mail was sent."""
    step = run.step("welcome-twice", "Cleo subscribes")
    delivered = step.result["deliveries"]
    if delivered < 2:
        return not_met(f"the record was delivered {delivered} times, so nothing was tried")
    return judged(
        step.result["mails"] == 1,
        f"the stream delivered the record {delivered} times; one mail was sent",
        f"the stream delivered the record {delivered} times and {step.result['mails']} mails were "
        "sent",
        step.hops,
    )


def only_the_welcome_function(run: Run) -> Evidence:
    """Mails were sent by one function, from the blog's address."""
    sent = [
        hop
        for flow in run.flows.values()
        for hop in flow.hops
        if hop.action.replace("sesv2:", "ses:") in _SEND and hop.status < 400
    ]
    senders = {run.deployment.component_of(hop.source) for hop in sent}
    return judged(
        senders == {"WelcomeFunction"},
        f"{len(sent)} mails, all sent by WelcomeFunction",
        f"mails were sent by {', '.join(map(str, sorted(map(str, senders)))) or 'nobody'}",
        sent,
    )


def nothing_before_verification(run: Run) -> Evidence:
    """Too early there is no mail, and the failure is kept."""
    step, kept = (
        run.step("unverified", "Dan subscribes too early"),
        run.step("unverified", "what failed"),
    )
    if step.result["mails"]:
        return not_met("a mail was sent from an address that was not verified", step.hops)
    return judged(
        len(kept.result) > 0,
        "from an address that is not verified nothing is sent, and the failure waits in a queue",
        "nothing was sent, and nothing tells of it",
        step.hops,
    )


MAILS = (
    Check("one-mail-each", "BLOG-07", "One mail each", one_mail_each, ("welcome",)),
    Check("once-though-twice", "BLOG-07", "One mail when delivered twice",
          once_though_delivered_twice, ("welcome-twice",)),
    Check("only-the-welcome-function", "BLOG-08", "Only the welcome function sends",
          only_the_welcome_function, ("welcome",)),
    Check("nothing-unverified", "BLOG-08", "Nothing from an unverified address",
          nothing_before_verification, ("unverified",)),
)  # fmt: skip
