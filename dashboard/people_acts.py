"""What the API does with managers: how they come and go, whether they are there, on which terms."""

from __future__ import annotations

from dashboard.route import REASON, Act, Param


def _act(verb: str, summary: str, answer: str, args: tuple[Param, ...], role: str = "manager") -> Act:
    return Act("managers", "manager", verb, summary, answer, args, role)


PEOPLE = (
    _act(
        "invite",
        "A link that joins a messenger account",
        "object",
        (Param("messenger", "which messenger"),),
        "head",
    ),
    _act(
        "pause",
        "Off shift for a while",
        "Manager",
        (
            Param("until", "until when (ISO 8601); without end when left out"),
            Param("minutes", "or for so many minutes"),
            REASON,
        ),
    ),
    _act("resume", "The pause is over", "Manager", (REASON,)),
    _act(
        "shift",
        "On or off shift by hand",
        "Manager",
        (
            Param("on", "1: on, 0: off until the next opening; the other of the two when left out"),
            REASON,
        ),
    ),
    _act("line", "The place in the line of turns; changes nothing", "object", ()),
    _act(
        "leave",
        "Away from a day to a day, with a deputy",
        "Manager",
        (
            Param("since", "from when (ISO 8601); now when left out"),
            Param("until", "until when (ISO 8601); no leave any more when left out"),
            Param("deputy", "who does the work meanwhile"),
            REASON,
        ),
        "head",
    ),
    _act(
        "terms",
        "Hours, share, capacity, skills: what is named changes",
        "Manager",
        (
            Param("name", "as people read it"),
            Param("department", "the department"),
            Param("extension", "the inner number in the telephone exchange"),
            Param("hours", "lines like mon-fri 09:00-18:00, divided by ;"),
            Param("zone", "the zone, like Europe/Moscow"),
            Param("holidays", "the country whose holidays are free, like RU"),
            Param("weight", "the share among others"),
            Param("capacity", "how many inquiries a day come by turn, 0 for any number"),
            Param("skills", "what not everybody can, divided by commas"),
            Param("quiet_hours", "spans of a day without sound, divided by commas"),
            REASON,
        ),
        "head",
    ),
    _act(
        "revoke",
        "A lost phone: no messenger account, session or token is theirs any more",
        "Manager",
        (Param("messenger", "this messenger's account alone; every one when left out"), REASON),
        "head",
    ),
    _act(
        "dismiss",
        "End all access and hand everything over",
        "Manager",
        (
            Param("heir", "who takes over; by turns when left out"),
            Param("preview", "1: only tell what would move"),
        ),
        "head",
    ),
)
