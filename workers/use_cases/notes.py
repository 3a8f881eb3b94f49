"""What a manager jots down under a card: a note on the deal, which may go to the client after all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from intake.deal import Interaction
from intake.decision import Wanted
from intake.errors import Conflict, Forbidden, NotFound
from intake.ports import Command, Who
from intake.view import CardView
from workers.births import derived
from workers.fold import Fold
from workers.use_cases.case import House, Notes, the_deal, the_manager
from workers.use_cases.replying import Replying

NOTE = "note"
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class NoteCases:
    """The verbs `note` of a card and `send` of a note. Each raises NotFound, Conflict, Forbidden."""

    house: House
    notes: Notes
    replying: Replying

    def note(self, command: Command, who: Who) -> dict[str, Any]:
        """Keep `text` on the card's deal; `key` recognises it when it comes again. The answer: `note` (its id) and the
        deal's `number`."""
        view, text = self._card(command.ident), command.args.get("text", "").strip()[:LONGEST]
        if not view.card.deal_id:
            raise Conflict(
                self.house.rules().say("take it first: there is no deal yet that a note could stand on")
            )
        ident = derived(NOTE, f"{view.card.deal_id}:{command.args.get('key', '') or text}")

        def step(fold: Fold) -> None:
            me, deal = the_manager(fold, who.manager), the_deal(fold, view.card.deal_id)
            if deal.owner != me.id:
                holder = fold.snapshot.managers.get(deal.owner)
                name = holder.name if holder else deal.owner
                raise Conflict(fold.rules.say("{name} answers for it now").format(name=name))
            said = Interaction(ident, deal.id, deal.client_id, "", NOTE, "out", fold.now, text, me.id)
            fold.changes.interactions[ident] = said

        self.house.fold(Wanted(deals=[view.card.deal_id]), step, command, who)
        return {"note": ident, "number": view.deal_number, "card": command.ident}

    def send(self, command: Command, who: Who) -> dict[str, Any]:
        """Write the note to the client, by the channel he came by; it is an answer then, and a note no more."""
        note = self.notes.note(command.ident)
        if note is None:
            raise NotFound(self.house.rules().say("this note was sent, or is no longer kept"))
        if note.actor != who.manager:
            raise Forbidden("another one's note")
        reply = Command("reply", "inquiry", note.inquiry_id, {"text": note.text, "key": command.ident})
        self.replying.do(reply, who)

        def step(fold: Fold) -> None:
            fold.changes.gone_interactions.append(command.ident)

        self.house.fold(Wanted(), step, command, who)
        return {"note": command.ident, "deal_id": note.deal_id}

    def _card(self, ident: str) -> CardView:
        view = self.notes.read([ident]).get(ident)
        if view is None:
            raise NotFound("there is no such card")
        return view
