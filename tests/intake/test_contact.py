"""Contacts as people write them, read into one form."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.contact import (
    ContactPoint,
    find_emails,
    find_phones,
    mask_email,
    mask_phone,
    read_email,
    read_phone,
)

ONE = "+79161234067"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+7 (916) 123-40-67", ONE),
        ("8 916 1234067", ONE),
        ("9161234067", ONE),
        ("8.916.123.40.67", ONE),
        ("8916/1234067", ONE),
        ("7(916) 123–40–67", ONE),
        ("+7, 916 123 40 67 звоните после 18", ONE),
        ("тел. 8(916)123-40-67", ONE),
        ("Тел89161234067Иван", ONE),
        ("00 7 916 123 40 67", ONE),
        # the trunk 8 or the 7 twice
        ("+89161234067", ONE),
        ("+7 (8916) 123-40-67", ONE),
        ("+7 (7916) 123-40-67", ONE),
        ("8 +79161234067", ONE),
        ("+789161234067", ONE),
        # letters typed for digits, other scripts' digits, what cannot be seen
        ("8-9I6-I23-4О-б7", ONE),
        ("+7(9l6)l234O67", ONE),
        ("8 (916) I2З-40-67", ONE),
        ("+٧٩١٦١٢٣٤٠٦٧", ONE),
        ("\u200e+7 916\u200b 123 40 67", ONE),
        ("＋７ ９１６ １２３ ４０ ６７", ONE),
        # abroad, with and without a plus
        ("+375 29 123-45-67", "+375291234567"),
        ("375291234567", "+375291234567"),
        ("8 10 375 29 1234567", "+375291234567"),
        ("00998971793861", "+998971793861"),
        ("+374 99 110000", "+37499110000"),
        ("37499110000", "+37499110000"),
        ("8 (707) 384-58-79", "+77073845879"),
        ("707 384-58-79", "+77073845879"),
        ("+49 30 901820", "+4930901820"),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, number: str) -> None:
    """Every spelling of one number gives the same E.164, from a field and from text."""
    assert read_phone(text, "RU") == (number, "")
    assert [phone.number for phone in find_phones(text, "RU")] == [number]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "нет",
        "+7",
        "+7 (___) ___-__-__",
        "0",
        "12345",
        "anonymous",
        "Скрытый номер",
        "+" * 40,
        "8 916 123",
        "1" * 30,
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    """Empty fields, words and halves of numbers are no phone."""
    assert read_phone(text, "RU") is None


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("+7 495 730-40-41 доб. 552", "552"),
        ("84957304041, доб 107", "107"),
        ("+74957304041 #130", "130"),
        ("+74957304041;ext=12", "12"),
        ("+7 495 730-40-41 ext 4521", "4521"),
        ("+7 495 730-40-41 (доб. 3)", "3"),
        ("+7 495 730-40-41 вн. 12", "12"),
        ("+7 495 730-40-41,101", "101"),
        ("+7 495 730-40-41 x101", "101"),
    ],
)
def test_an_extension_stays_with_its_number(text: str, extension: str) -> None:
    """What is dialled behind the number is kept apart from it."""
    assert read_phone(text, "RU") == ("+74957304041", extension)


@pytest.mark.parametrize(
    "text",
    [
        "8 (916) 123-40-67, 8-926-765-40-21",
        "89161234067 / 89267654021",
        "7(916) 123–40–67; 8 (926) 765-40-21",
        "0079161234067\n8 (926) 765-40-21",
        "8 (916) 123-40-67 +79267654021",
        "8 (916) 123-40-67 или 79267654021, спросить Ивана",
        "моб. 9161234067, раб. 9267654021 (ИНН 7707083893, р/с 40702810900000012345)",
    ],
)
def test_two_numbers_are_two(text: str) -> None:
    """Both numbers are found, and `read_phone` does not guess which was meant."""
    assert [phone.number for phone in find_phones(text, "RU")] == [ONE, "+79267654021"]
    assert read_phone(text, "RU") is None


@pytest.mark.parametrize(
    "text",
    [
        "ИНН 9701234567", "Счёт № 8123456789", "30.12.2024 15:00", "4276 1234 5678 9012", "заказ 9161234067",
        "р/с 40702810900000012345", "12 500 000 руб.", "2026-11-22T10:00:00.123Z",
    ],
)  # fmt: skip
def test_other_figures_are_no_phones(text: str) -> None:
    """Tax numbers, accounts, cards, dates and sums in a letter are not taken for phones."""
    assert find_phones(text, "RU") == ()


def test_another_region_reads_its_own_numbers() -> None:
    """A number without a country code is read as the company's region."""
    assert read_phone("8 029 123-45-67", "BY") == ("+375291234567", "")
    assert read_phone("+7 916 123-40-67", "BY") == (ONE, "")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Anna.P@Mail.Ru ", "anna.p@mail.ru"),
        ('"Анна" <anna.p@mail.ru>', "anna.p@mail.ru"),
        ("mailto:anna.p@mail.ru", "anna.p@mail.ru"),
        ("аnnа.p@mаil.ru", "anna.p@mail.ru"),  # Cyrillic letters among them
        ("anna.p @ mail.ru", "anna.p@mail.ru"),
        ("почта:anna.p@mail.ru.", "anna.p@mail.ru"),
        ("anna.p@mail.ruтел", "anna.p@mail.ru"),
        ("anna.p＠mail.ru", "anna.p@mail.ru"),
        ("info@кто.рус", "info@xn--j1ail.xn--p1acf"),
    ],
)
def test_an_address_is_read_however_it_is_written(text: str, address: str) -> None:
    """Every spelling of one address gives the same text."""
    assert read_email(text) == address


@pytest.mark.parametrize(
    "text", ["", "нет", "@", "anna@", "@mail.ru", "anna.mail.ru", "a@b", "a@b.ru, c@d.ru"]
)
def test_what_is_no_single_address_is_none(text: str) -> None:
    """Words, halves and lists are not one address."""
    assert read_email(text) is None


def test_addresses_are_found_in_text_once_each() -> None:
    """In their order, without repetitions."""
    assert find_emails("Пишите: A@B.ru, c@d.ru; a@b.ru!") == ("a@b.ru", "c@d.ru")


def test_masks_hide_all_but_the_ends() -> None:
    """A log shows enough to compare, not enough to call."""
    assert (mask_phone(ONE), mask_email("anna@mail.ru")) == ("+7***4067", "a***@mail.ru")
    assert ContactPoint("phone", ONE).key == "phone:+79161234067"


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    """Whatever comes, what is found is E.164 and addresses are addresses."""
    for region in ("RU", "BY"):
        for phone in find_phones(text, region):
            assert phone.number.startswith("+")
            assert phone.number[1:].isdecimal()
        read_phone(text, region)
    assert all("@" in address for address in find_emails(text))
    read_email(text)


@pytest.mark.parametrize(
    "unit",
    [
        "8 9 ",
        "+374 99 1 ",
        "8916123456 7 ",
        "З-З-1-",
        "375 29 1",
        "8 916 123 45 67 доб ",
        "a@a.a.a.",
        "_@_.a",
        " " * 50 + "1",
    ],
)
def test_f67_hostile_text_takes_no_more_than_its_length(unit: str) -> None:
    """A megabyte of half-numbers is read as fast as its first pages: work is bounded, not quadratic."""
    started = time.process_time()
    find_phones(unit * (1_000_000 // len(unit)), "RU")
    find_emails(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 2.0
