"""What is taken away: links, the IIIF icon, and a manifest that a viewer of another site opens."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from tests.viewers.book import Book, Publish
from tests.viewers.conftest import Open
from tests.viewers.pages import BOX
from tests.viewers.pixels import frame_of, traced
from tests.viewers.site import ROOT, Site
from tests.viewers.visit import Visit, page_of

BARE = """<!doctype html><html><head><meta charset="utf-8"><title>Elsewhere</title>
<link rel="icon" href="data:,"></head>
<body style="margin: 0"><div id="viewer" style="position: absolute; inset: 0"></div>
<script src="/mirador.js"></script>
<script>globalThis.glossator = { viewer: Mirador.viewer({ id: "viewer", %s }) };</script></body></html>"""
OPENED = """windows: [{ id: "glossator", manifestId: "%s", canvasId: "%s" }],
window: { sideBarOpen: true, sideBarPanel: "annotations", highlightAllAnnotations: true }"""


@pytest.fixture
def book(publish: Publish) -> Book:
    return publish("scribe", "probe")


def elsewhere(site: Site, settings: str) -> str:
    """URL of a page with nothing but Mirador as it comes."""
    site.origin.put("/mirador.js", (ROOT / "static/vendor/mirador/mirador.min.js").read_bytes(), "text/javascript")
    return site.origin.put("/bare.html", BARE % settings)


def test_the_manifest_link_is_copied(open_browser: Open, book: Book) -> None:
    visit = open_browser(permissions=["clipboard-read", "clipboard-write"])
    visit.mirador(book.view("single"), rows=2)
    visit.page.get_by_text("Links").click()
    for name, version in (("Enriched manifest", "3"), ("Presentation 2", "2")):
        field = visit.page.get_by_label(name)
        expected = f"{book.server.base}/iiif/{version}/{book.source}/manifest"
        assert field.input_value() == expected
        button = field.locator("xpath=..").get_by_role("button")
        button.click()
        button.get_by_text("Copied").wait_for()
        assert visit.page.evaluate("navigator.clipboard.readText()") == expected


def test_links_follow_the_layers_that_are_on(visit: Visit, book: Book) -> None:
    visit.mirador(book.view("single", layers="scribe"), rows=1)
    visit.page.get_by_text("Links").click()
    link = visit.page.get_by_label("Enriched manifest").input_value()
    assert link == f"{book.server.base}/iiif/3/{book.source}/manifest?layers=scribe"
    manifest = book.server.get(link.removeprefix(book.server.base))
    assert [page["id"].rpartition("/")[2] for page in manifest["items"][0]["annotations"]] == ["scribe"]
    visit.page.get_by_role("link", name="Universal Viewer").click()
    visit.page.wait_for_url("**viewer=uv**")
    query = parse_qs(urlsplit(visit.page.url).query)
    assert query["layers"] == ["scribe"]
    assert query["canvas"] == [book.canvas("single")["id"]]


def test_the_iiif_icon_carries_the_manifest(visit: Visit, book: Book) -> None:
    visit.mirador(book.view("single"), rows=2)
    manifest = f"{book.server.base}/iiif/3/{book.source}/manifest"
    icon = visit.page.locator("a.drag")
    assert parse_qs(urlsplit(icon.get_attribute("href") or "").query)["manifest"] == [manifest]
    carried = icon.evaluate(
        """(icon) => {
            const dataTransfer = new DataTransfer();
            icon.dispatchEvent(new DragEvent("dragstart", { dataTransfer, bubbles: true }));
            return Object.fromEntries(dataTransfer.types.map((type) => [type, dataTransfer.getData(type)]));
        }"""
    )
    page = orjson.loads(carried["text/plain"])  # as Content State 1.0 has it
    assert page["id"] == book.canvas("single")["id"] and page["partOf"] == [{"id": manifest, "type": "Manifest"}]
    assert parse_qs(urlsplit(carried["text/uri-list"]).query)["manifest"] == [manifest]


def test_the_icon_dropped_on_mirador_of_another_site_opens_the_book(site: Site, visit: Visit, book: Book) -> None:
    link = f"{book.server.base}/?manifest={book.server.base}/iiif/3/{book.source}/manifest"
    visit.page.goto(elsewhere(site, "windows: []"))
    visit.page.locator(".mirador-workspace-viewport").wait_for()
    visit.page.evaluate(
        """async (link) => {
            const place = document.querySelector(".mirador-workspace-viewport");
            const dataTransfer = new DataTransfer();
            dataTransfer.setData("text/uri-list", link);
            for (const type of ["dragenter", "dragover", "drop"]) {
                place.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
                await new Promise((done) => setTimeout(done, 50));
            }
        }""",
        link,
    )
    visit.page.get_by_text("book (with machine-generated annotations)").first.wait_for()


def test_mirador_of_another_site_shows_the_findings(site: Site, visit: Visit, publish: Publish) -> None:
    book = publish("scribe")
    manifest, canvas = f"{book.server.base}/iiif/3/{book.source}/manifest", book.canvas("single")["id"]
    rows = visit.mirador(elsewhere(site, OPENED % (manifest, canvas)), rows=1)
    assert rows[0].startswith("Seal, 91 %")
    assert visit.chips() == ["seal"]
    bare, drawn = visit.drawn()
    region = page_of(bare, "single").part(*BOX)
    found = frame_of(drawn)
    assert found and found.is_near(region, pixels=5)
    assert traced(drawn, region.corners) == 1.0
