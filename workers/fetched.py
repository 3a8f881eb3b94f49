"""What was fetched of an inquiry after it came: what is wanted, how it is written into the journal, what it adds. Pure.

A fetch's result is an event like any other: kept as it came, folded in by the workers, played again in a replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b

import orjson

from channels.base import FILES, LEAD, NAME
from channels.messages import child, children, ident, name_of, number, text_of, unfetched
from intake.clock import Millis
from intake.decision import Decision
from intake.effect import Effect, EffectKind
from intake.errors import Unreadable
from intake.inquiry import Attachment, Inquiry, Kind, NewRaw, Outcome, Parsed, Raw, Sender, State

_SOURCE = "source"
_OURS, _LEAD = "fetch", "fetched_lead"
_ALIVE = (State.OFFERED, State.ATTACHED, State.CREATED)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was fetched, or why it was not (`note`). `where` is what it was fetched by."""

    where: str
    stored: str = ""
    size: int = 0
    type: str = ""
    note: str = ""


def lead(inquiry: Inquiry, now: Millis) -> Effect:
    """The effect that asks what an id stands for."""
    return _effect(inquiry, LEAD, "", now)


def wanted(
    found: tuple[Inquiry, Decision], lacks: Iterable[str], now: Millis, *, named: bool
) -> list[Effect]:
    """The effects that fetch what an inquiry lacks; `named` says that its sender's name is known from before. What
    nobody looks at is not fetched."""
    inquiry, decision = found
    if decision.state not in _ALIVE:
        return []
    effects = []
    if NAME in lacks and not inquiry.sender.name and not named:
        effects.append(_effect(inquiry, NAME, "", now))
    if FILES in lacks and (files := unfetched(inquiry)):
        effects.append(_effect(inquiry, FILES, "\n".join(where for _, where in files), now))
    if LEAD in lacks:
        effects.append(lead(inquiry, now))
    return effects


def _effect(inquiry: Inquiry, what: str, of: str, now: Millis) -> Effect:
    digest = blake2b(of.encode("utf-8", "replace"), digest_size=8).hexdigest() if of else ""
    payload = {"account": inquiry.account, "inquiry_id": inquiry.id, "what": what}
    # a slow file holds up neither names nor answers
    target = f"{what}:{inquiry.account}"
    return Effect(f"enrich:{inquiry.id}:{what}:{digest}", EffectKind.ENRICH, target, payload, now)


def event(inquiry: Inquiry, *, name: str = "", files: Iterable[StoredFile] = ()) -> NewRaw:
    """The event that tells of what was fetched."""
    told = {"name": name, "handles": dict(inquiry.sender.handles), "files": [asdict(one) for one in files]}
    return _raw(inquiry, orjson.dumps(told), _OURS)


def lead_event(inquiry: Inquiry, body: bytes) -> NewRaw:
    """The event that tells, in its provider's words, of what an id stood for."""
    return _raw(inquiry, body, _LEAD)


def _raw(inquiry: Inquiry, body: bytes, source: str) -> NewRaw:
    digest = blake2b(body, digest_size=12).hexdigest()
    key = f"fetched:{inquiry.id}:{digest}"
    head = {_SOURCE: source}
    return NewRaw(inquiry.account, inquiry.channel, body, head, key, inquiry_id=inquiry.id)


def is_ours(raw: Raw) -> bool:
    """Whether it tells of fetched names and files."""
    return raw.head.get(_SOURCE) == _OURS


def is_lead(raw: Raw) -> bool:
    """Whether it tells what an id stood for."""
    return raw.head.get(_SOURCE) == _LEAD


def read(raw: Raw) -> Parsed:
    """What was fetched, as a part of its inquiry. Raises Unreadable."""
    try:
        tree = orjson.loads(raw.body)
    except orjson.JSONDecodeError:
        raise Unreadable("what was fetched cannot be read") from None
    handles = {str(key): str(value) for key, value in child(tree, "handles").items()}
    files = [
        (
            Attachment(
                "",
                text_of(one, "type"),
                number(one, "size"),
                None,
                ident(one, "stored"),
                text_of(one, "note"),
            ),
            one,
        )
        for one in children(tree, "files")
    ]
    inquiry = Inquiry(
        id=raw.inquiry_id,
        account=raw.account,
        channel=raw.channel,
        kind=Kind.MESSAGE,
        received_at=raw.received_at,
        sender=Sender(name=name_of(text_of(tree, "name")), handles=handles),
        attachments=tuple(file for file, _ in files),
        fields={f"file_{place}": text_of(one, "where") for place, (_, one) in enumerate(files, 1)},
    )
    return Parsed(Outcome.IGNORED, inquiry, "fetched", fetched=True)


def added(inquiry: Inquiry, told: Inquiry) -> Inquiry:
    """The inquiry with what was fetched; what it said itself stays."""
    sender, theirs = inquiry.sender, told.sender
    known = {where: told.attachments[place - 1] for place, where in _wheres(told)}
    is_form = told.kind is Kind.FORM
    return replace(
        inquiry,
        sender=replace(
            sender,
            name=sender.name or theirs.name,
            phones=sender.phones or theirs.phones,
            emails=sender.emails or theirs.emails,
            company=sender.company or theirs.company,
        ),
        text=inquiry.text or told.text,
        attachments=_with(inquiry, known),
        attribution=told.attribution if is_form else inquiry.attribution,
        fields={**told.fields, **inquiry.fields} if is_form else inquiry.fields,
    )


def kept(before: Inquiry, newer: Inquiry) -> Inquiry:
    """A message that was edited, with what had been fetched of it before."""
    if newer.call is not None or (not before.attachments and newer.sender.name):
        return newer
    known = {where: before.attachments[place - 1] for place, where in _wheres(before)}
    name = newer.sender.name or (before.sender.name if before.sender.handles == newer.sender.handles else "")
    return replace(newer, sender=replace(newer.sender, name=name), attachments=_with(newer, known))


def shows(before: Inquiry, newer: Inquiry) -> bool:
    """Whether a card looks different now."""
    return _face(before) != _face(newer)


def _face(inquiry: Inquiry) -> tuple[object, ...]:
    sender = inquiry.sender
    files = tuple((one.name, one.size) for one in inquiry.attachments)
    return sender.name, sender.phones, sender.emails, sender.company, inquiry.text, files


def _with(inquiry: Inquiry, known: Mapping[str, Attachment]) -> tuple[Attachment, ...]:
    if not known:
        return inquiry.attachments
    found = {place: known[where] for place, where in _wheres(inquiry) if where in known}
    return tuple(
        _joined(one, found[place]) if place in found else one
        for place, one in enumerate(inquiry.attachments, 1)
    )


def _joined(one: Attachment, got: Attachment) -> Attachment:
    if one.stored:
        return one
    kind = got.type if got.type and one.type == "application/octet-stream" else one.type
    return replace(one, type=kind, size=got.size or one.size, stored=got.stored, note=got.note)


def _wheres(inquiry: Inquiry) -> list[tuple[int, str]]:
    places = range(1, len(inquiry.attachments) + 1)
    return [(place, where) for place in places if (where := inquiry.fields.get(f"file_{place}", ""))]
