"""What findings of every kind look like in Mirador."""

from __future__ import annotations

import pytest

from tests.viewers.book import Book, Publish
from tests.viewers.conftest import COLOURS
from tests.viewers.pixels import around, frame_of, traced
from tests.viewers.site import JSON, SIZE, Site
from tests.viewers.visit import Visit, page_of

BOX = (0.2, 0.3, 0.5, 0.25)
OTHER = (0.1, 0.7, 0.3, 0.2)
TRIANGLE = [(0.2, 0.2), (0.8, 0.3), (0.4, 0.7)]


def assert_drawn(visit: Visit, page: str, *boxes: tuple[float, float, float, float]) -> None:
    """These boxes, as shares of a page of one colour, and nothing else."""
    bare, drawn = visit.drawn()
    regions = [page_of(bare, COLOURS[page]).part(*box) for box in boxes]
    found = frame_of(drawn)
    assert found and found.is_near(around(regions), pixels=5), (found, regions)
    assert [traced(drawn, region.corners) for region in regions] == [1.0] * len(boxes)


def test_none(site: Site, visit: Visit, publish: Publish) -> None:
    book = publish("scribe")
    visit.mirador(book.view("empty"), rows=0)
    visit.says("Scribe: 1 of 9 pages")
    visit.page.get_by_text("Showing 0 annotations").wait_for()
    bare, drawn = visit.drawn()
    page_of(bare, COLOURS["empty"])
    assert not drawn.any()


def test_exactly_one(site: Site, visit: Visit, publish: Publish) -> None:
    site.told(COLOURS["single"], [{"label": "seal", "score": 0.91, "box": BOX}])
    rows = visit.mirador(publish("scribe").view("single"), rows=1)
    assert rows[0].split("\n")[0] == "Seal, 91 %, scribe 1.0, machine-made"
    assert visit.chips() == ["seal"]
    assert_drawn(visit, "single", BOX)


def test_layers_are_switched_on_and_off_without_leaving_the_page(site: Site, visit: Visit, publish: Publish) -> None:
    site.told(COLOURS["two"], [{"label": "seal", "box": BOX}])
    book = publish("scribe", "probe")
    assert set(visit_tags(visit, book, rows=2)) == {"seal", "page"}
    assert_drawn(visit, "two", BOX, (0, 0, 1, 1))

    visit.page.get_by_role("checkbox", name="A backend for tests").click()
    visit.listed(rows=1)
    assert visit.chips() == ["seal"]
    assert_drawn(visit, "two", BOX)

    visit.page.get_by_role("checkbox", name="Scribe").click()
    visit.listed(rows=0)
    bare, drawn = visit.drawn()
    page_of(bare, COLOURS["two"])
    assert not drawn.any()
    checks = visit.page.get_by_role("checkbox")
    assert [one.get_attribute("aria-checked") for one in checks.all()] == ["false", "false"]

    checks.nth(1).click()
    visit.listed(rows=1)
    assert visit.chips() == ["page"]


def visit_tags(visit: Visit, book: Book, rows: int) -> list[str]:
    visit.mirador(book.view("two"), rows=rows)
    return visit.chips()


def test_what_the_publisher_wrote_stays_and_is_shown_beside_ours(site: Site, visit: Visit, publish: Publish) -> None:
    site.told(COLOURS["single"], [{"label": "seal", "score": 0.91, "box": BOX}])

    def annotated(manifest: JSON) -> JSON:
        for number, canvas in enumerate(manifest["items"]):
            page = f"{site.origin.base}/remarks/{number}"
            canvas["annotations"] = [{"id": page, "type": "AnnotationPage", "items": [remark(canvas["id"], page)]}]
        return manifest

    book = publish("scribe", change=annotated)
    rows = visit.mirador(book.view("single"), rows=2)
    assert rows[0].startswith("A reader's remark")
    assert rows[1].startswith("Seal, 91 %")
    assert_drawn(visit, "single", BOX, OTHER)
    theirs = site.server.manifest(book.source)["items"][book.number("single")]["annotations"][0]
    assert theirs["items"][0]["body"]["value"] == "A reader's remark"


def remark(canvas: str, page: str) -> JSON:
    x, y, w, h = (round(share * side) for share, side in zip(OTHER, SIZE * 2, strict=True))
    body = {"type": "TextualBody", "value": "A reader's remark", "format": "text/plain"}
    target = f"{canvas}#xywh={x},{y},{w},{h}"
    return {"id": f"{page}/1", "type": "Annotation", "motivation": "commenting", "body": body, "target": target}


@pytest.mark.parametrize("service", ["3", "2", "level0-3", "plain"])
def test_on_a_canvas_larger_than_its_image_the_box_lies_right(
    site: Site, visit: Visit, publish: Publish, service: str
) -> None:
    site.told(COLOURS["wide"], [{"label": "seal", "box": BOX}])
    visit.mirador(publish("scribe", canvas="2", service=service).view("wide"), rows=1)
    assert_drawn(visit, "wide", BOX)


def test_signs_and_letters_of_every_kind_are_text(site: Site, visit: Visit, publish: Publish) -> None:
    label, text, hebrew = "<b>ink</b> & \"gold\"", "if a < b && c > d <img src=x onerror=alert(1)>", "שלום <עולם> & ברכה"
    read = {"motivation": "supplementing", "box": BOX}
    told = [{"label": label, "box": BOX}, {"text": text, **read}, {"text": hebrew, "language": "he", **read}]
    site.told(COLOURS["letters"], told)
    rows = visit.mirador(publish("scribe").view("letters"), rows=3)
    assert rows[0].split("\n")[0] == f"{label}, scribe 1.0, machine-made"
    assert visit.chips() == [label]
    assert [row.strip() for row in rows[1:]] == [text, hebrew]


def test_an_outline_is_drawn_as_a_line_through_its_points(site: Site, visit: Visit, publish: Publish) -> None:
    site.told(COLOURS["outline"], [{"label": "coast", "outline": TRIANGLE}])
    visit.mirador(publish("scribe").view("outline"), rows=1)
    bare, drawn = visit.drawn()
    page = page_of(bare, COLOURS["outline"])
    corners = [page.at(share) for share in TRIANGLE]
    assert traced(drawn, corners) == 1.0
    assert traced(drawn, page.part(0.2, 0.2, 0.6, 0.5).corners) < 0.3, "its bounding box is drawn"


def test_two_thousand_on_a_page_are_listed_and_drawn_and_the_reader_can_turn_it(
    site: Site, visit: Visit, publish: Publish
) -> None:
    across, down = 40, 50
    boxes = [(x / across, y / down, 0.6 / across, 0.6 / down) for y in range(down) for x in range(across)]
    site.told(COLOURS["many"], [{"label": f"word {n}", "box": box} for n, box in enumerate(boxes)])
    visit.mirador(publish("scribe").view("many"), rows=2000)
    assert_drawn(visit, "many", boxes[0], boxes[777], boxes[-1])
    visit.page.get_by_label("Next item").click()
    visit.listed(rows=1)
    assert visit.chips() == ["coast"]
