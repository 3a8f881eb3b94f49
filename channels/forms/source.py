"""Where a form's visitor came from: utm and click ids out of fields, the page's address and the Referer."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from yarl import query_to_pairs

from channels.forms.names import Role, meaning_of
from intake.inquiry import Attribution

_LONGEST = 2000


def attribution_of(told: Attribution, referer: str) -> Attribution:
    """What the fields told, completed from the page's own address and the request's Referer header."""
    page = told.page_url or referer[:_LONGEST]
    utm, click = dict(told.utm), told.click_id
    for name, value in _tags(page) + (_tags(referer) if referer != page else []):
        meaning = meaning_of(name)
        if meaning is None or not value:
            continue
        if meaning.role is Role.UTM:
            utm.setdefault(meaning.detail, value[:500])
        elif meaning.role is Role.CLICK:
            click = click or value[:500]
    return replace(told, utm=utm, page_url=page, referrer=told.referrer or referer[:_LONGEST], click_id=click)


def _tags(url: str) -> list[tuple[str, str]]:
    if "?" not in url:
        return []
    try:
        return query_to_pairs(urlsplit(url).query, max_fields=200)
    except ValueError:
        return []
