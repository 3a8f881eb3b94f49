"""The rules: what of the signs is an alarm. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from intake.account import Account
from intake.alarm import Finding, Level, Rule
from intake.clock import Millis
from intake.effect import HELD
from intake.hours import Calendar
from intake.ports import HealthReport, HealthState
from intake.store.reading.signs import Signs
from workers.alarming.rhythm import Rhythm
from workers.use_cases.people import TAPS

NOTIFY = "notify:"
"""Before a messenger's name: who reports whether cards get through by it."""
LOCKED = frozenset({"LockedOut", "SignInRefused", "ConfigFault", "CertificateRefused"})
"""Codes of faults that no waiting mends."""
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_STALLED_S = 60
_OVERDUE_S = 120
_STALE_S = 100
"""Three signs of life and a bit."""
_SOON_DAYS = 2


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say. Seconds, minutes, days; `silent_min` by account, where an operator said it; 0 never."""

    fault_s: float = 75.0
    untaken_min: float = 60.0
    buried: int = 3
    expires_days: float = 14.0
    usual: float = 12.0
    refused: int = 5
    silent_min: Mapping[str, int] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is judged. `streams` are the accounts that are listened to; `began` is when this house was seen first
    by the clock; `free_mb` of the disk against `floor_mb`; `queue` is False when its server does not answer."""

    signs: Signs
    accounts: Mapping[str, Account]
    streams: frozenset[str]
    rhythms: Mapping[str, Rhythm]
    began: Millis
    free_mb: int
    floor_mb: int
    spooled: int = 0
    queue: bool = True


def judge(scene: Scene, terms: Terms) -> list[Finding]:
    """Everything that is wrong, each cause once."""
    reports = {one.account: one for one in scene.signs.reports}
    found: list[Finding] = []
    for name in scene.accounts:
        told = list(_account(scene, terms, name, reports.get(name)))
        # a channel that does not work is silent too: one cause, one alarm
        found += told or list(_silent(scene, terms, name))
    found = _stale_together(found, scene.streams)
    found += _messengers(scene, reports)
    found += _whole(scene, terms)
    return found


def _account(scene: Scene, terms: Terms, name: str, report: HealthReport | None) -> Iterator[Finding]:
    now = scene.signs.at
    yield from _refused(scene, terms, name)
    if name in scene.streams and (stale := _stale(scene, name, report)):
        yield stale
        return
    if report is None:
        return
    if report.state is HealthState.FAULT and (fault := _fault(report, terms, now)):
        yield fault
    yield from _expiring(report, terms, now)
    if trouble := report.detail.get("trouble"):
        values = {"why": _short(str(trouble)), **_backlog(report)}
        yield Finding(Rule.TROUBLE, name, Level.WARN, values, report.backlog or 0, terms.fault_s)


def _fault(report: HealthReport, terms: Terms, now: Millis) -> Finding | None:
    values = {"why": _short(report.message), **_backlog(report)}
    if report.detail.get("code") in LOCKED:
        return Finding(Rule.LOCKED, report.account, Level.BAD, values, report.backlog or 0)
    if now - report.since < terms.fault_s * 1000:
        return None
    return Finding(Rule.LISTENER, report.account, Level.BAD, values, report.backlog or 0)


def _stale(scene: Scene, name: str, report: HealthReport | None) -> Finding | None:
    """A listener that says nothing at all: its process is gone or hangs. What it hears is a sign of life too."""
    alive = max(report.at if report else 0, scene.signs.came.get(name, 0), scene.began)
    quiet = scene.signs.at - alive
    if quiet < _STALE_S * 1000:
        return None
    return Finding(Rule.STALE, name, Level.BAD, {"minutes": quiet // _MINUTE_MS})


def _stale_together(found: list[Finding], streams: frozenset[str]) -> list[Finding]:
    """No listener gives a sign of life: that is their process, and one cause."""
    stale = [one for one in found if one.rule is Rule.STALE]
    if len(stale) < 2 or len(stale) < len(streams):
        return found
    longest = max(stale, key=lambda one: int(one.values["minutes"]))
    subject = ", ".join(sorted(one.subject for one in stale))
    together = Finding(Rule.STALE, subject, longest.level, longest.values)
    return [*(one for one in found if one.rule is not Rule.STALE), together]


def _expiring(report: HealthReport, terms: Terms, now: Millis) -> Iterator[Finding]:
    expires = report.detail.get("expires")
    for what, at in expires.items() if isinstance(expires, dict) else ():
        days = (int(at) - now) / _DAY_MS
        if days < terms.expires_days:
            level = Level.BAD if days < _SOON_DAYS else Level.WARN
            yield Finding(Rule.EXPIRES, report.account, level, {"what": what, "days": max(0, int(days))})


def _refused(scene: Scene, terms: Terms, name: str) -> Iterator[Finding]:
    count = scene.signs.refused.get(name, 0)
    if terms.refused and count >= terms.refused:
        yield Finding(Rule.REFUSED, name, Level.WARN, {}, count)


def _silent(scene: Scene, terms: Terms, name: str) -> Iterator[Finding]:
    """Longer than the operator allows, in working time; else longer than what usually comes leaves to chance."""
    now, last = scene.signs.at, scene.signs.came.get(name)
    if last is None:
        return
    minutes = (now - last) // _MINUTE_MS
    allowed = terms.silent_min.get(name, 0)
    if allowed:
        if terms.calendar.open(now) and terms.calendar.after(last, allowed * _MINUTE_MS) <= now:
            yield Finding(Rule.SILENT, name, Level.WARN, {"minutes": minutes}, _usual(scene, name, last))
        return
    usual = _usual(scene, name, last)
    if terms.usual and usual >= terms.usual and minutes >= 30:
        yield Finding(Rule.SILENT, name, Level.WARN, {"minutes": minutes}, usual)


def _usual(scene: Scene, name: str, last: Millis) -> int:
    rhythm = scene.rhythms.get(name)
    return int(rhythm.expected(last, scene.signs.at)) if rhythm else 0


def _messengers(scene: Scene, reports: Mapping[str, HealthReport]) -> Iterator[Finding]:
    for name, report in reports.items():
        if report.state is not HealthState.FAULT:
            continue
        values = {"why": _short(report.message)}
        if name.startswith(NOTIFY):
            yield Finding(Rule.MESSENGER, name.removeprefix(NOTIFY), Level.BAD, values)
        elif name.startswith(TAPS):
            yield Finding(Rule.BUTTONS, name.removeprefix(TAPS), Level.WARN, values, hold_s=60)
    del scene


def _whole(scene: Scene, terms: Terms) -> Iterator[Finding]:
    signs, now = scene.signs, scene.signs.at
    if lost := signs.balance["difference"]:
        yield Finding(Rule.DIFFERENCE, "", Level.BAD, {}, lost, hold_s=60)
    for source in signs.balance["sources"]:
        if source["difference"] and source["account"] in scene.accounts:
            yield Finding(
                Rule.SOURCE_DIFFERENCE, source["account"], Level.WARN, {}, source["difference"], hold_s=300
            )
    if signs.waiting.oldest is not None and (age := now - signs.waiting.oldest) > _STALLED_S * 1000:
        yield Finding(Rule.STALLED, "", Level.BAD, {"minutes": age // _MINUTE_MS}, signs.waiting.count)
    if signs.overdue is not None and (late := now - signs.overdue) > _OVERDUE_S * 1000:
        yield Finding(Rule.RELAY, "", Level.BAD, {"minutes": late // _MINUTE_MS})
    if terms.untaken_min and signs.untaken.oldest is not None:
        minutes = (now - signs.untaken.oldest) // _MINUTE_MS
        yield Finding(Rule.UNTAKEN, "", Level.WARN, {"minutes": minutes}, signs.untaken.count)
    if terms.buried and signs.buried >= terms.buried:
        yield Finding(Rule.BURIED, "", Level.WARN, {}, signs.buried)
    yield from _parked(signs.parked)
    yield from _machine(scene)


def _parked(parked: Mapping[str, int]) -> Iterator[Finding]:
    others = {reason: n for reason, n in parked.items() if reason != HELD}
    if held := parked.get(HELD, 0):
        yield Finding(Rule.HELD, "", Level.WARN, {}, held)
    if others:
        reason = max(others, key=lambda one: others[one])
        yield Finding(Rule.PARKED, "", Level.WARN, {"why": _short(reason)}, sum(others.values()))


def _machine(scene: Scene) -> Iterator[Finding]:
    if scene.free_mb < scene.floor_mb:
        values = {"free": scene.free_mb, "floor": scene.floor_mb // 10}
        yield Finding(Rule.DISK, "", Level.BAD, values)
    if scene.spooled:
        yield Finding(Rule.SPOOL, "", Level.BAD, {}, scene.spooled, hold_s=30)
    if not scene.queue:
        yield Finding(Rule.QUEUE, "", Level.WARN, {}, hold_s=60)


def _backlog(report: HealthReport) -> dict[str, str | int]:
    return {} if report.backlog is None else {"backlog": report.backlog}


def _short(text: str) -> str:
    return " ".join(text.split())[:200].rstrip(".")
