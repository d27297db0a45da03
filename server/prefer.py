"""The Prefer header, as containers of annotations understand it (RFC 7240; Web Annotation Protocol, 4.2)."""

from __future__ import annotations

import re

from iiif_store.container import Form

_INCLUDE = re.compile(r'include\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)

FORMS: dict[str, Form] = {
    "http://www.w3.org/ns/oa#PreferContainedDescriptions": "descriptions",
    "http://www.w3.org/ns/oa#PreferContainedIRIs": "iris",
    "http://www.w3.org/ns/ldp#PreferMinimalContainer": "minimal",
}
"""By rank: of several, which contradict each other, the one that holds most is given. A preference is no error."""


def form_of(prefer: str) -> Form | None:
    """The representation of a container that is preferred; None if the header wishes for none that there is."""
    named = {iri for quoted, bare in _INCLUDE.findall(prefer) for iri in (quoted or bare).split()}
    return next((form for iri, form in FORMS.items() if iri in named), None)
