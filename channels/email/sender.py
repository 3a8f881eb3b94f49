"""Who wrote a letter: From, Reply-To and what the receiving server found out about them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.email.addresses import Mailbox, is_robot_address, parse_addresses
from channels.email.letter import Letter
from channels.email.ours import Ours, recipients_of

_DMARC = re.compile(r"\bdmarc\s*=\s*(\w+)", re.IGNORECASE)
_COMPAUTH = re.compile(r"\bcompauth\s*=\s*fail", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a letter. `addresses` begins with the one to answer; `writer` is the From mailbox;
    `authenticated` as in Inquiry."""

    name: str
    addresses: tuple[str, ...]
    writer: Mailbox
    answer_to: Mailbox | None
    authenticated: bool | None


def author_of(letter: Letter, ours: Ours) -> Author:
    """The author of a letter. A From that can be read in two ways, or a Reply-To elsewhere, is unproven."""
    listed = parse_addresses(letter.headers.get("from"))
    writer = next(iter(listed.mailboxes), None) or _fallback(letter)
    original = _behind_group(letter, writer, ours)
    answer_to = _answer_to(letter, ours)
    proven = authentication_of(letter)
    if not listed.clean or len(letter.headers.all("from")) > 1:
        proven = False
    if original:
        return Author(original.name or writer.name, (original.address,), writer, answer_to, proven)
    addresses = [writer.address] if writer.address and not is_robot_address(writer.address) else []
    if answer_to and answer_to.address != writer.address:
        if addresses and answer_to.domain != writer.domain and writer.address not in ours:
            proven = False
        addresses.insert(0, answer_to.address)
    name = writer.name if addresses and writer.address in addresses else ""
    if not name or writer.address in ours:
        name = (answer_to.name if answer_to else "") or writer.name
    return Author(name, tuple(one for one in addresses if one not in ours), writer, answer_to, proven)


def _fallback(letter: Letter) -> Mailbox:
    """From cannot be read: who sent it by other headers, else nobody."""
    for header in ("sender", "x-original-from", "return-path", "x-sender", "x-envelope-from"):
        found = parse_addresses(letter.headers.get(header)).mailboxes
        if len(found) == 1 and not is_robot_address(found[0].address):
            return found[0]
    return Mailbox("", "")


def _behind_group(letter: Letter, writer: Mailbox, ours: Ours) -> Mailbox | None:
    """The person whose From a mailing group of ours has replaced with its own address."""
    if writer.address not in ours and not letter.headers.has("list-id"):
        return None
    for header in ("x-original-from", "x-original-sender"):
        found = parse_addresses(letter.headers.get(header)).mailboxes
        if len(found) == 1 and found[0].address not in ours and found[0].address != writer.address:
            return found[0]
    return None


def _answer_to(letter: Letter, ours: Ours) -> Mailbox | None:
    """Where its author wants answers: not to us, not to a list, not to nobody."""
    everybody = (
        {one.address for one in recipients_of(letter)}
        if letter.headers.has("list-id", "list-post")
        else set()
    )
    for one in parse_addresses(letter.headers.get("reply-to")).mailboxes:
        if one.address in ours or is_robot_address(one.address) or one.address in everybody:
            continue
        return Mailbox(one.name, one.address) if one.address else None
    return None


def authentication_of(letter: Letter) -> bool | None:
    """What the last receiving server found: the topmost Authentication-Results alone can be believed."""
    results = letter.headers.get("authentication-results")
    found = _DMARC.search(results)
    if _COMPAUTH.search(results) or (found and found[1].lower() in {"fail", "permerror"}):
        return False
    return True if found and found[1].lower() == "pass" else None
