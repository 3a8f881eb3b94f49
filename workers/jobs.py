"""What an RQ job runs: a fold over the events it names. RQ finds it by its name; the process says who does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar

PROCESSOR: ContextVar[Callable[[Sequence[str]], None]] = ContextVar("processor")
"""Set once by the worker process before it takes jobs."""


def process(raw_ids: list[str]) -> None:
    """Work on these events, and on whatever else waits in the journal."""
    PROCESSOR.get()([str(one) for one in raw_ids])
