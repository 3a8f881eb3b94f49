"""Alarms: folded by their cause, told when they begin and end, in words that name the first step."""

import pytest

from intake.alarm import REOPENED_MS, Alarm, Finding, Level, Rule, Turn, compare, tell
from intake.language import house_language

SILENT = Finding(Rule.SILENT, "site", Level.WARN, {"minutes": 47}, 9)
VALUES = {"why": "нет ответа", "backlog": 1, "minutes": 5, "what": "token", "days": 3, "free": 1, "floor": 2}


def looked(known: list[Alarm], found: list[Finding], now: int) -> Turn:
    return compare(known, found, now, lambda: f"a{now}")


def test_one_alarm_a_cause() -> None:
    """A cause that is found again changes its alarm, and nobody is told once more."""
    (first,) = looked([], [SILENT], 1).told
    again = looked([first], [Finding(Rule.SILENT, "site", Level.WARN, {"minutes": 50}, 10)], 2)
    assert (first.id, first.version, first.told) == ("a1", 1, True)
    assert again.told == []
    assert [(one.id, one.values, one.count) for one in again.written] == [("a1", {"minutes": 50}, 10)]
    assert looked([first], [SILENT], 3).written == []


def test_its_end_is_told_and_a_quick_return_is_the_same_alarm() -> None:
    """Over: told as a change of the first one; back within minutes: the same again; later: a new one."""
    (first,) = looked([], [SILENT], 1).told
    (over,) = looked([first], [], 10).told
    assert (over.id, over.version, over.ended_at) == ("a1", 2, 10)
    (back,) = looked([over], [SILENT], 20).told
    assert (back.id, back.version, back.ended_at) == ("a1", 3, None)
    (new,) = looked([over], [SILENT], 11 + REOPENED_MS).told
    assert (new.id, new.version) == (f"a{11 + REOPENED_MS}", 1)


def test_what_gets_worse_is_told_again() -> None:
    """From a warning to an emergency, once."""
    (first,) = looked([], [SILENT], 1).told
    worse = Finding(Rule.SILENT, "site", Level.BAD, {"minutes": 60}, 12)
    (told,) = looked([first], [worse], 2).told
    assert (told.level, told.version) == (Level.BAD, 2)
    assert looked([told], [worse], 3).written == []


def test_a_muted_one_tells_nobody_until_its_time() -> None:
    """Muted while open: its end is told to those who know of it. Born muted: nobody hears of its end either; and
    when the mute is over and it is still so, it is told."""
    (first,) = looked([], [SILENT], 1).told
    muted = Alarm(**{**_fields(first), "muted_until": 10_000_000})
    (over,) = looked([muted], [], 5).told
    again = looked([over], [SILENT], 5 + REOPENED_MS + 1)
    assert again.told == []
    (born,) = again.written
    assert looked([born], [], 6 + REOPENED_MS + 1).told == []
    (told,) = looked([born], [SILENT], 10_000_001).told
    assert told.told


def _fields(alarm: Alarm) -> dict[str, object]:
    return {name: getattr(alarm, name) for name in Alarm.__dataclass_fields__}


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_alarm_says_cause_effect_and_step(rule: Rule, language: str) -> None:
    """In both languages, without a hole where a value belongs; Russian texts are Russian."""
    say = house_language(language).gettext
    alarm = Alarm("a", rule, "site", Level.BAD, VALUES, 3, 1, 1)
    told = tell(alarm, say)
    for text in (told.cause, told.effect, told.step):
        assert text
        assert "{" not in text
        assert language == "en" or any("а" <= sign <= "я" for sign in text)
    assert told.cause in tell(Alarm(**{**_fields(alarm), "ended_at": 2}), say).cause
