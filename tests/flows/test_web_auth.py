"""Who may write: local trust, tokens, the login cookie; and what pages of other sites may not do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web import STRANGER, WebRoom, problem, web_room

SAMPLE = {"url": "local:sample"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRoom]:
    with web_room(tmp_path_factory.mktemp("auth")) as room:
        yield room


def post(web: WebRoom, *, peer: str = "127.0.0.1", **headers: str) -> int:
    """The status of a harmless attempt to write."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.client.post("/api/sources", json=SAMPLE, headers=named, environ_base={"REMOTE_ADDR": peer}).status_code


def test_the_user_of_this_machine_needs_no_token(web: WebRoom) -> None:
    for host in ("localhost:8000", "127.0.0.1:8000", "[::1]:8000"):
        assert post(web, Host=host) in (200, 201)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"X_Forwarded_For": "127.0.0.1"},
        {"X_Forwarded_Host": "localhost"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"X_Real_IP": "127.0.0.1"},
        {"Authorization": "Bearer wrong", "Host": "rebound.example"},
        {"Authorization": "Basic bG9jYWw6bG9jYWw=", "Host": "rebound.example"},
    ],
)
def test_a_request_that_came_another_way_does(web: WebRoom, headers: dict[str, str]) -> None:
    assert post(web, **headers) == 401


def test_a_stranger_needs_a_token_and_a_withdrawn_one_is_worth_nothing(web: WebRoom) -> None:
    secret = web.token()
    assert post(web, peer="203.0.113.5") == 401
    assert post(web, peer="203.0.113.5", Authorization=f"Bearer {secret}") in (200, 201)
    assert post(web, peer="203.0.113.5", Authorization=f"Bearer {secret[:-1]}") == 401
    web.room.store.delete_token(web.room.store.tokens()[-1].id)
    assert post(web, peer="203.0.113.5", Authorization=f"Bearer {secret}") == 401


def test_the_local_user_is_known_whatever_token_is_sent(web: WebRoom) -> None:
    assert post(web, Authorization="Bearer wrong") in (200, 201)


def test_with_a_base_url_nobody_is_local(tmp_path: Path) -> None:
    with web_room(tmp_path, base_url="https://books.example") as web:
        assert post(web) == 401
        assert web.client.get("/admin/").status_code == 303
        assert post(web, Authorization=f"Bearer {web.token()}") == 201


def test_with_trusted_proxies_nobody_is_local(tmp_path: Path) -> None:
    with web_room(tmp_path, trusted_proxies=("10.0.0.1",)) as web:
        assert post(web) == 401


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
def test_a_connection_that_is_not_of_this_user_is_not_local(web: WebRoom) -> None:
    """As that of a proxy under another user, which may add no header and say HTTP/1.1; see test_peer."""
    peer = {"REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "1"}
    assert web.client.post("/api/sources", json=SAMPLE, environ_base=peer).status_code == 401
    assert web.client.get("/admin/", environ_base=peer).status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9999", "https://localhost"])
@pytest.mark.parametrize("path", ["/api/sources", "/api/jobs", "/admin/sources", "/admin/login", "/open"])
def test_pages_of_other_sites_may_not_write(web: WebRoom, path: str, origin: str) -> None:
    sent: dict[str, Any] = {"json": SAMPLE} if path.startswith("/api") else {"data": {"url": "local:nothing"}}
    answer = web.client.post(path, headers={"Origin": origin, "Accept": "application/json"}, **sent)
    assert problem(answer)["slug"] == "origin-refused"


def test_pages_of_this_server_may(web: WebRoom) -> None:
    assert post(web, Origin="http://localhost") in (200, 201)
    assert post(web, Sec_Fetch_Site="same-origin") in (200, 201)
    assert post(web, Sec_Fetch_Site="cross-site") == 403


class TestOpen:
    """GET /open registers under the same rule."""

    def test_a_browser_is_led_to_the_viewer_and_a_program_to_the_manifest(self, web: WebRoom) -> None:
        url = web.publisher.manifest(3)
        page = web.client.get("/open", query_string={"url": url}, headers={"Accept": "text/html"})
        assert page.status_code == 303 and "/view/" in page.headers["Location"]
        program = web.client.get("/open", query_string={"url": url}, headers={"Accept": "application/ld+json"})
        assert program.headers["Location"].endswith("/manifest")
        assert "Accept" in program.headers["Vary"]

    def test_a_link_on_another_site_registers_nothing_but_fills_in_the_form(self, web: WebRoom) -> None:
        url = web.publisher.manifest(4)
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"}
        answer = web.client.get("/open", query_string={"url": url}, headers=headers)
        assert answer.status_code == 403 and f'value="{url}"' in answer.text
        assert web.publisher.count("book-4/manifest") == 0

    def test_what_is_here_already_is_for_everybody(self, web: WebRoom) -> None:
        url = web.publisher.manifest(5)
        stranger = {"environ_base": STRANGER, "headers": {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"}}
        assert web.client.get("/open", query_string={"url": url}, **stranger).status_code == 403
        name = web.register(url)
        answer = web.client.get("/open", query_string={"url": url}, **stranger)
        assert (answer.status_code, name in answer.headers["Location"]) == (303, True)

    def test_a_stranger_may_not_add_a_layer(self, web: WebRoom) -> None:
        web.register()
        wanted = {"url": web.publisher.manifest(), "backends": "yolo"}
        assert web.client.get("/open", query_string=wanted, environ_base=STRANGER).status_code == 401


class TestLogin:
    """The admin pages, by a token in a signed cookie."""

    @pytest.fixture
    def browser(self, web: WebRoom) -> Any:
        """A browser elsewhere: it sends its cookies, and the Origin of our pages."""
        client = web.app.test_client()
        client.environ_base |= STRANGER
        return client

    @staticmethod
    def log_in(browser: Any, secret: str) -> Any:
        return browser.post(
            "/admin/login", data={"token": secret, "target": "/admin/work"}, headers={"Origin": "http://localhost"}
        )

    def test_a_browser_is_asked_to_log_in_and_led_back(self, web: WebRoom, browser: Any) -> None:
        asked = browser.get("/admin/work")
        assert asked.status_code == 303 and "login?target=%2Fadmin%2Fwork" in asked.headers["Location"]
        answer = self.log_in(browser, web.token())
        assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/work")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        assert browser.get("/admin/work").status_code == 200
        added = browser.post("/admin/sources", data={"url": "local:sample"}, headers={"Origin": "http://localhost"})
        assert added.status_code == 303
        evil = browser.post("/admin/sources", data={"url": "local:sample"}, headers={"Origin": "https://evil.example"})
        assert evil.status_code == 403

    def test_a_wrong_token_gets_nothing(self, browser: Any) -> None:
        answer = self.log_in(browser, "wrong")
        assert answer.status_code == 403 and "Set-Cookie" not in answer.headers
        assert browser.get("/admin/").status_code == 303

    def test_withdrawing_the_token_ends_the_login(self, web: WebRoom, browser: Any) -> None:
        self.log_in(browser, web.token("leaving"))
        assert browser.get("/admin/").status_code == 200
        for token in web.room.store.tokens():
            if token.name == "leaving":
                web.room.store.delete_token(token.id)
        assert browser.get("/admin/").status_code == 303

    def test_logging_out(self, web: WebRoom, browser: Any) -> None:
        self.log_in(browser, web.token())
        assert "Log out" in browser.get("/admin/").text
        assert browser.post("/admin/logout", headers={"Origin": "http://localhost"}).status_code == 303
        assert browser.get("/admin/").status_code == 303

    def test_a_forged_cookie_is_nothing(self, web: WebRoom, browser: Any) -> None:
        web.token()
        browser.set_cookie("glossator", "eyJ0b2tlbiI6ImEifQ.aaaaaa.bbbbbbbb")
        assert browser.get("/admin/").status_code == 303

    def test_login_leads_nowhere_else(self, web: WebRoom, browser: Any) -> None:
        sent = {"token": web.token(), "target": "https://evil.example/admin/"}
        answer = browser.post("/admin/login", data=sent, headers={"Origin": "http://localhost"})
        assert answer.headers["Location"] == "/admin/"

    def test_every_form_of_the_admin_pages_is_closed_to_strangers(self, web: WebRoom, browser: Any) -> None:
        name = web.register()
        rules = [
            rule for rule in web.app.url_map.iter_rules() if rule.rule.startswith("/admin") and "POST" in rule.methods
        ]
        assert len(rules) > 8
        for rule in rules:
            path = rule.rule.replace("<key:source>", name).replace("<name:job>", "x")
            if path != "/admin/login":
                assert browser.post(path).status_code == 401, path


def test_the_cookie_key_is_private_and_shared(web: WebRoom) -> None:
    from server.auth import cookie_key

    data = web.room.settings.data
    assert cookie_key(data) == cookie_key(data) == web.app.config["SECRET_KEY"]
    assert (data / "run" / "cookie.key").stat().st_mode & 0o077 == 0
