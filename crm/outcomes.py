"""What other systems call the end of a deal: their words and status numbers as ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from intake.deal import DealState

# amoCRM's status ids 142 and 143, Bitrix24's WON and LOSE (also `C5:WON`), and what people write
_WORDS: Mapping[DealState, str] = {
    DealState.WON: (
        "won, success, successful, closed won, 142, успех, успешно, успешно реализовано, выиграна, "
        "сделка успешна, оплачено, продано"
    ),
    DealState.LOST: (
        "lost, lose, fail, failed, apology, closed lost, 143, отказ, проиграна, провалена, "
        "закрыто и не реализовано, не реализовано, сделка провалена"
    ),
    DealState.OPEN: "open, in progress, new, открыта, в работе, активна",
}
_STATES = {word: state for state, words in _WORDS.items() for word in words.split(", ")}


def state_of(told: str) -> DealState | None:
    """The state that a word or number means, None for one that says nothing of an end."""
    plain = " ".join(told.casefold().replace("_", " ").split()).rpartition(":")[2]
    return _STATES.get(plain)
