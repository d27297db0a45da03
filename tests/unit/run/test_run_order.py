"""Many pages at once: their order, and how all of it ends when something cannot go on."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from iiif_store.errors import StoreUnavailable
from iiif_store.source import Layer
from server.run.reading import Errand, Page, read_all
from tests.engines import task_of
from tests.unit.documents.readings import manifest

LAYER = Layer("probe", "probe")
ERRANDS = [Errand(canvas, LAYER, task_of(canvas.painted(), canvas.key)) for canvas in manifest(canvases=50).canvases]


def page(errand: Errand) -> Page:
    return Page(errand, None, None, resumed=False)


def test_pages_come_back_in_order_and_are_told_of_in_one_thread() -> None:
    told: list[tuple[Any, int]] = []
    first = threading.Event()

    def read(errand: Errand) -> Page:
        if errand is ERRANDS[0]:
            first.wait(60)
        elif errand is ERRANDS[-1]:
            first.set()
        return page(errand)

    pages = read_all(ERRANDS, read, 4, lambda found: told.append((found.errand, threading.get_ident())))
    assert [found.errand for found in pages] == ERRANDS
    assert told[-1][0] is not ERRANDS[-1], "the slow first page keeps no other waiting"
    assert len(told) == len(ERRANDS)
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_an_error_of_the_store_ends_it_before_the_rest_is_begun() -> None:
    begun = []

    def read(errand: Errand) -> Page:
        begun.append(errand)
        if len(begun) == 3:
            raise StoreUnavailable("the disk is full")
        if len(begun) > 3:
            threading.Event().wait(0.5)  # time for the other thread to hear of it
        return page(errand)

    with pytest.raises(StoreUnavailable, match="disk is full"):
        read_all(ERRANDS, read, 1, lambda _: None)
    assert 3 <= len(begun) < len(ERRANDS)


def test_ctrl_c_finishes_what_is_begun_and_begins_nothing_more() -> None:
    begun: list[str] = []
    ended: list[str] = []
    go_on = threading.Event()

    def read(errand: Errand) -> Page:
        begun.append(errand.canvas.key)
        if len(begun) > 1:
            go_on.wait(60)
        ended.append(errand.canvas.key)
        return page(errand)

    def seen(_: Page) -> None:
        threading.Timer(0.2, go_on.set).start()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_all(ERRANDS, read, 2, seen)
    assert sorted(begun) == sorted(ended)
    assert len(begun) < len(ERRANDS)
