"""Watching as a duty of the clock: signs are read, judged, folded into alarms, and people are told."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import closing

import structlog
from redis.exceptions import RedisError

from channels.streams import STREAMS
from config.settings import Settings
from intake.account import Account
from intake.alarm import Alarm, Finding, Rule, tell
from intake.clock import Millis
from intake.effect import Effect, EffectKind
from intake.errors import ConfigFault
from intake.hours import Calendar
from intake.language import house_language
from intake.ports import Bell
from intake.spool import Spool
from intake.store.alarms import SqlAlarms
from intake.store.queue import connect
from intake.store.reading.signs import SqlSigns
from workers.alarming.rhythm import WEEKS, Rhythm, rhythm_of
from workers.alarming.rules import Scene, Terms, judge
from workers.bootstrap import Instance
from workers.clocking.digest import heads_of

_LEARN_MS = 3_600_000
_WEEK_MS = 7 * 86_400_000
_MEGABYTE = 1_000_000
ALARM = "alarm:"
"""Before an alarm's id: the thing that its notices show, so that a later one edits the first."""
_log = structlog.get_logger()


class Watch:
    """Looks every few seconds. What must hold for a while before it is an alarm is remembered here: a restart begins
    that anew. `to` says whom to tell."""

    name = "alarms"

    def __init__(self, instance: Instance, bell: Bell, every_s: float = 15.0) -> None:
        self.every_s = every_s
        self._instance = instance
        self._bell = bell
        self._signs = SqlSigns(instance.store, list(instance.accounts))
        self._alarms = SqlAlarms(instance.store)
        self._terms = terms_of(instance.settings)
        self._streams = _streams(instance.accounts.values())
        self._say = house_language(instance.company.language).gettext
        self._rhythms: dict[str, Rhythm] = {}
        self._learn_at: Millis = 0
        self._began = instance.clock.now()
        self._first_seen: dict[str, Millis] = {}

    def run(self, now: Millis) -> None:
        """As Duty."""
        self._learn(now)
        found = self._lasting(judge(self._scene(now), self._terms), now)
        people = self._people()
        told = self._alarms.fold(found, now, lambda alarm: self._notices(alarm, people, now))
        for alarm in told:
            log = _log.info if alarm.ended_at is not None else _log.error
            log(
                "alarm_over" if alarm.ended_at is not None else "alarm",
                rule=alarm.rule.value,
                subject=alarm.subject,
            )
        if told:
            self._bell.ring_relay()

    def _scene(self, now: Millis) -> Scene:
        instance = self._instance
        data = instance.place.data.absolute()
        return Scene(
            signs=self._signs.read(now, now - int(self._terms.untaken_min * 60_000)),
            accounts=instance.accounts,
            streams=self._streams,
            rhythms=self._rhythms,
            began=self._began,
            free_mb=shutil.disk_usage(data).free // _MEGABYTE,
            floor_mb=instance.settings.retention.free_disk_mb,
            spooled=Spool(data / "spool").count(),
            queue=_queue_answers(instance.queue_url),
        )

    def _learn(self, now: Millis) -> None:
        """What is usual, once an hour."""
        if now < self._learn_at:
            return
        self._learn_at = now + _LEARN_MS
        company = self._instance.company
        for account in self._instance.accounts:
            arrivals = self._signs.rhythm(account, now - WEEKS * _WEEK_MS)
            rhythm = rhythm_of(arrivals, now, company.timezone, company.holidays)
            if rhythm:
                self._rhythms[account] = rhythm

    def _lasting(self, found: Sequence[Finding], now: Millis) -> list[Finding]:
        """Those that have been so for as long as their rule wants."""
        self._first_seen = {one.cause: self._first_seen.get(one.cause, now) for one in found}
        return [one for one in found if now - self._first_seen[one.cause] >= one.hold_s * 1000]

    def _people(self) -> tuple[str, ...]:
        settings = self._instance.settings
        head = settings.company.head
        return settings.alarms.to or ((head,) if head else heads_of(settings))

    def _notices(self, alarm: Alarm, people: Sequence[str], now: Millis) -> list[Effect]:
        told = tell(alarm, self._say)
        over = alarm.ended_at is not None
        page = self._say("Alarms")
        payload = {
            "subject": f"{'🟢' if over else '🔴'} {told.cause}",
            "text": "" if over else f"{told.effect}\n{told.step}",
            "pages": f"/alarms {page}",
            "open": "1",
            "ring": "0" if over else "1",
            "shows": f"{ALARM}{alarm.id}",
            # a messenger that takes nothing is not told so by itself, nor is it the first thing it says on return
            "not_by": alarm.subject if alarm.rule is Rule.MESSENGER else "",
        }
        return [
            Effect(f"{ALARM}{alarm.id}:{alarm.version}:{one}", EffectKind.NOTICE, one, payload, now)
            for one in people
        ]


def terms_of(settings: Settings) -> Terms:
    """What the settings say of alarms."""
    alarms, company = settings.alarms, settings.company
    said = {
        one.id: alarms.silent_after_min if one.silent_after_min is None else one.silent_after_min
        for one in settings.accounts
    }
    return Terms(
        fault_s=alarms.fault_s,
        untaken_min=alarms.untaken_min,
        buried=alarms.buried,
        expires_days=alarms.expires_days,
        silent_min=said,
        calendar=Calendar(tuple(company.hours), company.timezone, company.holidays),
    )


def _streams(accounts: Iterable[Account]) -> frozenset[str]:
    """The accounts that are listened to."""
    found = set()
    for account in accounts:
        make = STREAMS.get(account.kind)
        try:
            if make is not None and make(account) is not None:
                found.add(account.id)
        except ConfigFault:
            found.add(account.id)
    return frozenset(found)


def _queue_answers(url: str) -> bool:
    """Whether the queue server does; where there is none, nothing is amiss."""
    if not url:
        return True
    try:
        with closing(connect(url, timeout_s=2)) as client:
            return bool(client.ping())
    except RedisError:
        return False
