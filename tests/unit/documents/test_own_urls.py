"""Our own URLs are kept without the base, and come back under any."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from iiif_store.home import published, stored
from iiif_store.links import Links

HERE, THERE = Links("https://a.example/g"), Links("http://127.0.0.1:5000")

TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "local:",
        "local::",
        "local:/x",
        "local:3/x",
        f"{HERE.base}/",
        f"{HERE.base}/iiif/3/x",
        f"{HERE.base}/ns",
        HERE.base,
    ]
)
JSON = st.recursive(TEXTS | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(JSON)
def test_what_is_stored_comes_back(value: Any) -> None:
    assert published(stored(value, HERE), HERE) == value


def test_what_is_ours_moves_and_the_rest_stays() -> None:
    value = {
        "a": [f"{HERE.base}/iiif/3/x/manifest", f"{HERE.base}/annotations/x/y"],
        "b": "local: honey",
        "c": HERE.base,
    }
    kept = stored(value, HERE)
    assert kept["a"] == ["local:3/x/manifest", "local:/annotations/x/y"]
    assert HERE.base not in str(kept["a"])
    assert published(kept, THERE) == {
        "a": [f"{THERE.base}/iiif/3/x/manifest", f"{THERE.base}/annotations/x/y"],
        "b": "local: honey",
        "c": HERE.base,
    }
