"""Cache-Control, Expires and Vary of a publisher's answer."""

from __future__ import annotations

import pytest
from requests.structures import CaseInsensitiveDict

from iiif_store.fetch.freshness import lifetime, may_be_kept

DEFAULT = 3600.0
YEAR = 365 * 86_400.0
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, DEFAULT),
        ({"Cache-Control": "public"}, DEFAULT),
        ({"cache-control": "public, Max-Age=60"}, 60),
        ({"Cache-Control": "max-age=60", "Age": "50"}, 10),
        ({"Cache-Control": "max-age=60", "Age": "90"}, 0),
        ({"Cache-Control": "max-age=soon"}, DEFAULT),
        ({"Cache-Control": "no-cache, max-age=60"}, 0),
        ({"Cache-Control": "max-age=5", "Expires": "Sun, 06 Nov 1994 09:49:37 GMT", "Date": DATE}, 5),
        ({"Expires": "Sun, 06 Nov 1994 09:49:37 GMT", "Date": DATE}, 3600),
        ({"Expires": "Sun, 06 Nov 1994 07:49:37 GMT", "Date": DATE}, 0),
        ({"Expires": "0", "Date": DATE}, 0),
        ({"Expires": "Sun, 06 Nov 1994 09:49:37 GMT"}, 0),
        ({"Cache-Control": "max-age=²"}, DEFAULT),
        ({"Cache-Control": "max-age=60", "Age": "²"}, 60),
        ({"Cache-Control": "max-age=" + "9" * 400}, YEAR),
        ({"Cache-Control": "max-age=60", "Age": "9" * 5000}, 0),
        ({"Expires": "Sun, 06 Nov 99999999999 09:49:37 GMT", "Date": DATE}, 0),
        ({"Expires": "Sun, 06 Nov 9994 09:49:37 GMT", "Date": DATE}, YEAR),
    ],
)
def test_lifetime(headers: dict[str, str], seconds: float) -> None:
    assert lifetime(CaseInsensitiveDict(headers), DEFAULT) == seconds


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, True),
        ({"Cache-Control": "public, max-age=1"}, True),
        ({"Cache-Control": "no-cache"}, True),
        ({"Cache-Control": "No-Store"}, False),
        ({"Cache-Control": "max-age=9, private"}, False),
        ({"Cache-Control": 'private="set-cookie"'}, False),
        ({"Vary": "Origin, Accept"}, True),
        ({"Vary": "*"}, False),
    ],
)
def test_may_be_kept(headers: dict[str, str], kept: bool) -> None:
    assert may_be_kept(CaseInsensitiveDict(headers)) is kept
