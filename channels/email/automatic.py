"""Letters that nobody wrote: bounces, receipts, calendar answers, auto-replies, mass mail - and why.

An ordered table: the first row that fits names the reason. A row asks for one sure sign or for two
weak ones, for a person's letter may carry any single weak one (a CRM's `Precedence: bulk`, a
subject that speaks of auto-replies). Headers: RFC 3464, 3834, 5230, 8098, 2369, 2919, 2076, 5545.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from channels.email.addresses import Mailbox, is_robot_address
from channels.email.automatic_words import (
    ABSENCE,
    ACKNOWLEDGED,
    ASKS,
    BOUNCE_PROOF,
    BOUNCE_SUBJECT,
    BOUNCE_TEXT,
    LEAD_WORDS,
    MASS_MAILER,
    MEANWHILE,
    NO_REPLY_TEXT,
    RECEIPT_SUBJECT,
    RECEIPT_TEXT,
    SUBJECT_LOOSE,
    SUBJECT_SURE,
    TOPIC,
    UNSUBSCRIBE,
)
from channels.email.letter import Letter
from channels.email.ours import PUBLIC_DOMAINS, Ours, addressed_mailbox, delivered_to

_AUTO_HEADER = re.compile(
    r"x-(?:[\w-]{1,30}-)?(?:auto-?(?:repl(?:y|ied)|respond|responder|answer|generated)\b|vacation)"
)
_CALENDAR_METHOD = re.compile(r"^METHOD:\s*([A-Z]+)", re.MULTILINE | re.IGNORECASE)
_CAMPAIGN = re.compile(
    r"x-(?:campaign|mc-user|mailer-?lid|emsg|sendpulse|sg-eid|mandrill|report-abuse|csa-)|feedback-id"
)
_REPLY_SUBJECT = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|ynt|odp|отв|ответ|на|fwd?|wg|пер|пересл)(?:\[\d+\])?\s*:", re.IGNORECASE
)
_BULK_LOCAL = re.compile(
    r"(?:e-?)?news(?:letter)?s?|announce(?:ment)?s?|promo\w*|offers?|deals|updates?|digest|surveys?|"
    r"akci[iy]a?|mailing|skidki|marketing|email|club|hello"
)
_DAEMON = re.compile(
    r"mailer[-_.]?daemon|post[-_]?master[-_]?|mail[-_. ]?delivery|microsoftexchange[0-9a-f]{8,}"
)
_COMPLAINT = re.compile(
    r"(?:complaint about message from|abuse report|email feedback report)\b", re.IGNORECASE
)
_MACHINE_REPORT = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*)?(?:report domain:|(?:dmarc|tls|spf)[ -](?:aggregate |failure )?report|"
    r"tls-?rpt)",
    re.IGNORECASE,
)
_SHORT_NOTE = 300
_DAEMON_NAME = re.compile(
    r"mail delivery (?:sub)?system|mailer[- ]daemon|mail administrator|system administrator", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the rules look at. `text` is what was written, quotes cut, its first 3,000 characters."""

    letter: Letter
    sender: Mailbox
    subject: str
    text: str
    robot: bool
    null_path: bool
    is_answer: bool
    """it answers a letter: In-Reply-To or References are there, or the subject says Re:"""
    submitted: str
    precedence: str
    group: bool
    """it came through a mailing group of our own"""

    def has(self, *names: str) -> bool:
        """Whether any of these headers is there."""
        return self.letter.headers.has(*names)

    @property
    def speaks_automatic(self) -> bool:
        """Whether its words are a machine's: an absence note, an acknowledgement, "do not answer"."""
        return any(words.search(self.text) for words in (ABSENCE, NO_REPLY_TEXT, ACKNOWLEDGED))

    @property
    def hints(self) -> bool:
        """Whether a header hints at a machine without proving it."""
        return (
            self.null_path
            or self.precedence in {"bulk", "junk", "list"}
            or self.has("x-auto-response-suppress", "x-loop", "x-ms-exchange-inbox-rules-loop")
            or self.submitted.startswith("auto")
        )


Rule = tuple[str, Callable[[Signs], bool]]


def signs_of(letter: Letter, sender: Mailbox, text: str, ours: Ours) -> Signs:
    """The signs of a letter of `sender` that says `text` (quotes already cut)."""
    headers = letter.headers
    return Signs(
        letter=letter,
        sender=sender,
        subject=letter.subject,
        text=text[:3_000],
        robot=is_robot_address(sender.address) or headers.get("from").strip() == "<>",
        null_path=headers.get("return-path").replace(" ", "") == "<>",
        is_answer=headers.has("in-reply-to", "references") or bool(_REPLY_SUBJECT.match(letter.subject)),
        submitted=headers.get("auto-submitted").lower().partition(";")[0].strip(),
        precedence=headers.get("precedence").lower().strip(),
        group=_own_group(letter, ours),
    )


def _own_group(letter: Letter, ours: Ours) -> bool:
    """Whether the list it came through is our own mailbox's group (a Google group sales@our-domain)."""
    listed = letter.headers.get("list-id").lower().rpartition("<")[2].rstrip("> ")
    if not listed and not letter.headers.has("list-post"):
        return False
    mailbox = (
        addressed_mailbox(letter, ours)
        if ours.addresses or ours.domains
        else next(iter(delivered_to(letter)), "")
    )
    domain = mailbox.rpartition("@")[2]
    own = ours.domains | ({domain} if domain and domain not in PUBLIC_DOMAINS else set())
    return any(listed == name or listed.endswith(f".{name}") for name in own)


def structural_reason(letter: Letter) -> str:
    """The reason that a letter's structure proves: bounce, read_receipt or calendar; "" when it proves none."""
    kind = letter.content.parameters.get("report-type", "").lower()
    is_report = letter.content.main == "multipart/report"
    if (is_report and "disposition" in kind) or letter.part("message/disposition-notification"):
        return "read_receipt"
    if is_report or letter.part("message/delivery-status") or letter.headers.has("x-failed-recipients"):
        return "bounce"
    if calendar_method(letter) in {"REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH"}:
        return "calendar"
    return ""


def calendar_method(letter: Letter) -> str:
    """The iTIP method of a letter's calendar part (REQUEST, REPLY, ...), "" without one."""
    part = letter.part("text/calendar")
    if part is None or part.disposition.main == "attachment":
        return ""
    given = part.content.parameters.get("method", "")
    if not given:
        found = _CALENDAR_METHOD.search(part.data(20_000).decode("utf-8", "replace"))
        given = found[1] if found else ""
    return given.upper()


def automatic_reason(signs: Signs) -> str:
    """Why nobody wrote this letter, or "" when somebody did."""
    return next((reason for reason, fits in _RULES if fits(signs)), "")


def _is_spam(signs: Signs) -> bool:
    headers = signs.letter.headers
    flag = headers.get("x-spam-flag").strip().lower()
    status = headers.get("x-spam-status").strip().lower()
    level = headers.get("x-ms-exchange-organization-scl").strip() or headers.get("x-forefront-scl").strip()
    return (
        flag.startswith(("yes", "true"))
        or status.startswith("yes")
        or headers.get("x-spam").strip().lower() in {"yes", "true", "spam"}
        or headers.get("x-yandex-spam").strip() == "4"
        or headers.get("x-bogosity").strip().lower().startswith(("yes", "spam"))
        or headers.get("x-dspam-result").strip().lower() == "spam"
        or level in {"6", "7", "8", "9"}
    )


def _is_bounce(signs: Signs) -> bool:
    local = signs.sender.address.rpartition("@")[0]
    daemon = bool(_DAEMON.search(local)) or bool(_DAEMON_NAME.search(signs.letter.header("from")))
    subject = bool(BOUNCE_SUBJECT.match(signs.subject))
    text = bool(BOUNCE_TEXT.search(signs.letter.text[:6_000]))
    if daemon or signs.has("x-ms-exchange-message-is-ndr"):
        return subject or text or not ("postmaster" in local or ABSENCE.search(signs.text))
    if _COMPLAINT.match(signs.subject):
        return True
    machine = signs.null_path or signs.robot or signs.submitted.startswith("auto")
    proof = bool(BOUNCE_PROOF.search(signs.letter.text[:6_000]))
    return (subject and (machine or proof)) or (text and machine and not signs.is_answer)


def _is_receipt(signs: Signs) -> bool:
    return bool(RECEIPT_SUBJECT.match(signs.subject)) and bool(RECEIPT_TEXT.search(signs.letter.text[:3_000]))


def _is_calendar_robot(signs: Signs) -> bool:
    sender = signs.letter.headers.get("sender").lower()
    robot = signs.submitted.startswith("auto") or "calendar-notification" in sender
    return bool(calendar_method(signs.letter)) and robot


def _is_declared_reply(signs: Signs) -> bool:
    """A header says plainly that a machine answered."""
    headers = signs.letter.headers
    if signs.submitted.startswith(("auto-replied", "auto-reply", "vacation")):
        return True
    if (
        signs.precedence in {"auto_reply", "auto-reply", "autoreply"}
        or headers.get("preference").lower() == "auto_reply"
    ):
        return True
    if "autoresponder" in f"{headers.get('x-post-messageclass')} {headers.get('delivered-to')}".lower():
        return True
    return any(
        _AUTO_HEADER.fullmatch(name.removesuffix("-from"))
        and value.strip().lower() not in {"no", "false", "0", "none"}
        for name, value in headers.pairs
        if name.startswith("x-")
    )


def _is_worded_reply(signs: Signs) -> bool:
    """Its subject, its words and its headers together say so."""
    if SUBJECT_SURE.match(signs.subject):
        asks = "?" in signs.subject or "?" in signs.text
        return signs.hints or signs.speaks_automatic or signs.has("in-reply-to") or not asks
    if NO_REPLY_TEXT.search(signs.text) and "?" not in signs.text:
        twice = SUBJECT_LOOSE.match(signs.subject) or ACKNOWLEDGED.search(signs.text)
        if twice:
            return True
    return signs.speaks_automatic and (signs.hints or (signs.robot and not _looks_like_lead(signs)))


def _is_absence_note(signs: Signs) -> bool:
    """Away, and whom to ask meanwhile - short, asking nothing; or away and no word of the letter it answers."""
    text = signs.text
    if len(text) > 1_200 or "?" in text or ASKS.search(text) or not ABSENCE.search(text):
        return False
    if MEANWHILE.search(text) or SUBJECT_LOOSE.match(signs.subject):
        return True
    return signs.is_answer and len(text) <= _SHORT_NOTE and not TOPIC.search(text)


def _is_machine_report(signs: Signs) -> bool:
    """What receiving servers report of our own domain (RFC 7489 section 7.2.1.1, RFC 8460 section 5.3)."""
    return bool(_MACHINE_REPORT.match(signs.subject))


def _is_list(signs: Signs) -> bool:
    if signs.group:
        return False
    if signs.has("list-id", "list-post", "mailing-list", "x-mailing-list", "x-mailman-version"):
        return True
    if signs.precedence == "list":
        return True
    offers = bool(UNSUBSCRIBE.search(signs.letter.text[-4_000:]))
    campaign = any(_CAMPAIGN.match(name) for name, _ in signs.letter.headers.pairs)
    mailer = bool(MASS_MAILER.search(signs.letter.header("x-mailer")))
    bulk_name = bool(_BULK_LOCAL.fullmatch(signs.sender.address.partition("@")[0]))
    page = signs.letter.html.count("href=") >= 4 and not signs.is_answer
    mass = (signs.precedence in {"bulk", "junk"}) + campaign + mailer + signs.robot + offers
    if signs.has("list-unsubscribe-post") and not signs.is_answer:
        mass += 1
    if signs.has("list-unsubscribe"):
        return mass > 0 and not (signs.has("in-reply-to") and not signs.robot and not offers)
    if signs.precedence in {"bulk", "junk"}:
        return mass > 1
    return (campaign or mailer or signs.robot or bulk_name or page) and offers


def _is_robot(signs: Signs) -> bool:
    """Nobody's address, and nothing in it that looks like somebody's request."""
    return signs.robot and bool(signs.sender.address) and not _looks_like_lead(signs)


def _looks_like_lead(signs: Signs) -> bool:
    return bool(LEAD_WORDS.search(signs.subject)) and bool(re.search(r"\d{3}|@", signs.text))


def _is_generated(signs: Signs) -> bool:
    return signs.submitted.startswith("auto") and not signs.group


def _is_nobodys(signs: Signs) -> bool:
    """Sent so that no bounce comes back, and an answer: a responder without any other mark."""
    return signs.null_path and (signs.is_answer or signs.robot or bool(SUBJECT_LOOSE.match(signs.subject)))


_RULES: tuple[Rule, ...] = (
    # Proven by structure, whoever sent it.
    ("read_receipt", lambda signs: structural_reason(signs.letter) == "read_receipt"),
    ("bounce", lambda signs: structural_reason(signs.letter) == "bounce"),
    ("calendar", lambda signs: structural_reason(signs.letter) == "calendar"),
    ("calendar", _is_calendar_robot),
    # A bounce before an auto-reply: both come from nobody, only one says who cannot be reached.
    ("bounce", _is_bounce),
    ("read_receipt", _is_receipt),
    ("auto_reply", _is_declared_reply),
    ("auto_reply", _is_worded_reply),
    # A filter's verdict counts after our own findings, so that a bounce is not called spam.
    ("spam", _is_spam),
    ("list", _is_machine_report),
    ("list", _is_list),
    ("auto_reply", _is_generated),
    ("auto_reply", _is_nobodys),
    ("auto_reply", _is_absence_note),
    ("list", _is_robot),
)
