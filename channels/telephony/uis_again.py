"""UIS's list of calls, and that of CoMagic, CallGear and Novofon 2.0: the Data API's report, page after page."""

from __future__ import annotations

from collections.abc import Sequence

from channels.calling import Caller
from channels.messages import Node, child, children, text_of
from channels.telephony.again import CallsAgain, Listed, accepted, needed, posted_json, written
from channels.telephony.uis import CHANNEL
from channels.telephony.wire import Local, text, truth
from intake.account import Account
from intake.clock import Millis
from intake.errors import ConfigFault, Unavailable

# the Data API 2.0, get.calls_report
_PAGE = 500
_FIELDS = (
    "id", "start_time", "finish_time", "direction", "is_lost", "finish_reason", "contact_phone_number",
    "contact_full_name", "virtual_phone_number", "talk_duration", "wait_duration", "total_duration",
    "last_answered_employee_full_name", "utm_source", "utm_medium", "utm_campaign",
    "utm_content", "utm_term",
)  # fmt: skip
_NO_ACCESS = frozenset(("access_token_invalid", "access_token_expired", "auth_error", "access_token_blocked"))


class UisAgain(CallsAgain):
    """By the account's `api_token`; `api` names the Data API of UIS's kin."""

    name = "UIS"
    api = "https://dataapi.uiscom.ru/v2.0"

    def __init__(self, account: Account) -> None:
        super().__init__(account, CHANNEL)
        self._token = needed(account, "api_token", "the Data API's access token")

    async def calls(self, caller: Caller, since: Millis, until: Millis) -> Sequence[Listed]:
        """As CallsAgain."""
        rows: list[Node] = []
        while True:
            asked = {
                "access_token": self._token,
                "date_from": written(since, self.local.zone),
                "date_till": written(until, self.local.zone),
                "fields": _FIELDS,
                "limit": _PAGE,
                "offset": len(rows),
            }
            told = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": asked}
            answer = accepted(self.name, await caller.call("POST", "", json=told))
            _refuse(child(answer.tree, "error"))
            page = children(child(answer.tree, "result"), "data")
            rows += page
            if len(page) < _PAGE:
                return [one for row in rows if (one := listed(row, self.local))]


def _refuse(error: Node) -> None:
    if not error:
        return
    mnemonic, said = text_of(child(error, "data"), "mnemonic"), text_of(error, "message")[:100]
    if mnemonic in _NO_ACCESS:
        raise ConfigFault(f"UIS refuses our access token ({mnemonic}): make a new one in its cabinet")
    raise Unavailable(f"UIS gives no list of calls: {said or mnemonic}")


def listed(row: Node, local: Local) -> Listed | None:
    """A call of the report as the notification of its end."""
    began = local.moment(row.get("start_time"))
    if began is None or not text(row.get("id")):
        return None
    told = {name: row[name] for name in _FIELDS if row.get(name) not in (None, "")}
    told["call_session_id"] = told.pop("id")
    told["notification_mnemonic"] = "lost_call" if truth(row.get("is_lost")) else "call_finished"
    told["notification_time"] = told.pop("finish_time", row.get("start_time"))
    if "last_answered_employee_full_name" in told:
        told["employee_full_name"] = told.pop("last_answered_employee_full_name")
    return Listed(began, posted_json(told))
