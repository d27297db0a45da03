"""Universal Viewer shows the pages, and draws what it is handed where it belongs."""

from __future__ import annotations

import pytest

from tests.viewers.book import Publish
from tests.viewers.pages import BOX, GRID, PAGES, Shares
from tests.viewers.pixels import Frame, coloured, frame_of, traced
from tests.viewers.visit import BOXES, Visit

STROKE = "c2361f"
"""The colour of a box, from static/css/viewer.css."""


def frames(visit: Visit) -> list[Frame]:
    """Of the boxes, in pixels of the window."""
    found = [box.bounding_box() for box in visit.page.locator(BOXES).all()]
    return [Frame(one["x"], one["y"], one["x"] + one["width"], one["y"] + one["height"]) for one in found if one]


def test_the_pages_are_shown(visit: Visit, publish: Publish) -> None:
    visit.page.goto(publish("scribe").view("single", viewer="uv"))
    visit.page.locator(BOXES).wait_for()
    visit.until(lambda: visit.page.locator(".thumb").count() == len(PAGES))
    assert visit.page.locator(".thumb.selected").inner_text().startswith("p. 6")
    visit.page.locator(".imageBtn.first").click()
    visit.page.locator(".thumb.selected", has_text="p. 1").wait_for()
    visit.until(lambda: frame_of(coloured(visit.window(), PAGES["empty"].colour)) is not None)


@pytest.mark.parametrize(
    ("page", "box", "wishes"),
    [
        ("single", BOX, {}),
        ("single", BOX, {"canvas": "2"}),
        ("single", BOX, {"canvas": "2", "service": "plain"}),
        ("outline", (0.2, 0.2, 0.6, 0.5), {}),
    ],
)
def test_a_box_is_drawn_where_it_belongs(
    visit: Visit, publish: Publish, page: str, box: Shares, wishes: dict[str, str]
) -> None:
    visit.expected.append("/full/90,/")  # Universal Viewer 4.4.0 asks us for a small image where there is no service
    visit.page.goto(publish("scribe", **wishes).view(page, viewer="uv"))
    visit.page.locator(BOXES).wait_for()
    visit.page.locator(".zoomOut").first.click(force=True)  # the whole page, beside what lies over it
    window = visit.window()
    paper = frame_of(coloured(window, PAGES[page].colour)[:, 300:])  # beside the thumbnails
    assert paper
    moved = Frame(paper.left + 300, paper.top, paper.right + 300, paper.bottom)
    [drawn] = frames(visit)
    assert drawn.is_near(moved.part(*box), pixels=4), (drawn, moved)
    assert traced(coloured(window, STROKE, within=40), drawn.corners) == 1.0


def test_all_boxes_of_a_page_are_handed_over(visit: Visit, publish: Publish) -> None:
    visit.page.goto(publish("scribe").view("many", viewer="uv"))
    visit.until(lambda: visit.page.locator(BOXES).count() == len(GRID))
    visit.page.locator(".imageBtn.next").click()
    visit.until(lambda: visit.page.locator(BOXES).count() == 1)
