"""Annotations as people send them, in many forms, become one form or are refused with a reason."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, URIRef

from iiif_store.bodies import shown
from iiif_store.canvas import Canvas
from iiif_store.errors import GlossatorError
from iiif_store.incoming import ANNOTATION, DEEPEST, read
from iiif_store.iris import spelled
from iiif_store.jsonld import BadJsonLd, UnknownContext, expand, framed, to_rdf, unfolded
from iiif_store.links import Links
from iiif_store.rdf import serialised
from iiif_store.targets import Scene
from iiif_store.unusable import Unusable
from tests.unit.documents.test_outline import SVG

LINKS = Links("https://ours.example.org/g")
ANNO = "http://www.w3.org/ns/anno.jsonld"
OA = "http://www.w3.org/ns/oa#"
P3 = "http://iiif.io/api/presentation/3/context.json"
C1, C2 = "https://pub.example/canvas/1", "https://pub.example/canvas#2"
SCENE = Scene(
    {
        C1: Canvas(C1, "aaaaaaaaaaaa", "", 1000, 2000, {}),
        C2: Canvas(C2, "bbbbbbbbbbbb", "", None, None, {}),
    },
    lambda iri: iri in ("local:3/abc/manifest", "https://pub.example/manifest"),
)


def note(**members: Any) -> dict[str, Any]:
    return {"@context": ANNO, "type": "Annotation", "target": C1} | members


def target(value: Any, **members: Any) -> Any:
    return read(note(target=value, **members), SCENE, LINKS).document["target"]


def specific(selector: Any = None, source: Any = C1, **members: Any) -> dict[str, Any]:
    chosen = {} if selector is None else {"selector": selector}
    return {"type": "SpecificResource", "source": source} | chosen | members


def fragment(value: str) -> dict[str, str]:
    return {"type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": value}


IN_PARTS = {"id": C1, "type": "Canvas", "partOf": {"id": "https://pub.example/manifest", "type": "Manifest"}}


class TestTargets:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            (C1, C1),
            (C2, C2),
            ({"id": C1, "type": "Canvas"}, C1),
            (IN_PARTS, C1),
            (specific(), C1),
            (specific(source=IN_PARTS), C1),
            (specific(source=IN_PARTS | {"partOf": [IN_PARTS["partOf"]]}), C1),
            (f"{C1}#xywh=1,2,3,4", f"{C1}#xywh=1,2,3,4"),
            (f"{C1}#xywh=1%2C2%2C3%2C4", f"{C1}#xywh=1,2,3,4"),
            (f"{C1}#xywh=pixel:1.4,2.5,3.2,4.4", f"{C1}#xywh=1,2,4,5"),
            (f"{C1}#xywh=percent:10,10,50,25", f"{C1}#xywh=100,200,500,500"),
            (f"{C1}#xywh=-5,-5,10,10", f"{C1}#xywh=0,0,5,5"),
            (f"{C1}#xywh=990,1990,50,50", f"{C1}#xywh=990,1990,10,10"),
            (f"{C1}#xywh=3,3,0.1,0.1", f"{C1}#xywh=3,3,1,1"),
            (f"{C1}#xywh=1,2,3,4&t=5,6", f"{C1}#t=5,6&xywh=1,2,3,4"),
            (f"{C2}#t=5,6", f"{C2}#t=5,6"),
            (specific(fragment("xywh=pixel:1,2,3,4")), f"{C1}#xywh=1,2,3,4"),
            (specific([fragment("xywh=1,2,3,4")]), f"{C1}#xywh=1,2,3,4"),
            (specific(source=f"{C1}#xywh=1,2,3,4"), f"{C1}#xywh=1,2,3,4"),
            (
                specific(fragment("xywh=1,2,3.1,4"), styleClass="red"),
                {"type": "SpecificResource", "styleClass": "red", "source": C1, "selector": fragment("xywh=1,2,3,4")},
            ),
            ([C1, f"{C2}#t=1"], [C1, f"{C2}#t=1"]),
            ("https://pub.example/manifest", "https://pub.example/manifest"),
            (f"{LINKS.base}/iiif/3/abc/manifest", "local:3/abc/manifest"),
            (
                {"type": "List", "items": [f"{C1}#xywh=1.2,2,3,4", C2]},
                {"type": "List", "items": [f"{C1}#xywh=1,2,3,4", C2]},
            ),
        ],
    )
    def test_they_are_brought_to_one_shape(self, sent: Any, kept: Any) -> None:
        assert target(sent) == kept
        again = target(kept) if "local:" not in str(kept) else kept
        assert again == kept

    def test_of_a_box_and_an_outline_the_outline_is_kept(self) -> None:
        sent = specific(
            [fragment("xywh=1,2,30,40"), {"type": "SvgSelector", "value": "<svg><path d='M1 2 L3 4 L1 4 Z'/></svg>"}]
        )
        outline = {
            "type": "SvgSelector",
            "value": f'<svg {SVG}><path d="M1 2 L3 4 L1 4 Z" fill="none" stroke="#9b2d1f"/></svg>',
        }
        assert target(sent) == {"type": "SpecificResource", "source": C1, "selector": outline}

    def test_the_canvases_are_told(self) -> None:
        keys = read(note(target=[f"{C1}#xywh=1,2,3,4", C1, C2, "https://pub.example/manifest"]), SCENE, LINKS).canvases
        assert keys == ("aaaaaaaaaaaa", "bbbbbbbbbbbb")

    @pytest.mark.parametrize(
        ("sent", "says"),
        [
            ("https://pub.example/canvas/9", "not a canvas of this source"),
            (f"{C1}#xywh=1000,0,5,5", "outside the canvas"),
            (f"{C1}#xywh=percent:100,0,5,5", "outside the canvas"),
            (f"{C1}#xywh=-9,0,5,5", "outside the canvas"),
            (f"{C1}#xywh=1,2,3", "four numbers"),
            (f"{C1}#xywh=1,2,0,5", "no extent"),
            (f"{C1}#xywh=1,2,nan,5", "no extent"),
            (f"{C1}#xywh=1,2,1e999,5", "no extent"),
            (f"{C1}#page=3", "no media fragment"),
            (f"{C2}#xywh=1,2,3,4", "no width and height"),
            (specific(fragment("xywh=1,2,3,4"), source=f"{C1}#xywh=1,2,3,4"), "given twice"),
            (
                specific({"type": "SvgSelector", "value": "<svg><path d='M2000 0 L2001 1'/></svg>"}),
                "outside the canvas",
            ),
            (specific({"type": "SvgSelector", "value": "<svg"}), "not well-formed"),
            (specific({"type": "PointSelector", "x": 1, "y": 2}), "a point is a box"),
            ("canvas/1", "absolute IRI"),
            ([], "no target"),
            ({"type": "SpecificResource"}, "names what it is about"),
            ({"type": "List", "items": []}, "no target"),
        ],
    )
    def test_what_leads_nowhere_is_refused(self, sent: Any, says: str) -> None:
        with pytest.raises(Unusable, match=says):
            target(sent)

    def test_any_other_is_taken_where_that_is_wished(self) -> None:
        free = Scene(SCENE.canvases, SCENE.known, anything=True)
        assert read(note(target="http://a.example/"), free, LINKS).document["target"] == "http://a.example/"
        assert (
            read(note(target={"id": "http://a.example/", "type": "Text", "format": "x/y"}), free, LINKS).canvases == ()
        )


ODD = ("https://pub.example/c 1", "https://pub.example/{c}", 'https://pub.example/c"1', "https://pub.example/a|b^c`d")
ODD += (
    "https://pub.example/ü",
    "https://pub.example/%C3%A4",
    "https://pub.example/~me/c\\1",
    "https://pub.example/<c>",
)
ODD += ("https://pub.example/c\u00a01", "https://pub.example/c\u2028")


class TestOddNames:
    """Canvases keep the names that their publisher gave them, whatever is wrong with those."""

    scene = Scene(
        {iri: Canvas(iri, f"{n:012}", "", 100, 100, {}) for n, iri in enumerate(ODD)},
        lambda iri: iri == "https://pub.example/the manifest",
    )

    def target(self, value: Any, **members: Any) -> Any:
        return read(note(target=value, **members), self.scene, LINKS).document["target"]

    @pytest.mark.parametrize("iri", ODD)
    @pytest.mark.parametrize("write", [str, quote, lambda iri, safe: quote(iri, safe=safe).lower(), unquote])
    def test_each_is_known_in_every_spelling_and_kept_in_the_publishers(self, iri: str, write: Any) -> None:
        sent = iri if write is str else unquote(iri) if write is unquote else write(iri, safe=":/")
        sent = iri if "%25" in sent else sent
        for part in ("", "#xywh=1,2,3,4"):
            assert self.target(sent + part) == iri + part
            assert self.target({"id": sent + part, "type": "Canvas"}) == iri + part
        assert self.target(specific(fragment("xywh=1,2,3,4"), source=sent)) == f"{iri}#xywh=1,2,3,4"

    def test_the_manifest_may_be_named_too(self) -> None:
        manifest = {"id": "https://pub.example/the manifest", "type": "Manifest"}
        assert self.target({"id": ODD[0], "type": "Canvas", "partOf": manifest}) == ODD[0]

    @pytest.mark.parametrize(
        "iri",
        [
            "https://pub.example/c 2",
            f"{ODD[0]}/more",
            f"{ODD[0]}#<script>",
            f'{ODD[1]}#xywh=1,2,3,4"',
            "https://pub.example/the  manifest",
        ],
    )
    def test_other_iris_have_to_be_proper_ones(self, iri: str) -> None:
        for sent in (note(target=iri), note(target=ODD[0], body={"id": iri}), note(target=ODD[0], rights=iri)):
            with pytest.raises(Unusable, match="no IRI that may be published"):
                read(sent, self.scene, LINKS)

    def test_a_scheme_that_is_barred_stays_so(self) -> None:
        script = "javascript:alert(1)"
        scene = Scene({script: Canvas(script, "a" * 12, "", 1, 1, {})}, lambda iri: False)
        with pytest.raises(Unusable, match="no IRI that may be published"):
            read(note(target=script), scene, LINKS)

    @pytest.mark.parametrize("iri", ODD)
    def test_in_rdf_they_are_proper_iris(self, iri: str) -> None:
        kept = read(note(target=f"{iri}#xywh=1,2,3,4", id="urn:a:1"), self.scene, LINKS).document
        document = {"@context": ANNO, "id": "urn:a:1", **kept}
        [named] = re.findall(r"hasTarget> <(.*)> \.", to_rdf(document, LINKS))
        assert spelled(named) == spelled(f"{iri}#xywh=1,2,3,4")
        for form, syntax in (("application/n-quads", "nt"), ("text/turtle", "turtle")):
            graph = Graph().parse(data=serialised(document, form, LINKS), format=syntax)  # type: ignore[arg-type]
            assert str(graph.value(URIRef("urn:a:1"), URIRef(f"{OA}hasTarget"))) == named


class TestForms:
    def test_expanded_and_flattened_json_ld_says_the_same(self) -> None:
        told = note(
            body={"type": "TextualBody", "value": "x", "purpose": "tagging"}, motivation="tagging", id="urn:a:1"
        )
        expanded = expand(told, LINKS)
        body = expanded[0]["http://www.w3.org/ns/oa#hasBody"][0] | {"@id": "_:b"}
        flattened = [expanded[0] | {"http://www.w3.org/ns/oa#hasBody": [{"@id": "_:b"}]}, body]
        wanted = read(told, SCENE, LINKS)
        assert wanted.id == "urn:a:1"
        assert read(expanded, SCENE, LINKS) == read(flattened, SCENE, LINKS) == wanted
        assert read({"@context": ANNO, "@graph": flattened}, SCENE, LINKS) == wanted

    def test_other_words_for_the_same_are_understood(self) -> None:
        context = {"oa": "http://www.w3.org/ns/oa#", "value": "http://www.w3.org/1999/02/22-rdf-syntax-ns#value"}
        sent = {
            "@context": context,
            "@type": "oa:Annotation",
            "oa:hasTarget": {"@id": C1},
            "oa:hasBody": {"value": "x"},
        }
        document = read(sent, SCENE, LINKS).document
        assert document["body"] == {"type": "TextualBody", "value": "x", "format": "text/plain"}
        assert document["target"] == C1

    @pytest.mark.parametrize("context", [P3, [P3], [ANNO, P3], [P3, ANNO], P3.replace("http:", "https:")])
    def test_the_context_of_presentation_3_loses_nothing(self, context: Any) -> None:
        body = {"type": "TextualBody", "value": "x", "format": "text/plain", "language": "de"}
        sent = note(body=body, target=specific(fragment("xywh=1,2,3,4"))) | {"@context": context}
        document = read(sent, SCENE, LINKS).document
        assert (document["body"], document["target"]) == (body, f"{C1}#xywh=1,2,3,4")

    def test_what_a_context_of_its_own_defines_is_kept(self) -> None:
        sent = note(mood="happy", lost="x") | {"@context": [ANNO, {"mood": "https://a.example/mood"}]}
        document = read(sent, SCENE, LINKS).document
        assert document["https://a.example/mood"] == "happy" and "lost" not in document

    def test_our_own_context_has_assessing(self) -> None:
        sent = note(motivation="assessing") | {"@context": [ANNO, LINKS.context()]}
        assert read(sent, SCENE, LINKS).document["motivation"] == ["assessing"]
        with pytest.raises(Unusable, match="assessing"):
            read(note(motivation="assessing"), SCENE, LINKS)

    def test_one_without_motivation_gets_the_plain_one(self) -> None:
        assert read(note(), SCENE, LINKS).document["motivation"] == ["highlighting"]
        assert read(note(bodyValue="x"), SCENE, LINKS).document["motivation"] == ["commenting"]

    @pytest.mark.parametrize(
        ("sent", "error"),
        [
            (5, Unusable),
            ("text", Unusable),
            ([], Unusable),
            ({}, Unusable),
            ({"type": "Annotation", "target": C1}, Unusable),
            ([{"@type": ["http://www.w3.org/ns/oa#Annotation"]}] * 2, Unusable),
            (note(id=5), BadJsonLd),
            (note() | {"@context": {"@version": 7}}, BadJsonLd),
            (note() | {"@context": "https://a.example/none"}, UnknownContext),
            (
                note() | {"@context": [ANNO, {"x": {"@id": "urn:x", "@context": "https://a.example/none"}}]},
                GlossatorError,
            ),
            (note(body="data:text/html,x"), Unusable),
            (note(body={"id": "https://a.example/a b"}), Unusable),
            (note(stylesheet="file:///etc/passwd"), Unusable),
            (note(body={"type": "Choice", "items": [{"type": "TextualBody"}]}), Unusable),
            (note(created="2026-02-31 12:00"), Unusable),
            (note(created=["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]), Unusable),
        ],
    )
    def test_what_is_no_annotation_is_refused(self, sent: Any, error: type[Exception]) -> None:
        with pytest.raises(error):
            read(sent, SCENE, LINKS)

    def test_depth_and_number_are_limited(self) -> None:
        deep: Any = "x"
        for _ in range(DEEPEST + 1):
            deep = {"items": deep}
        with pytest.raises(Unusable, match="nested deeper"):
            read(note(body=deep), SCENE, LINKS)
        with pytest.raises(Unusable, match="more than"):
            read(note(body=["urn:a:b"] * 20_000), SCENE, LINKS)


def chain(length: int, **first: Any) -> dict[str, Any]:
    """Each refers twice to the next one."""
    nodes = [
        {"id": f"urn:n:{n}", "creator": f"urn:n:{n + 1}", "generator": f"urn:n:{n + 1}", "name": str(n)}
        for n in range(length)
    ]
    return {"@context": ANNO, "@graph": [note(creator="urn:n:0", **first), *nodes]}


def count(value: Any) -> int:
    """Values of a framed document, where a name of a node is none."""
    if isinstance(value, dict):
        inner = [item for key, item in value.items() if key not in ("id", "@id")]
        return 1 + sum(map(count, inner))
    return sum(map(count, value)) if isinstance(value, list) else 1


class TestReferences:
    @pytest.mark.parametrize(
        "others",
        [
            [],
            [{"id": "urn:n:0", "creator": "urn:n:0", "name": "itself"}],
            [{"id": "urn:n:0", "urn:p:l": {"@list": [{"id": "urn:n:1"}] * 3}}, {"id": "urn:n:1", "name": "in a list"}],
            [{"id": "urn:n:1", "@reverse": {"urn:p:q": {"id": "urn:n:0"}}, "creator": {"id": "urn:n:0"}}],
            [{"id": "urn:n:0", "creator": [{"name": "a"}, {"name": "a"}]}, {"id": "urn:n:0", "generator": "urn:n:0"}],
        ],
    )
    def test_what_is_counted_is_what_is_made(self, others: list[dict[str, Any]]) -> None:
        expanded = expand({"@context": ANNO, "@graph": [note(creator="urn:n:0"), *others]}, LINKS)
        made = framed(expanded, ANNOTATION, [ANNO], LINKS)
        assert sum(1 for _ in unfolded(expanded, ANNOTATION)) == count(made)

    def test_what_is_named_twice_is_told_twice(self) -> None:
        kept = read(chain(3), SCENE, LINKS).document
        assert kept["creator"]["creator"]["generator"] == kept["creator"]["generator"]["creator"]
        assert kept["creator"]["generator"]["name"] == "1"

    @pytest.mark.parametrize(
        "sent",
        [
            chain(30),
            chain(12),
            {
                "@context": ANNO,
                "@graph": [note(creator="urn:n:0")]
                + [{"id": f"urn:n:{n}", "urn:p:r": [{"id": f"urn:n:{m}"} for m in range(12)]} for n in range(12)],
            },
            {
                "@context": [ANNO, {"back": {"@reverse": "urn:p:q"}}],
                "@graph": [note(id="urn:n:0")]
                + [{"id": f"urn:n:{n + 1}", "back": [{"id": f"urn:n:{n}", "urn:p:r": {"id": f"urn:n:{n + 1}"}}]}
                   for n in range(30)],
            },
        ],
        ids=["long", "short", "circles", "backwards"],
    )  # fmt: skip
    def test_a_small_document_that_means_a_huge_one_is_refused(self, sent: Any) -> None:
        with pytest.raises(Unusable, match="everything that it refers to"):
            read(sent, SCENE, LINKS)

    def test_a_long_row_of_references_is_too_deep(self) -> None:
        row = [{"id": f"urn:n:{n}", "creator": f"urn:n:{n + 1}"} for n in range(DEEPEST + 1)]
        with pytest.raises(Unusable, match="nested deeper"):
            read({"@context": ANNO, "@graph": [note(creator="urn:n:0"), *row]}, SCENE, LINKS)

    @pytest.mark.parametrize("literal", [5, [1, [{}]], {"@reverse": 5}, {"@list": {"@value": []}}])
    def test_json_as_a_value_refers_to_nothing(self, literal: Any) -> None:
        sent = note(note=literal) | {"@context": [ANNO, {"note": {"@id": "urn:n:j", "@type": "@json"}}]}
        assert read(sent, SCENE, LINKS).document["urn:n:j"]["@value"] == literal

    def test_a_very_long_list_is_refused(self) -> None:
        with pytest.raises(Unusable, match="one of its lists has more than 1000 values"):
            read(note(body=[f"https://a.example/{n}" for n in range(1001)]), SCENE, LINKS)

    def test_one_maker_of_many_bodies_is_spelled_out_at_each(self) -> None:
        me = {"id": "https://me.example", "type": "Person", "name": "Me", "nickname": "m"}
        body = [{"type": "TextualBody", "value": f"tag {n}", "creator": me} for n in range(900)]
        kept = read(note(body=body), SCENE, LINKS).document["body"]
        assert [one["creator"]["name"] for one in kept] == ["Me"] * 900


class TestBodies:
    @pytest.mark.parametrize(
        ("text", "media", "kept", "form"),
        [
            ("plain", None, "plain", "text/plain"),
            ("a < b & c", "text/plain", "<p>a &lt; b &amp; c</p>", "text/html"),
            ("<script>x</script>", "text/plain", "<p>&lt;script&gt;x&lt;/script&gt;</p>", "text/html"),
            ("<p onclick='x'>a<script>x</script></p>", None, "<p>a</p>", "text/html"),
            ("<p>a <b>b</b> <em>c</em></p>", "text/html", "<p>a <b>b</b> <em>c</em></p>", "text/html"),
            ("a <i>b</i>", "text/html", "<p>a <i>b</i></p>", "text/html"),
            ("<p><a href='javascript:x' target='_blank'>a</a></p>", "text/html", "<p><a>a</a></p>", "text/html"),
            ("<img src='data:x' onerror='x'>", "text/html; charset=utf-8", "<img>", "text/html"),
            ("<div><iframe src='https://a.example'></iframe>x</div>", None, "<p>x</p>", "text/html"),
            ("# a\n\nb & c", "text/markdown", "# a\n\nb & c", "text/markdown"),
            ("# a <script>", "text/markdown", "<p># a &lt;script&gt;</p>", "text/html"),
        ],
    )
    def test_text_is_safe_in_a_viewer_that_takes_all_for_html(
        self, text: str, media: str | None, kept: str, form: str
    ) -> None:
        assert shown(text, media) == {"value": kept, "format": form}
        assert shown(kept, form) == {"value": kept, "format": form}

    @given(st.text(), st.sampled_from([None, "text/plain", "text/html", "text/markdown", "application/xml"]))
    def test_no_text_carries_script_and_twice_is_once(self, text: str, media: str | None) -> None:
        safe = shown(text, media)
        assert "<script" not in safe["value"].lower()
        assert shown(safe["value"], safe["format"]) == safe

    def test_bodies_of_all_kinds(self) -> None:
        body = [
            {"type": "TextualBody", "value": "tag", "purpose": "tagging"},
            {"type": "Choice", "items": [{"type": "TextualBody", "value": "<b>x</b>"}, "https://a.example/i.jpg"]},
            {"type": "SpecificResource", "source": {"type": "TextualBody", "value": "y"}, "purpose": "linking"},
            "https://a.example/video",
        ]
        kept = read(note(body=body), SCENE, LINKS).document["body"]
        assert kept[0] == body[0] | {"format": "text/plain"}  # type: ignore[operator]
        assert kept[1]["items"] == [
            {"type": "TextualBody", "value": "<b>x</b>", "format": "text/html"},
            "https://a.example/i.jpg",
        ]
        assert kept[2]["source"] == {"type": "TextualBody", "value": "y", "format": "text/plain"}
        assert kept[3] == body[3]


WORDS = st.sampled_from(
    ["id", "type", "target", "body", "@context", "@id", "@type", "@graph", "value", "source", "selector", "items"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from([C1, ANNO, P3, "Annotation", "TextualBody", "SvgSelector", "FragmentSelector", "_:b"])
    | st.just(f"{C1}#xywh=1"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=6), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(WORDS, VALUES), st.booleans())
def test_nothing_that_json_can_say_is_more_than_refused(members: dict[str, Any], whole: bool) -> None:
    try:
        read(note() | members if whole else members, SCENE, LINKS)
    except GlossatorError as error:
        assert str(error)
