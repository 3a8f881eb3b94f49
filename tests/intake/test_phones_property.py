"""The quick way to read a plain Russian number, held against the library that knows every numbering plan."""

from __future__ import annotations

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.contact import find_phones, read_phone

_SPELLINGS = st.sampled_from(
    (
        "+7{0}{1}{2}{3}",
        "8{0}{1}{2}{3}",
        "7{0}{1}{2}{3}",
        "8 ({0}) {1}-{2}-{3}",
        "+7 {0} {1}-{2}-{3}",
        "8-{0}-{1}-{2}-{3}",
        "{0}{1}{2}{3}",
        "\u00a0+7({0}){1} {2} {3} ",
        "8 {0} {1}\u2011{2}\u2011{3}",
    )
)
_DIGITS = st.text("0123456789", min_size=10, max_size=10)


@settings(max_examples=400, deadline=None)
@given(_DIGITS, _SPELLINGS)
def test_what_the_library_calls_a_number_is_read_the_same(digits: str, spelling: str) -> None:
    """Whatever the spelling: where phonenumbers finds a valid number behind +7, so do we, and the same one."""
    text = spelling.format(digits[:3], digits[3:6], digits[6:8], digits[8:])
    try:
        number = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        return
    if number.country_code != 7 or not phonenumbers.is_valid_number(number):
        return
    theirs = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    found = read_phone(text, "RU")
    assert found is not None
    assert (found.number, found.extension) == (theirs, "")
    assert find_phones(text, "RU") == (found,)
