"""A configuration without its secrets: what was written there plainly becomes the name of something to be set."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMED = re.compile(
    r"""(?P<before>\b[\w-]*(?:key|token|secret|password|salt)[\w-]*"?\s*=\s*)(?P<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')""",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"(://[^:@/\s\"']*:)[^@/\s\"']+@")
_ELSEWHERE = ("env:", "file:")


def without_secrets(text: str, secrets: Iterable[str]) -> tuple[str, int]:
    """The configuration's text with `env:RESTORED_1`, `env:RESTORED_2` ... in place of each secret written in it,
    and how many there were. Secrets that live elsewhere (`env:`, `file:`) are named as they are."""
    count = 0

    def placed(match: re.Match[str]) -> str:
        nonlocal count
        value = match["value"][1:-1]
        if not value or value.startswith(_ELSEWHERE):
            return match[0]
        count += 1
        return f'{match["before"]}"env:RESTORED_{count}"'

    masked = _NAMED.sub(placed, text)
    masked, addresses = _IN_ADDRESS.subn(r"\1RESTORED@", masked)
    for secret in sorted(secrets, key=len, reverse=True):
        if secret in masked:
            masked = masked.replace(secret, "RESTORED")
            count += 1
    return masked, count + addresses
