"""Letters that no robot may answer, whatever else they are: by what their headers say (RFC 3834)."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from channels.email.addresses import is_robot_address, parse_addresses
from intake.inquiry import Raw

_LISTS = ("List-Id", "List-Post", "List-Unsubscribe", "List-Help", "Mailing-List", "Feedback-ID")
_PRECEDENCE = frozenset(("bulk", "list", "junk", "auto_reply", "auto-reply"))
_MARKS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Loop", "X-Failed-Recipients")


def quiet(raw: Raw) -> bool:
    """Whether the letter was written by a machine or to many, or has nobody who reads answers."""
    headers = BytesHeaderParser(policy=compat32).parsebytes(raw.body)
    if _word(headers, "Auto-Submitted") not in ("", "no") or _word(headers, "Precedence") in _PRECEDENCE:
        return True
    if any(headers.get(name) for name in (*_LISTS, *_MARKS)):
        return True
    if str(headers.get("Return-Path", "")).strip() == "<>":
        return True
    told = (
        parse_addresses(str(headers.get(name, ""))) for name in ("From", "Reply-To", "Sender", "Return-Path")
    )
    return any(is_robot_address(one.address) for some in told for one in some.mailboxes)


def _word(headers: Message, name: str) -> str:
    return str(headers.get(name, "")).partition(";")[0].strip().lower()
