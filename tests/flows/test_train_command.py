"""`glossator train` and `glossator evaluate` as they are typed, and pages that people marked on IIIF sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from iiif_store.stores.annotations import Written
from ml_backends.training.pages import Region, UnreadableData
from ml_backends.training.readers import with_splits
from ml_backends.types import Box
from server.cli import main
from server.marked import EDGE, marked_pages
from server.services import build
from server.settings import Settings
from server.wiring import registry_of
from tests.publisher import Publisher

DETECTOR = Path(__file__).parents[1] / "data" / "detector"
NOW = "2026-01-31T12:00:00Z"
PERSON: dict[str, Any] = {"type": "Person", "name": "A reader"}


def silent(done: int, total: int, doing: str) -> None:
    """Tells nobody."""


@pytest.fixture
def settings(tmp_path: Path, publisher: Publisher) -> Settings:
    return Settings(data=tmp_path / "data", allow_hosts=(publisher.host,))


def marked(canvas: str, xywh: str, label: str = "illustration", creator: dict[str, Any] = PERSON) -> dict[str, Any]:
    return {
        "type": "Annotation",
        "motivation": ["tagging"],
        "creator": creator,
        "body": {"type": "TextualBody", "purpose": "tagging", "value": label},
        "target": f"{canvas}#xywh={xywh}",
    }


@pytest.fixture
def manifest(publisher: Publisher, settings: Settings, tmp_path: Path) -> Path:
    """A file: the publisher's three canvases, two of them marked by people, the third by a machine."""
    from server.wiring import remote_of

    document = json.loads(remote_of(settings).get(publisher.manifest(3)).body)
    document["rights"] = "http://creativecommons.org/publicdomain/zero/1.0/"
    first, second, third = (canvas["id"] for canvas in document["items"])
    notes = [
        [marked(first, "10,20,300,200"), marked(first, "0,0,9,9", "marginalia")],
        [marked(second, "0,0,100,50", "ornament"), marked(second, "5,5,50,50", creator={"type": "Software"})],
        [marked(third, "1,1,50,50", creator={"type": "Software"})],
    ]
    for canvas, items in zip(document["items"], notes, strict=True):
        page = {"id": f"{canvas['id']}/curated", "type": "AnnotationPage", "items": items}
        canvas["annotations"] = [page]
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(document))
    return path


def test_what_people_marked_on_a_manifest_becomes_pages(manifest: Path, settings: Settings, tmp_path: Path) -> None:
    pages = marked_pages(str(manifest), tmp_path / "pages", settings, silent)
    assert [[region.label for region in page.regions] for page in pages] == [["illustration"], ["ornament"]]
    canvas = json.loads(manifest.read_text())["items"][0]
    factor = pages[0].width / canvas["width"]
    assert max(pages[0].width, pages[0].height) == min(EDGE, max(canvas["width"], canvas["height"]))
    box = pages[0].regions[0].box
    assert [box.x, box.y, box.width, box.height] == pytest.approx([v * factor for v in (10, 20, 300, 200)], rel=0.01)
    assert all(page.path.is_file() and page.licence.startswith("http://creativecommons.org") for page in pages)
    assert {page.split for page in with_splits(pages)} == {"train", "val"}


def test_what_people_wrote_on_a_source_becomes_pages(publisher: Publisher, settings: Settings, tmp_path: Path) -> None:
    built = build(settings)
    source, _ = built.sources.register(publisher.manifest(3))
    canvas = built.sources.manifest(source).canvases[1]
    note = marked(canvas.id, f"0,0,{canvas.width},{canvas.height}")
    built.store.annotations.add(Written(source.id, "one", note, (canvas.key,), "reader", NOW, NOW))
    (page,) = marked_pages(source.id, tmp_path / "pages", settings, silent)
    assert page.regions == (Region("illustration", Box(0, 0, page.width, page.height)),)
    assert page.group == source.url


def test_a_source_that_nobody_marked_is_refused(publisher: Publisher, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnreadableData, match="no canvas has an annotation that a person wrote"):
        marked_pages(publisher.manifest(2), tmp_path / "pages", settings, silent)


def test_a_url_that_is_registered_means_what_is_kept_here_where_there_is_something(
    publisher: Publisher, settings: Settings, tmp_path: Path
) -> None:
    built = build(settings)
    source, _ = built.sources.register(publisher.manifest(3))
    with pytest.raises(UnreadableData, match="no canvas has an annotation that a person wrote"):
        marked_pages(source.url, tmp_path / "pages", settings, silent)
    canvas = built.sources.manifest(source).canvases[0]
    note = marked(canvas.id, "10,20,300,200")
    built.store.annotations.add(Written(source.id, "one", note, (canvas.key,), "reader", NOW, NOW))
    (page,) = marked_pages(source.url, tmp_path / "pages", settings, silent)
    assert [region.label for region in page.regions] == ["illustration"]


def test_an_annotation_list_of_version_2_is_read_too(publisher: Publisher, settings: Settings, tmp_path: Path) -> None:
    from server.wiring import remote_of

    document = json.loads(remote_of(settings).get(publisher.manifest(1, "2")).body)
    canvas = document["sequences"][0]["canvases"][0]
    resource = {"@type": "oa:Tag", "chars": "illustration"}
    on = f"{canvas['@id']}#xywh=10,20,300,200"
    listed = {"@type": "oa:Annotation", "motivation": "oa:tagging", "resource": resource, "on": on}
    canvas["otherContent"] = [{"@id": f"{publisher.base}/list/1", "@type": "sc:AnnotationList"}]
    publisher.documents["/list/1"] = canvas["otherContent"][0] | {"resources": [listed]}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(document))
    (page,) = marked_pages(str(path), tmp_path / "pages", settings, silent)
    assert [region.label for region in page.regions] == ["illustration"]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("GLOSSATOR_DATA", str(tmp_path / "data"))
    yield CliRunner()


def test_training_registers_a_version_that_can_be_measured(
    shell: CliRunner, publisher: Publisher, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the run's folder comes to lie, and nothing else of it
    line = (
        f"train illustrations --data {DETECTOR} --source {manifest} --allow-host {publisher.host} --version mine"
        " --imgsz 96 --epochs 1 --synthetic 0 --copies others 2 --device cpu"
    )
    done = shell.invoke(main, line.split())
    assert done.exit_code == 0, done.output
    assert (tmp_path / "runs" / "illustrations-mine" / "fit" / "weights" / "last.pt").is_file()
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"illustrations-mine"}
    card = json.loads((tmp_path / "data" / "models" / "illustrations" / "mine" / "card.json").read_text())
    assert card["training"]["settings"]["mixture"]["copies"]["others"] == 2
    assert card["rivals"] == {"illustration": "ornament"}
    sets = {source["set"]: source["licence"] for part in card["training"]["data"].values() for source in part}
    assert sets[json.loads(manifest.read_text())["id"]] == ["http://creativecommons.org/publicdomain/zero/1.0/"]
    out = tmp_path / "report"
    measured = shell.invoke(
        main, f"evaluate illustrations --version mine --data {DETECTOR} --split val --out {out}".split()
    )
    assert measured.exit_code == 0, measured.output
    assert "before calibration" in " ".join(measured.output.split())
    assert json.loads((out / "report.json").read_text())["labels"]["illustration"]["marked"] == 2


def shipped(name: str) -> str:
    """The version that the package brings."""
    return registry_of(Settings()).versions(name)[0]


@pytest.mark.parametrize("backend", ["illustrations", "colorize"])
@pytest.mark.parametrize(
    ("version", "reason"),
    [("", "comes with its package"), ("mine", "is registered already"), ("Mine/1", "cannot name a backend or version")],
    ids=["shipped", "registered", "no name"],
)
def test_a_version_that_could_not_be_registered_is_refused_before_the_training(
    shell: CliRunner, tmp_path: Path, backend: str, version: str, reason: str
) -> None:
    (tmp_path / "data" / "models" / backend / "mine").mkdir(parents=True)
    run, where = tmp_path / "run", "--data" if backend == "illustrations" else "--from"
    done = shell.invoke(
        main, ["train", backend, where, str(DETECTOR), "--version", version or shipped(backend), "--run", str(run)]
    )
    assert done.exit_code == 1 and reason in done.output, done.output
    assert not run.exists()


def test_weights_cannot_be_added_as_a_version_that_is_shipped(shell: CliRunner) -> None:
    weights = DETECTOR.parent / "networks" / "shapes-detect.pt"
    line = ["backends", "add", str(weights), "--name", "illustrations", "--version", shipped("illustrations")]
    done = shell.invoke(main, line)
    assert done.exit_code == 1 and "comes with its package; choose another version" in done.output


def test_training_without_data_is_a_usage_error(shell: CliRunner) -> None:
    done = shell.invoke(main, ["train", "illustrations", "--version", "x"])
    assert done.exit_code == 2
    assert "--source" in done.output
