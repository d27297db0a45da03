"""Order, labels and litter of file names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scans.names import clean, in_order, is_litter, key, natural, slug, stem

NAMES = st.text(st.sampled_from("abAB019 _-.éß²٣"), min_size=1, max_size=12)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@pytest.mark.parametrize(
    "names",
    [
        ["page 1.jpg", "page 2.jpg", "page 10.jpg", "page 100.jpg"],
        ["1.tif", "2.tif", "10.tif"],
        ["p1r.jpg", "p1v.jpg", "p2r.jpg", "p10v.jpg"],
        ["a.jpg", "B.jpg", "c.jpg"],
        ["001.jpg", "2.jpg", "03.jpg"],
        ["1.jpg", "cover.jpg"],
        ["vol 2, p. 9.jpg", "vol 2, p. 10.jpg", "vol 10, p. 1.jpg"],
        ["x" + "9" * 5000 + ".jpg", "x1" + "0" * 5000 + ".jpg"],
    ],
)
def test_files_come_in_the_order_in_which_people_count(names: list[str]) -> None:
    upside_down = names[::-1]
    assert sorted(upside_down, key=natural) == names


def test_the_files_of_a_folder_come_before_its_sub_folders() -> None:
    paths = ["cover.jpg", "z.jpg", "chapter 2/1.jpg", "chapter 2/inside/1.jpg", "chapter 10/1.jpg"]
    upside_down = paths[::-1]
    assert sorted(upside_down, key=in_order) == paths


@given(st.lists(PATHS, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_there_is_one_order_only(paths: list[str], chance: object) -> None:
    shuffled = list(paths)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(shuffled, key=in_order) == sorted(paths, key=in_order)


@pytest.mark.parametrize(
    "path",
    [".DS_Store", "a/.hidden/1.jpg", "Thumbs.db", "x/THUMBS.DB", "__MACOSX/x/._1.jpg", "._1.jpg", "@eaDir/1.jpg"],
)
def test_what_systems_leave_behind_is_litter(path: str) -> None:
    assert is_litter(path)
    assert not is_litter("scans/thumbs/1.jpg")


def test_a_name_is_the_same_on_every_system() -> None:
    assert clean("e\u0301te\u0301/a\nb.jpg") == "été/ab.jpg"
    assert key("été") == key(clean("e\u0301te\u0301")) and len(key("x")) == 12
    assert key("a", "b") != key("ab")


def test_labels_and_names() -> None:
    assert stem("vol 1/p. 12 recto.tif") == "p. 12 recto"
    assert slug("Où sont les Cartes? (1914)") == "ou-sont-les-cartes-1914"
    assert slug("日本") == "scans"


@given(st.text(max_size=80))
def test_a_slug_may_stand_in_a_url(label: str) -> None:
    found = slug(label)
    assert 0 < len(found) <= 40 and set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and found[0] != "-"
