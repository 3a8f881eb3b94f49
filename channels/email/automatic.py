"""Letters that nobody wrote: bounces, receipts, calendar answers, auto-replies, mass mail - and why.

An ordered table: the first row that fits names the reason. A row asks for one sure sign or for two
weak ones, for a person's letter may carry any single weak one (a CRM's `Precedence: bulk`, a
subject that speaks of auto-replies). Headers: RFC 3464, 3834, 5230, 8098, 2369, 2919, 2076, 5545.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from channels.email.absence import ABSENCE, ASKS, is_absence, says_nothing_else
from channels.email.addresses import is_robot_address, parse_addresses
from channels.email.automatic_signs import Signs
from channels.email.automatic_words import (
    ACKNOWLEDGED,
    BOUNCE_PROOF,
    BOUNCE_SUBJECT,
    BOUNCE_TEXT,
    LEAD_WORDS,
    MASS_MAILER,
    NO_REPLY_TEXT,
    PLEADS,
    RECEIPT_SUBJECT,
    RECEIPT_TEXT,
    RECEIVED,
    REGISTERED,
    SOON,
    SUBJECT_LOOSE,
    SUBJECT_SURE,
    UNSUBSCRIBE,
)
from channels.email.letter import Letter

_AUTO_HEADER = re.compile(
    r"x-(?:[\w-]{1,30}-|md)?(?:auto-?(?:repl(?:y|ied)|respond|responder|answer|generated)\b|vacation)"
)
_VACATION_MAILER = re.compile(r"\s*(?:vacation|auto-?(?:reply|responder))\b", re.IGNORECASE)
_CALENDAR_METHOD = re.compile(r"^METHOD:\s*([A-Z]+)", re.MULTILINE | re.IGNORECASE)
_CAMPAIGN = re.compile(
    r"x-(?:campaign|mc-user|mailer-?lid|emsg|sendpulse|sg-eid|mandrill|report-abuse|csa-)|feedback-id"
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
_SHORT = 800
_DAEMON_NAME = re.compile(
    r"mail delivery (?:sub)?system|mailer[- ]daemon|mail administrator|system administrator", re.IGNORECASE
)


Rule = tuple[str, Callable[[Signs], bool]]


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
    if _VACATION_MAILER.match(headers.get("x-mailer")):
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
        if twice or (signs.is_answer and not ASKS.search(signs.text)):
            return True
    return signs.speaks_automatic and (signs.hints or (signs.robot and not _looks_like_lead(signs)))


def _is_absence_note(signs: Signs) -> bool:
    return is_absence(
        bool(SUBJECT_LOOSE.match(signs.subject)), signs.text, is_answer=signs.is_answer or signs.hints
    )


def _is_registered(signs: Signs) -> bool:
    """A registry took a letter in and says under which number, or by when it will be answered."""
    text = signs.text
    if len(text) > _SHORT or "?" in text or ASKS.search(text):
        return False
    thanks = signs.is_answer and RECEIVED.search(text) and SOON.search(text)
    return bool((thanks and says_nothing_else(text, RECEIVED, SOON)) or REGISTERED.search(text))


def _is_notice(signs: Signs) -> bool:
    """It says twice that a machine wrote it and reads no answers, and asks for none elsewhere."""
    said = {match.group().lower() for match in NO_REPLY_TEXT.finditer(signs.text)}
    return (
        len(said) > 1
        and not signs.has("reply-to")
        and not LEAD_WORDS.search(signs.subject)
        and not ASKS.search(signs.text)
    )


def _is_machine_report(signs: Signs) -> bool:
    """What receiving servers report of our own domain (RFC 7489 section 7.2.1.1, RFC 8460 section 5.3)."""
    return bool(_MACHINE_REPORT.match(signs.subject))


def _is_list(signs: Signs) -> bool:
    if signs.group:
        return False
    listed = signs.has("list-id", "list-post", "mailing-list", "x-mailing-list", "x-mailman-version")
    if listed or signs.precedence == "list":
        return True
    return _is_mass_mail(signs) and not (len(signs.letter.text) <= _SHORT and PLEADS.search(signs.text))


def _is_mass_mail(signs: Signs) -> bool:
    """Sent to many at once. A person's CRM puts the same marks on letters, so the words count as well."""
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
    return (
        signs.robot
        and bool(signs.sender.address)
        and not _looks_like_lead(signs)
        and not _answers_elsewhere(signs)
    )


def _answers_elsewhere(signs: Signs) -> bool:
    """Whether a robot's letter is to be answered to a person of another house: it passes somebody's words on."""
    if signs.has("list-unsubscribe"):
        return False
    named = parse_addresses(signs.letter.headers.get("reply-to")).mailboxes
    return any(one.domain != signs.sender.domain and not is_robot_address(one.address) for one in named)


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
    ("auto_reply", _is_registered),
    ("list", _is_robot),
    ("list", _is_notice),
)
