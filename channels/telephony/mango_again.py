"""Mango Office's list of calls: asked for, waited for, fetched; a line for each leg."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from channels.calling import Answer, Caller
from channels.telephony.again import CallsAgain, Listed, accepted, posted, table
from channels.telephony.mango import CHANNEL
from channels.telephony.wire import whole
from intake.account import Account
from intake.clock import Millis
from intake.errors import Unavailable

# Mango Office VPBX API 1.9: stats/request, stats/result
_COLUMNS = (
    "records", "start", "finish", "answer", "from_extension", "from_number", "to_extension", "to_number",
    "disconnect_reason", "line_number", "location", "entry_id",
)  # fmt: skip
_NOT_READY = 204


class MangoAgain(CallsAgain):
    """Signed with the account's own `vpbx_api_key` and `vpbx_api_salt`. The list is made while we wait: `tries`
    times, `pause_s` apart."""

    name = "Mango Office"
    api = "https://app.mango-office.ru"

    def __init__(self, account: Account, tries: int = 30, pause_s: float = 2.0) -> None:
        super().__init__(account, CHANNEL)
        self._tries = tries
        self._pause_s = pause_s

    async def calls(self, caller: Caller, since: Millis, until: Millis) -> Sequence[Listed]:
        """As CallsAgain."""
        asked = {
            "date_from": str(since // 1000),
            "date_to": str(until // 1000),
            "fields": ",".join(_COLUMNS),
        }
        key = (await self._ask(caller, "/vpbx/stats/request", asked)).tree.get("key")
        if not isinstance(key, str):
            raise Unavailable("Mango Office makes no list of calls: look at the API connector in its cabinet")
        for _ in range(self._tries):
            answer = await self._ask(caller, "/vpbx/stats/result", {"key": key})
            if answer.status != _NOT_READY:
                return listed(table(self.name, answer.body, ";", _COLUMNS))
            await asyncio.sleep(self._pause_s)
        raise Unavailable("Mango Office has not made its list of calls in time", after=60.0)

    async def _ask(self, caller: Caller, path: str, told: Mapping[str, str]) -> Answer:
        answer = await caller.call("POST", path, form=signed(self.account, told))
        return accepted(self.name, answer)


def signed(account: Account, told: Mapping[str, Any]) -> dict[str, str]:
    """A request as Mango wants it: the key, the JSON, sha256 over key, JSON and salt."""
    key, salt = account.option("vpbx_api_key"), account.option("vpbx_api_salt")
    json = orjson.dumps(told).decode()
    sign = hashlib.sha256(f"{key}{json}{salt}".encode()).hexdigest()
    return {"vpbx_api_key": key, "sign": sign, "json": json}


def listed(rows: Sequence[Mapping[str, str]]) -> list[Listed]:
    """The calls of a list: their legs put together to the summary that Mango sends at a call's end."""
    calls: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        if row.get("entry_id") and whole(row.get("start")):
            calls.setdefault(row["entry_id"], []).append(row)
    return [_summary(entry, legs) for entry, legs in calls.items()]


def _summary(entry: str, legs: Sequence[Mapping[str, str]]) -> Listed:
    legs = sorted(legs, key=lambda one: whole(one["start"]) or 0)
    first = legs[0]
    talks = [one for one in legs if whole(one["answer"]) and one.get("location") not in ("ivr", "queue")]
    told = talks[-1] if talks else legs[-1]
    ours = first["from_extension"]
    to_colleague = told["to_extension"] and not told["to_number"]
    direction = 1 if not ours else 0 if to_colleague else 2
    began, ended = whole(first["start"]) or 0, max(whole(one["finish"]) or 0 for one in legs)
    talked = min((whole(one["answer"]) or 0 for one in talks), default=0)
    summary = {
        "entry_id": entry,
        "call_direction": direction,
        "from": _side(first["from_extension"], first["from_number"]),
        "to": _side(told["to_extension"], told["to_number"]),
        "line_number": first["line_number"],
        "create_time": began,
        "talk_time": talked,
        "end_time": ended,
        "entry_result": int(bool(talked)),
        "disconnect_reason": whole(told["disconnect_reason"]) or 0,
    }
    return Listed(began * 1000, posted({"json": orjson.dumps(summary).decode()}, "events/summary"))


def _side(extension: str, number: str) -> dict[str, str]:
    return {name: one for name, one in (("extension", extension), ("number", number)) if one}
