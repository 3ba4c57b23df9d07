"""Reading the static site from four continents, and trying to get around the edge."""

from __future__ import annotations

from archlib.scenarios.browsing import outcome, send, url
from archlib.scenarios.intruders import object_url, open_up, other_distribution, website_url
from archlib.scenarios.myblog.readers import CITIES, SECOND, author_keys, publish_site
from archlib.verify import Site


def site_flow(site: Site) -> None:
    """Pages and files from the nearest edge; a new edition after an invalidation."""
    publish_site(site)
    for city in CITIES:
        with site.step(f"{city} reads first") as step, site.at(city):
            step.result = send("GET", url(site, "SiteUrl", "/"))
        with site.step(f"{city} reads again") as step, site.at(city):
            step.result = send("GET", url(site, "SiteUrl", "/"))
    with site.step("a file") as step:
        step.result = send("GET", url(site, "SiteUrl", "/assets/style.5f3a.css"))
    with site.step("a missing page") as step:
        step.result = send("GET", url(site, "SiteUrl", "/no-such-page"))
    with site.step("plain HTTP") as step:
        step.result = send("GET", url(site, "SiteUrl", "/").replace("https://", "http://"))
    with site.step("unchanged since") as step:
        tag = send("GET", url(site, "SiteUrl", "/")).header("etag")
        step.result = send("GET", url(site, "SiteUrl", "/"), headers={"If-None-Match": tag})
    bucket = site.outputs["SiteBucketName"]
    site.operator("s3").put_object(
        Bucket=bucket, Key="index.html", Body=SECOND, ContentType="text/html"
    )
    with site.step("after a change") as step:
        step.result = send("GET", url(site, "SiteUrl", "/"))
    site.operator("cloudfront").create_invalidation(
        DistributionId=site.outputs["SiteDistributionId"],
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": "second edition",
        },
    )
    # Less than a page's lifetime: had it expired, the new edition would come by itself.
    site.wait(minutes=2)
    with site.step("after an invalidation") as step:
        step.result = send("GET", url(site, "SiteUrl", "/"))


def detour_flow(site: Site) -> None:
    """Ask the bucket itself, without the edge."""
    publish_site(site)
    bucket = site.outputs["SiteBucketName"]
    with site.step("through the distribution") as step:
        step.result = send("GET", url(site, "SiteUrl", "/index.html"))
    with site.step("anonymously") as step:
        step.result = send("GET", object_url(site, bucket, "index.html"))
    with site.step("by its website endpoint") as step:
        step.result = send("GET", website_url(site, bucket, "index.html"))
    with site.step("as an author") as step:
        s3 = site.client("s3", **author_keys(site))
        step.result = outcome(lambda: s3.get_object(Bucket=bucket, Key="index.html"))
    with site.step("through another distribution") as step:
        domain = other_distribution(site, bucket, "oai")
        step.result = send("GET", f"https://{domain}/index.html")
    with site.step("through another distribution that signs") as step:
        domain = other_distribution(site, bucket, "oac")
        step.result = send("GET", f"https://{domain}/index.html")
    with site.step("after a slip") as step:
        step.result = open_up(site, bucket, "index.html")
