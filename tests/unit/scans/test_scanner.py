"""Folders of real pictures become books: pixels, order, what is kept and what is left out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import orjson
import pytest
from PIL import Image

from iiif_store.fetch.decode import decode
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.source import source_id
from iiif_store.stores import open_store
from iiif_store.stores.base import Store
from server.local import LocalBooks
from server.scans.scanner import Scanned, Scanner, Wishes, finish, is_scans, name_in, name_of
from server.scans.selection import NotScans
from server.settings import Settings

NOW = "2026-01-01T00:00:00Z"


class Room:
    """A store, and a folder to be scanned."""

    def __init__(self, tmp_path: Path, **settings: Any) -> None:
        self.folder = tmp_path / "My scans"
        self.folder.mkdir()
        self.settings = Settings(data=tmp_path / "data", **settings)
        self.store: Store = open_store(self.settings.store_url)
        self.scanner = Scanner(self.store, self.settings)

    def paint(self, name: str, colour: str = "red", size: tuple[int, int] = (40, 60), **options: Any) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, colour).save(path, **options)
        return path

    def scan(self, path: Path | None = None, *, recursive: bool = False, named: bool = True, **said: str) -> Scanned:
        chosen = self.scanner.select(path or self.folder, recursive=recursive)
        name = name_of(path or self.folder) if named else None
        return finish(self.scanner.scan(chosen, Wishes(**said), created=NOW, name=name), lambda *_told: None)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def book(found: Scanned) -> Manifest:
    manifest = parse(found.document, url=found.url)
    assert isinstance(manifest, Manifest)
    return manifest


def labels(found: Scanned) -> list[str]:
    return [canvas.label for canvas in book(found).canvases]


def sizes(found: Scanned) -> list[tuple[int | None, int | None]]:
    return [(canvas.width, canvas.height) for canvas in book(found).canvases]


def images(found: Scanned) -> list[str]:
    return [canvas.painted().images[0].url.split("/")[2] for canvas in book(found).canvases]


def left_out(found: Scanned) -> Iterator[tuple[str, str, bool]]:
    return ((one.name, one.reason, one.missed) for one in found.left_out)


def colour(room: Room, found: Scanned, number: int) -> str:
    """Of the middle of a page, as a model is given it."""
    url = book(found).canvases[number].painted().images[0].url
    path = LocalBooks(room.store).path(url)
    assert path
    picture = decode(path.read_bytes(), url, max_pixels=10**6, edge=1000).convert("RGB")
    pixel = picture.getpixel((picture.width // 2, picture.height // 2))
    names = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
    return min(names, key=lambda name: sum(abs(a - b) for a, b in zip(names[name], pixel, strict=True)))


def test_a_folder_becomes_a_book_in_the_order_in_which_people_count(room: Room) -> None:
    for name, painted in (("10.png", "blue"), ("2.jpg", "lime"), ("1.webp", "red")):
        room.paint(name, painted)
    found = room.scan()
    assert labels(found) == ["1", "2", "10"]
    assert [colour(room, found, number) for number in range(3)] == ["red", "lime", "blue"]
    assert (found.pages, found.made, book(found).label) == (3, 3, "My scans")
    assert found.url == f"local:scans/{name_of(room.folder)}" and name_in(found.url) == name_of(room.folder)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("1.jpg", {}),
        ("1.jpg", {"progressive": True}),
        ("1.png", {}),
        ("1.tif", {"compression": "tiff_lzw"}),
        ("1.tif", {"compression": "jpeg"}),
        ("1.webp", {"lossless": True}),
        ("1.jp2", {}),
        ("1.gif", {}),
        ("1.bmp", {}),
        ("no ending", {"format": "PNG"}),
    ],
)
def test_formats_are_told_by_their_content(room: Room, name: str, options: dict[str, Any]) -> None:
    room.paint(name, "blue", **options)
    found = room.scan()
    assert (sizes(found), colour(room, found, 0)) == ([(40, 60)], "blue")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_its_camera_held_it(room: Room, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    room.paint("1.jpg", size=(40, 60), exif=exif)
    assert sizes(room.scan()) == [(60, 40) if orientation > 4 else (40, 60)]


def test_every_page_of_a_tiff_is_a_canvas_and_smaller_copies_are_none(room: Room) -> None:
    pages = [Image.new("RGB", (50, 50 + n), name) for n, name in enumerate(("red", "lime", "blue"))]
    thumbnail = Image.new("RGB", (5, 5))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    pages[0].save(room.folder / "book.tif", save_all=True, append_images=[pages[1], thumbnail, pages[2]])
    room.paint("zzz.jpg")
    found = room.scan()
    assert labels(found) == ["book, 1", "book, 2", "book, 3", "zzz"]
    assert [colour(room, found, n) for n in range(3)] == ["red", "lime", "blue"]
    assert len({canvas.key for canvas in book(found).canvases}) == 4


def test_our_own_pyramids_are_one_picture(room: Room) -> None:
    room.paint("1.jpg", size=(700, 900))
    (image,) = images(room.scan())
    path = room.store.images.path(image)
    assert path
    (room.folder / "1.jpg").unlink()
    shutil.copy(path, room.folder / "pyramid.tif")
    assert sizes(room.scan()) == [(700, 900)]


def test_what_is_read_of_a_pyramid_is_its_smallest_level_that_will_do(room: Room) -> None:
    room.paint("1.jpg", "lime", size=(1000, 1400))
    found = room.scan()
    path = room.store.images.path(images(found)[0])
    assert path
    small = decode(path.read_bytes(), "x", max_pixels=10**7, edge=350, expected=(1000, 1400))
    assert small.size == (250, 350)
    whole = decode(path.read_bytes(), "x", max_pixels=10**7, edge=5000, expected=(1000, 1400))
    assert whole.size == (1000, 1400)


def test_one_picture_under_two_names_is_kept_once_and_shown_twice(room: Room) -> None:
    room.paint("1.jpg")
    shutil.copy(room.folder / "1.jpg", room.folder / "2.jpg")
    found = room.scan()
    one, two = images(found)
    assert one == two
    assert (found.pages, found.made, len(list(room.store.images.ids()))) == (2, 1, 1)


def test_sub_folders_are_chapters_if_they_are_asked_for(room: Room) -> None:
    room.paint("1.jpg")
    room.paint("vol 2/1.jpg", "blue")
    room.paint("vol 10/1.jpg", "lime")
    found = room.scan()
    assert labels(found) == ["1"]
    assert list(left_out(found)) == [
        (f"vol {n}/", "is a folder; --recursive takes it in as a chapter", False) for n in (10, 2)
    ]
    found = room.scan(recursive=True)
    assert [colour(room, found, n) for n in range(3)] == ["red", "blue", "lime"]
    assert [chapter["label"]["none"] for chapter in book(found).document["structures"]] == [["vol 2"], ["vol 10"]]


def test_what_cannot_be_read_is_told_and_stops_nothing(room: Room) -> None:
    room.paint("1.jpg")
    (room.folder / "2.jpg").write_bytes(b"no picture")
    (room.folder / "3.jpg").write_bytes(room.paint("x.jpg", size=(300, 300)).read_bytes()[:900])
    (room.folder / "4.pdf").write_bytes(b"%PDF-1.4 ...")
    (room.folder / "5.txt").write_text("notes")
    (room.folder / "6.jpg").symlink_to("nowhere.jpg")
    (room.folder / "empty.png").touch()
    (room.folder / ".hidden.jpg").write_bytes(b"")
    (room.folder / "Thumbs.db").write_bytes(b"")
    found = room.scan()
    assert labels(found) == ["1", "x"]
    told = {name: (reason, missed) for name, reason, missed in left_out(found)}
    assert sorted(told) == ["2.jpg", "3.jpg", "4.pdf", "5.txt", "6.jpg", "empty.png"]
    assert "PDF" in told["4.pdf"][0] and "pdftoppm" in told["4.pdf"][0]
    assert [name for name in sorted(told) if not told[name][1]] == ["5.txt"]
    assert not any(str(room.folder) in reason for reason, _ in told.values())
    assert list(room.scanner.scratch.iterdir()) == []


def test_nothing_is_decoded_above_the_limit(tmp_path: Path) -> None:
    room = Room(tmp_path, max_pixels=10_000)
    room.paint("fits.png", size=(100, 100))
    room.paint("large.png", size=(101, 100))
    pages = [Image.new("L", size) for size in ((10, 10), (101, 100))]
    pages[0].save(room.folder / "pages.tif", save_all=True, append_images=pages[1:])
    found = room.scan()
    assert labels(found) == ["fits"]
    assert {name for name, reason, _ in left_out(found) if "101 x 100 pixels" in reason} == {"large.png", "pages.tif"}


def test_a_folder_without_pictures_says_what_there_is(room: Room) -> None:
    (room.folder / "notes.txt").write_text("x")
    room.paint("sub/1.jpg")
    with pytest.raises(NotScans, match=r"no picture in My scans: sub/ is a folder; --recursive"):
        room.scan()
    with pytest.raises(NotScans, match="neither a folder nor a zip"):
        room.scan(room.folder / "notes.txt")
    with pytest.raises(NotScans, match="cannot be read"):
        room.scan(room.folder / "gone")


def test_more_files_than_are_taken(tmp_path: Path) -> None:
    room = Room(tmp_path, max_scans=2)
    for number in range(3):
        room.paint(f"{number}.jpg")
    with pytest.raises(NotScans, match="more than 2 files"):
        room.scan()


class TestAgain:
    """A folder that is added again."""

    def settle(self, room: Room, **options: Any) -> Scanned:
        from server.sources import Sources

        found = room.scan(**options)
        sources = Sources(room.store, None, LocalBooks(room.store), layers=(), refresh_after=1)  # type: ignore[arg-type]
        sources.settle(found.url, found.document)
        return found

    def test_makes_only_what_is_missing_and_keeps_every_canvas(self, room: Room) -> None:
        room.paint("1.jpg", "red")
        room.paint("3.jpg", "blue")
        first = self.settle(room)
        room.paint("2.jpg", "lime")
        second = self.settle(room)
        assert (first.url, second.made, labels(second)) == (second.url, 1, ["1", "2", "3"])
        before, after = [canvas.key for canvas in book(first).canvases], [c.key for c in book(second).canvases]
        assert [after[0], after[2]] == before
        source = room.store.get_source(source_id(first.url))
        assert source and len(source.snapshots) == 1
        assert room.store.get_snapshot(source.snapshots[0]) == first.document

    def test_with_nothing_new_it_is_the_same_document(self, room: Room) -> None:
        room.paint("1.jpg")
        assert self.settle(room).document == self.settle(room).document
        source = room.store.get_source(source_id(room.scan().url))
        assert source and source.snapshots == ()

    def test_what_was_said_stays_until_something_else_is(self, room: Room) -> None:
        room.paint("1.jpg")
        rights = "http://rightsstatements.org/vocab/NoC-US/1.0/"
        self.settle(room, label="Ours", attribution="me")
        found = book(self.settle(room, rights=rights))
        assert (found.label, found.document["rights"]) == ("Ours", rights)
        assert found.document["requiredStatement"]["value"] == {"none": ["me"]}
        record = room.store.images.get(images(room.scan())[0])
        assert record and (record.rights, record.attribution) == (rights, "me")
        assert "rights" not in book(self.settle(room, rights="")).document

    def test_a_page_that_was_scanned_anew_is_the_same_canvas_with_another_picture(self, room: Room) -> None:
        room.paint("1.jpg", "red")
        first = self.settle(room)
        room.paint("1.jpg", "blue")
        second = self.settle(room)
        assert book(first).canvases[0].key == book(second).canvases[0].key
        assert images(first) != images(second)

    def test_a_book_without_a_name_is_named_by_its_content(self, room: Room) -> None:
        room.paint("1.jpg")
        first = room.scan(named=False)
        assert first.url == room.scan(named=False).url != room.scan().url
        room.paint("2.jpg")
        assert first.url != room.scan(named=False).url


def test_a_zip_is_what_its_folder_is(room: Room) -> None:
    room.paint("a/1.jpg")
    room.paint("2.jpg", "blue")
    with ZipFile(room.folder.parent / "x.zip", "w") as archive:
        for path in sorted(room.folder.rglob("*.jpg")):
            archive.write(path, Path("My scans", path.relative_to(room.folder)))
    assert is_scans(str(room.folder.parent / "x.zip")) and is_scans(str(room.folder))
    unpacked, packed = room.scan(recursive=True), room.scan(room.folder.parent / "x.zip")
    assert packed.made == 0
    assert orjson.loads(packed.document)["label"] == orjson.loads(unpacked.document)["label"]
    assert [canvas["id"].split("/")[-1] for canvas in orjson.loads(packed.document)["items"]] == [
        canvas["id"].split("/")[-1] for canvas in orjson.loads(unpacked.document)["items"]
    ]


def test_real_pages_are_read_as_they_are(room: Room, page_images: Path) -> None:
    found = room.scan(page_images)
    assert found.left_out == () and found.pages == 8
    for canvas, path in zip(book(found).canvases, sorted(page_images.iterdir()), strict=True):
        with Image.open(path) as picture:
            assert (canvas.width, canvas.height) == picture.size
            kept = LocalBooks(room.store).path(canvas.painted().images[0].url)
            assert kept
            again = decode(kept.read_bytes(), "x", max_pixels=10**7, edge=picture.width // 4)
            assert abs(again.width / again.height - picture.width / picture.height) < 0.02
