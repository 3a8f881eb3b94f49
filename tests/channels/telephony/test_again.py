"""Calls read again from the exchanges' own lists: the same call, whether it came by itself or was asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.backfills import BACKFILLS
from channels.base import Past
from channels.catalogue import channels_by_kind
from channels.telephony.mango_again import MangoAgain
from channels.telephony.zadarma_again import signature
from intake.account import Account
from intake.clock import from_datetime
from intake.errors import ConfigFault, Unavailable
from intake.inquiry import Inquiry, Outcome, Raw
from tests.channels.contract import COMPANY
from tests.standins.exchanges import KEY, SALT, Exchanges

NOON = from_datetime(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
"""In Moscow."""
HOUR = 3_600_000
OPTIONS: dict[str, dict[str, Any]] = {
    "mango": {"vpbx_api_key": KEY, "vpbx_api_salt": SALT},
    "zadarma": {"api_key": KEY},
    "uis": {"api_token": KEY},
    "megafon": {"crm_token": SALT, "api_token": KEY},
}
AT = NOON // 1000
LISTS: dict[str, list[Any]] = {
    "mango": [
        # the menu's leg and the employee's; a missed call; our own
        ["[]", AT, AT + 5, AT, "", "79161234567", "", "74951234567", 1170, "74951234567", "ivr", "MTI="],
        ["[r1]", AT + 5, AT + 60, AT + 12, "", "79161234567", "101", "sip:a@b", 1120, "74951234567", "abonent", "MTI="],
        ["[]", AT + 100, AT + 130, 0, "", "79162223344", "101", "sip:a@b", 1111, "74951234567", "abonent", "MTM="],
        ["[]", AT + 200, AT + 260, AT + 210, "102", "", "", "79162223344", 1110, "74951234567", "abonent", "MTQ="],
    ],
    "zadarma": [
        {"pbx_call_id": "in_1", "call_id": "1.1", "sip": "79161234567", "clid": "79161234567", "destination": "101",
         "callstart": "2026-11-22 12:00:00", "disposition": "answered", "seconds": 48, "is_recorded": "true"},
        {"pbx_call_id": "in_2", "call_id": "2.1", "sip": "79162223344", "clid": "79162223344", "destination": "101",
         "callstart": "2026-11-22 12:01:40", "disposition": "no answer", "seconds": 0, "is_recorded": "false"},
        {"pbx_call_id": "out_3", "call_id": "3.1", "sip": "102", "clid": "74951234567", "destination": "79162223344",
         "callstart": "2026-11-22 12:03:20", "disposition": "answered", "seconds": 50, "is_recorded": "false"},
    ],
    "uis": [
        {"id": 998677427, "start_time": "2026-11-22 12:00:00", "finish_time": "2026-11-22 12:01:00", "direction": "in",
         "is_lost": False, "contact_phone_number": "79161234567", "virtual_phone_number": "74951234567",
         "talk_duration": 48, "wait_duration": 12, "total_duration": 60,
         "last_answered_employee_full_name": "Анна Петрова", "utm_source": "yandex"},
        {"id": 998677428, "start_time": "2026-11-22 12:01:40", "finish_time": "2026-11-22 12:02:10", "direction": "in",
         "is_lost": True, "contact_phone_number": "79162223344", "virtual_phone_number": "74951234567",
         "talk_duration": 0, "wait_duration": 30, "total_duration": 30},
        {"id": 998677429, "start_time": "2026-11-22 12:03:20", "finish_time": "2026-11-22 12:04:20", "direction": "out",
         "is_lost": False, "contact_phone_number": "79162223344", "virtual_phone_number": "74951234567",
         "talk_duration": 50, "wait_duration": 10, "total_duration": 60},
    ],
    "megafon": [
        ["c1", "in", "79161234567", "anna", "74951234567", "2026-11-22T09:00:00Z", 12, 48, "https://r.example/1.mp3"],
        ["c2", "missed", "79162223344", "", "74951234567", "2026-11-22T09:01:40Z", 30, 0, ""],
        ["c3", "out", "79162223344", "boris", "74951234567", "2026-11-22T09:03:20Z", 10, 50, ""],
    ],
}  # fmt: skip
KINDS = tuple(LISTS)


@pytest.fixture
async def there() -> AsyncIterator[Exchanges]:
    async with Exchanges(dict(LISTS)) as one:
        yield one


def account(kind: str, there: Exchanges, **others: Any) -> Account:
    options = {**OPTIONS[kind], "timezone": "Europe/Moscow", "api": there.url, **others}
    return Account(kind, kind, secret=SALT, options=options)


async def read(one: Account, since: int = NOON - HOUR, until: int = NOON + HOUR) -> list[Past]:
    source = MangoAgain(one, pause_s=0) if one.kind == "mango" else BACKFILLS[one.kind](one)
    return [past async for batch in source.read(since, until) for past in batch]


def understood(past: Past, one: Account) -> tuple[Outcome, Inquiry]:
    new = past.raw
    raw = Raw("r1", 1, "q1", one.id, one.kind, NOON, new.body, new.head, new.external_id, new.group)
    parsed = channels_by_kind()[one.kind].parser.parse(raw, one, COMPANY)
    return parsed.outcome, parsed.inquiry


@pytest.mark.parametrize("kind", KINDS)
async def test_a_list_of_calls_becomes_calls(kind: str, there: Exchanges) -> None:
    """An answered one with its talk time, a missed one, our own: each with its number, when it was."""
    one = account(kind, there)
    found = await read(one)
    assert [past.at for past in found] == [NOON, NOON + 100_000, NOON + 200_000]
    told = [understood(past, one) for past in found]
    assert [outcome for outcome, _ in told] == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.ANSWER]
    calls = [inquiry.call for _, inquiry in told]
    assert [call.status for call in calls if call] == ["answered", "missed", "answered"]
    assert [call.talk_s for call in calls if call] == [48, 0, 50]
    assert calls[0]
    assert calls[0].answered_by in ("101", "anna", "Анна Петрова")
    assert [inquiry.sender.phones for _, inquiry in told] == [
        ("+79161234567",),
        ("+79162223344",),
        ("+79162223344",),
    ]
    assert [inquiry.occurred_at for _, inquiry in told] == [past.at for past in found]
    assert SALT not in "".join(past.raw.body.decode() for past in found)


@pytest.mark.parametrize("kind", KINDS)
async def test_only_the_time_that_was_asked_for_is_given(kind: str, there: Exchanges) -> None:
    """Whatever an exchange lists besides; and reading again gives the same ids."""
    one = account(kind, there)
    (missed,) = await read(one, NOON + 50_000, NOON + 150_000)
    assert missed.at == NOON + 100_000
    again = await read(one)
    assert missed.raw.external_id == again[1].raw.external_id
    assert len({past.raw.group for past in again}) == 3


@pytest.mark.parametrize("kind", KINDS)
async def test_a_refused_key_and_a_busy_exchange_are_told_apart(kind: str, there: Exchanges) -> None:
    """The one names its mend, the other is tried again."""
    bad = {"mango": "vpbx_api_salt", "zadarma": "api_key", "uis": "api_token", "megafon": "api_token"}[kind]
    with pytest.raises(ConfigFault, match="refuses our"):
        await read(account(kind, there, **{bad: "another"}))
    there.busy = 1
    with pytest.raises(Unavailable) as busy:
        await read(account(kind, there))
    assert busy.value.after == 30
    with pytest.raises(Unavailable):
        await read(account(kind, there, api="http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("kind", "option"), [("zadarma", "api_key"), ("uis", "api_token"), ("megafon", "api_token")]
)
async def test_a_key_that_is_not_set_is_asked_for(kind: str, option: str, there: Exchanges) -> None:
    """Calls come without it; only reading again needs it."""
    with pytest.raises(ConfigFault, match=option):
        await read(account(kind, there, **{option: ""}))


async def test_long_lists_come_whole(there: Exchanges) -> None:
    """More than a page, more than one piece of the network; a list that is never made is an outage."""
    row = LISTS["zadarma"][1]
    there.calls["zadarma"] = [{**row, "pbx_call_id": f"in_{number}"} for number in range(2_300)]
    assert len(await read(account("zadarma", there))) == 2_300
    there.calls["megafon"] = [[f"c{number}", *LISTS["megafon"][1][1:]] for number in range(5_000)]
    assert len(await read(account("megafon", there))) == 5_000
    there.unready = 100
    with pytest.raises(Unavailable, match="in time"):
        await anext(aiter(MangoAgain(account("mango", there), tries=3, pause_s=0).read(NOON, NOON)))


def test_zadarmas_signature_is_the_documented_one() -> None:
    """Base64 of the hex digest over path, query and the query's md5."""
    query = "call_id=1705311000.123456&format=json"
    told = signature("/v1/pbx/record/request/", query, "demo_zadarma_secret")
    assert told == "MWZjMDE4NjcwOTJmMTQyYmZhMDU2ZjQ0NTY0YmFhYzZiODAxNzBjZA=="
