"""Company names: one firm however it is written, two firms however alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.companies import company_key, is_company, is_sole_trader, same_company


@pytest.mark.parametrize(
    "text",
    ["ООО «Маяк-Снаб»", "Маяк Снаб ООО", "маяк снаб", "OOO Mayak Snab", "МАЯК-СНАБ, ооо", '"Маяк Снаб" Ltd',
     "Майк Снаб", "Общество с ограниченной ответственностью «Маяк-Снаб»"],
)  # fmt: skip
def test_one_firm_in_many_spellings(text: str) -> None:
    """Legal form, its place, quotes, case, alphabet and a slip do not make another firm."""
    assert same_company("ООО «Маяк-Снаб»", text)


@pytest.mark.parametrize("text", ["ООО «Маяк-Проект»", "АО «Буревестник»", "Маяк"])
def test_another_firm_is_another(text: str) -> None:
    """A word more or less is another company."""
    assert same_company("ООО «Маяк-Снаб»", text) is False


def test_nothing_is_known_of_no_name() -> None:
    """An empty name, or a legal form alone, says nothing."""
    assert same_company("", "ООО «Маяк»") is None
    assert same_company("ООО", "ООО «Маяк»") is None


def test_a_sole_trader_is_a_person() -> None:
    """ИП is a person under a legal form; a firm is a firm in both alphabets."""
    assert is_sole_trader("ИП Зимин О. П.")
    assert not is_company("ИП Зимин О. П.")
    assert is_company("OOO Mayak")
    assert not is_company("Зимин Олег")


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_compares_the_same_from_either_side(one: str, other: str) -> None:
    """No text fails, and the order of asking does not matter."""
    assert same_company(one, other) == same_company(other, one)
    assert company_key(one) == company_key(one.upper()) or not one.isascii()
