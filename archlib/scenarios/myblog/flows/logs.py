"""What the functions left in their logs."""

from __future__ import annotations

from archlib.scenarios.browsing import outcome
from archlib.scenarios.myblog.flows.mail import subscribe
from archlib.scenarios.myblog.readers import author_keys, photo
from archlib.scenarios.operators import log_lines, stack_functions
from archlib.verify import Site

JAN = "jan@reader.example"


def logs_flow(site: Site) -> None:
    """Something for each function to do, and what their logs say of it."""
    s3, bucket = site.client("s3", **author_keys(site)), site.outputs["UploadBucketName"]
    with site.step("a subscriber and a photo") as step:
        stored = outcome(lambda: s3.put_object(Bucket=bucket, Key="photos/jan.jpg", Body=photo()))
        step.result = {"subscriber": subscribe(site, JAN), "photo": stored}
        site.wait(seconds=30)
    with site.step("look into the logs") as step:
        functions = stack_functions(site, site.outputs["WelcomeFunctionName"])
        step.result = {name: log_lines(site, made) for name, made in functions.items()}
