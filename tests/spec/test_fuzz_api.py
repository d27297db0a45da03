"""schemathesis over our own description of the API: nothing is answered 500, and a planted bug is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Blueprint, Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case

from server.app import create_app
from server.web import openapi
from tests.web import WebRoom, connected

NOBODY = "aaaaaaaaaaaa"
SCHEMES = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=True,
)


@pytest.fixture(scope="module")
def known(web: WebRoom) -> dict[str, list[str]]:
    """Path parameters that lead somewhere: without them a fuzzer never gets past 404."""
    source = web.register()
    web.client.get(web.page(source))
    job = web.client.post("/api/jobs", json={"sources": [source], "backends": ["probe"]}).get_json()["id"]
    return {"source": [source, NOBODY], "job": [job, "nothing"], "layer": ["probe", "curated", "other"]}


def description(app: Flask, known: dict[str, list[str]]) -> dict[str, Any]:
    """Our OpenAPI document, its path parameters led to what is there; only deleting a whole source is not."""
    found = openapi.describe(app, "http://localhost")
    for path, item in found["paths"].items():
        for method, operation in item.items():
            if method == "delete" and path == "/api/sources/{source}":
                continue
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and parameter["name"] in known:
                    parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}
    return found


def broken(app: Flask, document: dict[str, Any]) -> list[str]:
    """What was answered 500 or by an exception, one line for each operation."""
    schema = schemathesis.openapi.from_dict(document)
    schema.app = app
    found = []
    for result in schema.get_all_operations():
        operation = result.ok()

        @SCHEMES
        @given(operation.as_strategy())
        def run(case: Case) -> None:
            answer = case.call()
            assert answer.status_code != 500, f"{case.as_curl_command()}: {answer.text[:300]}"

        try:
            run()
        except Exception as error:  # noqa: BLE001  whatever it is, it is what was looked for
            found.append(f"{operation.label}: {told(error)}")
    return found


def told(error: BaseException) -> str:
    """With what is inside a group of exceptions."""
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return "; ".join([f"{type(error).__name__}: {error}", *map(told, inner)])


def test_nothing_sent_to_any_operation_is_answered_500(web: WebRoom, known: dict[str, list[str]]) -> None:
    assert broken(web.app, description(web.app, known)) == []


def test_a_bug_behind_a_parameter_is_found(web: WebRoom, known: dict[str, list[str]], tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    door = Blueprint("planted", __name__, url_prefix="/api/planted")

    @door.get("/<key:source>")
    def planted(source: str) -> str:
        """Fail for what is there."""
        if source == known["source"][0]:
            raise ZeroDivisionError
        return ""

    app = connected(create_app(web.room.settings))
    app.register_blueprint(door)
    document = description(app, known)
    document["paths"] = {path: item for path, item in document["paths"].items() if "planted" in path}
    assert "GET /api/planted/{source}" in broken(app, document)[0]
