"""The manifest of a book of scans."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from iiif_store.downgrade import downgrade
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.scanned import Leaf, manifest, picture_url, properties

LEAVES = [
    Leaf("cover", "cover", "aa", 600, 800),
    Leaf("one", "1", "bb", 300, 400, ("vol 1",)),
    Leaf("plan", "plan", "cc", 300, 400, ("vol 1", "maps")),
    Leaf("two", "2", "bb", 300, 400, ("vol 2",)),
]
SAID = properties("Postcards", "https://creativecommons.org/licenses/by/4.0/", "A & B")


def book() -> Manifest:
    found = parse(orjson.dumps(manifest("abc", SAID, LEAVES)))
    assert isinstance(found, Manifest)
    return found


def test_it_needs_no_repair_and_has_no_base() -> None:
    found = book()
    assert found.repairs == ()
    assert found.label == "Postcards"
    assert found.document["rights"] == "http://creativecommons.org/licenses/by/4.0/"
    assert [canvas.label for canvas in found.canvases] == ["cover", "1", "plan", "2"]
    assert all(canvas.id.startswith("local:3/abc/canvas/") for canvas in found.canvases)


def test_every_picture_has_a_service_of_level_2_in_both_versions() -> None:
    (image,) = book().canvases[0].painted().images
    assert (image.url, image.width, image.height) == (picture_url("aa"), 600, 800)
    assert image.service is not None
    assert (image.service.id, image.service.version, image.service.level) == ("local:image/3/aa", "3", 2)
    services = book().canvases[0].document["items"][0]["items"][0]["body"]["service"]
    assert services[1]["@id"] == "local:image/2/aa"


def test_a_picture_that_is_shown_twice_is_one_picture_on_two_canvases() -> None:
    _, one, _, two = book().canvases
    assert one.painted().reference == two.painted().reference
    assert one.id != two.id and one.key != two.key


def test_folders_are_ranges_inside_each_other() -> None:
    first, second = book().document["structures"]
    assert (first["label"], second["label"]) == ({"none": ["vol 1"]}, {"none": ["vol 2"]})
    canvas, inner = first["items"]
    assert canvas == {"id": "local:3/abc/canvas/one", "type": "Canvas"}
    assert inner["label"] == {"none": ["maps"]}
    assert [item["id"] for item in inner["items"]] == ["local:3/abc/canvas/plan"]
    ids = [first["id"], second["id"], inner["id"]]
    assert len(set(ids)) == 3
    assert "structures" not in manifest("abc", SAID, LEAVES[:1])


def test_a_folder_with_nothing_but_folders_and_a_name_that_comes_twice() -> None:
    deep = [replace(LEAVES[1], folder=("x", "x", "x")), replace(LEAVES[2], folder=("x", "y"))]
    (outer,) = manifest("abc", SAID, deep)["structures"]
    assert [item["label"]["none"] for item in outer["items"]] == [["x"], ["y"]]
    inner = outer["items"][0]
    assert len({outer["id"], inner["id"], inner["items"][0]["id"]}) == 3


def test_version_2_has_its_canvases_and_its_contents() -> None:
    older = downgrade(book().document)
    assert [canvas["label"] for canvas in older["sequences"][0]["canvases"]] == ["cover", "1", "plan", "2"]
    assert [found["label"] for found in older["structures"]] == ["vol 1", "maps", "vol 2"]


@pytest.mark.parametrize("rights", ["all rights reserved", "https://example.org/licence", "javascript:x"])
def test_rights_that_may_not_stand_there_are_refused(rights: str) -> None:
    with pytest.raises(ValueError, match="no statement of rights"):
        properties("x", rights)


def test_nothing_is_said_of_what_nobody_said() -> None:
    assert properties("x", "", "") == {"label": {"none": ["x"]}} == properties("x")
