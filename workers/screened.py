"""What follows when an inquiry is no sale: it is passed on to whom it concerns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from intake.clock import Millis
from intake.effect import ADDRESS, Effect, EffectKind
from intake.inquiry import Inquiry


def passed_on(
    inquiry: Inquiry, reason: str, forward: Mapping[str, str], now: Millis, say: Callable[[str], str]
) -> list[Effect]:
    """The effect that passes the inquiry on, if its reason has somebody: what it says is read when it is sent, so that
    nothing personal lies in the outbox."""
    to = forward.get(reason, "")
    if not to or inquiry.history:
        return []
    target = f"{ADDRESS}{to}" if "@" in to else to
    payload = {"subject": say("Passed on: {reason}").format(reason=reason), "inquiry_id": inquiry.id}
    payload["pages"] = f"/inquiries/{inquiry.id}"
    return [Effect(f"forward:{inquiry.id}:{reason}", EffectKind.NOTICE, target, payload, now)]
