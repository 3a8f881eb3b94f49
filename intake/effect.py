"""Effects: things to do outside, written with the decision that wants them and done by the relay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from intake.clock import Millis

HELD = "held: it may have been sent before the restore"
"""Why an effect is parked that was not sent when its copy was made."""
RELEASED = "released by a person"
"""What stands where its reason stood, of a parked effect that is to be carried out after all."""


class EffectKind(StrEnum):
    """What is to be done."""

    CARD = "card"
    """Show or edit a card: payload `card_id`, `inquiry_id`, `touch` (1 for the first), `ring` ("1" or "0")."""
    SUMMARY = "summary"
    """Tell a manager, once a messenger answers again, of the cards that went by another one meanwhile:
    payload `messenger`, `since`."""
    NOTICE = "notice"
    """Tell a manager something that is no card: payload `subject`, `text` (whole lines, in the company's language),
    `pages` (pages of ours to open, `/path label` a line), `open` ("1": others may read it too), `ring` ("0": without
    a sound), `shows` (what it tells of: a later notice of the same edits the message), `inquiry_id` (then its lines
    are the inquiry's, read when it is sent). The target is a manager, or ADDRESS with an e-mail address."""
    FLAG_LETTER = "flag_letter"
    """Move a letter by what happened: payload `account`, `inquiry_id`, `event`."""
    ENRICH = "enrich"
    """Fetch what an inquiry lacks: payload `account`, `inquiry_id`, `what` (name, files or lead)."""
    BACK_FILL = "back_fill"
    """Read an account's source again: payload `account`, `since`, `until` (instants), `before` (what becomes of
    events from before it was connected)."""
    REPLY = "reply"
    """Write to a client by the channel he came by: payload `account`, `inquiry_id`, `interaction` (whose text it is),
    `actor` ("" for a robot's), `asks` ("contact": with a button that sends the client's contact), `which` (of the
    account's own texts, for a robot's)."""


ADDRESS = "address:"
"""Before an e-mail address: the target of a notice that goes to somebody outside the managers."""


class EffectState(StrEnum):
    """Where an effect stands."""

    WAITING = "waiting"
    DONE = "done"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing to do outside. `key` is its idempotency key; `target` is whose rate limit it obeys
    (a manager's id for cards, an account's id for letters and answers, `name:<account>`, `files:<account>` and
    `lead:<account>` for what is fetched)."""

    key: str
    kind: EffectKind
    target: str
    payload: Mapping[str, str]
    created_at: Millis
    due_at: Millis = 0


@dataclass(frozen=True, slots=True)
class DueEffect:
    """An effect the relay has claimed. `attempts` counts this try too; `unsure` says that an earlier try ended
    without a known outcome: it may have been carried out and its answer lost."""

    id: int
    effect: Effect
    attempts: int
    last_error: str = ""
    unsure: bool = False
    seen: Mapping[str, str] = field(default_factory=dict)
