"""The part of the contract of a `Store` that is about images; see `iiif_store.stores.testing`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from iiif_store.stores import Store, contenders
from iiif_store.stores.images import ImageRecord
from iiif_store.stores.samples import HOSTILE

RECORD = ImageRecord(
    id="a" * 64 + "-0",
    width=1200,
    height=1800,
    created="2025-03-01T10:00:01Z",
    label="colourised",
    rights="http://creativecommons.org/licenses/by/4.0/",
    attribution="Büchersammlung",
    digital_source_type="algorithmicallyEnhanced",
    revision="a" * 64,
)


class ImagesContract:
    """Images of our own: never changed under their ids."""

    @staticmethod
    def pyramid(folder: Path, content: bytes = b"the pixels") -> Path:
        """A file to be put; a store does not look into it."""
        file = folder / "new.tif"
        file.write_bytes(content)
        return file

    def test_an_image_comes_back_as_it_was_put(self, store: Store, tmp_path: Path) -> None:
        file = self.pyramid(tmp_path)
        store.images.put(RECORD, file)
        path = store.images.path(RECORD.id)
        assert path and path.read_bytes() == b"the pixels"
        assert store.images.get(RECORD.id) == RECORD
        assert not file.exists()

    def test_the_first_image_of_an_id_stays(self, store: Store, tmp_path: Path) -> None:
        store.images.put(RECORD, self.pyramid(tmp_path))
        second = self.pyramid(tmp_path, b"other pixels")
        store.images.put(replace(RECORD, label="another"), second)
        path = store.images.path(RECORD.id)
        assert path and path.read_bytes() == b"the pixels"
        assert store.images.get(RECORD.id) == RECORD
        assert not second.exists()

    def test_of_images_put_at_once_one_wins_whole(self, store: Store, url: str, tmp_path: Path) -> None:
        ids = [f"{n:02}-image" for n in range(20)]
        seen = contenders.in_processes(
            4, contenders.put_same_images, url, [replace(RECORD, id=i) for i in ids], tmp_path
        )
        assert seen == [seen[0]] * 4
        assert [label for label, _ in seen[0]] == [content for _, content in seen[0]]

    @pytest.mark.parametrize("name", ["nothing", *HOSTILE])
    def test_an_image_that_was_never_put_is_absent(self, store: Store, name: str, tmp_path: Path) -> None:
        store.images.put(RECORD, self.pyramid(tmp_path))
        assert store.images.get(name) is None
        assert store.images.path(name) is None
        assert store.images.remove(name) is False
        assert list(store.images.ids(name or "-")) == []

    @pytest.mark.parametrize("name", HOSTILE)
    def test_what_cannot_be_a_name_is_refused(self, store: Store, name: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="cannot name"):
            store.images.put(replace(RECORD, id=name), self.pyramid(tmp_path))

    def test_a_removed_image_is_absent_and_can_be_put_again(self, store: Store, tmp_path: Path) -> None:
        store.images.put(RECORD, self.pyramid(tmp_path))
        assert store.images.remove(RECORD.id) is True
        assert store.images.get(RECORD.id) is None and store.images.path(RECORD.id) is None
        assert store.images.remove(RECORD.id) is False
        store.images.put(RECORD, self.pyramid(tmp_path, b"again"))
        path = store.images.path(RECORD.id)
        assert path and path.read_bytes() == b"again"

    def test_what_is_told_of_an_image_can_change_and_its_pixels_stay(self, store: Store, tmp_path: Path) -> None:
        told = replace(RECORD, rights=None, attribution="Somebody else")
        assert store.images.retell(told) is False and store.images.get(RECORD.id) is None
        store.images.put(RECORD, self.pyramid(tmp_path))
        path = store.images.path(RECORD.id)
        assert path
        before = path.stat()
        assert store.images.retell(told) is True
        assert store.images.get(RECORD.id) == told
        assert store.images.path(RECORD.id) == path and path.read_bytes() == b"the pixels"
        assert path.stat().st_mtime_ns > before.st_mtime_ns  # whoever has it open sees that something changed
        assert list(store.check()) == []

    def test_ids_come_in_order_and_by_prefix(self, store: Store, tmp_path: Path) -> None:
        ids = ["ab-1", "ab-2", "abc-1", "ba", "cd-1"]
        for name in reversed(ids):
            store.images.put(replace(RECORD, id=name), self.pyramid(tmp_path))
        assert list(store.images.ids()) == ids
        assert [list(store.images.ids(prefix)) for prefix in ("a", "ab-", "abc", "ba", "x", "xyz")] == [
            ids[:3],
            ids[:2],
            ids[2:3],
            ["ba"],
            [],
            [],
        ]

    def test_images_are_counted_and_faultless(self, store: Store, tmp_path: Path) -> None:
        before = sum(store.size().values())
        store.images.put(RECORD, self.pyramid(tmp_path, bytes(10000)))
        assert sum(store.size().values()) >= before + 10000
        assert list(store.check()) == []
