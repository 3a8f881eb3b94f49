"""A card's keyboard: which buttons stand in which state, what is behind them, and that nobody outside labels them."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings

import notify
from intake.calls import CallLog
from intake.deal import CardState
from intake.language import read_language
from intake.view import CallNote, OpenDeal, Suspect
from notify.buttons import LONGEST, Act, Seal
from notify.keyboard import choices, every, keyboard, plain
from notify.notices import Writer
from notify.plaintext import SYSTEM_SIGNS
from notify.style import Face, Style
from tests.notify.test_cards import HOSTILE
from tests.notify.worlds import NOON, touch, view

STYLE = Style(
    read_language(Path(notify.__file__).parent / "locale", "ru"),
    ZoneInfo("Europe/Moscow"),
    stages={"retail": (("offer", "КП"), ("bill", "Счёт"))},
)
COLLEAGUES = (("anna", "Anna"), ("boris", "Борис"), ("vera", "Вера"))
FACE = Face(NOON, colleagues=COLLEAGUES)
DEALS = (OpenDeal("d2", 317, "Поставка"), OpenDeal("d3", 320, "Ремонт"))


def labels(rows: object, state: Face = FACE) -> list[str]:
    """What the buttons say, in reading order."""
    return [one.label for row in rows for one in row]  # type: ignore[attr-defined]  # rows of buttons


def test_a_new_cards_first_button_takes_it() -> None:
    """The likeliest first; what is seldom wanted is behind «more»."""
    shown = labels(keyboard(view(), STYLE, FACE))
    assert shown == ["✅ Взять", "📞 Перезвонить", "↪ Передать", "⏭ Не могу сейчас", "🚫 Не продажа"]


def test_what_is_offered_can_be_linked_made_new_or_put_away() -> None:
    """The one deal is named; several are chosen from."""
    offered = {"state": CardState.OFFERED, "deal_id": ""}
    one = labels(keyboard(view(card=offered, deals=DEALS[:1]), STYLE, FACE))
    assert one[:3] == ["✅ Взять", "➕ Новая сделка", "🔗 Связать с № 317"]
    several = keyboard(view(card=offered, deals=DEALS), STYLE, FACE)
    assert "🔗 Связать с…" in labels(several)
    assert choices(several, Act.ATTACH) == ["d2", "d3"]
    assert len(choices(several, Act.ATTACH_TASK)) == 2 + 2 * 3


def test_who_took_it_moves_it_on() -> None:
    """Task, stage, success, refusal, handing over, giving back; a colleague's card has none of it."""
    taken = {"state": CardState.TAKEN, "taken_by": "anna", "taken_at": NOON}
    rows = keyboard(view(card=taken, deal_pipeline="retail", deal_stage="offer"), STYLE, FACE)
    expected = ["📞 +7 916 123-45-67", "✉ Написать", "🗓 Задача", "📶 Этап", "🏆 Успех", "🏳 Отказ"]
    assert labels(rows)[:6] == expected
    assert choices(rows, Act.STAGE) == ["bill"]
    assert labels(keyboard(view(card=taken | {"taken_by": "boris"}), STYLE, FACE)) == []


def test_a_missed_call_asks_what_came_of_calling_back() -> None:
    """Until somebody of ours has answered."""
    taken = {"state": CardState.TAKEN, "taken_by": "anna", "taken_at": NOON}
    missed = touch("", call=CallNote("missed", wait_s=31))
    shown = labels(keyboard(view(card=taken, touches=(missed,), calls=CallLog(missed=1)), STYLE, FACE))
    assert shown[1:3] == ["☎ Перезвонил(а)", "Не дозвонился: через 15 мин"]
    later = labels(keyboard(view(card=taken, touches=(missed,)), STYLE, FACE))
    assert "☎ Перезвонил(а)" not in later


def test_suspects_are_the_likeliest_another_or_nobody_known() -> None:
    """One suspect needs no menu."""
    two = (Suspect("k2", "Иван Петров", 0.86), Suspect("k3", "Иван Петренко", 0.41))
    shown = keyboard(view(suspects=two), STYLE, FACE)
    assert [one for one in labels(shown) if one in ("Это он", "Другой", "Новый клиент")] == [
        "Это он",
        "Другой",
        "Новый клиент",
    ]
    assert choices(shown, Act.SAME) == ["k2", "k3"]
    assert "Другой" not in labels(keyboard(view(suspects=two[:1]), STYLE, FACE))


def test_an_open_menu_shows_its_buttons_and_the_way_back() -> None:
    """An unknown menu is the card's own buttons; every button with a menu has a path of its own."""
    shown = labels(keyboard(view(), STYLE, Face(NOON, colleagues=COLLEAGUES, menu="assign")))
    assert shown == ["Борис", "Вера", "← Назад"]
    assert labels(keyboard(view(), STYLE, Face(NOON, menu="nothing"))) == labels(
        keyboard(view(), STYLE, Face(NOON))
    )
    paths = choices(keyboard(view(deals=DEALS, known=True), STYLE, FACE), Act.MENU)
    assert len(paths) == len(set(paths))


def test_pages_get_lists_instead_of_menus() -> None:
    """Each choice once; the deal and its time in one line; a number to dial as a link."""
    offered = {"state": CardState.OFFERED, "deal_id": ""}
    found = {one.action: one for one in plain(keyboard(view(card=offered, deals=DEALS), STYLE, FACE))}
    assert ("d3+1h", "№ 320 Ремонт, через 1 ч") in found["attach_task"].choices
    assert dict(found["reject"].choices)["spam"] == "Спам"
    assert "more" not in found
    taken = {"state": CardState.TAKEN, "taken_by": "anna", "taken_at": NOON}
    assert plain(keyboard(view(card=taken), STYLE, FACE))[0].url == "tel:+79161234567"


@settings(max_examples=80, deadline=None)
@given(name=HOSTILE, title=HOSTILE)
def test_f40_f63_f64_every_button_fits_and_none_is_labelled_from_outside(name: str, title: str) -> None:
    """64 bytes each, in every menu; a title or name from outside begins with none of our signs and breaks no line."""
    hostile = view(
        deals=(OpenDeal("d" * 36, 10**9, title), OpenDeal("e" * 36, 7, title)),
        suspects=(Suspect("k" * 36, name, 0.9), Suspect("l" * 36, name, 0.8)),
        known=True,
        joined=True,
        card={"id": "o" + "q" * 36, "version": 36**4 - 1},
    )
    rows = keyboard(hostile, STYLE, Face(NOON, colleagues=(*COLLEAGUES, ("x", name))))
    for one in every(rows):
        assert "\n" not in one.label
        assert len(one.label) <= 64
    named = {one.label for one in every(rows) if one.choice in ("x", "l" * 36)}
    assert not any(label[:1] in SYSTEM_SIGNS for label in named if label)
    writer = Writer(STYLE, (("telegram", Seal("demo-secret")),))
    menus = ["", *choices(rows, Act.MENU)]
    for menu in menus:
        notice = writer.card(hostile, "telegram", Face(NOON, colleagues=COLLEAGUES, menu=menu))
        assert all(len(button.data.encode()) <= LONGEST for row in notice.rows for button in row)
        assert all(button.label.strip() for row in notice.rows for button in row)
