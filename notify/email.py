"""Letters to managers through aiosmtplib: the spare when a messenger does not answer in time."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP as LETTER
from email.utils import formataddr, formatdate, make_msgid
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

from notify.base import Failure, Gone, Notice, Shown, Trouble
from notify.options import EmailOptions, NotifyOptions
from notify.plaintext import unlinked

# the first that fits tells it
_TROUBLES: tuple[tuple[tuple[type[Exception], ...], Trouble, str], ...] = (
    ((SMTPAuthenticationError,), Trouble.LOCKED, "the mail server refuses notify.email.user and password"),
    ((SMTPSenderRefused, SMTPHeloError), Trouble.LOCKED, "the mail server does not take notify.email.sender"),
    ((SMTPConnectError, ssl.SSLError), Trouble.AWAY, "the mail server of notify.email.smtp does not answer"),
    ((SMTPNotSupported, ValueError), Trouble.CLOSED, "this is no address the mail server can deliver to"),
)
_PORTS: Mapping[str, int] = MappingProxyType({"smtps": 465, "smtp": 25, "smtp+starttls": 587})


def make(options: NotifyOptions) -> Email | None:
    """The messenger, when it is configured."""
    return Email(options.email) if options.email else None


class Email:
    """`notify.base.Messenger` by letter. An edit sends nothing; a ring is a further letter of the same thread.

    `Notice.plain` is what a letter says; buttons that need a tap have no place in one, addresses to open do.
    """

    name = "email"
    edits = False
    warm_s = 0.0

    def __init__(self, settings: EmailOptions) -> None:
        self._settings = settings
        self._url = urlsplit(settings.smtp)
        self._sender = settings.sender or settings.user or f"lead-intake@{self._url.hostname}"
        self._domain = self._sender.rpartition("@")[2]

    def public(self, address: str) -> bool:
        """A manager's own mailbox is theirs alone."""
        del address
        return False

    def wait_s(self, address: str) -> float:
        """There is no limit that we know of."""
        del address
        return 0.0

    async def send(self, address: str, notice: Notice) -> Shown | Failure:
        """A new letter."""
        return await self._post(address, notice)

    async def edit(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """Nothing: a letter that was sent is sent."""
        del address, notice
        return Shown(message_id)

    async def ring(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """A further letter in the first one's thread."""
        return await self._post(address, notice, message_id)

    async def check(self) -> Failure | None:
        """Connect, sign in, leave."""
        try:
            async with self._client():
                return None
        except (SMTPException, OSError, ValueError) as error:
            return _failure(error)

    async def close(self) -> None:
        """No connection outlives its letter."""

    def _letter(self, address: str, notice: Notice, thread: str) -> EmailMessage:
        """The letter. ValueError when an address or a subject would break out of its header."""
        letter = EmailMessage(policy=LETTER)
        letter["From"] = formataddr((self._settings.company, self._sender))
        letter["To"] = address
        letter["Subject"] = notice.subject
        letter["Date"] = formatdate()
        letter["Message-ID"] = make_msgid(domain=self._domain)
        # RFC 3834: nobody's robot is to answer, our own mailboxes' parsing included
        letter["Auto-Submitted"] = "auto-generated"
        letter["X-Auto-Response-Suppress"] = "All"
        if thread:
            letter["In-Reply-To"] = thread
            letter["References"] = thread
        opened = [f"{button.label}: {button.url}" for row in notice.rows for button in row if button.url]
        letter.set_content("\n".join([unlinked(notice.plain), "", *opened]))
        return letter

    async def _post(self, address: str, notice: Notice, thread: str = "") -> Shown | Failure:
        try:
            letter = self._letter(address, notice, thread)
            async with self._client() as client:
                await client.send_message(letter)
        except (SMTPException, OSError, ValueError) as error:
            return _failure(error)
        return Shown(str(letter["Message-ID"]))

    def _client(self) -> SMTP:
        settings, scheme = self._settings, self._url.scheme
        secure = scheme != "smtp"
        return SMTP(
            hostname=self._url.hostname,
            port=self._url.port or _PORTS[scheme],
            username=settings.user or None,
            password=settings.password or None,
            timeout=settings.timeout_s,
            use_tls=scheme == "smtps",
            start_tls=scheme == "smtp+starttls",
            tls_context=ssl.create_default_context(cafile=settings.ca_file or None) if secure else None,
        )


def _failure(error: Exception) -> Failure:
    """What a failed letter means. A failure after the letter was handed over leaves it open whether it went."""
    told = " ".join(str(getattr(error, "message", "") or error).split())[:200]
    if isinstance(error, SMTPRecipientsRefused):
        code = error.recipients[0].code
        trouble = Trouble.AWAY if code < 500 else Trouble.CLOSED
        return Failure(trouble, f"the mail server does not take letters for this address ({code})")
    for kinds, trouble, reason in _TROUBLES:
        if isinstance(error, kinds):
            return Failure(trouble, f"{reason} ({told})")
    if isinstance(error, SMTPResponseException):
        trouble = Trouble.AWAY if error.code < 500 else Trouble.WRONG
        return Failure(trouble, f"the mail server does not take the letter ({error.code} {told})")
    return Failure(Trouble.AWAY, f"the mail server broke off ({type(error).__name__})", unsure=True)
