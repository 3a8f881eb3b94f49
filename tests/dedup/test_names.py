"""Names: read into parts, compared in whatever alphabet, order and mood they were typed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.compare import AGREEING, Agreement, compare_names
from dedup.diminutives import derived_names, full_names, given_names
from dedup.names import read_name
from dedup.translit import other_layout, plain_word, skeletons

FULL, GIVEN, SILENT = Agreement.FULL, Agreement.GIVEN, Agreement.SILENT


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("Зимин Олег Петрович", "олег  зимин", FULL),
        ("Олег Зимин Петрович", "ЗИМИН Олег Петрович", FULL),
        ("Петровна Инна Ржевская", "Ржевская Инна Петровна", FULL),
        ("ЗиминОлег", "Зимин,Олег", FULL),
        ("Артем Пчёлкин", "Артём Пчелкин", FULL),
        ("Димон Зорин", "Зорин Дмитрий Ильич", FULL),
        ("Dimon Zorin", "Зорин Дмитрий", FULL),
        ("Yulya Schukina", "Щукина Юлия", FULL),
        ("Зоpин Дмитpий", "Зорин Дмитрий", FULL),  # Latin p
        ("Pjhby Lvbnhbq", "Зорин Дмитрий", FULL),  # the keyboard was on Latin
        ("ПетренкоОксана", "Петренко О.", Agreement.INITIALS),
        ("О.В. Петренко", "Петренко Оксана Викторовна", Agreement.INITIALS),
        ("О.Н. Петренко", "Петренко Оксана Викторовна", Agreement.FATHER),
        ("Петренко", "Петренко Оксана", Agreement.SURNAME),
        ("Оксанка", "Петренко Оксана", GIVEN),
        ("Оксана (окна)", "Петренко Оксана", GIVEN),
        ("💎Ксюша💎", "Петренко Оксана", GIVEN),
        ("Ксюша", "Петренко Ксения", GIVEN),
        ("Оксана", "Петренко Ксения", Agreement.OTHER),
        ("Дмиртий Зорин", "Зорин Дмитрий", FULL),
        ("Зорн Дмитрй", "Зорин Дмитрий", FULL),
        ("Инна Ковальчук", "Инна Ржевская", Agreement.RENAMED),
        ("Олег Ковальчук", "Олег Зимин", Agreement.SURNAMES),
        ("Олег Петрович Ковальчук", "Олег Петрович Зимин", Agreement.RENAMED),
        ("Зимин Олег Олегович", "Зимин Олег Петрович", Agreement.FATHER),
        ("Зимин Иван", "Зимина Инна", Agreement.RELATIVE),
        ("Женя Зимина", "Зимин Евгений", Agreement.RELATIVE),
        ("Женя Зимин", "Зимин Евгений", FULL),
        ("Марина", "Карина", Agreement.OTHER),
        ("Алексеевич Сергей", "Сергей Алексеевич Зимин", GIVEN),
        ("Игнатович Павел", "Павел Игнатович", FULL),
        ("Карен Мкртчян", "Мкртчян Карен Ашотович", FULL),
        ("Алиев Вагиф Гасан оглы", "Вагиф Гасанович Алиев", FULL),
        ("Алиев Вагиф Гасан оглы", "Алиев Вагиф Рауфович", Agreement.FATHER),
        ("Зимин Олег Мкртычевич", "Олег Мкртычевич Зимин", FULL),
        ("Рома", "Ян Роман", GIVEN),
        ("Ян", "Ян Роман", GIVEN),
        ("Рустем Галиев", "Галиев Рустам", FULL),
        ("Олександр Бойко", "Бойко Александр", FULL),
        ("Клиент", "Зимин Олег", SILENT),
        ("Мама", "Зимин Олег", SILENT),
        ("123", "Зимин Олег", SILENT),
        ("", "Зимин Олег", SILENT),
        ("qwerty", "Зимин Олег", SILENT),
        ("ИП Зимин О.П.", "Олег Зимин", Agreement.INITIALS),
    ],
)
def test_two_names_side_by_side(one: str, other: str, agreement: Agreement) -> None:
    """What agrees, what says nothing and what speaks against one person - the same from either side."""
    assert compare_names(read_name(one), read_name(other)).agreement is agreement
    assert compare_names(read_name(other), read_name(one)).agreement is agreement


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("Саша", {"александр", "александра"}),
        ("Шурик", {"александр"}),
        ("Лёля", {"елена", "ольга"}),
        ("Гоша", {"георгий", "гордей", "егор", "игорь"}),
        ("Sasha", {"александр", "александра"}),
        ("Katya", {"екатерина"}),
        ("Наталия", {"наталья", "наталия"}),
        ("Стол", set()),
    ],
)
def test_a_short_name_stands_for_full_ones(short: str, full: set[str]) -> None:
    """The dictionary knows short forms in both alphabets, and all the full names behind one."""
    assert full_names(plain_word(short)) == full


@pytest.mark.parametrize(
    ("rough", "full"),
    [
        ("Димасик", "дмитрий"),
        ("Светульчик", "светлана"),
        ("Олежкин", ""),
        ("Толяха", "анатолий"),
        ("Галюня", "галина"),
    ],
)
def test_an_ending_makes_a_tender_form(rough: str, full: str) -> None:
    """Forms the dictionary does not list are known by their endings; others are left alone."""
    found = full_names(plain_word(rough)) or derived_names(plain_word(rough))
    assert (full in found) if full else not found


@pytest.mark.parametrize(
    "spellings",
    [
        ("Щукин", "Shchukin", "Schukin", "Ščukin", "Shhukin"),
        ("Хомутов", "Khomutov", "Homutov", "Xomutov"),
        ("Цветаев", "Tsvetaev", "Cvetaev", "Czvetaev"),
        ("Юрьев", "Yuryev", "Iurev", "Jurjev"),
        ("Жучковский", "Zhuchkovsky", "Zhuchkovskii", "Žučkovskij", "Joutchkovskiy"),
        ("Максимов", "Maksimov", "Maximov", "Maximoff"),
    ],
)
def test_all_schemes_of_transliteration_meet(spellings: tuple[str, ...]) -> None:
    """Some skeleton is common to every spelling of a word."""
    common = set(skeletons(plain_word(spellings[0])))
    for spelling in spellings[1:]:
        assert common & set(skeletons(plain_word(spelling))), spelling


def test_every_name_is_known_on_the_wrong_keyboard() -> None:
    """A name typed with the keyboard on Latin is the name, for every given name we know."""
    for name in sorted(given_names().common):
        full = f"{name} Бондарчук"
        typed = full.lower().translate(
            str.maketrans("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")
        )
        assert other_layout(typed) == full.lower()
        assert compare_names(read_name(typed), read_name(full)).agreement is FULL, name


def test_a_slip_of_the_finger_is_forgiven() -> None:
    """One wrong, lost, doubled or swapped letter in a given name leaves it agreeing in all but a few cases,
    those where it makes another name."""
    chance = random.Random(7)
    names = [name for name in sorted(given_names().common) if len(name) > 4]
    tried = agreed = 0
    for name in names:
        at = chance.randrange(1, len(name) - 1)
        swapped = name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]
        for typed in (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + "ъ" + name[at + 1 :],
            swapped,
        ):
            tried += 1
            agreed += (
                compare_names(read_name(f"{typed} Ткачук"), read_name(f"Ткачук {name}")).agreement in AGREEING
            )
    assert agreed >= 0.97 * tried


NAMES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["Иван", "Vanya", "Петров", "Петровна", "А.", "Роман", "Ильич", "x", "🙂", "Анна-Мария"]
        ),
        max_size=5,
    ).map(" ".join),
)


@given(NAMES, NAMES)
def test_comparing_is_symmetric_and_never_fails(one: str, other: str) -> None:
    """Any two texts compare, the same from either side; a name never speaks against itself."""
    mine, its = read_name(one), read_name(other)
    assert compare_names(mine, its).agreement is compare_names(its, mine).agreement
    assert compare_names(mine, mine).agreement in AGREEING | {SILENT}


@pytest.mark.parametrize("unit", ["а", "а-", "а'", "Иван ", "А.", "x", "🙂", "ов", "ё́", "Иван-"])
def test_f67_a_hostile_name_is_cut(unit: str) -> None:
    """A megabyte in the name field is read as its first letters: nothing grows with it."""
    reading = read_name(unit * (1_000_000 // len(unit)))
    assert sum(len(one.words) for one in reading.readings) <= 60
