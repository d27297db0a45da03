"""Writers at a real server of two processes: a script with requests, and many at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.engines import HARMLESS, PATIENCE, engine_with
from tests.flows.test_web_gunicorn import Gunicorn, gunicorn
from tests.spec.web_annotation import Assertions, found_in

ANNO = "http://www.w3.org/ns/anno.jsonld"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    room_of = engine_with(tmp_path_factory.mktemp("writers"), HARMLESS[:3], backends=("probe",))
    with room_of as room, gunicorn(room, app="wsgi:app") as running:
        sent = {"url": room.publisher.manifest()}
        found = requests.post(f"{running.base}/api/sources", json=sent, timeout=PATIENCE)
        running.source = found.json()["id"]  # type: ignore[attr-defined]
        yield running


@pytest.fixture
def container(server: Gunicorn) -> str:
    return f"{server.base}/annotations/{server.source}/"  # type: ignore[attr-defined]


@pytest.fixture
def canvas(server: Gunicorn) -> str:
    manifest = server.get(f"/iiif/3/{server.source}/manifest").json()  # type: ignore[attr-defined]
    return str(manifest["items"][0]["id"])


def test_a_script_of_a_few_lines_writes(container: str, canvas: str) -> None:
    note = {"@context": ANNO, "type": "Annotation", "motivation": "commenting", "target": f"{canvas}#xywh=10,10,50,50"}
    note["body"] = {"type": "TextualBody", "value": "A printer's device", "language": "en"}  # type: ignore[assignment]
    made = requests.post(container, json=note, timeout=PATIENCE)
    made.raise_for_status()
    found = made.json() | {"motivation": "tagging"}
    changed = requests.put(found["id"], json=found, headers={"If-Match": made.headers["ETag"]}, timeout=PATIENCE)
    assert changed.json()["motivation"] == ["tagging"]
    assert requests.delete(found["id"], headers={"If-Match": changed.headers["ETag"]}, timeout=PATIENCE).ok


def test_many_writers_at_two_processes_lose_nothing(server: Gunicorn, container: str, canvas: str) -> None:
    shared = requests.post(
        container, json={"@context": ANNO, "type": "Annotation", "target": canvas, "bodyValue": "0"}, timeout=PATIENCE
    ).json()["id"]

    def work(n: int) -> int:
        """Adds annotations, and counts one up, each time from the state that it has seen."""
        won = 0
        for i in range(6):
            note = {"@context": ANNO, "type": "Annotation", "target": canvas, "bodyValue": f"{n} {i}"}
            assert requests.post(container, json=note, timeout=PATIENCE).status_code == 201
            seen = requests.get(shared, timeout=PATIENCE)
            told = seen.json()
            told["body"]["value"] = f"{int(told['body']['value']) + 1}"
            put = requests.put(shared, json=told, headers={"If-Match": seen.headers["ETag"]}, timeout=PATIENCE)
            assert put.status_code in (200, 412)
            won += put.status_code == 200
        return won

    with ThreadPoolExecutor(6) as threads:
        won = sum(threads.map(work, range(6)))
    assert won >= 1
    assert requests.get(shared, timeout=PATIENCE).json()["body"]["value"] == f"{won}"
    page = requests.get(canvas_page(server, canvas), timeout=PATIENCE).json()
    told = sorted(item["body"]["value"] for item in page["items"] if " " in item["body"]["value"])
    assert told == sorted(f"{n} {i}" for n in range(6) for i in range(6))
    total = requests.get(container, timeout=PATIENCE).json()["total"]
    assert total == len(page["items"])


def canvas_page(server: Gunicorn, canvas: str) -> str:
    manifest = server.get(f"/iiif/3/{server.source}/manifest").json()  # type: ignore[attr-defined]
    found = next(item for item in manifest["items"] if item["id"] == canvas)
    return str(found["annotations"][0]["id"])


def test_what_is_published_keeps_the_assertions_of_the_w3c(container: str, canvas: str, shared_data: Path) -> None:
    assertions = Assertions(shared_data / "annotation-model")
    outline = {"type": "SvgSelector", "value": "<svg><polygon points='1,1 9,1 9,9'/></svg>"}
    texts = [{"type": "TextualBody", "value": text, "format": "text/plain"} for text in ("plain", "a < b")]
    for members in (
        {"target": canvas, "bodyValue": "x"},
        {
            "target": [f"{canvas}#xywh=percent:1,1,5,5", canvas],
            "body": texts,
            "canonical": "urn:uuid:1",
            "id": "urn:uuid:2",
        },
        {"target": {"source": canvas, "selector": outline}, "body": {"type": "Choice", "items": texts}},
        {"target": canvas, "created": "2020-01-01T00:00:00+02:00", "creator": "https://orcid.org/0000-0002-1825-0097"},
    ):
        note = {"@context": ANNO, "type": "Annotation"} | members
        answer = requests.post(container, json=note, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text
        assert assertions.broken(answer.json()) == []
    listed = requests.get(f"{container}?iris=0", timeout=PATIENCE).json()
    found = list(found_in(listed["first"]["items"]))
    assert len(found) >= 4
    assert [assertions.broken(item) for item in found] == [[]] * len(found)
