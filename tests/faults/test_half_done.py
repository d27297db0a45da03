"""A writer who fails or is killed after the write and before he has told of it: it is told all the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from PIL import Image

from iiif_store.errors import StoreUnavailable
from iiif_store.reading import Recipe
from iiif_store.stores import Store, open_store
from iiif_store.stores.tokens import new_token
from ml_backends.lane import Lane
from ml_backends.types import BackendInfo, Finding, Transport
from server.app import create_app
from server.engine.lanes import Lanes
from server.engine.reader import Reader
from tests.annotated import Annotated
from tests.web import problem

NOTE = {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    "type": "Annotation",
    "motivation": "commenting",
    "body": {"type": "TextualBody", "value": "Eichhörnchen"},
    "target": "https://library.example/canvas/1#xywh=1,2,3,4",
}


class Killed(BaseException):
    pass


def die(*_: object) -> None:
    raise Killed


def refuse(*_: object) -> None:
    raise StoreUnavailable("the disk is gone")


@pytest.fixture
def book(tmp_path: Path) -> Annotated:
    book = Annotated(tmp_path / "data", [[]])
    told(book.services.store)
    return book


@pytest.fixture
def client(book: Annotated) -> FlaskClient:
    """Of somebody who may write."""
    secret, token = new_token("Ada")
    book.services.store.put_token(token)
    client = create_app(book.settings, book.services).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def told(store: Store) -> list[str]:
    """What harvesters are told now, in the order of the stream."""
    store.activities.settle()
    return [row.type for row in store.activities.page(0)]


def test_a_deletion_is_told(book: Annotated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book.services.sources, "changed", die)
    with pytest.raises(Killed):
        book.services.sources.delete(book.source)
    assert told(open_store(book.settings.store_url)) == ["Refresh", "Create", "Delete"]


def test_another_look_at_the_publishers_is_no_news(book: Annotated) -> None:
    book.services.sources.change(book.source, policy=book.source.policy)
    assert told(book.services.store) == ["Refresh", "Create"]


class Model:
    info = BackendInfo("model", "1", "Model")

    def load(self, device: str, transport: Transport) -> None:
        pass

    def predict(self, pictures: Sequence[Image.Image]) -> list[list[Finding]]:
        return [[] for _ in pictures]


def test_a_reading_is_told(book: Annotated, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_lane(recipe: Recipe, device: str) -> Lane:
        return Lane(Model(), device, None)  # type: ignore[arg-type]

    store, source = open_store(book.settings.store_url), book.source
    canvas = book.services.sources.manifest(source).canvases[0]
    store.raise_generation(canvas.painted().reference)
    task = book.services.recipes.task(source, canvas, source.layers[0])
    picture = SimpleNamespace(image=Image.new("RGB", (8, 8)), inputs=(), digest="")
    reader = Reader(store, lambda view, edge: picture, Lanes(open_lane, "cpu"), attempts=3, software="test")
    monkeypatch.setattr(store, "clear_failure", die)
    with pytest.raises(Killed):
        reader.read(task)
    reader.close(1.0)
    assert store.has_reading(task.revision)
    assert told(store) == ["Refresh", "Create", "Update"]


def test_an_annotation_that_is_deleted_though_the_store_fails_then_is_not_found_and_told(
    book: Annotated, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = book.services.store
    made = client.post(f"/annotations/{book.source.id}/", json=NOTE, content_type="application/ld+json")
    search = f"/iiif/search/2/{book.source.id}?q=eichh%C3%B6rnchen"
    assert made.status_code == 201, made.text
    book.services.search.wait()
    found = client.get(search).get_json(force=True)
    assert len(found["items"]) == 1 and told(store) == ["Refresh", "Create", "Update"]
    monkeypatch.setattr("iiif_store.stores.files.remove_folder", refuse)
    path = made.headers["Location"].removeprefix("http://localhost")
    seen = {"If-Match": made.headers["ETag"]}
    assert [problem(client.delete(path, headers=seen))["status"] for _ in range(2)] == [503, 410]
    book.services.search.wait()
    found = client.get(search).get_json(force=True)
    assert found["items"] == [] and told(store) == ["Refresh", "Create", "Update", "Update"]


def test_a_write_of_an_annotation_is_told(
    book: Annotated, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = book.services.store
    monkeypatch.setattr(book.services.curated, "_changed", die)
    with pytest.raises(Killed):
        client.post(f"/annotations/{book.source.id}/", json=NOTE, content_type="application/ld+json")
    assert len(list(store.annotations.of(book.source.id))) == 1
    assert told(store) == ["Refresh", "Create", "Update"]
