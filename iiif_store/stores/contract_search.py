"""The contract of `store.search`, which `StoreContract` inherits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iiif_store.search.entries import PORTABLE, Entry, Frame, Unit
from iiif_store.search.flow import Readable
from iiif_store.search.found import Found, Term
from iiif_store.search.query import BadQuestion, parse
from iiif_store.stores import Store, contenders
from iiif_store.stores.samples import HOSTILE

BOOK, OTHER = "abcdefghijkl", "mnopqrstuvwx"
LINES = ("Die Wahr-", "heit iſt gut", "und ſchoͤn iſt die Welt", "in der", "der weiten Ferne fein")


def entry(name: str, *texts: str, flows: bool = True, uris: tuple[str, ...] = (), **told: object) -> Entry:
    annotation = {"id": f"{PORTABLE}/{name}", "type": "Annotation", "motivation": ["supplementing"], **told}
    return Entry(annotation, Readable(texts, flows, uris))


def unit(
    source: str = BOOK,
    canvas: str = "one",
    layer: str = "ocr",
    *,
    position: int = 0,
    state: str = "1",
    lines: tuple[str, ...] = LINES,
) -> Unit:
    entries = tuple(entry(f"{source}/{canvas}-{layer}-{n}", line) for n, line in enumerate(lines))
    return Unit(source, canvas, layer, position, Frame(f"https://example.org/{canvas}", 100, 200), entries, state)


def asked(store: Store, scope: list[str] | None = None, start: int = 0, limit: int = 100, **given: str) -> Found:
    return store.search.find(parse(given, "https://here"), scope, start, limit)


def names(found: Found) -> list[str]:
    return [str(match.entries[match.n].annotation["id"]).rpartition("/")[2] for match in found.matches]


class SearchContract:
    """Finding annotations by their words; the index is derived and may vanish."""

    def test_a_word_is_found_where_it_stands(self, store: Store) -> None:
        store.search.put([unit()])
        found = asked(store, q="welt")
        assert found.total == 1
        [match] = found.matches
        assert (match.source, match.canvas, match.layer) == (BOOK, "one", "ocr")
        assert match.frame == Frame("https://example.org/one", 100, 200)
        assert match.entries[match.n] == unit().entries[2]

    @pytest.mark.parametrize(
        ("q", "lines"),
        [
            ("ist", [1, 2]),
            ("IST schön", [2]),
            ("gut Welt", []),
            ("Wahrheit", [0]),
            ("wahr", [0]),
            ("heit", [1]),
            ("sein", [4]),
            ("ſie", []),
            ('"ist die welt"', [2]),
            ('"die ist"', []),
            ('"wahrheit ist"', [0]),
            ('"gut und"', [1]),
            ('"gut und" ist', [1]),
            ('"welt in der"', [2]),
            ('"die welt in der der weiten"', [2]),
            ('"ferne und"', []),
            ("nowhere", []),
            ("*", []),
            ("", [0, 1, 2, 3, 4]),
        ],
    )
    def test_all_words_and_phrases_must_be_there(self, store: Store, q: str, lines: list[int]) -> None:
        store.search.put([unit()])
        found = asked(store, q=q)
        assert names(found) == [f"one-ocr-{n}" for n in lines]
        assert found.total == len(lines)

    def test_phrases_are_found_in_words_that_are_annotations(self, store: Store) -> None:
        words = ("Habe", "nun", "ach", "Philosophie", "Juristerei", "und", "Medizin")
        store.search.put([unit(lines=words)])
        assert names(asked(store, q='"nun ach"')) == ["one-ocr-1"]
        assert names(asked(store, q='"nun, ach! Philosophie, Juristerei und Medizin"')) == ["one-ocr-1"]
        assert names(asked(store, q='"Habe Philosophie"')) == []

    def test_phrases_do_not_run_over_canvases_layers_and_labels(self, store: Store) -> None:
        label = entry("label", "one", flows=False), entry("label-2", "two", flows=False)
        store.search.put([unit(canvas=name, position=n, lines=("one", "two")) for n, name in enumerate("ab")])
        store.search.put([Unit(BOOK, "a", "labels", 0, Frame("x", 1, 1), label, "1")])
        assert names(asked(store, q='"two one"')) == []
        assert names(asked(store, q='"one two"')) == ["a-ocr-0", "b-ocr-0"]

    def test_what_is_found_comes_in_the_order_of_reading(self, store: Store) -> None:
        for position, canvas in ((2, "a"), (0, "c"), (1, "b")):
            store.search.put([unit(canvas=canvas, position=position, lines=("word", "word"))])
        assert names(asked(store, q="word")) == [f"{canvas}-ocr-{n}" for canvas in "cba" for n in (0, 1)]

    def test_it_comes_in_pages(self, store: Store) -> None:
        store.search.put([unit(lines=("word",) * 25)])
        pages = [asked(store, q="word", start=start, limit=10) for start in (0, 10, 20, 30)]
        assert [page.total for page in pages] == [25] * 4
        assert [name for page in pages for name in names(page)] == [f"one-ocr-{n}" for n in range(25)]

    def test_a_unit_takes_the_place_of_the_one_before(self, store: Store) -> None:
        store.search.put([unit()])
        store.search.put([unit(state="2", lines=("new words",))])
        assert asked(store, q="ist").total == 0
        assert names(asked(store, q="new")) == ["one-ocr-0"]
        assert store.search.state(BOOK, "one", "ocr") == "2"
        assert asked(store).total == 1

    def test_canvases_may_change_places(self, store: Store) -> None:
        store.search.put([unit(canvas="a", position=0), unit(canvas="b", position=1)])
        store.search.put([unit(canvas="b", position=0, state="2"), unit(canvas="a", position=1, state="2")])
        assert names(asked(store, q="gut")) == ["b-ocr-1", "a-ocr-1"]

    def test_what_is_removed_is_not_found(self, store: Store) -> None:
        everything = [
            unit(),
            unit(canvas="two", position=1),
            unit(canvas="two", layer="labels", position=1),
            unit(OTHER),
        ]
        store.search.put(everything)
        store.search.remove(BOOK, "two", "labels")
        assert names(asked(store, q="gut")) == ["one-ocr-1", "two-ocr-1", "one-ocr-1"]
        store.search.remove(BOOK, "one")
        assert names(asked(store, [BOOK], q="gut")) == ["two-ocr-1"]
        store.search.remove(BOOK)
        store.search.remove("nobody")
        assert names(asked(store, [BOOK])) == [] and store.search.states(BOOK) == {}
        assert asked(store, q="gut").total == 1
        assert store.search.sources() == [OTHER]
        assert store.search.terms("g", [BOOK]) == []

    def test_states_say_what_is_there(self, store: Store) -> None:
        assert store.search.states(BOOK) == {} and store.search.sources() == []
        store.search.put([unit(), unit(canvas="two", position=1, state="x"), unit(OTHER)])
        assert store.search.states(BOOK) == {("one", "ocr"): "1", ("two", "ocr"): "x"}
        assert store.search.state(BOOK, "two", "ocr") == "x"
        assert store.search.state(BOOK, "two", "labels") is None
        assert store.search.sources() == [BOOK, OTHER]

    def test_a_scope_is_some_sources_or_all(self, store: Store) -> None:
        sources = [f"source{n:06}" for n in range(5)]
        store.search.put([unit(source) for source in sources])
        for scope in ([], sources[1:2], sources[1:4], [*sources[:2], "nobody"], ["nobody"]):
            found = asked(store, scope, q="gut")
            assert [match.source for match in found.matches] == [name for name in scope if name != "nobody"]
            assert found.total == len(found.matches)
        assert asked(store, None, q="gut").total == 5

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"motivation": "tagging"}, ["tag"]),
            ({"motivation": "tagging supplementing", "q": "word"}, ["line", "tag"]),
            ({"motivation": "painting"}, ["line"]),
            ({"motivation": "non-painting"}, ["tag", "bare"]),
            ({"motivation": "tag"}, []),
            ({"user": "https://here/models/m/1 https://nobody"}, ["line"]),
            ({"user": "https://nobody"}, []),
            ({"date": "2026-01-01T00:00:00Z/2026-01-31T00:00:00Z"}, ["line"]),
            ({"date": "2026-01-01/2026-01-31 2026-02-01/2026-02-28"}, ["line", "tag"]),
            ({"date": "1900-01-01/1900-01-31"}, []),
            ({"q": "https://example.org/thing"}, ["tag"]),
            ({"q": "https://example.org/thing word"}, ["tag"]),
            ({"q": "https://example.org/other"}, []),
        ],
    )
    def test_filters(self, store: Store, given: Mapping[str, str], expected: list[str]) -> None:
        line = entry("line", "word", created="2026-01-02T10:00:00Z", creator={"id": f"{PORTABLE}/models/m/1"})
        tag = entry(
            "tag",
            "word",
            motivation="tagging",
            created="2026-02-02T10:00:00+02:00",
            uris=("https://example.org/thing",),
        )
        bare = entry("bare", motivation="linking", flows=False)
        store.search.put([Unit(BOOK, "one", "x", 0, Frame("x", 1, 1), (line, tag, bare), "1")])
        assert names(store.search.find(parse(given, "https://here"), None, 0, 100)) == expected

    def test_the_other_canvases_of_an_annotation_come_along(self, store: Store) -> None:
        beside = (Frame("https://example.org/two", 10, 20), Frame("https://example.org/three", 0, 0))
        both = Entry({"id": f"{PORTABLE}/both"}, Readable(("word",)), beside)
        store.search.put([Unit(BOOK, "one", "x", 0, Frame("x", 1, 1), (both, entry("one", "word")), "1")])
        assert asked(store, q="word").matches[0].entries == (both, entry("one", "word"))

    def test_words_that_begin_so_are_counted(self, store: Store) -> None:
        store.search.put(
            [unit(), unit(OTHER), unit(canvas="two", position=1, lines=("illuſtre", "iſt iſt", "in-", "diz"))]
        )
        assert store.search.terms("i", None) == [
            Term("illuſtre", 1), Term("in", 3), Term("indiz", 1), Term("iſt", 5)
        ]  # fmt: skip
        assert store.search.terms("i", [OTHER]) == [Term("in", 1), Term("iſt", 2)]
        assert store.search.terms("i", [BOOK, OTHER, "nobody"], minimum=3) == [Term("in", 3), Term("iſt", 5)]
        assert store.search.terms("i", None, limit=1) == [Term("iſt", 5)]
        assert store.search.terms("uuahr", None) == [Term("Wahr", 2), Term("Wahrheit", 2)]
        assert store.search.terms("zz", None) == store.search.terms("", None) == store.search.terms("i", []) == []

    def test_an_index_that_is_cleared_is_empty_and_works(self, store: Store) -> None:
        store.search.put([unit()])
        store.search.clear()
        assert store.search.sources() == [] and asked(store).total == 0
        store.search.put([unit()])
        assert asked(store, q="gut").total == 1

    def test_a_unit_that_fails_leaves_the_others_out_too(self, store: Store) -> None:
        def units() -> Iterator[Unit]:
            yield unit()
            raise RuntimeError("in between")

        with pytest.raises(RuntimeError, match="in between"):
            store.search.put(units())
        assert store.search.sources() == []

    @pytest.mark.parametrize("name", [name for name in HOSTILE if "\0" not in name])
    def test_odd_names_are_names(self, store: Store, name: str) -> None:
        store.search.put([unit(name, name, name)])
        assert asked(store, [name], q="gut").total == 1
        store.search.remove(name, name, name)
        assert store.search.sources() == []

    @given(q=st.text(max_size=60), text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_no_text_and_no_question_does_harm(self, store: Store, q: str, text: str) -> None:
        store.search.put([unit(lines=(text, "between", text))])
        try:
            found = asked(store, q=q)
        except BadQuestion:
            return
        assert found.total == len(found.matches) <= 3
        assert asked(store, q="between").total >= 1

    def test_what_many_processes_write_is_all_there(self, store: Store, url: str) -> None:
        own = [[unit(canvas=f"own-{n}", position=n, state=str(state)) for state in range(10)] for n in range(4)]
        contenders.in_processes(4, contenders.put_units, url, own, unit(canvas="all", position=99))
        assert store.search.states(BOOK) == {("all", "ocr"): "1"} | {(f"own-{n}", "ocr"): "9" for n in range(4)}
        assert asked(store, q="gut").total == 5
