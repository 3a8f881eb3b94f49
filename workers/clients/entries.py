"""A row of a base as one entry: who, whose, how to reach them, which live deal - or why it says too little."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from dedup.companies import is_company
from dedup.keys import NAME_KEYS, lookup_keys
from dedup.known import LookupKeys, Subject
from dedup.names import read_name
from dedup.points import subject
from intake.account import Company
from intake.contact import find_emails, find_phones
from intake.deal import ClientKind
from intake.inquiry import Sender
from workers.clients.columns import MANY, Columns, Field
from workers.clients.tables import Line

MOST_CONTACTS = 60
_WON = re.compile(r"успешн[оа]|выиграна?|оплачен|won|closed won|success", re.IGNORECASE)
_LOST = re.compile(r"закрыт|не реализован|проигран|отказ|провален|lost|lose|junk|apology", re.IGNORECASE)
_KINDS = (
    (ClientKind.HOUSEHOLD, re.compile(r"household|семья|домохозяйство", re.IGNORECASE)),
    (ClientKind.COMPANY, re.compile(r"юр|компани|организаци|company|legal|ооо", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class EntryDeal:
    """The deal a row tells of. `state` is open, won or lost; amount None when the row has none."""

    title: str
    stage: str
    pipeline: str
    amount: float | None
    state: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, understood. `person` is the human's name, "" when the row is a company's own; `ident` is what the row
    is known by the next time, `digest` changes when what it says does."""

    place: int
    source: str
    ident: str
    digest: str
    kind: ClientKind
    name: str
    person: str
    inn: str
    owner: str
    subject: Subject
    keys: LookupKeys
    card_keys: tuple[str, ...]
    """under which its card is found: contacts, and the keys of a full name"""
    deal: EntryDeal | None = None
    own: bool = False
    """It has an id of its own in the base it comes from: there it is a card of its own."""
    further_of: str = ""
    """A further row of this ident in the same file: another person, another deal of one card."""

    @property
    def points(self) -> list[str]:
        """The keys of its contacts."""
        return [point.key for point in self.subject.points]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be taken, and why."""

    place: int
    why: str


class TooLittle(ValueError):
    """A row nobody could be recognised by; the message says why."""


def read_rows(
    rows: Iterable[Line], columns: Columns, source: str, company: Company
) -> Iterator[Entry | Refused]:
    """The rows of a file, each understood or refused."""
    for line in rows:
        if line.fault:
            yield Refused(line.place, line.fault)
            continue
        try:
            yield read_entry(line, columns, source, company)
        except TooLittle as error:
            yield Refused(line.place, str(error))


def read_entry(line: Line, columns: Columns, source: str, company: Company) -> Entry:
    """What the row says. Raises TooLittle."""
    cells: dict[Field, list[str]] = {}
    for index, field in columns.taken:
        cell = line.cells[index]
        if cell.startswith("="):
            raise TooLittle(f"column {columns.names[index]!r} holds a formula: save the values")
        if cell:
            cells.setdefault(field, []).append(cell)
    one = {field: values[0] for field, values in cells.items() if field not in MANY}
    name, person, kind = _names(one)
    sender = _sender(cells, one, person or name, name if kind is ClientKind.COMPANY else "", company)
    who = subject(sender, company)
    outside = one.get(Field.OUTSIDE_ID) or one.get(Field.DEAL_ID, "")
    if not who.points and not outside:
        raise TooLittle(_why_too_little(cells, who))
    if not name and not who.points:
        raise TooLittle("neither a name nor a contact")
    if len(who.points) > MOST_CONTACTS:
        raise TooLittle(f"{len(who.points)} contacts in one row")
    deal = _deal(one)
    said = repr((name, person, kind, sorted(point.key for point in who.points), one, deal))
    ident = _ident(one, kind, who)
    keys = lookup_keys(who)
    names = () if is_company(who.name) else keys.blocking[:NAME_KEYS]
    return Entry(
        place=line.place,
        source=source,
        ident=ident,
        digest=_digest(said),
        kind=kind,
        name=name,
        person=person,
        inn=who_inn(who),
        owner=one.get(Field.OWNER, ""),
        subject=who,
        keys=keys,
        card_keys=(*sorted(point.key for point in who.points), *names),
        deal=deal,
        own=Field.OUTSIDE_ID in one,
    )


def further(entry: Entry) -> Entry:
    """A row whose ident the same file has used for another one (a base that writes a row a contact, or a row a deal):
    known by what it adds. Where it stands in the file makes no difference."""
    known_by = entry.person, sorted(entry.points), entry.deal.title if entry.deal else ""
    return replace(entry, ident=f"{entry.ident}#{_digest(repr(known_by))}", further_of=entry.ident)


def who_inn(who: Subject) -> str:
    """The ИНН among the contacts, "" when there is none."""
    return next((point.value for point in who.points if point.kind == "inn"), "")


def marks_of(entry: Entry) -> tuple[str, ...]:
    """The digests under which an erased one is recognised: each contact, each contact with the name, the outside
    id."""
    told = [*entry.points, *entry.keys.memory]
    if not entry.ident.startswith("row:"):
        told.append(f"outside:{entry.source}:{entry.further_of or entry.ident}")
    return tuple(mark(one) for one in told)


def mark(text: str) -> str:
    """A tombstone's digest of what would bring somebody back."""
    return blake2b(text.encode(errors="replace"), digest_size=20, person=b"tombstone").hexdigest()


def _names(one: dict[Field, str]) -> tuple[str, str, ClientKind]:
    """The client's name, its person's name and what it is."""
    parts = [one.get(field, "") for field in (Field.SURNAME, Field.FIRST, Field.PATRONYMIC)]
    person = one.get(Field.NAME, "") or " ".join(part for part in parts if part)
    title, company = one.get(Field.TITLE, ""), one.get(Field.COMPANY, "")
    said = one.get(Field.KIND, "")
    kind = next((kind for kind, pattern in _KINDS if pattern.search(said)), ClientKind.PERSON)
    if (
        title
        and not company
        and (is_company(title) or kind is ClientKind.COMPANY or (person and person != title))
    ):
        company = title
    elif title and not person:
        person = title
    if person and not company and (is_company(person) or kind is ClientKind.COMPANY):
        person, company = "", person
    if company:
        return company, "" if person == company else person, ClientKind.COMPANY
    return person, person, kind


def _sender(
    cells: dict[Field, list[str]], one: dict[Field, str], person: str, firm: str, company: Company
) -> Sender:
    phones = [found for cell in cells.get(Field.PHONE, ()) for found in find_phones(cell, company.region)]
    handles = {
        messenger: one[field]
        for messenger, field in (("telegram", Field.TELEGRAM), ("vk", Field.VK))
        if field in one
    }
    return Sender(
        name=person,
        phones=tuple(f"{p.number};ext={p.extension}" if p.extension else p.number for p in phones),
        emails=tuple(address for cell in cells.get(Field.EMAIL, ()) for address in find_emails(cell)),
        handles=handles,
        company=firm,
        inn=one.get(Field.INN, ""),
    )


def _ident(one: dict[Field, str], kind: ClientKind, who: Subject) -> str:
    if outside := one.get(Field.OUTSIDE_ID):
        # contacts and companies are counted apart in most bases: both have a number 1
        return f"{'company' if kind is ClientKind.COMPANY and not _has_person(one) else 'person'}:{outside}"
    if deal := one.get(Field.DEAL_ID):
        return f"deal:{deal}"
    known_by = sorted(point.key for point in who.points), sorted(read_name(who.name).text.split())
    return f"row:{_digest(repr((known_by, one.get(Field.DEAL_TITLE, ''))))}"


def _has_person(one: dict[Field, str]) -> bool:
    return any(field in one for field in (Field.NAME, Field.SURNAME, Field.FIRST))


def _deal(one: dict[Field, str]) -> EntryDeal | None:
    if Field.DEAL_TITLE not in one and Field.DEAL_ID not in one:
        return None
    stage = one.get(Field.DEAL_STAGE, "")
    state = "won" if _WON.search(stage) and "не " not in stage else "lost" if _LOST.search(stage) else "open"
    return EntryDeal(
        title=one.get(Field.DEAL_TITLE, "") or f"№ {one.get(Field.DEAL_ID, '')}",
        stage=stage or "new",
        pipeline=one.get(Field.DEAL_PIPELINE, "") or "default",
        amount=_amount(one.get(Field.DEAL_AMOUNT, "")),
        state=state,
    )


def _amount(text: str) -> float | None:
    plain = re.sub(r"[^\d.,-]", "", text).replace(",", ".")
    try:
        return float(plain) if plain else None
    except ValueError:
        return None


def _why_too_little(cells: dict[Field, Sequence[str]] | dict[Field, list[str]], who: Subject) -> str:
    if who.ignored:
        return f"its contacts are no evidence: {', '.join(sorted({why for _, why in who.ignored}))}"
    given = [str(field) for field in (*sorted(MANY), Field.INN) if field in cells]
    if given:
        return f"what stands under {', '.join(given)} cannot be read as such, and there is no id"
    return "no contact, no ИНН and no id: nobody could be recognised by it"


def _digest(text: str) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()
