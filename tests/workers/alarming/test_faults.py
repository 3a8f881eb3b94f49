"""Rows of the fault matrix as far as alarms go: a real listener fails, a real alarm follows, with its mend."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from intake.account import Account
from intake.alarm import Alarm, Finding, Rule, tell
from intake.ports import HealthReport
from intake.store.reading.signs import SqlSigns
from tests.channels.email_listener.desk import Desk, account_at, box_of, desk_in, letter, until
from tests.servers.dovecot import DovecotServer
from workers.alarming.rules import Scene, Terms, judge


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as made:
        yield made


def found(desk: Desk, *accounts: Account, later_s: float = 0) -> list[Finding]:
    """What is wrong, so much later than now; the listeners are taken to have gone on telling the same."""
    now = desk.clock.now() + int(later_s * 1000)
    names = [one.id for one in accounts]
    signs = SqlSigns(desk.store, names).read(now, 0)
    reports = tuple(replace(one, at=now) for one in signs.reports)
    scene = Scene(
        signs=replace(signs, reports=reports, waiting=replace(signs.waiting, oldest=None)),
        accounts={one.id: one for one in accounts},
        streams=frozenset(names),
        rhythms={},
        began=now,
        free_mb=10_000,
        floor_mb=500,
    )
    # what must hold for a while first may be so for a moment
    return [one for one in judge(scene, Terms()) if not one.hold_s]


def told(finding: Finding) -> str:
    """The alarm's cause in English."""
    alarm = Alarm("a", finding.rule, finding.subject, finding.level, finding.values, finding.count, 1, 1)
    return tell(alarm, str).cause


@pytest.mark.servers
async def test_f09_a_box_that_never_works_is_an_alarm_and_the_others_live(
    desk: Desk, dovecot: DovecotServer
) -> None:
    """A wrong password is told at once and for that box alone."""
    good, bad = dovecot.user(), dovecot.user()
    accounts = box_of(dovecot, good, id="good"), box_of(dovecot, bad, {"password": "demo-wrong"}, id="bad")
    async with desk.kept(accounts[0]), desk.kept(accounts[1]):
        await until(lambda: desk.listening("good"), "the other box")
        await until(lambda: desk.told("SignInRefused", "bad"), "the refusal")
        dovecot.deliver(good, letter("hello"))
        await until(lambda: len(desk.raws("good")) == 1, "the letter of the other box")
        (alarm,) = found(desk, *accounts)
    assert (alarm.rule, alarm.subject) == (Rule.LOCKED, "bad")
    assert "mend user, password or oauth" in told(alarm)


async def test_f27_a_name_that_cannot_be_resolved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dead DNS: each try ends by itself, the listener tries again, and after a minute and a bit it is an alarm."""
    tries: list[str] = []

    async def dead(self: Any, host: str, *args: Any, **kwargs: Any) -> Any:
        tries.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", dead)
    away = account_at(993, "user", {"imap": "imaps://mail.example.ru"})
    async with desk.kept(away):
        await until(lambda: len(tries) > 2, "further tries")
        await until(lambda: desk.report() is not None, "the report")
        assert found(desk, away) == []
        (alarm,) = found(desk, away, later_s=76)
    assert alarm.rule is Rule.LISTENER
    assert "mail.example.ru" in told(alarm)
    assert "its name is not found: check the address" in told(alarm)


@pytest.mark.servers
async def test_f28_a_certificate_is_told_before_it_ends_and_refused_when_it_does_not_hold(
    desk: Desk, dovecot: DovecotServer
) -> None:
    """Days before its end a warning; one that does not hold is never used, and that is told at once."""
    user = dovecot.user()
    safe = box_of(dovecot, user, id="safe")
    unknown = box_of(dovecot, user, {"ca_file": ""}, id="unknown")
    async with desk.kept(safe), desk.kept(unknown):
        await until(lambda: desk.listening("safe"), "listening")
        await until(lambda: desk.told("CertificateRefused", "unknown"), "the refusal")
        (refused,) = found(desk, safe, unknown)
        report = desk.report("safe")
        assert isinstance(report, HealthReport)
        ends = report.detail["expires"]["certificate"]
        left_s = (ends - desk.clock.now()) / 1000
        (ending,) = found(desk, safe, later_s=left_s - 9.5 * 86_400)
    assert (refused.rule, refused.subject) == (Rule.LOCKED, "unknown")
    assert (ending.rule, ending.values) == (Rule.EXPIRES, {"what": "certificate", "days": 9})
    assert desk.raws("unknown") == []
