"""Links to a finding and to what was found: the viewers open at the place that the link tells."""

from __future__ import annotations

import orjson
import pytest

from tests.viewers.book import Book, Publish
from tests.viewers.pages import JSON
from tests.viewers.pixels import Frame, frame_of
from tests.viewers.site import Site
from tests.viewers.test_mirador import PAGE, shares
from tests.viewers.visit import BOOKS_OF_OTHERS, BOXES, Visit

DROP = """(carried) => {
    const dataTransfer = new DataTransfer();
    for (const [type, text] of Object.entries(carried)) dataTransfer.setData(type, text);
    for (const type of ["dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def book(publish: Publish) -> Book:
    return publish("scribe")


def finding(book: Book) -> JSON:
    [annotation] = book.server.annotations(book.canvas("single"))
    return annotation


def fills(frame: Frame, width: float, height: float) -> float:
    """How much of the longer way the frame takes, which is 1 where it touches both sides."""
    return max((frame.right - frame.left) / width, (frame.bottom - frame.top) / height)


def shown(visit: Visit) -> tuple[float, float, float, float] | None:
    """What Universal Viewer has on show: left, top, width and height, as shares of the page."""
    told = visit.page.evaluate(
        """() => {
            const { viewport, world } = glossator.uv.get()?.extension?.centerPanel?.viewer ?? {};
            const page = world?.getItemAt(0)?.getBounds(), seen = viewport?.getBounds();
            if (!page) return null;
            const { x, y, width, height } = page;
            return [(seen.x - x) / width, (seen.y - y) / height, seen.width / width, seen.height / height];
        }"""
    )
    return tuple(told) if told else None


def test_the_link_of_a_finding_opens_mirador_at_it(visit: Visit, book: Book) -> None:
    visit.mirador(finding(book)["rendering"][0]["id"], rows=1)
    bare, drawn = visit.drawn()
    found, (height, width) = frame_of(drawn), bare.shape[:2]
    assert found and 0.5 < fills(found, width, height) < 0.9
    assert abs(found.left + found.right - width) < 0.1 * width
    assert abs(found.top + found.bottom - height) < 0.1 * height


def test_universal_viewer_is_shown_the_same_place(site: Site, visit: Visit) -> None:
    """A real page, since this viewer enlarges nothing beyond its pixels."""
    source = site.server.register(site.library.manifest(), "illustrations")
    canvas = site.server.manifest(source)["items"][site.library.shelf.names(None).index(PAGE)]
    finding = site.server.annotations(canvas)[0]
    visit.page.goto(finding["rendering"][0]["id"])
    visit.page.get_by_text("Links").click()
    visit.page.get_by_role("link", name="Universal Viewer").click()
    visit.page.wait_for_url("**viewer=uv**region=**")
    visit.page.locator(BOXES).first.wait_for()
    visit.until(lambda: shown(visit) is not None)
    visit.window()
    (left, top, width, height), (x, y, w, h) = shown(visit) or (0, 0, 0, 0), shares(finding, canvas)
    assert left <= x and top <= y and x + w <= left + width and y + h <= top + height
    assert max(w / width, h / height) > 0.5


def test_whoever_goes_on_leaves_the_region_behind(visit: Visit, book: Book) -> None:
    visit.mirador(finding(book)["rendering"][0]["id"], rows=1)
    visit.page.wait_for_url("**region=**")
    visit.page.get_by_label("Previous item").click()
    visit.page.wait_for_function("!location.href.includes('region=')")
    assert "canvas=" in visit.page.url


@pytest.mark.parametrize("kind", ["content state", "link"])
def test_what_is_dropped_on_the_home_page_is_opened(site: Site, visit: Visit, book: Book, kind: str) -> None:
    canvas, manifest = book.canvas("single")["id"], f"{book.server.base}/iiif/3/{book.source}/manifest"
    state = {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": f"{manifest}/state",
        "type": "Annotation",
        "motivation": ["contentState"],
        "target": {
            "id": f"{canvas}#xywh=10,20,30,40",
            "type": "Canvas",
            "partOf": [{"id": manifest, "type": "Manifest"}],
        },
    }
    carried = {
        "content state": {"text/plain": orjson.dumps(state).decode()},
        "link": {"text/uri-list": f"# dragged\r\nhttps://viewer.example/?manifest={manifest}&canvas={canvas}"},
    }
    visit.expected.extend(BOOKS_OF_OTHERS)
    visit.page.goto(site.server.base)
    visit.page.evaluate(DROP, carried[kind])
    visit.page.wait_for_url(f"**/view/{book.source}**")
    assert ("region=10%2C20%2C30%2C40" in visit.page.url) == (kind == "content state")
    assert "canvas=" in visit.page.url


def test_what_was_found_is_a_book_with_its_thumbnails(visit: Visit, book: Book) -> None:
    assert finding(book) and book.server.annotations(book.canvas("letters"))
    found = book.server.get(f"/iiif/3/{book.source}/crops/manifest")["items"]
    visit.page.goto(f"{book.server.base}/view/{book.source}/found")
    thumbs = visit.page.locator(".thumb img")
    visit.until(lambda: thumbs.count() > 0)
    visit.until(lambda: bool(thumbs.first.evaluate("(image) => image.complete && image.naturalWidth > 0")))
    assert visit.page.locator(".thumb").count() == len(found)
    assert not visit.page.get_by_text("Search within this item").is_visible(), "there is nothing to ask"
