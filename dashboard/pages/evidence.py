"""What a reason saw, in the reader's language: the stored evidence is plain and stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable

from dashboard.pages.words import N_

_SILENT = frozenset({"nobody_known", "sender_unproven"})
"""Rules whose evidence says no more than their name."""
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\ball: (?=turn \d|open deals \d|share \d)"), N_("among all: ")),
    (re.compile(r"\bturns today (?=\d)"), N_("turns today: ")),
    (re.compile(r"\bopen deals (?=\d)"), N_("open deals: ")),
    (re.compile(r"\bshare (?=\d)"), N_("share ")),
    (re.compile(r"(?<=; )segment: "), N_("segment: ")),
    (re.compile(r"(?<=; )skills: nobody has "), N_("nobody has the skills: ")),
    (re.compile(r"(?<=; )skills: "), N_("skills: ")),
    (
        re.compile(r"\bforced, (?=dismissed|paused|on leave|off shift|\))"),
        N_("waits for their own manager, who is: "),
    ),
    (re.compile(r"\bturn (?=\d)"), N_("turn ")),
    (re.compile(r"\bskipped "), N_("left out: ")),
    (re.compile(r"\bext\. (?=\d)"), N_("extension ")),
    (re.compile(r"(?<=: )dismissed(?=;|\)|$)"), N_("dismissed")),
    (re.compile(r"(?<=: )paused(?=;|\)|$)"), N_("on a pause")),
    (re.compile(r"(?<=: )on leave(?=;|\)|$)"), N_("on leave")),
    (re.compile(r"(?<=: )off shift(?=;|\)|$)"), N_("off shift")),
    (re.compile(r"(?<=: )full (?=\d+/\d+)"), N_("today's limit is reached: ")),
    (re.compile(r"^no managers$"), N_("there are no managers")),
    (re.compile(r"\bshort_form\b(?=[^(]*\)$)"), N_("short form")),
    (re.compile(r"\btypo\b(?=[^(]*\)$)"), N_("slip of the pen")),
    (re.compile(r"\bspelling\b(?=[^(]*\)$)"), N_("another spelling")),
    (re.compile(r"\binitials\b(?=[^(]*\)$)"), N_("initials")),
)


def evidence(rule: str, seen: str, say: Callable[[str], str]) -> str:
    """The evidence of a rule as it is shown; names and contacts in it stay as they are. Where a rule quotes what
    people wrote (names of clients), only the words behind the names are ours."""
    if rule in _SILENT:
        return ""
    if not rule.startswith(("owner_", "name_")):
        return seen
    for phrase, told in _PHRASES:
        ours = say(told)
        seen = phrase.sub(lambda _, ours=ours: ours, seen)  # type: ignore[misc]  # mypy takes the default for a parameter
    return seen
