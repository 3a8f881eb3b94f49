"""MegaFon's list of calls, and of the white labels of the same exchange: lines of columns, one a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.calling import Caller
from channels.telephony.again import CallsAgain, Listed, accepted, needed, posted, table
from channels.telephony.megafon import CHANNEL
from channels.telephony.wire import Local, seconds
from intake.account import Account
from intake.clock import Millis, to_datetime

# the cloud exchange's "REST API for CRM": cmd=history
_PATH = "/sys/crm_api.wcgp"
_COLUMNS = ("uid", "type", "client", "account", "via", "start", "wait", "duration", "record")


class MegaFonAgain(CallsAgain):
    """By the account's `api_token`, at the exchange's own address `api`."""

    name = "MegaFon"

    def __init__(self, account: Account) -> None:
        super().__init__(account, CHANNEL)
        needed(account, "api", "the exchange's own address, https://name.megapbx.ru")
        self._token = needed(account, "api_token", "the key for authorisation in the exchange")

    async def calls(self, caller: Caller, since: Millis, until: Millis) -> Sequence[Listed]:
        """As CallsAgain."""
        asked = {
            "cmd": "history",
            "token": self._token,
            "start": _moment(since),
            "end": _moment(until),
            "type": "all",
        }
        answer = accepted(self.name, await caller.call("POST", _PATH, form=asked))
        rows = table(self.name, answer.body, ",", _COLUMNS)
        return [one for row in rows if (one := listed(row, self.local))]


def _moment(at: Millis) -> str:
    return f"{to_datetime(at):%Y%m%dT%H%M%SZ}"


def listed(row: Mapping[str, str], local: Local) -> Listed | None:
    """A line as the history that the exchange sends at a call's end; the heading, where there is one, is no call."""
    began = local.moment(row.get("start"))
    if began is None or not row["uid"]:
        return None
    kind = row["type"].lower()
    talk_s = seconds(row.get("duration")) or 0
    told = {
        "cmd": "history",
        "callid": row["uid"],
        "type": "out" if kind == "out" else "in",
        "status": "Success" if talk_s and kind != "missed" else "missed",
        "phone": row["client"],
        "user": row["account"],
        "diversion": row["via"],
        "start": row["start"],
        "wait": row["wait"],
        "duration": str(talk_s),
        "link": row.get("record", ""),
    }
    return Listed(began, posted({name: one for name, one in told.items() if one}))
