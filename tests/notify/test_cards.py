"""The card: what a manager reads, and that nobody from outside can write our lines."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

import notify
from intake.calls import CallLog
from intake.deal import CardState
from intake.inquiry import Kind
from intake.language import read_language
from intake.view import CallNote, FileNote, Suspect, Why
from notify.buttons import Seal
from notify.cards import render, render_ring
from notify.notices import Writer
from notify.plaintext import SYSTEM_SIGNS, utf16_length
from notify.style import Face, Style
from tests.notify.worlds import NOON, touch, view
from tests.standins.bot_api import parse_html

LOCALE = Path(notify.__file__).parent / "locale"
RUSSIAN = Style(read_language(LOCALE, "ru"), ZoneInfo("Europe/Moscow"))
FACE = Face(NOON)
HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("<>&\"'/@.:#\n\r\u2028\u202e\u2066\u2069\u200b\u200d\ufeff\u0301😀" + SYSTEM_SIGNS),
    ),
    max_size=400,
) | st.sampled_from(
    [
        "</b></blockquote><a href='tg://user?id=1'>tap</a>",
        "ok\n✅ Взял(а) Сидоров 14:03\n🔔 Новое: чужое",
        "https://evil.example t.me/evil tel:+7900 @admin /start #x " * 20,
        "😀" * 10_000,
        "й" * 10_000,
        "{{ 7*7 }} {name} %s \r\nBcc: all@example.ru",
    ]
)


def test_a_card_reads_in_the_order_of_deciding() -> None:
    """Who, whose, what, how to reach them masked, why you, till when."""
    shown = render(view(why=(Why("owner_round_robin", "anna"),)), RUSSIAN, FACE).plain.split("\n")
    assert shown == [
        "🔔 Новое: Иван Петров, новый клиент, Need 40 pieces by Friday",
        "№ 318 · форма «site» · 17:13",
        "👤 Иван Петров · +7 9•• •••-45-67 · i***@ya.ru",
        "> Need 40 pieces by Friday",
        "👉 ваша очередь",
        "⏱ взять до 17:18",
    ]


def test_the_push_says_who_and_what_in_sixty_signs() -> None:
    """The beginning of the first line, without the leading sign."""
    shown = render(view("x" * 200, known=True, client_owner="anna"), RUSSIAN, FACE)
    assert shown.push.startswith("Новое: Иван Петров, ваш клиент, xxx")
    assert len(shown.push) <= 60


def test_contacts_are_full_for_the_owner_who_took_it() -> None:
    """Not before, not for another one, never where others read along."""
    taken = view(
        card={"state": CardState.TAKEN, "taken_by": "anna", "taken_at": NOON + 58_000}, taken_by_name="Anna"
    )
    assert "+7 916 123-45-67" in render(taken, RUSSIAN, FACE).plain
    assert "✅ Взял(а) Anna 17:14 (0:58)" in render(taken, RUSSIAN, FACE).plain
    others = view(
        card={"state": CardState.TAKEN, "taken_by": "boris", "taken_at": NOON}, taken_by_name="Boris"
    )
    assert "+7 9•• •••-45-67" in render(others, RUSSIAN, FACE).plain
    public = render(taken, RUSSIAN, Face(NOON, public=True)).plain
    assert "916" not in public
    assert "Петров" not in public
    assert "pieces" not in public
    assert "Иван П." in public


def test_a_missed_call_says_how_long_it_waited() -> None:
    """It needs no text."""
    missed = touch("", call=CallNote("missed", wait_s=31))
    shown = render(view(touches=(missed,)), RUSSIAN, FACE).plain
    assert shown.startswith("☎ Пропущенный: Иван Петров, новый клиент")
    assert "ждал 31 с" in shown


def test_a_client_who_calls_in_vain_again_is_told_with_the_count() -> None:
    """The second missed call says so, with our own attempts; a talk since then turns the line."""
    missed = replace(touch(text="", call=CallNote("missed", wait_s=31)), kind=Kind.CALL)
    again = render(view(touches=(missed,), calls=CallLog(missed=2, tries=1)), RUSSIAN, FACE).plain
    assert again.startswith("☎ Пропущенный, 2-й раз, мы пробовали: 1: Иван Петров")
    talked = CallLog(talk_at=NOON + 240_000)
    assert "📞 Перезвонили в 17:17" in render(view(touches=(missed,), calls=talked), RUSSIAN, FACE).plain


def test_an_answered_call_says_who_took_it_and_how_long_they_talked() -> None:
    """Whoever reads the card knows whom to ask."""
    call = CallNote("answered", talk_s=95, answered_by="101")
    shown = render(view(touches=(replace(touch(text="", call=call), kind=Kind.CALL),)), RUSSIAN, FACE).plain
    assert "на звонок ответил(а) 101" in shown
    assert "📞 говорили 1:35" in shown


def test_several_touches_are_told_each_by_its_kind() -> None:
    """The last ones in full, with their time, the count on top."""
    letter = touch("Second thought", subject="Order")
    shown = render(view(touches=(touch("First"), letter), touch_count=2), RUSSIAN, FACE)
    assert "Снова: Иван Петров" in shown.plain
    assert "2-е касание" in shown.plain
    assert "> First" in shown.plain
    assert "> Order\n> Second thought" in shown.plain
    assert render_ring(view(touch_count=2), RUSSIAN, FACE).plain.startswith("🔁 2-е касание · форма «site»")


def test_suspects_files_and_source_have_their_lines() -> None:
    """Each only where there is something to say."""
    one = touch("Hello", files=(FileNote("заявка.pdf", 210_000),), source="yandex/brand")
    shown = render(
        view(touches=(one,), suspects=(Suspect("k2", "Иван Петренко", 0.41),)), RUSSIAN, FACE
    ).plain
    assert "👥 Похоже на: Иван Петренко 0.41" in shown
    assert "📎 заявка.pdf 205 KB" in shown
    assert "🔗 yandex/brand" in shown


def test_a_long_text_is_cut_and_says_so() -> None:
    """Three hundred signs, then how many lines are left."""
    shown = render(view("\n".join(f"line {number} " + "x" * 90 for number in range(8))), RUSSIAN, FACE).plain
    assert "(ещё 5 строк)" in shown


def test_f63_links_are_text_that_can_be_copied() -> None:
    """Addresses, mentions and commands are shown as typed text, which no messenger makes a link of."""
    shown = render(view("see https://evil.example/x or @admin"), RUSSIAN, FACE).html
    assert "<code>https://evil.example/x</code>" in shown
    assert "<code>@admin</code>" in shown


@settings(max_examples=150, deadline=None)
@given(name=HOSTILE, text=HOSTILE, company=HOSTILE, file=HOSTILE)
def test_f40_f63_whatever_they_write_the_card_stays_ours(
    name: str, text: str, company: str, file: str
) -> None:
    """The markup is sound, fits, and holds no tag of theirs; no line of theirs begins with a sign of ours; nothing
    turns the reading direction round or hides."""
    hostile = view(
        text,
        person_name=name,
        company=company,
        known=True,
        deal_title=name,
        touches=(touch(text, subject=name, files=(FileNote(file, 5),), source=company, service=text),) * 3,
        touch_count=3,
        suspects=(Suspect("k2", name, 0.9),),
        emails=(name,),
    )
    shown = render(hostile, RUSSIAN, FACE)
    assert utf16_length(parse_html(shown.html)) <= 4096
    assert utf16_length(shown.plain) <= 4096
    assert "<a" not in shown.html
    signs = [line for line in shown.plain.split("\n") if line[:1] in SYSTEM_SIGNS]
    assert len({line[:2] for line in signs}) <= len(signs) <= 10
    assert shown.plain.count("✅") == 0
    assert shown.plain.count("🔔") == 1
    allowed = {"\n", "\u2068", "\u2069"}
    assert {one for one in shown.plain if unicodedata.category(one) in ("Cc", "Cf")} <= allowed
    assert shown.plain.count("\u2068") == shown.plain.count("\u2069")
    assert "\n" not in shown.push


@settings(max_examples=60, deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=4), st.integers(1, 60))
def test_f63_a_list_of_cards_fits_whatever_they_are_called(texts: list[str], count: int) -> None:
    """However many cards and however long their texts, one message holds the list."""
    views = [view(texts[number % len(texts)], person_name=texts[0]) for number in range(count)]
    notice = Writer(RUSSIAN, (("telegram", Seal("demo-secret")),)).many(views, "telegram", FACE, "Новые")
    assert utf16_length(parse_html(notice.html)) <= 4096
    assert all(len(button.data.encode()) <= 64 for row in notice.rows for button in row)


def test_every_text_has_its_russian() -> None:
    """Nothing that is shown is left in English; make it anew with pybabel when a text changes."""
    found = {one[2] for one in extract_from_dir("notify", [("**.py", "python")])}
    with (LOCALE / "ru" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="ru")
    assert found == {one.id for one in catalogue if one.id}
    assert all(
        all(one.string) if isinstance(one.string, tuple) else one.string for one in catalogue if one.id
    )


def test_each_kind_has_its_words() -> None:
    """No kind of inquiry is without a name."""
    named = {
        render(view(touches=(replace(touch("Hello"), kind=kind),)), RUSSIAN, FACE).plain for kind in Kind
    }
    assert len(named) == len(Kind)
