"""The row of the kind `email`: what a mailbox needs in the config and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from channels.base import Channel, Need
from channels.email.addresses import read_address
from channels.email.parse import EmailParser
from channels.email.quiet import quiet
from intake.account import Account
from intake.inquiry import Inquiry

_SCHEMES = frozenset({"imaps", "imap"})
_SMTP_SCHEMES = frozenset({"smtps", "smtp", "smtp+starttls"})


def check_mailbox(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of a mailbox's settings as (setting, fault, mend)."""
    faults: list[tuple[str, str, str]] = []
    server = urlsplit(account.option("imap"))
    if account.option("imap") and (server.scheme not in _SCHEMES or not server.hostname):
        mend = 'write it as "imaps://imap.example.ru" (port 993) or "imaps://imap.example.ru:1993"'
        faults.append(("imap", "is not the address of an IMAP server", mend))
    out = urlsplit(account.option("smtp"))
    if account.option("smtp") and (out.scheme not in _SMTP_SCHEMES or not out.hostname):
        mend = 'write it as "smtps://smtp.example.ru" (port 465) or "smtp+starttls://smtp.example.ru" (587)'
        faults.append(("smtp", "is not the address of a mail server", mend))
    if not account.option("password") and not account.options.get("oauth"):
        mend = 'set password = "env:NAME", or oauth = {...} where the provider refuses passwords'
        faults.append(("password", "is missing", mend))
    own = account.options.get("own_addresses", ())
    written = [own] if isinstance(own, str) else list(own) if isinstance(own, list | tuple) else [str(own)]
    faults += [
        (
            "own_addresses",
            f"{str(one)[:80]!r} is not an e-mail address",
            'write a list like ["sales@example.ru"]',
        )
        for one in written
        if not read_address(str(one))
    ]
    return faults


def unanswerable(inquiry: Inquiry, account: Account) -> str:
    """Why no letter can be written to the sender; "" when one can."""
    if not inquiry.sender.emails:
        return "the client left no address to write to: call"
    return "" if account.option("smtp") else "the mailbox has no smtp to answer with: write from the mailbox"


CHANNEL = Channel(
    kind="email",
    title="E-mail",
    needs=(
        Need("imap", True, "the IMAP server, imaps://host[:port]", "сервер IMAP, imaps://узел[:порт]"),
        Need("user", True, "the mailbox's login", "логин почтового ящика"),
        Need(
            "password",
            False,
            "its password or app password, unless oauth",
            "пароль (приложения), если нет oauth",
        ),
        Need(
            "folders", False, "which folders are read, INBOX by default", "какие папки читать, обычно INBOX"
        ),
        Need(
            "own_addresses",
            False,
            "our addresses: their letters are answers",
            "наши адреса: их письма - ответы",
        ),
        Need(
            "sent_folder", False, "where our answers are found", "папка отправленных: там видны наши ответы"
        ),
        Need(
            "smtp",
            False,
            "where answers are posted, smtps://host[:port]",
            "куда отдавать ответы, smtps://узел[:порт]",
        ),
        Need("smtp_user", False, "its login, unless user", "логин для него, если не user"),
        Need("smtp_password", False, "its password, unless password", "пароль для него, если не password"),
        Need("move", False, "where to move letters by what happened", "куда переносить письма по ходу дела"),
        Need("ca_file", False, "the server's own certificate", "собственный сертификат сервера"),
        Need("oauth", False, "tokens where passwords are refused", "токены там, где пароли не принимают"),
    ),
    unanswerable=unanswerable,
    quiet=quiet,
    parser=EmailParser(),
    check=check_mailbox,
)
