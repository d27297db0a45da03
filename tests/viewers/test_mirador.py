"""The main job: any manifest in, a box where the model saw something, in Mirador, by looking at the page."""

from __future__ import annotations

import pytest

from tests.viewers.conftest import Open
from tests.viewers.pages import JSON, Shares
from tests.viewers.pixels import around, changed, frame_of, traced
from tests.viewers.site import Site

PAGE = "setaf1538_faictz-JM-1538_2225a999e3"
"""A page with a large woodcut."""


def shares(annotation: JSON, canvas: JSON) -> Shares:
    """The region of an annotation as shares of its canvas."""
    target, _, fragment = annotation["target"].partition("#xywh=")
    assert target == canvas["id"]
    x, y, w, h = (int(number) for number in fragment.split(","))
    return x / canvas["width"], y / canvas["height"], w / canvas["width"], h / canvas["height"]


@pytest.mark.parametrize("version", ["3", "2"])
def test_a_visit_computes_the_page_and_draws_its_boxes_in_their_place(
    site: Site, open_browser: Open, version: str
) -> None:
    number = site.library.shelf.names(None).index(PAGE)
    source = site.server.register(site.library.manifest(version=version), "illustrations")
    canvas = site.server.manifest(source)["items"][number]
    picture = f"/image/{version}/{PAGE}/"
    done = site.server.done(source)["illustrations"]
    assert site.fetched(site.library, picture) == []

    visit = open_browser(color_scheme="dark")  # the page is the only thing in the picture that is not black
    rows = visit.mirador(site.server.view(source, canvas=canvas["id"]))

    visit.says(f"{done + 1} of 8 pages")
    assert len(site.fetched(site.library, picture)) == 1
    annotations = site.server.annotations(canvas)
    assert len(rows) == len(annotations)
    for row, annotation in zip(rows, annotations, strict=True):
        assert annotation["body"][1]["value"] in row
        assert "illustrations" in row and "machine-made" in row and "%" in row
    assert visit.chips() == [annotation["body"][1]["value"] for annotation in annotations]

    bare, drawn = visit.drawn()
    page = frame_of(changed(bare, bare[2, -2], by=20))
    box = frame_of(drawn)
    assert page and box
    regions = [page.part(*shares(annotation, canvas)) for annotation in annotations]
    assert box.is_near(around(regions), pixels=5), (box, regions)
    assert [traced(drawn, region.corners) for region in regions] == [1.0] * len(regions)
