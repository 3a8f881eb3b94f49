"""Bodies as they may be kept: without the secret that a sender proves himself with in them."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, quote_plus

from intake.account import Account

_MASK = b"***"


def without_secret(body: bytes, account: Account, setting: str) -> bytes:
    """The body with the value of that setting masked wherever it stands as a whole value: of a form's field, of a
    JSON text, of an element."""
    secret = account.secret if setting == "secret" else account.option(setting)
    return _pattern(secret).sub(_MASK, body) if secret else body


@lru_cache(maxsize=256)
def _pattern(secret: str) -> re.Pattern[bytes]:
    written = {secret, quote(secret, safe=""), quote_plus(secret)}
    any_of = b"|".join(re.escape(one.encode("utf-8", "replace")) for one in sorted(written))
    return re.compile(rb'(?:(?<=[=">\s])|\A)(?:' + any_of + rb')(?=[&"<\s]|\Z)')
