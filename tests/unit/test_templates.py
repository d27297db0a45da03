"""The pages, rendered from plain dicts as the server does it; a variable that a template does not declare fails."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import server
from server.errors import Problem

FRAME = {"base": "https://example.org/glossator", "version": "0.1.0"}
EVIL = '<script>alert("x")</script>'
THUMBNAIL = {"src": "https://example.org/t.jpg", "width": 200, "height": 300}
SOURCE = {
    "label": EVIL,
    "view": "/view/abc",
    "kind": "manifest",
    "publisher": "example.org",
    "pages": 1,
    "layers": ["Illustrations"],
    "thumbnail": THUMBNAIL,
}
HOME: dict[str, Any] = {
    **FRAME,
    "url": "",
    "error": None,
    "may_register": True,
    "sample": "/open?url=local:sample",
    "sources": [],
    "next": None,
    "collection": "/iiif/3/collection",
}
VIEW: dict[str, Any] = {
    **FRAME,
    "label": EVIL,
    "original": "https://library.example/manifest.json",
    "manifest": "https://example.org/glossator/iiif/3/abc/manifest?layers=a,b",
    "manifest_v2": "https://example.org/glossator/iiif/2/abc/manifest",
    "canvas": None,
    "region": None,
    "crops": None,
    "layers": [
        {"name": "a", "title": "Illustrations", "on": True, "href": "?layers="},
        {"name": "b", "title": "Initials", "on": False, "href": "?layers=a,b"},
    ],
    "variants": [],
    "viewers": [{"title": "Mirador", "href": "?viewer=mirador", "on": True}],
    "downloads": [{"title": "All annotations", "href": "/api/sources/abc/annotations"}],
    "status": "/view/abc/status",
}
ERROR: dict[str, Any] = {
    **FRAME,
    "problem": Problem(422, "not-iiif", EVIL, "why", {"url": "https://x.example/", "path": "$.items"}),
}


class Tags(HTMLParser):
    """Every tag with its attributes, and whether a script or style has content of its own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self.inline += data.strip()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def render(name: str, **values: object) -> str:
    folder = Path(server.__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    return environment.get_template(name).render(**values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("home.html", HOME | {"sources": [SOURCE, SOURCE | {"thumbnail": None, "pages": None, "kind": "collection"}]}),
        ("view_mirador.html", VIEW),
        ("view_uv.html", VIEW),
        ("error.html", ERROR),
        ("admin/base.html", FRAME | {"section": "sources", "logged_in": True}),
    ],
)
def test_a_page_escapes_what_strangers_wrote_and_carries_no_script_of_its_own(
    name: str, values: dict[str, Any]
) -> None:
    html = render(name, **values)
    page = Tags(html)
    assert EVIL not in html
    assert page.inline == ""
    assert not [
        attributes
        for _tag, attributes in page.tags
        if any(key.startswith("on") or key == "style" for key in attributes)
    ]
    own = [tag.get("src") or tag.get("href") for tag in [*page.all("script"), *page.all("link")]]
    assert own and all(url and url.startswith("https://example.org/glossator/static/") for url in own)


@pytest.mark.parametrize("name", ["home.html", "view_mirador.html", "view_uv.html", "error.html", "admin/base.html"])
def test_every_file_that_a_page_names_of_ours_is_there(name: str) -> None:
    values = HOME | VIEW | ERROR | {"section": "sources", "logged_in": True}
    page = Tags(render(name, **values))
    static = Path(server.__file__).parents[1] / "static"
    named = [
        tag.get("src") or tag.get("href") or "" for tag in [*page.all("script"), *page.all("link"), *page.all("img")]
    ]
    files = [static / url.partition("/static/")[2] for url in named if "/static/" in url]
    assert files and all(file.is_file() for file in files if "vendor" not in file.parts)


def test_the_form_works_without_javascript() -> None:
    page = Tags(render("home.html", **HOME))
    form = {"class": "paste", "id": "paste", "action": "https://example.org/glossator/open", "method": "get"}
    assert page.all("form") == [form]
    assert page.all("input")[0]["name"] == "url"
    assert [script["type"] for script in page.all("script")] == ["module"], "which only adds that things may be dropped"


def test_who_may_not_register_gets_words_instead_of_a_form() -> None:
    html = render("home.html", **HOME | {"may_register": False})
    assert "<form" not in html and "token" in html


def test_a_thumbnail_has_a_size_and_is_loaded_late() -> None:
    (picture,) = Tags(render("home.html", **HOME | {"sources": [SOURCE]})).all("img")
    assert (picture["width"], picture["height"], picture["loading"]) == ("200", "300", "lazy")


def test_a_layer_is_a_checkbox_that_is_a_link() -> None:
    switches = [tag for tag in Tags(render("view_mirador.html", **VIEW)).all("a") if tag.get("role") == "checkbox"]
    assert [(tag["aria-checked"], tag["href"]) for tag in switches] == [("true", "?layers="), ("false", "?layers=a,b")]


def test_the_icon_names_the_manifest_as_mirador_and_content_state_want_it() -> None:
    (icon,) = [tag for tag in Tags(render("view_uv.html", **VIEW)).all("a") if "data-iiif-content" in tag]
    assert icon["data-iiif-content"] == VIEW["manifest"]
    assert icon["href"] == (
        "https://example.org/glossator/?manifest=https%3A//example.org/glossator/iiif/3/abc/manifest%3Flayers%3Da%2Cb"
    )


def test_an_error_says_what_to_do_next() -> None:
    html = render("error.html", **ERROR)
    assert "$.items" in html and "manifest.json" in html
    assert [tag["href"] for tag in Tags(html).all("a")][-2:] == ["https://x.example/", "https://example.org/glossator/"]
    problem = Problem(
        502, "publisher-failed", "The publisher gave no usable answer", "404", {"url": "javascript:alert()"}
    )
    assert "javascript:" not in render("error.html", **FRAME, problem=problem)


def test_a_url_that_cannot_be_opened_is_shown_again_with_the_reason() -> None:
    html = render("home.html", **HOME | {"url": "https://x.example/", "error": ERROR["problem"]})
    assert "why" in html and "manifest.json" in html and EVIL not in html
    assert Tags(html).all("input")[0]["value"] == "https://x.example/"
