"""The table of letters: each file under letters/ becomes what the JSON beside it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from channels.email import CHANNEL
from intake.account import Account, Company
from intake.inquiry import Parsed, Raw

LETTERS = Path(__file__).parent / "letters"
ACCOUNT = Account("mail", "email", options={"user": "sales@romashka-msk.ru", "sent_folder": "Sent"})
COMPANY = Company(
    name="ООО «Ромашка»",
    own_domains=frozenset({"romashka-msk.ru"}),
    own_phones=frozenset({"+74951112233"}),
)


def read(letter: bytes, **head: Any) -> Parsed:
    """What our parser makes of a letter."""
    raw = Raw("r1", 1, "i1", "mail", "email", 1_795_000_000_000, letter, {"folder": "INBOX", **head})
    return CHANNEL.parser.parse(raw, ACCOUNT, COMPANY)


def seen(parsed: Parsed) -> dict[str, Any]:
    """The facts of a letter, under the names that the expectations use."""
    inquiry = parsed.inquiry
    return {
        "outcome": parsed.outcome.value,
        "reason": parsed.reason,
        "kind": inquiry.kind.value,
        "name": inquiry.sender.name,
        "emails": list(inquiry.sender.emails),
        "phones": list(inquiry.sender.phones),
        "extensions": list(inquiry.sender.extensions),
        "handles": dict(inquiry.sender.handles),
        "company": inquiry.sender.company,
        "inn": inquiry.sender.inn,
        "subject": inquiry.subject,
        "text": inquiry.text,
        "attachments": [[one.name, one.type, one.size] for one in inquiry.attachments],
        "attachments_names": [one.name for one in inquiry.attachments],
        "mailbox": inquiry.recipient.mailbox,
        "thread": inquiry.thread,
        "external_id": inquiry.external_id,
        "references": list(inquiry.references),
        "authenticated": inquiry.authenticated,
        "page_url": inquiry.attribution.page_url,
        "utm_source": inquiry.attribution.utm.get("utm_source", ""),
    }


@pytest.mark.parametrize("path", sorted(LETTERS.glob("*.eml")), ids=lambda path: path.stem)
def test_a_letter_becomes_what_its_neighbour_says(path: Path) -> None:
    """Every fact that the JSON beside a letter names is what the parser finds in it."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    facts = seen(read(path.read_bytes()))
    for words in expected.pop("text_has", []):
        assert words in facts["text"]
    for words in expected.pop("text_lacks", []):
        assert words not in facts["text"]
    for address in expected.pop("emails_lack", []):
        assert address not in facts["emails"]
    assert {name: facts[name] for name in expected} == expected


def test_there_are_enough_letters() -> None:
    """The table is broad: at least 120 letters, and none without its expectations."""
    letters = list(LETTERS.glob("*.eml"))
    assert len(letters) >= 120
    assert all(path.with_suffix(".json").exists() for path in letters)
