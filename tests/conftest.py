"""What tests share: real pages, a real publisher on loopback, and a fetcher that may reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from iiif_store.fetch.limits import Limits
from iiif_store.fetch.remote import Remote
from tests.publisher import Publisher
from tests.web import WebRoom, web_room

# No test reads a clock: a busy machine is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

ROOT = Path(__file__).parents[1]
MakeRemote = Callable[..., Remote]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The large corpus beside the repository; a test that takes it has a small selection in tests/data too."""
    found = ROOT.parent / "shared" / "data"
    if not found.is_dir():
        pytest.skip(f"the large corpus is not at {found}")
    return found


@pytest.fixture(scope="session")
def page_images() -> Path:
    """A directory with eight real page scans; their regions are in ../regions.jsonl."""
    return ROOT / "tests" / "data" / "pages" / "images"


@pytest.fixture
def publisher(page_images: Path) -> Iterator[Publisher]:
    """A publisher of its own for each test: see tests/publisher/__init__.py for what it offers."""
    with Publisher(page_images) as publisher:
        yield publisher


@pytest.fixture
def make_remote(publisher: Publisher, tmp_path: Path) -> Iterator[MakeRemote]:
    """Makes fetchers that may reach the publisher, are quick to give up, and share a cache; keywords are those of
    Limits and of Remote."""
    made: list[Remote] = []

    def make(**options: Any) -> Remote:
        names = set(Limits.__dataclass_fields__)
        limits = {"backoff": 0.01, **{name: options.pop(name) for name in names & options.keys()}}
        options.setdefault("allow_hosts", frozenset({publisher.host}))
        options.setdefault("cache_dir", tmp_path / "cache")
        made.append(Remote(Limits(**limits), **options))
        return made[-1]

    yield make
    for remote in made:
        remote.close()


@pytest.fixture
def remote(make_remote: MakeRemote) -> Remote:
    return make_remote()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRoom]:
    """The web application with a publisher, for the tests of one module."""
    with web_room(tmp_path_factory.mktemp("web")) as room:
        yield room


@pytest.fixture(scope="module")
def source(web: WebRoom) -> str:
    """The id of a book in `web`."""
    return web.register()
