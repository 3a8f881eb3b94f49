"""Calls on a deal's feed: how each of them stands, how many were missed since we last talked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from intake.clock import Millis
from intake.deal import Interaction
from intake.inquiry import Inquiry, Kind


class Standing(StrEnum):
    """How a call stands: it goes on (or nobody told yet), nobody talked, somebody did. It never goes back."""

    GOING = "ringing"
    MISSED = "missed"
    ANSWERED = "answered"


_STANDINGS = {"missed": Standing.MISSED, "failed": Standing.MISSED, "answered": Standing.ANSWERED}


def standing(inquiry: Inquiry) -> Standing:
    """How the inquiry's call stands. One that never got through is missed as well."""
    return _STANDINGS.get(inquiry.call.status, Standing.GOING) if inquiry.call else Standing.GOING


def told(inquiry: Inquiry) -> str:
    """How the call stands, as a feed tells it; "" while nothing is known of that."""
    return standing(inquiry).value if inquiry.call and inquiry.call.status else ""


def talked_at(inquiry: Inquiry) -> Millis:
    """When the talk of an answered call began, as near as its events tell."""
    call, began = inquiry.call, inquiry.occurred_at or inquiry.received_at
    if call is None:
        return began
    if call.answered_at is not None:
        return call.answered_at
    if call.ended_at is not None and call.talk_s is not None:
        return max(began, call.ended_at - call.talk_s * 1000)
    return began + (call.wait_s or 0) * 1000


@dataclass(frozen=True, slots=True)
class CallLog:
    """What the calls of a feed say together. `missed` counts the client's calls since the last talk, `tries` ours
    that nobody picked up since then; `talk_at` is when that last talk began, None when there was none."""

    missed: int = 0
    tries: int = 0
    talk_at: Millis | None = None


NO_CALLS = CallLog()
"""Nobody called."""


def call_log(feed: Iterable[Interaction], since: Millis = 0) -> CallLog:
    """The log of a feed's calls, those before `since` left out. Their order does not matter."""
    calls = [one for one in feed if one.kind == Kind.CALL.value and one.at >= since]
    talks = [one.at for one in calls if one.text == Standing.ANSWERED.value]
    talk_at = max(talks, default=None)
    later = [
        one for one in calls if one.text == Standing.MISSED.value and (talk_at is None or one.at > talk_at)
    ]
    ours = sum(one.direction == "out" for one in later)
    return CallLog(len(later) - ours, ours, talk_at)
