"""What the rules for automatic mail look at in a letter: its headers' hints, its sender, its words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.email.absence import ABSENCE
from channels.email.addresses import Mailbox, is_robot_address
from channels.email.automatic_words import ACKNOWLEDGED, NO_REPLY_TEXT
from channels.email.letter import Letter
from channels.email.ours import PUBLIC_DOMAINS, Ours, addressed_mailbox, delivered_to

_REPLY_SUBJECT = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|ynt|odp|отв|ответ|на|fwd?|wg|пер|пересл)(?:\[\d+\])?\s*:", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the rules look at. `text` is what was written, quotes cut, its first 3,000 characters."""

    letter: Letter
    sender: Mailbox
    subject: str
    text: str
    robot: bool
    null_path: bool
    is_answer: bool
    """it answers a letter: In-Reply-To or References are there, or the subject says Re:"""
    submitted: str
    precedence: str
    group: bool
    """it came through a mailing group of our own"""

    def has(self, *names: str) -> bool:
        """Whether any of these headers is there."""
        return self.letter.headers.has(*names)

    @property
    def speaks_automatic(self) -> bool:
        """Whether its words are a machine's: an absence note, an acknowledgement, "do not answer"."""
        return any(words.search(self.text) for words in (ABSENCE, NO_REPLY_TEXT, ACKNOWLEDGED))

    @property
    def hints(self) -> bool:
        """Whether a header hints at a machine without proving it."""
        return (
            self.null_path
            or self.precedence in {"bulk", "junk", "list"}
            or self.has("x-auto-response-suppress", "x-loop", "x-ms-exchange-inbox-rules-loop")
            or self.submitted.startswith("auto")
        )


def signs_of(letter: Letter, sender: Mailbox, text: str, ours: Ours) -> Signs:
    """The signs of a letter of `sender` that says `text` (quotes already cut)."""
    headers = letter.headers
    return Signs(
        letter=letter,
        sender=sender,
        subject=letter.subject,
        text=text[:3_000],
        robot=is_robot_address(sender.address) or headers.get("from").strip() == "<>",
        null_path=headers.get("return-path").replace(" ", "") == "<>",
        is_answer=headers.has("in-reply-to", "references") or bool(_REPLY_SUBJECT.match(letter.subject)),
        submitted=headers.get("auto-submitted").lower().partition(";")[0].strip(),
        precedence=headers.get("precedence").lower().strip(),
        group=_own_group(letter, ours),
    )


def _own_group(letter: Letter, ours: Ours) -> bool:
    """Whether the list it came through is our own mailbox's group (a Google group sales@our-domain)."""
    listed = letter.headers.get("list-id").lower().rpartition("<")[2].rstrip("> ")
    if not listed and not letter.headers.has("list-post"):
        return False
    mailbox = (
        addressed_mailbox(letter, ours)
        if ours.addresses or ours.domains
        else next(iter(delivered_to(letter)), "")
    )
    domain = mailbox.rpartition("@")[2]
    own = ours.domains | ({domain} if domain and domain not in PUBLIC_DOMAINS else set())
    return any(listed == name or listed.endswith(f".{name}") for name in own)
