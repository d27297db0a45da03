"""One browser, one site and one engine for the whole folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.publisher import Publisher
from tests.viewers.book import Publish, publisher_of_books
from tests.viewers.origin import Origin
from tests.viewers.site import PATIENT, Server, Site, paint
from tests.viewers.visit import Visit

Open = Callable[..., Visit]

WINDOW_PATIENCE = 120_000
"""Milliseconds until something that must appear is taken for something that never will; below pytest's own time limit,
which would leave servers behind."""

FLAGS = ["--no-sandbox", "--use-gl=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(browser: Browser, page_images: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a fresh data directory, its engine, and publishers that it may reach; nothing is read ahead."""
    folder = tmp_path_factory.mktemp("site")
    painted = paint(folder)
    with Publisher(page_images) as library, Publisher(painted) as paintbox, Origin() as origin:
        made = Site(folder, library, paintbox, origin)
        try:
            with made.serve(deadline=PATIENT) as made.server:
                yield made
        finally:
            made.stop_engine()


@pytest.fixture(scope="session")
def publish(site: Site) -> Publish:
    """Registers the paintbox as a new book: publish("scribe", canvas="2")."""
    return publisher_of_books(site)


@pytest.fixture(scope="session")
def hasty(site: Site) -> Iterator[Server]:
    """Another server over the same data and engine, which makes nobody wait longer than a second."""
    with site.serve(deadline=1) as server:
        yield server


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Open]:
    """Opens windows with what Playwright's new_context takes. At the end no window may have complained."""
    visits: list[Visit] = []

    def open_(**options: Any) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
        context.set_default_timeout(WINDOW_PATIENCE)
        visits.append(Visit(context.new_page()))
        return visits[-1]

    yield open_
    complaints = [told for visit in visits for told in visit.complaints]
    for visit in visits:
        visit.page.context.close()
    assert not complaints, complaints


@pytest.fixture
def visit(open_browser: Open) -> Visit:
    """A window of a computer."""
    return open_browser()
