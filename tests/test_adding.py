"""The examples of docs/adding.md, run as they stand there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from channels.base import Channel
from channels.signing import hmac_hex
from crm.owners.base import OwnerCase
from intake.account import Account
from intake.deal import Manager
from intake.errors import Refused, Unreadable
from intake.inquiry import Inquiry, Kind
from intake.shifts import Roster
from tests.channels.contract import COMPANY, conclusion, raws_of
from workers.parsing import captured_call

PAGE = (Path(__file__).parent.parent / "docs" / "adding.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


def module(source: str) -> dict[str, Any]:
    """What a module of that source would hold."""
    made = ModuleType("example")
    exec(compile(source, "docs/adding.md", "exec"), made.__dict__)
    return made.__dict__


def test_the_example_of_a_channel_becomes_what_the_page_says() -> None:
    """Its captured request goes in, its expected outcome comes out; a forged or malformed one stays out."""
    channel: Channel = module(blocks("python")[0])["CHANNEL"]
    told, captured, expected = map(json.loads, blocks("json"))
    account = Account("acme", "acme", secret=told["secret"])
    call, webhook = captured_call(captured), channel.webhook
    assert webhook is not None
    with pytest.raises(Refused) as refused:
        webhook.verify(replace(call, body=call.body + b" "), account)
    assert refused.value.status == 403
    with pytest.raises(Refused):
        webhook.verify(call, replace(account, secret=""))

    assert captured["headers"]["x-acme-signature"] == hmac_hex(account.secret, call.body)
    webhook.verify(call, account)
    heard = webhook.hear(call, account)
    parsed = [channel.parser.parse(raw, account, COMPANY) for raw in raws_of(heard, call, account)]
    assert conclusion(heard, parsed) == expected

    broken = replace(call, body=b'{"id": ')
    (raw,) = raws_of(webhook.hear(broken, account), broken, account)
    with pytest.raises(Unreadable):
        channel.parser.parse(raw, account, COMPANY)


def test_the_example_of_a_strategy_names_whom_the_page_says() -> None:
    """The manager of the city's department, on duty; nobody for another city."""
    rule = module(blocks("python")[1])["ByCity"]()

    def case(city: str) -> OwnerCase:
        inquiry = Inquiry("1", "acme", "acme", Kind.FORM, 0, fields={"city": city})
        managers = {
            "ivanov": Manager("ivanov", "Иванов", department="Тверь", state="dismissed"),
            "petrova": Manager("petrova", "Петрова", department="Тверь"),
        }
        return OwnerCase(inquiry, Account("acme", "acme"), None, [], Roster(managers), {}, 0)

    assert rule.pick(case("Тверь")).manager == "petrova"
    assert rule.pick(case("Орёл")) is None
