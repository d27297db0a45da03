"""Documents of some fifty institutions and of the specifications: read or refused, republished with nothing lost."""

from __future__ import annotations

import copy
import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iiif_store.errors import NoPicture, NotIIIF
from iiif_store.links import Version
from iiif_store.load import parse
from iiif_store.manifest import Collection
from iiif_store.shape import JSON, listed
from iiif_store.source import source_id
from tests.spec.comparison import missing_in_2, missing_in_3, texts, uri
from tests.spec.comparison_of_versions import missing_of_2
from tests.spec.corpus import LINKS, SELECTION, Corpus, Entry
from tests.spec.presentation3 import Schema, made_by_publisher

GIVEN_UP = re.compile(
    r"^\$(\.items\[\d+\])?: (logo|description|attribution|within|rights)$"  # names of version 2, which are read as such
    r"|rights: 'https:"  # version 3 wants http
    r"|\.body\.selector: \"\{'@context': 'http://iiif.io/api/annex"  # version 2's iiif:ImageApiSelector
    r"|^\$\.structures.*(type: 'SpecificResource' is 'Canvas'|: source|: selector|: @context)$"  # a canvas and #xywh
    r"|^\$\.provider: 1 became 2$"  # a logo beside them
)
"""What a document of version 3 loses on its way over version 2: nothing but another spelling."""
VERSIONS: tuple[Version, ...] = ("3", "2")
FREE = ("MIT", "Apache-2.0", "CC-BY")


@pytest.fixture(scope="session", params=["selection", "everything"])
def corpus(request: pytest.FixtureRequest) -> Corpus:
    """The small selection of this repository, then all of the large corpus where it is."""
    if request.param == "selection":
        return Corpus(SELECTION)
    shared: Path = request.getfixturevalue("shared_data")
    return Corpus(shared / "manifests")


@pytest.fixture(scope="session")
def schema(shared_data: Path) -> Schema:
    return Schema(shared_data / "schemas" / "iiif_3_0.json")


def test_every_document_is_read_or_refused_with_a_json_path(corpus: Corpus) -> None:
    refused = {}
    for name, body in corpus.documents():
        try:
            parse(body, url="https://publisher.example.org/")
        except NotIIIF as error:
            assert error.path.startswith("$"), name
            assert error.reason, name
            refused[name] = error.reason
    assert all("anno" in reason for name, reason in refused.items() if "/anno" in name)
    assert len(refused) < sum(1 for _ in corpus.documents()) / 4


def test_annotation_lists_and_pages_are_refused_as_what_they_are(corpus: Corpus) -> None:
    for name, body in corpus.documents():
        if "/annolist/" in name or "/annopage/" in name:
            with pytest.raises(NotIIIF, match=r"annotation page or list|single annotation|no object|no type") as caught:
                parse(body)
            assert caught.value.path in ("$", "$.type", "$.@type"), name


def test_every_canvas_shows_a_picture_or_says_why_not(corpus: Corpus) -> None:
    pictures = 0
    for _, found in corpus.manifests:
        for canvas in found.canvases:
            try:
                picture = canvas.painted()
            except NoPicture as error:
                assert canvas.id in str(error)
                continue
            assert len(picture.reference) == 64
            for image in picture.images:
                box = image.target
                assert image.url
                assert 0 <= box.x < box.x + box.width <= picture.width
                assert 0 <= box.y < box.y + box.height <= picture.height
            pictures += 1
    assert pictures > 100


def test_nothing_is_lost_in_version_3(corpus: Corpus) -> None:
    lost = {}
    for entry, found in corpus.manifests:
        compare = missing_in_3 if found.version == "3" else missing_of_2
        lost[entry.name] = compare(found.original, entry.enriched("3"))
    assert {name: found for name, found in lost.items() if found} == {}


def test_nothing_is_lost_in_version_2_of_what_was_written_in_version_2(corpus: Corpus) -> None:
    lost = {}
    for entry, found in corpus.manifests:
        if found.version == "2":
            before = copy.deepcopy(found.original)
            lost[entry.name] = missing_in_2(before, entry.enriched("2"))
            assert found.original == before, "the original is shared and stays as it was"
    assert {name: found for name, found in lost.items() if found} == {}


def test_what_was_written_in_version_3_is_all_in_version_2(corpus: Corpus) -> None:
    for entry, found in corpus.manifests:
        if found.version == "2" or not found.canvases:
            continue
        published = entry.enriched("2")
        canvases = published["sequences"][0]["canvases"]
        assert [canvas["@id"] for canvas in canvases] == [canvas.id for canvas in found.canvases], entry.name
        assert all(canvas["@type"] == "sc:Canvas" and "label" in canvas for canvas in canvases), entry.name
        told, first = set(texts(published)), listed(published["@context"])[0]
        assert first == "http://iiif.io/api/presentation/2/context.json"
        lost = [text for text in _spoken(found.document) if text not in told and f"{text} (with" not in str(told)]
        assert lost == [], entry.name
        assert _images_2(canvases) >= _images_3(found.document), entry.name


def test_a_round_trip_over_version_2_loses_nothing(corpus: Corpus) -> None:
    for entry, found in corpus.manifests:
        draft = "drafts_read" in found.repairs
        if found.version == "3" and found.canvases and not draft:
            again = parse(entry.enriched("2"))
            lost = missing_in_3(_unwrapped(found.document), _unwrapped(again.document))
            assert [one for one in lost if not GIVEN_UP.search(one)] == [], entry.name


def test_canvas_ids_are_the_publishers_byte_for_byte(corpus: Corpus) -> None:
    for entry, found in corpus.manifests:
        original = found.original
        if found.version == "2":
            told = [canvas.get("@id") for canvas in listed(listed(original["sequences"])[0]["canvases"])]
        else:
            told = [item.get("id") for item in original.get("items", [])]
        published = [item["id"] for item in entry.enriched("3")["items"]]
        for one, other in zip(told, published, strict=False):
            assert one == other or not one, entry.name


def test_painting_targets_are_strings_where_a_string_can_say_it(corpus: Corpus) -> None:
    selectors = set()
    for entry, _ in corpus.manifests:
        canvases = [item for item in entry.enriched("3")["items"] if item["type"] == "Canvas"]
        targets = [annotation["target"] for canvas in canvases for annotation in _paintings(canvas)]
        selectors |= {target["selector"][0]["type"] for target in targets if not isinstance(target, str)}
    assert selectors <= {"SvgSelector"}


def test_pages_are_listed_after_what_is_there_and_by_reference(corpus: Corpus) -> None:
    listed_pages = 0
    for entry, found in corpus.manifests:
        before = {item["id"]: listed(item.get("annotations")) for item in found.document["items"]}
        keys = {canvas.id for canvas in found.pictured}
        for canvas in entry.enriched("3")["items"]:
            pages = canvas.get("annotations", [])
            assert pages[: len(before[canvas["id"]])] == before[canvas["id"]], entry.name
            ours = [page for page in pages if str(page.get("id")).startswith(LINKS.base)]
            assert len(ours) == (canvas["id"] in keys), entry.name
            assert all(page["type"] == "AnnotationPage" and "items" not in page and page["label"] for page in ours)
            listed_pages += len(ours)
    assert listed_pages > 100


def test_identity_and_credit(corpus: Corpus) -> None:
    for entry, found in corpus.manifests:
        for version in VERSIONS:
            if not found.canvases:
                continue
            published = entry.enriched(version)
            assert uri(published) == LINKS.manifest(entry.source.id, version)
            assert entry.source.url in [uri(link) for link in published["seeAlso"]], entry.name
            assert entry.source.url in str(published["metadata"][-1]["value"]), entry.name
            statement = published.get("requiredStatement" if version == "3" else "attribution")
            assert "not checked by a person" in str(statement), entry.name
            assert "machine-generated" in str(published["label"]), entry.name


def test_no_schema_error_that_the_publisher_did_not_make(corpus: Corpus, schema: Schema) -> None:
    new = {}
    for entry in corpus.parsed:
        errors = list(schema.errors(entry.enriched("3")))
        if entry.found.version == "3":
            known = {error[:2] for error, _ in schema.errors(entry.found.original)}
            known |= _of_drafts(entry)
            made = [error for error, _ in errors if error[:2] not in known]
        else:
            made = [error for error, value in errors if not made_by_publisher(error, value, entry.found.original)]
        if made:
            new[entry.name] = made[:5]
    assert new == {}


def test_iiif_prezi3_reads_what_it_could_read_before(corpus: Corpus) -> None:
    prezi = pytest.importorskip("iiif_prezi3")
    models = {"Manifest": prezi.Manifest, "Collection": prezi.Collection}
    read = 0
    for entry in corpus.parsed:
        model = models[entry.found.document["type"]]
        draft = "drafts_read" in entry.found.repairs  # whose canvases the model had not seen
        if entry.found.version == "3" and not draft and _loads(model, entry.found.original):
            assert _loads(model, entry.enriched("3")), entry.name
            read += 1
    assert read > 10


def test_collections_lead_to_our_copies_of_every_member(corpus: Corpus) -> None:
    collections = 0
    for entry in corpus.parsed:
        if not isinstance(entry.found, Collection):
            continue
        collections += 1
        for version in VERSIONS:
            published = entry.enriched(version)
            ids = _all_ids(published)
            for member in entry.found.members:
                if member.id.startswith("http"):
                    link = LINKS.collection if member.kind == "collection" else LINKS.manifest
                    assert link(source_id(member.id), version) in ids, (entry.name, member)
    assert collections > 3


def test_the_selection_is_licensed_and_small() -> None:
    with (SELECTION / "index.csv").open(newline="") as stream:
        rows = {row["file"]: row for row in csv.DictReader(stream)}
    files = {name for name, _ in Corpus(SELECTION).documents()}
    assert files == set(rows)
    assert all(row["licence"].startswith(FREE) and row["repo"] and row["commit"] for row in rows.values())
    assert sum(len(body) for _, body in Corpus(SELECTION).documents()) < 3 * 2**20


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("rights", lambda published: published.pop("rights")),
        ("a text", lambda published: published["metadata"][0].update(value={"none": ["another"]})),
        ("an entry", lambda published: published["metadata"].pop(0)),
        ("a canvas", lambda published: published["items"].pop(1)),
        ("an image", lambda published: published["items"][0]["items"][0]["items"].pop()),
        ("a service", lambda published: _first_body(published).pop("service")),
        ("a size", lambda published: _first_body(published).update(width=1)),
        ("an order", lambda published: published["items"].reverse()),
        ("a statement", lambda published: published.pop("requiredStatement")),
    ],
)
def test_the_comparison_notices(name: str, damage: Callable[[JSON], Any]) -> None:
    noticed = {"2": 0, "3": 0}
    for entry, found in Corpus(SELECTION).manifests:
        published = copy.deepcopy(entry.enriched("3"))
        try:
            damage(published)
        except (KeyError, IndexError, AttributeError, TypeError):
            continue
        compare = missing_in_3 if found.version == "3" else missing_of_2
        noticed[found.version] += bool(compare(found.original, published))
    assert noticed["2"], name
    assert noticed["3"], name


def _paintings(canvas: JSON) -> list[JSON]:
    return [annotation for page in listed(canvas.get("items")) for annotation in listed(page.get("items"))]


def _first_body(published: JSON) -> JSON:
    body: JSON = _paintings(published["items"][0])[0]["body"]
    return body


def _spoken(document: JSON) -> list[str]:
    """Labels, summaries, metadata and statements of a manifest and its canvases."""
    found = []
    for resource in [document, *document["items"]]:
        found += texts(resource.get("label")) + texts(resource.get("summary"))
        found += [text for entry in listed(resource.get("metadata")) for text in texts(entry)]
        found += texts(resource.get("requiredStatement", {}).get("value"))
    return found


def _images_3(document: JSON) -> set[str]:
    bodies = [annotation.get("body") for canvas in document["items"] for annotation in _paintings(canvas)]
    return {uri(body) for body in bodies if isinstance(body, dict) and body.get("type") == "Image"}


def _images_2(canvases: list[JSON]) -> set[str]:
    return {uri(image.get("resource")) for canvas in canvases for image in canvas["images"]} - {None}


def _unwrapped(document: JSON) -> JSON:
    """With the paintings of a canvas in one page without a name, images first, as version 2 has them."""
    items = []
    for item in document["items"]:
        paintings = sorted(_paintings(item), key=lambda annotation: "Image" not in str(annotation.get("body")))
        items.append(item | {"items": [{"type": "AnnotationPage", "items": paintings}]})
    return document | {"items": items}


def _of_drafts(entry: Entry) -> set[tuple[str, str]]:
    """Errors of parts that a draft of version 3 called otherwise, so that the schema had not seen them."""
    if "drafts_read" not in entry.found.repairs:
        return set()
    return {("items/[]/items/[]/id", "Pattern"), ("items/[]/items/[]/items/[]/id", "Pattern")}


def _loads(model: Any, document: JSON) -> bool:
    try:
        model(**document)
    except Exception:  # noqa: BLE001 - whatever makes it fail
        return False
    return True


def _all_ids(value: Any) -> set[Any]:
    if isinstance(value, dict):
        own = {value.get("id"), value.get("@id")} - {None}
        return own.union(*(_all_ids(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(_all_ids(inner) for inner in value), {item for item in value if isinstance(item, str)})
    return {value} if isinstance(value, str) else set()
