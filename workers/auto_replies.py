"""Automatic answers: who gets one, which, and in what words - at most one a day and address, never to a robot. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from zoneinfo import ZoneInfo

from channels import templates
from channels.templates import AFTER_HOURS, AUTO_REPLY, GREETING, IN_HOURS, MOST_ASKED, QUESTIONS
from intake.account import Account, Company
from intake.clock import Millis, to_datetime
from intake.decision import Decision, Identity
from intake.hours import Calendar
from intake.inquiry import Inquiry, Kind, State
from intake.shifts import Roster

_ANSWERED = (State.CREATED, State.OFFERED, State.ATTACHED)
_FIRST = (State.CREATED, State.OFFERED)
_QUESTIONS = {
    "name": "what is your name?",
    "phone": "what number can we call you on?",
    "email": "what address can we write to you at?",
}
_LETTERS = "email"


@dataclass(frozen=True, slots=True)
class Automatic:
    """An automatic answer: which text of the account's (`which`), its words, its idempotency `key`, and whether it
    comes with a button that sends the client's contact (`asks` "contact")."""

    which: str
    text: str
    key: str
    asks: str = ""


def automatic(
    inquiry: Inquiry,
    decision: Decision,
    account: Account,
    roster: Roster,
    company: Company,
    say: Callable[[str], str],
    now: Millis,
) -> Automatic | None:
    """What an inquiry that has just been decided is answered with, None for nothing: the greeting of somebody who
    writes for the first time and left something out, else the text of the hour. Never history."""
    address = _address(inquiry, account, company)
    if not address or inquiry.history or decision.state not in _ANSWERED:
        return None
    known = blake2b(address.encode("utf-8", "replace"), digest_size=12).hexdigest()
    first = decision.identity is Identity.NEW and decision.state in _FIRST
    if first and missing(inquiry, account):
        text = written(GREETING, inquiry, account, company, say)
        if text:
            asks = "contact" if "phone" in missing(inquiry, account) else ""
            return Automatic(GREETING, text, f"greet:{account.id}:{known}", asks)
    which = IN_HOURS if in_hours(roster, account, now) else AFTER_HOURS
    text = written(which, inquiry, account, company, say)
    day = to_datetime(now).astimezone(ZoneInfo(company.timezone)).strftime("%Y%m%d")
    return Automatic(which, text, f"auto:{account.id}:{known}:{day}") if text else None


def written(
    which: str, inquiry: Inquiry, account: Account, company: Company, say: Callable[[str], str]
) -> str:
    """The words of the account's text `which` for this inquiry, "" when the account has none."""
    values = {"name": inquiry.sender.name, "company": company.name, "service": inquiry.service}
    if which != GREETING:
        return templates.filled_in(templates.template(account, AUTO_REPLY, which), values)
    text = templates.template(account, GREETING, "text")
    lines = [say(_QUESTIONS[one]) for one in missing(inquiry, account)]
    # the questions are ours: they may have lines of their own
    before, _, after = text.partition(f"{{{QUESTIONS}}}")
    parts = [templates.filled_in(before, values), "\n".join(lines), templates.filled_in(after, values)]
    return "\n".join(part for part in parts if part) if text else ""


def missing(inquiry: Inquiry, account: Account) -> tuple[str, ...]:
    """What the account's greeting asks for and the client has not told: at most two things."""
    sender = inquiry.sender
    told = {"name": sender.name, "phone": sender.phones, "email": sender.emails}
    return tuple(one for one in templates.asked_by(account) if not told[one])[:MOST_ASKED]


def in_hours(roster: Roster, account: Account, now: Millis) -> bool:
    """Whether somebody is there to answer what comes by this account: of its department, where it names one;
    where nobody is named at all, by the company's hours."""
    people = [one for one in roster.managers.values() if one.state != "dismissed"]
    if not people:
        company = roster.company
        return Calendar(company.hours, company.timezone, company.holidays).open(now)
    ours = [one for one in people if one.department == account.department] if account.department else []
    return any(not roster.why_off(one.id, now) for one in ours or people)


def _address(inquiry: Inquiry, account: Account, company: Company) -> str:
    """Whom a robot may answer, by what they are known; "" for nobody. A letter's sender must be proven or at least not
    disproven: else somebody else would get our answer."""
    if inquiry.channel != _LETTERS:
        shared = ":" in inquiry.thread or inquiry.fields.get("comment_on")
        handle = next(iter(inquiry.sender.handles.values()), "")
        return "" if shared or inquiry.kind is not Kind.MESSAGE else handle or inquiry.thread
    to = next(iter(inquiry.sender.emails), "").lower()
    ours = to.rpartition("@")[2] in company.own_domains or to in _own(account)
    return "" if inquiry.kind is not Kind.EMAIL or inquiry.authenticated is False or ours else to


def _own(account: Account) -> set[str]:
    own = account.options.get("own_addresses", ())
    listed = [own] if isinstance(own, str) else own if isinstance(own, list | tuple) else ()
    return {account.option("user").lower(), *(str(one).lower() for one in listed)}
