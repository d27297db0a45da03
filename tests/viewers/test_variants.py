"""Derived images in Mirador: the original first, the other one layer away, and nothing in the way of the reader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator

from tests.publisher import Publisher
from tests.viewers.pixels import Pixels, changed
from tests.viewers.site import Server, Site
from tests.viewers.visit import Visit

POSTCARDS = Path(__file__).parents[1] / "data" / "postcards"
COLOURED, OX, STATION = range(3)
"""The postcards: a hand-coloured one, and two in grey."""
COMPUTING = "Computing this page…"


@pytest.fixture(scope="module")
def cards() -> Iterator[Publisher]:
    with Publisher(POSTCARDS) as publisher:
        yield publisher


@pytest.fixture
def layers(visit: Visit) -> Locator:
    """Mirador's layers panel, once somebody has opened it."""
    return visit.page.locator(".mirador-companion-window-left")


def view(server: Server, source: str, number: int) -> str:
    canvas = server.manifest(source)["items"][number]
    return server.view(source, canvas=canvas["id"]) + "&variant=tinted"


def switch(visit: Visit, layers: Locator) -> None:
    """Hide the first layer and show the second."""
    layers.get_by_label("Hide layer").first.click()
    layers.get_by_label("Show layer").last.click()


def greenness(shown: Pixels) -> float:
    """How much greener than red the middle of the picture is, on average."""
    height, width, _ = shown.shape
    middle = shown[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4]
    return float((middle[..., 1] - middle[..., 0]).mean())


def test_mirador_shows_the_original_and_switches_to_the_picture(
    site: Site, cards: Publisher, visit: Visit, layers: Locator
) -> None:
    source = site.server.register(cards.manifest(), "tint")
    rows = visit.mirador(view(site.server, source, OX), rows=1)
    assert "A scan" in rows[0] and "machine-made" in rows[0]
    visit.page.get_by_role("tab", name="Layers").click()
    layers.get_by_text("Tinted by software (not historical evidence)").wait_for()
    layers.get_by_text("Original", exact=True).wait_for()
    original = visit.canvas()
    switch(visit, layers)
    drawn = visit.canvas()
    assert changed(original, drawn).mean() > 0.3
    assert abs(greenness(original)) < 15 and greenness(drawn) > 30
    grey, green = original.mean(axis=2), drawn[..., 1]
    assert np.corrcoef(grey.ravel(), green.ravel())[0, 1] > 0.9, "they do not lie on each other"


def test_a_declined_picture_stops_nobody(site: Site, cards: Publisher, visit: Visit) -> None:
    visit.expected.append("404")
    source = site.server.register(cards.manifest(copy="declined"), "tint")
    rows = visit.mirador(view(site.server, source, COLOURED), rows=1)
    assert "In colour" in rows[0]
    visit.until(lambda: len(visit.answers(404)) > 1)
    visit.says(COMPUTING, no_more=True)
    assert visit.page.get_by_role("dialog").count() == 0
    again = site.server.get(f"/iiif/3/{source}/variants/tinted/manifest")["items"][COLOURED]
    assert again["items"][0]["items"][0]["body"]["type"] == "Image"


def test_a_picture_that_takes_long_appears_by_itself(
    site: Site, hasty: Server, cards: Publisher, visit: Visit, layers: Locator
) -> None:
    visit.expected.append("503")
    source = hasty.register(cards.manifest(service="2"), "tint")  # another picture, as far as anybody knows
    with site.held():
        visit.page.goto(view(hasty, source, STATION))
        visit.says(COMPUTING)
        visit.until(lambda: len([url for url in visit.answers(503) if "/info.json" in url]) > 1)
        visit.mark()
    visit.listed(rows=1)
    visit.page.get_by_role("tab", name="Layers").click()
    layers.get_by_text("Tinted by software").wait_for()
    before = visit.canvas()
    switch(visit, layers)
    assert greenness(visit.canvas()) > 30 > greenness(before)
    assert visit.same() and visit.page.get_by_role("dialog").count() == 0


def test_whoever_switches_to_the_variant_stays_at_the_page(site: Site, cards: Publisher, visit: Visit) -> None:
    source = site.server.register(cards.manifest(), "tint")
    canvas = site.server.manifest(source)["items"][STATION]
    visit.mirador(site.server.view(source, canvas=canvas["id"]), rows=1)
    visit.page.get_by_text("With tinted pictures").click()
    visit.listed(rows=1)
    own = site.server.get(f"/iiif/3/{source}/variants/tinted/manifest")["items"][STATION]["id"]
    visit.page.wait_for_function("(id) => glossator.viewer.store.getState().windows.glossator.canvasId === id", arg=own)
    assert visit.page.get_by_text("tab “Layers”").is_visible()
    visit.page.get_by_text("With tinted pictures").click()
    visit.page.wait_for_function(
        "(id) => globalThis.glossator?.viewer.store.getState().windows.glossator.canvasId === id", arg=canvas["id"]
    )


def test_the_shipped_colouriser_paints_what_mirador_then_shows(
    site: Site, cards: Publisher, visit: Visit, layers: Locator
) -> None:
    source = site.server.register(cards.manifest(copy="colour"), "colorize")
    canvas = site.server.manifest(source)["items"][STATION]
    visit.page.goto(site.server.view(source, canvas=canvas["id"]) + "&variant=colorized")
    visit.page.get_by_role("tab", name="Layers").click()
    layers.get_by_text("Colourised by software (not historical evidence)").wait_for()
    visit.says("1 of 3 pages")
    visit.says(COMPUTING, no_more=True)
    original = visit.canvas()
    switch(visit, layers)
    drawn = visit.canvas()
    if folder := os.environ.get("SCREENSHOTS"):  # for whoever wants to see it
        visit.page.screenshot(path=f"{folder}/colorized.png")
    assert changed(original, drawn, by=8).mean() > 0.2
    grey, painted = original.mean(axis=2), drawn.mean(axis=2)
    assert np.corrcoef(grey.ravel(), painted.ravel())[0, 1] > 0.98, "lightness is the original's"
