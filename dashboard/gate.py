"""The gate before every handler: whose request it is, whether it may be a forgery, and which answer an error gets."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from dashboard.parts import Parts
from intake.errors import Conflict, Forbidden, LeadIntakeError, NotFound, Unavailable
from intake.ports import Who

COOKIE = "lead_intake_session"
CSRF_FIELD = "csrf"
NONCE: web.RequestKey[str] = web.RequestKey("nonce", str)
Handler = Callable[[web.Request, Who], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)


def status_of(error: LeadIntakeError) -> int:
    """The HTTP status an error of ours gets."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Conflict):
        return 409
    if isinstance(error, Forbidden):
        return 403
    return 503 if isinstance(error, Unavailable) else 500


def csrf_token(session: str) -> str:
    """What a form of this session must bring along: of the session's secret, so nothing is stored."""
    return hmac.new(session.encode(), b"lead-intake form", sha256).hexdigest()


class Gate:
    """Knows who asks, by token or by session."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def by_token(self, request: web.Request) -> Who | None:
        """Whose bearer token came along; None without one or for an unknown one."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None
        admin = self._parts.admin_token
        if admin and hmac.compare_digest(token.encode(), admin.encode()):
            return Who(name="admin token", role="admin")
        return await self._parts.run(self._parts.access.who, token)

    async def by_session(self, request: web.Request) -> Who | None:
        """Whose session the cookie opens."""
        session = request.cookies.get(COOKIE, "")
        return await self._parts.run(self._parts.access.who, session) if session else None

    def from_our_page(self, request: web.Request) -> bool:
        """Whether a change was asked for by a page of ours: browsers say where a form came from."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        ours = {request.host, urlsplit(self._parts.company.public_url).netloc} - {""}
        return urlsplit(origin).netloc in ours

    async def form_is_ours(self, request: web.Request) -> bool:
        """Whether a session's form brought the session's own mark, and came from a page of ours."""
        if not self.from_our_page(request):
            return False
        brought = (await request.post()).get(CSRF_FIELD, "")
        expected = csrf_token(request.cookies.get(COOKIE, ""))
        return isinstance(brought, str) and hmac.compare_digest(brought.encode(), expected.encode())


def protect(response: web.StreamResponse, nonce: str) -> None:
    """The headers that keep foreign text inert, on every answer."""
    csp = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", csp)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")


def new_nonce(request: web.Request) -> str:
    """A nonce for this answer's own style and script."""
    request[NONCE] = secrets.token_urlsafe(16)
    return request[NONCE]
