"""A web application whose books are read by the backend of tests/backends, which knows their text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.publisher import Publisher
from tests.web import WebRoom, web_room

BACKENDS = Path(__file__).with_name("backends")
PAGES = Path(__file__).with_name("data") / "ocr"


class ReadingRoom:
    """The room, and the publisher of the pages with text."""

    def __init__(self, web: WebRoom, publisher: Publisher) -> None:
        self.web, self.publisher = web, publisher
        self.names = publisher.shelf.names(None)

    def register(self, **wishes: str) -> str:
        """A book of all pages; another one for other wishes. Nothing is read."""
        source = self.web.register(self.publisher.manifest(**wishes), backends=["lector"])
        self.web.services.search.wait()
        return source

    def read(self, source: str) -> list[dict[str, Any]]:
        """The annotation pages of a book, read if need be."""
        manifest = self.get(f"/iiif/3/{source}/manifest")
        return [self.get(page["id"]) for canvas in manifest["items"] for page in canvas["annotations"]]

    def get(self, url: str) -> Any:
        """The document behind a URL of ours."""
        answer = self.web.client.get(url.removeprefix(self.web.links.base))
        assert answer.status_code == 200, answer.text
        return answer.get_json(force=True)


@contextmanager
def reading_room(folder: Path, pages: Path = PAGES, **settings: Any) -> Iterator[ReadingRoom]:
    """`pages` is a folder of pictures with their ALTO or PAGE files."""
    path = os.pathsep.join(filter(None, [str(BACKENDS), os.environ.get("PYTHONPATH")]))
    environment = patch.dict(os.environ, {"PYTHONPATH": path, "LECTOR": str(pages)})
    imports = patch.object(sys, "path", [str(BACKENDS), *sys.path])
    with environment, imports, Publisher(pages) as publisher, web_room(folder, **settings) as web:
        yield ReadingRoom(web, publisher)
