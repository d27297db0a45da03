"""The part of the contract of a `Store` that is about what people wrote; see `iiif_store.stores.testing`."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from iiif_store.errors import Gone, NotFound, Superseded, Taken
from iiif_store.stores import Store, contenders
from iiif_store.stores.annotations import Written
from iiif_store.stores.samples import HOSTILE

NOTE = Written(
    source="abcdefghijkl",
    id="note",
    document={"type": "Annotation", "target": "https://a.example/1", "body": {"value": "größer\u2028 <b>"}},
    canvases=("canvasaaaaaa", "canvasbbbbbb"),
    creator="Ada",
    created="2025-03-01T10:00:00Z",
    modified="2025-03-01T10:00:00Z",
)
LATER = "2025-03-02T10:00:00Z"


class AnnotationsContract:
    """What people wrote: no id twice, no change lost."""

    def test_a_note_comes_back_as_it_was_added(self, store: Store) -> None:
        stored = store.annotations.add(NOTE)
        assert stored.etag and stored == replace(NOTE, etag=stored.etag)
        assert store.annotations.get(NOTE.source, NOTE.id) == stored
        assert list(store.annotations.of(NOTE.source)) == [stored]
        assert store.annotations.get("another", NOTE.id) is None
        assert list(store.annotations.of("another")) == []

    @pytest.mark.parametrize("name", ["nothing", *HOSTILE])
    def test_what_was_never_written_is_absent(self, store: Store, name: str) -> None:
        store.annotations.add(NOTE)
        assert store.annotations.get(NOTE.source, name) is None
        assert store.annotations.get(name, NOTE.id) is None
        assert store.annotations.on(NOTE.source, name) == store.annotations.on(name, NOTE.canvases[0]) == []
        assert list(store.annotations.of(name)) == []
        assert store.annotations.canvases(name) == frozenset()
        assert store.annotations.stamp(name) is None

    def test_an_id_is_used_once(self, store: Store) -> None:
        store.annotations.add(NOTE)
        with pytest.raises(Taken):
            store.annotations.add(replace(NOTE, document={}))
        store.annotations.delete(NOTE.source, NOTE.id, LATER, None)
        with pytest.raises(Taken):
            store.annotations.add(NOTE)
        store.annotations.add(replace(NOTE, source="another"))

    def test_a_change_replaces_the_whole_and_has_another_tag(self, store: Store) -> None:
        tags = [store.annotations.add(NOTE).etag]
        for n in range(5):
            changed = replace(NOTE, document={"n": n % 2}, canvases=("canvascccccc",))
            stored = store.annotations.change(changed, tags[-1])
            assert store.annotations.get(NOTE.source, NOTE.id) == stored == replace(changed, etag=stored.etag)
            tags.append(stored.etag)
        assert len(set(tags)) == len(tags)

    def test_who_saw_an_earlier_state_changes_nothing(self, store: Store) -> None:
        first = store.annotations.add(NOTE)
        now = store.annotations.change(replace(NOTE, document={"n": 1}), first.etag)
        with pytest.raises(Superseded):
            store.annotations.change(NOTE, first.etag)
        with pytest.raises(Superseded):
            store.annotations.delete(NOTE.source, NOTE.id, LATER, first.etag)
        assert store.annotations.get(NOTE.source, NOTE.id) == now
        store.annotations.change(NOTE, None)

    def test_a_deleted_note_leaves_a_tombstone_without_its_text(self, store: Store) -> None:
        stored = store.annotations.add(NOTE)
        assert store.annotations.delete(NOTE.source, NOTE.id, LATER, stored.etag) == stored
        left = store.annotations.get(NOTE.source, NOTE.id)
        assert left and (left.deleted, left.document, left.canvases) == (LATER, {}, ())
        assert list(store.annotations.of(NOTE.source)) == store.annotations.on(NOTE.source, NOTE.canvases[0]) == []
        with pytest.raises(Gone):
            store.annotations.change(NOTE, None)
        with pytest.raises(Gone):
            store.annotations.delete(NOTE.source, NOTE.id, LATER, None)
        with pytest.raises(NotFound):
            store.annotations.change(replace(NOTE, id="nothing"), None)

    def test_notes_are_found_by_their_canvas_oldest_first(self, store: Store) -> None:
        one, two = NOTE.canvases
        made = [
            store.annotations.add(replace(NOTE, id=f"n{n}", canvases=(one,), created=f"2025-03-0{9 - n}T00:00:00Z"))
            for n in range(5)
        ]
        both = store.annotations.add(replace(NOTE, created="2025-01-01T00:00:00Z"))
        store.annotations.add(replace(NOTE, id="loose", canvases=()))
        assert store.annotations.on(NOTE.source, one) == [both, *reversed(made)]
        assert store.annotations.on(NOTE.source, two) == [both]
        assert store.annotations.on("another", one) == []
        assert store.annotations.canvases(NOTE.source) == {one, two}
        store.annotations.change(replace(both, canvases=("canvascccccc",)), None)
        assert store.annotations.canvases(NOTE.source) == {one, "canvascccccc"}
        for note in made:
            store.annotations.delete(NOTE.source, note.id, LATER, None)
        assert store.annotations.canvases(NOTE.source) == {"canvascccccc"}
        assert store.annotations.on(NOTE.source, one) == []

    def test_the_stamp_changes_with_every_write_and_no_other(self, store: Store) -> None:
        stamps = [(store.annotations.stamp(NOTE.source), store.source_stamp(NOTE.source))]

        def look() -> None:
            stamps.append((store.annotations.stamp(NOTE.source), store.source_stamp(NOTE.source)))

        store.annotations.add(NOTE)
        look()
        for n in range(20):
            store.annotations.change(replace(NOTE, document={"n": n}), None)
            look()
        store.annotations.delete(NOTE.source, NOTE.id, LATER, None)
        look()
        assert all(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(stamps))
        assert len({stamp for stamp, _ in stamps}) == len(stamps)
        with pytest.raises(Taken):
            store.annotations.add(NOTE)
        with pytest.raises(Gone):
            store.annotations.change(NOTE, None)
        look()
        assert stamps.pop() == stamps[-1]
        store.annotations.add(replace(NOTE, source="another"))
        assert store.annotations.stamp(NOTE.source) == stamps[-1][0]

    def test_of_processes_that_change_the_same_state_one_wins(self, store: Store, url: str) -> None:
        for n in range(10):
            store.annotations.add(replace(NOTE, id=f"n{n}"))
        tags = {f"n{n}": store.annotations.get(NOTE.source, f"n{n}").etag for n in range(10)}  # type: ignore[union-attr]
        won = contenders.in_processes(4, contenders.change_annotations, url, NOTE, tags)
        assert sorted(name for names in won for name in names) == sorted(tags)
        for process, names in enumerate(won):
            for name in names:
                stored = store.annotations.get(NOTE.source, name)
                assert stored and stored.document == {"process": process}

    def test_of_processes_that_add_the_same_id_one_wins(self, store: Store, url: str) -> None:
        won = contenders.in_processes(4, contenders.add_annotations, url, NOTE, [f"n{n}" for n in range(10)])
        assert sorted(name for names in won for name in names) == sorted(f"n{n}" for n in range(10))
        assert len(store.annotations.on(NOTE.source, NOTE.canvases[0])) == 10
