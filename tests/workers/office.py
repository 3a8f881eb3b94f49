"""An office: a whole instance without processes, for tests of what is decided and done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from intake.clock import ManualClock
from intake.inquiry import NewRaw
from intake.ports import Command, Delivery, Who
from intake.store.access import StoreAccess
from intake.store.reader import StoreReader
from workers.bootstrap import Instance, Silence, open_instance, prepare, processor_of
from workers.desk import desk_of
from workers.faces import browser_face
from workers.place import Place

CONFIG = """
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

[[account]]
id = "mail"
kind = "email"
imap = "imaps://imap.example.ru"
user = "sales@example.ru"
password = "demo-secret"
own_addresses = ["sales@example.ru"]

[[manager]]
id = "anna"
name = "Анна Петрова"
extension = "101"

[[manager]]
id = "boris"
name = "Борис Иванов"
extension = "102"
"""
ANNA = Who("anna", "manager", "anna")
BORIS = Who("boris", "manager", "boris")


@dataclass
class Office:
    """An instance without processes."""

    instance: Instance
    clock: ManualClock
    _sent: int = 0

    def __post_init__(self) -> None:
        bell, accounts = Silence(), list(self.instance.accounts.values())
        face = browser_face(self.instance.company, self.clock)
        self.reader = StoreReader(self.instance.store, self.clock, self.instance.company, accounts, face)
        access = StoreAccess(self.instance.store, self.clock)
        self.desk = desk_of(self.instance, bell, self.reader, access)
        self.processor = processor_of(self.instance, "test", bell)

    def comes(self, account: str = "site", phone: str = "+7 916 207-31-55", name: str = "Иван Петров") -> str:
        """A form comes and is worked on; the inquiry's id."""
        ident = self.waits(account, phone, name)
        self.processor.process()
        self.clock.advance(1)
        return ident

    def waits(self, account: str = "site", phone: str = "+7 916 207-31-55", name: str = "Иван Петров") -> str:
        """A form comes and waits in the journal; its id."""
        self._sent += 1
        body = urlencode({"phone": phone, "name": name, "request_id": str(self._sent)}).encode()
        headers = [["content-type", "application/x-www-form-urlencoded"]]
        head = {"method": "POST", "path": "", "query": "", "headers": headers, "remote": ""}
        new = NewRaw(account, "form", body, head, external_id=str(self._sent))
        receipts = self.instance.journal.append([Delivery([new])], {}, self.clock.now())
        return receipts[0][0].inquiry_id

    def arrive(self, raws: Sequence[NewRaw]) -> list[str]:
        """Events come together and are worked on; their inquiries' ids."""
        receipts = self.instance.journal.append([Delivery(raws)], {}, self.clock.now())
        self.processor.process()
        self.clock.advance(1)
        return [one.inquiry_id for one in receipts[0]]

    def letter(self, text: str, subject: str = "Вопрос", folder: str = "INBOX", **headers: str) -> str:
        """A letter comes (or is found in the sent folder) and is worked on; the inquiry's id."""
        self._sent += 1
        message = EmailMessage()
        given = {"From": "Иван Петров <ivan@example.org>", "To": "sales@example.ru", "Subject": subject}
        given |= {"Message-ID": f"<{self._sent}@example.org>", "Date": "Sun, 22 Nov 2026 10:00:00 +0300"}
        for name, value in (given | {key.replace("_", "-"): value for key, value in headers.items()}).items():
            message[name] = value
        message.set_content(text)
        head = {"folder": folder, "uid": self._sent, "uidvalidity": 1, "internal_date": self.clock.now()}
        if folder != "INBOX":
            head["sent"] = True
        new = NewRaw("mail", "email", message.as_bytes(), head, external_id=f"letter-{self._sent}")
        receipts = self.instance.journal.append([Delivery([new])], {}, self.clock.now())
        self.processor.process()
        self.clock.advance(1)
        return receipts[0][0].inquiry_id

    def do(
        self, verb: str, ident: str, who: Who = ANNA, what: str = "inquiry", **args: str
    ) -> dict[str, Any]:
        """A command."""
        self.clock.advance(1)
        return self.desk.do(Command(verb, what, ident, args), who)

    def inquiry(self, ident: str) -> dict[str, Any]:
        """The inquiry as the API shows it."""
        found = self.reader.one("inquiry", ident)
        assert found
        return found

    def deal_of(self, ident: str) -> dict[str, Any]:
        """The deal of an inquiry."""
        found = self.reader.one("deal", self.inquiry(ident)["decision"]["deal_id"])
        assert found
        return found

    def cards(self, manager: str) -> list[dict[str, Any]]:
        """A manager's cards that still say something."""
        items = self.reader.listing("cards", {"manager": manager}, 100, "").items
        return [one for one in items if one["state"] != "closed"]

    def closes(self) -> bool:
        """Whether the balance closes."""
        return bool(self.reader.balance(None)["difference"] == 0)


@contextmanager
def opened(folder: Path, store: str = "") -> Iterator[Office]:
    """An office on a fresh database, whose balance closes in the end."""
    (folder / "lead-intake.toml").write_text(CONFIG + store, encoding="utf-8")
    place = Place(None, folder)
    prepare(place)
    clock = ManualClock()
    instance = open_instance(place, clock)
    office = Office(instance, clock)
    yield office
    assert office.closes(), "the balance must close after every act"
    instance.close()
