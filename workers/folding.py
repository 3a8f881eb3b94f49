"""Folding a later event into an inquiry: a call goes on, a message is edited; nothing ever goes back.

The events of a call come in any order and more than once. So each part of a call is joined by itself, in a way
that does not ask which came first: whatever the order, the call ends in the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from channels.messages import DELETED
from intake.calls import Standing, standing
from intake.clock import Millis
from intake.decision import Decision
from intake.inquiry import Attribution, Call, Inquiry, Outcome, Parsed, Recipient, Sender, State
from workers.albums import is_album, joined_album

_STATUSES = ("", "ringing", "failed", "missed", "answered")
"""How far a call has come: a missed one may turn out answered, none goes back."""
_DIRECTIONS = ("", "internal", "out", "in")
"""Which side of a call counts: a client's call stays one when colleagues pass it on among themselves."""
_PASSING = frozenset(("part", "internal", "service", "answer"))
"""Why an event was nobody's request that say nothing of the call's other events."""


def merged(before: Inquiry, later: Inquiry) -> Inquiry:
    """The inquiry as both events tell it, whichever came first. Its id, and when it was received, stay."""
    if before.call and later.call:
        return _one_call(before, later, _joined(before.call, later.call))
    if DELETED in later.fields or (DELETED in before.fields and not before.text and not before.attachments):
        return _taken_back(before, later)
    if is_album(before, later):
        return joined_album(before, later)
    newest = max(before, later, key=lambda one: one.occurred_at or one.received_at)
    return replace(newest, id=before.id, received_at=before.received_at, external_id=before.external_id)


def _taken_back(before: Inquiry, later: Inquiry) -> Inquiry:
    """The message with the note that it was taken back; what it said stays, whichever event came first."""
    said, note = (before, later) if DELETED in later.fields else (later, before)
    return replace(
        said,
        id=before.id,
        received_at=before.received_at,
        external_id=before.external_id,
        fields={**said.fields, DELETED: note.fields[DELETED]},
    )


def is_part(inquiry: Inquiry) -> bool:
    """Whether this event only adds to a call that other events tell of - its record, its bare end - and is no
    request by itself: it says neither who rang nor how the call stands."""
    return inquiry.call is not None and not inquiry.call.status and not inquiry.sender.phones


def is_ringing(inquiry: Inquiry) -> bool:
    """Whether it is a call that is not over."""
    return inquiry.call is not None and standing(inquiry) is Standing.GOING


def is_loud(inquiry: Inquiry) -> bool:
    """Whether its card makes a sound: a telephone that rings does so itself, and an answered call needs nobody."""
    return inquiry.call is None or inquiry.call.status not in ("ringing", "answered")


def turns_out_request(decision: Decision, parsed: Parsed, newer: Inquiry) -> bool:
    """Whether a call of which nobody was told turns out a client's: its record, its colleagues' part or the leg
    we dialled came before the ring. Or a message that was taken back before it came: somebody wrote it."""
    if DELETED in newer.fields and newer.call is None:
        return decision.state is State.IGNORED and parsed.outcome is Outcome.ACCEPTED
    return (
        decision.state is State.IGNORED
        and decision.state_reason in _PASSING
        and parsed.outcome is Outcome.ACCEPTED
        and newer.call is not None
        and newer.call.direction in ("in", "")
        and not is_part(parsed.inquiry)
    )


def _one_call(one: Inquiry, other: Inquiry, call: Call) -> Inquiry:
    knows = max(one, other, key=_told_by)
    return replace(
        one,
        call=replace(call, client_told=knows.call.client_told if knows.call else ""),
        occurred_at=_least(one.occurred_at, other.occurred_at),
        sender=_sender(one.sender, other.sender, knows.sender.phones),
        recipient=Recipient(
            line=_word(one.recipient.line, other.recipient.line),
            extension=_word(one.recipient.extension, other.recipient.extension),
            mailbox=_word(one.recipient.mailbox, other.recipient.mailbox),
        ),
        subject=_word(one.subject, other.subject),
        text=_longer(one.text, other.text),
        attribution=_attribution(one.attribution, other.attribution),
        fields=_table(one.fields, other.fields),
        service=_word(one.service, other.service),
        history=one.history and other.history,
    )


def _joined(one: Call, other: Call) -> Call:
    """Both events' call. Of several who took it the last one counts: a transferred call is with whom it ended."""
    last = max(one, other, key=lambda call: (bool(call.answered_by), call.answered_at or 0, call.answered_by))
    return Call(
        id=_word(one.id, other.id),
        direction=_furthest(_DIRECTIONS, one.direction, other.direction),
        status=_furthest(_STATUSES, one.status, other.status),
        answered_by=last.answered_by,
        answered_at=last.answered_at,
        talk_s=_most(one.talk_s, other.talk_s),
        wait_s=_most(one.wait_s, other.wait_s),
        ended_at=_most(one.ended_at, other.ended_at),
        recording_url=_word(one.recording_url or "", other.recording_url or "") or None,
    )


def _told_by(inquiry: Inquiry) -> tuple[bool, int, tuple[str, ...]]:
    """How well an event knows the client: that of a client's own call best."""
    told = inquiry.call.client_told if inquiry.call else ""
    return bool(inquiry.sender.phones), _place(_DIRECTIONS, told), inquiry.sender.phones


def _sender(one: Sender, other: Sender, phones: tuple[str, ...]) -> Sender:
    return Sender(
        name=_longer(one.name, other.name),
        phones=phones,
        extensions=_each(one.extensions, other.extensions),
        emails=_each(one.emails, other.emails),
        handles=_table(one.handles, other.handles),
        company=_longer(one.company, other.company),
        inn=_word(one.inn, other.inn),
    )


def _attribution(one: Attribution, other: Attribution) -> Attribution:
    return Attribution(
        utm=_table(one.utm, other.utm),
        page_url=_longer(one.page_url, other.page_url),
        referrer=_longer(one.referrer, other.referrer),
        click_id=_longer(one.click_id, other.click_id),
    )


def _place(order: tuple[str, ...], word: str) -> int:
    return order.index(word) if word in order else 0


def _furthest(order: tuple[str, ...], one: str, other: str) -> str:
    return max(one, other, key=lambda word: (_place(order, word), word))


def _word(one: str, other: str) -> str:
    """The one that says something; of two the first by the alphabet, so that it is always the same."""
    return min(one, other) if one and other else one or other


def _longer(one: str, other: str) -> str:
    return max(one, other, key=lambda text: (len(text), text))


def _each(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def _table(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    return {name: _longer(one.get(name, ""), other.get(name, "")) for name in sorted({*one, *other})}


def _most(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)


def _least(one: Millis | None, other: Millis | None) -> Millis | None:
    return min((value for value in (one, other) if value is not None), default=None)
