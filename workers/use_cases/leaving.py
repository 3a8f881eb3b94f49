"""How managers leave: a lost phone is revoked; a dismissal ends all access and hands over, with a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from crm.owners.table import choose_owner
from intake.account import Account
from intake.clock import Millis
from intake.deal import Leave, Manager
from intake.decision import Snapshot, Wanted
from intake.errors import Conflict, NotFound
from intake.inquiry import Inquiry, Kind
from intake.ports import Access, Command, Who
from workers.fold import Fold
from workers.handover import hand_over, hand_over_offer
from workers.use_cases.case import House, the_manager

FOR_EVER: Millis = 253_402_300_799_000
"""The last second of the year 9999: who left is away until then, and the heir stands in."""


class Holdings(Protocol):
    """Where it is read what a manager answers for."""

    def holdings(self, manager: str) -> dict[str, Any]:
        """`open_deals` and `offered` inquiries by id, oldest first; how many `clients` and planned `tasks`."""
        ...


class LeavingCases:
    """The verbs `revoke` and `dismiss` of a manager. Each raises NotFound, Conflict, Forbidden."""

    def __init__(self, house: House, holdings: Holdings, access: Access) -> None:
        self._house = house
        self._holdings = holdings
        self._access = access

    def revoke(self, command: Command, who: Who) -> None:
        """A lost phone: the account in `messenger`, or in every one, is the manager's no more; sessions, tokens,
        links and invites end. Cards go the ways that are left; `invite` joins another account."""
        messenger = command.args.get("messenger", "")

        def step(fold: Fold) -> None:
            one = the_manager(fold, command.ident)
            kept = {name: address for name, address in one.contacts.items() if messenger not in ("", name)}
            fold.changes.managers[one.id] = replace(one, contacts=kept)

        self._house.fold(Wanted(), step, command, who)
        self._access.revoke(command.ident)

    def dismiss(self, command: Command, who: Who) -> dict[str, Any]:
        """End all access at once and hand everything over: to the `heir`, else to the others by turn. With `preview`
        = "1" nothing is done. Answers what moves: `{"manager", "heir", "open_deals", "offered", "clients", "tasks",
        "extension", "mailboxes", "deputy_of", "head_of"}`."""
        held, heir = self._holdings.holdings(command.ident), command.args.get("heir", "")
        told = self._told(command.ident, heir, held)
        if command.args.get("preview", "") == "1":
            return told
        wanted = Wanted(deals=held["open_deals"], inquiries=held["offered"], loads=self._house.rules().loads)

        def step(fold: Fold) -> None:
            one = the_manager(fold, command.ident)
            if heir:
                the_manager(fold, heir)
            gone = replace(
                one,
                state="dismissed",
                paused_until=None,
                extension="",
                leave=Leave(fold.now, FOR_EVER, heir) if heir else None,
            )
            fold.snapshot.managers[one.id] = fold.changes.managers[one.id] = gone
            fold.changes.left[one.id] = heir
            self._hand_on(fold, one, held, heir)
            _replace_in_offices(fold, one, heir)

        self._house.fold(wanted, step, command, who)
        self._access.revoke(command.ident)
        return told

    def _told(self, manager: str, heir: str, held: Mapping[str, Any]) -> dict[str, Any]:
        """What moves. Raises Conflict for somebody who does not work here."""
        snapshot: Snapshot = self._house.ledger.look(Wanted())
        for one in (manager, heir):
            if one and one not in snapshot.managers:
                raise NotFound(f"no manager {one}")
            if one and snapshot.managers[one].state == "dismissed":
                raise Conflict(f"no manager {one} works here")
        if heir == manager:
            raise Conflict("nobody takes over from themselves: name another manager")
        accounts = self._house.rules().accounts.values()
        people = snapshot.managers.values()
        return {
            "manager": manager,
            "heir": heir,
            **held,
            "extension": snapshot.managers[manager].extension,
            "mailboxes": [one.id for one in accounts if one.owner == manager],
            "deputy_of": [
                one.id
                for one in people
                if one.leave and one.leave.deputy == manager and one.state != "dismissed"
            ],
            "head_of": [one.id for one in snapshot.departments.values() if one.head == manager],
        }

    def _hand_on(self, fold: Fold, one: Manager, held: Mapping[str, Any], heir: str) -> None:
        for deal_id in held["open_deals"]:
            deal = fold.snapshot.deals.get(deal_id)
            if deal and deal.owner == one.id:
                hand_over(fold, deal, heir or _by_turn(fold, one), "")
        for ident in held["offered"]:
            offer = fold.snapshot.cards.get(ident)
            if offer and offer.manager == one.id:
                hand_over_offer(fold, offer, heir or _by_turn(fold, one))


def _by_turn(fold: Fold, one: Manager) -> str:
    """Whose turn it is in the department of who leaves; at night anybody who works here. Raises Conflict."""
    nothing = Inquiry("", "", "", Kind.MESSAGE, fold.now)
    case = fold.owner_case(nothing, Account("", "", department=one.department), None)
    pick, _ = choose_owner(replace(case, handed=True, but=(one.id,)))
    if pick:
        fold.use_up(pick.turn)
        return pick.manager
    others = [other.id for other in fold.snapshot.managers.values() if other.state != "dismissed"]
    if not others:
        raise Conflict("nobody is there to take over: name an heir")
    return min(others, key=lambda other: (fold.snapshot.managers[other].weight == 0, other))


def _replace_in_offices(fold: Fold, one: Manager, heir: str) -> None:
    """Deputies, heads, and the extension that clients know."""
    for other in list(fold.snapshot.managers.values()):
        leave = other.leave
        if leave and leave.deputy == one.id and other.id != one.id:
            deputy = heir if heir != other.id else ""
            fold.changes.managers[other.id] = replace(other, leave=replace(leave, deputy=deputy))
    for group in fold.snapshot.departments.values():
        if group.head == one.id:
            fold.changes.departments[group.id] = replace(group, head=heir)
    if heir and one.extension:
        known = fold.changes.managers.get(heir) or fold.snapshot.managers[heir]
        if not known.extension:
            fold.changes.managers[heir] = replace(known, extension=one.extension)
