"""Watching a whole house: alarms come within two minutes, are told once, and end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from intake.alarm import Rule
from intake.clock import ManualClock
from intake.errors import Conflict, NotFound
from intake.inquiry import NewRaw
from intake.ports import Delivery, HealthReport, HealthState
from intake.store.alarms import SqlAlarms
from intake.store.health import SqlHealth
from intake.store.reading.signs import SqlSigns, instant_of
from intake.store.schema import effect, tally
from tests.workers.office import Office, opened
from workers.alarming.duty import Watch
from workers.bootstrap import Silence


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database, that the mailbox's listener is well in."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    store = f'[store]\nurl = "{url}"\n' if url else ""
    with opened(tmp_path, f'{store}[alarms]\nto = ["boris"]\n[company]\nlanguage = "en"\n') as office:
        mail(office, HealthState.OK)
        yield office


def mail(office: Office, state: HealthState, message: str = "", code: str = "") -> None:
    report = HealthReport("mail", state, message, detail={"code": code})
    SqlHealth(office.instance.store).report(report, office.clock.now())


def causes(office: Office) -> list[str]:
    """The open alarms."""
    return [one.cause for one in SqlAlarms(office.instance.store).listed()]


def notices(office: Office) -> list[tuple[str, str]]:
    """(whom, the first line) of what people were told."""
    import orjson

    told = select(effect.c.target, effect.c.payload).where(effect.c.kind == "notice").order_by(effect.c.id)
    with office.instance.store.ledger.connect() as connection:
        return [(row.target, orjson.loads(row.payload)["subject"]) for row in connection.execute(told)]


def finish(office: Office) -> None:
    """The relay has carried everything out."""
    with office.instance.store.ledger.begin() as connection:
        connection.execute(update(effect).values(state="done", done_at=office.clock.now()))


def test_a_listener_that_fails_is_an_alarm_within_two_minutes(office: Office) -> None:
    """Told once to those who are to hear it, however long it goes on; its end edits the first message."""
    watch = Watch(office.instance, Silence())
    began = office.clock.now()
    while not causes(office):
        mail(office, HealthState.FAULT, "the server is gone", "ConnectionGone")
        watch.run(office.clock.now())
        office.clock.advance(15)
    assert office.clock.now() - began <= 120_000
    for _ in range(5):
        mail(office, HealthState.FAULT, "the server is gone", "ConnectionGone")
        watch.run(office.clock.now())
        office.clock.advance(15)
    assert notices(office) == [("boris", "🔴 “mail” does not work: the server is gone")]
    finish(office)
    mail(office, HealthState.OK)
    watch.run(office.clock.now())
    assert causes(office) == []
    assert notices(office)[1:] == [("boris", "🟢 Over: “mail” does not work: the server is gone")]


def test_f44_a_revoked_token_is_told_at_once(office: Office) -> None:
    """No waiting mends it."""
    mail(office, HealthState.FAULT, "Telegram refuses the token", "LockedOut")
    Watch(office.instance, Silence()).run(office.clock.now())
    assert causes(office) == ["locked:mail"]


def test_a_muted_alarm_is_quiet_until_its_time(office: Office) -> None:
    """Muted, it stays on the page and nobody is told that it came back; an unknown one is told so."""
    watch, alarms = Watch(office.instance, Silence()), SqlAlarms(office.instance.store)
    mail(office, HealthState.FAULT, "no", "LockedOut")
    watch.run(office.clock.now())
    (alarm,) = alarms.listed()
    alarms.mute(alarm.id, office.clock.now() + 3_600_000, "boris")
    mail(office, HealthState.OK)
    watch.run(office.clock.now())
    office.clock.advance(1200)
    finish(office)
    mail(office, HealthState.FAULT, "no", "LockedOut")
    watch.run(office.clock.now())
    assert causes(office) == ["locked:mail"]
    assert len(notices(office)) == 2
    office.clock.advance(3600)
    mail(office, HealthState.FAULT, "no", "LockedOut")
    finish(office)
    watch.run(office.clock.now())
    assert len(notices(office)) == 3
    with pytest.raises(NotFound):
        alarms.mute("nothing", None, "boris")


def test_a_lost_request_is_told_after_a_minute(office: Office) -> None:
    """What the balance misses for a moment is none; what stays is."""
    office.comes()
    finish(office)
    watch = Watch(office.instance, Silence())
    with office.instance.store.ledger.begin() as connection:
        connection.execute(update(tally).values(n=tally.c.n - 1))
    watch.run(office.clock.now())
    assert causes(office) == []
    office.clock.advance(61)
    watch.run(office.clock.now())
    assert causes(office) == [Rule.DIFFERENCE.value + ":"]
    with office.instance.store.ledger.begin() as connection:
        connection.execute(update(tally).values(n=tally.c.n + 1))


def test_what_nobody_works_on_and_what_nobody_sends(office: Office) -> None:
    """A request that waits, a card that is due: each is told when it is too late for chance."""
    office.comes()
    head = {"method": "POST", "path": "", "query": "", "headers": [], "remote": ""}
    new = NewRaw("site", "form", b"phone=%2B79162073155", head, external_id="waits")
    office.instance.journal.append([Delivery([new])], {}, office.clock.now())
    watch = Watch(office.instance, Silence())
    watch.run(office.clock.now())
    assert causes(office) == []
    office.clock.advance(180)
    mail(office, HealthState.OK)
    watch.run(office.clock.now())
    assert sorted(causes(office)) == ["relay:", "stalled:"]


def test_the_signs_of_arrivals_come_from_ids_alone(office: Office) -> None:
    """When an account's last request came, and how many came when."""
    first = office.clock.now()
    for _ in range(3):
        office.comes()
    office.clock.advance(3600)
    last = office.clock.now()
    office.comes()
    signs = SqlSigns(office.instance.store, ["site", "mail"])
    read = signs.read(office.clock.now(), 0)
    assert set(read.came) == {"site"}
    assert abs(read.came["site"] - last) < 300
    rhythm = signs.rhythm("site", first - 86_400_000)
    assert sum(n for _, n in rhythm) == 4
    assert all(begin <= last for begin, _ in rhythm)
    assert rhythm[0][0] <= first < rhythm[0][0] + 300_000
    assert abs(instant_of(office.comes()) - office.clock.now()) < 1300


def test_a_house_without_people_tells_nobody(tmp_path: Path) -> None:
    """The alarm stands on the page all the same."""
    with opened(tmp_path) as office:
        clock = ManualClock()
        assert clock.now() <= office.clock.now()
        mail(office, HealthState.FAULT, "no", "LockedOut")
        watch = Watch(office.instance, Silence())
        watch._people = lambda: ()  # type: ignore[method-assign]
        watch.run(office.clock.now())
        assert causes(office) == ["locked:mail"]
        assert notices(office) == []


def test_muting_is_a_command_like_any_other(office: Office) -> None:
    """By minutes or until an instant, a month at most; one that is past ends it."""
    mail(office, HealthState.FAULT, "no", "LockedOut")
    Watch(office.instance, Silence()).run(office.clock.now())
    (alarm,) = SqlAlarms(office.instance.store).listed()
    told = office.do("mute", alarm.id, what="alarm", minutes="60")
    assert (told["muted_until"] is not None, told["muted_by"]) == (True, "anna")
    assert office.do("mute", alarm.id, what="alarm", until="2020-01-01T00:00:00Z")["muted_until"] is None
    for args in ({"minutes": "99999"}, {"until": "soon"}, {}):
        with pytest.raises(Conflict):
            office.do("mute", alarm.id, what="alarm", **args)
