"""Who may write (design, section 6): a token's holder, an operator who logged in with one, and this machine's user."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from flask import Request, session

from iiif_store.stores.base import Store, Token
from iiif_store.stores.tokens import matches
from server.errors import OriginRefused, TokenNeeded
from server.peer import is_ours
from server.proxies import base_of, is_loopback

LOGIN = "token"
"""Key of the signed cookie that holds the id of the token somebody logged in with."""


class Rights:
    """Decides from a request alone; nothing is remembered between two of them."""

    def __init__(self, store: Store, base_url: str | None, *, proxied: bool = False) -> None:
        self._store, self._base_url, self._proxied = store, base_url, proxied

    def writer(self, request: Request) -> str | None:
        """The name of whoever may write with this request; None for everybody else."""
        if request.authorization and request.authorization.type == "bearer":
            token = matches(request.authorization.token or "", self._store.tokens())
        else:
            token = self._logged_in()
        if token:
            return token.name
        return "local user" if self.is_local(request) else None

    def is_local(self, request: Request) -> bool:
        """Local trust: a direct request from this machine to this machine, by a process of our own user, and neither a
        public URL nor a proxy is configured."""
        if self._base_url is not None or self._proxied:
            return False
        return is_loopback(request.environ) and is_ours(request.environ)

    def demand(self, request: Request) -> str:
        """The writer; raises TokenNeeded, OriginRefused."""
        self.check_origin(request)
        if writer := self.writer(request):
            return writer
        raise TokenNeeded(
            "Send a valid token as 'Authorization: Bearer ...', or log in at /admin/. "
            "The operator makes one with 'glossator token add NAME'."
        )

    def demand_from_anywhere(self, request: Request) -> str:
        """The writer, for doors that pages of other sites may write through: those only with a token in the request
        itself, never by a cookie or by local trust. Raises TokenNeeded, OriginRefused."""
        if request.authorization and request.authorization.type == "bearer":
            if token := matches(request.authorization.token or "", self._store.tokens()):
                return token.name
            raise TokenNeeded("This token is not valid here. The operator makes one with 'glossator token add NAME'.")
        return self.demand(request)

    def check_origin(self, request: Request) -> None:
        """Refuse a request that a page of another site made a browser send; raises OriginRefused."""
        if self.is_foreign(request):
            origin = request.headers.get("Origin", "another site")
            raise OriginRefused(f"This request came from a page of {origin}; only pages of this server may write here.")

    def is_foreign(self, request: Request) -> bool:
        """By Origin, or by Sec-Fetch-Site where a browser sends no Origin. Programs send neither."""
        if origin := request.headers.get("Origin"):
            own = urlsplit(base_of(request.environ, self._base_url))
            return origin != f"{own.scheme}://{own.netloc}"
        return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")

    def log_in(self, secret: str) -> bool:
        """Put the token of that secret into the session, if there is one."""
        token = matches(secret, self._store.tokens())
        if token:
            session[LOGIN] = token.id
            session.permanent = True
        return token is not None

    def is_logged_in(self) -> bool:
        """Whether the cookie of this request names a valid token."""
        return self._logged_in() is not None

    def log_out(self) -> None:
        """Forget who it is."""
        session.clear()

    def _logged_in(self) -> Token | None:
        found = session.get(LOGIN)
        return next((token for token in self._store.tokens() if token.id == found), None) if found else None


def cookie_key(data: Path) -> bytes:
    """The key that signs the login cookie: one for all processes on a data directory. Deleting it logs all out."""
    file = data / "run" / "cookie.key"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return file.read_bytes()
    except FileNotFoundError:
        draft = file.with_name(f"cookie.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_bytes(secrets.token_bytes(32))
        try:
            os.link(draft, file)  # whoever comes first wins, and nobody reads half a key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return file.read_bytes()
