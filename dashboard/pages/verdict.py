"""The verdict: one sentence that says how the whole is - the cause, its effect, the next step."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dashboard.pages.moments import Moments
from dashboard.parts import Readiness
from intake.ports import Overview, Stage

STALLED_S = 60
"""An inquiry nobody works on, or a card that does not go out, for this long is an emergency."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`level` is good, warn or bad; the three sentences say why, what it means, what to do."""

    level: str
    cause: str
    effect: str = ""
    step: str = ""


def verdict(whole: Overview, readiness: Readiness, moments: Moments) -> Verdict:
    """The gravest thing that is so."""
    return next(_Judge(whole, readiness, moments).found())


class _Judge:
    """Looks for what is wrong, the gravest first."""

    def __init__(self, whole: Overview, readiness: Readiness, moments: Moments) -> None:
        self.whole = whole
        self.readiness = readiness
        self.moments = moments
        self.stages = {stage.name: stage for stage in whole.stages}
        words: gettext.NullTranslations = moments.words
        self._: Callable[[str], str] = words.gettext
        self.n_: Callable[[str, str, int], str] = words.ngettext

    def found(self) -> Iterator[Verdict]:
        """Every verdict that holds, in order; the last one always does."""
        yield from self.emergencies()
        yield from self.channels()
        yield from self.cares()
        yield self.all_well()

    def emergencies(self) -> Iterator[Verdict]:
        _, n_ = self._, self.n_
        if not self.readiness.ready:
            fault = "; ".join(self.readiness.faults) or _("the journal cannot be written")
            yield Verdict(
                "bad",
                _("Emergency: no requests are taken in — {fault}.").format(fault=fault),
                _("Senders are told to come again; what was accepted before is safe."),
                _("Mend this first: free disk space, or bring the database back."),
            )
        lost = self.whole.balance["difference"]
        if lost:
            yield Verdict(
                "bad",
                _("Emergency: the balance is out by {count}.").format(count=lost),
                _("Requests were counted at the door that no list has, or the other way round."),
                _("Look at the balance by source below, then run “lead-intake check”."),
            )
        waiting = self.stages["waiting"]
        if waiting.oldest is not None and self.older(waiting, STALLED_S):
            count = n_("{count} request waits", "{count} requests wait", waiting.count).format(
                count=waiting.count
            )
            yield Verdict(
                "bad",
                _("Emergency: nothing has been worked on for {span}.").format(
                    span=self.moments.age(waiting.oldest)
                ),
                _("{count}; nothing is lost, but managers do not see them.").format(count=count),
                _("Check that the process “work” runs."),
            )
        sending = self.stages["sending"]
        if sending.oldest is not None and self.older(sending, STALLED_S):
            count = n_("{count} card waits", "{count} cards wait", sending.count).format(count=sending.count)
            yield Verdict(
                "bad",
                _("Emergency: cards have not gone out for {span}.").format(
                    span=self.moments.age(sending.oldest)
                ),
                _("{count}; managers see them under “My cards” meanwhile.").format(count=count),
                _("Check the messenger's token, proxy and address in [notify]."),
            )

    def channels(self) -> Iterator[Verdict]:
        _ = self._
        # what does not work comes before what is merely quiet
        for one in sorted(self.whole.channels, key=lambda one: one["state"] != "error"):
            name = one["account"]
            if one["state"] == "error":
                why = one["message"] or _("it does not answer")
                yield Verdict(
                    "bad",
                    _("Attention: “{account}” does not work — {why}.").format(
                        account=name, why=why.rstrip(".")
                    ),
                    _("New requests stay at the source; they come in once it works again."),
                    _("Mend the account's settings, then run “lead-intake check”."),
                )
            if one["state"] == "stopped":
                yield Verdict(
                    "warn",
                    _("Attention: “{account}” is stopped.").format(account=name),
                    _("What comes there stays there."),
                    _("Start the process “listen”, or take the account out of the settings."),
                )
            if one["state"] == "silent":
                yield Verdict(
                    "warn",
                    _("Attention: “{account}” is silent.").format(account=name),
                    one["message"] or _("Nothing came though something usually does at this time."),
                    _("Send a test request there."),
                )
        for source in self.whole.balance["sources"]:
            if source["difference"]:
                yield Verdict(
                    "warn",
                    _("Attention: “{account}” and its source differ by {count}.").format(
                        account=source["account"], count=source["difference"]
                    ),
                    _("The source tells of more requests, or fewer, than the door counted."),
                    _("It may still be reading; if this stays for minutes, run “lead-intake check”."),
                )

    def cares(self) -> Iterator[Verdict]:
        _, n_ = self._, self.n_
        parked, buried = (self.stages[name] for name in ("parked", "buried"))
        late, unowned = self.whole.late, self.whole.unowned
        if parked.count:
            yield Verdict(
                "warn",
                n_(
                    "Attention: {count} card could not be delivered at all.",
                    "Attention: {count} cards could not be delivered at all.",
                    parked.count,
                ).format(count=parked.count),
                _("Their managers see them only under “My cards”."),
                _("Check these managers' contacts."),
            )
        if buried.count:
            yield Verdict(
                "warn",
                n_(
                    "Attention: {count} request could not be read.",
                    "Attention: {count} requests could not be read.",
                    buried.count,
                ).format(count=buried.count),
                _("The originals are kept; nobody answers them until a person looks."),
                _("Open “Set aside”: see the cause, try again or drop."),
            )
        if unowned and unowned.oldest is not None:
            yield Verdict(
                "warn",
                _("Attention: nobody is on shift to take what has waited for {span}.").format(
                    span=self.moments.age(unowned.oldest)
                ),
                n_("{number} card has no owner.", "{number} cards have no owner.", unowned.count).format(
                    number=f"{unowned.count}+" if unowned.capped else str(unowned.count)
                ),
                _("They are handed out when somebody comes on shift; or take them by hand."),
            )
        if late and late.oldest is not None:
            number = f"{late.count}+" if late.capped else str(late.count)
            yield Verdict(
                "warn",
                _("Attention: a card is late by {span}: nobody has taken it as promised.").format(
                    span=self.moments.age(late.oldest)
                ),
                n_("{number} card is not taken.", "{number} cards are not taken.", late.count).format(
                    number=number
                ),
                _("Remind the managers, or hand the cards over."),
            )
        for fault in self.readiness.faults[:1]:
            yield Verdict(
                "warn", _("Attention: {fault}.").format(fault=fault.rstrip(".")), _("Requests are taken in.")
            )

    def all_well(self) -> Verdict:
        _, n_ = self._, self.n_
        if not self.whole.balance["received"]:
            return Verdict(
                "good",
                _("Ready: nothing has come yet."),
                _("The first request will be here within a second."),
                _("Send one to try it."),
            )
        offered = self.stages["offered"].count
        if offered:
            return Verdict(
                "good",
                n_(
                    "All is taken in; {count} request waits for a manager's choice.",
                    "All is taken in; {count} requests wait for a manager's choice.",
                    offered,
                ).format(count=offered),
            )
        if self.stages["waiting"].count:
            return Verdict("good", _("All is taken in and being worked on this second."))
        return Verdict("good", _("Everything is taken in and worked out."))

    def older(self, stage: Stage, seconds: int) -> bool:
        return stage.oldest is not None and self.whole.at - stage.oldest > seconds * 1000
