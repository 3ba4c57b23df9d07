"""The welcome mail: exactly one, from the blog, by the welcome function."""

from __future__ import annotations

from archlib.verify import Check, Evidence, Run, judged, met, not_met

_SEND = ("ses:SendEmail", "ses:SendRawEmail")


def one_mail_each(run: Run) -> Evidence:
    """Each subscriber has one mail, however often she subscribed."""
    for name in ("Ada subscribes", "Ada subscribes again", "Bob subscribes"):
        step = run.step("welcome", name)
        if step.result["status"] != 202:
            return not_met(f"{name}: the API answers {step.result['status']}", step.hops)
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


def once_though_refused(run: Run) -> Evidence:
    """SES refused at first; the retry sent one mail."""
    first = run.step("refused", "Eve subscribes while sending is paused")
    if first.result["status"] != 202 or first.result["mails"]:
        return not_met(
            f"while sending is paused the API answers {first.result['status']} and "
            f"{first.result['mails']} mails are sent",
            first.hops,
        )
    later = run.step("refused", "sending goes on")
    tried = sum(1 for h in (*first.hops, *later.hops) if h.action.endswith(":SendEmail"))
    if tried < 2 and later.result == 1:
        return not_met("SES never refused, so nothing was tried", first.hops)
    return judged(
        later.result == 1,
        f"SES refused {tried - 1} times while sending was paused; then one mail was sent",
        f"SES refused while sending was paused; afterwards {later.result} mails were sent",
        (*first.hops, *later.hops),
    )


def once_though_the_batch_comes_again(run: Run) -> Evidence:
    """A broken record made Lambda hand the batch out again; the others had one mail each."""
    step, kept = (
        run.step("batch", "an import with a broken line"),
        run.step("batch", "what failed of the import"),
    )
    wrong = {name: count for name, count in step.result.items() if count != 1}
    if wrong:
        said = ", ".join(f"{name} {count} mails" for name, count in wrong.items())
        return not_met(f"beside a broken record: {said}", step.hops)
    if len(kept.result) != 1:
        return not_met(f"of a broken record {len(kept.result)} failures were kept", step.hops)
    batches = sum(1 for hop in step.hops if hop.action == "lambda:InvokeFunction")
    return judged(
        batches > 1,
        f"beside a broken record, {batches} batches were handed out: one mail each for the others, "
        "and the broken one waits in the queue for failures",
        "the batch came once, so nothing was tried",
        step.hops,
    )


def never_two_when_in_doubt(run: Run) -> Evidence:
    """After an attempt that died midway no second mail is risked: a person is told."""
    step, kept = (
        run.step("died", "Hal's first attempt died midway"),
        run.step("died", "who is told of Hal"),
    )
    if step.result:
        return not_met(f"{step.result} mails were sent, perhaps again", step.hops)
    return judged(
        len(kept.result) == 1,
        "an attempt died between asking SES and hearing from it: no mail is risked twice, and the "
        "record waits in the queue for failures",
        f"no mail was sent again, and {len(kept.result)} failures tell of it",
        step.hops,
    )


def not_without_permission(run: Run) -> Evidence:
    """Without SES in the role's permissions there is no mail, and the failure is kept."""
    step, kept = (
        run.step("forbidden", "Ida subscribes while the role lacks SES"),
        run.step("forbidden", "who is told of Ida"),
    )
    refused = sum(1 for h in step.hops if h.action.endswith(":SendEmail") and h.status == 403)
    if step.result["mails"]:
        return not_met("a role that may not use SES sent a mail", step.hops)
    if not refused:
        return not_met(f"SES was not asked: the subscription got {step.result['status']}")
    return judged(
        len(kept.result) == 1,
        f"a role without SES was refused {refused} times and sent nothing; the failure waits in a "
        "queue",
        f"nothing was sent, and {len(kept.result)} failures tell of it",
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
    if not sent:
        return not_met("no mail was sent at all")
    senders = {run.deployment.component_of(hop.source) for hop in sent}
    return judged(
        senders == {"WelcomeFunction"},
        f"{len(sent)} mails, all sent by WelcomeFunction",
        f"mails were sent by {', '.join(map(str, sorted(map(str, senders))))}",
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
    Check("once-though-refused", "BLOG-07", "One mail when SES refuses at first",
          once_though_refused, ("refused",)),
    Check("once-though-retried", "BLOG-07", "One mail when the batch is retried",
          once_though_the_batch_comes_again, ("batch",)),
    Check("never-in-doubt", "BLOG-07", "No second mail after a crash", never_two_when_in_doubt,
          ("died",)),
    Check("only-the-welcome-function", "BLOG-08", "Only the welcome function sends",
          only_the_welcome_function, ("welcome",)),
    Check("nothing-unverified", "BLOG-08", "Nothing from an unverified address",
          nothing_before_verification, ("unverified",)),
    Check("nothing-unpermitted", "BLOG-08", "Nothing without the permission",
          not_without_permission, ("forbidden",)),
)  # fmt: skip
