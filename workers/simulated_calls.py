"""The same visitor's call as the exchanges tell it once it is over: (path, headers, body), for `simulate`.

Every third call is missed; the number makes the call's id.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from channels.base import HttpCall
from channels.telephony.zadarma import signature
from intake.account import Account

Dialled = tuple[str, dict[str, str], bytes]
"""What follows `/in/<account>`, headers, body."""

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
_LINE = "74951234567"
_BEGAN = 1_790_000_000
_RINGS_S = 9


def mango(fields: Mapping[str, str], number: int) -> Dialled:
    """Mango's summary: the JSON that `mango_seal` signs."""
    talk_s = _talk_s(number)
    told = {
        "entry_id": _call_id(fields, number),
        "call_direction": 1,
        "from": {"number": _digits(fields)},
        "to": {"extension": "101"},
        "line_number": _LINE,
        "create_time": _BEGAN,
        "talk_time": _BEGAN + _RINGS_S if talk_s else 0,
        "end_time": _BEGAN + _RINGS_S + talk_s,
        "entry_result": 1 if talk_s else 0,
    }
    return "events/summary", _FORM, json.dumps(told, separators=(",", ":")).encode()


def mango_seal(account: Account, body: bytes) -> bytes:
    """The JSON in a form with its signature."""
    key, salt = account.option("vpbx_api_key"), account.option("vpbx_api_salt")
    sign = hashlib.sha256(key.encode() + body + salt.encode()).hexdigest()
    return urlencode({"vpbx_api_key": key, "sign": sign, "json": body}).encode()


def uis(fields: Mapping[str, str], number: int) -> Dialled:
    """A UIS notification of a finished or a lost call."""
    talk_s = _talk_s(number)
    told = {
        "notification_mnemonic": "call_finished" if talk_s else "lost_call",
        "call_session_id": _call_id(fields, number),
        "direction": "in",
        "contact_phone_number": _digits(fields),
        "contact_full_name": fields["name"],
        "virtual_phone_number": _LINE,
        "extension_phone_number": "101" if talk_s else None,
        "talk_time_duration": talk_s,
        "wait_time_duration": _RINGS_S,
    }
    return "", _JSON, json.dumps(told, ensure_ascii=False).encode()


def zadarma(fields: Mapping[str, str], number: int) -> Dialled:
    """Zadarma's NOTIFY_END."""
    talk_s = _talk_s(number)
    told = {
        "event": "NOTIFY_END",
        "call_start": "2026-09-21 17:13:20",
        "pbx_call_id": f"in_{_call_id(fields, number)}",
        "caller_id": _digits(fields),
        "called_did": _LINE,
        "internal": "101",
        "duration": talk_s,
        "disposition": "answered" if talk_s else "no answer",
        "is_recorded": 0,
    }
    return "", _FORM, urlencode(told).encode()


def zadarma_proof(secret: str, body: bytes) -> dict[str, str]:
    """The header that proves Zadarma's event."""
    headers = tuple((name.lower(), value) for name, value in _FORM.items())
    return {"Signature": signature(HttpCall("POST", "", "", headers, body), secret)}


def megafon(fields: Mapping[str, str], number: int) -> Dialled:
    """MegaFon's history, without the key that `megafon_seal` adds."""
    talk_s = _talk_s(number)
    told = {
        "cmd": "history",
        "type": "in",
        "user": "petrova" if talk_s else "",
        "ext": "101" if talk_s else "",
        "phone": _digits(fields),
        "diversion": _LINE,
        "start": "20260921T141320Z",
        "duration": talk_s,
        "wait": _RINGS_S,
        "callid": _call_id(fields, number),
        "status": "Success" if talk_s else "missed",
    }
    return "", _FORM, urlencode(told).encode()


def megafon_seal(account: Account, body: bytes) -> bytes:
    """The form with the key."""
    return body + b"&" + urlencode({"crm_token": account.option("crm_token")}).encode()


def sipuni(fields: Mapping[str, str], number: int) -> Dialled:
    """Sipuni's hang-up."""
    talk_s = _talk_s(number)
    told = {
        "event": "2",
        "call_id": _call_id(fields, number),
        "src_num": _digits(fields),
        "src_type": "1",
        "dst_num": "012345101",
        "dst_type": "2",
        "short_dst_num": "101",
        "pbxdstnum": _LINE,
        "timestamp": _BEGAN + _RINGS_S + talk_s,
        "call_start_timestamp": _BEGAN,
        "call_answer_timestamp": _BEGAN + _RINGS_S if talk_s else 0,
        "status": "ANSWER" if talk_s else "NOANSWER",
    }
    return "", _FORM, urlencode(told).encode()


def _talk_s(number: int) -> int:
    return 0 if number % 3 == 0 else 20 + number % 100


def _digits(fields: Mapping[str, str]) -> str:
    return "7" + re.sub(r"\D", "", fields["phone"])[-10:]


def _call_id(fields: Mapping[str, str], number: int) -> str:
    return hashlib.sha256(f"{_digits(fields)}:{number}".encode()).hexdigest()[:20]
