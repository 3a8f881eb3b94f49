"""Answers of people and notes of responders that say nearly the same: nothing a person wrote is put away."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.inquiry import Outcome
from tests.channels.email.test_letters import read

HERE = Path(__file__).parent
_HEAD = (
    "From: Vera <guseva@profmet.ru>\r\nTo: sales@romashka-msk.ru\r\nSubject: Re: offer\r\n"
    "In-Reply-To: <1@romashka-msk.ru>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n"
)


def _lines(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("words", _lines("replies.txt"))
def test_a_persons_answer_is_shown(words: str) -> None:
    """Somebody who is away, or speaks of it, and has something to say besides is never taken for a machine."""
    assert read((_HEAD + words).encode()).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("words", _lines("notes.txt"))
def test_a_note_of_absence_is_put_away(words: str) -> None:
    """Away and nothing else, or away and whom to ask: a responder's note, whatever its headers lack."""
    parsed = read((_HEAD + words).encode())
    assert (parsed.outcome, parsed.reason) == (Outcome.IGNORED, "auto_reply")
