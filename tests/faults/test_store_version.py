"""The VERSION of a data directory: newer ones are refused, older ones migrated, and nothing is lost on the way."""

from __future__ import annotations

import resource
import shutil
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path

import orjson
import pytest

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import contenders, open_store
from iiif_store.stores.samples import JOB, READING, SOURCE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def url(root: Path) -> str:
    return f"tinydb://{root}"


def make_layout_0(root: Path, sources: int = 3) -> None:
    """As before there was a VERSION: rows are bare objects, everything else is as now."""
    store = open_store(f"tinydb://{root}")
    store.put_reading(READING)
    (root / "VERSION").unlink()
    (root / "VERSION.lock").unlink(missing_ok=True)
    shutil.rmtree(root / "backups")
    for n in range(sources):
        source = replace(SOURCE, id=f"source-{n:04}")
        (root / "sources" / f"{source.id}.json").write_bytes(orjson.dumps(asdict(source)))
    (root / "jobs" / f"{JOB.id}.json").write_bytes(orjson.dumps(asdict(JOB)))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below it but locks."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def kept(root: Path) -> dict[str, bytes]:
    return {
        name: data for name, data in contents(root).items() if name.split("/")[0] in ("sources", "jobs", "readings")
    }


def assert_migrated(url: str, sources: int) -> None:
    store = open_store(url)
    expected = [replace(SOURCE, id=f"source-{n:04}") for n in range(sources)]
    assert store.sources(limit=10**6) == expected
    assert store.jobs() == [JOB]
    assert store.get_reading(READING.revision) == READING


def test_a_new_directory_has_the_layout_of_the_design(root: Path, url: str) -> None:
    open_store(url)
    assert (root / "VERSION").read_text() == "1\n"
    designed = {"sources", "readings", "curated", "jobs", "activity", "blobs", "cache", "pages", "run"}
    assert designed <= {path.name for path in root.iterdir()}


def test_processes_that_open_a_new_directory_at_once_all_can(root: Path, url: str) -> None:
    contenders.in_processes(4, contenders.raise_often, url, "picture", 1)
    assert open_store(url).generation("picture") == 4
    assert not list((root / "backups").iterdir())


@pytest.mark.parametrize(("version", "text"), [("2\n", "newer release"), ("", "damaged"), ("one", "damaged")])
def test_a_newer_or_unknown_version_is_refused_and_left_alone(root: Path, url: str, version: str, text: str) -> None:
    open_store(url).put_source(SOURCE)
    (root / "VERSION").write_text(version)
    before = contents(root)
    with pytest.raises(StoreUnavailable, match=text) as error:
        open_store(url)
    assert str(root) in str(error.value)
    assert contents(root) == before


def test_a_store_tells_that_its_directory_was_migrated_by_a_newer_release(root: Path, url: str) -> None:
    store = open_store(url)
    (root / "VERSION").write_text("7\n")
    assert "newer release (layout 7" in (store.ready() or "")
    assert list(store.check()) == [store.ready()]


def test_an_older_directory_is_migrated_after_a_back_up(root: Path, url: str) -> None:
    make_layout_0(root)
    before = kept(root)
    assert_migrated(url, 3)
    assert (root / "VERSION").read_text() == "1\n"
    [backup] = (root / "backups").iterdir()
    assert backup.name.startswith("layout-0-2")
    assert contents(backup) == before
    open_store(url).put_source(replace(SOURCE, id="source-0000", label="changed"))
    assert contents(backup) == before, "a write to the store reached into the back-up"


def test_an_older_directory_without_any_source_is_migrated(root: Path, url: str) -> None:
    (root / "sources").mkdir(parents=True)
    assert open_store(url).sources() == []
    assert (root / "VERSION").read_text() == "1\n"


def test_processes_that_find_an_older_directory_at_once_migrate_it_once(root: Path, url: str) -> None:
    make_layout_0(root, 50)
    contenders.in_processes(4, contenders.raise_often, url, "picture", 1)
    assert_migrated(url, 50)
    assert len(list((root / "backups").iterdir())) == 1


def test_a_migration_that_fails_in_the_middle_loses_nothing(root: Path, url: str) -> None:
    make_layout_0(root)
    broken = root / "sources" / "source-0001.json"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:100])
    before = kept(root)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="could not be migrated from layout 0 to 1") as error:
            open_store(url)
        assert str(broken) in str(error.value)
        assert not (root / "VERSION").exists()
        [backup] = (root / "backups").iterdir()
        assert contents(backup) == before
    broken.write_bytes(whole)
    assert_migrated(url, 3)


def test_a_back_up_that_finds_no_room_changes_nothing(root: Path, url: str) -> None:
    make_layout_0(root)
    before = kept(root)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(StoreUnavailable, match="free some space"):
            open_store(url)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert kept(root) == before
    assert list((root / "backups").iterdir()) == []
    assert_migrated(url, 3)


def is_bare(path: Path) -> bool:
    return "id" in orjson.loads(path.read_bytes())


def killed_in_the_middle(root: Path, url: str, sources: int) -> bool:
    """Kill a process that migrates as soon as it has migrated the first source; False if it was too quick for us."""
    process = get_context("spawn").Process(target=contenders.raise_often, args=(0, url, "picture", 0))
    process.start()
    while is_bare(root / "sources" / "source-0000.json"):
        assert process.is_alive()
    process.kill()
    process.join()
    return is_bare(root / "sources" / f"source-{sources - 1:04}.json")


def test_a_migration_that_is_killed_is_finished_by_the_next_process(root: Path, url: str) -> None:
    sources = 100
    make_layout_0(root, sources)
    before = kept(root)
    while not killed_in_the_middle(root, url, sources):
        shutil.rmtree(root)
        sources *= 2
        make_layout_0(root, sources)
        before = kept(root)
    [backup] = (root / "backups").iterdir()
    assert contents(backup) == before
    assert_migrated(url, sources)
    [backup] = (root / "backups").iterdir()
    assert contents(backup) == before


@pytest.mark.parametrize("url", ["postgresql://u:secret@host/db", "tinydb://data", "/data"])
def test_urls_of_no_store_are_refused_with_the_right_form(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="tinydb:///absolute/path") as error:
        open_store(url)
    assert "secret" not in str(error.value)
