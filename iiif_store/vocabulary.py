"""The words that Presentation 2 and 3 have for the same things."""

from __future__ import annotations

import re

PRESENTATION_2 = "http://iiif.io/api/presentation/2/context.json"
PRESENTATION_3 = "http://iiif.io/api/presentation/3/context.json"
SEARCH_1 = "http://iiif.io/api/search/1/context.json"
SEARCH_2 = "http://iiif.io/api/search/2/context.json"
WEB_ANNOTATION = "http://www.w3.org/ns/anno.jsonld"
LDP = "http://www.w3.org/ns/ldp.jsonld"
TEXT_GRANULARITY = "http://iiif.io/api/extension/text-granularity/context.json"
MEDIA_FRAGMENTS = "http://www.w3.org/TR/media-frags/"

OLD_PRESENTATION = re.compile(r"iiif\.io/api/presentation/[12]|shared-canvas\.org")
"""The contexts of Presentation 2 and 1."""

TYPES_2 = {
    "Manifest": "sc:Manifest",
    "Collection": "sc:Collection",
    "Canvas": "sc:Canvas",
    "Range": "sc:Range",
    "AnnotationPage": "sc:AnnotationList",
    "AnnotationCollection": "sc:Layer",
    "Annotation": "oa:Annotation",
    "Image": "dctypes:Image",
    "Sound": "dctypes:Sound",
    "Video": "dctypes:MovingImage",
    "Text": "dctypes:Text",
    "Dataset": "dctypes:Dataset",
    "TextualBody": "cnt:ContentAsText",
    "Choice": "oa:Choice",
    "SpecificResource": "oa:SpecificResource",
    "FragmentSelector": "oa:FragmentSelector",
    "SvgSelector": "oa:SvgSelector",
    "ImageApiSelector": "iiif:ImageApiSelector",
    "CssStylesheet": "oa:CssStyle",
}
"""Types of version 3 in version 2.1; what is not here is called the same."""

_TYPES_3 = {name.rpartition(":")[2].lower(): name3 for name3, name in TYPES_2.items()} | {
    "stillimage": "Image",
    "audio": "Sound",
    "video": "Video",
    "tag": "TextualBody",
}

MOTIVATIONS_2 = {"painting": "sc:painting", "supplementing": "sc:painting", "assessing": "oa:moderating"}
"""Motivations of version 3 that are not `oa:` and the same word in version 2.1 (specs 1.3)."""

HINTS_2 = ("individuals", "paged", "continuous", "multi-part", "non-paged", "facing-pages")
"""The viewing hints of version 2.1 that are behaviors of version 3."""

RIGHTS = re.compile(
    r"^https?://(creativecommons\.org/(?:licenses|publicdomain)/|rightsstatements\.org/(?:vocab|page)/)"
)
"""What `rights` of version 3 may be, in either scheme."""

LICENCE_LABEL = {"en": ["License"]}
ATTRIBUTION_LABEL = {"en": ["Attribution"]}


def type3(name: str) -> str:
    """A type of version 2 in version 3: `sc:Manifest`, `dcTypes:Image`, a full IRI; others stay."""
    prefix, local = re.match(r"(.*[:#/])?(.*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    return _TYPES_3.get(local.lower(), name) if prefix else name


def type2(name: str) -> str:
    """A type of version 3 in version 2.1; others stay."""
    return TYPES_2.get(name, name)


def motivation3(name: str) -> str:
    """`sc:painting` and `oa:commenting` are `painting` and `commenting`."""
    return re.sub(r"^(sc|oa):", "", name)


def motivation2(name: str) -> str:
    """The motivation in version 2.1: with a prefix, unless it has one already."""
    return MOTIVATIONS_2.get(name) or (name if ":" in name else f"oa:{name}")


def rights3(uri: str) -> str | None:
    """A licence as `rights` of version 3 has it, which is with http; None for one that may not stand there."""
    return re.sub(r"^https:", "http:", uri).replace(".org/page/", ".org/vocab/") if RIGHTS.match(uri) else None


def media_type3(media: str | None) -> str | None:
    """The type of a linked resource by its media type (`text/html` is Text); None if that says nothing."""
    major, _, minor = (media or "").lower().partition("/")
    by_minor = {"pdf": "Text", "json": "Dataset", "ld+json": "Dataset", "xml": "Dataset", "rdf+xml": "Dataset"}
    by_major = {"image": "Image", "audio": "Sound", "video": "Video", "text": "Text"}
    return by_minor.get(minor.split(";")[0]) or by_major.get(major)
