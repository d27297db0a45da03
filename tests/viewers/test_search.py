"""Mirador and Universal Viewer find what our models read, and show where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from tests.publisher import Publisher
from tests.viewers.pages import JSON
from tests.viewers.pixels import Frame, Pixels, coloured, frame_of
from tests.viewers.site import PRINTS, Server, Site
from tests.viewers.test_universal_viewer import frames
from tests.viewers.visit import BOXES, Visit

PAPER = "ebebeb"
"""Of the page with the tale."""


@dataclass(frozen=True, slots=True)
class Prints:
    """The old prints as a book that is read."""

    server: Server
    source: str
    names: list[str]

    def canvas(self, name: str) -> JSON:
        return dict(self.server.manifest(self.source)["items"][self.names.index(name)])

    def view(self, name: str, viewer: str) -> str:
        return self.server.view(self.source, canvas=self.canvas(name)["id"], viewer=viewer)


@pytest.fixture(scope="module")
def prints(site: Site) -> Iterator[Prints]:
    with Publisher(PRINTS) as publisher:
        source = site.server.register(publisher.manifest(), "lector")
        for canvas in site.server.manifest(source)["items"]:
            site.server.annotations(canvas)
        yield Prints(site.server, source, publisher.shelf.names(None))


def line(page: Frame, number: int) -> Frame:
    """Where a line of the tale is, from 0, as its PAGE file says."""
    return page.part(40 / 700, (40 + 52 * number) / 500, 620 / 700, 32 / 500)


def paper(image: Pixels) -> Frame:
    """Where the page with the tale is: words elsewhere have its colour too, but not so much of it."""
    mask = coloured(image, PAPER)
    found = frame_of(np.outer(mask.sum(axis=1) > 150, mask.sum(axis=0) > 100))
    assert found, "the page is not there"
    return found


def tint(image: Pixels, frame: Frame) -> float:
    """How much more red than blue there is."""
    part = image[round(frame.top) : round(frame.bottom), round(frame.left) : round(frame.right)]
    return float((part[:, :, 0] - part[:, :, 2]).mean())


def test_mirador_finds_a_word_over_two_lines_and_marks_both(visit: Visit, prints: Prints) -> None:
    visit.mirador(prints.view("cerf", "mirador"))
    visit.page.get_by_role("tab", name="Search").click()
    visit.page.get_by_label("search terms").fill("geholfen")
    visit.page.keyboard.press("Enter")
    hit = visit.page.locator("aside li").filter(has_text="Zeiten")
    hit.wait_for()
    assert hit.locator("strong").inner_text() == "ge holfen"
    assert "hat, lebte ein K" in hit.inner_text()
    visit.page.get_by_text("1 of 1", exact=True).wait_for()
    visit.page.get_by_text("3 of 4").wait_for()  # the page was turned
    image = visit.canvas()
    page = paper(image)
    tints = [tint(image, line(page, n)) for n in range(8)]
    assert tints[0] > 20 and tints[1] < -20, tints  # yellow is the line in hand, blue the other one
    assert max(map(abs, tints[2:])) < 5, tints


def test_mirador_completes_a_word(visit: Visit, prints: Prints) -> None:
    visit.mirador(prints.view("cerf", "mirador"))
    visit.page.get_by_role("tab", name="Search").click()
    visit.page.get_by_label("search terms").press_sequentially("brunn")
    visit.page.get_by_role("option", name="Brunnen").wait_for()


def test_universal_viewer_finds_it_and_draws_boxes(visit: Visit, prints: Prints) -> None:
    visit.page.goto(prints.view("cerf", "uv"))
    visit.page.locator(BOXES).first.wait_for()
    box = visit.page.locator(".footerPanel .searchText")
    box.fill("geholfen")
    box.press("Enter")
    visit.page.get_by_text("2 result found for 'geholfen'").wait_for()
    visit.page.locator(".thumb", has_text="p. 3").locator(".searchResults").wait_for()
    visit.page.get_by_text("Next Result").click()
    visit.page.locator(".thumb.selected", has_text="p. 3").wait_for()
    visit.until(lambda: visit.page.locator(BOXES).count() == 2)
    visit.page.locator(".zoomOut").first.click(force=True)
    beside = paper(visit.window()[100:, 300:])  # the thumbnails, and what is above
    height = (beside.right - beside.left) * 500 / 700  # some of it may lie below what is shown
    page = Frame(beside.left + 300, beside.top + 100, beside.right + 300, beside.top + 100 + height)
    found = sorted(frames(visit), key=lambda frame: frame.top)
    assert all(box.is_near(line(page, n), pixels=5) for n, box in enumerate(found)), (found, page)


def test_universal_viewer_shows_the_findings_until_somebody_searches(visit: Visit, prints: Prints) -> None:
    visit.page.goto(prints.view("froschkoenig", "uv"))
    visit.until(lambda: visit.page.locator(BOXES).count() == 8)
    visit.page.locator(".footerPanel .searchText").wait_for()
    visit.page.locator(".footerPanel").get_by_text("Clear").click()
    visit.until(lambda: visit.page.locator(BOXES).count() == 0)
