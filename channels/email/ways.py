"""Letters to clients: an answer in the thread of the letter that asked, by the mailbox's own SMTP server."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP as LETTER
from email.utils import formatdate
from types import MappingProxyType
from urllib.parse import urlsplit

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from channels.base import BLOCKED, NO_ACCESS, NOT_TAKEN, Reply, Undelivered, Unsure, Way
from channels.email.identity import address_of, letter_id
from channels.guard import Bounds
from channels.trust import trusting
from intake.account import Account
from intake.errors import ConfigFault, LeadIntakeError, Unavailable

_PORTS: Mapping[str, int] = MappingProxyType({"smtps": 465, "smtp": 25, "smtp+starttls": 587})
_LONGEST_SUBJECT = 200
_NO_SENDER = ""
_TIMEOUT_S = 20.0


def way_of(account: Account, bounds: Bounds) -> Way:
    """How a mailbox writes; raises ConfigFault for an smtp that is none."""
    del bounds
    return Way(replies=LetterWay(account) if account.option("smtp") else None)


class LetterWay:
    """`channels.base.Replies` of a mailbox. A letter sent twice bears one Message-ID: mail programs show it once.

    What a robot writes says so (RFC 3834) and has no return path, so that no other robot answers it.
    """

    repeatable = True

    def __init__(self, account: Account) -> None:
        self._account = account
        self._url = urlsplit(account.option("smtp"))
        self._address = address_of(account)
        self._tls = trusting(account.option("ca_file"))
        if self._url.scheme not in _PORTS or not self._url.hostname or "@" not in self._address:
            raise ConfigFault(
                f"{account.id}: smtp must be smtps://host, and user or own_addresses an address"
            )

    async def send(self, reply: Reply) -> str:
        """As the protocol says; the Message-ID."""
        to = next(iter(reply.inquiry.sender.emails), "")
        try:
            letter = self._letter(reply, to)
        except ValueError:
            raise Undelivered("this is no address a letter can be written to") from None
        sender = _NO_SENDER if reply.robot else self._address
        try:
            async with self._client() as client:
                await client.send_message(letter, sender=sender, recipients=[to])
        except (SMTPException, OSError, ValueError) as error:
            raise _meaning(error) from None
        return str(letter["Message-ID"])

    def _letter(self, reply: Reply, to: str) -> EmailMessage:
        """ValueError when an address or a subject would break out of its header."""
        inquiry = reply.inquiry
        letter = EmailMessage(policy=LETTER)
        letter["From"] = self._address
        letter["To"] = to
        subject = " ".join(inquiry.subject.split())[:_LONGEST_SUBJECT]
        letter["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}".strip()
        letter["Date"] = formatdate()
        letter["Message-ID"] = f"<{letter_id(self._account, reply.key)}>"
        if "@" in inquiry.external_id:
            letter["In-Reply-To"] = f"<{inquiry.external_id}>"
            earlier = [*inquiry.references, inquiry.external_id]
            letter["References"] = " ".join(f"<{one}>" for one in dict.fromkeys(earlier))
        if reply.robot:
            letter["Auto-Submitted"] = "auto-replied"
            letter["X-Auto-Response-Suppress"] = "All"
        letter.set_content(reply.text)
        return letter

    def _client(self) -> SMTP:
        account, scheme = self._account, self._url.scheme
        secure = scheme != "smtp"
        return SMTP(
            hostname=self._url.hostname,
            port=self._url.port or _PORTS[scheme],
            username=(account.option("smtp_user") or account.option("user")) if secure else None,
            password=(account.option("smtp_password") or account.option("password")) if secure else None,
            timeout=_TIMEOUT_S,
            use_tls=scheme == "smtps",
            start_tls=scheme == "smtp+starttls",
            tls_context=self._tls if secure else None,
        )


# the first that fits tells it
_FAULTS: tuple[tuple[tuple[type[Exception], ...], Callable[[str], LeadIntakeError]], ...] = (
    (
        (SMTPAuthenticationError, SMTPSenderRefused, SMTPHeloError),
        lambda told: Undelivered(
            f"the mail server refuses the mailbox ({told}): mend user and password", NO_ACCESS
        ),
    ),
    ((SMTPConnectError, ssl.SSLError), lambda told: Unavailable(f"the mail server does not answer ({told})")),
    (
        (SMTPNotSupported, ValueError),
        lambda told: Undelivered(f"this is no address the mail server can deliver to ({told})"),
    ),
)


def _meaning(error: Exception) -> LeadIntakeError:
    """What a failed letter means; after it was handed over nobody knows whether it went."""
    told = " ".join(str(getattr(error, "message", "") or error).split())[:200]
    if isinstance(error, SMTPRecipientsRefused):
        return _by_code(error.recipients[0].code, "does not take letters for this address", BLOCKED)
    for kinds, make in _FAULTS:
        if isinstance(error, kinds):
            return make(told)
    if isinstance(error, SMTPResponseException):
        return _by_code(error.code, f"does not take the letter: {told}", NOT_TAKEN)
    return Unsure(f"the mail server broke off ({type(error).__name__})")


def _by_code(code: int, told: str, phrase: str) -> LeadIntakeError:
    said = f"the mail server {told} ({code})"
    return Unavailable(said) if code < 500 else Undelivered(said, phrase)
