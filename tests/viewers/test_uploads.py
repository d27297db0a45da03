"""Scans of people who have no image server: uploaded in the browser, looked at in Mirador, read by the model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.viewers.conftest import Open
from tests.viewers.pixels import around, changed, frame_of
from tests.viewers.site import Site
from tests.viewers.test_mirador import PAGE, shares
from tests.viewers.visit import BOOKS_OF_OTHERS, CONTRAST


@pytest.fixture
def scans(tmp_path: Path, page_images: Path) -> list[Path]:
    names = {"2.jpg": "nls_108499485_3", "10.jpg": PAGE}
    return [Path(shutil.copy(page_images / f"{name}.jpg", tmp_path / file)) for file, name in names.items()]


def test_pictures_are_uploaded_and_the_model_reads_them_in_mirador(
    site: Site, open_browser: Open, scans: list[Path]
) -> None:
    visit = open_browser(color_scheme="dark")
    visit.expected.extend(BOOKS_OF_OTHERS)
    page = visit.page
    page.goto(site.server.base)
    page.get_by_role("link", name="Upload them").click()
    page.get_by_label("Add scans").set_input_files(scans)
    page.get_by_text("Title and rights").click()
    page.get_by_label("Title", exact=True).fill("Two of ours")
    page.get_by_role("button", name="Make a book of them").click()
    page.wait_for_url("**/admin/sources/*")
    assert page.get_by_role("heading", name="Two of ours").is_visible()
    source = page.url.rpartition("/")[2]

    canvas = site.server.manifest(source)["items"][1]
    assert canvas["label"] == {"none": ["10"]}
    rows = visit.mirador(site.server.view(source, canvas=canvas["id"], layers="illustrations"))
    annotations = site.server.annotations(canvas)
    assert len(rows) == len(annotations) > 0
    assert [url for url in visit.answers(200) if "/iiif/image/3/" in url and "/default.jpg" in url]
    bare, drawn = visit.drawn()
    leaf, box = frame_of(changed(bare, bare[2, -2], by=20)), frame_of(drawn)
    assert leaf and box
    regions = [leaf.part(*shares(annotation, canvas)) for annotation in annotations]
    assert box.is_near(around(regions), pixels=5), (box, regions)


def test_what_was_left_out_is_told_before_one_goes_on(site: Site, open_browser: Open, scans: list[Path]) -> None:
    page = open_browser().page
    broken = scans[0].with_name("3.jpg")
    broken.write_bytes(b"no picture")
    page.goto(f"{site.server.base}/admin/")
    page.get_by_label("Add scans").set_input_files([*scans, broken])
    page.get_by_role("button", name="Make a book of them").click()
    told = page.locator("form[data-upload] output")
    told.get_by_role("link", name="Go on to the book").wait_for()
    assert "2 pages; 1 files were left out" in told.inner_text() and "3.jpg is no picture" in told.inner_text()
    page.get_by_label("Add scans").set_input_files([broken])
    page.get_by_role("button", name="Make a book of them").click()
    page.get_by_text("There is no picture in 3").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_book_of_scans_is_looked_after_on_its_page(
    site: Site, open_browser: Open, tmp_path: Path, scheme: str
) -> None:
    scans = [tmp_path / f"{colour}-{scheme}.png" for colour in ("red", "blue")]
    for path in scans:
        Image.new("RGB", (90, 120 + len(scheme)), path.stem.partition("-")[0]).save(path)
    page = open_browser(color_scheme=scheme, java_script_enabled=False).page
    page.goto(f"{site.server.base}/admin/")
    page.get_by_label("Add scans").set_input_files(scans[:1])
    page.get_by_role("button", name="Make a book of them").click()
    page.wait_for_url("**/admin/sources/*")
    page.get_by_label("The scans as they are now").set_input_files(scans)
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("It is brought up to date.").wait_for()
    assert "of 2" in page.get_by_role("row").filter(has_text="Illustrations").inner_text()
    page.get_by_text("Delete…").click()
    assert page.get_by_text("2 scans of it that no other book shows").is_visible()
    assert page.evaluate(CONTRAST) == []
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete this source").click()
    page.get_by_text("is deleted.").wait_for()
