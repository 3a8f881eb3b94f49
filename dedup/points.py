"""Contact points of an inquiry or a card: comparable keys, and which of them are evidence of nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dedup.known import Subject
from dedup.mailboxes import canonical_mailbox, why_no_evidence
from intake.account import Company
from intake.contact import ContactPoint, read_phone
from intake.inquiry import Inquiry, Sender

_NO_COMPANY = Company()
_PHONE_MESSENGERS = frozenset({"whatsapp", "viber"})
_HANDLE_NOISE = re.compile(
    r"^(?:https?://)?(?:www\.|m\.)?(?:t\.me/|telegram\.me/|vk\.(?:com|ru|me)/|tg://resolve\?domain=|"
    r"tg://user\?id=|instagram\.com/|ok\.ru/(?:profile/)?|max\.ru/)|^@"
)
_STEPS = "01234567890", "09876543210"


def extension_key(number: str, extension: str) -> str:
    """The value of the point that names one desk behind a switchboard."""
    return f"{number};ext={extension.lstrip('0') or '0'}"


def handle_value(messenger: str, text: str) -> str:
    """The comparable id behind a link, an @name or a bare id; "" when nothing is left."""
    value = _HANDLE_NOISE.sub("", text.strip().casefold()).split("?")[0].split("&")[0].strip("/ ")
    if messenger == "vk" and value.isdigit():
        return f"id{value}"
    return value


def why_no_phone(number: str, own_phones: frozenset[str]) -> str:
    """Why this E.164 number tells nothing of its caller: `ours`, `placeholder`, `pseudo`; "" when it is evidence.

    Placeholders are recognised by their shape (one digit over and over, keys in a row), numbers made up by
    call tracking by standing outside the numbering plan.
    """
    if number in own_phones:
        return "ours"
    national = number[2:] if number.startswith("+7") else number[1:]
    if len(set(national)) <= 2 or re.search(r"(\d)\1{7}", national):
        return "placeholder"
    # 123-45-67 behind a real operator's code is somebody's number, behind 999 it is nobody's
    stepping = national[-7:] in {"1234567", "7654321"} and len(set(national[:-7])) == 1
    if stepping or any(national[-9:] in row for row in _STEPS):
        return "placeholder"
    return "pseudo" if number.startswith("+7") and national[0] in "0125" else ""


def points(sender: Sender, company: Company = _NO_COMPANY) -> tuple[ContactPoint, ...]:
    """The contact points of `sender` that are evidence, strongest first, each once.

    A phone with an extension gives two: the number, and `phone:+7...;ext=101` for the desk behind it.
    """
    return tuple(point for point, reason in _judged(sender, company) if not reason)


def subject_of(inquiry: Inquiry, company: Company = _NO_COMPANY) -> Subject:
    """The one who asks, made comparable. A letter that failed its sender check proves no mailbox."""
    forged = inquiry.authenticated is False
    return subject(inquiry.sender, company, unproven_mail=forged)


def subject(sender: Sender, company: Company = _NO_COMPANY, *, unproven_mail: bool = False) -> Subject:
    """As `subject_of`, from a sender alone."""
    judged = tuple(_judged(sender, company))
    evidence = tuple(point for point, reason in judged if not reason)
    unproven = frozenset(point.key for point in evidence if unproven_mail and point.kind == "email")
    return Subject(
        name=sender.name,
        points=evidence,
        company=sender.company,
        inn=sender.inn,
        ignored=tuple((point, reason) for point, reason in judged if reason),
        unproven=unproven,
    )


def _judged(sender: Sender, company: Company) -> Iterable[tuple[ContactPoint, str]]:
    seen: dict[ContactPoint, str] = {}
    for point, reason in (
        *_phones(sender, company),
        *_mailboxes(sender, company),
        *_handles(sender, company),
    ):
        seen.setdefault(point, reason)
    inn = re.sub(r"\D", "", sender.inn)
    if len(inn) in (10, 12):
        seen.setdefault(ContactPoint("inn", inn), "")
    return seen.items()


def _phones(sender: Sender, company: Company) -> Iterable[tuple[ContactPoint, str]]:
    for text in sender.phones:
        phone = read_phone(text, company.region)
        if phone is None:
            continue
        reason = why_no_phone(phone.number, company.own_phones)
        yield ContactPoint("phone", phone.number), reason
        for extension in dict.fromkeys((phone.extension, *sender.extensions)):
            if extension:
                yield ContactPoint("phone", extension_key(phone.number, extension)), reason


def _mailboxes(sender: Sender, company: Company) -> Iterable[tuple[ContactPoint, str]]:
    for text in sender.emails:
        mailbox = canonical_mailbox(text)
        if mailbox:
            yield ContactPoint("email", mailbox), why_no_evidence(mailbox, company.own_domains)


def _handles(sender: Sender, company: Company) -> Iterable[tuple[ContactPoint, str]]:
    for messenger, text in sender.handles.items():
        value = handle_value(messenger, text)
        if not value:
            continue
        if messenger in _PHONE_MESSENGERS and (phone := read_phone(f"+{value.lstrip('+')}", company.region)):
            yield ContactPoint("phone", phone.number), why_no_phone(phone.number, company.own_phones)
        yield ContactPoint(f"handle:{messenger}", value), ""
