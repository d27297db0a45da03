"""Clients written by others read our answers: the search stores of @iiif/helpers, in Node, over HTTP."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.lector import reading_room

CLIENTS = Path(__file__).parents[1] / "clients"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the clients found of a word that is broken at the end of a line."""
    if not (CLIENTS / "node_modules" / "@iiif" / "helpers").is_dir() or not shutil.which("node"):
        pytest.skip("needs Node, and `npm ci` in tests/clients")
    with reading_room(tmp_path_factory.mktemp("clients")) as room:
        source = room.register()
        room.read(source)
        server = make_server("127.0.0.1", 0, room.web.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            manifest = f"http://127.0.0.1:{server.port}/iiif/3/{source}/manifest"
            command = ["node", str(CLIENTS / "search.mjs"), manifest, "geholfen", "brunn"]
            yield json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.mark.parametrize("version", ["one", "two"])
def test_a_hit_over_two_lines_is_one_hit_with_two_annotations(found: dict[str, Any], version: str) -> None:
    answer = found[version]
    assert not answer["error"] and answer["hasAutocomplete"]
    [hit] = answer["hits"]
    ids = [resource.get("id") or resource.get("@id") for resource in answer["resources"]]
    assert hit["annotations"] == ids and len(ids) == 2
    assert answer["highlighted"] == answer["resources"]
    assert hit["before"].startswith("In den alten Zeiten")


def test_what_each_version_calls_the_match(found: dict[str, Any]) -> None:
    assert found["one"]["hits"][0]["match"] == "ge holfen"
    assert [selector["exact"] for selector in found["two"]["hits"][0]["selectors"]] == ["ge", "holfen"]


def test_terms_are_read_with_their_counts(found: dict[str, Any]) -> None:
    assert [(term["match"], term["count"]) for term in found["one"]["terms"]] == [("Brunnen", 1)]
    assert [(term["value"], term["total"]) for term in found["two"]["terms"]] == [("Brunnen", 1)]
