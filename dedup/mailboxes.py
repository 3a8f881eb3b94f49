"""Mailboxes: which addresses reach one mailbox, which belong to a role, a robot or nobody, and typed domains."""

from __future__ import annotations

import re

from rapidfuzz.distance import OSA

from intake.contact import read_email

_YANDEX = frozenset(
    {"ya.ru", "yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "yandex.com.tr", "yandex.az",
     "yandex.com.am", "yandex.com.ge", "yandex.co.il", "yandex.kg", "yandex.lt", "yandex.lv", "yandex.md",
     "yandex.tj", "yandex.tm", "yandex.uz", "yandex.ee", "yandex.fr", "narod.ru"}
)  # fmt: skip
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_PROTON = frozenset({"proton.me", "protonmail.com", "pm.me"})
_APPLE = frozenset({"icloud.com", "me.com", "mac.com"})

_PROVIDERS = (
    "mail.ru", "yandex.ru", "gmail.com", "bk.ru", "list.ru", "inbox.ru", "internet.ru", "rambler.ru", "ya.ru",
    "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "ukr.net", "tut.by", "proton.me", "live.com",
    "yandex.kz", "yandex.by", "mail.kz",
)  # fmt: skip
"""Providers with so many mailboxes that a domain one letter away is a slip of the finger, most used first."""
_REAL = (
    frozenset(_PROVIDERS)
    | _YANDEX
    | _GMAIL
    | _PROTON
    | _APPLE
    | {"e.mail.ru", "gmx.com", "email.com", "mail.com"}
)

_ROLES = re.compile(
    r"info|mail|office|sales|sale|zakaz|zakazy|order|orders|buh|buhgalter|buhgalteria|accounting|"
    r"zakup|zakupki|snab|snabzhenie|hello|contact|contacts|kontakt|support|help|service|servis|admin|"
    r"manager|director|secretary|sekretar|priemnaya|reception|reklama|marketing|pr|hr|job|kadry|"
    r"rabota|shop|store|magazin|opt|tender|tenders|post|pochta|company|firma|ofis|torg|prodazhi|"
    r"client|clients|klient|booking|bron|hotel|logist|logistic|logistics|dostavka|sklad|finance|dir|"
    r"boss|general|team|welcome|feedback|request|zayavka|zayavki|partner|partners|dogovor|yurist|"
    r"legal|it|webmaster|commerce|biz|business"
)
_ROBOTS = re.compile(
    r"(?:no|not|do-?not|don-?t)[-_.]?reply|robot|bot|mailer(?:-?daemon)?|daemon|postmaster|wordpress|bitrix|"
    r"notif(?:y|ication|ications|ier)?|alerts?|bounces?|auto(?:mat|-?reply|responder)?|"
    r"forms?|leads?|tilda|root|www(?:-data)?|nobody|apache|nginx|hostmaster|abuse|system|server|cron|callback"
)
_NOBODY_NAMES = re.compile(
    r"test\d*|тест|no|none|net|nomail|noemail|null|empty|email|e-?mail|mail|asdf?\w*|qwe\w*|qaz\w*|zxc\w*|xxx+|"
    r"aaa+|abc|123\d*|0+|1+|example|user|name|unknown|fake|otsutstvuet|ne_?ukazan|net_?pochty|no_?mail"
)
_NOBODY_DOMAINS = frozenset(
    {"localhost", "test.ru", "test.com", "no.ru", "net.ru", "none.com", "none.ru", "no.no", "email.ru",
     "domain.com", "domain.ru", "mailinator.com", "anonymous.invalid"}
)  # fmt: skip


def is_provider(domain: str) -> bool:
    """Whether very many people have mailboxes there: the domain says nothing of a sender."""
    return domain.lower() in _REAL


def canonical_mailbox(address: str) -> str | None:
    """The one spelling of the mailbox that `address` reaches, or None when it is no address.

    Yandex's domains are one, and there a dash is a dot; Gmail ignores dots; tags behind a plus are cut at
    every provider. Mail.ru's domains (bk, list, inbox, internet) are different mailboxes, and dots count there.
    """
    read = read_email(address)
    if read is None:
        return None
    local, _, domain = read.rpartition("@")
    local = local.split("+", 1)[0] or local
    if domain in _YANDEX:
        return f"{local.replace('-', '.')}@yandex.ru"
    if domain in _GMAIL:
        return f"{local.replace('.', '') or local}@gmail.com"
    if domain in _PROTON:
        return f"{local}@proton.me"
    if domain in _APPLE:
        return f"{local}@icloud.com"
    return f"{local}@{domain}"


def repaired_mailboxes(mailbox: str) -> tuple[str, ...]:
    """The canonical mailboxes that were meant if the domain of `mailbox` is a slip (`mail.ry`, `gmial.com`)."""
    local, _, domain = mailbox.rpartition("@")
    if domain in _REAL:
        return ()
    meant = [provider for provider in _PROVIDERS if OSA.distance(domain, provider, score_cutoff=1) <= 1]
    repaired = (canonical_mailbox(f"{local}@{provider}") for provider in meant[:3])
    return tuple(dict.fromkeys(one for one in repaired if one and one != mailbox))


def why_no_evidence(mailbox: str, own_domains: frozenset[str]) -> str:
    """Why this mailbox tells nothing of its sender: `ours`, `robot`, `placeholder`; "" when it is evidence."""
    local, _, domain = mailbox.rpartition("@")
    if domain in own_domains or any(domain.endswith(f".{own}") for own in own_domains):
        return "ours"
    if domain.endswith((".invalid", ".localhost")) or domain in _NOBODY_DOMAINS:
        return "placeholder"
    if _ROBOTS.fullmatch(local):
        return "robot"
    # a domain of documentation is told by its name only: trials and trainings use them for people
    made_up = domain.rpartition(".")[2] in {"example", "test"} or domain.startswith("example.")
    if _NOBODY_NAMES.fullmatch(local) and (made_up or domain in _REAL or local == domain.partition(".")[0]):
        return "placeholder"
    return "placeholder" if local == domain.partition(".")[0] and len(set(local)) <= 2 else ""


def is_role(mailbox: str) -> bool:
    """Whether the mailbox belongs to a desk rather than to a person: info@, zakaz@, buh@."""
    local, _, domain = mailbox.rpartition("@")
    return domain not in _REAL and _ROLES.fullmatch(local.rstrip("0123456789").rstrip("-_.")) is not None
