"""The picture that a canvas paints."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.canvas import canvas_keys
from iiif_store.errors import NoPicture
from iiif_store.image_service import ImageService, Tiles
from iiif_store.painting import MOST, CanvasPicture, PaintedImage, painted
from iiif_store.shape import JSON
from ml_backends.types import Box

CANVAS = "https://e.org/canvas/1"
SERVICE = {"id": "https://i.org/a", "type": "ImageService3", "profile": "level1"}
FRAME = Box(0, 0, 1000, 1400)


def image(url: str = "https://i.org/a/full/max/0/default.jpg", **more: Any) -> JSON:
    return {"id": url, "type": "Image", "format": "image/jpeg", "width": 2000, "height": 2800, **more}


def canvas(*bodies: Any, targets: Any = CANVAS, **more: Any) -> JSON:
    targets = targets if isinstance(targets, list) else [targets] * len(bodies)
    annotations = [
        {"id": f"{CANVAS}/{n}", "type": "Annotation", "motivation": "painting", "body": body, "target": target}
        for n, (body, target) in enumerate(zip(bodies, targets, strict=True))
    ]
    page = {"id": f"{CANVAS}/p", "type": "AnnotationPage", "items": annotations}
    return {"id": CANVAS, "type": "Canvas", "width": 1000, "height": 1400, "items": [page], **more}


def only(found: CanvasPicture) -> PaintedImage:
    (one,) = found.images
    return one


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (SERVICE, ImageService("https://i.org/a", "3", 1)),
        ([SERVICE], ImageService("https://i.org/a", "3", 1)),
        ({"id": "https://i.org/a/", "type": "ImageService3"}, ImageService("https://i.org/a", "3")),
        (
            {"@id": "https://i.org/a", "@type": "ImageService2", "profile": "http://iiif.io/api/image/2/level2.json"},
            ImageService("https://i.org/a", "2", 2),
        ),
        (
            {
                "@context": "http://iiif.io/api/image/2/context.json",
                "@id": "https://i.org/a",
                "profile": ["http://iiif.io/api/image/2/level0.json", {"formats": ["jpg"]}],
                "width": 800,
                "height": "600",
                "sizes": [{"width": 400, "height": 300}, {"width": 800, "height": 600}, {"width": 0}],
                "tiles": [{"width": 256, "scaleFactors": [4, 1, 2]}, {"width": 512}],
            },
            ImageService("https://i.org/a", "2", 0, 800, 600, ((400, 300), (800, 600)), (Tiles(256, 256, (1, 2, 4)),)),
        ),
        (
            {
                "@id": "https://i.org/a",
                "profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level1",
            },
            ImageService("https://i.org/a", "1", 1),
        ),
        (
            {"@id": "https://i.org/a", "@context": "http://iiif.io/api/image/1/context.json"},
            ImageService("https://i.org/a", "1"),
        ),
        ([{"@id": "https://i.org/a2", "@type": "ImageService2"}, SERVICE], ImageService("https://i.org/a", "3", 1)),
        ({"@id": "https://e.org/physdim", "profile": "http://iiif.io/api/annex/services/physdim"}, None),
        ({"@id": "https://e.org/login", "profile": "http://iiif.io/api/auth/1/login"}, None),
        ({"profile": "level1"}, None),
        (None, None),
        (5, None),
    ],
)
def test_services(service: Any, expected: ImageService | None) -> None:
    assert only(painted(canvas(image(service=service)))).service == expected


def test_a_plain_image() -> None:
    found = painted(canvas(image("https://e.org/a.jpg")))
    assert only(found) == PaintedImage("https://e.org/a.jpg", None, 2000, 2800, None, FRAME)
    assert (found.width, found.height, found.single, found.fills) == (1000, 1400, True, True)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Choice", "items": [image("https://e.org/first.jpg"), image("https://e.org/second.jpg")]},
        [{"type": "Choice", "items": [image("https://e.org/first.jpg")]}],
        {"type": "Choice", "items": [{"type": "Choice", "items": [image("https://e.org/first.jpg")]}]},
        {"type": "SpecificResource", "source": image("https://e.org/first.jpg")},
        {"type": "SpecificResource", "source": "https://e.org/first.jpg"},
        "https://e.org/first.jpg",
        {"id": "https://e.org/first.jpg"},
        {"id": "https://e.org/first.jpg", "format": "image/jpeg"},
    ],
)
def test_what_is_shown_first(body: Any) -> None:
    assert only(painted(canvas(body))).url == "https://e.org/first.jpg"


@pytest.mark.parametrize(
    ("target", "box"),
    [
        (CANVAS, FRAME),
        (f"{CANVAS}#xywh=10,20,300,400", Box(10, 20, 300, 400)),
        (f"{CANVAS}#xywh=pixel:10,20,300,400", Box(10, 20, 300, 400)),
        (f"{CANVAS}#xywh=percent:10,10,50,50", Box(100, 140, 500, 700)),
        (f"{CANVAS}#xywh=900,1300,500,500", Box(900, 1300, 100, 100)),
        (f"{CANVAS}#xywh=-100,-100,300,300", Box(0, 0, 200, 200)),
        (f"{CANVAS}#xywh=0,0,1000,1400", FRAME),
        (f"{CANVAS}#t=0,10&xywh=10,20,300,400", Box(10, 20, 300, 400)),
        (f"{CANVAS}#xywh=rubbish", FRAME),
        ({"id": CANVAS, "type": "Canvas"}, FRAME),
        ([{"id": CANVAS, "type": "Canvas"}], FRAME),
        (
            {
                "type": "SpecificResource",
                "source": {"id": CANVAS, "type": "Canvas"},
                "selector": {"type": "FragmentSelector", "value": "xywh=1,2,3,4"},
            },
            Box(1, 2, 3, 4),
        ),
        ({"type": "SpecificResource", "source": f"{CANVAS}#xywh=1,2,3,4"}, Box(1, 2, 3, 4)),
        (None, FRAME),
    ],
)
def test_targets(target: Any, box: Box) -> None:
    assert only(painted(canvas(image(), targets=[target]))).target == box


@pytest.mark.parametrize("target", [f"{CANVAS}#xywh=1000,0,5,5", f"{CANVAS}#t=5,10", f"{CANVAS}#xywh=-9,0,5,5"])
def test_what_is_outside_or_comes_later_is_not_painted(target: str) -> None:
    with pytest.raises(NoPicture, match="paints no image"):
        painted(canvas(image(), targets=[target]))


@pytest.mark.parametrize(
    ("selector", "crop", "rotation", "mirrored"),
    [
        ({"type": "ImageApiSelector", "region": "10,20,300,400"}, Box(10, 20, 300, 400), 0, False),
        ({"type": "iiif:ImageApiSelector", "region": "pct:50,50,50,50"}, Box(1000, 1400, 1000, 1400), 0, False),
        ({"type": "ImageApiSelector", "region": "square"}, Box(0, 400, 2000, 2000), 0, False),
        ({"type": "ImageApiSelector", "region": "full"}, None, 0, False),
        ({"type": "ImageApiSelector", "region": "0,0,2000,2800"}, None, 0, False),
        ({"type": "ImageApiSelector", "rotation": "90"}, None, 90, False),
        ({"type": "ImageApiSelector", "rotation": "!180"}, None, 180, True),
        ({"type": "ImageApiSelector", "rotation": "inf"}, None, 0, False),
        ({"type": "FragmentSelector", "value": "xywh=1,2,3,4"}, Box(1, 2, 3, 4), 0, False),
    ],
)
def test_selectors_on_the_body(selector: JSON, crop: Box | None, rotation: float, mirrored: bool) -> None:
    found = only(painted(canvas({"type": "SpecificResource", "source": image(), "selector": selector})))
    assert (found.crop, found.rotation, found.mirrored) == (crop, rotation, mirrored)


def test_a_fragment_of_the_body_is_a_crop() -> None:
    found = only(painted(canvas(image("https://e.org/a.jpg#xywh=1,2,3,4"))))
    assert (found.url, found.crop) == ("https://e.org/a.jpg", Box(1, 2, 3, 4))


def test_several_images_in_their_order() -> None:
    left, right = f"{CANVAS}#xywh=0,0,500,1400", f"{CANVAS}#xywh=500,0,500,1400"
    bodies = image("https://e.org/a.jpg"), image("https://e.org/b.jpg")
    found = painted(canvas(*bodies, targets=[left, right]))
    assert [one.url for one in found.images] == ["https://e.org/a.jpg", "https://e.org/b.jpg"]
    assert [one.target.x for one in found.images] == [0, 500]
    assert not found.single


@pytest.mark.parametrize(
    "body",
    [
        {"id": "https://e.org/a.mp4", "type": "Video", "format": "video/mp4"},
        {"id": "https://e.org/a.mp3", "type": "Sound"},
        {"type": "TextualBody", "value": "text"},
        {"id": "https://e.org/a.pdf", "type": "Text", "format": "application/pdf"},
        {"id": "https://e.org/a.glb", "type": "Model"},
        {"id": "https://e.org/a.vtt", "format": "text/vtt"},
        {"type": "Choice", "items": []},
        {"type": "SpecificResource", "source": []},
        {"id": CANVAS, "type": "Canvas"},
        "https://e.org/unknown",
        None,
        7,
    ],
)
def test_no_picture(body: Any) -> None:
    with pytest.raises(NoPicture, match=CANVAS):
        painted(canvas(body))


@pytest.mark.parametrize("size", [{"width": 0}, {"width": None}, {"height": "tall"}, {"width": float("inf")}])
def test_a_canvas_without_a_size_has_no_picture(size: JSON) -> None:
    with pytest.raises(NoPicture, match="no width and height"):
        painted(canvas(image(), **size))


def test_only_paintings_are_painted() -> None:
    found = canvas(image())
    found["items"][0]["items"][0]["motivation"] = "commenting"
    with pytest.raises(NoPicture):
        painted(found)


def test_no_more_images_than_anybody_can_put_together() -> None:
    assert len(painted(canvas(*[image()] * MOST)).images) == MOST
    with pytest.raises(NoPicture, match=f"{CANVAS} paints more than {MOST} images"):
        painted(canvas(*[image()] * (MOST + 1)))


class TestReference:
    """The same picture has the same name everywhere; another picture has another."""

    def test_of_one_image_that_fills_its_canvas_it_depends_on_the_service_only(self) -> None:
        one = painted(canvas(image(service=SERVICE)))
        other = canvas(image("https://i.org/a/full/500,/0/default.jpg", service=SERVICE), id="https://other.org/c")
        other |= {"width": 3000, "height": 4200}
        assert painted(other).reference == one.reference

    def test_or_on_the_url(self) -> None:
        assert painted(canvas(image("https://e.org/a.jpg"))).reference != painted(canvas(image())).reference

    def test_a_canvas_of_other_proportions_is_another_picture(self) -> None:
        one = painted(canvas(image(service=SERVICE)))
        wide = painted(canvas(image(service=SERVICE), width=1400))
        assert one.fills
        assert wide.single
        assert not wide.fills
        assert one.reference != wide.reference

    def test_a_turned_image_fills_a_turned_canvas(self) -> None:
        body = {"type": "SpecificResource", "source": image(), "selector": {"rotation": "90"}}
        assert painted(canvas(body, width=1400, height=1000)).fills
        assert not painted(canvas(body)).fills

    def test_a_crop_a_place_and_a_second_image_count(self) -> None:
        crop = {"type": "SpecificResource", "source": image(), "selector": {"region": "0,0,1000,1400"}}
        place = canvas(image(), targets=[f"{CANVAS}#xywh=0,0,500,700"])
        found = [canvas(image()), canvas(crop), place, canvas(image(), image())]
        assert len({painted(one).reference for one in found}) == 4

    def test_it_never_changes_since_stored_readings_are_named_by_it(self) -> None:
        assert painted(canvas(image("https://e.org/a.jpg"))).reference.startswith("0bd7cf21")
        assert painted(canvas(image(), image())).reference.startswith("417fba5c")


def test_canvas_keys_follow_ids_and_not_places() -> None:
    keys = canvas_keys(["https://e.org/1", "https://e.org/2", "https://e.org/1"])
    assert canvas_keys(["https://e.org/2", "https://e.org/1"]) == [keys[1], keys[0]]
    assert len(set(keys)) == 3
    assert keys[2] == canvas_keys(["https://e.org/1#2"])[0]
    assert all(len(key) == 12 and key.islower() and key.isalnum() for key in keys)
