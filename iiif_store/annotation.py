"""The one shape in which a finding is published (design, section 6), and its twin for version 2.1 (specs 1.3)."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from ml_backends.types import BackendInfo, Box, Finding, Polygon

from .canvas import Canvas
from .content_state import canvas_state, encode
from .geometry import bounds, fragment, svg, to_canvas
from .home import published
from .links import Links, VariantLinks
from .properties2 import content2
from .reading import IMPORTED, Reading
from .shape import JSON
from .source import Layer
from .vocabulary import MEDIA_FRAGMENTS, TEXT_GRANULARITY, WEB_ANNOTATION, motivation2

_OF_A_LABEL = ("classifying", "tagging")
"""Two motivations for what has a label: with tagging alone, Mirador takes every body for a tag and fails on others."""


@dataclass(frozen=True, slots=True)
class PageView:
    """What an annotation page is a view of: a reading, for one canvas, one layer and one base URL."""

    reading: Reading
    layer: Layer
    info: BackendInfo
    """The backend of the layer; its title, score type and threshold are used, the version is the reading's."""
    canvas: Canvas
    source_id: str
    links: Links
    previous: str | None = None
    next: str | None = None
    """The keys of the neighbouring canvases with a picture; None at the ends."""

    @property
    def threshold(self) -> float:
        """Findings scored lower are not shown."""
        return self.info.threshold if self.layer.threshold is None else self.layer.threshold

    @property
    def model(self) -> str:
        """The model with its version, for people; of an imported reading "" where the file names none."""
        recipe = self.reading.recipe
        return self.reading.maker if self.is_imported else f"{recipe.backend} {recipe.version}".strip()

    @property
    def is_imported(self) -> bool:
        """Whether it was brought in a file rather than computed here."""
        return self.reading.recipe.backend.startswith(IMPORTED)

    def shown(self) -> list[tuple[int, Finding]]:
        """The findings to publish, each with its number in the reading, which names it whatever the threshold."""
        return [(n, finding) for n, finding in enumerate(self.reading.findings) if self._shows(finding)]

    def _shows(self, finding: Finding) -> bool:
        if finding.score is not None and finding.score < self.threshold:
            return False
        if self.layer.classes and finding.label not in self.layer.classes:
            return False
        if finding.motivation == "painting":  # on a canvas of a variant; annotations never paint (P3, 5.3)
            return False
        return finding.picture is None or bool(finding.label or finding.text)


def annotation(finding: Finding, n: int, view: PageView) -> JSON:
    """Finding number `n` of a reading as a Web Annotation, without a context of its own. Raises ValueError for a region
    that is not finite."""
    reading, links = view.reading, view.links
    return {
        "id": links.annotation(view.source_id, view.canvas.key, reading.revision, n),
        "type": "Annotation",
        **_canonical(view, n),
        "motivation": _motivations(finding),
        **_granularity(finding),
        "created": reading.ended,
        **({"creator": _creator(view)} if view.model else {}),
        "generator": {"id": links.software(), "type": "Software", "name": reading.software or "glossator"},
        "inference": _inference(finding, view),
        **({"body": bodies} if (bodies := _bodies(finding, view)) else {}),
        "target": _target(finding, view),
        "rendering": [_opened(finding, view)],
    }


def document_context(links: Links, *, granular: bool) -> list[str]:
    """Of an annotation as a document of its own. Without Presentation 3, of which nothing is needed there: its context
    turns the `selector` of a target into another property than that of the Web Annotation model."""
    return [WEB_ANNOTATION, *([TEXT_GRANULARITY] if granular else []), links.context()]


def annotation2(finding: Finding, n: int, view: PageView) -> JSON:
    """The same as an Open Annotation of version 2.1. It has no place for provenance: creator and date are told with
    prefixes that its context knows, the rest by our context."""
    told = annotation(finding, n, view)
    generator, creator = told["generator"], told.get("creator")
    return {
        "@id": told["id"],
        "@type": "oa:Annotation",
        "motivation": [motivation2(word) for word in told["motivation"]],
        "dcterms:created": told["created"],
        **({"dcterms:creator": _agent2(creator)} if creator else {}),
        "as:generator": _agent2(generator),
        "inference": told["inference"],
        **({"resource": [_body2(body) for body in told["body"]]} if "body" in told else {}),
        "on": _on(told["target"], finding, view),
    }


def _canonical(view: PageView, n: int) -> JSON:
    """Within a variant: the annotation that this one repeats for another canvas (Web Annotation, 3.3.7)."""
    if not isinstance(view.links, VariantLinks):
        return {}
    return {"canonical": view.links.outside.annotation(view.source_id, view.canvas.key, view.reading.revision, n)}


def _creator(view: PageView) -> JSON:
    recipe = view.reading.recipe
    return {"id": view.links.model(recipe.backend, recipe.version), "type": "Software", "name": view.model}


def _agent2(agent: JSON) -> JSON:
    return {"@id": agent["id"], "@type": "as:Application", "foaf:name": agent["name"]}


def _motivations(finding: Finding) -> list[str]:
    if not finding.label:
        return [finding.motivation]
    first = (finding.motivation,) if finding.motivation not in _OF_A_LABEL else _OF_A_LABEL
    return [*first, *(() if "tagging" in first else ("tagging",))]


def _granularity(finding: Finding) -> JSON:
    """Text that was read is told by lines (specs 8.1), or of the whole page."""
    if finding.motivation != "supplementing":
        return {}
    return {"textGranularity": "line" if finding.region else "page"}


def _inference(finding: Finding, view: PageView) -> JSON:
    score = {"confidence": round(min(max(finding.score, 0.0), 1.0), 4)} if finding.score is not None else {}
    kind = {"scoreType": view.info.score_type} if score else {}
    return {**score, **kind, "threshold": view.threshold, "run": view.links.run(view.reading.revision)}


def _bodies(finding: Finding, view: PageView) -> list[JSON]:
    """Text for people first, since several viewers show the first body only; then the bare tag; then the concept,
    under a purpose of its own and beside two motivations, where Mirador does not take it for a tag."""
    bodies: list[JSON] = []
    if finding.text is not None:
        bodies.append(_text(finding))
    if finding.label:
        bodies += [] if bodies else [_summary(finding, view)]
        bodies.append({"type": "TextualBody", "purpose": "tagging", "value": finding.label, "format": "text/plain"})
    if finding.concept and finding.label:
        bodies.append({"type": "SpecificResource", "purpose": "identifying", "source": finding.concept})
    return bodies


def _text(finding: Finding) -> JSON:
    """As HTML where it has to be escaped: viewers take any text for HTML."""
    text = finding.text or ""
    escaped = html.escape(text, quote=False)
    language = {"language": finding.language} if finding.language else {}
    if escaped == text:
        return {"type": "TextualBody", "value": text, "format": "text/plain", **language}
    return {"type": "TextualBody", "value": f"<p>{escaped}</p>", "format": "text/html", **language}


def _summary(finding: Finding, view: PageView) -> JSON:
    label = finding.label or ""
    score = [] if finding.score is None else [f"{finding.score:.0%}".replace("%", " %")]
    model = [view.model] if view.model else []
    parts = [label[:1].upper() + label[1:], *score, *model, "imported" if view.is_imported else "machine-made"]
    value = f"<p>{html.escape(', '.join(parts), quote=False)}</p>"
    return {"type": "TextualBody", "value": value, "format": "text/html", "language": "en"}


def _region(finding: Finding, view: PageView) -> Box | Polygon | None:
    canvas = view.canvas
    if finding.region is None or not canvas.width or not canvas.height:
        return None
    return to_canvas(finding.region, (view.reading.width, view.reading.height), (canvas.width, canvas.height))


def _target(finding: Finding, view: PageView) -> Any:
    region = _region(finding, view)
    if region is None:
        return view.canvas.id
    if isinstance(region, Box):
        return fragment(view.canvas.id, region)
    selector = {"type": "SvgSelector", "value": svg(region)}
    return {"type": "SpecificResource", "source": view.canvas.id, "selector": selector}


def _opened(finding: Finding, view: PageView) -> JSON:
    """A link to this place in a viewer, as a content state that names our manifest, where the annotations are."""
    region = _region(finding, view)
    box = bounds(region) if region else None
    xywh = (round(box.x), round(box.y), round(box.width), round(box.height)) if box else None
    return place_in_viewer(view.canvas.id, view.source_id, xywh, view.links)


def place_in_viewer(canvas: str, source: str, xywh: tuple[int, int, int, int] | None, links: Links) -> JSON:
    """The link that an annotation has in `rendering`; encoded, so that no `local:` may be left in it."""
    state = canvas_state(published(canvas, links), links.manifest(source), xywh)
    label = {"en": ["This place in a viewer"]}
    return {"id": links.opening(encode(state)), "type": "Text", "label": label, "format": "text/html"}


def _body2(body: JSON) -> Any:
    new = content2(body)
    if new.get("@type") == "oa:SpecificResource":  # a concept
        return {"@id": body["source"], "@type": "oa:SemanticTag"}
    return new


def _on(target: Any, finding: Finding, view: PageView) -> Any:
    """A polygon as the choice of its box and its outline, the nesting that Mirador's reader of version 2 wants."""
    region = _region(finding, view)
    if isinstance(target, str) or not isinstance(region, Polygon):
        return target
    box = fragment("", bounds(region)).removeprefix("#")
    return {
        "@type": "oa:SpecificResource",
        "full": view.canvas.id,
        "selector": {
            "@type": "oa:Choice",
            "default": {"@type": "oa:FragmentSelector", "conformsTo": MEDIA_FRAGMENTS, "value": box},
            "item": {"@type": "oa:SvgSelector", "value": target["selector"]["value"]},
        },
    }
