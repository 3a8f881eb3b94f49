"""Signing in by a one-time link, signing out, choosing the language."""

from __future__ import annotations

from aiohttp import web

from dashboard.gate import COOKIE
from dashboard.pages.frame import LANGUAGE_COOKIE, LANGUAGES, Frame
from intake.ports import Who

_YEAR_S = 365 * 86400


class SignIn:
    """The ways in and out for people."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/sign-in/{secret}", self.ask, allow_head=False)
        app.router.add_post("/sign-in/{secret}", self.enter)
        app.router.add_post("/sign-out", self._frame.change(self.leave, "observer"))
        app.router.add_post("/language", self.language)

    async def ask(self, request: web.Request) -> web.Response:
        """A page with one button: a messenger that previews the link must not use it up."""
        return self._frame.render(request, "sign_in.html", None, refused=False)

    async def enter(self, request: web.Request) -> web.Response:
        """Use the link up, open a session."""
        parts = self._frame.parts
        if not self._frame.gate.from_our_page(request):
            return self._frame.trouble(request, None, 403, "")
        secret = request.match_info["secret"]
        session = await parts.run(parts.access.open_session, secret, parts.clock.now())
        if session is None:
            return self._frame.render(request, "sign_in.html", None, 403, refused=True)
        response = self._frame.onwards("/")
        response.set_cookie(
            COOKIE, session, httponly=True, samesite="Strict", path="/", secure=self._frame.secure(request)
        )
        return response

    async def leave(self, request: web.Request, who: Who) -> web.Response:
        """End the session here and in the ledger."""
        del who
        parts = self._frame.parts
        await parts.run(parts.access.close_session, request.cookies.get(COOKIE, ""))
        response = self._frame.onwards("/")
        response.del_cookie(COOKIE, path="/")
        return response

    async def language(self, request: web.Request) -> web.Response:
        """Remember the reader's language in their browser."""
        form = await request.post()
        chosen, back = form.get("language"), form.get("back")
        if chosen not in LANGUAGES or not self._frame.gate.from_our_page(request):
            return self._frame.trouble(request, None, 400, "")
        response = self._frame.onwards(back if isinstance(back, str) else "/")
        response.set_cookie(LANGUAGE_COOKIE, str(chosen), max_age=_YEAR_S, samesite="Strict", path="/")
        return response
