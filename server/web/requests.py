"""What clients may send to the JSON API: the one place where untrusted text becomes values."""

from __future__ import annotations

from typing import Annotated, TypeVar

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from iiif_store.source import Policy
from server.errors import BadInput
from server.web.paths import KeyPart, LayerPart

Key = Annotated[str, Field(pattern=rf"^{KeyPart.regex}$")]
LayerName = Annotated[str, Field(pattern=rf"^{LayerPart.regex}$")]


class Sent(BaseModel):
    """Unknown members are refused: a misspelt one would else be lost without a word."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceRequest(Sent):
    """POST /api/sources"""

    url: str = Field(min_length=1, max_length=4096, description="of a IIIF manifest or collection")
    backends: tuple[LayerName, ...] | None = Field(None, min_length=1, max_length=32, description="layers to publish")
    policy: Policy | None = Field(None, description="who may make a page be computed by looking at it")


class JobRequest(Sent):
    """POST /api/jobs"""

    sources: tuple[Key, ...] = Field(min_length=1, max_length=1000)
    backends: tuple[LayerName, ...] = Field(min_length=1, max_length=32)


class ListRequest(Sent):
    """GET of a list"""

    after: str = Field("", max_length=64, description="id of the last one of the page before")
    limit: int = Field(100, ge=1, le=1000)


class OpenRequest(BaseModel):
    """GET or POST /open"""

    model_config = ConfigDict(frozen=True)

    url: str = Field(min_length=1, max_length=4096)
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
