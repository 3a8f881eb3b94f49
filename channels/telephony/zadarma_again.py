"""Zadarma's list of calls: a page after the other, a row for each leg."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from channels.calling import Caller
from channels.messages import Node, children
from channels.signing import hmac_hex
from channels.telephony.again import CallsAgain, Listed, accepted, needed, posted, written
from channels.telephony.wire import Local, first, is_short, number, seconds, text, truth
from channels.telephony.zadarma import CHANNEL
from intake.account import Account
from intake.clock import Millis
from intake.errors import Unavailable

# zadarma.com/ru/support/api, "/v1/statistics/pbx/": at most a thousand rows a page, three pages a minute
_PATH = "/v1/statistics/pbx/"
_PAGE = 1000


class ZadarmaAgain(CallsAgain):
    """Signed with the account's `api_key` and `secret`."""

    name = "Zadarma"
    api = "https://api.zadarma.com"

    def __init__(self, account: Account) -> None:
        super().__init__(account, CHANNEL)
        self._key = needed(account, "api_key", "the API's user key")

    async def calls(self, caller: Caller, since: Millis, until: Millis) -> Sequence[Listed]:
        """As CallsAgain."""
        rows: list[Node] = []
        while True:
            asked = {
                "start": written(since, self.local.zone),
                "end": written(until, self.local.zone),
                "version": "2",
                "format": "json",
                "skip": str(len(rows)),
                "limit": str(_PAGE),
            }
            query = urlencode(sorted(asked.items()))
            headers = {"Authorization": f"{self._key}:{signature(_PATH, query, self.account.secret)}"}
            answer = accepted(self.name, await caller.call("GET", f"{_PATH}?{query}", headers=headers))
            if text(answer.tree.get("status")) != "success":
                raise Unavailable(f"Zadarma gives no list of calls: {text(answer.tree.get('message'))[:100]}")
            page = children(answer.tree, "stats")
            rows += page
            if len(page) < _PAGE:
                return listed(rows, self.local)


def signature(path: str, query: str, secret: str) -> str:
    """The second half of the Authorization header: `query` has its parameters in their alphabetical order."""
    digest = hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(hmac_hex(secret, f"{path}{query}{digest}".encode(), "sha1").encode()).decode()


def listed(rows: Sequence[Node], local: Local) -> list[Listed]:
    """The calls of a list: of their legs the one that talked longest tells of the end."""
    calls: dict[str, list[Node]] = {}
    for row in rows:
        if (call_id := text(row.get("pbx_call_id"))) and local.moment(row.get("callstart")):
            calls.setdefault(call_id, []).append(row)
    return [_end(call_id, legs, local) for call_id, legs in calls.items()]


def _end(call_id: str, legs: Sequence[Node], local: Local) -> Listed:
    told = max(
        legs, key=lambda one: (text(one.get("disposition")) == "answered", seconds(one.get("seconds")) or 0)
    )
    start = min(text(one.get("callstart")) for one in legs)
    shown, sip, destination = first(told, "clid"), first(told, "sip"), first(told, "destination")
    outbound = call_id.startswith("out_") or is_short(number(sip))
    end: Mapping[str, str] = {
        "event": "NOTIFY_OUT_END" if outbound else "NOTIFY_END",
        "pbx_call_id": call_id,
        "call_start": start,
        "caller_id": shown if outbound else sip or shown,
        "internal": sip if outbound else destination if is_short(number(destination)) else "",
        "destination": destination,
        "called_did": "" if outbound or is_short(number(destination)) else destination,
        "duration": str(seconds(told.get("seconds")) or 0),
        "disposition": text(told.get("disposition")),
        "is_recorded": str(int(truth(told.get("is_recorded")))),
        "call_id_with_rec": text(told.get("call_id")) if truth(told.get("is_recorded")) else "",
    }
    return Listed(local.moment(start) or 0, posted({name: one for name, one in end.items() if one}))
