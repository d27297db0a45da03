"""What is kept in memory: the things used last, up to a size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.kept import Kept


def test_the_ones_used_last_stay() -> None:
    kept: Kept[str] = Kept(8)
    for key in "abcd":
        kept.put(key, key.upper(), 2)
    assert kept.get("a") == "A"
    kept.put("e", "E", 2)
    assert [kept.get(key) for key in "abcde"] == ["A", None, "C", "D", "E"]


def test_what_would_fill_a_quarter_is_not_kept_and_dropped_things_are_gone() -> None:
    kept: Kept[str] = Kept(8)
    kept.put("large", "x", 3)
    assert kept.get("large") is None
    kept.put("a", "A", 2)
    kept.drop("a")
    kept.drop("a")
    assert kept.get("a") is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6), st.booleans()), max_size=60))
def test_the_weights_never_exceed_the_size_and_are_counted_right(steps: list[tuple[int, int, bool]]) -> None:
    kept: Kept[int] = Kept(20)
    for key, weight, dropped in steps:
        kept.drop(key) if dropped else kept.put(key, weight, weight)
        entries = [entry for number in range(10) if (entry := kept._entries.get(number))]
        assert kept._weight == sum(weight for _, weight in entries) <= 20
