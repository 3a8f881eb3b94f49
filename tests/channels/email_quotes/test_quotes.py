"""What the corpus cannot say: HTML beside plain text, the quoted part, footers, and work on hostile letters."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.quotes import cut_banner, cut_disclaimer, cut_mobile_footer, cut_quotes, split_quotes

OUTLOOK = (
    "От: Пётр <p@pipes.example>\nОтправлено: 3 ноября 2026 г. 10:15\nКому: Анна\nТема: Цены\n\nЦена 68 000"
)


def test_a_bare_forward_is_all_history():
    """Nothing is the writer's own, and the history is handed over whole."""
    split = split_quotes("---------- Forwarded message ---------\n" + OUTLOOK)
    assert split.own == ""
    assert split.quoted.endswith("Цена 68 000")


def test_the_comment_of_a_forward_stays():
    """What stands above the forwarded message is the writer's."""
    split = split_quotes("Посмотри, пожалуйста.\n\n-----Исходное сообщение-----\n" + OUTLOOK)
    assert split.own == "Посмотри, пожалуйста."


def test_html_is_asked_where_plain_text_cannot_tell():
    """An unmarked quotation above the answer: only the HTML says where it ends."""
    plain = "03.11.2026 10:15, Пётр пишет:\nЦена 68 000\n\nБерём."
    html = (
        '<div class="moz-cite-prefix">03.11.2026 10:15, Пётр пишет:<br></div>'
        '<blockquote type="cite">Цена 68 000</blockquote><p>Берём.</p>'
    )
    assert cut_quotes(plain, html=html) == "Берём."


def test_plain_text_is_kept_where_both_cut_alike():
    """The plain part shows lists and links as the writer saw them, so its wording is preferred."""
    plain = "1. труба\n2. лист\n\n03.11.2026 10:15, Пётр пишет:\n> Что нужно?"
    html = "<ol><li>труба</li><li>лист</li></ol><blockquote type=cite>Что нужно?</blockquote>"
    assert cut_quotes(plain, html=html) == "1. труба\n2. лист"


def test_an_unreadable_html_part_does_no_harm():
    """The plain text is enough."""
    assert cut_quotes("Да\n> так?", html="<![CDATA[\x00") == "Да"
    assert cut_quotes("", html="<!-- -->") == ""


def test_text_below_a_thousand_levels_is_not_lost():
    """A letter nested without end still says what it says."""
    assert "Берём" in cut_quotes("Берём", html="<div>" * 1000 + "Берём" + "</div>" * 1000)


def test_signatures_stay_and_empty_ones_go():
    """A signature is the signature reader's business; a delimiter with nothing below it is nobody's."""
    assert cut_quotes("Да\n\n-- \nАнна Белова") == "Да\n\n--\nАнна Белова"
    assert cut_quotes("Да\n\n-- \n") == "Да"


@pytest.mark.parametrize(
    "footer",
    [
        "Отправлено с iPhone",
        "Отправлено из мобильной Яндекс.Почты: http://m.ya.ru/ymail",
        "--\nОтправлено из Mail.ru для Android",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Получить Outlook для Android",
        "Enviado desde mi iPhone",
        "Von meinem iPad gesendet",
        "Wysłane z iPhone'a",
        "iPhone'umdan gönderildi",
        "Без вирусов. www.avast.ru",
        "Virenfrei.www.avast.com",
    ],
)
def test_programs_footers_are_cut(footer: str):
    """A line that advertises a device or a program is not the writer's."""
    assert cut_mobile_footer("Да, берём.\n\n" + footer) == "Да, берём."


@pytest.mark.parametrize(
    "sentence",
    [
        "Отправлено вчера в 10:15 с курьером",
        "Отправлено из Казани транспортной компанией",
        "Sent from our warehouse on Monday",
        "Получить счёт можно на почту?",
        "Download link does not work",
        "Без вирусов не бывает зимы, сказал он",
    ],
)
def test_sentences_that_begin_like_footers_stay(sentence: str):
    """Only a whole line with a device or a program in it is a footer."""
    assert cut_mobile_footer("Да.\n" + sentence) == "Да.\n" + sentence


def test_a_disclaimer_is_cut_from_the_second_paragraph_on():
    """Lawyers write last; a letter that is about confidentiality is left alone."""
    legal = "This e-mail and any files transmitted with it are confidential and intended solely for the addressee."
    assert cut_disclaimer(f"Да, берём.\n\n_______\n\n{legal}\n\nCompany Ltd.") == "Да, берём."
    assert cut_disclaimer(legal) == legal
    russian = "Настоящее сообщение и любые приложения к нему являются конфиденциальными."
    assert cut_disclaimer(f"Да.\n\n{russian}") == "Да."


HOSTILE = [
    "\n",
    ">\n",
    "> > >",
    "abc def:\n",
    "On Nov 3, 2026 X wrote:\n",
    "3 ноября 2026 г. в 10:15 что писал:\n",
    "From: a\nSent: b\n",
    "-----\n",
    "<a@",
    "=\n=D0",
    "Sent from my \n",
    "1.1.11.1:\n",
    "AB> x\n",
    "\n\nthis e-mail a ",
    "<x@y.example\n> wrote\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_f67_hostile_text_costs_linear_work(piece: str):
    """Eight times the text costs about eight times the work: never its square, never a blown-up pattern."""

    def cost(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = 1e9
        for _ in range(2):
            begun = time.process_time()
            split_quotes(text)
            cut_disclaimer(text)
            best = min(best, time.process_time() - begun)
        return best

    assert cost(80_000) < 40 * cost(10_000) + 0.05


def test_f67_a_megabyte_loses_nothing():
    """Beyond the part that is looked at, text goes where the beginning went: nothing disappears."""
    line = "Нужна труба профильная, сорок на сорок.\n"
    assert len(cut_quotes(line * 25_000).splitlines()) == 25_000
    split = split_quotes("Да.\n\n03.11.2026 10:15, Пётр пишет:\n" + ("> " + line) * 25_000 + "последняя")
    assert split.own == "Да."
    assert split.quoted.endswith("последняя")


_PIECES = st.sampled_from(
    [
        *HOSTILE,
        "Добрый день\n",
        "вт, 3 нояб. 2026 г. в 10:15, Имя <x@y.example>:\n",
        "> да\n",
        "\u202f",
        "\u200f",
        "От: Я\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=25).map("".join))
def test_no_text_breaks_the_scanner(text: str):
    """Any text gives the same answer each time, and nothing in it comes from nowhere."""
    split = split_quotes(text)
    assert set(split.own.split()) <= set(split_quotes(text + "\n").own.split()) | set(text.split()) | {
        split.own
    }


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_html_breaks_the_reader(source: str):
    """Any HTML gives an answer."""
    assert isinstance(cut_quotes("", html=source), str)


def test_a_gateways_warning_above_a_letter_is_not_the_writers():
    """The banner of a mail gateway is taken off, a letter that only begins like one stays."""
    assert cut_banner("[EXTERNAL] Do not click links\n\nНужен счёт.") == "Нужен счёт."
    assert cut_banner("ВНИМАНИЕ! Письмо от внешнего отправителя.\nНужен счёт.") == "Нужен счёт."
    assert cut_banner("Внимание, срочный заказ!\nНужен счёт.") == "Внимание, срочный заказ!\nНужен счёт."


def test_a_formal_letter_is_no_disclaimer():
    """A paragraph that opens formally and speaks of nothing secret is the writer's."""
    letter = "Добрый день!\n\nДанное письмо адресовано директору: просим скидку 5 %.\n\nАнна"
    assert cut_disclaimer(letter) == letter


def test_what_is_answered_under_a_disclaimer_stays():
    """Outlook puts the signature and its lawyers' lines on top; the answers stand between the quoted lines below."""
    legal = "Это письмо конфиденциально и предназначено только адресату."
    letter = f"Ответы ниже.\n\n{legal}\n\nДа, берём сорок штук с доставкой до Тулы в мае.\n\nКогда отгрузка?"
    assert cut_disclaimer(letter) == letter.replace(f"{legal}\n\n", "")
