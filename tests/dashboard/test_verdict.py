"""The verdict: unique for each state of the whole, with cause, effect and step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dashboard.pages.moments import Moments
from dashboard.pages.verdict import verdict
from dashboard.parts import Readiness
from intake.clock import ManualClock
from intake.language import read_language
from intake.ports import Overview, Stage

NOW = ManualClock().now()
READY = Readiness(ready=True)
COUNTS = dict.fromkeys(
    ("waiting", "offered", "attached", "created", "rejected", "ignored", "buried", "difference"), 0
)
NAMES = ("waiting", "offered", "sending", "untaken", "buried", "parked")
WELL = Overview(
    NOW, {**COUNTS, "received": 5, "created": 5, "sources": []}, tuple(Stage(one, 0) for one in NAMES), ()
)


def _stage(name: str, count: int, age_s: int) -> Overview:
    stages = [Stage(one, count, NOW - age_s * 1000) if one == name else Stage(one, 0) for one in NAMES]
    return replace(WELL, stages=tuple(stages))


def _channel(state: str, message: str = "") -> Overview:
    return replace(WELL, channels=({"account": "sales@", "state": state, "message": message},))


CASES = {
    "closed": (WELL, Readiness(ready=False, faults=("less than 50 MB free on the disk",)), "bad"),
    "difference": (replace(WELL, balance={**WELL.balance, "difference": 2}), READY, "bad"),
    "stalled": (_stage("waiting", 31, 300), READY, "bad"),
    "cards stuck": (_stage("sending", 4, 300), READY, "bad"),
    "channel fault": (_channel("error", "пароль не подходит"), READY, "bad"),
    "channel stopped": (_channel("stopped"), READY, "warn"),
    "channel silent": (_channel("silent"), READY, "warn"),
    "source differs": (
        replace(WELL, balance={**WELL.balance, "sources": [{"account": "sales@", "difference": 3}]}),
        READY,
        "warn",
    ),
    "parked": (_stage("parked", 2, 10), READY, "warn"),
    "buried": (_stage("buried", 3, 10), READY, "warn"),
    "late": (replace(WELL, late=Stage("late", 3, NOW - 900_000)), READY, "warn"),
    "nobody on shift": (replace(WELL, unowned=Stage("unowned", 3, NOW - 1000)), READY, "warn"),
    "other fault": (WELL, Readiness(ready=True, faults=("the queue does not answer",)), "warn"),
    "nothing yet": (replace(WELL, balance={**WELL.balance, "received": 0}), READY, "good"),
    "tray": (_stage("offered", 2, 10), READY, "good"),
    "busy": (_stage("waiting", 2, 1), READY, "good"),
    "well": (WELL, READY, "good"),
}


def _moments(language: str) -> Moments:
    words = read_language(Path("dashboard/locale"), language)
    return Moments(words, language, ZoneInfo("Europe/Moscow"), ManualClock())


@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_state_has_a_verdict_of_its_own(language: str) -> None:
    """Sixteen states, sixteen sentences; whatever is not well names its effect and, mostly, a step."""
    told = {name: verdict(whole, ready, _moments(language)) for name, (whole, ready, _) in CASES.items()}
    assert len({one.cause for one in told.values()}) == len(CASES)
    for name, (_, _, level) in CASES.items():
        assert told[name].level == level, name
        assert told[name].effect or level == "good", name
        assert told[name].step or level == "good" or name == "other fault", name


def test_the_gravest_comes_first() -> None:
    """A closed door outweighs a stalled worker, a stalled worker a silent channel."""
    worst = replace(_stage("waiting", 5, 600), channels=({"account": "a", "state": "silent", "message": ""},))
    assert "разбор стоит" in verdict(worst, READY, _moments("ru")).cause
    assert "приём закрыт" in verdict(worst, Readiness(ready=False), _moments("ru")).cause


def test_what_does_not_work_comes_before_what_is_silent() -> None:
    """Whatever the order of the accounts."""
    channels = [
        {"account": name, "state": state, "message": ""}
        for name, state in (("site", "silent"), ("mail", "error"))
    ]
    whole = replace(WELL, channels=tuple(channels))
    assert "“mail” does not work" in verdict(whole, READY, _moments("en")).cause


def test_every_text_has_its_russian() -> None:
    """Each text of the code and the templates is translated, with all its plural forms, and none is left over."""
    methods = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "n_": (1, 2), "N_": None, "say": None}
    options = {"templates/**.html": {"newstyle_gettext": "true", "silent": "false"}}
    found = {one[2] for one in extract_from_dir("dashboard", methods, options, keywords=keywords)}
    with Path("dashboard/locale/ru/LC_MESSAGES/messages.po").open("rb") as file:
        catalog = read_po(file, locale="ru")
    known = {message.id: message.string for message in catalog if message.id}
    assert found == set(known)
    for msgid, russian in known.items():
        assert all(russian) if isinstance(russian, tuple) else russian, msgid
