"""The admin page in a browser: its figures are true, and follow what happens without being asked again."""

from __future__ import annotations

import pytest

from tests.viewers.book import Publish
from tests.viewers.conftest import Open
from tests.viewers.site import Server, Site
from tests.viewers.visit import CONTRAST, Visit


def test_a_source_is_added_with_its_layers_and_its_address_told(site: Site, visit: Visit) -> None:
    page, url = visit.page, site.library.manifest(4, added="here")
    page.goto(f"{site.server.base}/admin/")
    page.get_by_label("Add a manifest").fill(url)
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/admin/sources/*")
    assert "Added." in page.get_by_role("status").first.inner_text()
    assert page.get_by_text(url).is_visible()
    layer = page.get_by_role("row").filter(has_text="Illustrations")
    assert "0 of 4" in layer.inner_text()
    page.get_by_role("link", name="Look at it").click()
    visit.says("of 4 pages")


def test_what_is_computed_now_is_shown_while_it_is(hasty: Server, site: Site, visit: Visit, publish: Publish) -> None:
    visit.expected.append("503")
    book = publish("probe", server=hasty, service="level0-3")  # a picture that nobody has read
    with site.held():
        visit.page.goto(book.view("slow"))
        visit.says("Computing this page…")
        visit.page.goto(f"{hasty.base}/admin/work")
        row = visit.page.get_by_role("row").filter(has_text="A backend for tests")
        row.wait_for()
        assert [cell.inner_text() for cell in row.get_by_role("cell").all()[:2]] == ["book", "7"]
        visit.mark()
    visit.page.get_by_text("Nothing is being computed.").wait_for()
    assert visit.same(), "the page was loaded again"


def test_a_failure_is_told_with_its_reason_and_may_be_tried_again(site: Site, visit: Visit, publish: Publish) -> None:
    visit.expected.append("500")
    book = publish("probe", service="level0-2")
    page = visit.page
    page.goto(book.view("red"))
    visit.says("1 failed")
    page.goto(f"{site.server.base}/admin/sources/{book.source}")
    row = page.get_by_role("row").filter(has_text="the model cannot bear red")
    assert row.get_by_role("cell").first.inner_text().startswith("5")
    assert "A backend for tests" in row.inner_text()
    row.get_by_role("button", name="Try again").click()
    page.get_by_role("status").first.wait_for()
    page.get_by_role("row").filter(has_text="the model cannot bear red").wait_for()


def test_the_focus_stays_where_it_is_while_figures_are_renewed(site: Site, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{site.server.base}/admin/")
    page.get_by_label("Add a manifest").fill(site.library.manifest(5, added="focus"))
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/admin/sources/*")
    button = page.get_by_role("button", name="Compute all")
    button.focus()
    before = page.locator("#live").element_handle()
    page.wait_for_function("old => !old.isConnected", arg=before)  # as htmx exchanges it
    page.wait_for_function("document.activeElement.textContent === 'Compute all'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_every_page_fits_and_can_be_read(
    site: Site, open_browser: Open, publish: Publish, width: int, scheme: str
) -> None:
    visit = open_browser(viewport={"width": width, "height": 800}, color_scheme=scheme)
    book = publish("scribe", "probe")
    for path in ("", "backends", "work", "storage", "login", f"sources/{book.source}"):
        visit.page.goto(f"{site.server.base}/admin/{path}")
        assert visit.page.get_by_role("heading", level=1).is_visible()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, path
        faint = visit.page.evaluate(CONTRAST)
        assert faint == [], (path, faint)
