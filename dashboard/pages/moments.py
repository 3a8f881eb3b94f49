"""Times and spans as people read them: in the company's zone, with how long ago."""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta
from markupsafe import Markup, escape

from intake.clock import Clock, Millis, from_iso, iso, to_datetime


@dataclass(frozen=True, slots=True)
class Moments:
    """Tells instants in one language and zone."""

    words: gettext.NullTranslations
    language: str
    zone: ZoneInfo
    clock: Clock

    def clock_time(self, at: Millis) -> str:
        """`14:02:07` of today, with the day in front for another one."""
        local = to_datetime(at).astimezone(self.zone)
        today = to_datetime(self.clock.now()).astimezone(self.zone).date()
        time = f"{local:%H:%M:%S}"
        if local.date() == today:
            return time
        form = "d MMM" if local.year == today.year else "d MMM y"
        return f"{format_date(local.date(), form, locale=self.language)} {time}"

    def span(self, seconds: float) -> str:
        """`58 s`, `12 min`, `3 h`, shortly; parts of a second below ten."""
        if seconds < 10:
            digits = f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}"
            number = digits.replace(".", ",") if self.language == "ru" else digits
            return self.words.gettext("{number} s").format(number=number)
        return str(
            format_timedelta(timedelta(seconds=seconds), format="short", locale=self.language, threshold=1.5)
        )

    def ago(self, at: Millis) -> str:
        """`12 min ago`."""
        passed = (self.clock.now() - at) / 1000
        if passed < 10:
            return self.words.gettext("just now")
        return self.words.gettext("{span} ago").format(span=self.span(passed))

    def age(self, at: Millis | None) -> str:
        """How old it is: `12 min`; a dash when there is nothing."""
        if at is None:
            return "—"
        passed = max(0, (self.clock.now() - at) / 1000)
        return (
            self.span(passed) if passed >= 10 else self.words.gettext("{number} s").format(number=int(passed))
        )

    def when(self, at: Millis | str | None, *, relative: bool = True) -> Markup:
        """A <time> with the exact moment, how long ago, and UTC on hover. Takes an instant or the API's text."""
        if at is None or at == "":
            return Markup("—")
        instant = from_iso(at) if isinstance(at, str) else at
        exact, utc = self.clock_time(instant), f"{to_datetime(instant):%Y-%m-%d %H:%M:%S} UTC"
        shown = escape(exact)
        if relative:
            shown = Markup('<span class="ago">{}</span> <span class="exact">{}</span>').format(
                self.ago(instant), exact
            )
        return Markup('<time datetime="{}" title="{}">{}</time>').format(iso(instant), utc, shown)
