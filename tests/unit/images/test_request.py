"""The grammar of image requests, both versions: what it takes, what it means, and that nothing else gets through."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.image_api.placing import decimal, place
from iiif_store.image_api.request import BadImageRequest, ImageRequest, Limits, NotOffered, Rendering, parse
from iiif_store.links import Version

LIMITS = Limits(5000, 5000, 9_000_000)
TIGHT = Limits(2000, 1500, 1_500_000)
WIDTH, HEIGHT = 1000, 600


def asked(
    path: str, version: Version = "3", limits: Limits = LIMITS, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Rendering:
    return place(parse(version, *path.split("/")), *size, limits)


@pytest.mark.parametrize(
    ("region", "box"),
    [
        ("full", (0, 0, 1000, 600)),
        ("square", (200, 0, 600, 600)),
        ("10,20,30,40", (10, 20, 30, 40)),
        ("990,590,100,100", (990, 590, 10, 10)),
        ("0,0,99999999999999999999,1", (0, 0, 1000, 1)),
        ("pct:10,10,50,50", (100, 60, 500, 300)),
        ("pct:33.3,0,66.7,100", (333, 0, 667, 600)),
        ("pct:0,0,100.5,100", (0, 0, 1000, 600)),
    ],
)
def test_regions(region: str, box: tuple[int, ...]) -> None:
    assert asked(f"{region}/max/0/default.jpg").box == box


@pytest.mark.parametrize(
    "region",
    [
        *("", "Full", "1,2,3", "1,2,3,4,5", "-1,0,10,10", "+1,0,10,10", "1.5,0,10,10", "0,0,0,10", "0,0,10,0"),
        *("1000,0,1,1", "0,600,1,1", "1,2,3,4 ", "full\n", "0x1,0,1,1", "1_0,0,1,1", "٣,٣,٣,٣", "9" * 300 + ",0,1,1"),
        *("pct:", "pct:1,2,3", "pct:-1,0,5,5", "pct:0,0,0,10", "pct:100,0,10,10", "pct:1e1,0,5,5", "pct:nan,0,5,5"),
        *("pct:inf,0,5,5", "pct:.5,0,5,5", "pct:5.,0,5,5", "pct:0,0,0.00001,1"),
    ],
)
@pytest.mark.parametrize("version", ["3", "2"])
def test_regions_that_are_none(region: str, version: Version) -> None:
    with pytest.raises(BadImageRequest):
        asked(f"{region}/max/0/default.jpg", version)


@pytest.mark.parametrize(
    ("size", "three", "two"),
    [
        ("max", (1000, 600), (1000, 600)),
        ("full", None, (1000, 600)),
        ("500,", (500, 300), (500, 300)),
        ("333,", (333, 200), (333, 200)),
        (",1", (2, 1), (2, 1)),
        (",300", (500, 300), (500, 300)),
        ("pct:50", (500, 300), (500, 300)),
        ("pct:0.01", (1, 1), (1, 1)),
        ("pct:100", (1000, 600), (1000, 600)),
        ("400,400", (400, 400), (400, 400)),
        ("!400,400", (400, 240), (400, 240)),
        ("!2000,3000", (1000, 600), (1000, 600)),
        ("!1,1", (1, 1), (1, 1)),
        ("1500,", None, (1500, 900)),
        ("pct:150", None, (1500, 900)),
        ("1000,601", None, (1000, 601)),
        ("^1500,", (1500, 900), None),
        ("^,900", (1500, 900), None),
        ("^pct:150", (1500, 900), None),
        ("^1500,900", (1500, 900), None),
        ("^500,", (500, 300), None),
        ("^!1500,1500", (1500, 900), None),
        ("^!500,500", (500, 300), None),
        ("^max", (3872, 2323), None),
        ("^!9999,9999", (3872, 2323), None),
        ("5001,", None, None),
        ("^5001,1", None, None),
        ("^1,5001", None, None),
        ("^4000,4000", None, None),
        ("1000000,1000000", None, None),
        ("^1000000,1000000", None, None),
    ]
    + [(text, None, None) for text in ("", ",", "!", "!,", "!5,", "!,5", "0,", ",0", "0,5", "5,0", "!0,5", "!5,0")]
    + [(text, None, None) for text in ("pct:0", "pct:-1", "pct:", "pct:1e1", "^", "^^5,", "!^5,5", "^full", "Max", "5")]
    + [(text, None, None) for text in ("5.0,", "-5,", "+5,", " 5,", "5, ", "5,\n", "٣,", "max,", "^pct:0", "pct:inf")],
)
def test_sizes(size: str, three: tuple[int, int] | None, two: tuple[int, int] | None) -> None:
    for version, expected in (("3", three), ("2", two)):
        path = f"full/{size}/0/default.jpg"
        if expected is None:
            with pytest.raises(BadImageRequest):
                asked(path, version)  # type: ignore[arg-type]
        else:
            found = asked(path, version)  # type: ignore[arg-type]
            assert (found.width, found.height) == expected, version


def test_limits_shrink_max_and_what_fits_a_box_and_forbid_the_rest() -> None:
    """3.0, section 4.2: only these may be made smaller than asked for."""
    narrow, small = Limits(500, 500, 10**9), Limits(5000, 5000, 60_000)
    for size, expected in (("max", (500, 300)), ("^max", (500, 300)), ("!900,900", (500, 300)), ("500,", (500, 300))):
        found = asked(f"full/{size}/0/default.jpg", limits=narrow)
        assert (found.width, found.height) == expected, size
    found = asked("full/max/0/default.jpg", limits=small)
    assert found.width * found.height <= 60_000 < (found.width + 4) * (found.height + 4)
    for size in ("501,", "pct:51", "501,100"):
        with pytest.raises(BadImageRequest, match="500 x 500"):
            asked(f"full/{size}/0/default.jpg", limits=narrow)


def test_a_tile_at_the_edge_is_rounded_up() -> None:
    """3.0, implementation notes, section 3."""
    found = asked("768,512,232,88/58,/0/default.jpg")
    assert (found.width, found.height) == (58, 22)
    found = asked("0,592,256,8/32,/0/default.jpg")
    assert (found.width, found.height) == (32, 1)


@pytest.mark.parametrize(
    ("rotation", "mirrored", "degrees"),
    [
        *(("0", False, "0"), ("90", False, "90"), ("!180", True, "180"), ("22.5", False, "22.5"), ("360", False, "0")),
        *(("!0", True, "0"), ("090", False, "90"), ("12.50", False, "12.5"), ("359.999999999", False, "359.999999999")),
    ],
)
def test_rotations(rotation: str, mirrored: bool, degrees: str) -> None:
    found = asked(f"full/max/{rotation}/default.jpg")
    assert (found.mirrored, decimal(found.degrees)) == (mirrored, degrees)


@pytest.mark.parametrize("size", [(5000, 1800), (3000, 3000), (1732, 5000)])
@pytest.mark.parametrize("rotation", ["45", "22.5", "!60.1", "135", "300"])
def test_the_largest_picture_can_be_turned_by_every_angle(size: tuple[int, int], rotation: str) -> None:
    found = asked(f"full/max/{rotation}/default.png", size=size)
    assert (found.width, found.height) == size


@pytest.mark.parametrize(("version", "up"), [("3", "^"), ("2", "")])
def test_a_strip_that_would_be_nearly_all_corners_is_refused(version: Version, up: str) -> None:
    for turn in ("0", "90", "!270"):
        assert asked(f"full/{up}5000,20/{turn}/default.png", version).width == 5000
    wide = Limits(65_500, 65_500, 16_000_000)
    with pytest.raises(BadImageRequest, match="turned by 45 degrees"):
        asked(f"full/{up}65500,200/45/default.png", version, wide)


@pytest.mark.parametrize(
    "rotation", ["", "!", "-90", "+90", "361", "360.1", "1e2", "nan", ".5", "5.", "9 0", "!!90", "90!"]
)
def test_rotations_that_are_none(rotation: str) -> None:
    with pytest.raises(BadImageRequest):
        asked(f"full/max/{rotation}/default.jpg")


@pytest.mark.parametrize("file", ["", "default", "default.", ".jpg", "default.jpeg", "grey.jpg", "native.jpg"])
@pytest.mark.parametrize("version", ["3", "2"])
def test_qualities_and_formats_that_are_none(file: str, version: Version) -> None:
    with pytest.raises(BadImageRequest) as told:
        asked(f"full/max/0/{file}", version)
    assert not isinstance(told.value, NotOffered)


@pytest.mark.parametrize("form", ["tif", "gif", "jp2", "pdf"])
def test_formats_of_the_specification_that_are_not_made(form: str) -> None:
    with pytest.raises(NotOffered):
        asked(f"full/max/0/default.{form}")


@pytest.mark.parametrize(
    ("path", "three", "two"),
    [
        ("full/max/0/default.jpg", "full/max/0/default.jpg", "full/full/0/default.jpg"),
        ("0,0,1000,600/1000,600/0/color.jpg", "full/max/0/default.jpg", "full/full/0/default.jpg"),
        ("0,0,2000,2000/500,/360/gray.png", "full/500,300/0/gray.png", "full/500,/0/gray.png"),
        (
            "square/max/!22.50/default.jpg",
            "200,0,600,600/max/!22.5/default.jpg",
            "200,0,600,600/full/!22.5/default.jpg",
        ),
        (
            "pct:0,0,50,50/!100,100/0/bitonal.webp",
            "0,0,500,300/100,60/0/bitonal.webp",
            "0,0,500,300/100,/0/bitonal.webp",
        ),
        ("full/400,400/0/default.jpg", "full/400,400/0/default.jpg", "full/400,400/0/default.jpg"),
    ],
)
def test_canonical_form(path: str, three: str, two: str) -> None:
    """3.0, section 4.8; 2.1, section 4.7."""
    assert asked(path).canonical == three
    assert asked(path, "2").canonical == two


def test_canonical_form_of_what_is_enlarged() -> None:
    assert asked("full/^max/0/default.jpg").canonical == "full/^max/0/default.jpg"
    assert asked("full/^1500,/0/default.jpg").canonical == "full/^1500,900/0/default.jpg"
    assert asked("full/^500,/0/default.jpg").canonical == "full/500,300/0/default.jpg"
    assert asked("full/^pct:100/0/default.jpg").canonical == "full/max/0/default.jpg"
    assert asked("full/1500,/0/default.jpg", "2").canonical == "full/1500,/0/default.jpg"


def test_grey_is_the_default_quality_of_a_grey_image() -> None:
    request = parse("3", "full", "max", "0", "gray.jpg")
    assert place(request, 10, 10, LIMITS, grey=True).quality == "default"
    assert place(parse("3", "full", "max", "0", "color.jpg"), 10, 10, LIMITS, grey=True).quality == "color"


numbers = st.one_of(st.integers(0, 4000).map(str), st.fractions(0, 400, max_denominator=1000).map(decimal))
words = st.sampled_from(
    ["full", "max", "square", "pct:", "^", "!", ",", ".", "default", "color", "bitonal", "jpg", "png", ""]
)
part = st.one_of(
    st.lists(st.one_of(words, numbers), max_size=9).map("".join),
    st.lists(numbers, min_size=4, max_size=4).map(",".join),
    st.lists(numbers, min_size=4, max_size=4).map(lambda found: "pct:" + ",".join(found)),
    st.tuples(st.sampled_from(["", "^"]), st.sampled_from(["", "!"]), numbers, numbers).map(
        lambda f: f"{f[0]}{f[1]}{f[2]},{f[3]}"
    ),
    st.text(max_size=12),
)
file = st.one_of(part, st.tuples(words, words).map(".".join))
version = st.sampled_from(["3", "2"])


@given(version, part, part, part, file, st.integers(1, 3000), st.integers(1, 3000))
def test_whatever_is_asked_is_refused_or_possible(
    version: Version, region: str, size: str, rotation: str, file: str, width: int, height: int
) -> None:
    """Never another error; an answer lies in the image and in the limits; asking for its canonical form leads to it."""
    try:
        found = place(parse(version, region, size, rotation, file), width, height, TIGHT)
    except BadImageRequest as error:
        assert str(error)
        return
    x, y, wide, high = found.box
    assert 0 <= x < x + wide <= width and 0 <= y < y + high <= height
    assert found.width >= 1 and found.height >= 1 and TIGHT.allow(found.width, found.height)
    if version == "3" and not size.startswith("^"):
        assert found.width <= wide and found.height <= high
    again = place(parse(version, *found.canonical.split("/")), width, height, TIGHT)
    assert again == found


@given(
    version,
    st.tuples(*[st.integers(0, 3000)] * 4),
    st.tuples(st.booleans(), st.booleans(), st.integers(1, 4000), st.integers(1, 4000)),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_well_formed_requests_are_refused_for_what_they_ask_only(
    version: Version, box: tuple[int, ...], size: tuple[bool, bool, int, int], width: int, height: int
) -> None:
    """The same as above where the random text above seldom gets to."""
    up, within, wide, high = size
    text = f"{'^' if up and version == '3' else ''}{'!' if within else ''}{wide},{high}"
    request = parse(version, ",".join(map(str, box)), text, "0", "default.jpg")
    outside = box[0] >= width or box[1] >= height or 0 in box[2:]
    try:
        found = place(request, width, height, LIMITS)
    except BadImageRequest:
        region = (min(box[2], width - box[0]), min(box[3], height - box[1]))
        larger = version == "3" and not up and (wide > region[0] or high > region[1])
        assert outside or (not within and (larger or not LIMITS.allow(wide, high)))
        return
    assert not outside
    assert (found.width <= wide and found.height <= high) if within else (found.width, found.height) == (wide, high)
    assert place(parse(version, *found.canonical.split("/")), width, height, LIMITS) == found


def test_a_request_is_a_value() -> None:
    request = parse("3", "full", "max", "0", "default.jpg")
    assert isinstance(request, ImageRequest) and request == parse("3", "full", "max", "0", "default.jpg")
    assert request.degrees == Fraction(0)
