"""How much of a person is shown: all, a mask, or the tail alone."""

from __future__ import annotations

from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from intake.contact import mask_email
from intake.view import CardView
from notify.markup import Pair, foreign, joined, ours
from notify.plaintext import one_line

_DOT = "•"
_SHOWN = 2
"""Contacts of one kind on a card; the rest are counted."""


class Sight(StrEnum):
    """What is seen of a contact: everything; the country, the first and the last digits; the tail."""

    FULL = "full"
    MASKED = "masked"
    TAIL = "tail"


def phone_text(number: str, sight: Sight) -> str:
    """A number as people read it: `+7 916 123-45-67`, `+7 9•• •••-45-67`, `•• 45-67`."""
    digits = "".join(sign for sign in number if sign.isdigit())
    if sight is Sight.TAIL:
        return f"{_DOT}{_DOT} {digits[-4:-2]}-{digits[-2:]}"
    try:
        parsed = phonenumbers.parse(number, None)
        shown = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
        open_digits = len(str(parsed.country_code)) + 1
    except NumberParseException:
        shown, open_digits = one_line(number, 24), 2
    return shown if sight is Sight.FULL else _mask_digits(shown, open_digits)


def email_text(address: str, sight: Sight) -> str:
    """An address: `ivan@ya.ru`, `i***@ya.ru`, `i***`."""
    if sight is Sight.FULL:
        return one_line(address, 64)
    masked = one_line(mask_email(address), 64)
    return masked if sight is Sight.MASKED else masked.partition("@")[0]


def short_name(view: CardView) -> str:
    """A name as others may read it: `Ivan P.`; a company's as it is."""
    if not view.person_name:
        return one_line(view.company, 32)
    first, *rest = one_line(view.person_name, 48).split()
    return f"{first} {rest[-1][0]}." if rest else first


def contact_line(view: CardView, sight: Sight, nothing: str) -> Pair:
    """The line that says who it is and how to reach them."""
    name = short_name(view) if sight is Sight.TAIL else one_line(view.person_name, 64)
    parts = [foreign(name)] if name else []
    parts += [ours(phone_text(one, sight)) for one in view.phones[:_SHOWN]]
    parts += [foreign(email_text(one, sight)) for one in view.emails[:_SHOWN]]
    if sight is not Sight.TAIL:
        parts += [foreign(one_line(kind, 16)) for kind, _ in view.handles[:_SHOWN]]
    if not (view.phones or view.emails or view.handles):
        parts.append(ours(nothing))
    left = max(0, len(view.phones) - _SHOWN) + max(0, len(view.emails) - _SHOWN)
    return joined(ours("👤 "), joined(*parts, by=ours(" · ")), ours(f" +{left}" if left else ""))


def _mask_digits(shown: str, opened: int) -> str:
    """The text with its digits masked but for the first `opened` and the last four."""
    total = sum(sign.isdigit() for sign in shown)
    masked: list[str] = []
    seen = 0
    for sign in shown:
        if sign.isdigit():
            seen += 1
            sign = sign if seen <= opened or seen > total - 4 else _DOT  # noqa: PLW2901  one sign for another
        masked.append(sign)
    return "".join(masked)
