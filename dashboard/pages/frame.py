"""The frame around every page: its language, its template, its sign-in, its errors, where it goes after a change."""

from __future__ import annotations

import gettext
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.gate import COOKIE, Gate, Handler, csrf_token, new_nonce, protect, status_of
from dashboard.masking import masked_contact, masked_text, short_name
from dashboard.pages import words
from dashboard.pages.evidence import evidence
from dashboard.pages.moments import Moments
from dashboard.parts import Parts
from dashboard.roles import may
from intake.errors import Forbidden, LeadIntakeError, Refused
from intake.language import SOURCE, read_language
from intake.ports import Who

LANGUAGES = ("ru", "en")
LANGUAGE_COOKIE = "lead_intake_language"
_HERE = Path(__file__).parent.parent
_STATIC = {"app.css": "text/css", "app.js": "text/javascript", "icon.svg": "image/svg+xml"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tongue:
    """Everything that depends on the reader's language."""

    language: str
    words: gettext.NullTranslations
    moments: Moments
    templates: Environment


class Frame:
    """Renders pages and keeps strangers out."""

    def __init__(self, parts: Parts, gate: Gate) -> None:
        self.parts = parts
        self.gate = gate
        self._static = {name: (_HERE / "static" / name).read_bytes() for name in _STATIC}
        self._version = sha256(b"".join(self._static.values())).hexdigest()[:12]
        self._tongues = {one: self._tongue(one) for one in LANGUAGES}

    def _tongue(self, language: str) -> Tongue:
        translations = read_language(_HERE / "locale", language)
        moments = Moments(translations, language, ZoneInfo(self.parts.company.timezone), self.parts.clock)
        env = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        env.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # the i18n extension adds it
        env.globals.update(
            words=words,
            told=partial(_told, say=translations.gettext),
            evidence=partial(evidence, say=translations.gettext),
            word=words.state_word,
            moments=moments,
            mask=masked_text,
            masked_contact=masked_contact,
            short_name=short_name,
            may=may,
            language=language,
            version=self._version,
            company=self.parts.company,
        )
        return Tongue(language, translations, moments, env)

    def tongue(self, request: web.Request) -> Tongue:
        """The reader's own choice, else the company's language."""
        chosen = request.cookies.get(LANGUAGE_COOKIE, "") or self.parts.company.language
        return self._tongues.get(chosen, self._tongues[SOURCE])

    def render(
        self, request: web.Request, template: str, who: Who | None, status: int = 200, **shown: Any
    ) -> web.Response:
        """The page of a template."""
        nonce = new_nonce(request)
        text = (
            self.tongue(request)
            .templates.get_template(template)
            .render(
                who=who,
                nonce=nonce,
                path=request.path,
                here=request.path_qs,
                csrf=csrf_token(request.cookies.get(COOKIE, "")),
                done=request.query.get("done", ""),
                **shown,
            )
        )
        response = web.Response(status=status, text=text, content_type="text/html")
        protect(response, nonce)
        return response

    def page(
        self, handler: Handler, least: str = "observer"
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A page for those who are signed in and have at least the role `least`."""

        async def look(request: web.Request, who: Who) -> web.StreamResponse:
            if not may(who, least):
                raise Forbidden(self.tongue(request).words.gettext("This page is not for your role."))
            return await handler(request, who)

        return self._guarded(look)

    def change(
        self, handler: Handler, least: str = "manager"
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A change by a form of ours."""

        async def act(request: web.Request, who: Who) -> web.StreamResponse:
            if not await self.gate.form_is_ours(request):
                raise Forbidden(
                    self.tongue(request).words.gettext(
                        "This form is too old. Go back and load the page again."
                    )
                )
            if not may(who, least):
                raise Forbidden(self.tongue(request).words.gettext("Your role may not do this."))
            return await handler(request, who)

        return self._guarded(act)

    def _guarded(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            who: Who | None = None
            try:
                who = await self.gate.by_session(request)
                if who is None:
                    return self.render(request, "signed_out.html", None, 401)
                return await handler(request, who)
            except Refused as refused:
                return self.trouble(request, who, refused.status, refused.reason)
            except LeadIntakeError as error:
                return self.trouble(request, who, status_of(error), str(error))
            except (web.HTTPException, ConnectionError):
                raise
            except Exception:
                log.exception("page_failed", path=request.path)
                return self.trouble(request, who, 500, "")

        return answer

    def trouble(self, request: web.Request, who: Who | None, status: int, reason: str) -> web.Response:
        """The page that says what is in the way."""
        return self.render(request, "trouble.html", who, status, code=status, reason=reason)

    def onwards(self, path: str, **query: str) -> web.Response:
        """After a change: to a page of ours, by GET."""
        safe = path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
        where = safe + (("&" if "?" in safe else "?") + urlencode(query) if query else "")
        response = web.Response(status=303, headers={"Location": where})
        protect(response, "none")
        return response

    async def static(self, request: web.Request) -> web.Response:
        """The style, the script, the icon."""
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound
        response = web.Response(body=self._static[name], content_type=_STATIC[name], charset="utf-8")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        protect(response, "none")
        return response

    def secure(self, request: web.Request) -> bool:
        """Whether cookies may travel over TLS alone: the page was asked for over it, or the public address has it."""
        public = self.parts.company.public_url
        return request.secure or (public.startswith("https://") and public[8:].split("/")[0] == request.host)


def _told(table: Mapping[str, str], name: str, *, say: Callable[[str], str]) -> str:
    return words.told(table, name, say)
