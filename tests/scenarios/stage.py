"""The stage: an instance within the test - real door, worker, relay, bot's ear and clock; the Bot API is a stand-in."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import or_, select

from intake.clock import ManualClock, from_datetime
from intake.decision import Wanted
from intake.door import GroupDoor
from intake.store.access import StoreAccess
from intake.store.base.imports import SqlImports
from intake.store.schema import effect
from notify.messengers import make_messengers
from tests.scenarios.reading import Unplayable
from tests.standins.bot_api import TOKEN, BotApi, Standing
from workers.bootstrap import Instance, door_of, open_instance, prepare, processor_of
from workers.clients.importer import Importer, open_file, owners_by_name
from workers.clock import duties_of
from workers.desk import desk_of
from workers.faces import reader_of
from workers.place import Place
from workers.relay import tools_of
from workers.relaying.bell import RelayBell
from workers.relaying.relay import Relay
from workers.taps.listener import Patience
from workers.taps.opening import listeners_of
from workers.web.inbound import InboundLimits, InboundRoutes
from workers.words import notify_options_of

BEGIN = "2026-11-23 10:00"
"""A Monday, when a file names no other moment."""
_ZONE = "Europe/Moscow"
_QUICK = Patience(poll=5, first=0.05, longest=0.1, lease=600, lease_asked=0.05, answer=3.0)
_CHATS = 1001
_ACCOUNTS: dict[str, dict[str, Any]] = {
    "site": {"kind": "form"},
    "mail": {
        "kind": "email",
        "imap": "imaps://imap.example.ru",
        "user": "sales@example.ru",
        "password": "demo-secret",
        "own_addresses": ["sales@example.ru"],
    },
    "ats": {"kind": "mango", "vpbx_api_key": "demo-key", "vpbx_api_salt": "demo-salt"},
    "bot": {"kind": "telegram", "token": "200:demo-secret", "secret_token": "demo-secret"},
}
"""The ways in that are there when a file names none, and what a kind needs when a file names one."""
_NEEDS = {one["kind"]: one for one in _ACCOUNTS.values()}
_COLUMNS = {
    "name": "Наименование",
    "phone": "Телефон",
    "email": "Email",
    "owner": "Ответственный",
    "company": "Компания",
    "inn": "ИНН",
    "deal": "Сделка",
    "stage": "Этап",
    "amount": "Сумма",
    "pipeline": "Воронка",
}


@dataclass
class Stage:
    """The playing instance. `called` are inquiries by the name a step gave them, `order` all of them as they came."""

    instance: Instance
    clock: ManualClock
    api: BotApi
    zone: ZoneInfo
    door: GroupDoor = field(init=False)
    http: TestClient[Any, Any] = field(init=False)
    called: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    numbers: int = 0

    def __post_init__(self) -> None:
        self.bell = RelayBell("")
        self.reader = reader_of(self.instance)
        self.access = StoreAccess(self.instance.store, self.clock)
        self.desk = desk_of(self.instance, self.bell, self.reader, self.access)
        self.processor = processor_of(self.instance, "scenario", self.bell)
        duties = duties_of(self.instance, self.bell, lambda: None)
        # no listener runs here: the alarms would be of that alone
        self.duties = [one for one in duties if one.name not in ("sweep", "alarms")]

    def next_number(self) -> int:
        """A number that nothing else has."""
        self.numbers += 1
        return self.numbers

    def came(self, ident: str, called: str = "") -> None:
        """An inquiry is there."""
        if ident not in self.order:
            self.order.append(ident)
        if called:
            self.called[called] = ident

    def chat(self, manager: str) -> str:
        """The manager's chat with the bot."""
        found = self.instance.ledger.look(Wanted()).managers.get(manager)
        if found is None or "telegram" not in found.contacts:
            raise Unplayable(f"nobody is called {manager!r}, or they have no telegram")
        return found.contacts["telegram"]

    def moment(self, told: str) -> int:
        """`2026-11-24 09:00`, or `09:00` of the day that is now, as an instant."""
        now = datetime.fromtimestamp(self.clock.now() / 1000, self.zone)
        text = told if "-" in told else f"{now:%Y-%m-%d} {told}"
        return from_datetime(datetime.fromisoformat(text).replace(tzinfo=self.zone))

    def tell(self, at: int) -> str:
        """An instant as files write it: `2026-11-24 09:00`."""
        return f"{datetime.fromtimestamp(at / 1000, self.zone):%Y-%m-%d %H:%M}"

    async def pass_time(self, seconds: float) -> None:
        """Time goes by in steps; the clock's duties are looked after in each, and all that follows is carried out."""
        step = 10.0 if seconds <= 1800 else 120.0 if seconds <= 43_200 else 900.0
        left = seconds
        while left > 0:
            self.clock.advance(min(step, left))
            left -= step
            for duty in self.duties:
                await asyncio.to_thread(duty.run, self.clock.now())
            await self.settle()

    async def settle(self) -> None:
        """What waits is worked on, and what is due outside is carried out."""
        await asyncio.to_thread(self.processor.process)
        self.bell.ring_relay()
        await self.api.until(lambda: not self._busy())

    def _busy(self) -> bool:
        due = or_(effect.c.due_at <= self.clock.now(), effect.c.lease_by != "")
        told = ("card", "summary", "notice")
        waiting = select(effect.c.id).where(effect.c.state == "waiting", effect.c.kind.in_(told), due)
        with self.instance.store.ledger.connect() as connection:
            return connection.execute(waiting.limit(1)).first() is not None


@asynccontextmanager
async def set_up(given: dict[str, Any], folder: Path) -> AsyncIterator[Stage]:
    """The stage as it is given, everything at work."""
    async with Standing() as api:
        place = Place(folder / "lead-intake.toml", folder)
        config = configuration(given, api)
        place.config_path.write_text(config, encoding="utf-8")
        prepare(place)
        clock = ManualClock()
        instance = open_instance(place, clock)
        stage = Stage(instance, clock, api, ZoneInfo(instance.company.timezone))
        begin = stage.moment(given.get("clock", BEGIN))
        clock.advance((begin - clock.now()) / 1000)
        import_clients(stage, given.get("clients") or [], folder)
        async with _at_work(stage):
            yield stage
        instance.close()


@asynccontextmanager
async def _at_work(stage: Stage) -> AsyncIterator[None]:
    instance = stage.instance
    messengers = make_messengers(notify_options_of(instance.settings))
    tools = tools_of(instance, messengers, "relay-scenario")
    relay = Relay(tools, stage.bell.wait)
    ears = listeners_of(instance, messengers, tools.writer, stage.bell, "scenario", _QUICK)
    stage.door = door_of(instance, stage.bell)
    app = web.Application()
    InboundRoutes(
        instance.accounts, instance.channels, stage.door, InboundLimits(25, 10_000, frozenset())
    ).add_to(app)
    tasks = [asyncio.create_task(relay.run()), *(asyncio.create_task(one.run()) for one in ears)]
    try:
        async with TestClient(TestServer(app)) as stage.http:
            yield
    finally:
        relay.stop()
        await tasks[0]
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*tasks[1:], return_exceptions=True)
        await stage.door.close()
        for one in messengers.values():
            await one.close()
        await stage.bell.close()
        tools.desk.close()


def configuration(given: dict[str, Any], api: BotApi) -> str:
    """The configuration file that the given makes: managers with a chat each, accounts with what their kind needs."""
    company = {
        "language": "ru",
        "timezone": _ZONE,
        "own_domains": ["example.ru"],
        **(given.get("company") or {}),
    }
    lines = ["[company]", *_table(company)]
    for ident, told in (given.get("departments") or {}).items():
        lines += ["[[department]]", *_table({"id": ident, **(told or {})})]
    for ident, told in _accounts(given):
        lines += ["[[account]]", *_table({"id": ident, **told})]
    people = given.get("managers") or {"anna": {"name": "Анна Петрова"}, "boris": {"name": "Борис Иванов"}}
    for number, (ident, told) in enumerate(people.items()):
        known = {"telegram": str(_CHATS + number), "name": ident, **(told or {})}
        lines += ["[[manager]]", *_table({"id": ident, **{key: one for key, one in known.items() if one}})]
    # the digest is silent unless the story is about it
    settings = {"digest": {"at": ""}, **(given.get("settings") or {})}
    quick = {"chat_per_s": "10000", "group_per_min": "600000", "all_per_s": "10000"}
    lines += ["[notify]", *_table({**quick, **settings.get("notify", {})})]
    lines += ["[notify.telegram]", *_table({"token": TOKEN, "api": api.url})]
    for name, table in settings.items():
        if isinstance(table, list):
            lines.insert(0, f"{name} = {_value(table)}")
        elif name != "notify":
            lines += [f"[{name}]", *_table(table)]
    return "\n".join(lines)


def _accounts(given: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    named = given.get("accounts") or {}
    told = {**{ident: {} for ident in _ACCOUNTS}, **{ident: one or {} for ident, one in named.items()}}
    made = []
    for ident, one in told.items():
        known = _ACCOUNTS.get(ident, {})
        kind = one.get("kind", known.get("kind", "form"))
        made.append((ident, {**_NEEDS.get(kind, {}), **known, **one, "kind": kind}))
    return made


def _table(told: dict[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in told.items()]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    plain = value in ("true", "false") or value.replace(".", "", 1).isdigit()
    return value if plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def import_clients(stage: Stage, clients: list[dict[str, str]], folder: Path) -> None:
    """The clients who are known already come in as an operator brings them: by a file."""
    if not clients:
        return
    names = [name for name in _COLUMNS if any(name in one for one in clients)]
    if unknown := {name for one in clients for name in one} - set(_COLUMNS):
        raise Unplayable(f"a client has {', '.join(_COLUMNS)}; not {', '.join(unknown)}")
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["ID", "ID сделки", *(_COLUMNS[name] for name in names)])
    known: dict[tuple[str, ...], int] = {}
    for number, one in enumerate(clients, 1):
        # who is named twice with the same contacts is one client, with a deal a line
        whose = known.setdefault(tuple(one.get(key, "") for key in ("name", "phone", "email", "inn")), number)
        deal = str(number) if one.get("deal") else ""
        table.writerow([str(whose), deal, *(one.get(name, "") for name in names)])
    path = folder / "clients.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    instance = stage.instance
    owners = owners_by_name(list(instance.ledger.look(Wanted()).managers.values()))
    importer = Importer(
        SqlImports(instance.store, instance.ledger), instance.rules, stage.clock, owners, "scenario"
    )
    report = io.StringIO()
    importer.run(open_file(path, instance.company.region, {}), report, lambda _: None)
    if "refused" in report.getvalue():
        raise Unplayable(f"a client of the file was refused:\n{report.getvalue()}")
