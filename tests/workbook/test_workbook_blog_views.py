"""A design with several views: pictures, traces on them, variants' templates, photos."""

from __future__ import annotations

import base64
import io

import pytest

from archlib.errors import UsageError
from archlib.local.trace import Hop
from archlib.workbook import Workbook
from archlib.workbook.book import Mistake
from archlib.workbook.looks import Look
from archlib.workbook.photos import LONGEST, Photos


@pytest.fixture(scope="module")
def book():
    return Workbook("myblog")


class ByName:
    def component(self, end):
        return end

    def source(self, hop):
        return hop.source


def look(book, *ways):
    hops = [
        Hop(n, None, source, target, "s3:PutObject", "", 200, None, None, 0.0, 0.1, {})
        for n, (source, target) in enumerate(ways)
    ]
    return Look("Look", book.architecture, ByName(), hops)


def test_each_view_is_a_picture_of_its_own(book):
    site, mail = book.picture("site"), book.picture("mail")
    assert "Amazon SES" in mail.svg
    assert "Amazon SES" not in site.svg
    assert "the website" in site.text()


def test_an_unknown_view_names_those_there_are(book):
    with pytest.raises(UsageError, match="known: site, mail"):
        book.picture("mial")
    with pytest.raises(UsageError, match="known: site, mail"):
        look(book, ("Client", "SiteEdge")).picture("mial")


@pytest.mark.parametrize(
    ("way", "view"),
    [(("WelcomeFunction", "WelcomeMail"), "mail"), (("Client", "UploadEdge"), "site")],
)
def test_a_trace_is_drawn_on_the_view_that_has_it(book, way, view):
    drawn = look(book, ("Client", "BlogApi"), way).picture()
    assert drawn.drawn.scene.title == book.architecture.view(view).title


def test_what_a_view_does_not_have_is_left_out_of_its_picture(book):
    both = look(book, ("Client", "BlogApi"), ("WelcomeFunction", "WelcomeMail"))
    alone = look(book, ("Client", "BlogApi"))
    assert both.picture("site").svg == alone.picture("site").svg


def test_a_variants_template_is_shown(book):
    assert "CanonicalUser" in book.template("SiteBucketPolicy").text()
    assert "aws:SourceArn" in book.template("SiteBucketPolicy", variant="oac").text()
    with pytest.raises(UsageError, match="known: without-dax, oac, aurora"):
        book.template("SiteBucketPolicy", variant="oca")


@pytest.mark.slow
def test_a_fault_of_a_variant_is_shown_in_its_template_and_lived_with_there(book):
    page = book.break_it("confused-deputy").text()
    assert "Condition:" in page
    assert "aws:SourceArn" in page
    assert "with OAC, the bucket answers through another distribution" in page
    book.start(fault="confused-deputy")
    assert "AWS::CloudFront::OriginAccessControl" in {
        one.type for one in book.deployment.resources.values()
    }
    book.stop()


def test_a_fault_that_does_not_fit_a_variant_is_a_mistake(book):
    with pytest.raises(Mistake, match="forgetful-dax does not fit: the template has no"):
        book.start(variant="without-dax", fault="forgetful-dax")


def picture(size, form):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form)
    return out.getvalue()


def test_photos_are_one_picture_with_words():
    from PIL import Image

    shown = Photos("Two", {"sent": picture((800, 400), "JPEG"), "small": picture((20, 40), "WEBP")})
    assert str(shown.text()) == "Two: sent (JPEG, 800 × 400); small (WEBP, 20 × 40)"
    bundle, sizes = shown._repr_mimebundle_()
    sheet = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert sheet.format == "PNG"
    assert sizes["image/png"] == {"width": sheet.width // 2, "height": sheet.height // 2}
    reds = sum(n for n, color in sheet.getcolors(1 << 20) if color[0] > 240 > 20 > color[1])
    assert reds == pytest.approx((LONGEST * LONGEST // 2 + 20 * 40) * 4, rel=0.01)
    assert shown.png == Photos("Two", shown.photos).png


def test_what_is_no_photo_is_named():
    with pytest.raises(UsageError, match="torn: this is no photo"):
        Photos("One", {"torn": b"\xff\xd8nothing"}).text()


def test_every_arrow_is_listed_and_why_no_call_takes_one(book):
    shown = book.connections()
    assert len(shown.rows) == len(book.architecture.connections)
    assert shown.note == (
        "No call takes these: DynamoDB → DynamoDB stream: a table writes its stream itself; only "
        "reading it is a call."
    )
    assert "uploads_through" in shown.text()
