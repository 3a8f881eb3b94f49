"""Checking who calls: shared secrets and HMAC signatures, compared in constant time over raw bytes."""

from __future__ import annotations

import hashlib
import hmac

from channels.base import HttpCall
from intake.account import Account
from intake.errors import Refused

KEY_HEADER = "x-lead-intake-key"


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in time that does not tell where they differ. An empty secret never is."""
    # half a surrogate pair can come in JSON: it is a wrong secret, not an error
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def hmac_hex(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """The HMAC of `body` in lower-case hex."""
    return hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()


def split_secret(path: str, account: Account) -> tuple[str, str]:
    """A path below the account as (path without the secret, the secret found as its last segment or "")."""
    head, _, last = path.rpartition("/")
    if account.secret and same(last, account.secret):
        return head, last
    return path, ""


def require_key(call: HttpCall, account: Account) -> None:
    """Let in who knows the account's secret: header `X-Lead-Intake-Key`, else the last path segment.

    Raises Refused 401 when no key is given, 403 when it is wrong.
    """
    header = call.header(KEY_HEADER)
    last = call.path.rpartition("/")[2]
    if same(header, account.secret) or (not header and same(last, account.secret)):
        return
    if header or last:
        raise Refused(403, "wrong key")
    raise Refused(401, "no key: send it as header X-Lead-Intake-Key or as the last path segment")
