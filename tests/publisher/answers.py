"""What the publisher sends: an answer with its validators, before any fault is laid over it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from . import image_api, presentation
from .shelf import Shelf

JSON_TYPE = "application/ld+json"


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_picture(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("image/")

    def validated(self) -> Answer:
        """With an ETag of its bytes and a date."""
        self.headers.setdefault("ETag", f'"{hashlib.sha256(self.body).hexdigest()[:24]}"')
        self.headers.setdefault("Last-Modified", formatdate(1_600_000_000, usegmt=True))
        return self


def document(content: object, status: int = 200) -> Answer:
    return Answer(status, orjson.dumps(content), {"Content-Type": JSON_TYPE})


def text(status: int, words: str) -> Answer:
    return Answer(status, words.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def answer(shelf: Shelf, target: str, root: str) -> Answer:
    """What a well-behaved publisher says to a GET. `target` is path and query without faults, `root` our URL with
    them, so that what is published under a fault keeps its own ids."""
    parts = urlsplit(target)
    segments = [unquote(segment) for segment in parts.path.strip("/").split("/")]
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    try:
        match segments:
            case ["iiif", ("2" | "3") as version, book, "manifest"]:
                wishes = presentation.Wishes(
                    query.get("service", version), query.get("images", ""), float(query.get("canvas", "1"))
                )
                found = presentation.manifest(shelf, book, version, root, f"{root}{target}", wishes)
                return document(found) if found else text(404, "no such book")
            case ["iiif", ("2" | "3") as version, "collection"]:
                books = query.get("books", "book").split(",")
                return document(presentation.collection(books, version, root, f"{root}{target}"))
            case ["image", service, name, *rest] if service in image_api.SERVICES:
                return _image(shelf, service, name, rest, f"{root}/image/{service}/{name}")
            case ["plain", name]:
                return _plain(shelf, name.removesuffix(".jpg"))
    except image_api.Refused as refusal:
        return text(refusal.args[0], "this service does not offer that")
    return text(404, "nothing of that name")


def _image(shelf: Shelf, service: str, name: str, rest: list[str], uri: str) -> Answer:
    page = shelf.page(name)
    if page is None:
        return text(404, "no such page")
    if rest == ["info.json"]:
        return document(image_api.info(service, uri, page))
    if len(rest) != 4:
        return text(404, "not a request of the Image API")
    body, media = image_api.picture(service, page, *rest)
    return Answer(200, body, {"Content-Type": media})


def _plain(shelf: Shelf, name: str) -> Answer:
    page = shelf.page(name)
    return Answer(200, page.path.read_bytes(), {"Content-Type": "image/jpeg"}) if page else text(404, "no such page")
