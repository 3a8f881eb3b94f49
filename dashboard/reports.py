"""The head's reports as JSON and as a few lines of text."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from babel.dates import format_date

from dashboard.pages.moments import Moments
from intake.clock import iso
from intake.pace import Pace, Quantiles, Report

MOST_LINES = 12


def span_json(report: Report) -> dict[str, Any]:
    """Which period it is, and as of when."""
    return {
        "period": report.period,
        "day": report.day.isoformat(),
        "since": iso(report.since),
        "until": iso(report.until),
        "at": iso(report.at),
    }


def pace_json(pace: Pace) -> dict[str, Any]:
    """Seconds; the share is null where nothing was promised."""
    return {
        "count": pace.count,
        "to_card": _quantiles(pace.card),
        "to_taken": _quantiles(pace.taken),
        "to_answer": _quantiles(pace.answer),
        "promised": pace.promised,
        "kept": pace.kept,
        "inside_promise": pace.share,
    }


def speed_json(report: Report, by: str) -> dict[str, Any]:
    """All inquiries together, and in groups when `by` names what they are told apart by."""
    groups = [{"key": key, **pace_json(pace)} for key, pace in report.by(by)] if by else []
    return {**span_json(report), "by": by, "all": pace_json(report.pace()), "groups": groups}


def managers_json(report: Report) -> dict[str, Any]:
    """The indicators, a row a manager."""
    return {**span_json(report), "items": [asdict(one) for one in report.managers]}


def period_name(report: Report, language: str) -> str:
    """`Saturday, 21 November`, `16 November - 22 November`, `November 2026`."""
    if report.period == "month":
        return str(format_date(report.day, "LLLL y", locale=language))
    if report.period == "week":
        last = report.day + timedelta(days=6)
        days = [format_date(day, "d MMMM", locale=language) for day in (report.day, last)]
        return " - ".join(days)
    return str(format_date(report.day, "EEEE, d MMMM", locale=language))


def report_title(report: Report, words: gettext.NullTranslations, language: str) -> str:
    """The first line: which week or month, how many inquiries came before managers."""
    name, count = period_name(report, language), report.pace().count
    if report.period == "week":
        said = words.ngettext("Week {week}: {count} inquiry", "Week {week}: {count} inquiries", count)
        return said.format(week=name, count=count)
    said = words.ngettext("{month}: {count} inquiry", "{month}: {count} inquiries", count)
    return said.format(month=name[:1].upper() + name[1:], count=count)


def report_lines(report: Report, words: gettext.NullTranslations, moments: Moments) -> Iterator[str]:
    """The report for a messenger: how fast it went, then a line for each manager with anything to tell."""
    say, pace = words.gettext, report.pace()
    if pace.taken:
        yield say("until taken: half within {half}, 95 of 100 within {most}").format(
            half=moments.span(pace.taken.p50), most=moments.span(pace.taken.p95)
        )
    if pace.answer:
        yield say("until the first answer: half within {half}, 95 of 100 within {most}").format(
            half=moments.span(pace.answer.p50), most=moments.span(pace.answer.p95)
        )
    if pace.share is not None:
        yield say("inside the promise: {share} % of {count}").format(
            share=round(pace.share * 100), count=pace.promised
        )
    for one in report.managers[:MOST_LINES]:
        parts = [
            (one.inquiries, say("inquiries {n}")),
            (one.repeats, say("of them repeated {n}")),
            (one.calls, say("calls {n}")),
            (one.missed, say("missed {n}")),
            (one.called_back, say("called back {n}")),
            (one.tasks_done, say("tasks done {n}")),
            (one.tasks_overdue, say("overdue {n}")),
            (one.without_task, say("deals without a task {n}")),
            (one.won, say("won {n}")),
            (one.lost, say("lost {n}")),
        ]
        told = [text.format(n=n) for n, text in parts if n]
        if told:
            yield f"{one.name or one.manager}: {', '.join(told)}"


def _quantiles(found: Quantiles | None) -> dict[str, Any] | None:
    return {"count": found.count, "p50": found.p50, "p95": found.p95} if found else None
