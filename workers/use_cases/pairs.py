"""What is said of two clients side by side: they are one, they are two, or it is put off. It is remembered."""

from __future__ import annotations

from dedup.keys import memory_keys
from dedup.known import Subject
from intake.contact import ContactPoint
from intake.decision import Verdict, Wanted
from intake.errors import Conflict
from intake.ports import Command, Reader, Who
from workers.fold import Fold
from workers.use_cases.case import House
from workers.use_cases.clients import merge_clients, the_client

LATER = "later"


class PairCases:
    """The verbs `same`, `different` and `later` of a client; `client_id` names the other one. Each raises NotFound,
    Conflict."""

    def __init__(self, house: House, reader: Reader) -> None:
        self._house = house
        self._reader = reader

    def same(self, command: Command, who: Who) -> None:
        """They are one: the named client takes this one in. It can be undone with `unmerge`."""
        other = command.args.get("client_id", "")

        def step(fold: Fold) -> None:
            if the_client(fold, command.ident).merged_into == other and other:
                return
            merge_clients(fold, command.ident, other, who.name)

        self._house.fold(Wanted(clients=[command.ident, other]), step, command, who)

    def different(self, command: Command, who: Who) -> None:
        """They are two: neither the base's duplicates nor an inquiry of one brings up the other again."""
        other = command.args.get("client_id", "")
        keys = {ident: self._known_by(ident) for ident in (command.ident, other)}

        def step(fold: Fold) -> None:
            self._answer(fold, command.ident, other, "different", who)
            for mine, its in ((command.ident, other), (other, command.ident)):
                # what both are known by tells neither of them apart
                for key in sorted(keys[mine] - keys[its]):
                    fold.changes.verdicts.append(Verdict(key, its, "", False, fold.now, who.name))

        self._house.fold(Wanted(clients=[command.ident, other]), step, command, who)

    def later(self, command: Command, who: Who) -> None:
        """Not now: the question is put off, not answered."""
        other = command.args.get("client_id", "")

        def step(fold: Fold) -> None:
            self._answer(fold, command.ident, other, LATER, who)

        self._house.fold(Wanted(clients=[command.ident, other]), step, command, who)

    def _known_by(self, ident: str) -> set[str]:
        """The keys under which answers about the client's people are remembered."""
        found = self._reader.one("client", ident) or {"persons": ()}
        keys: set[str] = set()
        for person in found["persons"]:
            told = [("phone", one) for one in person["phones"]] + [("email", one) for one in person["emails"]]
            told += [(f"handle:{messenger}", one) for messenger, one in person["handles"].items()]
            points = tuple(ContactPoint(kind, value) for kind, value in told)
            keys |= set(memory_keys(Subject(name=person["name"], points=points)))
        return keys

    def _answer(self, fold: Fold, client: str, other: str, answer: str, who: Who) -> None:
        for ident in (client, other):
            if the_client(fold, ident).merged_into:
                raise Conflict(f"{ident}: {fold.rules.say('this client was merged into another one')}")
        if client == other:
            raise Conflict(fold.rules.say("this is one and the same client"))
        for pair in ((client, other), (other, client)):
            fold.changes.suspect_answers[pair] = (answer, who.name)
