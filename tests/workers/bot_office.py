"""An office with a bot: the real relay, ears, use cases and ledger within the test, against a stand-in Bot API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from intake.clock import ManualClock
from intake.inquiry import NewRaw
from intake.ports import Command, Delivery, HealthReport, HealthState, Who
from intake.store.access import StoreAccess
from intake.store.health import SqlHealth
from intake.store.reader import StoreReader
from notify.buttons import Seal
from notify.messengers import make_messengers
from tests.standins.bot_api import TOKEN, ShownMessage
from tests.standins.other_bots import GROUP
from tests.standins.other_bots import TOKEN as OTHER_TOKEN
from workers.bootstrap import open_instance, prepare, processor_of
from workers.desk import desk_of
from workers.faces import browser_face
from workers.place import Place
from workers.relay import tools_of
from workers.relaying.bell import RelayBell
from workers.relaying.relay import Relay
from workers.taps.listener import Patience
from workers.taps.opening import listeners_of
from workers.words import notify_options_of

_CONFIG = """
[company]
language = "{language}"

[[account]]
id = "site"
kind = "form"

[[account]]
id = "tray"
kind = "form"
accept = "on_take"

[[account]]
id = "choice"
kind = "form"
accept = "ask"

[[manager]]
id = "anna"
name = "Анна Петрова"
{kind} = "7"

[[manager]]
id = "boris"
name = "Борис Иванов"
{kind} = "8"

[[manager]]
id = "vera"
name = "Вера"
email = "vera@example.ru"

[notify]
chat_per_s = 10000
group_per_min = 600000
all_per_s = 10000
[notify.{kind}]
{bot}
api = "{api}"
{more}
"""
_BOTS = {
    "telegram": f'token = "{TOKEN}"',
    "max": f'token = "{OTHER_TOKEN}"',
    "vk": f'token = "{OTHER_TOKEN}"\ngroup_id = {GROUP}',
}
QUICK = Patience(poll=5, first=0.05, longest=0.1, lease=30, lease_asked=0.05, answer=3.0)
SEAL = Seal(TOKEN)


class Office:
    """An instance whose relay and ears run within the test; `api` is the stand-in of the managers' messenger."""

    def __init__(self, data: Path, api: Any, language: str = "en", more: str = "") -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.api = api
        self.clock = ManualClock()
        place = Place(data / "lead-intake.toml", data)
        config = _CONFIG.format(language=language, kind=api.kind, bot=_BOTS[api.kind], api=api.url, more=more)
        place.config_path.write_text(config, encoding="utf-8")
        prepare(place)
        self.instance = open_instance(place, self.clock)
        self._sent = 0

    @asynccontextmanager
    async def at_work(self, holder: str = "one") -> AsyncIterator[None]:
        """The relay shows cards, the ears hear."""
        instance, bell = self.instance, RelayBell("")
        messengers = make_messengers(notify_options_of(instance.settings))
        tools = tools_of(instance, messengers, f"relay-{holder}")
        face = browser_face(instance.company, self.clock)
        accounts = list(instance.accounts.values())
        self.reader = StoreReader(instance.store, self.clock, instance.company, accounts, face)
        self.desk = desk_of(instance, bell, self.reader, StoreAccess(instance.store, self.clock))
        self.bell = bell
        self.processor = processor_of(instance, "test", bell)
        relay = Relay(tools, bell.wait)
        ears = listeners_of(instance, messengers, tools.writer, bell, holder, QUICK)
        tasks = [asyncio.create_task(relay.run()), *(asyncio.create_task(one.run()) for one in ears)]
        try:
            yield
        finally:
            relay.stop()
            await tasks[0]
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks[1:], return_exceptions=True)
            for one in messengers.values():
                await one.close()
            await bell.close()
            tools.desk.close()

    async def comes(self, account: str = "site", name: str = "Иван Петров", **fields: str) -> str:
        """A form comes and is worked on; the inquiry's id."""
        self._sent += 1
        told = {"phone": "+7 916 207-31-55", "name": name, "request_id": str(self._sent)} | fields
        head = {"method": "POST", "path": "", "query": "", "headers": [["content-type", _FORM]], "remote": ""}
        new = NewRaw(account, "form", urlencode(told).encode(), head, external_id=str(self._sent))
        ((receipt,),) = self.instance.journal.append([Delivery([new])], {}, self.clock.now())
        await asyncio.to_thread(self.processor.process)
        self.clock.advance(1)
        self.bell.ring_relay()
        return receipt.inquiry_id

    def do(self, verb: str, ident: str, manager: str, **args: str) -> dict[str, Any]:
        """A use case, as the browser would call it."""
        return self.desk.do(Command(verb, "inquiry", ident, args), Who(manager, "manager", manager))

    def inquiry(self, ident: str) -> dict[str, Any]:
        """As the API shows it."""
        found = self.reader.one("inquiry", ident)
        assert found
        return found

    def deal(self, ident: str) -> dict[str, Any]:
        """The deal of an inquiry, as the API shows it."""
        found = self.reader.one("deal", self.inquiry(ident)["decision"]["deal_id"])
        assert found
        return found

    def owner(self, ident: str) -> str:
        """Who answers for it."""
        return str(self.inquiry(ident)["decision"]["owner"])

    async def shown(self, chat: str, hold: Callable[[ShownMessage], bool] = lambda _: True) -> ShownMessage:
        """The chat's newest message, once there is one of which that holds."""
        await self.api.until(lambda: bool(self.api.chat(chat)) and hold(self.api.chat(chat)[-1]))
        return self.api.chat(chat)[-1]

    async def card(self, number: int = 1) -> tuple[str, ShownMessage]:
        """The chat that got the newest card, once that many are shown, and the message."""

        def all_shown() -> list[ShownMessage]:
            return sorted((one for chat in "78" for one in self.api.chat(chat)), key=lambda one: one.id)

        await self.api.until(lambda: len(all_shown()) >= number)
        newest = all_shown()[-1]
        return newest.chat, newest

    async def press(self, by: str, data: str, chat: str = "") -> str:
        """Somebody presses; what they are told."""
        query = self.api.press(by, data, chat)
        await self.api.until(lambda: self.api.toast(query) is not None)
        return self.api.toast(query) or ""

    async def choose(self, chat: str, message: Any, *labels: str) -> str:
        """The owner of the chat opens menus one after another under the message and presses the last label; what they
        are told."""
        told = ""
        for label in labels:
            await self.api.until(lambda label=label: has(self.api.messages[chat][message], label))  # type: ignore[misc]  # bound at once
            told = await self.press(chat, button(self.api.messages[chat][message], label))
        return told

    def health(self, name: str = "taps:telegram") -> HealthReport | None:
        """What the ear says of itself."""
        return next((one for one in SqlHealth(self.instance.store).reports() if one.account == name), None)


_FORM = "application/x-www-form-urlencoded"
NAMES = {"7": "anna", "8": "boris"}
PEOPLE = {"7": "Анна Петрова", "8": "Борис Иванов"}
OTHER = {"7": "8", "8": "7"}


def has(message: ShownMessage, label: str) -> bool:
    """Whether one of its buttons says so."""
    return any(label in one["text"] for row in message.buttons for one in row)


def button(message: ShownMessage, label: str) -> str:
    """The data of the button that says so."""
    for one in (one for row in message.buttons for one in row):
        if label in one["text"]:
            return str(one["callback_data"])
    raise AssertionError(f"no button {label}: {message.buttons}")


def joining(office: Office, manager: str, address: str) -> dict[str, str]:
    """What joins that address to the manager."""
    secret = StoreAccess(office.instance.store, office.clock).invite(manager, office.clock.now(), 3600)
    return {"messenger": "telegram", "address": address, "secret": secret}


def state_of(office: Office) -> HealthState | None:
    """How the ear says it does."""
    report = office.health()
    return report.state if report else None
