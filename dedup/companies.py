"""Company names: without legal form, quotes and alphabet, so that one firm's spellings are one key."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from dedup.translit import plain_word, skeletons

_FORMS = (
    "общество с ограниченной ответственностью|закрытое акционерное общество|открытое акционерное общество|"
    "публичное акционерное общество|непубличное акционерное общество|акционерное общество|"
    "товарищество с ограниченной ответственностью|товарищество собственников (?:жилья|недвижимости)|"
    "производственный кооператив|муниципальное унитарное предприятие|государственное унитарное предприятие|"
    "автономная некоммерческая организация|"
    "ооо|оао|зао|пао|нао|ао|тоо|ано|нко|муп|гуп|фгуп|мбоу|гбу|тсж|тсн|снт|кфх|чп|тд|гк|нпо|нпп|"
    "ooo|oao|zao|pao|ao|too|llc|ltd|limited|inc|corp|gmbh|co|company"
)
_FORM = re.compile(rf"(?<![^\W_])(?:{_FORMS})(?![^\W_])", re.IGNORECASE)
_SOLE = re.compile(
    r"(?<![^\W_])(?:ип|индивидуальный\s{1,3}предприниматель|чп|фоп|ip)(?![^\W_])", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 300


@lru_cache(maxsize=65_536)
def company_key(text: str) -> str:
    """The comparable name of a company: `ООО «Маяк-Снаб»`, `MAYAK SNAB, OOO` and `Маяк Снаб` are `maiaksnab`."""
    words = _WORD.findall(_FORM.sub(" ", text[:_LONGEST]))
    return "".join(skeletons(plain_word(word))[0] for word in words)


@lru_cache(maxsize=65_536)
def is_company(text: str) -> bool:
    """Whether the text names a company by its legal form; a sole trader is a person."""
    return bool(text) and _FORM.search(text[:_LONGEST]) is not None and not is_sole_trader(text)


@lru_cache(maxsize=65_536)
def is_sole_trader(text: str) -> bool:
    """Whether the text names an individual entrepreneur (ИП): a person under a legal form."""
    return _SOLE.search(text[:_LONGEST]) is not None


def same_company(one: str, other: str) -> bool | None:
    """Whether two company names are one but for form, quotes, alphabet and a slip; None when one is empty."""
    mine, its = company_key(one), company_key(other)
    if not mine or not its:
        return None
    if mine == its:
        return True
    allowed = 1 if min(len(mine), len(its)) < 8 else 2
    return OSA.distance(mine, its, score_cutoff=allowed) <= allowed and min(len(mine), len(its)) > 4
