"""What is done with a client: another one is merged into it, a merge is undone."""

from __future__ import annotations

from dataclasses import replace

from intake.deal import Card, CardState, Client
from intake.decision import Merge, Wanted
from intake.errors import Conflict, NotFound
from intake.ports import Command, Who
from workers.fold import Fold
from workers.use_cases.case import House


class ClientCases:
    """The verbs of a client; `client_id` names the other one. Each raises NotFound, Conflict."""

    def __init__(self, house: House) -> None:
        self._house = house

    def merge(self, command: Command, who: Who) -> None:
        """The other client is this one: its people, contacts, deals, inquiries and open questions move here."""
        other = command.args.get("client_id", "")

        def step(fold: Fold) -> None:
            if the_client(fold, other).merged_into == command.ident:
                return
            merge_clients(fold, other, command.ident, who.name)

        self._house.fold(Wanted(clients=[command.ident, other]), step, command, who)

    def unmerge(self, command: Command, who: Who) -> None:
        """The other client is a client of its own again: what moved moves back, what came since goes with its
        person and its deal."""
        other = command.args.get("client_id", "")

        def step(fold: Fold) -> None:
            the_client(fold, command.ident)
            if the_client(fold, other).merged_into != command.ident:
                raise Conflict(fold.rules.say("this client was not merged into that one"))
            fold.changes.merges.append(Merge(other, command.ident, fold.now, who.name, undo=True))
            _tell_cards(fold, command.ident)

        self._house.fold(Wanted(clients=[command.ident, other]), step, command, who)


def merge_clients(fold: Fold, loser: str, winner: str, who: str) -> None:
    """Merge `loser` into `winner` within this fold, both of which it has read. Raises NotFound, Conflict."""
    if loser == winner:
        raise Conflict(fold.rules.say("this is one and the same client"))
    for ident in (loser, winner):
        gone = the_client(fold, ident).merged_into
        if gone:
            raise Conflict(f"{ident}: {fold.rules.say('this client was merged into another one')} ({gone})")
    fold.changes.merges.append(Merge(loser, winner, fold.now, who))
    _tell_cards(fold, loser)
    lost = fold.snapshot.clients[loser]
    fold.snapshot.clients[loser] = replace(lost, merged_into=winner)


def the_client(fold: Fold, ident: str) -> Client:
    """The client as it stands in this transaction. Raises NotFound."""
    found = fold.snapshot.clients.get(ident)
    if found is None:
        raise NotFound(f"no client {ident}" if ident else "name the other client: client_id = <id>")
    return found


def _tell_cards(fold: Fold, client_id: str) -> None:
    """The cards of a client's open deals are shown anew, silently. Whose they are is written with the merge."""
    for deal_id in fold.snapshot.client_deals.get(client_id, ()):
        card = fold.snapshot.cards.get(deal_id)
        if card and card.id not in fold.changes.cards and card.state is not CardState.CLOSED:
            fold.ring(_newer(card), deal_id, card.inquiry_ids[-1], loud=False)


def _newer(card: Card) -> Card:
    return replace(card, version=card.version + 1)
