"""Alarms as the API and the pages show them, and what the API does with them and with channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard.route import REASON, Act, Param
from intake.alarm import Alarm, tell
from intake.clock import iso


def alarm_json(alarm: Alarm, say: Callable[[str], str]) -> dict[str, Any]:
    """An alarm in the API's shape; its sentences in the language of `say`."""
    told = tell(alarm, say)
    return {
        "id": alarm.id,
        "rule": alarm.rule.value,
        "subject": alarm.subject,
        "level": alarm.level.value,
        "cause": told.cause,
        "effect": told.effect,
        "step": told.step,
        "requests": alarm.count,
        "raised_at": iso(alarm.raised_at),
        "ended_at": iso(alarm.ended_at),
        "muted_until": iso(alarm.muted_until),
        "muted_by": alarm.muted_by,
    }


WATCHED = (
    Act("channels", "channel", "probe", "Ask its source now how it does", "Probe", (), "duty"),
    Act(
        "channels",
        "channel",
        "backfill",
        "Read its source again from a date, without doubling",
        "BackFill",
        (
            Param("since", "from when on (ISO 8601)", required=True),
            Param("until", "up to when; now when left out"),
            Param(
                "before",
                "what came before the account was connected: left alone when left out",
                choices=("skip", "history", "news"),
            ),
            Param("preview", "1: only count"),
        ),
        "duty",
    ),
    Act(
        "alarms",
        "alarm",
        "mute",
        "Tell nobody of it for a while",
        "Muted",
        (
            Param("minutes", "for so long", form="integer"),
            Param("until", "or until when (ISO 8601); one that is past: be told again"),
            REASON,
        ),
        "duty",
    ),
)
