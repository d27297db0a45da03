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
from server.web.requests import JobRequest, ListRequest, SourceRequest

JSON = dict[str, Any]

BODIES: Mapping[str, type[BaseModel]] = {"api.register": SourceRequest, "api.start": JobRequest}
QUERIES: Mapping[str, type[BaseModel]] = {"api.sources": ListRequest, "api.jobs": ListRequest}
STATUS: Mapping[str, str] = {"api.register": "201", "api.start": "202", "api.delete": "204"}

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
