"""Annotation editors that speak Annotot: what mirador-annotations' adapter sends, and what it reads back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.web import STRANGER, WebRoom, problem


@pytest.fixture
def canvas(web: WebRoom, source: str) -> Iterator[str]:
    """A canvas without any annotation of a person."""
    yield web.services.sources.manifest(web.services.sources.open(source)).canvases[0].id
    for note in list(web.room.store.annotations.of(source)):
        web.room.store.annotations.delete(source, note.id, "2026-01-01T00:00:00Z", None)


class Adapter:
    """The requests of mirador-annotations' AnnototAdapter, with its spelling."""

    def __init__(self, web: WebRoom, source: str, canvas: str) -> None:
        self.client, self.canvas, self.endpoint = web.client, canvas, f"http://localhost/annotot/{source}"

    def create(self, annotation: dict[str, Any]) -> Any:
        told = {"canvas": self.canvas, "data": json.dumps(annotation), "uuid": annotation["id"]}
        return self.client.post(self.endpoint, json={"annotation": told}, headers={"Accept": "application/json"})

    def update(self, annotation: dict[str, Any]) -> Any:
        told = {"data": json.dumps(annotation), "uuid": annotation["id"]}
        return self.client.patch(self.address(annotation["id"]), json={"annotation": told})

    def delete(self, uri: str) -> Any:
        return self.client.delete(self.address(uri))

    def all(self) -> Any:
        return self.client.get(f"{self.endpoint}?uri={quote(self.canvas)}").get_json(force=True)

    def address(self, uri: str) -> str:
        """With the id as encodeURIComponent writes it."""
        return f"{self.endpoint}/{quote(uri, safe='')}"


def drawn(canvas: str, text: str = "<p>An <strong>initial</strong></p>") -> dict[str, Any]:
    """What its WebAnnotation writes: no context, a box and an outline, and the manifest as one object."""
    path = '<path xmlns="http://www.w3.org/2000/svg" d="M10,20v40h30v-40z" data-paper-data="{}" stroke="#00bfff" />'
    outline = f'<svg xmlns="http://www.w3.org/2000/svg">{path}</svg>'
    part = {"id": "https://publisher.example/manifest", "type": "Manifest"}
    return {
        "id": "5b6e1f2c-3d4e-4f5a-8b9c-0d1e2f3a4b5c",
        "type": "Annotation",
        "motivation": "commenting",
        "body": [
            {"type": "TextualBody", "value": text},
            {"type": "TextualBody", "value": "initial", "purpose": "tagging"},
        ],
        "target": {
            "source": {"id": canvas, "type": "Canvas", "partOf": part},
            "selector": [
                {"type": "FragmentSelector", "value": "xywh=10,20,30,40"},
                {"type": "SvgSelector", "value": outline},
            ],
        },
    }


def test_an_editor_creates_changes_and_deletes(web: WebRoom, source: str, canvas: str) -> None:
    editor = Adapter(web, source, canvas)
    assert editor.all()["items"] == []
    created = editor.create(drawn(canvas))
    assert created.status_code == 200, created.text
    page = editor.all()
    assert created.get_json(force=True) == page and page["type"] == "AnnotationPage"
    item = page["items"][0]
    assert item["id"].startswith(f"http://localhost/annotations/{source}/")
    assert item["target"]["source"] == canvas and "M10,20v40h30v-40z" in item["target"]["selector"]["value"]
    assert "data-paper" not in item["target"]["selector"]["value"]
    assert web.client.get(item["id"]).get_json(force=True)["body"] == item["body"]

    item["body"][0]["value"] = "<p>Better</p>"
    changed = editor.update(item)
    assert changed.status_code == 200, changed.text
    assert [found["body"][0]["value"] for found in editor.all()["items"]] == ["<p>Better</p>"]
    assert editor.delete(item["id"]).status_code == 204
    assert editor.all()["items"] == []
    assert problem(editor.delete(item["id"]))["status"] == 410


def test_a_box_comes_back_as_a_selector(web: WebRoom, source: str, canvas: str) -> None:
    editor, note = Adapter(web, source, canvas), drawn(canvas)
    note["target"]["selector"] = {"type": "FragmentSelector", "value": "xywh=pixel:1.2,2,3,4"}
    assert editor.create(note).status_code == 200
    item = editor.all()["items"][0]
    assert [selector["value"] for selector in item["target"]["selector"]] == ["xywh=1,2,3,4"]
    assert editor.update(item).status_code == 200
    assert web.client.get(item["id"]).get_json(force=True)["target"] == f"{canvas}#xywh=1,2,3,4"


def test_what_is_refused(web: WebRoom, source: str, canvas: str) -> None:
    editor = Adapter(web, source, canvas)
    for body in ({}, {"annotation": []}, {"annotation": {"data": 5}}, {"annotation": {"data": "{"}}):
        assert problem(web.client.post(editor.endpoint, json=body))["status"] == 400
    assert problem(editor.create(drawn("https://nowhere.example/canvas")))["status"] == 400
    assert problem(editor.delete("no-such"))["status"] == 404
    assert problem(editor.delete("abcdefghijkl-0123456789abcdef-0"))["status"] == 405
    assert problem(web.client.get(editor.address("x")))["status"] == 405
    sent = {"annotation": {"canvas": canvas, "data": drawn(canvas)}}
    assert problem(web.client.post(editor.endpoint, json=sent, environ_base=STRANGER))["status"] == 401
    foreign = {"Origin": "https://evil.example"}
    assert problem(web.client.post(editor.endpoint, json=sent, headers=foreign))["status"] == 403
