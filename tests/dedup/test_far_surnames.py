"""Cards whose surname is far are passed over unread: nobody is decided otherwise for it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import orjson

from dedup.keys import index_keys
from dedup.known import Known, KnownCard, Subject
from dedup.matching import MemoryBase
from dedup.points import points, subject
from dedup.resolver import resolve
from intake.inquiry import Sender

SAMPLE = Path(__file__).parent / "sample"


def sender(row: dict[str, object]) -> Sender:
    """A card or a query of the sample."""
    phones = row.get("phones") or [row.get("phone") or ""]
    emails = row.get("emails") or [row.get("email") or ""]
    assert isinstance(phones, list)
    assert isinstance(emails, list)
    return Sender(str(row.get("name") or ""), phones=tuple(map(str, phones)), emails=tuple(map(str, emails)))


def rows(name: str) -> list[dict[str, object]]:
    """The rows of a file of the sample."""
    with gzip.open(SAMPLE / name, "rt", encoding="utf-8") as source:
        return [orjson.loads(line) for line in source]


def keyed(known: Known) -> Known:
    """The same as a store gives it: with the keys of the names on the cards."""
    by_key = {
        key: [replace(card, keys=frozenset(index_keys(card))) for card in cards]
        for key, cards in known.by_key.items()
    }
    return replace(known, by_key=by_key)


def test_nothing_is_decided_otherwise() -> None:
    """A store's cards bring the keys of their names, those of a file do not: both come to the same answers."""
    base = MemoryBase()
    for row in rows("clients.jsonl.gz"):
        one = sender(row)
        keys = frozenset(point.key for point in points(one))
        base.add(KnownCard(str(row["client_id"]), name=one.name, keys=keys))
    asked = [subject(sender(row)) for row in rows("queries.jsonl.gz")]
    asked += [Subject(name=str(row["name"])) for row in rows("clients.jsonl.gz")[:500]]
    for who in asked:
        known = base.known(who)
        assert resolve(who, keyed(known)) == resolve(who, known)
