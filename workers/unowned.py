"""What has no owner yet: the head is told at once, once for each time that nobody is there. Pure."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from crm.owners.base import OwnerCase
from crm.owners.table import group_of
from intake.clock import Millis, to_datetime
from intake.effect import Effect, EffectKind
from intake.inquiry import Inquiry
from intake.shifts import OFF_SHIFT
from workers.rules import Rules

_HOUR_MS = 3_600_000


def tell_head(case: OwnerCase, rules: Rules) -> list[Effect]:
    """The notice to the head of the department that the inquiry waits for, if there is a head: what came, since when
    nobody is there and when somebody will be. Its key is that opening: what comes until then tells nothing anew."""
    inquiry, roster, now, say = case.inquiry, case.roster, case.now, rules.say
    head = roster.head(case.group or case.account.department)
    if not head:
        return []
    group, members = group_of(replace(case, skipped=[]))
    back = [at for one in members if (at := roster.opens(one, now)) is not None and at > now]
    opens = min(back, default=None)
    full = any(not roster.why_off(one, now) for one in members)
    subject = say("All are full: an inquiry waits") if full else say("Nobody is on shift: an inquiry waits")
    text = [_what(inquiry, rules)]
    if opens is not None:
        text.append(
            say("It is handed out by turn when somebody is there: {time}").format(time=_at(opens, rules))
        )
    else:
        text.append(say("It is handed out by turn as soon as somebody comes on shift"))
    text.append(say("What comes until then waits too and is not told one by one"))
    payload = {"subject": subject, "text": "\n".join(text), "page": f"/inquiries/{inquiry.id}"}
    until = opens if opens is not None else now // _HOUR_MS
    key = f"nobody:{head}:{group}:{'full' if full else OFF_SHIFT[:3]}:{until}"
    return [Effect(key, EffectKind.NOTICE, head, payload, now)]


def _what(inquiry: Inquiry, rules: Rules) -> str:
    account = rules.account(inquiry.account, inquiry.channel)
    said = inquiry.service or inquiry.subject or " ".join(inquiry.text.split())
    return ", ".join(part for part in (_at(inquiry.received_at, rules), account.id, said[:80]) if part)


def _at(at: Millis, rules: Rules) -> str:
    return f"{to_datetime(at).astimezone(ZoneInfo(rules.company.timezone)):%d.%m %H:%M}"
