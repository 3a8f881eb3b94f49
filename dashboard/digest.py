"""The day's digest in words: the same numbers as the page's, for a messenger."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import urlencode

from babel.dates import format_date

from dashboard.pages.words import STATE_REASONS, STATES, told
from intake.report import Digest

STATES_IN_ORDER = ("created", "attached", "offered", "waiting", "rejected", "ignored", "buried")
WITH_REASONS = ("rejected", "ignored")
_REASONS_TOLD = 8


def day_name(day: date, language: str) -> str:
    """`Saturday, 21 November`, in the reader's language."""
    return str(format_date(day, "EEEE, d MMMM", locale=language))


def list_path(day: date, state: str, reason: str | None = None) -> str:
    """Where the dashboard lists these inquiries of the day; there each can be made an inquiry after all."""
    query = {"state": state, "day": day.isoformat()}
    return f"/inquiries?{urlencode(query if reason is None else {**query, 'reason': reason})}"


def digest_title(digest: Digest, words: gettext.NullTranslations, language: str) -> str:
    """The first line: which day, how many."""
    said = words.ngettext("{day}: {count} request", "{day}: {count} requests", digest.total())
    name = day_name(digest.day, language)
    return said.format(day=name[:1].upper() + name[1:], count=digest.total())


def digest_text(digest: Digest, words: gettext.NullTranslations) -> str:
    """A line a state; those that were put away with their reasons. States without any inquiry are left out."""
    return "\n".join(_lines(digest, words.gettext))


def digest_pages(digest: Digest, words: gettext.NullTranslations) -> str:
    """The pages to open, as the effect of a notice has them: `path label`, a line each."""
    say, whole_day = words.gettext, words.gettext("The whole day")
    pages = [
        f"{list_path(digest.day, state)} {say(STATES[state].label)}: {digest.total(state)}"
        for state in (*WITH_REASONS, "buried")
        if digest.total(state)
    ]
    return "\n".join([*pages, f"/digest?day={digest.day.isoformat()} {whole_day}"])


def _lines(digest: Digest, say: Callable[[str], str]) -> Iterator[str]:
    for state in STATES_IN_ORDER:
        if not digest.total(state):
            continue
        line = f"{say(STATES[state].label)}: {digest.total(state)}"
        yield line + (f" ({_reasons(digest, state, say)})" if state in WITH_REASONS else "")
    if not digest.total():
        yield say("Nothing came on this day.")


def _reasons(digest: Digest, state: str, say: Callable[[str], str]) -> str:
    found = digest.reasons(state)
    named = [
        f"{told(STATE_REASONS, reason, say)[:40] or say('without a reason')} {n}"
        for reason, n in found[:_REASONS_TOLD]
    ]
    if len(found) > _REASONS_TOLD:
        named.append(f"… {sum(n for _, n in found[_REASONS_TOLD:])}")
    return ", ".join(named)
