"""The desk: `intake.ports.UseCases`, one table of verbs for buttons, pages, API and command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from channels.base import Channel
from intake.errors import NotFound
from intake.ports import Access, Command, Health, Reader, Who
from workers.use_cases.alarms import AlarmCases
from workers.use_cases.cards import CardCases
from workers.use_cases.case import House
from workers.use_cases.clients import ClientCases
from workers.use_cases.deals import DealCases
from workers.use_cases.endings import EndingCases
from workers.use_cases.identity import IdentityCases
from workers.use_cases.inquiries import InquiryCases
from workers.use_cases.leaving import Holdings, LeavingCases
from workers.use_cases.notes import NoteCases
from workers.use_cases.pairs import PairCases
from workers.use_cases.passing import PassingCases
from workers.use_cases.people import PeopleCases
from workers.use_cases.replying import Replying
from workers.use_cases.screens import ScreenCases
from workers.use_cases.shifts import ShiftCases

_Case = Callable[[Command, Who], dict[str, Any] | None]
_Do = Callable[[Command, Who], dict[str, Any]]


class Desk:
    """Carries out commands. Answers the new state of what was changed, as the API shows it. `cards` makes what presses
    the buttons of cards, by these same commands."""

    def __init__(
        self,
        house: House,
        reader: Reader,
        holdings: Holdings,
        access: Access,
        address: str,
        health: Health | None = None,
        channels: Mapping[str, Channel] = MappingProxyType({}),
        cards: Callable[[_Do], CardCases] | None = None,
    ) -> None:
        self._reader = reader
        inquiry, deal, client = InquiryCases(house), DealCases(house), ClientCases(house)
        ending, pair = EndingCases(house), PairCases(house, reader)
        people = PeopleCases(house, access, address, health)
        leaving = LeavingCases(house, holdings, access)
        shifts = ShiftCases(house)
        replying = Replying(house, channels)
        noted = NoteCases(house, house.notes, replying) if house.notes else None
        identity, passing = IdentityCases(house), PassingCases(house)
        self._cases: Mapping[tuple[str, str], _Case] = {
            **({("card", "press"): cards(self.do).press} if cards else {}),
            **({("alarm", "mute"): AlarmCases(house.alarms, house.clock).mute} if house.alarms else {}),
            ("inquiry", "take"): inquiry.take,
            ("inquiry", "attach"): inquiry.attach,
            ("inquiry", "create"): inquiry.create,
            ("inquiry", "detach"): inquiry.detach,
            ("inquiry", "reject"): inquiry.reject,
            ("inquiry", "accept"): inquiry.accept,
            ("inquiry", "assign"): inquiry.assign,
            ("inquiry", "pass_on"): inquiry.pass_on,
            ("inquiry", "replay"): inquiry.replay,
            ("inquiry", "drop"): inquiry.drop,
            ("inquiry", "same"): identity.same,
            ("inquiry", "different"): identity.different,
            ("inquiry", "decline"): passing.decline,
            ("inquiry", "called_back"): passing.called_back,
            ("inquiry", "reply"): replying.do,
            **({("card", "note"): noted.note, ("note", "send"): noted.send} if noted else {}),
            ("deal", "stage"): ending.stage,
            ("deal", "edit"): ending.edit,
            ("deal", "won"): ending.won,
            ("deal", "lost"): ending.lost,
            ("deal", "approve_loss"): ending.approve_loss,
            ("deal", "refuse_loss"): ending.refuse_loss,
            ("deal", "outcome"): ending.outcome,
            ("deal", "owner"): deal.owner,
            ("deal", "release"): deal.release,
            ("deal", "tasks"): deal.plan,
            ("task", "done"): deal.done,
            ("screen", "remove"): ScreenCases(house, reader).remove,
            ("client", "merge"): client.merge,
            ("client", "unmerge"): client.unmerge,
            ("client", "same"): pair.same,
            ("client", "different"): pair.different,
            ("client", "later"): pair.later,
            ("manager", "pause"): shifts.pause,
            ("manager", "resume"): shifts.resume,
            ("manager", "shift"): shifts.shift,
            ("manager", "leave"): shifts.leave,
            ("manager", "terms"): shifts.terms,
            ("manager", "line"): shifts.line,
            ("manager", "revoke"): leaving.revoke,
            ("manager", "dismiss"): leaving.dismiss,
            ("manager", "invite"): people.invite,
            ("manager", "join"): people.join,
        }

    def _referred(self, reference: str) -> str:
        """The deal that is called otherwise: `number:318`, or `amo:17` - by what its base of origin calls it."""
        found = self._reader.listing("deals", {"reference": reference}, 1, "").items
        if not found:
            raise NotFound(f"no deal is known as {reference}")
        return str(found[0]["id"])

    def do(self, command: Command, who: Who) -> dict[str, Any]:
        """As the port says."""
        case = self._cases.get((command.what, command.verb))
        if case is None:
            raise NotFound(f"nothing is known of {command.verb} for a {command.what}")
        if command.what == "deal" and ":" in command.ident:
            command = replace(command, ident=self._referred(command.ident))
        told = case(command, who)
        if told is not None:
            return told
        return self._reader.one(command.what, command.ident) or {}
