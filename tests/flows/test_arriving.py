"""`/open`: every form of a content state, the links of other viewers, and links of our own."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

import orjson
import pytest

from iiif_store.content_state import canvas_state, encode
from tests.web import STRANGER, WebRoom, problem

HTML = {"Accept": "text/html"}


def canvas(web: WebRoom, source: str, number: int = 1) -> str:
    return web.services.sources.manifest(web.services.sources.open(source)).canvases[number].id


def arrived(web: WebRoom, path: str, **how: object) -> tuple[str, dict[str, str]]:
    """The source and the place to which `path` leads."""
    answer = web.client.get(path, headers=HTML, **how)  # type: ignore[arg-type]
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["Location"])
    assert parts.path.startswith("/view/")
    told = {name: values[0] for name, values in parse_qs(parts.query).items() if name != "viewer"}
    return parts.path.removeprefix("/view/"), told


def test_a_region_in_our_manifest_is_opened_for_everybody(web: WebRoom, source: str) -> None:
    here = canvas(web, source)
    state = canvas_state(here, web.links.manifest(source), (4, 9, 6, 7))
    found = arrived(web, f"/open?iiif-content={encode(state)}", environ_base=STRANGER)
    assert found == (source, {"canvas": here, "region": "4,9,6,7"})


def test_a_region_in_the_publishers_manifest_is_opened_in_ours(web: WebRoom, source: str) -> None:
    here = canvas(web, source)
    state = {"target": canvas_state(here, web.publisher.manifest(), (4, 9, 6, 7)), "motivation": ["contentState"]}
    assert arrived(web, f"/open?iiif-content={encode(state)}") == (source, {"canvas": here, "region": "4,9,6,7"})


def test_json_may_be_posted(web: WebRoom, source: str) -> None:
    here = canvas(web, source)
    body = orjson.dumps(canvas_state(here, web.publisher.manifest()))
    answer = web.client.post("/open", data=body, content_type="application/json", headers=HTML)
    assert answer.status_code == 303 and f"canvas={quote(here, safe='')}" in answer.headers["Location"]


def test_the_uri_of_a_manifest_and_of_an_annotation_are_told_apart(web: WebRoom, source: str) -> None:
    here = canvas(web, source)
    target = canvas_state(here, web.publisher.manifest(), (1, 2, 3, 4))
    web.publisher.documents["/state"] = {"type": "Annotation", "motivation": "contentState", "target": target}
    expected = (source, {"canvas": here, "region": "1,2,3,4"})
    assert arrived(web, f"/open?iiif-content={web.publisher.url('/state')}") == expected
    other = web.publisher.manifest(2)
    found, told = arrived(web, f"/open?iiif-content={other}")
    assert told == {} and web.services.sources.open(found).url == other


def test_the_link_of_another_viewer_may_be_pasted(web: WebRoom, source: str) -> None:
    here, manifest = canvas(web, source), web.publisher.manifest()
    mirador = f"https://viewer.example/?manifest={quote(manifest, safe='')}&canvas={quote(here, safe='')}"
    assert arrived(web, f"/open?url={quote(mirador, safe='')}") == (source, {"canvas": here})
    universal = f"https://viewer.example/uv.html#?manifest={manifest}&cv=1"
    assert arrived(web, f"/open?url={quote(universal, safe='')}") == (source, {})
    clover = f"https://viewer.example/?iiif-content={encode(canvas_state(here, manifest, (1, 2, 3, 4)))}"
    assert arrived(web, f"/open?url={quote(clover, safe='')}")[1]["region"] == "1,2,3,4"


def test_every_finding_has_a_link_that_leads_to_it(web: WebRoom, source: str) -> None:
    page = web.client.get(web.page(source)).get_json(force=True)
    for item in page["items"]:
        link = item["rendering"][0]["id"].removeprefix("http://localhost")
        found, told = arrived(web, link, environ_base=STRANGER)
        assert found == source
        assert item["target"] == f"{told['canvas']}#xywh={told['region']}"
        assert web.client.get(link, headers={"Accept": "application/json"}).headers["Location"].endswith("/manifest")


def test_the_view_is_told_the_region_and_nothing_that_is_none(web: WebRoom, source: str) -> None:
    view = f"/view/{source}?canvas={quote(canvas(web, source), safe='')}"
    assert 'data-region="1,2,3,4"' in web.client.get(f"{view}&region=1,2,3,4").text
    for bad in ("1,2,3", "1,2,0,4", '"><script>', "a,b,c,d", "1,2,3,99999999"):
        assert "data-region" not in web.client.get(f"{view}&region={quote(bad)}").text


@pytest.mark.parametrize("state", ["%%%", "e30", "{}", encode({"id": "https://x.example/c", "type": "Canvas"})])
def test_what_cannot_be_opened_says_why(web: WebRoom, state: str) -> None:
    told = problem(
        web.client.get("/open", query_string={"iiif-content": state}, headers={"Accept": "application/json"})
    )
    assert (told["status"], told["slug"]) == (400, "bad-content-state")
    page = web.client.get("/open", query_string={"iiif-content": state}, headers=HTML)
    assert page.status_code == 400 and "content state" in page.text


def test_a_stranger_makes_us_fetch_nothing(web: WebRoom) -> None:
    before = web.publisher.count()
    for parameter in ("url", "iiif-content"):
        asked = {parameter: web.publisher.manifest(7)}
        answer = web.client.get(
            "/open", query_string=asked, environ_base=STRANGER, headers={"Accept": "application/json"}
        )
        assert problem(answer)["status"] == 401
    assert web.publisher.count() == before
