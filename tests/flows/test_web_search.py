"""Content Search from a client's side, over old prints that a backend really reads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iiif_store.content_state import Place, decode, place
from iiif_store.search.entries import Frame, Unit
from server.commands.reindex import command
from tests.lector import ReadingRoom, reading_room
from tests.web import problem

JSON = dict[str, Any]
HOSTILE = ('"', '" OR "', "NEAR(a b)", "a*", "^a", "words : a", "\0", "-", "NOT", "'", "a" * 3000)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path_factory.mktemp("search")) as room:
        yield room


@pytest.fixture(scope="module")
def book(room: ReadingRoom) -> str:
    """All pages, read."""
    source = room.register()
    room.read(source)
    return source


@pytest.fixture
def fresh(room: ReadingRoom, book: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Another book of the same pictures, for tests that change or delete it."""
    source = room.register(copy=str(hash(request.node.name)))
    yield source
    row = room.web.room.store.get_source(source)
    if row and not row.deleted:
        room.web.services.sources.delete(row)


def search2(room: ReadingRoom, source: str, q: str = "", **more: object) -> JSON:
    query = "&".join(f"{name}={quote(str(value))}" for name, value in {"q": q, **more}.items())
    return dict(room.get(f"/iiif/search/2/{source}?{query}".replace("/2/?", "/2?")))


def search1(room: ReadingRoom, source: str, q: str = "", **more: object) -> JSON:
    query = "&".join(f"{name}={quote(str(value))}" for name, value in {"q": q, **more}.items())
    return dict(room.get(f"/iiif/search/1/{source}?{query}"))


def parts(page: JSON) -> list[JSON]:
    """What in the annotations answers, annotation by annotation."""
    targets = [hit["target"] for inner in page.get("annotations", []) for hit in inner["items"]]
    return [part for target in targets for part in (target if isinstance(target, list) else [target])]


def quotes(page: JSON) -> list[str]:
    """What each hit quotes; / stands between lines."""
    hits = [hit["target"] for inner in page.get("annotations", []) for hit in inner["items"]]
    lines = (hit if isinstance(hit, list) else [hit] for hit in hits)
    return [" / ".join(part["selector"][0]["exact"] for part in line) for line in lines]


class TestWords:
    @pytest.mark.parametrize(
        ("q", "expected"),
        [
            ("geholfen", ["ge / holfen"]),
            ('"noch geholfen hat"', ["noch ge / holfen hat"]),
            ('"TOCHTER waren alle schön"', ["Toͤchter / waren alle ſchoͤn"]),
            ("jüngste schön", ["ſchoͤn", "juͤngſte", "ſchoͤn"]),
            ("wald walde", ["Wald", "Walde"]),
            ("vnter Linde", []),
            ("fich", ["fich"]),
            ("sich", ["fich"]),
            ("proposé", ["ꝓpoſe"]),
            ("treuve favorise", ["treuue", "fauoriſe"]),
            ('"sic ut dactylion"', ["Sic vt dactylion"]),
            ("laeva", ["læua"]),
            ("vivacem", ["viuacem"]),
            ("nowhere", []),
        ],
    )
    def test_old_spellings_are_found_by_new_ones_and_quoted_as_they_are(
        self, room: ReadingRoom, book: str, q: str, expected: list[str]
    ) -> None:
        found = search2(room, book, q)
        assert quotes(found) == expected
        assert len(found["items"]) == len({part["source"] for part in parts(found)})

    def test_the_annotations_are_those_of_the_pages(self, room: ReadingRoom, book: str) -> None:
        published = {item["id"]: item for page in room.read(book) for item in page["items"]}
        found = search2(room, book, motivation="supplementing")["items"]
        assert len(found) == 50
        for item in found:
            assert item == published[item["id"]]
            alone = room.get(item["id"])
            assert {key: value for key, value in alone.items() if key != "@context"} == item
        assert [item["id"] for item in found] == list(published)[:50]


class TestVersion2:
    def test_the_document(self, room: ReadingRoom, book: str) -> None:
        answer = room.web.client.get(f"/iiif/search/2/{book}?q=geholfen&colour=red")
        assert answer.content_type == 'application/ld+json;profile="http://iiif.io/api/search/2/context.json"'
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        page = answer.get_json(force=True)
        uri = f"http://localhost/iiif/search/2/{book}?q=geholfen"
        assert page["@context"][-1] == "http://iiif.io/api/search/2/context.json"
        assert page["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
        assert (page["id"], page["type"], page["ignored"]) == (f"{uri}&page=1", "AnnotationPage", ["colour"])
        only = {"id": f"{uri}&page=1", "type": "AnnotationPage"}
        assert page["partOf"] == {"id": uri, "type": "AnnotationCollection", "total": 1, "first": only, "last": only}
        assert page["startIndex"] == 0 and "next" not in page and "prev" not in page
        assert len(page["items"]) == 2
        [inner] = page["annotations"]
        [hit] = inner["items"]
        assert inner["type"] == "AnnotationPage" and hit["motivation"] == "highlighting"
        assert [part["source"] for part in hit["target"]] == [item["id"] for item in page["items"]]
        assert hit["target"][0]["selector"] == [
            {
                "type": "TextQuoteSelector",
                "prefix": "In den alten Zeiten, wo das Wuͤnſchen noch ",
                "exact": "ge",
                "suffix": "-",
            }
        ]

    def test_nothing_found_is_an_empty_page(self, room: ReadingRoom, book: str) -> None:
        page = search2(room, book, "nowhere")
        assert page["items"] == [] and page["partOf"]["total"] == 0 and "annotations" not in page

    def test_every_page_is_reached_once_by_next_and_prev(self, room: ReadingRoom, book: str) -> None:
        page = search2(room, book)
        first, total = page["partOf"]["first"]["id"], page["partOf"]["total"]
        assert page["id"] == first and total > 50
        seen, starts = [item["id"] for item in page["items"]], [page["startIndex"]]
        while "next" in page:
            before, page = page, room.get(page["next"]["id"])
            assert page["prev"]["id"] == before["id"]
            assert page["partOf"] == before["partOf"]
            seen += [item["id"] for item in page["items"]]
            starts.append(page["startIndex"])
        assert page["id"] == page["partOf"]["last"]["id"]
        assert len(seen) == len(set(seen)) == total == sum(len(one["items"]) for one in room.read(book))
        assert starts == list(range(0, total, 50))

    def test_users_are_models(self, room: ReadingRoom, book: str) -> None:
        model = "http://localhost/models/lector/1.0"
        assert search2(room, book, "geholfen", user=model)["items"][0]["creator"]["id"] == model
        assert search2(room, book, "geholfen", user="http://localhost/models/lector/2.0")["items"] == []
        assert room.web.client.get(model.removeprefix("http://localhost")).status_code == 200

    def test_dates_are_when_it_was_read(self, room: ReadingRoom, book: str) -> None:
        assert search2(room, book, "geholfen", date="2020-01-01T00:00:00Z/2999-01-01T00:00:00Z")["items"]
        assert search2(room, book, "geholfen", date="1999-01-01T00:00:00Z/2020-01-01T00:00:00Z")["items"] == []

    def test_terms(self, room: ReadingRoom, book: str) -> None:
        page = room.get(f"/iiif/search/2/{book}/autocomplete?q=ſchoͤ&user=x&min=")
        assert page == {
            "@context": "http://iiif.io/api/search/2/context.json",
            "id": f"http://localhost/iiif/search/2/{book}/autocomplete?q=%C5%BFcho%CD%A4",
            "type": "TermPage",
            "ignored": ["user"],
            "items": [{"value": "ſchoͤn", "total": 1}],
        }
        found = room.get(f"/iiif/search/2/{book}/autocomplete?q=w")["items"]
        assert [term["value"] for term in found] == sorted((term["value"] for term in found), key=str.casefold)
        assert {"value": "Wald", "total": 1} in found and len(found) <= 20
        for term in found:
            assert search2(room, book, term["value"])["partOf"]["total"] >= term["total"]
        assert room.get(f"/iiif/search/2/{book}/autocomplete?q=w&min=2")["items"] != found
        assert room.get(f"/iiif/search/2/{book}/autocomplete")["items"] == []
        assert room.get("/iiif/search/2/autocomplete?q=wald")["items"]


class TestVersion1:
    def test_the_document(self, room: ReadingRoom, book: str) -> None:
        answer = room.web.client.get(f"/iiif/search/1/{book}?q=geholfen&colour=red")
        assert answer.content_type == "application/json"
        page = answer.get_json()
        uri = f"http://localhost/iiif/search/1/{book}?q=geholfen&page=1"
        assert page["@context"] == [
            "http://iiif.io/api/presentation/2/context.json",
            "http://iiif.io/api/search/1/context.json",
        ]
        assert (page["@id"], page["@type"], page["startIndex"]) == (uri, "sc:AnnotationList", 0)
        assert page["within"] == {"@type": "sc:Layer", "total": 1, "ignored": ["colour"], "first": uri, "last": uri}
        assert page["hits"] == [
            {
                "@type": "search:Hit",
                "annotations": [resource["@id"] for resource in page["resources"]],
                "match": "ge holfen",
                "before": "In den alten Zeiten, wo das Wuͤnſchen noch ",
                "after": " hat, lebte ein Koͤnig, deſſen Toͤchter",
            }
        ]
        told = page["resources"][0]
        assert told["motivation"] == "sc:painting"
        assert told["resource"]["chars"] == "In den alten Zeiten, wo das Wuͤnſchen noch ge-"
        assert "#xywh=" in told["on"]

    def test_its_pages_are_strings(self, room: ReadingRoom, book: str) -> None:
        page = search1(room, book, motivation="painting")
        assert page["within"]["total"] > 50 == len(page["resources"])
        after = room.get(page["next"])
        assert after["prev"] == page["@id"] == page["within"]["first"] and "next" not in after
        assert after["startIndex"] == 50
        assert search1(room, book, motivation="non-painting")["resources"] == []

    def test_terms(self, room: ReadingRoom, book: str) -> None:
        page = room.get(f"/iiif/search/1/{book}/autocomplete?q=brunn")
        assert page["@type"] == "search:TermList" and page["@context"] == "http://iiif.io/api/search/1/context.json"
        [term] = page["terms"]
        assert (term["match"], term["count"]) == ("Brunnen", 1)
        assert room.get(term["url"])["hits"][0]["match"] == "Brunnen"


class TestServices:
    def test_a_manifest_of_version_3_has_both_and_version_2_first(self, room: ReadingRoom, book: str) -> None:
        two, one = room.get(f"/iiif/3/{book}/manifest")["service"]
        assert two == {
            "id": f"http://localhost/iiif/search/2/{book}",
            "type": "SearchService2",
            "service": [{"id": f"http://localhost/iiif/search/2/{book}/autocomplete", "type": "AutoCompleteService2"}],
        }
        assert one["@id"] == f"http://localhost/iiif/search/1/{book}"
        assert (one["@type"], one["profile"]) == ("SearchService1", "http://iiif.io/api/search/1/search")
        assert "@context" not in one
        for service in (two["id"], two["service"][0]["id"], one["@id"], one["service"][0]["@id"]):
            assert room.get(f"{service}?q=wald")

    def test_a_manifest_of_version_2_has_that_of_version_1(self, room: ReadingRoom, book: str) -> None:
        service = room.get(f"/iiif/2/{book}/manifest")["service"]
        assert service["@context"] == "http://iiif.io/api/search/1/context.json"
        assert service["profile"] == "http://iiif.io/api/search/1/search"
        assert room.get(f"{service['@id']}?q=wald")["hits"]


class TestScopes:
    def test_a_collection_finds_in_its_members_and_names_their_manifests(self, room: ReadingRoom, book: str) -> None:
        url = room.publisher.url("/iiif/3/collection?books=book,book-2")
        collection = room.web.register(url, backends=["lector"])
        found = search2(room, collection, "geholfen")
        assert found["partOf"]["total"] == 1
        target = found["items"][0]["target"]
        assert "#xywh=" in target["id"]
        assert target["partOf"]["id"] == f"http://localhost/iiif/3/{book}/manifest"
        assert target["partOf"]["type"] == "Manifest" and target["partOf"]["label"]
        on = search1(room, collection, "geholfen")["resources"][0]["on"]
        assert on["within"]["@id"] == f"http://localhost/iiif/2/{book}/manifest"
        services = room.get(f"/iiif/3/{collection}/collection")["service"]
        assert services[0]["id"] == f"http://localhost/iiif/search/2/{collection}"

    def test_everything_is_searched_at_once(self, room: ReadingRoom, book: str, fresh: str) -> None:
        found = search2(room, "", "geholfen")
        manifests = {item["target"]["partOf"]["id"] for item in found["items"]}
        assert {f"http://localhost/iiif/3/{source}/manifest" for source in (book, fresh)} <= manifests
        assert room.get("/iiif/3/collection")["service"][0]["id"] == "http://localhost/iiif/search/2"


class TestKeepingUp:
    def test_a_book_of_pictures_that_were_read_is_found_at_once(self, room: ReadingRoom, fresh: str) -> None:
        assert search2(room, fresh, "geholfen")["partOf"]["total"] == 1

    def test_what_a_layer_does_not_show_any_more_is_not_found(self, room: ReadingRoom, fresh: str) -> None:
        sources = room.web.services.sources
        row = sources.open(fresh)
        sources.change(row, layers=lambda now: (replace(now[0], classes=("map",)),))
        room.web.services.search.wait()
        assert search2(room, fresh, "geholfen")["items"] == []
        sources.change(row, layers=lambda now: row.layers)
        room.web.services.search.wait()
        assert search2(room, fresh, "geholfen")["partOf"]["total"] == 1

    def test_a_picture_that_must_be_read_again_is_not_found_until_then(
        self, room: ReadingRoom, book: str, fresh: str
    ) -> None:
        sources, store = room.web.services.sources, room.web.room.store
        row = sources.open(fresh)
        canvas = sources.manifest(row).canvases[room.names.index("froschkoenig")]
        store.raise_generation(canvas.painted().reference)
        sources.changed(row)
        room.web.services.search.wait()
        assert search2(room, fresh, "geholfen")["items"] == []
        room.read(fresh)
        assert search2(room, fresh, "geholfen")["partOf"]["total"] == 1
        room.web.services.search.update(sources.open(book))  # another book with this picture follows later
        [one, two] = (search2(room, source, "geholfen")["items"][0]["inference"]["run"] for source in (book, fresh))
        assert one == two

    def test_a_book_that_machines_may_not_read_is_not_searched(self, room: ReadingRoom, fresh: str) -> None:
        sources = room.web.services.sources
        sources.change(sources.open(fresh), policy="off")
        told = problem(room.web.client.get(f"/iiif/search/2/{fresh}?q=wald"))
        assert (told["status"], told["slug"]) == (403, "policy-forbids")
        assert fresh not in str(search2(room, "", "wald"))
        assert "service" not in room.get(f"/iiif/3/{fresh}/manifest")
        sources.change(sources.open(fresh), policy="open")
        room.web.services.search.wait()
        assert search2(room, fresh, "wald")["items"]

    def test_a_deleted_book_is_not_found(self, room: ReadingRoom, fresh: str) -> None:
        assert room.web.client.delete(f"/api/sources/{fresh}").status_code == 204
        assert problem(room.web.client.get(f"/iiif/search/1/{fresh}?q=wald"))["status"] == 410
        assert fresh not in str(search2(room, "", "wald"))

    def test_what_people_write_is_found(self, room: ReadingRoom, fresh: str) -> None:
        canvas = room.get(f"/iiif/3/{fresh}/manifest")["items"][0]["id"]
        body = {"type": "TextualBody", "value": "<p>A ſtag&nbsp;hunt</p>", "format": "text/html"}
        note = {"type": "Annotation", "motivation": "commenting", "body": body, "target": f"{canvas}#xywh=1,2,30,40"}
        note["@context"] = "http://www.w3.org/ns/anno.jsonld"
        made = room.web.client.post(f"/annotations/{fresh}/", json=note)
        assert made.status_code == 201, made.text
        room.web.services.search.wait()
        [item] = search2(room, fresh, '"stag hunt"', motivation="commenting")["items"]
        assert item["id"] == made.headers["Location"]
        assert item == {key: value for key, value in room.get(item["id"]).items() if key != "@context"}
        assert search1(room, fresh, "stag")["resources"][0]["on"] == f"{canvas}#xywh=1,2,30,40"
        etag = room.web.client.get(f"/annotations/{fresh}/{item['id'].rpartition('/')[2]}").headers["ETag"]
        gone = room.web.client.delete(item["id"].removeprefix("http://localhost"), headers={"If-Match": etag})
        assert gone.status_code == 204, gone.text
        room.web.services.search.wait()
        assert search2(room, fresh, "stag")["items"] == []

    def test_an_index_that_was_deleted_is_made_again(
        self, room: ReadingRoom, book: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = search2(room, book, "geholfen")
        shutil.rmtree(room.web.room.settings.data / "search")
        assert search2(room, book, "geholfen")["items"] == []
        monkeypatch.setenv("GLOSSATOR_DATA", str(room.web.room.settings.data))
        monkeypatch.setenv("GLOSSATOR_BACKENDS", "lector")
        monkeypatch.setenv("GLOSSATOR_ALLOW_HOSTS", "127.0.0.1")
        done = CliRunner().invoke(command, [book], catch_exceptions=False)
        assert done.exit_code == 0 and "1 sources: 4 pages written" in done.output
        assert search2(room, book, "geholfen") == before
        CliRunner().invoke(command, [], catch_exceptions=False)  # what else the room has
        again = CliRunner().invoke(command, [], catch_exceptions=False)
        assert ": 0 pages written, 0 sources removed" in again.output
        assert "1 sources: 4 pages" not in CliRunner().invoke(command, [book], catch_exceptions=False).output
        elsewhere = Unit("elsewhere", "1", "curated", 0, Frame("urn:c", 1, 1), (), "x")
        room.web.services.store.search.put([elsewhere])
        fresh = CliRunner().invoke(command, [book, "--fresh"], catch_exceptions=False)
        assert "1 sources: 4 pages written" in fresh.output
        assert "elsewhere" in room.web.services.store.search.sources()  # another book stays in the index
        assert "1 sources removed" in CliRunner().invoke(command, [], catch_exceptions=False).output


class TestSeveralTargets:
    @pytest.fixture
    def canvases(self, room: ReadingRoom, fresh: str) -> list[str]:
        return [canvas["id"] for canvas in room.get(f"/iiif/3/{fresh}/manifest")["items"]]

    def write(self, room: ReadingRoom, source: str, target: Any, text: str = "carp") -> str:
        body = {"type": "TextualBody", "value": text}
        note = {"type": "Annotation", "motivation": "commenting", "body": body, "target": target}
        note["@context"] = "http://www.w3.org/ns/anno.jsonld"
        made = room.web.client.post(f"/annotations/{source}/", json=note)
        assert made.status_code == 201, made.text
        room.web.services.search.wait()
        return str(made.headers["Location"])

    @pytest.mark.parametrize("gather", [list, lambda targets: {"type": "Choice", "items": targets}])
    def test_one_on_two_canvases_is_found_once_and_shown_on_both(
        self, room: ReadingRoom, fresh: str, canvases: list[str], gather: Any
    ) -> None:
        second, first = f"{canvases[1]}#xywh=1,2,3,4", f"{canvases[0]}#xywh=50,60,10,10"
        uri = self.write(room, fresh, gather([second, first]))
        two, one = search2(room, fresh, "carp"), search1(room, fresh, "carp")
        assert two["partOf"]["total"] == one["within"]["total"] == 1
        assert [item["id"] for item in two["items"]] == [part["source"] for part in parts(two)] == [uri]
        assert [hit["annotations"] for hit in one["hits"]] == [[uri]]
        assert [(told["@id"], told["on"]) for told in one["resources"]] == [(uri, first), (uri, second)]
        [term] = room.get(f"/iiif/search/2/{fresh}/autocomplete?q=carp")["items"]
        assert term["total"] == 1

    def test_the_page_for_people_leads_to_its_region_on_the_first_of_them(
        self, room: ReadingRoom, fresh: str, canvases: list[str]
    ) -> None:
        self.write(room, fresh, [f"{canvases[1]}#xywh=1,2,3,4", f"{canvases[0]}#xywh=50,60,10,10"], "pikeperch")
        page = room.web.client.get("/search?q=pikeperch").text
        [state] = re.findall(r"/open\?iiif-content=([\w-]+)", page)
        assert place(decode(state)) == Place(f"http://localhost/iiif/3/{fresh}/manifest", canvases[0], (50, 60, 10, 10))

    @pytest.mark.parametrize("gather", [list, lambda targets: {"type": "List", "items": targets}])
    def test_each_names_its_manifest_where_everything_is_searched(
        self, room: ReadingRoom, fresh: str, canvases: list[str], gather: Any
    ) -> None:
        manifest, box = f"http://localhost/iiif/3/{fresh}/manifest", f"{canvases[0]}#xywh=1,2,3,4"
        styled = {"type": "SpecificResource", "source": canvases[1], "styleClass": "red"}
        self.write(room, fresh, gather([box, styled, manifest]), "zander")
        [item] = search2(room, "", "zander")["items"]
        told = item["target"] if gather is list else item["target"]["items"]
        assert [told[0]["id"], told[1]["source"]["id"], told[2]] == [box, canvases[1], manifest]
        assert told[0]["partOf"]["id"] == told[1]["source"]["partOf"]["id"] == manifest
        on = [one["on"] for one in room.get("/iiif/search/1?q=zander")["resources"]]
        assert [each["@id"].partition("#")[0] for each in on] == canvases[:2]

    def test_a_region_of_a_moment_is_a_region(self, room: ReadingRoom, fresh: str, canvases: list[str]) -> None:
        self.write(room, fresh, f"{canvases[0]}#t=3&xywh=5,6,7,8")
        assert [one["on"] for one in search1(room, fresh, "carp")["resources"]] == [f"{canvases[0]}#xywh=5,6,7,8"]

    def test_it_moves_with_its_targets(self, room: ReadingRoom, fresh: str, canvases: list[str]) -> None:
        path = self.write(room, fresh, canvases[:2]).removeprefix("http://localhost")
        told = room.get(path) | {"target": [canvases[2], canvases[1]]}
        etag = room.web.client.get(path).headers["ETag"]
        assert room.web.client.put(path, json=told, headers={"If-Match": etag}).status_code == 200
        room.web.services.search.wait()
        found = [one["on"].partition("#")[0] for one in search1(room, fresh, "carp")["resources"]]
        assert found == [canvases[1], canvases[2]]


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "status"),
        [
            (f"q={'x' * 2_000_000}", 400),
            ("q=" + "+".join(f"w{n}" for n in range(33)), 400),
            ("date=yesterday", 400),
            ("page=0", 400),
            ("page=-1", 400),
            ("page=1e9", 400),
            ("page=²", 400),
            ("page=99999999999999999999", 400),
            ("q=geholfen&page=2", 404),
        ],
    )
    @pytest.mark.parametrize("version", [1, 2])
    def test_what_cannot_be_asked_is_told(
        self, room: ReadingRoom, book: str, version: int, query: str, status: int
    ) -> None:
        told = problem(room.web.client.get(f"/iiif/search/{version}/{book}?{query}"))
        assert told["status"] == status

    @pytest.mark.parametrize("path", ["/iiif/search/3", "/iiif/search/2/nobodynobody", "/iiif/search/2/x/autocomplete"])
    def test_what_is_not_there_is_not_found(self, room: ReadingRoom, path: str) -> None:
        assert problem(room.web.client.get(f"{path}?q=x"))["status"] == 404

    def test_only_get_and_its_kin(self, room: ReadingRoom, book: str) -> None:
        client, path = room.web.client, f"/iiif/search/2/{book}?q=wald"
        head = client.head(path)
        assert head.status_code == 200 and not head.data
        assert client.options(path).headers["Access-Control-Allow-Headers"]
        assert client.post(path).status_code == 405
        tagged = client.get(path, headers={"If-None-Match": head.headers["ETag"]})
        assert tagged.status_code == 304

    @given(
        version=st.sampled_from([1, 2]),
        door=st.sampled_from(["", "/autocomplete"]),
        asked=st.dictionaries(
            st.sampled_from(["q", "motivation", "date", "user", "page", "min", "x"]) | st.text(max_size=5),
            st.text(max_size=40)
            | st.sampled_from(['"', '" OR "', "NEAR(a b)", "a*", "^a", "words : a", "\0", "-", "NOT", "'"]),
            max_size=4,
        ),
    )
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_nothing_that_is_asked_does_harm(
        self, room: ReadingRoom, book: str, version: int, door: str, asked: dict[str, str]
    ) -> None:
        answer = room.web.client.get(f"/iiif/search/{version}/{book}{door}", query_string=asked)
        assert answer.status_code in (200, 400, 404), answer.text
        assert answer.get_json(force=True)


def test_the_page_for_people_marks_what_was_found_and_leads_there(room: ReadingRoom, book: str) -> None:
    hit = search2(room, "", "geholfen")["items"][0]
    page = room.web.client.get("/search?q=geholfen", headers={"Accept": "text/html"})
    assert page.status_code == 200 and "<mark>" in page.text
    assert escape(hit["rendering"][0]["id"]) in page.text
    assert "Nothing was found" in room.web.client.get("/search?q=xyzzy").text
    assert "<mark>" not in room.web.client.get("/search").text


@pytest.mark.parametrize("q", ["<script>alert(1)</script>", '"><b>', *HOSTILE[:6]])
def test_the_page_for_people_bears_anything(room: ReadingRoom, book: str, q: str) -> None:
    page = room.web.client.get(f"/search?q={quote(q)}")
    assert page.status_code == 200 and "<script>alert" not in page.text and "<b>" not in page.text
