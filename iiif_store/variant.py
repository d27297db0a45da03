"""A manifest that shows pictures which a model drew beside the originals: a new object with canvases of its own, since
what they paint is another thing (specs 1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .canvas import Canvas
from .credit import credit, suffixed
from .downgrade import downgrade
from .enrich import LayerReference, enrich
from .errors import NotFound
from .links import Links, VariantLinks, Version
from .manifest import Manifest
from .painting import sole_painting
from .shape import JSON, identifier, kind, listed, objects
from .source import Source
from .vocabulary import PRESENTATION_2, PRESENTATION_3

_SUFFIX = " (with machine-made pictures)"
_MADE = "Pictures labelled as made by software were derived from the originals and are no historical evidence"
_ADDED = "machine-made pictures and annotations added, canvases renamed"
_ORIGINAL = {"en": ["Original"]}
_OTHER = frozenset({"service", "thumbnail", "seeAlso", "partOf", "rendering", "homepage", "provider"})
"""What a reference says besides, in which a canvas is no place to go to: some publishers name canvases and image
services alike."""


def variant(
    manifest: Manifest,
    layers: Sequence[LayerReference],
    drawn: Mapping[str, JSON],
    *,
    source: Source,
    links: VariantLinks,
) -> JSON:
    """The manifest of the variant that `links` name, in their version.

    `drawn`: by canvas key the image that is offered as a second choice, as `drawn_image_body` makes it. A canvas that
    is not in it, or that paints several images, keeps just its originals. Of the publisher's own annotations those that
    are embedded come along, told as derived from the originals; those in pages elsewhere target the original canvases,
    to which `seeAlso` leads.
    """
    document = _variant3(manifest, layers, drawn, source, links)
    return document if links.version == "3" else downgrade(document)


def variant_canvas(
    manifest: Manifest,
    key: str,
    layers: Sequence[LayerReference],
    drawn: Mapping[str, JSON],
    *,
    source: Source,
    links: VariantLinks,
) -> JSON:
    """One canvas of it as a document of its own; raises NotFound."""
    document = variant(manifest, layers, drawn, source=source, links=links)
    uri = links.canvas(source.id, key)
    for item in objects(document["items"] if links.version == "3" else document["sequences"][0]["canvases"]):
        if identifier(item) == uri:
            return {"@context": document["@context"], **item}
    raise NotFound(f"{manifest.id} has no canvas {key}.")


def is_offered(canvas: Canvas) -> bool:
    """Whether a derived image of this canvas can be offered as a choice: IIIF has one between images, not between
    arrangements of several."""
    return sole_painting(canvas.document) is not None


def drawn_image_body(uri: str, label: str, size: tuple[int, int], version: Version) -> JSON:
    """A derived image as a painting body of version 3, with the image service at `uri` in the version given."""
    service = (
        {"id": uri, "type": "ImageService3", "profile": "level2"}
        if version == "3"
        else {"@id": uri, "@type": "ImageService2", "profile": "http://iiif.io/api/image/2/level2.json"}
    )
    full = f"{uri}/full/{'max' if version == '3' else 'full'}/0/default.jpg"
    return drawn_file_body(full, label, size) | {"service": [service]}


def drawn_file_body(url: str, label: str, size: tuple[int, int]) -> JSON:
    """The same of a plain JPEG file."""
    return {
        "id": url,
        "type": "Image",
        "format": "image/jpeg",
        "width": size[0],
        "height": size[1],
        "label": {"en": [drawn_label(label)]},
    }


def drawn_label(label: str) -> str:
    """What a derived image is called in viewers, which show nothing else of it: `label` is the finding's."""
    return f"{label[:1].upper()}{label[1:]} by software (not historical evidence)"


def archived(document: JSON, *, source: Source, links: VariantLinks) -> JSON:
    """A variant that leads to the zip of its pictures."""
    uri, label, media = links.archive(source.id), "Machine-made pictures (ZIP)", "application/zip"
    link: JSON = {"@id": uri, "label": label, "format": media}
    if links.version == "3":
        link = {"id": uri, "type": "Dataset", "label": {"en": [label]}, "format": media}
    return document | {"rendering": [*listed(document.get("rendering")), link]}


def announce(document: JSON, names: Mapping[str, str], *, source: Source, links: Links, version: Version) -> JSON:
    """An enriched manifest that leads to its variants, name -> label of their pictures, by `seeAlso`: the one link to
    another IIIF resource that Presentation allows here (P3, 3.3.1). Mirador lists it; `rendering` is for what is no
    IIIF."""
    if not names:
        return document
    found = [_link(VariantLinks(links.base, name, version), label, source.id) for name, label in names.items()]
    return document | {"seeAlso": [*listed(document.get("seeAlso")), *found]}


def _link(links: VariantLinks, label: str, source: str) -> JSON:
    text, uri = f"With pictures {label} by software", links.manifest(source)
    if links.version == "2":
        return {"@id": uri, "label": text, "format": "application/ld+json", "profile": PRESENTATION_2}
    told = {"label": {"en": [text]}, "format": "application/ld+json", "profile": PRESENTATION_3}
    return {"id": uri, "type": "Manifest", **told}


def places(manifest: Manifest, source: Source, links: VariantLinks) -> dict[str, str]:
    """Where each canvas of the publisher is in the variant; of a repeated id the first one."""
    return {canvas.id: links.canvas(source.id, canvas.key) for canvas in reversed(manifest.canvases)}


def told_again(page: JSON, places: Mapping[str, str]) -> JSON:
    """A page of what people wrote, of either version, about the canvases of a variant: each annotation is a fragment of
    the page, and names the one that it repeats."""
    is_2 = "resources" in page
    items, target, name = ("resources", "on", "@id") if is_2 else ("items", "target", "id")
    found = []
    for note in page[items]:
        uri = note[name]
        origin = {"dcterms:source": {"@id": uri}} if is_2 else {"canonical": uri}
        own = f"{page[name]}#{uri.rpartition('/')[2]}"
        found.append(note | {name: own, target: _led(note[target], places)} | origin)
    return page | {items: found}


def _variant3(
    manifest: Manifest, layers: Sequence[LayerReference], drawn: Mapping[str, JSON], source: Source, links: VariantLinks
) -> JSON:
    old, new = manifest.document, enrich(manifest, layers, source=source, links=links)
    by_document = {id(canvas.document): canvas for canvas in manifest.canvases}
    ours = places(manifest, source, links)
    items = []
    for original, enriched in zip(old["items"], new["items"], strict=True):
        found = by_document.get(id(original))
        items.append(_canvas(found, enriched, drawn.get(found.key), source, links, ours) if found else enriched)
    own: JSON = suffixed(old | _kept(new, "requiredStatement"), links, suffix=_SUFFIX, made=_MADE)
    led = {key: _led(new[key], ours) for key in ("structures", "start") if key in new}
    return new | credit(old, manifest, source, added=_ADDED) | own | led | {"items": items}


def _kept(document: JSON, key: str) -> JSON:
    return {key: document[key]} if key in document else {}


def _canvas(
    canvas: Canvas, enriched: JSON, drawing: JSON | None, source: Source, links: VariantLinks, ours: Mapping[str, str]
) -> JSON:
    uri, old = links.canvas(source.id, canvas.key), canvas.document
    places = {**ours, canvas.id: uri}
    sole = sole_painting(old) if drawing else None
    pages = objects(old.get("items"))
    painted = [_own_page(page, f"{uri}/page/{n}", places) for n, page in enumerate(pages, 1)]
    if sole and drawing:
        painted = [_with_drawing(old, new, sole, drawing, uri) for old, new in zip(pages, painted, strict=True)]
    original = {"id": canvas.id, "type": "Canvas", "label": {"en": ["Original view"]}}
    new = enriched | {
        "id": uri,
        "partOf": [{"id": links.manifest(source.id), "type": "Manifest"}],
        "seeAlso": [*listed(old.get("seeAlso")), original],
        **({"items": painted} if "items" in old else {}),
    }
    annotations = _annotations(old, enriched, uri, places)
    return new | {"annotations": annotations} if annotations else _without(new, "annotations")


def _without(document: JSON, key: str) -> JSON:
    return {name: value for name, value in document.items() if name != key}


def _annotations(old: JSON, enriched: JSON, uri: str, places: Mapping[str, str]) -> list[JSON]:
    """The publisher's embedded pages, then ours by reference. Of what is embedded, `via` tells where it comes from (Web
    Annotation, 3.3.7)."""
    theirs = listed(old.get("annotations"))
    ours = listed(enriched.get("annotations"))[len(theirs) :]
    embedded = [page for page in objects(theirs) if "items" in page]
    return [_own_page(page, f"{uri}/annotations/{n}", places, via=True) for n, page in enumerate(embedded, 1)] + ours


def _own_page(page: JSON, uri: str, places: Mapping[str, str], *, via: bool = False) -> JSON:
    """A page with annotations of other ids, since they are others now: they target other canvases."""
    items = []
    for n, old in enumerate(objects(page.get("items")), 1):
        new = old | {"id": f"{uri}/{n}"} | ({"target": _led(old["target"], places)} if "target" in old else {})
        items.append(new | {"via": found} if via and (found := identifier(old)) else new)
    return page | {"id": uri, "items": items}


def _with_drawing(old: JSON, new: JSON, sole: tuple[JSON, int], drawing: JSON, uri: str) -> JSON:
    """The page with the choice in the annotation that paints the picture; its target a string, as Mirador wants it."""
    pairs = zip(objects(old.get("items")), new["items"], strict=True)
    choice = _with_choice(sole[0]["body"], sole[1], drawing)
    return new | {"items": [now | {"body": choice, "target": uri} if was is sole[0] else now for was, now in pairs]}


def _with_choice(body: Any, n: int, drawing: JSON) -> Any:
    """The original first, since that is what viewers show (specs 1.2); a choice that the publisher gives grows by one.
    One body stays an object: a list is not read as a choice everywhere."""
    bodies = listed(body)
    old = bodies[n]
    options = listed(old.get("items")) if isinstance(old, dict) and kind(old) == "Choice" else [old]
    choice = old if isinstance(old, dict) and kind(old) == "Choice" else {"type": "Choice"}
    new = choice | {"items": [_labelled(options[0]), drawing, *options[1:]]}
    return new if len(bodies) == 1 else [*bodies[:n], new, *bodies[n + 1 :]]


def _labelled(option: Any) -> JSON:
    """An option with a label (P3, 3.1)."""
    found: JSON = option if isinstance(option, dict) else {"id": option, "type": "Image"}
    return found if found.get("label") else found | {"label": _ORIGINAL}


def _led(value: Any, places: Mapping[str, str]) -> Any:
    """`value` with every URI of a canvas, or of a part of it, led to its new one."""
    if isinstance(value, str):
        uri, mark, fragment = value.partition("#")
        return places[value] if value in places else f"{places[uri]}{mark}{fragment}" if uri in places else value
    if isinstance(value, list):
        return [_led(item, places) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _OTHER else _led(item, places) for key, item in value.items()}
    return value
