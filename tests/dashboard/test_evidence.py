"""Evidence in the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.pages.evidence import evidence
from intake.language import read_language

_RUSSIAN = read_language(Path("dashboard/locale"), "ru").gettext


@pytest.mark.parametrize(
    ("rule", "stored", "told"),
    [
        ("nobody_known", "no card fits", ""),
        (
            "owner_round_robin",
            "anna (all: turn 3); skipped boris",
            "anna (среди всех: очередь 3); пропущен(а): boris",
        ),
        (
            "owner_round_robin",
            "anna (all: turn 3); skipped boris: off shift; skipped vera: full 20/20; skipped olga: paused",
            (
                "anna (среди всех: очередь 3); пропущен(а): boris: не на смене; "
                "пропущен(а): vera: дневной предел исчерпан: 20/20; пропущен(а): olga: на паузе"
            ),
        ),
        ("owner_round_robin", "anna (retail: turn 12)", "anna (retail: очередь 12)"),
        ("owner_answered_by", "anna (ext. 101)", "anna (внутренний 101)"),
        ("owner_nobody", "no managers", "менеджеров нет"),
        (
            "name_full",
            "Саша Петров / Александр Петров (short_form)",
            "Саша Петров / Александр Петров (краткая форма)",
        ),
        ("contact", "+79161234567 × 3", "+79161234567 × 3"),
        ("company", "skipped turn 3", "skipped turn 3"),
    ],
)
def test_evidence_is_told_in_the_readers_language(rule: str, stored: str, told: str) -> None:
    """Our words are translated, people's are not; what is stored stays as it is."""
    assert evidence(rule, stored, _RUSSIAN) == told
