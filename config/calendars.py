"""The types of calendar settings: weekly hours, spans of a day, countries whose holidays are free."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from config.faults import unfit

_DAY = "mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс"
_DAYS = rf"(?:daily|ежедневно|(?:{_DAY})(?:-(?:{_DAY}))?(?:,(?:{_DAY})(?:-(?:{_DAY}))?)*)"
_SPAN = r"(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)"
_LINE = re.compile(rf"{_DAYS} +{_SPAN}(?: *, *{_SPAN})*", re.IGNORECASE)
_COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,5}))?")


def _a_line(value: str) -> str:
    if not _LINE.fullmatch(value.strip()):
        raise unfit('"{value}" says no working hours', 'write it like "mon-fri 09:00-18:00"', value=value)
    return value.strip()


def _a_span(value: str) -> str:
    if not re.fullmatch(_SPAN, value):
        raise unfit('"{value}" is no span of a day', 'write it like "22:00-08:00"', value=value)
    return value


def _a_country(value: str) -> str:
    found = _COUNTRY.fullmatch(value)
    if value and not (found and _known(found[1], found[2])):
        raise unfit(
            'no holidays are known of "{value}"',
            'write a country like "RU", or one with its region: "DE-BY"',
            value=value,
        )
    return value


def _known(country: str, region: str | None) -> bool:
    # heavy, and only needed where a country is named
    from holidays.utils import list_supported_countries  # noqa: PLC0415

    regions = list_supported_countries().get(country)
    return regions is not None and (not region or region in regions)


Hours = Annotated[str, AfterValidator(_a_line)]
Span = Annotated[str, AfterValidator(_a_span)]
Country = Annotated[str, AfterValidator(_a_country)]
