"""Clients who may be one, side by side with their differences marked: one, two, or later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from dashboard.api import IDENT, perform
from dashboard.pages.frame import Frame
from dashboard.pages.words import N_
from intake.errors import NotFound
from intake.ports import Command, Who

_SHOWN = 10

ROWS: tuple[tuple[str, str], ...] = (
    ("name", N_("Name")),
    ("persons", N_("People")),
    ("phones", N_("Phones")),
    ("emails", N_("Mailboxes")),
    ("handles", N_("Messengers")),
    ("inn", N_("ИНН")),
    ("owner", N_("Owner")),
    ("outside_ids", N_("Ids elsewhere")),
)


class DuplicatePages:
    """`/duplicates`: the pairs that wait for a person, the likeliest first; `?later=1`: those put off."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/duplicates", self._frame.page(self.listing, "duty"), allow_head=False)
        path = "/duplicates/{id}/{verb:same|different|later}"
        app.router.add_post(path, self._frame.change(self.answer, "duty"))

    async def listing(self, request: web.Request, who: Who) -> web.Response:
        """A page of pairs."""
        parts, later = self._frame.parts, request.query.get("later") == "1"
        filters = {"answer": "later"} if later else {}
        after = request.query.get("after", "")[:200]
        page = await parts.run(parts.reader.listing, "suspects", filters, _SHOWN, after)
        managers = await parts.run(parts.reader.listing, "managers", {}, 500, "")
        names = {one["id"]: one["name"] for one in managers.items}
        onwards = {**({"later": "1"} if later else {}), "after": page.next or ""}
        return self._frame.render(
            request,
            "duplicates.html",
            who,
            pairs=[(pair, compared(pair["client"], pair["suspect"], names)) for pair in page.items],
            later=later,
            more=f"/duplicates?{urlencode(onwards)}" if page.next else "",
        )

    async def answer(self, request: web.Request, who: Who) -> web.Response:
        """What was said of one pair."""
        form = await request.post()
        ident, other, verb = (
            request.match_info["id"],
            str(form.get("client_id", "")),
            request.match_info["verb"],
        )
        if not (IDENT.fullmatch(ident) and IDENT.fullmatch(other)):
            raise NotFound("there is no such client")
        await perform(self._frame.parts, Command(verb, "client", ident, {"client_id": other}), who)
        back = "/duplicates?later=1" if form.get("later") == "1" else "/duplicates"
        return self._frame.onwards(back, done=verb)


def compared(
    one: Mapping[str, Any], other: Mapping[str, Any], names: Mapping[str, str]
) -> list[tuple[str, list[str], list[str], str]]:
    """What both say, row by row: the row's name, each side's values, and how they stand: `equal`, `shared` (some are)
    or `apart`. Rows that are empty on both sides are left out."""
    rows = []
    for key, label in ROWS:
        mine, its = _values(one, key, names), _values(other, key, names)
        if mine or its:
            shared = {value.casefold() for value in mine} & {value.casefold() for value in its}
            how = "equal" if mine == its else "shared" if shared else "apart"
            rows.append((label, mine, its, how))
    return rows


def _values(client: Mapping[str, Any], key: str, names: Mapping[str, str]) -> list[str]:
    people = client["persons"]
    if key == "persons":
        return [one["name"] for one in people if one["name"]]
    if key in ("phones", "emails"):
        return sorted({value for one in people for value in one[key]})
    if key == "handles":
        return sorted({f"{messenger}: {value}" for one in people for messenger, value in one[key].items()})
    if key == "outside_ids":
        return sorted(f"{base}: {ident}" for base, ident in client[key].items())
    value = names.get(client[key], client[key]) if key == "owner" else client[key]
    return [value] if value else []
