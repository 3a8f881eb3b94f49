"""The list of inquiries and one inquiry: what came, what became of it and why, what a person can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from dashboard.api import IDENT, check_args, look_up, perform
from dashboard.masking import masked
from dashboard.pages.frame import Frame
from dashboard.roles import may, only_own
from dashboard.route import Act
from dashboard.table import ACTS, STATES
from intake.errors import NotFound
from intake.ports import Command, InquiryFilter, Source, Who
from intake.report import day_span, read_day

_PAGE = 50
_OWN_FIELDS = frozenset({"csrf", "back"})
_INQUIRY_ACTS = {act.verb: act for act in ACTS if act.what == "inquiry"}
_BUTTONS = {
    "waiting": (),
    "offered": ("take", "create", "attach", "reject"),
    "attached": ("assign", "detach", "attach", "reject"),
    "created": ("assign", "attach", "reject"),
    "rejected": ("accept",),
    "ignored": ("accept",),
    "buried": ("replay", "drop"),
}
"""What can be done with an inquiry in each state, the likeliest first."""


class InquiryPages:
    """`/inquiries` and below it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/inquiries", self._frame.page(self.listing), allow_head=False)
        app.router.add_get("/inquiries/{id}", self._frame.page(self.one), allow_head=False)
        app.router.add_post("/inquiries/{id}/reveal", self._frame.change(self.reveal))
        for act in _INQUIRY_ACTS.values():
            app.router.add_post(
                f"/inquiries/{{id}}/{act.verb}", self._frame.change(self._acting(act), act.role)
            )

    async def listing(self, request: web.Request, who: Who) -> web.Response:
        """The list; its filters stand in the address, so that it can be sent to a colleague."""
        query = request.query
        state, parts = query.get("state", ""), self._frame.parts
        day = read_day(query.get("day", ""))
        since, until = day_span(day, ZoneInfo(parts.company.timezone)) if day else (None, None)
        reason = query.get("reason")
        wanted = InquiryFilter(
            state=state if state in STATES else "",
            account=query.get("account", "")[:100],
            q=query.get("q", "").replace("\0", "").strip()[:200],
            limit=_PAGE,
            after=query.get("after", "")[:100],
            owner=who.manager or "-" if only_own(who) else "",
            reason=None if reason is None else reason.replace("\0", "")[:300],
            since=since,
            until=until,
        )
        page = await parts.run(parts.reader.inquiries, wanted)
        channels = await parts.run(parts.reader.listing, "channels", {}, 500, "")
        return self._frame.render(
            request,
            "inquiries.html",
            who,
            items=page.items,
            next=page.next,
            wanted=wanted,
            states=STATES,
            accounts=[one["account"] for one in channels.items],
            day=day.isoformat() if day else "",
            link=_link(wanted, day.isoformat() if day else ""),
            example=parts.example,
        )

    async def one(self, request: web.Request, who: Who) -> web.Response:
        """One inquiry; contacts stay masked until somebody asks for them, and that is noted."""
        return await self._show(request, who, revealed=only_own(who))

    async def reveal(self, request: web.Request, who: Who) -> web.Response:
        """The same with its contacts and its original, for the record."""
        parts, ident = self._frame.parts, _ident(request)
        await look_up(parts, "inquiry", ident, who)
        await parts.run(parts.access.note, who, "reveal", "inquiry", ident, parts.clock.now())
        return await self._show(request, who, revealed=True)

    async def _show(self, request: web.Request, who: Who, *, revealed: bool) -> web.Response:
        parts = self._frame.parts
        item = await look_up(parts, "inquiry", _ident(request), who)
        decision = item["decision"] or {}
        client = await self._part("client", decision.get("client_id", ""))
        deal = await self._part("deal", decision.get("deal_id", ""))
        managers = await parts.run(parts.reader.listing, "managers", {}, 500, "")
        names = {one["id"]: one["name"] for one in managers.items}
        # who it was taken for stands above; here stand the others
        candidates = decision.get("candidates", ())
        others = [one for one in candidates if one["client_id"] != decision["client_id"]][:5]
        suspects = [await self._part("client", one["client_id"]) for one in others]
        deals = await self._open_deals(decision)
        sources = await parts.run(parts.reader.sources, item["id"]) if revealed else []
        acts = await parts.run(parts.reader.acts, "inquiry", item["id"])
        if not revealed:
            item, client, suspects = masked(item), masked(client), masked(suspects)
        return self._frame.render(
            request,
            "inquiry.html",
            who,
            item=item,
            client=client,
            deal=deal,
            names=names,
            managers=[one for one in managers.items if one["state"] != "dismissed"],
            suspects=list(zip(suspects, others, strict=True)),
            sources=[(source, _head_lines(source)) for source in sources],
            revealed=revealed,
            deals=deals,
            buttons=_buttons(item["state"], who, deals),
            acts=acts,
        )

    async def _open_deals(self, decision: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The other open deals it could belong to: the client's own, and those of the clients it may be."""
        parts, found = self._frame.parts, {}
        clients = [
            decision.get("client_id", ""),
            *(one["client_id"] for one in decision.get("candidates", ())),
        ]
        for client in list(dict.fromkeys(filter(None, clients)))[:5]:
            filters = {"client": client, "state": "open"}
            page = await parts.run(parts.reader.listing, "deals", filters, 20, "")
            found.update({one["id"]: one for one in page.items})
        found.pop(decision.get("deal_id", ""), None)
        return list(found.values())

    async def _part(self, what: str, ident: str) -> dict[str, Any] | None:
        parts = self._frame.parts
        return await parts.run(parts.reader.one, what, ident) if ident else None

    def _acting(self, act: Act) -> Any:
        async def handle(request: web.Request, who: Who) -> web.Response:
            form = await request.post()
            body = {name: value for name, value in form.items() if name not in _OWN_FIELDS and value != ""}
            ident = _ident(request)
            await perform(self._frame.parts, Command(act.verb, "inquiry", ident, check_args(body, act)), who)
            back = form.get("back")
            where = back if isinstance(back, str) and back else f"/inquiries/{ident}"
            return self._frame.onwards(where, done=act.verb)

        return handle


def _buttons(state: str, who: Who, deals: list[dict[str, Any]]) -> list[str]:
    """What this person can do with it now; attaching takes a deal to attach to."""
    fit = [verb for verb in _BUTTONS[state] if may(who, _INQUIRY_ACTS[verb].role)]
    return [verb for verb in fit if verb != "attach" or deals]


def _ident(request: web.Request) -> str:
    ident = request.match_info["id"]
    if not IDENT.fullmatch(ident):
        raise NotFound("there is no such inquiry")
    return ident


def _link(wanted: InquiryFilter, day: str) -> Any:
    """Makes the address of this list with other filters."""

    now = {
        "state": wanted.state,
        "account": wanted.account,
        "q": wanted.q,
        "day": day,
        "reason": wanted.reason,
    }

    def link(**other: str | None) -> str:
        query = {**now, **other}
        if other.get("state", wanted.state) != wanted.state:
            query["reason"] = None  # another state has reasons of its own
        kept = urlencode(
            {
                name: value
                for name, value in query.items()
                if value or (name == "reason" and value is not None)
            }
        )
        return f"/inquiries?{kept}" if kept else "/inquiries"

    return link


def _head_lines(source: Source) -> list[str]:
    """The head of a raw event, a line a header; what the sender proved itself with is left out."""
    head = source.head
    first = " ".join(str(head[name]) for name in ("method", "path") if head.get(name))
    rest = [f"{name}: {head[name]}" for name in head if name not in ("method", "path", "query", "headers")]
    headers = [f"{pair[0]}: {pair[1]}" for pair in head.get("headers", ()) if not _secret(str(pair[0]))]
    return [line for line in (first, *rest, *headers) if line]


def _secret(header: str) -> bool:
    name = header.lower()
    return any(word in name for word in ("key", "auth", "secret", "token", "sign", "cookie"))
