"""The JSON API: every route of the table behind a bearer token, each answer with the shape that is promised."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import structlog
from aiohttp import web

from dashboard.alarms import alarm_json
from dashboard.gate import Gate, protect, status_of
from dashboard.masking import masked
from dashboard.openapi import PREFIX, description
from dashboard.parts import Parts
from dashboard.reports import managers_json, speed_json
from dashboard.roles import acting, may, only_own, require, require_own, sees_contacts
from dashboard.route import Act, Look
from dashboard.table import ACTS, LIMIT, LOOKS, MANAGER
from intake.clock import Millis, from_iso, to_datetime
from intake.errors import Forbidden, LeadIntakeError, NotFound, Refused
from intake.language import house_language
from intake.pace import Report
from intake.ports import Command, InquiryFilter, Page, Who
from intake.report import day_span, read_day

IDENT = re.compile(r"[A-Za-z0-9_.:@\-]{1,128}")
LONGEST_BODY = 65_536
_LONGEST_TEXT = 4_000
_LIMIT = 50
_Shown = Mapping[str, Any]

log = structlog.get_logger(__name__)


class Api:
    """The routes under /api/v1."""

    def __init__(self, parts: Parts, gate: Gate) -> None:
        self._parts = parts
        self._gate = gate
        self._description = orjson.dumps(description())

    def add_to(self, app: web.Application) -> None:
        """Register every route of the table."""
        for look in LOOKS:
            app.router.add_get(PREFIX + look.path, self._looking(look), allow_head=False)
        for act in ACTS:
            app.router.add_post(PREFIX + act.path, self._acting(act))

    def _looking(self, look: Look) -> Callable[[web.Request], Awaitable[web.Response]]:
        shown: Callable[[web.Request, Who], Awaitable[_Shown | bytes]] = getattr(self, look.handler)

        async def handle(request: web.Request, who: Who) -> _Shown | bytes:
            require(who, look.role)
            _check_query(request, look)
            found = await shown(request, who)
            return found if isinstance(found, bytes) or sees_contacts(who) else masked(found)

        return self._answering(handle)

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request, who: Who) -> _Shown:
            require(who, act.role)
            ident, args = _ident(request), await _read_args(request, act)
            as_manager = acting(who, args.pop(MANAGER.name, ""))
            return await perform(self._parts, Command(act.verb, act.what, ident, args), as_manager)

        return self._answering(handle)

    def _answering(
        self, handle: Callable[[web.Request, Who], Awaitable[_Shown | bytes]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                who = await self._gate.by_token(request)
                if who is None:
                    return _error(401, "send a known token as `Authorization: Bearer ...`")
                found = await handle(request, who)
            except Refused as refused:
                return _error(refused.status, refused.reason)
            except LeadIntakeError as error:
                return _error(status_of(error), str(error))
            except (web.HTTPException, ConnectionError):
                raise
            except Exception:
                log.exception("api_failed", route=request.match_info.route.resource and request.path)
                return _error(500, "something went wrong here; it is in the log")
            return _json(200, found if isinstance(found, bytes) else orjson.dumps(found))

        return answer

    async def inquiries(self, request: web.Request, who: Who) -> _Shown:
        """GET /inquiries."""
        query = request.query
        since, until = _day(query.get("day", ""), self._parts.company.timezone)
        wanted = InquiryFilter(
            state=query.get("state", ""),
            account=query.get("account", ""),
            q=query.get("q", "").strip()[:200],
            limit=_limit(request),
            after=query.get("after", ""),
            owner=who.manager or "-" if only_own(who) else "",
            reason=query.get("reason"),
            since=since,
            until=until,
        )
        return _page(await self._parts.run(self._parts.reader.inquiries, wanted))

    async def inquiry(self, request: web.Request, who: Who) -> _Shown:
        """GET /inquiries/<id>."""
        return await self._one(request, who, "inquiry")

    async def client(self, request: web.Request, who: Who) -> _Shown:
        """GET /clients/<id>."""
        return await self._one(request, who, "client")

    async def deals(self, request: web.Request, who: Who) -> _Shown:
        """GET /deals."""
        return await self._list(request, who, "deals", ("client", "state", "owner", "task"), own="owner")

    async def deal(self, request: web.Request, who: Who) -> _Shown:
        """GET /deals/<id>."""
        return await self._one(request, who, "deal")

    async def tasks(self, request: web.Request, who: Who) -> _Shown:
        """GET /tasks."""
        return await self._list(request, who, "tasks", ("owner", "state"), own="owner")

    async def managers(self, request: web.Request, who: Who) -> _Shown:
        """GET /managers; how to reach them is for the head and the administrator."""
        page = await self._list(request, who, "managers", (), own="")
        if may(who, "head"):
            return page
        return {**page, "items": [{**one, "contacts": {}} for one in page["items"]]}

    async def speed(self, request: web.Request, who: Who) -> _Shown:
        """GET /reports/speed."""
        _require_overview(who)
        return speed_json(await self._report(request), request.query.get("by", ""))

    async def report_managers(self, request: web.Request, who: Who) -> _Shown:
        """GET /reports/managers."""
        _require_overview(who)
        return managers_json(await self._report(request))

    async def _report(self, request: web.Request) -> Report:
        parts, text = self._parts, request.query.get("day", "")
        today = to_datetime(parts.clock.now()).astimezone(ZoneInfo(parts.company.timezone)).date()
        day = read_day(text) if text else today
        if day is None:
            raise Refused(400, "day must be a date like 2026-11-22")
        return await parts.run(parts.reader.report, request.query.get("period", "") or "day", day)

    async def screens(self, request: web.Request, who: Who) -> _Shown:
        """GET /screens."""
        return await self._list(request, who, "screens", (), own="")

    async def channels(self, request: web.Request, who: Who) -> _Shown:
        """GET /channels."""
        _require_overview(who)
        internals = await self._parts.run(self._parts.reader.internals)
        return {**await self._list(request, who, "channels", (), own=""), "internal": internals}

    async def alarms(self, request: web.Request, who: Who) -> _Shown:
        """GET /alarms."""
        _require_overview(who)
        found = await self._parts.run(self._parts.reader.alarms, _since(request))
        say = house_language(self._parts.company.language).gettext
        return {"items": [alarm_json(one, say) for one in found], "next": None}

    async def cards(self, request: web.Request, who: Who) -> _Shown:
        """GET /cards."""
        return await self._list(request, who, "cards", ("manager",), own="manager")

    async def suspects(self, request: web.Request, who: Who) -> _Shown:
        """GET /suspects."""
        return await self._list(request, who, "suspects", ("client", "answer"), own="")

    async def balance(self, request: web.Request, who: Who) -> _Shown:
        """GET /balance."""
        _require_overview(who)
        return await self._parts.run(self._parts.reader.balance, _since(request))

    async def openapi(self, request: web.Request, who: Who) -> bytes:
        """GET /openapi.json."""
        del request, who
        return self._description

    async def _one(self, request: web.Request, who: Who, what: str) -> _Shown:
        return await look_up(self._parts, what, _ident(request), who)

    async def _list(
        self, request: web.Request, who: Who, what: str, names: tuple[str, ...], *, own: str
    ) -> dict[str, Any]:
        filters = {name: value for name in names if (value := request.query.get(name, ""))}
        if own and only_own(who):
            if filters.get(own, who.manager) != who.manager:
                raise Forbidden("a manager sees nothing but their own")
            filters[own] = who.manager or "-"
        reader = self._parts.reader
        return _page(
            await self._parts.run(
                reader.listing, what, filters, _limit(request), request.query.get("after", "")
            )
        )


async def look_up(parts: Parts, what: str, ident: str, who: Who) -> dict[str, Any]:
    """One thing that `who` may see. Raises NotFound, for what is somebody else's too."""
    if only_own(who):
        require_own(await parts.run(parts.reader.concerns, who.manager, what, ident))
    found = await parts.run(parts.reader.one, what, ident)
    if found is None:
        raise NotFound(f"there is no such {what}")
    return found


async def perform(parts: Parts, command: Command, who: Who) -> dict[str, Any]:
    """Carry a command out for `who`; a manager acts on their own things alone. Raises NotFound, Conflict,
    Forbidden."""
    if only_own(who):
        mine = command.what == "manager" and command.ident == who.manager
        require_own(mine or await parts.run(parts.reader.concerns, who.manager, command.what, command.ident))
    if command.what == "channel":
        # it asks somebody outside, so no thread of the pages is held meanwhile
        return await parts.sources.do(command, who)
    return await parts.run(parts.use_cases.do, command, who)


def _require_overview(who: Who) -> None:
    if only_own(who):
        raise Forbidden("the role manager sees its own things; this tells of everybody's")


def _ident(request: web.Request) -> str:
    ident = request.match_info["id"]
    if not IDENT.fullmatch(ident):
        raise NotFound("there is no such thing")
    return ident


def _check_query(request: web.Request, look: Look) -> None:
    known = {one.name: one for one in look.params}
    for name, value in request.query.items():
        if name not in known:
            raise Refused(400, f"unknown parameter {name[:40]!r}; known: {', '.join(known) or 'none'}")
        choices = known[name].choices
        if value and choices and value not in choices:
            raise Refused(400, f"{name} must be one of {', '.join(choices)}")
        if "\0" in value:
            raise Refused(400, f"a NUL byte in {name}")


def _limit(request: web.Request) -> int:
    text = request.query.get(LIMIT.name, "")
    if not text:
        return _LIMIT
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
        raise Refused(400, "limit must be a whole number from 1 on; more than 500 is taken as 500")
    return int(text)


def _since(request: web.Request) -> Millis | None:
    text = request.query.get("since", "")
    if not text:
        return None
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise Refused(400, "since must be an instant like 2026-11-22T10:00:00Z") from None


def _day(text: str, timezone: str) -> tuple[Millis | None, Millis | None]:
    if not text:
        return None, None
    try:
        return day_span(date.fromisoformat(text), ZoneInfo(timezone))
    except (ValueError, OverflowError):
        raise Refused(400, "day must be a date like 2026-11-22") from None


async def _read_args(request: web.Request, act: Act) -> dict[str, str]:
    """The arguments of a body: known names, plain values. Whatever else is there is refused, not ignored."""
    if (request.content_length or 0) > LONGEST_BODY:
        raise Refused(413, f"more than {LONGEST_BODY} bytes")
    raw = await request.content.read(LONGEST_BODY + 1)
    if len(raw) > LONGEST_BODY:
        raise Refused(413, f"more than {LONGEST_BODY} bytes")
    try:
        body = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError:
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "the body must be a JSON object")
    return check_args(body, act)


def check_args(body: Mapping[str, Any], act: Act) -> dict[str, str]:
    """The arguments as a command takes them. Raises Refused for one that is unknown, missing or no plain value."""
    known = {one.name: one for one in (*act.args, MANAGER)}
    unknown = [str(name)[:40] for name in body if name not in known]
    if unknown:
        raise Refused(400, f"unknown: {', '.join(unknown[:5])}; known: {', '.join(known)}")
    args = {name: _plain(name, value) for name, value in body.items() if value is not None}
    missing = [one.name for one in known.values() if one.required and not args.get(one.name)]
    if missing:
        raise Refused(400, f"missing: {', '.join(missing)}")
    return args


def _plain(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str):
        raise Refused(400, f"{name} must be a text or a number")
    if len(value) > _LONGEST_TEXT or "\0" in value:
        raise Refused(400, f"{name} must be at most {_LONGEST_TEXT} signs, without NUL")
    return value.strip()


def _page(page: Page) -> dict[str, Any]:
    return {"items": page.items, "next": page.next}


def _error(status: int, reason: str) -> web.Response:
    response = _json(status, orjson.dumps({"error": " ".join(reason.split())}))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _json(status: int, body: bytes) -> web.Response:
    response = web.Response(status=status, body=body, content_type="application/json")
    protect(response, "none")
    return response
