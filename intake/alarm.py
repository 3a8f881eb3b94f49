"""Alarms: what needs a hand now - its cause, its effect in requests, the first step; one alarm a cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from intake.clock import Millis


class Rule(StrEnum):
    """What an alarm is about. Its subject is an account, a messenger, or nothing."""

    DIFFERENCE = "difference"
    SOURCE_DIFFERENCE = "source_difference"
    LISTENER = "listener"
    LOCKED = "locked"
    STALE = "stale"
    TROUBLE = "trouble"
    SILENT = "silent"
    REFUSED = "refused"
    EXPIRES = "expires"
    STALLED = "stalled"
    RELAY = "relay"
    UNTAKEN = "untaken"
    BURIED = "buried"
    PARKED = "parked"
    HELD = "held"
    MESSENGER = "messenger"
    BUTTONS = "buttons"
    DISK = "disk"
    SPOOL = "spool"
    QUEUE = "queue"


class Level(StrEnum):
    """How bad it is: `bad` when requests do not come in or are not seen, `warn` otherwise."""

    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now. `values` fill the texts; `count` is how many requests it concerns, 0 when that
    is not known; `hold_s` is how long it must have been so before it is an alarm."""

    rule: Rule
    subject: str = ""
    level: Level = Level.WARN
    values: Mapping[str, str | int] = field(default_factory=dict)
    count: int = 0
    hold_s: float = 0.0

    @property
    def cause(self) -> str:
        """What it is folded by."""
        return f"{self.rule.value}:{self.subject}"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A cause that was found, from `raised_at` until `ended_at` (None: still). `version` rises with each change that
    people are told of; nobody is told while `muted_until` lies ahead. `told`: people know that it began."""

    id: str
    rule: Rule
    subject: str
    level: Level
    values: Mapping[str, str | int]
    count: int
    raised_at: Millis
    changed_at: Millis
    version: int = 1
    ended_at: Millis | None = None
    muted_until: Millis | None = None
    muted_by: str = ""
    told: bool = False

    @property
    def cause(self) -> str:
        """What it is folded by."""
        return f"{self.rule.value}:{self.subject}"

    def muted(self, now: Millis) -> bool:
        """Whether nobody is to be told now."""
        return self.muted_until is not None and self.muted_until > now


@dataclass(slots=True)
class Turn:
    """What one look changed: alarms to be written, and those of them that people are told of."""

    written: list[Alarm] = field(default_factory=list)
    told: list[Alarm] = field(default_factory=list)


REOPENED_MS = 600_000
"""A cause that comes back so soon goes on with its former alarm."""


def compare(known: Sequence[Alarm], found: Sequence[Finding], now: Millis, born: Callable[[], str]) -> Turn:
    """What has changed since the last look. `known` are the open alarms and those that ended lately; `born` gives a
    new alarm its id."""
    turn = Turn()
    # of two with the same cause the later one counts
    by_cause = {alarm.cause: alarm for alarm in sorted(known, key=lambda one: one.raised_at)}
    for finding in found:
        _found(by_cause.pop(finding.cause, None), finding, now, born, turn)
    for alarm in by_cause.values():
        if alarm.ended_at is None:
            _tell(replace(alarm, ended_at=now, changed_at=now, version=alarm.version + 1), now, turn)
    return turn


def _found(alarm: Alarm | None, found: Finding, now: Millis, born: Callable[[], str], turn: Turn) -> None:
    if alarm is None or (alarm.ended_at is not None and now - alarm.ended_at > REOPENED_MS):
        fresh = Alarm(
            born(), found.rule, found.subject, found.level, dict(found.values), found.count, now, now
        )
        if alarm and alarm.muted(now):
            fresh = replace(fresh, muted_until=alarm.muted_until, muted_by=alarm.muted_by)
        _tell(fresh, now, turn)
        return
    now_so = replace(alarm, level=found.level, values=dict(found.values), count=found.count)
    worse = found.level is Level.BAD and alarm.level is Level.WARN
    if alarm.ended_at is not None or worse or (not alarm.told and not alarm.muted(now)):
        _tell(replace(now_so, ended_at=None, changed_at=now, version=alarm.version + 1), now, turn)
    elif now_so != alarm:
        turn.written.append(replace(now_so, changed_at=now))


def _tell(alarm: Alarm, now: Millis, turn: Turn) -> None:
    """People are told unless it is muted; that it ended, if they know that it began."""
    tells = alarm.told if alarm.ended_at is not None else not alarm.muted(now)
    alarm = replace(alarm, told=alarm.told or tells)
    turn.written.append(alarm)
    if tells:
        turn.told.append(alarm)


def N_(text: str) -> str:  # noqa: N802  the name that every gettext tool looks for
    """The text itself: marked, to be translated when it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Telling:
    """An alarm's texts, in English with {values}: what is so, what that does to requests, what to do first."""

    cause: str
    effect: str
    step: str


TELLINGS: Mapping[Rule, Telling] = {
    Rule.DIFFERENCE: Telling(
        N_("The balance is out by {count}"),
        N_("Requests were counted at the door that are in no list, or the other way round."),
        N_("Look at the balance by source on the first page, then run “lead-intake check”."),
    ),
    Rule.SOURCE_DIFFERENCE: Telling(
        N_("“{subject}” and its source differ by {count}"),
        N_("The source tells of more requests, or fewer, than came in."),
        N_("Read it again from a date: “lead-intake backfill {subject} --since …”."),
    ),
    Rule.LISTENER: Telling(
        N_("“{subject}” does not work: {why}"),
        N_("New requests stay at the source ({backlog}); they come in once it works again."),
        N_("Mend what it says, then press “Check now” on its page."),
    ),
    Rule.LOCKED: Telling(
        N_("“{subject}” is not let in: {why}"),
        N_("New requests stay at the source, or do not come at all."),
        N_("Put a valid token or password into the settings and start again."),
    ),
    Rule.STALE: Telling(
        N_("Nothing is heard of the listener of “{subject}” for {minutes} min"),
        N_("New requests stay at the source; they come in once it listens again."),
        N_("Check that the process “listen” runs; its log says more."),
    ),
    Rule.TROUBLE: Telling(
        N_("“{subject}”: {why}"),
        N_("Requests may be kept back at the source ({backlog})."),
        N_("Mend what it says, then press “Check now” on its page."),
    ),
    Rule.SILENT: Telling(
        N_("“{subject}” is silent for {minutes} min"),
        N_("About {count} requests would have come in this time."),
        N_("Send a test request there; press “Check now” on its page."),
    ),
    Rule.REFUSED: Telling(
        N_("“{subject}” refuses everything: {count} today, none let in"),
        N_("Whatever was sent there today has not come in."),
        N_("Compare the secret in the settings with the one in the sender's cabinet."),
    ),
    Rule.EXPIRES: Telling(
        N_("“{subject}”: the {what} ends in {days} days"),
        N_("After that no requests come by it."),
        N_("Renew it now."),
    ),
    Rule.STALLED: Telling(
        N_("Nothing is worked on: {count} requests wait, the oldest for {minutes} min"),
        N_("They are on disk and not lost, but managers do not see them."),
        N_("Check that the process “work” runs; its log says more."),
    ),
    Rule.RELAY: Telling(
        N_("Cards do not go out: the oldest is due for {minutes} min"),
        N_("Managers see them only under “My cards”."),
        N_("Check that the process “relay” runs; its log says more."),
    ),
    Rule.UNTAKEN: Telling(
        N_("{count} cards are not taken, the oldest for {minutes} min"),
        N_("These people wait for an answer longer than was promised."),
        N_("Remind the managers, or hand the cards over."),
    ),
    Rule.BURIED: Telling(
        N_("{count} requests of the last hour could not be read"),
        N_("Their originals are kept; nobody answers them until a person looks."),
        N_("Open “Set aside”: see the cause, try again or drop."),
    ),
    Rule.PARKED: Telling(
        N_("{count} cards or letters stand still: {why}"),
        N_("They will not go out as they are."),
        N_("“lead-intake parked list” shows them, “parked release” tries again."),
    ),
    Rule.HELD: Telling(
        N_("{count} cards or letters are held after the restore"),
        N_("They may have been sent before it; in the browser they are shown."),
        N_("“lead-intake parked release --held” sends them, “parked drop --held” does not."),
    ),
    Rule.MESSENGER: Telling(
        N_("The messenger “{subject}” does not take cards: {why}"),
        N_("Cards go by each manager's next messenger, and stand in the browser."),
        N_("Check the token, the proxy and the address in [notify]."),
    ),
    Rule.BUTTONS: Telling(
        N_("Buttons in “{subject}” do not answer: {why}"),
        N_("Managers can take cards in the browser only."),
        N_("Check the bot's token, and that no other program reads the same bot."),
    ),
    Rule.DISK: Telling(
        N_("{free} MB are free on the disk of the data directory"),
        N_("Below {floor} MB no request is let in any more."),
        N_("Free some space, or shorten [retention]."),
    ),
    Rule.SPOOL: Telling(
        N_("{count} requests wait in the spool: the journal could not be written"),
        N_("They are on disk and come in once the database answers."),
        N_("Bring the database back; look at /readyz."),
    ),
    Rule.QUEUE: Telling(
        N_("The queue server does not answer"),
        N_("Nothing is lost: work is found by looking, up to a second later."),
        N_("Start it again, or mend queue.url."),
    ),
}
WHATS: Mapping[str, str] = {
    "token": N_("token"),
    "subscription": N_("subscription"),
    "certificate": N_("certificate"),
}
_UNKNOWN = N_("how many is not known")
_ENDED = N_("Over: {cause}")


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm's three sentences in a reader's language."""

    cause: str
    effect: str
    step: str


def tell(alarm: Alarm, say: Callable[[str], str]) -> Told:
    """The texts of an alarm. `say` translates."""
    texts = TELLINGS[alarm.rule]
    given: dict[str, Any] = {"why": "", "backlog": say(_UNKNOWN), **alarm.values}
    given |= {"subject": alarm.subject, "count": alarm.count}
    if "what" in given:
        given["what"] = say(WHATS.get(str(given["what"]), str(given["what"])))
    cause = say(texts.cause).format(**given)
    if alarm.ended_at is not None:
        cause = say(_ENDED).format(cause=cause)
    return Told(cause, say(texts.effect).format(**given), say(texts.step).format(**given))
