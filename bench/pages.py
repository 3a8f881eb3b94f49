"""How long each list takes over a large base: `python -m bench.pages [--rows 1000000] [--url URL]`."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from intake.account import Account, Company
from intake.clock import SystemClock, new_id
from intake.deal import Card, CardState, Client, Deal, Manager, Person, Task, TaskState
from intake.decision import Decision, Identity, Reason
from intake.inquiry import Inquiry, Kind, Sender, State
from intake.ports import InquiryFilter
from intake.store.engine import Store, open_store
from intake.store.migrate import migrate
from intake.store.people_rows import manager_row
from intake.store.reader import StoreReader
from intake.store.rows import card_row, client_row, deal_row, inquiry_row, person_row, task_row
from intake.store.schema import card, client, deal, holding, inquiry, manager, person, receipt, tally, task
from intake.view import CardView, PlainCard

LIMIT_MS = 200
DAY_MS = 86_400_000
_ACCOUNTS = ("site", "sales-mail", "shop-bot", "ats")
_MANAGERS = tuple(f"m{number:02d}" for number in range(20))
_STATES = (State.CREATED, State.ATTACHED, State.IGNORED, State.REJECTED, State.OFFERED, State.BURIED)
_WEIGHTS = (60, 22, 12, 4.5, 1, 0.5)
_BATCH = 20_000
Rows = dict[str, list[dict[str, Any]]]


def fill(store: Store, rows: int, now: int) -> None:
    """Inquiries of the last year, with deals, tasks and cards for those that made one."""
    chance, moved = random.Random(7), Counter[tuple[str, int, str]]()
    with store.ledger.begin() as connection:
        connection.execute(
            manager.insert(), [manager_row(Manager(one, one), at) for at, one in enumerate(_MANAGERS)]
        )
    year = 365 * DAY_MS
    for start, end in pairwise([*range(0, rows, _BATCH), rows]):
        tables: Rows = {
            name: [] for name in ("inquiry", "client", "person", "holding", "deal", "task", "card")
        }
        for place in range(start, end):
            _one(tables, moved, chance, now - year + year * place // rows, place)
        with store.ledger.begin() as connection:
            for table in (inquiry, client, person, holding, deal, task, card):
                if tables[table.name]:
                    connection.execute(table.insert(), tables[table.name])
    with store.ledger.begin() as connection:
        counted = [{"account": a, "day": d, "state": s, "n": n} for (a, d, s), n in moved.items()]
        connection.execute(tally.insert(), counted)
    days: Counter[tuple[str, int]] = Counter()
    for (account, day, _), n in moved.items():
        days[account, day] += n
    with store.journal.begin() as connection:
        zero = {"repeated": 0, "continued": 0, "refused": 0}
        connection.execute(
            receipt.insert(), [{"account": a, "day": d, "received": n, **zero} for (a, d), n in days.items()]
        )


def _one(
    tables: Rows, moved: Counter[tuple[str, int, str]], chance: random.Random, at: int, place: int
) -> None:
    ident, account, owner = new_id(at), chance.choice(_ACCOUNTS), chance.choice(_MANAGERS)
    state = chance.choices(_STATES, _WEIGHTS)[0]
    phone = f"+7{9_000_000_000 + chance.randrange(10**9)}"
    one = Inquiry(
        ident,
        account,
        "form",
        Kind.FORM,
        at,
        sender=Sender(f"Имя {place}", (phone,)),
        text="Нужна доставка " * 6,
    )
    born = state is State.CREATED
    owned = owner if state in (State.CREATED, State.ATTACHED, State.OFFERED) else ""
    decision = Decision(
        ident,
        state,
        "",
        Identity.NEW,
        f"{ident[:10]}c{place}" if born else "",
        deal_id=f"{ident[:10]}d{place}" if born else "",
        owner=owned,
        reasons=(Reason("nobody_known", ""), Reason("owner_round_robin", owner)),
    )
    tables["inquiry"].append(inquiry_row(one, decision))
    moved[account, at // DAY_MS, state.value] += 1
    if not born:
        return
    who, what = decision.client_id, decision.deal_id
    tables["client"].append(client_row(Client(who, name=one.sender.name, owner=owner, created_at=at)))
    tables["person"].append(person_row(Person(f"{who}p", who, one.sender.name)))
    tables["holding"].append({"key": f"phone:{phone}", "person_id": f"{who}p", "client_id": who})
    tables["deal"].append(
        deal_row(
            Deal(what, place, who, f"{who}p", "Доставка", "default", owner, account=account, opened_at=at)
        )
    )
    done = chance.random() < 0.9
    tables["task"].append(
        task_row(Task(f"{what}t", what, owner, "call", "", at, TaskState.DONE if done else TaskState.PLANNED))
    )
    shown = Card(
        f"{what}k", owner, what, who, (ident,), CardState.TAKEN if done else CardState.NEW, created_at=at
    )
    tables["card"].append(card_row(shown, at))


def looks(reader: StoreReader) -> dict[str, Callable[[], Any]]:
    """Every list a page or the API can ask for, the unlucky ones too."""
    middle = reader.inquiries(InquiryFilter(limit=500)).items[-1]
    phone = reader.inquiries(InquiryFilter(limit=1)).items[0]["sender"]["phones"]
    return {
        "first page (overview)": reader.overview,
        "balance": lambda: reader.balance(None),
        "balance since yesterday": lambda: reader.balance(SystemClock().now() - DAY_MS),
        "inquiries": lambda: reader.inquiries(InquiryFilter(limit=50)),
        "inquiries, 500": lambda: reader.inquiries(InquiryFilter(limit=500)),
        "inquiries, deep": lambda: reader.inquiries(InquiryFilter(after="06" + "0" * 34)),
        "inquiries, buried": lambda: reader.inquiries(InquiryFilter(state="buried")),
        "inquiries, account + state": lambda: reader.inquiries(InquiryFilter(account="ats", state="buried")),
        "inquiries of a manager": lambda: reader.inquiries(InquiryFilter(owner=_MANAGERS[3])),
        "search a name that is there": lambda: reader.inquiries(InquiryFilter(q="Имя 99")),
        "search what is nowhere": lambda: reader.inquiries(InquiryFilter(q="нетничего")),
        "search a whole phone": lambda: reader.inquiries(InquiryFilter(q=phone[0] if phone else "4567")),
        "one inquiry": lambda: reader.one("inquiry", middle["id"]),
        "deals": lambda: reader.listing("deals", {}, 50, ""),
        "deals, lost (none)": lambda: reader.listing("deals", {"state": "lost"}, 50, ""),
        "deals of a manager": lambda: reader.listing("deals", {"owner": _MANAGERS[3]}, 50, ""),
        "tasks of a manager, planned": lambda: reader.listing(
            "tasks", {"owner": _MANAGERS[3], "state": "planned"}, 50, ""
        ),
        "cards": lambda: reader.listing("cards", {}, 50, ""),
        "cards of a manager": lambda: reader.listing("cards", {"manager": _MANAGERS[3]}, 60, ""),
        "buried, by cause": reader.causes,
    }


def main() -> None:
    """Fill, look at each list eleven times, print the median and the worst."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--url", default="", help="an empty database; a temporary SQLite file when left out")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(given.url or f"sqlite:///{folder}/ledger.db")
        migrate(store)
        started = time.perf_counter()
        fill(store, given.rows, SystemClock().now())
        print(f"{given.rows} inquiries on {store.dialect}, filled in {time.perf_counter() - started:.0f} s")
        accounts = [Account(one, "form") for one in _ACCOUNTS]
        reader = StoreReader(store, SystemClock(), Company(), accounts, _face)
        for name, look in looks(reader).items():
            took = sorted(_timed(look) for _ in range(11))
            mark = "" if took[5] < LIMIT_MS else f"   OVER {LIMIT_MS} ms"
            print(f"{name:32} median {took[5]:8.1f} ms   worst {took[-1]:8.1f} ms{mark}")
        store.close()


def _timed(look: Callable[[], Any]) -> float:
    started = time.perf_counter()
    look()
    return (time.perf_counter() - started) * 1000


def _face(view: CardView) -> PlainCard:
    return PlainCard(view.deal_title)


if __name__ == "__main__":
    main()
