"""Showing one card by one way: send it, or edit the message that shows it and ring beneath."""

from __future__ import annotations

from dataclasses import dataclass, replace

from intake.clock import Clock
from intake.view import CardView
from notify.base import Failure, Gone, Shown
from notify.notices import Writer
from notify.style import Face
from workers.relaying.ways import Way

LIST = "list:"
"""Before a message's id: the message is a list that names the card among others."""
REPEAT = "repeat:"
"""Before a message's id: it may be the second message of that card, and goes on saying so."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """The card to show, whether a sound is wanted, whether an earlier try may have shown it already; a `reminder`
    says that nobody has taken it yet."""

    view: CardView
    ring: bool
    unsure: bool
    reminder: bool = False


async def show(way: Way, exhibit: Exhibit, writer: Writer, clock: Clock) -> Shown | Failure:
    """Show the card; the message that shows it now, with its mark, or what went wrong."""
    known = exhibit.view.card.messages.get(way.name, "")
    if known and not known.startswith(LIST):
        edited = await _edit(way, exhibit, writer, clock, known)
        if not isinstance(edited, Gone):
            return edited
        return await _send(way, exhibit, writer, clock, repeat=False)
    return await _send(way, exhibit, writer, clock, repeat=exhibit.unsure)


async def _send(way: Way, exhibit: Exhibit, writer: Writer, clock: Clock, *, repeat: bool) -> Shown | Failure:
    face = Face(clock.now(), public=way.public, repeat=repeat)
    notice = writer.card(exhibit.view, way.name, face)
    shown = await way.send(notice if exhibit.ring else replace(notice, silent=True))
    if isinstance(shown, Shown) and repeat:
        return Shown(f"{REPEAT}{shown.message_id}")
    return shown


async def _edit(
    way: Way, exhibit: Exhibit, writer: Writer, clock: Clock, known: str
) -> Shown | Gone | Failure:
    message_id = known.removeprefix(REPEAT)
    face = Face(clock.now(), public=way.public, repeat=known != message_id)
    edited = await way.edit(message_id, writer.card(exhibit.view, way.name, face))
    if not isinstance(edited, Shown):
        return edited
    if exhibit.ring:
        beneath = Face(clock.now(), public=way.public, repeat=exhibit.unsure)
        rung = await way.ring(message_id, writer.ring(exhibit.view, beneath, reminder=exhibit.reminder))
        if not isinstance(rung, Shown):
            return rung
    return Shown(known)
