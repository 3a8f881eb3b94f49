"""What a copy consists of, whatever the database: named members with bytes, and the schemas they are of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import MetaData

from intake.clock import Millis
from intake.errors import Conflict
from intake.store.migrate import scripts
from intake.store.schema import journal_metadata, ledger_metadata

METADATA: Mapping[str, MetaData] = {"ledger": ledger_metadata, "journal": journal_metadata}
"""In the order in which they are copied: the ledger first, so that it never knows what the journal does not."""
CHUNK = 1 << 20
Told = Callable[[str, int], None]
"""Hears how many bytes of a member are copied."""


class Writes(Protocol):
    """Takes bytes."""

    def write(self, piece: bytes, /) -> object:
        """Take a piece."""
        ...


class Sink(Protocol):
    """Where members are put."""

    def member(self, name: str) -> AbstractContextManager[Writes]:
        """A new member, to be written to until the context ends."""
        ...


class Source(Protocol):
    """Where members are taken from."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """The member's bytes."""
        ...

    def names(self, prefix: str) -> Iterable[str]:
        """The members whose name begins so."""
        ...


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: the database's kind, the schemas' revisions, when the journal was as it is in the copy, and
    the tables' columns in the order in which the copy has them."""

    dialect: str
    revisions: Mapping[str, str]
    at: Millis
    columns: Mapping[str, list[str]]


def require_known(revisions: Mapping[str, str]) -> None:
    """Raises Conflict for a copy of a schema that this program does not know."""
    for which, revision in revisions.items():
        script: ScriptDirectory = scripts(which)
        try:
            known = script.get_revision(revision) is not None
        except CommandError:
            known = False
        if not known:
            raise Conflict(
                f"the {which} in this backup has schema {revision}, newer than this program knows: "
                "install the version that made the backup, or a later one, and restore with it"
            )
