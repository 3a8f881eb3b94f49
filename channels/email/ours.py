"""What is ours: the addresses and domains whose letters are never a client's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from channels.email.addresses import Mailbox, parse_addresses, read_address
from channels.email.letter import Letter
from intake.account import Account, Company

PUBLIC_DOMAINS = frozenset(
    {
        *(
            "gmail.com",
            "googlemail.com",
            "mail.ru",
            "bk.ru",
            "list.ru",
            "inbox.ru",
            "internet.ru",
            "xmail.ru",
        ),
        *("yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "narod.ru", "rambler.ru", "lenta.ru"),
        *(
            "ro.ru",
            "autorambler.ru",
            "myrambler.ru",
            "outlook.com",
            "hotmail.com",
            "live.com",
            "live.ru",
            "msn.com",
        ),
        *(
            "yahoo.com",
            "ymail.com",
            "aol.com",
            "icloud.com",
            "me.com",
            "mac.com",
            "proton.me",
            "protonmail.com",
        ),
        *(
            "ukr.net",
            "i.ua",
            "meta.ua",
            "tut.by",
            "vk.com",
            "gmx.de",
            "gmx.net",
            "gmx.com",
            "web.de",
            "t-online.de",
        ),
        *("freenet.de", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "libero.it", "wp.pl", "o2.pl"),
        *(
            "qq.com",
            "163.com",
            "126.com",
            "sina.com",
            "naver.com",
            "zoho.com",
            "hey.com",
            "fastmail.com",
            "e1.ru",
        ),
    }
)
"""Where anybody may have a mailbox: such a domain belongs to no company."""

_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-rcpt-to")


@dataclass(frozen=True, slots=True)
class Ours:
    """Our `addresses` and `domains` (lower case), and the `mailbox` that was read ("" when unknown)."""

    addresses: frozenset[str]
    domains: frozenset[str]
    mailbox: str

    def __contains__(self, address: str) -> bool:
        if not address:
            return False
        domain = address.rpartition("@")[2]
        return address in self.addresses or any(
            domain == own or domain.endswith(f".{own}") for own in self.domains
        )


def ours_of(account: Account, company: Company) -> Ours:
    """What is ours by the account's settings (`user`, `own_addresses`) and the company's `own_domains`."""
    given = account.options.get("own_addresses", ())
    written: Iterable[object] = (
        (given,) if isinstance(given, str) else given if isinstance(given, Iterable) else ()
    )
    user = read_address(account.option("user"))
    addresses = {address for one in written if (address := read_address(str(one)))}
    if user:
        addresses.add(user)
    domains = {domain.strip().lower().lstrip("@.") for domain in company.own_domains}
    domains |= {address.rpartition("@")[2] for address in addresses}
    return Ours(frozenset(addresses), frozenset(domains - PUBLIC_DOMAINS - {""}), user)


def recipients_of(letter: Letter) -> tuple[Mailbox, ...]:
    """Everybody in To and Cc, in their order."""
    values = [value for name in ("to", "cc") for value in letter.headers.all(name)[:5]]
    return tuple(one for value in values for one in parse_addresses(value).mailboxes)


def delivered_to(letter: Letter) -> tuple[str, ...]:
    """The addresses that mail servers say they delivered to, the last server first."""
    values = [value for name in _DELIVERED for value in letter.headers.all(name)[:5]]
    return tuple(address for value in values if (address := read_address(value.strip("<> "))))


def addressed_mailbox(letter: Letter, ours: Ours) -> str:
    """Which of our mailboxes was written to: one of ours in To or Cc, else where it was delivered."""
    written = [one.address for one in recipients_of(letter)]
    for address in (*written, *delivered_to(letter)):
        if address in ours:
            return address
    if ours.mailbox:
        return ours.mailbox
    delivered = delivered_to(letter)
    both = [address for address in written if address in delivered]
    return next(iter((*both, *delivered, *written)), "")


def is_house_mail(sender: str, letter: Letter, ours: Ours) -> bool:
    """Whether `sender` is one of us: by the settings, or by writing from the very domain it was delivered to."""
    if sender in ours:
        return True
    domain = sender.rpartition("@")[2]
    if not domain or domain in PUBLIC_DOMAINS or ours.domains:
        return False
    return addressed_mailbox(letter, ours).endswith(f"@{domain}")
