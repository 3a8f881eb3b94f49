"""Telling a manager something that is no card: by the first messenger that takes it, else by the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from intake.clock import Clock, Millis
from intake.effect import DueEffect
from intake.inquiry import Inquiry
from notify.base import Failure, Gone, Notice, Shown, Trouble
from notify.notices import Writer
from notify.style import Face
from workers.relaying.desk import Desk
from workers.relaying.gates import back_off_ms
from workers.relaying.ways import Way


@dataclass(frozen=True, slots=True)
class Told:
    """How it ended: told (`again_at` and `parked` say nothing) by the messenger `via`, "" where there is none, as its
    message `message_id`; to be tried again at an instant; or hopeless."""

    reason: str = ""
    again_at: Millis | None = None
    parked: bool = False
    unsure: bool = False
    via: str = ""
    message_id: str = ""


async def tell(
    one: DueEffect,
    found: Sequence[Way],
    writer: Writer,
    clock: Clock,
    spare_after_ms: int,
    earlier: Mapping[str, str] = MappingProxyType({}),
) -> Told:
    """Tell it by the manager's ways, in their order. Who has no way at all is told nothing: pages have it too.
    `earlier` are the messages that show the same thing already, by messenger: they are edited."""
    reasons: list[str] = []
    unsure = one.unsure
    found = [way for way in found if way.name != one.effect.payload.get("not_by")] or found
    for number, way in enumerate(found):
        if not way.station.gate.enter():
            reasons.append(f"{way.name} does not answer")
            continue
        face = Face(clock.now(), way.public, unsure)
        outcome = await _show(one, way, writer.notice(one.effect.payload, face), spare_after_ms, earlier)
        if isinstance(outcome, Shown):
            return Told(via=way.name, message_id=outcome.message_id)
        unsure = unsure or outcome.unsure
        reasons.append(outcome.reason)
        if outcome.retryable:
            pause = back_off_ms(one.attempts, outcome)
            waited = clock.now() - one.effect.created_at
            spares = any(other.station.gate.passable() for other in found[number + 1 :])
            if not spares or (waited + pause <= spare_after_ms and outcome.trouble is not Trouble.LOCKED):
                return Told(outcome.reason, clock.now() + pause, unsure=unsure)
    if any(not way.station.gate.passable() for way in found):
        again_at = min(way.station.gate.retry_at for way in found) + 1
        return Told("; ".join(reasons), max(again_at, clock.now() + 1000), unsure=unsure)
    return Told("; ".join(reasons), parked=bool(found))


async def with_inquiry(one: DueEffect, desk: Desk) -> DueEffect:
    """The notice with the lines of the inquiry that it tells of, if it tells of one."""
    ident = one.effect.payload.get("inquiry_id", "")
    if not ident:
        return one
    found = await desk.inquiry(ident)
    payload = {**one.effect.payload, "text": "\n".join(_lines(found)) if found else ""}
    return replace(one, effect=replace(one.effect, payload=payload))


def _lines(inquiry: Inquiry) -> list[str]:
    """Who, how to answer, what about."""
    sender = inquiry.sender
    contacts = ", ".join((*sender.phones, *sender.emails, *sender.handles.values()))
    files = ", ".join(one.name for one in inquiry.attachments)
    told = [f"{sender.name} {sender.company}".strip(), contacts, inquiry.subject, inquiry.text, files]
    return [one for one in told if one]


async def _show(
    one: DueEffect, way: Way, notice: Notice, spare_after_ms: int, earlier: Mapping[str, str]
) -> Shown | Failure:
    wait_s = way.wait_s
    if wait_s * 1000 > spare_after_ms:
        return Failure(Trouble.SLOW_DOWN, f"{way.name} asked to wait {wait_s:.0f} s", after=wait_s)
    known = earlier.get(way.name, "") if way.station.messenger.edits else ""
    if not known:
        return await way.send(notice)
    outcome: Shown | Gone | Failure = await way.edit(known, notice)
    if isinstance(outcome, Shown) and one.effect.payload.get("ring") != "0":
        outcome = await way.ring(known, notice)
    if isinstance(outcome, Gone):
        return await way.send(notice)
    return outcome if isinstance(outcome, Failure) else Shown(known)
