"""What is said about who it is: the suspect is the client, or somebody else. It is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dedup.keys import memory_keys
from dedup.known import Subject
from intake.decision import Decision, Identity, Verdict, Wanted
from intake.errors import Conflict, NotFound
from intake.inquiry import Inquiry, State
from intake.ports import Command, Who
from workers.births import derived
from workers.fold import Fold
from workers.use_cases.case import House, current
from workers.use_cases.clients import merge_clients

EVERYONE = "all"
"""As `client_id`: every suspect."""


class IdentityCases:
    """The verbs `same` and `different` of an inquiry; `client_id` names the suspect, the likeliest when it is left
    out. Each raises NotFound, Conflict."""

    def __init__(self, house: House) -> None:
        self._house = house

    def different(self, command: Command, who: Who) -> None:
        """The suspect and this client are different people; of `all` suspects that can be said at once."""
        named = command.args.get("client_id", "")
        asked, wanted, decision = self._house.asked(command.ident)
        suspects = self._suspects(decision, named)
        wanted = replace(wanted, clients=[*suspects, decision.client_id])

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            for suspect in suspects:
                _remember(fold, asked.subject, decision.client_id, suspect, who, same=False)
            if decision.state is State.OFFERED:
                left = tuple(one for one in decision.candidates if one.client_id not in suspects)
                identity = decision.identity if left else Identity.NEW
                fold.record(inquiry, replace(decision, candidates=left, identity=identity))
            _show(fold, inquiry, decision, "")

        self._house.fold(wanted, step, command, who)

    def same(self, command: Command, who: Who) -> None:
        """The suspect is the one. A client who was born of the inquiry is merged into the suspect, of any other one
        the deal alone becomes the suspect's; what is only offered is the suspect's when it is taken."""
        asked, wanted, decision = self._house.asked(command.ident)
        (suspect,) = self._suspects(decision, command.args.get("client_id", ""))[:1]
        wanted = replace(wanted, clients=[suspect, decision.client_id])

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            if suspect not in fold.snapshot.clients:
                raise NotFound(f"no client {suspect}")
            _remember(fold, asked.subject, decision.client_id, suspect, who, same=True)
            settled = replace(decision, client_id=suspect, person_id="", identity=Identity.SAME)
            if decision.client_id == derived("client", inquiry.id):
                merge_clients(fold, decision.client_id, suspect, who.name)
                fold.record(inquiry, replace(decision, identity=Identity.SAME))
                _show(fold, inquiry, decision, "")
                return
            if decision.deal_id:
                deal = fold.snapshot.deals[decision.deal_id]
                fold.keep(replace(deal, client_id=suspect, person_id=""))
            if decision.deal_id or decision.state is State.OFFERED:
                fold.record(inquiry, replace(settled, candidates=()))
            _show(fold, inquiry, decision, suspect)

        self._house.fold(wanted, step, command, who)

    def _suspects(self, decision: Decision, named: str) -> Sequence[str]:
        """The living clients that are spoken of."""
        if not decision.candidates:
            raise Conflict(self._house.rules().say("there is no suspect"))
        if named == EVERYONE:
            found = [one.client_id for one in decision.candidates]
        else:
            found = [named or decision.candidates[0].client_id]
        return list(dict.fromkeys(self._living(one) for one in found))

    def _living(self, client_id: str) -> str:
        """The client into which this one was merged by now, or itself."""
        found = self._house.ledger.look(Wanted(clients=[client_id])).clients.get(client_id)
        return self._living(found.merged_into) if found and found.merged_into else client_id


def _remember(fold: Fold, subject: Subject, client: str, suspect: str, who: Who, *, same: bool) -> None:
    for key in memory_keys(subject):
        fold.changes.verdicts.append(Verdict(key, suspect, "", same, fold.now, who.name))
    fold.changes.suspect_answers[client, suspect] = ("same" if same else "different", who.name)


def _show(fold: Fold, inquiry: Inquiry, decision: Decision, client: str) -> None:
    """The question is gone from the card, and the client may be another one."""
    key = decision.deal_id or inquiry.id
    card = fold.snapshot.cards.get(key)
    if card and card.id not in fold.changes.cards:
        settled = replace(card, client_id=client or card.client_id, version=card.version + 1)
        fold.ring(settled, key, inquiry.id, loud=False)
