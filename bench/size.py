"""Figure 3: what a lead costs in a base of ten thousand clients and in one of many."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bench.posts import KEY, form_body
from channels.base import HttpCall
from channels.forms.form import Form
from intake.account import Account, Company
from intake.clock import SystemClock
from intake.deal import Manager
from intake.inquiry import Raw
from intake.store.engine import Store, open_store
from intake.store.ledger import SqlLedger
from intake.store.migrate import migrate
from workers.pipeline import Item, Pipeline
from workers.rules import Rules

SMALL = 10_000
_BATCH = 64
_BATCHES = 24
_ACCOUNT = Account("site", "form", secret=KEY)
_CHUNK = 50_000


@dataclass(frozen=True)
class Size:
    """Microseconds a lead costs from bytes to commit, in batches of 64, half of them known clients."""

    small: int
    small_us: float
    large: int
    large_us: float


def size(url: str, clients: int) -> Size:
    """Measure in the small base, let it grow, measure again."""
    store = open_store(url)
    migrate(store)
    SqlLedger(store, SystemClock()).seed_managers([Manager(f"m{n}", f"M {n}") for n in range(5)])
    seed(store, 0, SMALL)
    small = cost_us(store, SMALL, 600_000_000)
    seed(store, SMALL, clients)
    large = cost_us(store, clients, 700_000_000)
    store.close()
    return Size(SMALL, small, clients, large)


def seed(store: Store, first: int, last: int) -> None:
    """Clients `first` to `last` with a person, a phone, a mailbox, a deal and five inquiries each, set by set."""
    numbers = "generate_series(:a, :b - 1) AS g(n)" if store.dialect == "postgresql" else _SQLITE_NUMBERS
    for start in range(first, last, _CHUNK):
        with store.ledger.begin() as connection:
            _seed(connection, numbers, {"a": start, "b": min(last, start + _CHUNK)})
    with store.ledger.begin() as connection:
        connection.execute(text("ANALYZE"))


_SQLITE_NUMBERS = (
    "(WITH RECURSIVE g(n) AS (SELECT :a UNION ALL SELECT n + 1 FROM g WHERE n < :b - 1) SELECT n FROM g) AS g"
)
_ROWS = {
    "client": "'c' || n, 'person', 'Клиент ' || n, '', 'm' || (n % 5), '{}', 1790000000000 + n, ''",
    "person": "'p' || n, 'c' || n, 'Клиент ' || n",
    "holding": "'phone:+79' || substr('000000000' || n, -9), 'p' || n, 'c' || n",
    "deal": "'d' || n, n, 'c' || n, 'p' || n, 'Доставка', 'default', 'new', CASE WHEN n % 10 = 0 THEN 'open' ELSE "
    "'won' END, 'm' || (n % 5), NULL, '', 'site', true, 1790000000000, NULL, '', NULL",
}
_MAILBOX = "'email:visitor' || n || '@mail.ru', 'p' || n, 'c' || n"
_INQUIRY = (
    "'q' || n || '-' || {k}, 'site', 'form', 'form', '', 1790000000000 + n, 'attached', '', 'c' || n, 'd' || n, "
    "'m' || (n % 5), 1, 'клиент ' || n, '{{\"sender\": {{}}, \"text\": \"\"}}', '{{}}'"
)


def _seed(connection: Connection, numbers: str, bounds: dict[str, int]) -> None:
    substr = {"holding": "'phone:+79' || right('000000000' || n, 9), 'p' || n, 'c' || n"}
    rows = {**_ROWS, **(substr if connection.dialect.name == "postgresql" else {})}
    for table, values in (*rows.items(), ("holding", _MAILBOX)):
        connection.execute(text(f"INSERT INTO {table} SELECT {values} FROM {numbers}"), bounds)
    for k in range(5):
        # a colon in the JSON is no parameter
        values = _INQUIRY.format(k=k).replace(":", "\\:")
        connection.execute(text(f"INSERT INTO inquiry SELECT {values} FROM {numbers}"), bounds)


def cost_us(store: Store, clients: int, first: int) -> float:
    """The median batch's cost a lead: every other lead is one of the known clients', spread over the base."""
    rules = Rules(Company(), {"site": _ACCOUNT})
    ledger, form, taken = SqlLedger(store, SystemClock()), Form(), []
    step = max(1, clients // (_BATCH * _BATCHES))
    for batch in range(_BATCHES):
        numbers = [
            (batch * _BATCH + place) * step % clients if place % 2 else first + batch * _BATCH + place
            for place in range(_BATCH)
        ]
        raws = [_raw(number, first + batch * _BATCH + place) for place, number in enumerate(numbers)]
        since = time.perf_counter()
        items = [Item(raw.id, form.parse(raw, _ACCOUNT, rules.company)) for raw in raws]
        pipeline = Pipeline(items, rules, 1_790_000_000_000)
        ledger.fold(pipeline.wanted(), pipeline.step)
        taken.append((time.perf_counter() - since) / _BATCH * 1e6)
    return statistics.median(taken[4:])


def _raw(visitor: int, number: int) -> Raw:
    headers = (("content-type", "application/x-www-form-urlencoded"),)
    call = HttpCall("POST", "", "", headers, form_body(visitor).encode())
    ident = f"z{number:012}"
    return Raw(ident, number, ident, "site", "form", 1_790_000_000_000, call.body, call.head())
