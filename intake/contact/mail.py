"""E-mail addresses: read from a field, found in text, in one spelling (lower case, ASCII domain)."""

from __future__ import annotations

import re

from intake.contact.letters import latin_of, plain_digits

_ADDRESS = re.compile(r"(?<![\w.%+\-])[\w][\w.%+\-]{0,63}@[^\W_][\w\-]{0,62}(?:\.[\w\-]{1,63}){1,8}")
_USUAL = re.compile(r"[a-z0-9_][a-z0-9._%+\-]{0,63}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,8}")
_INTERNATIONAL = re.compile(r"\w[\w.%+\-]{0,63}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,8}")
_TAIL = re.compile(r"(?<=\.[a-z]{2})[^\x00-\x7f]+$|(?<=\.[a-z]{3})[^\x00-\x7f]+$")
_AROUND_AT = re.compile(r"[ \t]{1,4}@[ \t]{0,4}|@[ \t]{1,4}")
_LONGEST_TEXT = 20_000
"""Addresses are looked for in this many first characters: the rest of a pasted log is not a contact."""


def read_email(text: str) -> str | None:
    """The one e-mail address that `text` is, or None: with a display name, in brackets, behind `mailto:`, with
    Cyrillic letters that pass for Latin ones, or with a national domain (then in its ASCII form)."""
    cleaned = text.strip().lower()
    if _USUAL.fullmatch(cleaned):
        return cleaned
    found = find_emails(_AROUND_AT.sub("@", cleaned[:1_000]))
    return found[0] if len(found) == 1 else None


def find_emails(text: str) -> tuple[str, ...]:
    """The e-mail addresses that stand in free text, in one spelling, in their order, each once."""
    if "@" not in text and "＠" not in text:
        return ()
    spelled = (_spelled(found) for found in _ADDRESS.findall(plain_digits(text[:_LONGEST_TEXT]).lower()))
    return tuple(dict.fromkeys(address for address in spelled if address))


def _spelled(address: str) -> str | None:
    address = _TAIL.sub("", address)
    if not address.isascii():
        local, _, domain = address.rpartition("@")
        address = f"{_latin(local)}@{_ascii_domain(domain)}"
    return address if _INTERNATIONAL.fullmatch(address) else None


def _latin(local: str) -> str:
    latin = latin_of(local)
    return latin if latin.isascii() else local


def _ascii_domain(domain: str) -> str:
    latin = latin_of(domain)
    if latin.isascii() and any(letter.isascii() and letter.isalpha() for letter in domain):
        return latin
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
