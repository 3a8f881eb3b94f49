"""Reading a file in a process of its own: rows are understood on one core while they are written on the other."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import orjson

from dedup.known import LookupKeys, Subject
from intake.account import Company
from intake.contact import ContactPoint
from intake.deal import ClientKind
from intake.errors import Unreadable
from workers.clients.columns import Columns, Field
from workers.clients.entries import Entry, EntryDeal, Refused, read_rows
from workers.clients.sheets import read_table

_FRAME = 200
"""Rows that are handed over together."""
_PIPE = 1 << 20
_F_SETPIPE_SZ = 1031
_LENGTH = 8


def rows_apart(path: Path, columns: Columns, source: str, company: Company) -> Iterator[Entry | Refused]:
    """The rows of the file as another process understands them. Raises Unreadable when that process fails."""
    asked = {
        "path": str(path),
        "names": columns.names,
        "taken": columns.taken,
        "source": source,
        "region": company.region,
        "domains": sorted(company.own_domains),
        "phones": sorted(company.own_phones),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "workers.clients.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(one or os.curdir for one in sys.path)},
        start_new_session=True,
    ) as child:
        asking, answers = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
        with suppress(OSError):
            fcntl.fcntl(answers.fileno(), _F_SETPIPE_SZ, _PIPE)
        try:
            asking.write(orjson.dumps(asked))
            asking.close()
            for told in _frames(answers):
                yield _unpacked(told, source)
        finally:
            answers.close()
            if child.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(1)
                child.kill()
        if child.wait() != 0:
            raise Unreadable(f"{path.name}: the process that read it ended with {child.returncode}")


def main() -> int:
    """The life of that process."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever asked is gone: so are we
    asked = orjson.loads(sys.stdin.buffer.read())
    columns = Columns(tuple(asked["names"]), tuple((index, Field(field)) for index, field in asked["taken"]))
    company = Company(
        region=asked["region"],
        own_domains=frozenset(asked["domains"]),
        own_phones=frozenset(asked["phones"]),
    )
    rows = read_rows(read_table(Path(asked["path"])).rows, columns, asked["source"], company)
    while some := [_packed(one) for one in islice(rows, _FRAME)]:
        body = orjson.dumps(some)
        sys.stdout.buffer.write(len(body).to_bytes(_LENGTH, "big") + body)
        sys.stdout.buffer.flush()
    return 0


def _frames(source: IO[bytes]) -> Iterator[list[Any]]:
    while length := source.read(_LENGTH):
        yield from orjson.loads(source.read(int.from_bytes(length, "big")))


def _packed(one: Entry | Refused) -> list[Any]:
    if isinstance(one, Refused):
        return [one.place, one.why]
    who, keys, deal = one.subject, one.keys, one.deal
    return [
        one.place,
        one.ident,
        one.digest,
        one.kind,
        one.name,
        one.person,
        one.inn,
        one.owner,
        one.own,
        (deal.title, deal.stage, deal.pipeline, deal.amount, deal.state) if deal else None,
        one.card_keys,
        (who.name, who.company, who.inn),
        [(point.kind, point.value) for point in who.points],
        [(point.kind, point.value, why) for point, why in who.ignored],
        (keys.points, keys.blocking, keys.name_tokens, keys.memory),
    ]


def _unpacked(told: list[Any], source: str) -> Entry | Refused:
    if len(told) == 2:
        return Refused(told[0], told[1])
    (
        place,
        ident,
        digest,
        kind,
        name,
        person,
        inn,
        owner,
        own,
        deal,
        card_keys,
        asked,
        points,
        ignored,
        keys,
    ) = told
    return Entry(
        place=place,
        source=source,
        ident=ident,
        digest=digest,
        kind=ClientKind(kind),
        name=name,
        person=person,
        inn=inn,
        owner=owner,
        subject=Subject(
            asked[0],
            tuple(ContactPoint(*one) for one in points),
            asked[1],
            asked[2],
            tuple((ContactPoint(one, value), why) for one, value, why in ignored),
        ),
        keys=LookupKeys(*map(tuple, keys)),
        card_keys=tuple(card_keys),
        deal=EntryDeal(*deal) if deal else None,
        own=own,
    )


if __name__ == "__main__":
    sys.exit(main())
