"""Which department an inquiry belongs to, by what it is about and where it came from."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

from phonenumbers import NumberParseException, parse, region_code_for_number

from crm.owners.base import Narrow, OwnerCase, Segment
from intake.account import Account
from intake.inquiry import Inquiry


class Asking(Protocol):
    """Whatever has an inquiry of an account."""

    @property
    def inquiry(self) -> Inquiry:
        """What came."""
        ...

    @property
    def account(self) -> Account:
        """By which account."""
        ...


class BySegment:
    """The department of the first segment that fits and names one."""

    def pick(self, case: OwnerCase) -> Narrow | None:
        """As OwnerRule."""
        for segment in case.how.segments:
            why = fits(segment, case) if segment.department else None
            if why is not None:
                return Narrow(segment.department, why)
        return None


def fits(segment: Segment, case: Asking) -> str | None:
    """What of the inquiry fits the segment, or None where something does not."""
    inquiry = case.inquiry
    asked = (
        ("service", segment.services, _any_of([inquiry.service or case.account.service], segment.services)),
        ("account", segment.accounts, _any_of([inquiry.account], segment.accounts)),
        ("phone", segment.phones, _phone(inquiry.sender.phones, segment.phones)),
        ("line", segment.lines, _any_of([inquiry.recipient.line], segment.lines)),
        ("source", segment.sources, _any_of(_sources(inquiry), segment.sources)),
        ("language", segment.languages, _any_of([language_of(inquiry)], segment.languages)),
        ("utm", segment.utm, _utm(inquiry, segment.utm)),
    )
    if any(wanted and not found for _, wanted, found in asked):
        return None
    return ", ".join(f"{name} {found}" for name, wanted, found in asked if wanted) or "any"


def language_of(inquiry: Inquiry) -> str:
    """`ru` or `en` as the sender's letters are, or what the form or the messenger says; "" when nothing tells."""
    said = inquiry.fields.get("language") or inquiry.fields.get("language_code") or ""
    if said:
        return said[:2].lower()
    letters = [sign for sign in f"{inquiry.subject} {inquiry.text}".lower() if sign.isalpha()]
    if not letters:
        return ""
    cyrillic = sum("а" <= sign <= "я" or sign == "ё" for sign in letters)
    latin = sum("a" <= sign <= "z" for sign in letters)
    if max(cyrillic, latin) * 2 < len(letters):
        return ""
    return "ru" if cyrillic >= latin else "en"


def _any_of(said: list[str], wanted: tuple[str, ...]) -> str:
    known = {one.casefold() for one in wanted}
    return next((one for one in said if one and one.casefold() in known), "")


def _phone(phones: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    """The beginning or the country that one of the phones has."""
    for one in wanted:
        if one.startswith("+") and any(phone.startswith(one) for phone in phones):
            return one
        if not one.startswith("+") and one.upper() in map(_country, phones):
            return one
    return ""


def _country(phone: str) -> str:
    try:
        return region_code_for_number(parse(phone)) or ""
    except NumberParseException:
        return ""


def _sources(inquiry: Inquiry) -> list[str]:
    source = inquiry.attribution
    try:
        host = urlsplit(source.referrer).hostname or ""
    except ValueError:
        host = ""
    return [source.utm.get("utm_source", ""), host, host.removeprefix("www.")]


def _utm(inquiry: Inquiry, wanted: tuple[tuple[str, str], ...]) -> str:
    told = inquiry.attribution.utm
    if not all(told.get(name, "").casefold() == value.casefold() for name, value in wanted):
        return ""
    return " ".join(f"{name}={value}" for name, value in wanted)
