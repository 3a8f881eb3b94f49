"""What the relay needs for its errands, put together: ways to providers, answers to clients, fetches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from channels.base import Way
from channels.guard import Bounds
from channels.ways import WAYS
from intake.account import Account
from intake.clock import Clock
from intake.effect import EffectKind
from intake.errors import LeadIntakeError, Unavailable
from intake.inquiry import Inquiry
from intake.ports import Bell, HealthReport, HealthState
from intake.store.attachments import LocalAttachments
from intake.store.health import SqlHealth
from intake.store.originals import SqlOriginals
from intake.store.outgoing import SqlOutgoing
from workers.bootstrap import Instance
from workers.relaying.answers import Answers
from workers.relaying.desk import Desk
from workers.relaying.errands import Backroom, Errands
from workers.relaying.fetches import Fetches
from workers.relaying.roads import Roads
from workers.use_cases.case import House
from workers.use_cases.replying import Replying

KINDS = (EffectKind.REPLY, EffectKind.ENRICH)
"""The kinds of effects that are errands."""
_MEGABYTE = 1_000_000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ErrandLanes:
    """The makers of the lanes, by kind of effect, and the roads they share."""

    lanes: Mapping[EffectKind, Callable[[str], Errands]]
    roads: Roads


def errand_lanes(instance: Instance, desk: Desk, bell: Bell) -> ErrandLanes:
    """The errands of an instance; the bell is rung for what the ledger has to show, and for what was fetched."""
    clock, roads = instance.clock, roads_of(instance)
    room = Backroom(roads, SqlOutgoing(instance.store), desk, clock)
    house = House(instance.ledger, instance.journal, bell, clock, lambda: instance.rules)
    cases = Replying(house, instance.channels)
    shelf = LocalAttachments(instance.place.data.absolute() / "attachments")
    original = partial(original_of, instance, SqlOriginals(instance.store))

    def answers(account: str) -> Errands:
        return Errands(Answers(account, room, cases, instance.rules.say), desk, clock)

    # what it learnt of names is worth keeping
    runners: dict[str, Fetches] = {}

    def fetches(target: str) -> Errands:
        if target not in runners:
            account = target.partition(":")[2]
            runners[target] = Fetches(account, room, instance.journal, shelf, original, lambda: bell.ring(()))
        return Errands(runners[target], desk, clock)

    return ErrandLanes({EffectKind.REPLY: answers, EffectKind.ENRICH: fetches}, roads)


def roads_of(instance: Instance) -> Roads:
    """The ways of all accounts."""
    bounds = Bounds(int(instance.settings.limits.file_mb * _MEGABYTE))
    make: dict[str, Callable[[Account], Way]] = {
        kind: partial(_made, make_way, bounds) for kind, make_way in WAYS.items()
    }
    return Roads(instance.accounts, make, partial(_tell, SqlHealth(instance.store), instance.clock))


def _made(make: Callable[[Account, Bounds], Way], bounds: Bounds, account: Account) -> Way:
    return make(account, bounds)


def original_of(instance: Instance, originals: SqlOriginals, inquiry_id: str) -> Inquiry | None:
    """An inquiry as its first event told it; None when that is no longer kept, or nobody can read it."""
    raw = originals.first(inquiry_id)
    channel = instance.channels.get(raw.channel) if raw else None
    if raw is None or channel is None:
        return None
    account = instance.accounts.get(raw.account) or Account(raw.account, raw.channel)
    try:
        return channel.parser.parse(raw, account, instance.company).inquiry
    except LeadIntakeError:
        return None


def _tell(health: SqlHealth, clock: Clock, account: str, reason: str) -> None:
    """On the dashboard beside the account: whether we can write and ask there."""
    state = HealthState.FAULT if reason else HealthState.OK
    report = HealthReport(f"way:{account}", state, reason, detail={"code": "no_access" if reason else ""})
    try:
        health.report(report, clock.now())
    except Unavailable as error:
        _log.warning("health_not_told", reason=str(error)[:200])
