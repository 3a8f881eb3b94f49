"""A small furnished house: real stores, written through the journal and the ledger, with everything a page can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import insert, update

from dashboard.parts import Parts, Readiness
from dashboard.routes import add_routes
from intake.account import Account, Company
from intake.clock import ManualClock
from intake.deal import Card, CardState, Client, ClientKind, Deal, Holding, Manager, Person, Task
from intake.decision import Candidate, Changes, Decision, Identity, Reason, Screen, Wanted
from intake.effect import Effect, EffectKind
from intake.errors import Conflict, Forbidden, NotFound
from intake.inquiry import Attachment, Attribution, Call, Inquiry, Kind, NewRaw, Recipient, Sender, State
from intake.language import read_language
from intake.ports import Command, Delivery, Who
from intake.store.access import StoreAccess
from intake.store.engine import Store, open_store
from intake.store.journal import SqlJournal
from intake.store.ledger import SqlLedger
from intake.store.migrate import migrate
from intake.store.reader import StoreReader
from intake.store.schema import card, effect, health
from intake.view import CardView, PlainCard
from notify.cards import render
from notify.keyboard import plain
from notify.style import Face, Style

ACCOUNTS = (
    Account("site", "form"),
    Account("sales-mail", "email"),
    Account("shop-bot", "telegram"),
    Account("ats", "mango"),
)
COMPANY = Company(name="ООО «Ромашка»", public_url="https://in.example.ru", language="ru")
MANAGERS = (
    Manager("petrova", "Анна Петрова", contacts={"telegram": "1001"}, notify=("telegram",)),
    Manager("sidorov", "Пётр Сидоров", contacts={"email": "sidorov@example.ru"}, notify=("email",)),
)
MINUTE_S = 60
ADMIN_TOKEN = "demo-admin-token"
EXAMPLE = (
    "curl http://127.0.0.1:8080/in/site --data-urlencode 'name=Иван' --data-urlencode 'phone=+79161234567'"
)


@dataclass
class Desk:
    """`UseCases` that carries nothing out: it keeps what was asked, and answers as it is told to."""

    asked: list[tuple[Command, Who]] = field(default_factory=list)
    answer: Exception | None = None

    def do(self, command: Command, who: Who) -> dict[str, Any]:
        """Keep it."""
        self.asked.append((command, who))
        if self.answer:
            raise self.answer
        return {"id": command.ident, "verb": command.verb}


@dataclass
class Outside:
    """`Sources` that asks nobody: it keeps what was asked, and answers as it is told to."""

    asked: list[tuple[Command, Who]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)

    async def do(self, command: Command, who: Who) -> dict[str, Any]:
        """Keep it."""
        self.asked.append((command, who))
        return {"account": command.ident, **self.answer}


@dataclass
class House:
    """The stores, and short ways to put things into them."""

    store: Store
    clock: ManualClock
    journal: SqlJournal
    ledger: SqlLedger
    access: StoreAccess
    reader: StoreReader
    desk: Desk
    outside: Outside = field(default_factory=Outside)
    numbers: int = 0

    def receive(self, account: str, body: str = "{}", head: Mapping[str, Any] | None = None) -> str:
        """A request at the door; the id of its inquiry."""
        kind = next((one.kind for one in ACCOUNTS if one.id == account), "form")
        self.numbers += 1
        new = NewRaw(
            account, kind, body.encode(), head or {"method": "POST", "headers": []}, f"n{self.numbers}"
        )
        [[receipt]] = self.journal.append([Delivery([new])], {}, self.clock.now())
        return receipt.inquiry_id

    def decide(self, inquiry: Inquiry, decision: Decision, changes: Changes | None = None) -> None:
        """Write the ledger's side and strike it off in the journal."""
        changes = changes or Changes()
        changes.inquiries[inquiry.id] = (inquiry, decision)
        changes.settled[inquiry.id] = inquiry.id
        self.ledger.fold(Wanted(inquiries=[inquiry.id]), lambda snapshot: changes)
        self.journal.settle([inquiry.id])

    def inquiry(self, account: str, kind: Kind, sender: Sender, text: str, **more: Any) -> Inquiry:
        """A received inquiry, parsed."""
        ident = self.receive(account, more.pop("body", text or "{}"), more.pop("head", None))
        channel = next((one.kind for one in ACCOUNTS if one.id == account), "form")
        return Inquiry(ident, account, channel, kind, self.clock.now(), sender=sender, text=text, **more)

    def deal(
        self, inquiry: Inquiry, owner: str, *, state: CardState = CardState.NEW, sent_ms: int = 900
    ) -> str:
        """A new client, deal, task and card for it; the deal's id."""
        changes, now, ident = Changes(), self.clock.now(), inquiry.id
        self.numbers += 1
        sender = inquiry.sender
        kind = ClientKind.COMPANY if sender.company else ClientKind.PERSON
        client = Client(f"{ident}c", kind, sender.company or sender.name, sender.inn, owner, now)
        person = Person(f"{ident}p", client.id, sender.name)
        title = inquiry.subject or inquiry.text[:60]
        deal = Deal(f"{ident}d", self.numbers, client.id, person.id, title, "default", owner, opened_at=now)
        changes.clients[client.id], changes.persons[person.id], changes.deals[deal.id] = client, person, deal
        for key in [f"phone:{one}" for one in sender.phones] + [f"email:{one}" for one in sender.emails]:
            changes.holdings[key, person.id] = Holding(key, person.id, client.id)
        changes.tasks[f"{ident}t"] = Task(
            f"{ident}t", deal.id, owner, "call", "Перезвонить", now + 300_000, created_at=now
        )
        told = Card(f"{ident}k", owner, deal.id, client.id, (ident,), state, 1, now, now + 300_000)
        if state is CardState.TAKEN:
            told = replace(told, taken_by=owner, taken_at=now + 58_000)
        changes.cards[told.id] = told
        reasons = (
            Reason("nobody_known", ""),
            Reason("no_open_deal", "default"),
            Reason("owner_round_robin", f"{owner} (очередь)"),
        )
        decision = Decision(
            ident,
            State.CREATED,
            "",
            Identity.NEW,
            client.id,
            person.id,
            deal.id,
            owner,
            (),
            reasons,
            "1.demo",
        )
        self.decide(inquiry, decision, changes)
        if sent_ms:
            with self.store.ledger.begin() as connection:
                sent = {"sent_at": now + sent_ms, "sent_via": "telegram"}
                connection.execute(update(card).where(card.c.id == told.id).values(**sent))
        return deal.id

    def tell(self, account: str, state: str, message: str = "", **more: Any) -> None:
        """What a source says of itself."""
        row = {
            "account": account,
            "state": state,
            "message": message,
            "at": self.clock.now(),
            "last_success": self.clock.now(),
            "last_item": None,
            "seen_at_source": None,
            "backlog": None,
            "detail": "{}",
            **more,
        }
        with self.store.journal.begin() as connection:
            connection.execute(insert(health).values(row))

    def token(self, role: str, manager: str = "") -> str:
        """An API token of that role."""
        return self.access.create_token(role, f"test {role}", self.clock.now(), manager)

    def session(self, role: str, manager: str = "") -> str:
        """An open session of that role."""
        link = self.access.sign_in_link(role, manager, self.clock.now())
        return self.access.open_session(link, self.clock.now()) or ""

    def app(self, company: Company = COMPANY, readiness: Readiness | None = None) -> web.Application:
        """The dashboard over this house."""
        app = web.Application()
        executor = ThreadPoolExecutor(2)

        async def ready() -> Readiness:
            return readiness or Readiness(ready=True)

        async def close(_: web.Application) -> None:
            executor.shutdown()

        parts = Parts(
            self.reader,
            self.access,
            self.desk,
            self.outside,
            self.clock,
            company,
            ready,
            executor,
            ADMIN_TOKEN,
            EXAMPLE,
        )
        add_routes(app, parts)
        app.on_cleanup.append(close)
        return app


def build(url: str, clock: ManualClock | None = None) -> House:
    """An empty house at a database's address."""
    clock = clock or ManualClock()
    store = open_store(url)
    migrate(store)
    style = Style(words=read_language(Path("notify/locale"), "ru"), zone=ZoneInfo(COMPANY.timezone))

    def face(view: CardView) -> PlainCard:
        told = render(view, style, Face(now=clock.now()))
        return PlainCard(told.plain, plain(told.buttons))

    ledger = SqlLedger(store, clock)
    ledger.seed_managers(MANAGERS)
    reader = StoreReader(store, clock, COMPANY, ACCOUNTS, face)
    return House(store, clock, SqlJournal(store), ledger, StoreAccess(store, clock), reader, Desk())


def furnish(house: House) -> dict[str, str]:
    """Put one of everything in; ids by name."""
    ids: dict[str, str] = {}
    for index, (name, text) in enumerate(_CROWD):
        phone = f"+7916555{1000 + index}"
        one = house.inquiry(
            ("site", "shop-bot")[index % 2],
            (Kind.FORM, Kind.MESSAGE)[index % 2],
            Sender(name, (phone,), emails=(f"client{index}@mail.example",)),
            text,
        )
        house.deal(one, ("petrova", "sidorov")[index % 2], state=CardState.TAKEN, sent_ms=400 + 130 * index)
        house.clock.advance(7 * MINUTE_S)
    ids.update(_some_special(house))
    remembered = Screen("email:ads@example.net", "spam", house.clock.now(), "petrova")
    house.ledger.fold(Wanted(), lambda _: Changes(screens={remembered.key: remembered}))
    house.clock.advance(42)
    ids["waiting"] = house.receive("site", "name=Ольга")
    return ids


_CROWD = (
    ("Иван Петров", "Нужно 40 штук к пятнице, пришлите счёт"),
    ("Мария Кузнецова", "Здравствуйте! Делаете доставку в Казань?"),
    ("Алексей Смирнов", "Перезвоните после обеда, вопрос по договору"),
    ("Ольга Иванова", "Сколько стоит монтаж под ключ, дом 120 м²"),
    ("Тимур Ахметов", "Интересует оптовая цена от 500 шт."),
    ("Елена Соколова", "Хочу заказать образцы"),
    ("Дмитрий Волков", "Есть ли рассрочка?"),
)


def _some_special(house: House) -> dict[str, str]:
    ids: dict[str, str] = {}
    late = house.clock
    letter = house.inquiry(
        "sales-mail",
        Kind.EMAIL,
        Sender("Сергей Орлов", ("+74951234567",), emails=("orlov@zavod.example",), company="ООО «Завод»"),
        "Добрый день!\nПросим выставить счёт на 12 насосов.\n\nС уважением, Сергей Орлов",
        subject="Счёт на насосы",
        recipient=Recipient(mailbox="sales@example.ru"),
        attachments=(Attachment("заявка.pdf", "application/pdf", 215_000),),
        head={"folder": "INBOX", "uid": 4217, "internal_date": "2026-11-22T10:00:00Z"},
        body="From: Сергей Орлов <orlov@zavod.example>\r\nSubject: Счёт на насосы\r\n\r\nДобрый день! ...",
    )
    ids["letter"] = letter.id
    ids["deal"] = house.deal(letter, "petrova", sent_ms=800)
    late.advance(MINUTE_S)
    call = house.inquiry(
        "ats", Kind.CALL, Sender("", ("+79035550199",)), "", call=Call("c-1", "in", "missed", wait_s=31)
    )
    ids["call"] = call.id
    house.deal(call, "petrova", sent_ms=1200)
    late.advance(20)
    again = house.inquiry(
        "site",
        Kind.FORM,
        Sender("Сергей Орлов", ("+74951234567",)),
        "И ещё два фильтра",
        attribution=Attribution({"utm_source": "yandex", "utm_campaign": "brand"}, "https://example.ru/calc"),
        fields={"Город": "Казань"},
        body="name=%D0%A1&phone=%2B74951234567",
    )
    ids["attached"] = again.id
    reasons = (
        Reason("contact", "phone held by 1", 4.2),
        Reason("name_full", "Сергей Орлов / Сергей Орлов", 2.5),
        Reason("open_deal", "№ 8"),
        Reason("owner_deal_owner", "petrova"),
    )
    house.decide(
        again,
        Decision(
            again.id,
            State.ATTACHED,
            "",
            Identity.SAME,
            f"{letter.id}c",
            f"{letter.id}p",
            ids["deal"],
            "petrova",
            (Candidate(f"{letter.id}c", 0.97),),
            reasons,
            "1.demo",
        ),
    )
    offered = house.inquiry(
        "shop-bot", Kind.MESSAGE, Sender("Катя 🌸", handles={"telegram": "123456"}), "Цена?"
    )
    ids["offered"] = offered.id
    changes = Changes()
    tray = Card(f"o{offered.id}", "sidorov", "", "", (offered.id,), CardState.OFFERED, 1, late.now())
    changes.cards[tray.id] = tray
    changes.effects.append(
        Effect(f"card:{tray.id}:1", EffectKind.CARD, "sidorov", {"card_id": tray.id}, late.now())
    )
    house.decide(
        offered,
        Decision(
            offered.id,
            State.OFFERED,
            "",
            Identity.NEW,
            owner="sidorov",
            reasons=(Reason("accept_ask", "shop-bot"),),
        ),
        changes,
    )
    for reason, text in (("auto_reply", "Я в отпуске до 1 декабря"), ("list", "Скидки недели")):
        ignored = house.inquiry(
            "sales-mail", Kind.EMAIL, Sender(emails=("robot@shop.example",)), text, subject=text
        )
        house.decide(ignored, Decision(ignored.id, State.IGNORED, reason))
        ids[reason] = ignored.id
    spam = house.inquiry("site", Kind.FORM, Sender("SEO"), "Продвинем ваш сайт")
    house.decide(spam, Decision(spam.id, State.REJECTED, "spam"))
    for reason in ("битая кодировка", "битая кодировка", "не JSON"):
        broken = house.inquiry("site", Kind.FORM, Sender(), "", body="\x00\x01broken")
        house.decide(broken, Decision(broken.id, State.BURIED, reason))
        ids["buried"] = broken.id
    house.tell("sales-mail", "working", "читает INBOX, ждёт новых писем", backlog=0, seen_at_source=3)
    house.tell("ats", "silent", "нет звонков 47 мин, обычно в это время их 6")
    return ids


def forget_effects(house: House) -> None:
    """As if the relay had delivered everything."""
    with house.store.ledger.begin() as connection:
        connection.execute(update(effect).values(state="done"))


ERRORS: Sequence[tuple[Exception, int]] = (
    (NotFound("нет такого"), 404),
    (Conflict("уже у Петровой с 14:04"), 409),
    (Forbidden("не ваше"), 403),
)


def ask_about(house: House, client: str, other: str, score: float = 0.9) -> None:
    """Have the base ask whether two clients are one."""
    pair = (client, other)
    reasons = (Reason("contact", "+74951234567", 10.0), Reason("name_full", "Орлов / Орлов", 6.0))
    changes = Changes(suspects={pair: score}, suspect_reasons={pair: reasons})
    SqlLedger(house.store, house.clock).fold(Wanted(), lambda _: changes)
