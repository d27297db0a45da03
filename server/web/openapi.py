"""The description of the JSON API, made from its routes, docstrings and request models."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from pydantic import BaseModel
from werkzeug.routing import Rule

from server.engine.configuration import release
from server.web.paths import CONVERTERS
from server.web.requests import (
    AnnotationsRequest,
    ExportRequest,
    ImportRequest,
    JobRequest,
    LayersRequest,
    ListRequest,
    PartRequest,
    SourceRequest,
    StreamRequest,
    UploadRequest,
)

JSON = dict[str, Any]

BODIES: Mapping[str, type[BaseModel]] = {
    "api.register": SourceRequest,
    "api.start": JobRequest,
    "streams.register": StreamRequest,
}
FORMS: Mapping[str, type[BaseModel]] = {"api.register": UploadRequest}
"""What may be sent with files, beside JSON."""
FILES = frozenset({"exports.bring"})
"""Take files and nothing else: as a form, or one as the body."""
QUERIES: Mapping[str, type[BaseModel]] = {
    "api.sources": ListRequest,
    "api.jobs": ListRequest,
    "exports.everything": AnnotationsRequest,
    "exports.count": PartRequest,
    "exports.remove": LayersRequest,
    "exports.export": ExportRequest,
    "exports.bring": ImportRequest,
}
STATUS: Mapping[str, str] = {
    "api.register": "201",
    "api.start": "202",
    "api.delete": "204",
    "streams.register": "201",
    "streams.forget": "204",
}

PART = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")


def describe(app: Flask, base: str) -> JSON:
    """OpenAPI 3.1. Every route below /api is in it, since it is made from them."""
    paths: dict[str, JSON] = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            item = paths.setdefault(PART.sub(r"{\g<name>}", rule.rule), {})
            item |= {method.lower(): _operation(rule, app.view_functions[rule.endpoint]) for method in methods}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Glossator", "version": release()},
        "servers": [{"url": base}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"Problem": _problem()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(rule: Rule, view: Callable[..., Any]) -> JSON:
    told = (view.__doc__ or "").strip().splitlines()
    operation: JSON = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": told[0] if told else "",
        "parameters": [*_path_parameters(rule), *_query_parameters(rule)],
        "responses": {
            STATUS.get(rule.endpoint, "200"): {"description": "done"},
            "default": {"description": "what went wrong", "content": {"application/problem+json": _reference()}},
        },
    }
    if model := BODIES.get(rule.endpoint):
        schema = model.model_json_schema()
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if model := FORMS.get(rule.endpoint):
        operation["requestBody"]["content"]["multipart/form-data"] = {"schema": _form(model)}
    if rule.endpoint in FILES:
        files = {"type": "array", "items": {"type": "string", "format": "binary"}}
        form = {"type": "object", "properties": {"files": files}, "required": ["files"]}
        content = {"multipart/form-data": {"schema": form}, "application/octet-stream": {}}
        operation["requestBody"] = {"required": True, "content": content}
    if rule.methods and not rule.methods & {"GET"}:
        operation["security"] = [{"token": []}]
    return operation


def _path_parameters(rule: Rule) -> list[JSON]:
    return [
        {
            "name": part["name"],
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{CONVERTERS[part['converter']].regex}$"},
        }
        for part in PART.finditer(rule.rule)
    ]


def _query_parameters(rule: Rule) -> list[JSON]:
    model = QUERIES.get(rule.endpoint)
    properties = model.model_json_schema()["properties"] if model else {}
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _form(model: type[BaseModel]) -> JSON:
    """A form with its files."""
    schema = model.model_json_schema()
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "description": "pictures, or one zip"}
    return schema | {"properties": schema["properties"] | {"files": files}, "required": ["files"]}


def _reference() -> JSON:
    return {"schema": {"$ref": "#/components/schemas/Problem"}}


def _problem() -> JSON:
    """RFC 9457."""
    texts = {name: {"type": "string"} for name in ("type", "title", "detail", "instance")}
    return {
        "type": "object",
        "properties": {**texts, "status": {"type": "integer"}},
        "required": ["type", "title", "status"],
    }
