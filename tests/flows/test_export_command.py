"""`glossator export` into directories and files that are there already, or that cannot be written."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from PIL import Image

from iiif_store.reading import Reading
from ml_backends.types import Box, Finding
from server.cli import main
from server.services import build
from server.settings import Settings
from tests.annotated import Annotated
from tests.flows.test_exports import PAGES

NOBODY = "http://127.0.0.1:9"
"""A server that is not there."""


def export(data: Path, source: str, form: str, out: str, *more: str) -> Result:
    command = ["export", source, "--format", form, "--out", out, *more]
    return CliRunner().invoke(main, command, env={"GLOSSATOR_DATA": str(data)})


@pytest.fixture
def book(tmp_path: Path) -> tuple[Path, str]:
    found = Annotated(tmp_path / "data", PAGES)
    return found.settings.data, found.source.id


@pytest.fixture
def sample(tmp_path: Path) -> tuple[Path, str]:
    """Two pages with pictures that live here."""
    built = build(Settings(data=tmp_path / "data"))
    source, _ = built.sources.register("local:sample", backends=("illustrations",))
    for canvas, label in zip(built.sources.manifest(source).canvases, ("map", "portrait"), strict=False):
        task = built.recipes.task(source, canvas, source.layers[0])
        found = (Finding("classifying", Box(100, 100, 300, 200), label, score=0.9),)
        built.store.put_reading(Reading(task.recipe, canvas.width or 1, canvas.height or 1, found, "t", "t"))
    return built.settings.data, source.id


def longest_side(path: Path) -> int:
    with Image.open(path) as picture:
        return max(picture.size)


def pictures(folder: Path) -> dict[Path, int]:
    """The pictures of a data set, and when they were written."""
    return {path: path.stat().st_mtime_ns for path in sorted(folder.glob("images/train/*.jpg"))}


def test_pictures_have_the_size_that_is_asked_for_last(tmp_path: Path, sample: tuple[Path, str]) -> None:
    out = f"{tmp_path}/set/"
    for size, part in (("200", ("--to", "1")), ("80", ("--from", "2"))):
        assert export(*sample, "yolo", out, "--size", size, *part).exit_code == 0
    assert export(*sample, "yolo", out, "--size", "400").exit_code == 0
    assert [longest_side(path) for path in pictures(Path(out))] == [400, 400]


def test_a_second_export_continues_the_classes_of_the_first(tmp_path: Path, sample: tuple[Path, str]) -> None:
    out = f"{tmp_path}/set/"
    for part in (("--to", "1"), ("--from", "2")):
        assert export(*sample, "yolo", out, *part).exit_code == 0
    labels = [path.read_text().split()[0] for path in sorted(Path(out).glob("labels/train/*.txt"))]
    names = yaml.safe_load(Path(out, "data.yaml").read_text())["names"]
    assert [names[int(number)] for number in labels] == ["map", "portrait"]


def test_pictures_smaller_than_asked_for_are_made_once(tmp_path: Path, sample: tuple[Path, str]) -> None:
    out = f"{tmp_path}/set/"
    assert export(*sample, "yolo", out, "--size", "30000").exit_code == 0
    before = pictures(Path(out))
    assert export(*sample, "yolo", out, "--size", "30000").exit_code == 0
    assert before and pictures(Path(out)) == before


def test_a_picture_of_no_size_is_refused(tmp_path: Path, book: tuple[Path, str]) -> None:
    told = export(*book, "yolo", f"{tmp_path}/set/", "--size", "0")
    assert told.exit_code == 2 and "16" in told.output and not (tmp_path / "set").exists()


@pytest.mark.parametrize(("form", "slash"), [("alto", "/"), ("yolo", "/"), ("static", ""), ("static", "/")])
def test_a_file_in_the_place_of_the_directory(tmp_path: Path, book: tuple[Path, str], form: str, slash: str) -> None:
    (tmp_path / "plain").write_text("mine")
    told = export(*book, form, f"{tmp_path}/plain{slash}")
    assert told.exit_code == 2 and "plain is a file" in told.output and "Name a directory" in told.output
    assert (tmp_path / "plain").read_text() == "mine"


@pytest.mark.parametrize(("form", "out"), [("alto", "plain/alto/"), ("static", "plain/site"), ("csv", "plain/a.csv")])
def test_a_file_in_the_way_is_named(tmp_path: Path, book: tuple[Path, str], form: str, out: str) -> None:
    (tmp_path / "plain").write_text("mine")
    told = export(*book, form, f"{tmp_path}/{out}")
    assert told.exit_code == 1 and "plain" in told.output and "cannot be written" in told.output
    assert isinstance(told.exception, SystemExit)


def test_a_server_sends_no_directory(tmp_path: Path) -> None:
    """Said before anything is asked of the server, which nobody answers for here."""
    (tmp_path / "there").mkdir()
    for out in (f"{tmp_path}/newdir/", f"{tmp_path}/there"):
        told = export(tmp_path / "data", "book", "alto", out, "--server", NOBODY)
        assert told.exit_code == 2 and "ends in .zip" in told.output
    one = export(tmp_path / "data", "book", "csv", f"{tmp_path}/there", "--server", NOBODY)
    assert one.exit_code == 2 and "this format is one file" in one.output
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


@contextmanager
def broken_off() -> Iterator[str]:
    """A server that hangs up in the middle of its first answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with listening.accept()[0] as asked:
                asked.recv(2**16)
                asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 200_000)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(10)


def test_a_download_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with broken_off() as server:
        told = export(tmp_path / "data", "book", "csv", f"{tmp_path}/out/a.csv", "--server", server)
    assert told.exit_code == 1 and "broke off" in told.output and "Nothing was written" in told.output
    assert list((tmp_path / "out").iterdir()) == []
