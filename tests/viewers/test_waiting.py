"""Pages that take longer than the server lets anybody wait, and pages that the model cannot read."""

from __future__ import annotations

import pytest

from tests.viewers.book import Publish
from tests.viewers.pages import PAGES
from tests.viewers.pixels import frame_of
from tests.viewers.site import Server, Site
from tests.viewers.visit import BOXES, Visit, page_of

COMPUTING = "Computing this page…"


def test_a_slow_page_says_so_and_appears_by_itself(site: Site, hasty: Server, visit: Visit, publish: Publish) -> None:
    visit.expected.append("503")
    book = publish("probe", server=hasty)
    done = hasty.done(book.source)["probe"]
    calls = site.probed(PAGES["slow"].colour)
    with site.held():
        visit.page.goto(book.view("slow"))
        visit.says(COMPUTING)
        visit.says(f"{done} of 7 pages")
        visit.until(lambda: len(visit.answers(503)) > 1)
        assert visit.listed(rows=0) == []
        visit.mark()
    visit.listed(rows=1)
    visit.says(f"{done + 1} of 7 pages")
    visit.says(COMPUTING, no_more=True)
    assert visit.same(), "the page was loaded again"
    assert site.probed(PAGES["slow"].colour) == calls + 1
    bare, drawn = visit.drawn()
    box = frame_of(drawn)
    assert box and box.is_near(page_of(bare, "slow"), pixels=5)


def test_a_slow_page_appears_in_universal_viewer_too(site: Site, hasty: Server, visit: Visit, publish: Publish) -> None:
    visit.expected.append("503")
    book = publish("probe", server=hasty, service="2")  # another picture, as far as anybody knows
    with site.held():
        visit.page.goto(book.view("slow", viewer="uv"))
        visit.says(COMPUTING)
        visit.until(lambda: len(visit.answers(503)) > 1)
        assert visit.page.locator(BOXES).count() == 0
        visit.mark()
    visit.page.locator(BOXES).wait_for()
    visit.says(COMPUTING, no_more=True)
    assert visit.same(), "the page was loaded again"


@pytest.mark.parametrize(("viewer", "service"), [("mirador", "3"), ("uv", "2")])
def test_a_page_that_fails_is_told_and_the_reader_goes_on(
    visit: Visit, publish: Publish, viewer: str, service: str
) -> None:
    visit.expected.append("500")
    visit.page.goto(publish("probe", service=service).view("red", viewer=viewer))
    told = visit.page.locator("#state strong")
    told.filter(has_text="The model could not read this picture.").wait_for()
    assert "the model cannot bear red" in (told.get_attribute("title") or "")
    visit.says("1 failed")

    if viewer == "mirador":
        bare, drawn = visit.drawn()
        page_of(bare, "red")
        assert not drawn.any()
        visit.page.get_by_label("Next item").click()
        visit.listed(rows=1)
    else:
        visit.page.locator(".imageBtn.next").click()
        visit.page.locator(BOXES).wait_for()
    visit.says("could not read", no_more=True)
