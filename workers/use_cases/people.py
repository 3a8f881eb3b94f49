"""How managers come in: an invite, a messenger account that joins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from intake.decision import Wanted
from intake.errors import Conflict, Forbidden
from intake.ports import Access, Command, Health, Who
from workers.fold import Fold
from workers.use_cases.case import House, the_manager

LINK_S = 7 * 24 * 3600
TAPS = "taps:"
"""Before a messenger's name: who reports how its bot hears, with the address that opens it as `door`."""


class PeopleCases:
    """The verbs of a manager. Each raises NotFound, Conflict, Forbidden."""

    def __init__(self, house: House, access: Access, address: str, health: Health | None = None) -> None:
        self._house = house
        self._access = access
        self._address = address
        self._health = health

    def invite(self, command: Command, who: Who) -> dict[str, Any]:
        """A link for the manager: it signs them in, in the browser; with `messenger` named it joins their account
        there instead."""
        self._check(command.ident)
        del who
        messenger = command.args.get("messenger", "")
        if messenger:
            door = self._door(messenger)
            link = door + self._access.invite(command.ident, self._house.clock.now(), LINK_S)
        else:
            secret = self._access.sign_in_link("manager", command.ident, self._house.clock.now(), LINK_S)
            link = f"{self._address}/sign-in/{secret}"
        return {"manager": command.ident, "link": link, "valid_s": LINK_S}

    def join(self, command: Command, who: Who) -> dict[str, Any]:
        """A messenger account comes with the secret of an invite: it is the manager's from now on, and nobody
        else's. Again by the same account it changes nothing. `messenger`, `address` and `secret` say what came."""
        messenger, address = command.args["messenger"], command.args["address"]
        account = f"{messenger}:{address}"
        invited = self._access.accept_invite(command.args["secret"], account, self._house.clock.now())
        if invited is None:
            raise Forbidden("this invite is used up or too old: ask for a new one")

        def step(fold: Fold) -> None:
            manager = the_manager(fold, invited)
            for other in fold.snapshot.managers.values():
                if other.id != invited and other.contacts.get(messenger) == address:
                    kept = {name: one for name, one in other.contacts.items() if name != messenger}
                    fold.changes.managers[other.id] = replace(other, contacts=kept)
            order = manager.notify
            if order and messenger not in order:
                order = (messenger, *order)
            joined = replace(manager, contacts={**manager.contacts, messenger: address}, notify=order)
            fold.changes.managers[invited] = joined

        self._house.fold(Wanted(), step, replace(command, ident=invited), who)
        return {"manager": invited, "name": self._house.ledger.look(Wanted()).managers[invited].name}

    def _door(self, messenger: str) -> str:
        """The address that opens the messenger's bot, as its listener told it. Raises Conflict."""
        told = self._health.reports() if self._health else []
        for report in told:
            if report.account == f"{TAPS}{messenger}" and report.detail.get("door"):
                return str(report.detail["door"])
        raise Conflict(f"the bot of {messenger} is not connected yet: set notify.{messenger} and start")

    def _check(self, manager: str) -> None:
        managers = self._house.ledger.look(Wanted()).managers
        if manager not in managers or managers[manager].state == "dismissed":
            raise Conflict(f"no manager {manager} works here")
