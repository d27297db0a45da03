"""What clients may send to the JSON API: the one place where untrusted text becomes values."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from flask import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from iiif_store.source import Policy, plain_url
from server.errors import BadInput
from server.findings import Part
from server.web.paths import KeyPart, LayerPart

Key = Annotated[str, Field(pattern=rf"^{KeyPart.regex}$")]
LayerName = Annotated[str, Field(pattern=rf"^{LayerPart.regex}$")]

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096), AfterValidator(plain_url)]


class Sent(BaseModel):
    """Unknown members are refused: a misspelt one would else be lost without a word."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceRequest(Sent):
    """POST /api/sources"""

    url: Url = Field(description="of a IIIF manifest or collection")
    backends: tuple[LayerName, ...] | None = Field(None, min_length=1, max_length=32, description="layers to publish")
    policy: Policy | None = Field(None, description="who may make a page be computed by looking at it")


class UploadRequest(Sent):
    """POST /api/sources as a form, beside its files"""

    label: str | None = Field(None, max_length=500, description="title of the book; default: the name of the upload")
    rights: str | None = Field(None, max_length=500, description="URI of Creative Commons or RightsStatements.org")
    attribution: str | None = Field(None, max_length=2000, description="whom to name wherever it is shown")
    name: str | None = Field(
        None, pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="what it is called here; again: the book is replaced"
    )
    backends: tuple[LayerName, ...] | None = Field(None, min_length=1, max_length=32, description="layers to publish")
    policy: Policy | None = Field(None, description="who may make a page be computed by looking at it")


class JobRequest(Sent):
    """POST /api/jobs"""

    sources: tuple[Key, ...] = Field(min_length=1, max_length=1000)
    backends: tuple[LayerName, ...] = Field(min_length=1, max_length=32)


class StreamRequest(Sent):
    """POST /api/streams"""

    url: Url = Field(description="of an OrderedCollection of Change Discovery")
    backends: tuple[LayerName, ...] = Field((), max_length=32, description="layers of what it brings")
    policy: Policy = Field("open", description="who may make a page be computed by looking at it")


class ListRequest(Sent):
    """GET of a list"""

    after: str = Field("", max_length=64, description="id of the last one of the page before")
    limit: int = Field(100, ge=1, le=1000)


class LayersRequest(Sent):
    """Which layers of a source are meant"""

    layer: str = Field("", max_length=2048, description="names of layers, with commas; `curated`: what people wrote")

    def layers(self) -> tuple[str, ...]:
        """Their names; empty: all."""
        return tuple(name for name in self.layer.split(",") if name)


class PartRequest(LayersRequest):
    """Which annotations of a source are meant"""

    canvas: str = Field("", max_length=4096, description="one canvas, by key, id or place from 1")
    canvas_from: str = Field("", max_length=4096, description="the first canvas, by key, id or place from 1")
    canvas_to: str = Field("", max_length=4096, description="the last canvas")

    def part(self) -> Part:
        """The same for `Findings`."""
        return Part(self.layers(), self.canvas or self.canvas_from, self.canvas or self.canvas_to)


class AnnotationsRequest(PartRequest):
    """GET /api/sources/<id>/annotations"""

    fields: Literal["", "id"] = Field("", description="id: their ids only")
    count: bool = Field(False, description="only how many there are")


class ExportRequest(PartRequest):
    """GET /api/sources/<id>/export/<format>"""

    size: int = Field(1280, ge=16, le=30_000, description="longest side in pixels of the pictures of a data set")
    crate: Literal["1.1", "1.2"] = Field("1.2", description="version of RO-Crate")


class ImportRequest(Sent):
    """POST /api/sources/<id>/import"""

    format: str = Field("auto", max_length=16, description="w3c, coco, yolo, page, alto, hocr, via, or auto")
    layer: str = Field("", max_length=48, description="name of the layer; `curated`: as annotations of people")
    name: str = Field("file", max_length=255, description="of a file that is sent as the body")


class OpenRequest(BaseModel):
    """GET or POST /open"""

    model_config = ConfigDict(frozen=True)

    url: Url
    backends: tuple[LayerName, ...] = Field((), max_length=32)


Model = TypeVar("Model", bound=BaseModel)


def body(request: Request, model: type[Model]) -> Model:
    """The JSON body; raises BadInput, or UnsupportedMediaType, which also makes a browser ask before it sends one."""
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, with 'Content-Type: application/json'.")
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        raise _bad(error) from error


def parameters(values: object, model: type[Model]) -> Model:
    """Query parameters or form fields; raises BadInput."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _bad(error) from error


def _bad(error: ValidationError) -> BadInput:
    faults = tuple(
        {"path": "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"])}
        | {"reason": fault["msg"]}
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
    told = "; ".join(f"{fault['path']}: {fault['reason']}" for fault in faults[:5])
    return BadInput(f"The request cannot be used: {told}.", errors=faults)
