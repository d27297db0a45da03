"""Folders of scans, from the command line and over HTTP, with a real server, a real engine and real pages."""

from __future__ import annotations

import io
import json
import shutil
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from iiif_store.source import source_id
from server.cli import main
from tests.spec.presentation3 import Schema
from tests.web import STRANGER, WebRoom, problem, web_room

MARK = "http://creativecommons.org/publicdomain/mark/1.0/"


@pytest.fixture
def folder(tmp_path: Path, page_images: Path) -> Path:
    """Two real pages, one of them in a folder of its own."""
    one, two, *_ = sorted(page_images.iterdir())
    made = tmp_path / "Chapbooks"
    (made / "vol 2").mkdir(parents=True)
    shutil.copy(one, made / "1.jpg")
    shutil.copy(two, made / "vol 2" / "1.jpg")
    return made


def glossator(web: WebRoom, *arguments: str) -> Result:
    settings = web.room.settings
    environment = {"GLOSSATOR_DATA": str(settings.data), "GLOSSATOR_BACKENDS": "probe"}
    return CliRunner().invoke(main, list(arguments), env=environment)


def added(result: Result) -> str:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.stdout.split()[0]


def upload(
    web: WebRoom, *files: tuple[str, bytes], accept: str = "*/*", path: str = "/api/sources", **fields: str
) -> TestResponse:
    sent: dict[str, Any] = {"files": [(io.BytesIO(content), name) for name, content in files], **fields}
    return web.client.post(path, data=sent, headers={"Accept": accept}, content_type="multipart/form-data")


def picture(colour: str, size: tuple[int, int] = (48, 64)) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", size, colour).save(body, "PNG")
    return body.getvalue()


def packed(**files: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ".png", content)
    return body.getvalue()


def manifest(web: WebRoom, source: str, version: str = "3") -> dict[str, Any]:
    return dict(web.client.get(f"/iiif/{version}/{source}/manifest").get_json(force=True))


class TestCommandLine:
    def test_a_folder_becomes_a_book_that_a_model_reads_and_a_viewer_zooms_into(
        self, web: WebRoom, folder: Path
    ) -> None:
        result = glossator(web, "add", str(folder), "--recursive", "--rights", MARK, "--attribution", "The library")
        assert result.exit_code == 0, result.output
        source = added(result)
        found = manifest(web, source)
        assert found["rights"] == MARK and "The library" in json.dumps(found["requiredStatement"])
        assert [canvas["label"]["none"][0] for canvas in found["items"]] == ["1", "1"]
        assert found["structures"][0]["label"] == {"none": ["vol 2"]}
        assert b"local:" not in web.client.get(f"/iiif/3/{source}/manifest").data

        body = found["items"][0]["items"][0]["items"][0]["body"]
        for service, path in (("id", 0), ("@id", 1)):
            info = web.client.get(body["service"][path][service] + "/info.json").get_json(force=True)
            assert (info["width"], info["height"]) == (body["width"], body["height"])
        tile = web.client.get(f"{body['service'][0]['id']}/0,0,256,256/256,/0/default.jpg")
        assert (tile.status_code, tile.content_type) == (200, "image/jpeg")
        with Image.open(io.BytesIO(web.client.get(body["id"]).data)) as whole:
            assert whole.size == (body["width"], body["height"])

        page = web.client.get(found["items"][1]["annotations"][0]["id"])
        assert page.status_code == 200, page.text
        assert page.get_json(force=True)["type"] == "AnnotationPage"

    def test_again_it_is_brought_up_to_date_and_keeps_what_was_read(self, web: WebRoom, folder: Path) -> None:
        source = added(glossator(web, "add", str(folder)))
        page = manifest(web, source)["items"][0]["annotations"][0]["id"]
        before = web.client.get(page).get_json(force=True)
        calls = len(web.room.calls())
        shutil.copy(folder / "vol 2" / "1.jpg", folder / "0.jpg")
        result = glossator(web, "add", str(folder))
        assert added(result) == source and "2 pages" in result.stderr
        after = manifest(web, source)
        assert [canvas["label"]["none"][0] for canvas in after["items"]] == ["0", "1"]
        again = web.client.get(page).get_json(force=True)
        assert again["items"] == before["items"]
        assert len(web.room.calls()) == calls

    def test_one_bad_file_is_told_and_the_rest_is_there(self, web: WebRoom, folder: Path) -> None:
        (folder / "2.jpg").write_bytes(b"nothing")
        result = glossator(web, "add", str(folder))
        assert result.exit_code == 1
        assert "2.jpg is no picture" in result.stderr
        assert len(manifest(web, added(result))["items"]) == 1

    def test_what_is_said_of_a_url_must_be_of_scans(self, web: WebRoom) -> None:
        result = glossator(web, "add", "https://example.org/manifest.json", "--label", "x")
        assert result.exit_code == 2 and "no folder or zip" in result.stderr

    def test_deleting_asks_and_takes_only_what_nobody_else_shows(
        self, web: WebRoom, folder: Path, tmp_path: Path
    ) -> None:
        (folder / "mine.png").write_bytes(picture("#123456"))
        source = added(glossator(web, "add", str(folder)))
        other = tmp_path / "other"
        other.mkdir()
        shutil.copy(folder / "1.jpg", other / "shared.jpg")
        shared = added(glossator(web, "add", str(other)))
        bodies = [c["items"][0]["items"][0]["body"]["id"] for c in manifest(web, source)["items"]]

        refused = glossator(web, "delete", source)
        assert refused.exit_code == 1 and "1 scans are deleted" in refused.stdout
        assert web.client.get(f"/iiif/3/{source}/manifest").status_code == 200
        assert glossator(web, "delete", source, "--yes").exit_code == 0
        assert web.client.get(f"/iiif/3/{source}/manifest").status_code == 410
        assert [web.client.get(body).status_code for body in bodies] == [200, 404]
        assert manifest(web, shared)["items"][0]["items"][0]["items"][0]["body"]["id"] == bodies[0]

        told = problem(web.client.post("/api/sources", json={"url": f"local:scans/{folder.name}"}))
        assert told["slug"] == "not-found"
        assert added(glossator(web, "add", str(folder))) == source
        assert [web.client.get(body).status_code for body in bodies] == [200, 200]


class TestUpload:
    def test_pictures_become_a_book(self, web: WebRoom) -> None:
        files = [("10.png", picture("#101010")), ("9.png", picture("#090909"))]
        answer = upload(web, *files, label="Two", rights=MARK, backends="probe")
        row = answer.get_json()
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"].endswith(f"/api/sources/{row['id']}")
        assert (row["label"], row["canvases"], row["scans"]) == ("Two", 2, {"pages": 2, "made": 2, "left_out": []})
        assert [canvas["label"]["none"][0] for canvas in manifest(web, row["id"])["items"]] == ["9", "10"]
        again = upload(web, *files, label="Two")
        assert (again.status_code, again.get_json()["id"], again.get_json()["scans"]["made"]) == (200, row["id"], 0)
        assert manifest(web, row["id"])["rights"] == MARK

    def test_a_zip_is_called_like_its_folder_and_among_pictures_it_is_a_chapter(self, web: WebRoom) -> None:
        zipped = packed(Maps__1=picture("#aa0001"), Maps__Paris__2=picture("#aa0002"))
        row = upload(web, ("x.zip", zipped)).get_json()
        assert row["label"] == "Maps"
        assert [r["label"]["none"] for r in manifest(web, row["id"])["structures"]] == [["Paris"]]
        row = upload(web, ("a.png", picture("#aa0003")), ("x.zip", zipped), label="all").get_json()
        assert [r["label"]["none"] for r in manifest(web, row["id"])["structures"]] == [["x"]]

    def test_a_name_is_the_same_book_for_ever(self, web: WebRoom) -> None:
        first = upload(web, ("1.png", picture("#bb0001")), name="our-book", label="Ours").get_json()
        second = upload(web, ("2.png", picture("#bb0002")), name="our-book").get_json()
        assert first["id"] == second["id"] == source_id("local:scans/our-book")
        assert second["label"] == "Ours"
        assert [canvas["label"]["none"][0] for canvas in manifest(web, first["id"])["items"]] == ["2"]

    def test_a_client_may_follow_the_work(self, web: WebRoom) -> None:
        files = [(f"{n}.png", picture(f"#cc000{n}")) for n in range(3)]
        answer = upload(web, *files, ("4.jpg", b"none"), accept="application/x-ndjson")
        *steps, last = [json.loads(line) for line in answer.text.splitlines()]
        assert [step["step"]["done"] for step in steps] == [0, 1, 2, 3, 4]
        assert last["source"]["scans"]["left_out"][0]["name"] == "4.jpg"
        answer = upload(web, ("4.jpg", b"none"), accept="application/x-ndjson")
        last = json.loads(answer.text.splitlines()[-1])
        assert (answer.status_code, last["problem"]["status"]) == (200, 422)

    def test_nothing_is_left_behind(self, web: WebRoom) -> None:
        upload(web, ("x.zip", packed(a=picture("#dd0001"), b=b"broken")))
        upload(web, ("x.zip", b"PK\3\4 broken"))
        assert list(web.services.scanner.scratch.iterdir()) == []

    @pytest.mark.parametrize(
        ("files", "fields", "status", "slug", "text"),
        [
            ([("notes.txt", b"hello")], {}, 422, "not-scans", "no picture in notes"),
            ([("x.zip", b"PK\3\4 broken")], {}, 422, "not-scans", "no zip that can be read"),
            ([("1.png", picture("red"))], {"rights": "mine"}, 422, "not-scans", "no statement of rights"),
            ([("1.png", picture("red"))], {"name": "../x"}, 422, "bad-input", "$.name"),
            ([("1.png", picture("red"))], {"backends": "nothing"}, 422, "bad-input", "nothing"),
            ([("1.png", picture("red"))], {"colour": "red"}, 422, "bad-input", "$.colour"),
            ([], {}, 422, "bad-input", "no file"),
        ],
    )
    def test_what_cannot_be_used_is_told(
        self, web: WebRoom, files: list[tuple[str, bytes]], fields: dict[str, str], status: int, slug: str, text: str
    ) -> None:
        told = problem(upload(web, *files, **{"label": "", **fields}))
        assert (told["status"], told["slug"]) == (status, slug)
        assert text in told["detail"]

    def test_no_more_is_taken_than_the_limit(self, tmp_path: Path) -> None:
        with web_room(tmp_path, max_upload=5000, max_scans=3) as small:
            told = problem(upload(small, ("1.png", b"x" * 6000)))
            assert told["status"] == 413 and "5,000 bytes" in told["detail"]
            told = problem(upload(small, *((f"{n}.png", picture("red")) for n in range(4))))
            assert (told["status"], told["slug"]) == (422, "not-scans")
            with zipfile.ZipFile(bomb := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("1.png", b"\0" * 100_000)
            told = problem(upload(small, ("x.zip", bomb.getvalue())))
            assert told["status"] == 422 and "unpacks to 100,000 bytes" in told["detail"]

    def test_strangers_may_not(self, web: WebRoom) -> None:
        sent = {"files": [(io.BytesIO(picture("red")), "1.png")]}
        answer = web.client.post("/api/sources", data=sent, environ_base=STRANGER)
        assert problem(answer)["slug"] == "token-needed"
        sent = {"files": [(io.BytesIO(picture("red")), "1.png")]}
        answer = web.client.post("/admin/scans", data=sent, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403

    def test_the_admin_page_takes_the_form_without_javascript(self, web: WebRoom) -> None:
        answer = upload(web, ("1.png", picture("#ee0001")), ("2.jpg", b"broken"), path="/admin/scans", label="By form")
        assert answer.status_code == 303
        shown = web.client.get(answer.headers["Location"]).text
        assert "Added." in shown and "2.jpg was left out" in shown and "1 scan of it" in shown
        source = answer.headers["Location"].rpartition("/")[2]
        refused = web.client.post(f"/admin/sources/{source}/delete")
        assert refused.status_code == 422 and web.client.get(f"/iiif/3/{source}/manifest").status_code == 200
        assert web.client.post(f"/admin/sources/{source}/delete", data={"confirmed": "yes"}).status_code == 303
        assert web.client.get(f"/iiif/3/{source}/manifest").status_code == 410
        wrong = upload(web, ("2.jpg", b"broken"), path="/admin/scans")
        assert wrong.status_code == 422 and "no picture in 2" in wrong.text


def test_a_running_server_is_sent_a_folder_and_a_zip(web: WebRoom, folder: Path) -> None:
    with Serving(web) as base:
        result = glossator(web, "add", str(folder), "--recursive", "--server", base, "--label", "Sent “é”")
        assert result.exit_code == 0, result.output
        source = added(result)
        assert manifest(web, source)["label"]["none"][0].startswith("Sent “é”")
        assert [r["label"]["none"] for r in manifest(web, source)["structures"]] == [["vol 2"]]
        packed = shutil.make_archive(str(folder.parent / "packed"), "zip", folder)
        result = glossator(web, "add", packed, "--server", base)
        assert result.exit_code == 0 and "2 pages, 0 pictures made" in result.stderr
        refused = glossator(web, "add", str(folder), "--server", base, "--rights", "mine")
        assert refused.exit_code == 1 and "no statement of rights" in refused.output


def test_what_is_published_is_valid(web: WebRoom, folder: Path, shared_data: Path) -> None:
    source = added(glossator(web, "add", str(folder), "--recursive", "--attribution", "me"))
    schema = Schema(shared_data / "schemas" / "iiif_3_0.json")
    for path in ("manifest", "original"):
        document = web.client.get(f"/iiif/3/{source}/{path}").get_json(force=True)
        assert [error for error, _ in schema.errors(document)] == []


def test_version_2_is_there_too(web: WebRoom, folder: Path) -> None:
    source = added(glossator(web, "add", str(folder), "--recursive"))
    older = manifest(web, source, "2")
    (sequence,) = older["sequences"]
    assert [canvas["label"] for canvas in sequence["canvases"]] == ["1", "1"]
    resource = sequence["canvases"][0]["images"][0]["resource"]
    profiles = {service["@context"]: service["profile"] for service in resource["service"]}
    assert profiles["http://iiif.io/api/image/2/context.json"] == "http://iiif.io/api/image/2/level2.json"
    assert older["structures"][0]["label"] == "vol 2"


class Serving:
    """The application on a port, for what speaks HTTP."""

    def __init__(self, web: WebRoom) -> None:
        self._server = make_server("127.0.0.1", 0, web.app, threaded=True)

    def __enter__(self) -> str:
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
