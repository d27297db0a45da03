"""What an index holds: annotations as they are published, page by page, with the texts that they are found by."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import orjson

from iiif_store.annotation import PageView, annotation
from iiif_store.canvas import Canvas
from iiif_store.language import unmarked
from iiif_store.links import Links
from iiif_store.search.flow import Readable
from iiif_store.search.query import stamp
from iiif_store.shape import JSON, identifier, listed, objects, string
from iiif_store.source import Layer
from ml_backends.types import BackendInfo, Finding

PORTABLE = "glossator:"
"""The base of our URLs in an index, which may not contain the real one."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The canvas that annotations are on."""

    id: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One annotation, and what it is found by. Nothing else of it is looked at."""

    annotation: JSON
    """As published in version 3, with our URLs under `PORTABLE`, and without a context; that of a model without
    `rendering`, in which our URL is encoded."""
    readable: Readable
    beside: tuple[Frame, ...] = ()
    """The other canvases that it is on."""

    @property
    def facets(self) -> tuple[str, str, str]:
        """Motivations between spaces, when it was made, and the URI of its maker; "" for what it does not tell."""
        motivations = [name for name in listed(self.annotation.get("motivation")) if isinstance(name, str)]
        creator = identifier(next(iter(listed(self.annotation.get("creator"))), None)) or ""
        return f" {' '.join(motivations)} ", stamp(str(self.annotation.get("created"))), _unbased(creator)


@dataclass(frozen=True, slots=True)
class Unit:
    """The annotations of one canvas in one layer: what is indexed, replaced and removed together."""

    source: str
    canvas: str
    """Its key."""
    layer: str
    position: int
    """Of the canvas in its manifest, from 0: the order of what is found."""
    frame: Frame
    entries: tuple[Entry, ...]
    state: str
    """Differs when the entries do."""


def unit_of(view: PageView, position: int) -> Unit:
    """The published annotations of a reading."""
    bare = PageView(view.reading, view.layer, view.info, view.canvas, view.source_id, Links(PORTABLE))
    entries = tuple(_entry(finding, n, bare) for n, finding in view.shown())
    frame, layer = frame_of(view.canvas), view.layer.name
    state = state_of(view.reading.revision, view.layer, view.info, view.canvas, position)
    return Unit(view.source_id, view.canvas.key, layer, position, frame, entries, state)


def _entry(finding: Finding, n: int, view: PageView) -> Entry:
    found = annotation(finding, n, view)
    found.pop("rendering", None)
    return Entry(found, _readable(finding))


def state_of(revision: str, layer: Layer, info: BackendInfo, canvas: Canvas, position: int) -> str:
    """What the unit of a reading depends on, without making it."""
    threshold = info.threshold if layer.threshold is None else layer.threshold
    shown = [revision, layer.backend, threshold, layer.classes, info.score_type]
    return digest_of([shown, position, canvas.id, canvas.width, canvas.height])


def readable_of(annotation: JSON) -> Readable:
    """The texts and things that the bodies of any Web Annotation name; HTML without its markup."""
    bodies = objects(annotation.get("body"))
    values = [(string(body.get("value")), body.get("format")) for body in bodies]
    texts = [unmarked(value, " ").strip() if media == "text/html" else value for value, media in values if value]
    bare = string(annotation.get("bodyValue"))
    uris = [identifier(body.get("source") or body) for body in bodies if not body.get("value")]
    uris += [body for body in listed(annotation.get("body")) if isinstance(body, str)]
    return Readable((*texts, *([bare] if bare else [])), False, tuple(uri for uri in uris if uri))


def frame_of(canvas: Canvas) -> Frame:
    """A canvas without a size has none to tell."""
    return Frame(canvas.id, canvas.width or 0, canvas.height or 0)


def _readable(finding: Finding) -> Readable:
    texts = tuple(text for text in (finding.text, finding.label) if text)
    uris = (finding.concept,) if finding.concept and finding.label else ()
    return Readable(texts, finding.motivation == "supplementing" and bool(finding.text), uris)


def _unbased(uri: str) -> str:
    return uri.removeprefix(PORTABLE)


def digest_of(parts: object) -> str:
    """32 characters that name a JSON value."""
    return sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
