"""The pages around the viewers: paste an address, open the sample, be told what went wrong; without scripts too."""

from __future__ import annotations

import pytest

from tests.viewers.conftest import Open
from tests.viewers.site import Site
from tests.viewers.visit import BOOKS_OF_OTHERS, CONTRAST, Visit

PAGE = "nls_108499485_3"
"""With a woodcut; nobody waits for its reading elsewhere."""


@pytest.fixture
def plain(open_browser: Open) -> Visit:
    """A browser that runs no scripts."""
    visit = open_browser(java_script_enabled=False)
    visit.expected.extend(BOOKS_OF_OTHERS)
    return visit


def test_an_address_is_pasted_and_the_book_opens(site: Site, plain: Visit) -> None:
    url = site.library.manifest(3, pasted="yes")
    page = plain.page
    page.goto(site.server.base)
    page.get_by_label("Address of a manifest").fill(url)
    page.get_by_role("button", name="Open").click()
    page.wait_for_url("**/view/*")
    source = page.url.rpartition("/")[2].partition("?")[0]
    manifest = f"{site.server.base}/iiif/3/{source}/manifest"
    assert [item["id"] for item in site.server.get("/iiif/3/collection")["items"]].count(manifest) == 1
    told = page.locator("noscript p")
    assert told.inner_text().startswith("The viewers need JavaScript.")
    assert told.get_by_role("link", name=manifest).is_visible()
    assert told.get_by_role("link", name=url).is_visible()

    page.goto(site.server.base)
    book = page.get_by_role("listitem").filter(has=page.locator(f'a[href*="/view/{source}"]'))
    assert "3 pages" in book.inner_text()
    assert "127.0.0.1" in book.inner_text()


def test_without_scripts_layers_are_switched_too(site: Site, plain: Visit) -> None:
    source = site.server.register(site.library.manifest(2), "illustrations")
    plain.page.goto(site.server.view(source))
    switch = plain.page.get_by_role("checkbox")
    assert switch.get_attribute("aria-checked") == "true"
    switch.click()
    assert switch.get_attribute("aria-checked") == "false"


def test_the_sample_opens_with_its_pictures_at_every_size(site: Site, open_browser: Open) -> None:
    visit = open_browser(viewport={"width": 390, "height": 700})
    visit.expected.extend(BOOKS_OF_OTHERS)
    page = visit.page
    page.goto(site.server.base)
    page.get_by_role("link", name="Open the sample").first.click()
    page.wait_for_url("**/view/*")
    visit.says("Illustrations: 1 of 10 pages")
    ground = visit.canvas()
    assert ground.reshape(-1, 3).std(axis=0).min() > 20, "no picture is drawn"
    for _ in range(3):
        page.get_by_label("Zoom in").click()
    visit.canvas()
    asked = {url.partition("/iiif/image/3/faictz-04/")[2] for url in visit.answers(200)}
    assert any(tile.startswith("256,") and "/256,256/" in tile for tile in asked), "no tile of a grid"


PROBLEMS = {
    "/wrong-type/iiif/3/book/manifest": ("not a IIIF document", "ends in manifest.json"),
    "/404/iiif/3/book/manifest": ("gave no usable answer", "404"),
    "/iiif/3/book/nothing-here": ("gave no usable answer", "404"),
    "/plain/nls_107118335_3.jpg": ("not a IIIF document", "ends in manifest.json"),
    "/invalid-json/iiif/3/book/manifest": ("not a IIIF document", "ends in manifest.json"),
    "/to-metadata/iiif/3/book/manifest": ("must not be fetched from", "169.254.169.254"),
}


@pytest.mark.parametrize(("path", "words"), PROBLEMS.items(), ids=PROBLEMS)
def test_a_bad_address_is_told_with_the_next_step(site: Site, plain: Visit, path: str, words: tuple[str, ...]) -> None:
    plain.expected.append("status of 4" if path.startswith("/to-") else "status of")
    plain.expected.append("answered")
    url = site.library.url(path)
    plain.page.goto(site.server.base)
    field = plain.page.get_by_label("Address of a manifest")
    field.fill(url)
    plain.page.get_by_role("button", name="Open").click()
    notice = plain.page.get_by_role("alert").inner_text()
    for word in words:
        assert word in notice, notice
    assert field.input_value() == url, "what was typed is lost"


def test_a_page_that_is_not_there_leads_back(site: Site, plain: Visit) -> None:
    plain.expected.append("404")
    plain.page.goto(f"{site.server.base}/view/aaaaaaaaaaaa")
    assert "There is no source aaaaaaaaaaaa" in plain.page.get_by_role("main").inner_text()
    plain.page.get_by_role("link", name="Open another book").click()
    assert plain.page.get_by_label("Address of a manifest").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1400])
def test_nothing_sticks_out_and_everything_can_be_read(site: Site, open_browser: Open, width: int, scheme: str) -> None:
    visit = open_browser(viewport={"width": width, "height": 800}, color_scheme=scheme)
    visit.expected.append("404")
    source = site.server.register(site.library.manifest(), "illustrations")
    site.server.annotations(site.server.manifest(source)["items"][site.library.shelf.names(None).index(PAGE)])
    long = "x" * 200
    paths = ("/", f"/?url=https://example.org/{long}", "/search?q=illustration", f"/search?q={long}")
    for path in (*paths, f"/view/{source}", "/view/aaaaaaaaaaaa"):
        visit.page.goto(site.server.base + path)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, path
        faint = visit.page.evaluate(CONTRAST)
        assert faint == [], (path, faint)


def test_a_hit_leads_to_its_place(site: Site, plain: Visit) -> None:
    source = site.server.register(site.library.manifest(searched="yes"), "illustrations")
    canvas = site.server.manifest(source)["items"][site.library.shelf.names(None).index(PAGE)]
    site.server.annotations(canvas)
    page = plain.page
    page.goto(site.server.base)
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Words, or a phrase").fill("illustration")
    page.get_by_role("button", name="Search").click()
    page.locator(".hits a mark").first.click()
    page.wait_for_url("**/view/**region=**")
