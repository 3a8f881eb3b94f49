"""The resolver over files: a client base and a list of queries in, one decision a line out."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import orjson

from dedup.keys import index_keys, is_full_name, lookup_keys, name_tokens
from dedup.known import CARDS_PER_KEY, NAMESAKES_PER_KEY, Known, KnownCard, Subject
from dedup.points import points, subject
from dedup.resolver import resolve
from intake.account import Company
from intake.contact import find_emails, find_phones
from intake.deal import ClientKind
from intake.decision import Identity, Resolution
from intake.inquiry import Sender

Progress = Callable[[str, int], None]
"""Told now and then what is being done ("clients", "queries") and how many lines are done."""

_TOLD_EVERY = 10_000


@dataclass(frozen=True, slots=True)
class MatchSummary:
    """What came out. `unreadable` lines were no JSON objects; a query among them has no answer line."""

    clients: int
    queries: int
    same: int
    possible: int
    new: int
    unreadable: int


@dataclass(slots=True)
class MemoryBase:
    """A client base in memory, indexed as the ledger indexes it."""

    by_key: dict[str, list[KnownCard]] = field(default_factory=lambda: defaultdict(list))
    holders: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    name_counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    total: int = 0

    def add(self, card: KnownCard) -> None:
        """Index a card."""
        for key in index_keys(card):
            self.holders[key] += 1
            half = key.startswith("name:") and not is_full_name(key)
            if self.holders[key] <= (NAMESAKES_PER_KEY if half else CARDS_PER_KEY):
                self.by_key[key].append(card)
        for token in name_tokens(card.name):
            self.name_counts[token] += 1
        self.total += 1

    def known(self, who: Subject) -> Known:
        """What a store would read for `who`, and nothing more."""
        wanted = lookup_keys(who)
        keys = [key for key in (*wanted.points, *wanted.blocking) if key in self.by_key]
        return Known(
            by_key={key: self.by_key[key] for key in keys},
            holders={key: self.holders[key] for key in keys},
            name_counts={token: self.name_counts.get(token, 0) for token in wanted.name_tokens},
            total=self.total,
        )


def run_match(
    clients: Path,
    queries: Path,
    out: Path,
    progress: Progress | None = None,
    company: Company | None = None,
) -> MatchSummary:
    """Resolve every line of `queries` against the cards of `clients`; write one JSON line each, in order.

    Both are JSON lines, packed when they end in `.gz`. A client has `client_id`, `kind` (person, contact, ip,
    company, household), `name`, `company`, `inn`, `phones`, `emails`, `telegram`, `vk`; a query `query_id`,
    `name`, `phone`, `email`, `telegram`, `vk`, `company`, `inn`. What is absent is empty. Raises OSError.
    """
    told = progress or (lambda _what, _done: None)
    home = company or Company()
    base, unreadable = MemoryBase(), 0
    for row in _counted(_rows(clients), "clients", told):
        if row is None or not row.get("client_id"):
            unreadable += 1
        else:
            base.add(_card(row, home))
    outcomes = dict.fromkeys(Identity, 0)
    with _opened(out, "wt") as sink:
        for row in _counted(_rows(queries), "queries", told):
            if row is None or "query_id" not in row:
                unreadable += 1
                continue
            who = subject(
                _sender(row, home, _texts(row, "phone", "phones"), _texts(row, "email", "emails")), home
            )
            resolution = resolve(who, base.known(who))
            outcomes[resolution.identity] += 1
            sink.write(_answer(row["query_id"], resolution))
    return MatchSummary(
        clients=base.total,
        queries=sum(outcomes.values()),
        same=outcomes[Identity.SAME],
        possible=outcomes[Identity.POSSIBLE],
        new=outcomes[Identity.NEW],
        unreadable=unreadable,
    )


def _card(row: Mapping[str, Any], company: Company) -> KnownCard:
    sender = _sender(row, company, _texts(row, "phones", "phone"), _texts(row, "emails", "email"))
    kind = {"company": ClientKind.COMPANY, "household": ClientKind.HOUSEHOLD}.get(_text(row, "kind"))
    return KnownCard(
        client_id=str(row["client_id"]),
        name=sender.name,
        kind=kind or ClientKind.PERSON,
        company=sender.company,
        inn=sender.inn,
        keys=frozenset(point.key for point in points(sender, company)),
    )


def _sender(row: Mapping[str, Any], company: Company, phones: Iterable[str], emails: Iterable[str]) -> Sender:
    found = [phone for text in phones for phone in find_phones(text, company.region)]
    return Sender(
        name=_text(row, "name"),
        phones=tuple(f"{one.number};ext={one.extension}" if one.extension else one.number for one in found),
        emails=tuple(address for text in emails for address in find_emails(text)),
        handles={
            messenger: _text(row, messenger) for messenger in ("telegram", "vk") if _text(row, messenger)
        },
        company=_text(row, "company"),
        inn=_text(row, "inn"),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return str(value) if isinstance(value, str | int) else ""


def _texts(row: Mapping[str, Any], *names: str) -> list[str]:
    texts: list[str] = []
    for name in names:
        value = row.get(name)
        texts += [str(one) for one in value if one] if isinstance(value, list) else [_text(row, name)]
    return [text for text in texts if text]


def _answer(query_id: object, resolution: Resolution) -> str:
    shown = {
        "query_id": query_id,
        "decision": resolution.identity.value,
        "client_id": resolution.client_id or None,
        "score": resolution.score,
        "reasons": [
            {"rule": one.rule, "evidence": one.evidence, "weight": one.weight} for one in resolution.reasons
        ],
    }
    return orjson.dumps(shown).decode() + "\n"


def _opened(path: Path, mode: str) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, mode, encoding="utf-8")  # type: ignore[return-value]  # a text mode gives a TextIO
    return path.open(mode.replace("t", ""), encoding="utf-8")  # type: ignore[return-value]  # likewise


def _rows(path: Path) -> Iterator[dict[str, Any] | None]:
    with _opened(path, "rt") as source:
        for line in source:
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                yield None
            else:
                yield row if isinstance(row, dict) else None


def _counted(
    rows: Iterable[dict[str, Any] | None], what: str, told: Progress
) -> Iterator[dict[str, Any] | None]:
    done = 0
    for done, row in enumerate(rows, start=1):
        if done % _TOLD_EVERY == 0:
            told(what, done)
        yield row
    told(what, done)
