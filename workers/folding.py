"""Folding a later event into an inquiry: a call goes on, a message is edited; nothing ever goes back."""

from __future__ import annotations

from dataclasses import replace

from intake.inquiry import Call, Inquiry, Sender

_RANK = {"ringing": 0, "failed": 1, "missed": 2, "answered": 3}


def merged(before: Inquiry, later: Inquiry) -> Inquiry:
    """The inquiry as both events tell it, whichever came first."""
    if before.call and later.call:
        return replace(before, call=_call(before.call, later.call), sender=_fuller(before, later))
    newest = max(before, later, key=lambda one: one.occurred_at or one.received_at)
    return replace(newest, id=before.id, received_at=before.received_at, external_id=before.external_id)


def _fuller(before: Inquiry, later: Inquiry) -> Sender:
    return before.sender if before.sender.phones else later.sender


def _call(one: Call, other: Call) -> Call:
    furthest = max(one, other, key=lambda call: _RANK.get(call.status, 0))
    return replace(
        furthest,
        id=one.id,
        answered_by=furthest.answered_by or one.answered_by or other.answered_by,
        talk_s=_most(one.talk_s, other.talk_s),
        wait_s=_most(one.wait_s, other.wait_s),
        ended_at=_most(one.ended_at, other.ended_at),
        recording_url=one.recording_url or other.recording_url,
    )


def _most(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)
