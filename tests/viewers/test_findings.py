"""What findings of every kind look like in Mirador."""

from __future__ import annotations

import pytest

from tests.viewers.book import Publish
from tests.viewers.pages import BOX, GRID, HEBREW, JSON, LABEL, LATIN, SIZE, TRIANGLE, Shares
from tests.viewers.pixels import around, frame_of, traced
from tests.viewers.site import Site
from tests.viewers.visit import Visit, page_of

REMARK: Shares = (0.1, 0.7, 0.3, 0.2)
"""Where the publisher's readers saw something."""


def assert_drawn(visit: Visit, name: str, *boxes: Shares) -> None:
    """These boxes on a coloured page, and nothing beyond them."""
    bare, drawn = visit.drawn()
    regions = [page_of(bare, name).part(*box) for box in boxes]
    found = frame_of(drawn)
    assert found and found.is_near(around(regions), pixels=5), (found, regions)
    assert [traced(drawn, region.corners) for region in regions] == [1.0] * len(boxes)


def assert_nothing_drawn(visit: Visit, name: str) -> None:
    """The page is there, and nothing on it."""
    bare, drawn = visit.drawn()
    page_of(bare, name)
    assert not drawn.any()


def test_none(visit: Visit, publish: Publish) -> None:
    book = publish("scribe")
    done = book.server.done(book.source)["scribe"]
    visit.mirador(book.view("empty"), rows=0)
    visit.says(f"Scribe: {done + 1} of 7 pages")
    visit.page.get_by_text("Showing 0 annotations").wait_for()
    assert_nothing_drawn(visit, "empty")


def test_exactly_one(visit: Visit, publish: Publish) -> None:
    rows = visit.mirador(publish("scribe").view("single"), rows=1)
    assert rows[0].split("\n")[0] == "Seal, 91 %, scribe 1.0, machine-made"
    assert visit.chips() == ["seal"]
    assert_drawn(visit, "single", BOX)


def test_layers_are_switched_without_leaving_the_page(visit: Visit, publish: Publish) -> None:
    visit.mirador(publish("scribe", "probe").view("single"), rows=2)
    assert set(visit.chips()) == {"seal", "page"}
    assert_drawn(visit, "single", BOX, (0, 0, 1, 1))

    scribe, probe = visit.page.get_by_role("checkbox").all()
    probe.click()
    visit.listed(rows=1)
    assert visit.chips() == ["seal"]
    assert_drawn(visit, "single", BOX)

    scribe.click()
    visit.listed(rows=0)
    assert [one.get_attribute("aria-checked") for one in (scribe, probe)] == ["false", "false"]
    assert_nothing_drawn(visit, "single")

    probe.focus()
    visit.page.keyboard.press("Space")  # as on every checkbox
    visit.listed(rows=1)
    assert visit.chips() == ["page"]


def test_what_the_publisher_wrote_stays_and_is_shown_beside_ours(site: Site, visit: Visit, publish: Publish) -> None:
    def annotated(manifest: JSON) -> JSON:
        for number, canvas in enumerate(manifest["items"]):
            canvas["annotations"] = [remarks(canvas["id"], f"{site.origin.base}/remarks/{number}")]
        return manifest

    book = publish("scribe", change=annotated)
    rows = visit.mirador(book.view("single"), rows=3)
    assert [row.split("\n")[0] for row in rows] == [
        "Of the whole page",
        "A reader's remark",
        "Seal, 91 %, scribe 1.0, machine-made",
    ]
    assert_drawn(visit, "single", BOX, REMARK)
    canvas = book.canvas("single")
    number = book.names.index("single")
    assert canvas["annotations"][0] == remarks(canvas["id"], f"{site.origin.base}/remarks/{number}")


def remarks(canvas: str, page: str) -> JSON:
    """A page of two: of a canvas, and of a part of it."""
    x, y, w, h = (round(share * side) for share, side in zip(REMARK, SIZE * 2, strict=True))
    told = {"Of the whole page": canvas, "A reader's remark": f"{canvas}#xywh={x},{y},{w},{h}"}
    items = [
        {
            "id": f"{page}/{n}",
            "type": "Annotation",
            "motivation": "commenting",
            "body": {"type": "TextualBody", "value": words, "format": "text/plain"},
            "target": target,
        }
        for n, (words, target) in enumerate(told.items())
    ]
    return {"id": page, "type": "AnnotationPage", "items": items}


@pytest.mark.parametrize("service", ["3", "2", "level0-3", "plain"])
def test_on_a_canvas_larger_than_its_image_the_box_lies_right(visit: Visit, publish: Publish, service: str) -> None:
    visit.mirador(publish("scribe", canvas="2", service=service).view("single"), rows=1)
    assert_drawn(visit, "single", BOX)


def test_signs_and_letters_of_every_kind_are_text(visit: Visit, publish: Publish) -> None:
    rows = visit.mirador(publish("scribe").view("letters"), rows=3)
    assert rows[0].split("\n")[0] == f"{LABEL}, scribe 1.0, machine-made"
    assert visit.chips() == [LABEL]
    assert [row.strip() for row in rows[1:]] == [LATIN, HEBREW]


def test_an_outline_is_drawn_as_a_line_through_its_points(visit: Visit, publish: Publish) -> None:
    visit.mirador(publish("scribe").view("outline"), rows=1)
    bare, drawn = visit.drawn()
    page = page_of(bare, "outline")
    assert traced(drawn, [page.at(share) for share in TRIANGLE]) == 1.0
    assert traced(drawn, page.part(0.2, 0.2, 0.6, 0.5).corners) < 0.3, "its bounding box is drawn"


def test_two_thousand_are_listed_and_drawn_and_the_page_can_be_turned(visit: Visit, publish: Publish) -> None:
    visit.mirador(publish("scribe").view("many"), rows=len(GRID))
    assert_drawn(visit, "many", GRID[0], GRID[777], GRID[-1])
    visit.page.get_by_label("Next item").click()
    visit.listed(rows=1)
    assert visit.chips() == ["coast"]
