"""Logging: one event name and its fields a line - JSON, or readable on a terminal - masked, to stderr."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog

from config.masking import Mask

_LONGEST = 2000
"""A field longer than this many characters is cut: a body has no place in a log."""
_DEEPEST = 12
"""The innermost frames of a traceback that are kept."""

Event = MutableMapping[str, Any]


def configure(
    process: str,
    *,
    secrets: Iterable[str] = (),
    level: str = "info",
    stream: TextIO | None = None,
    terminal: bool | None = None,
) -> None:
    """Send every log line of this process, the libraries' included, to `stream` (stderr by default).

    `process` is named in each line; `secrets` are hidden wherever they stand. Lines are JSON unless
    `terminal`, which is found out when it is not said. May be called again, with more secrets.
    """
    out = stream or sys.stderr
    readable = out.isatty() if terminal is None else terminal
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _Process(process),
        _told_exception,
        _Masked(Mask(secrets)),
    ]
    renderer: Any = structlog.dev.ConsoleRenderer(pad_event_to=24) if readable else _json_line
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _flat, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("aiohttp.access", "aiogram.event", "alembic", "rq", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _Process:
    """Puts the process's name into each line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        event.setdefault("process", self._name)
        return event


class _Masked:
    """Masks every field of a line and cuts what is too long."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        for name, value in event.items():
            if name.startswith("_") or name in ("at", "level"):
                continue
            masked = self._mask.value(value, name)
            if isinstance(masked, str) and len(masked) > _LONGEST:
                masked = f"{masked[:_LONGEST]}... ({len(masked)} characters)"
            event[name] = masked
        return event


def _told_exception(_logger: Any, _method: str, event: Event) -> Event:
    """An exception as its type, its first line, and the places it went through. Neither source lines nor
    local values nor the rest of the message: they may hold a request's body."""
    found = event.pop("exc_info", None)
    if not found:
        return event
    error = _exception_of(found)
    if error is None:
        return event
    event["error"] = type(error).__qualname__
    event["message"] = _first_line(error)
    event["trace"] = _places(error.__traceback__)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        event["cause"] = f"{type(cause).__qualname__}: {_first_line(cause)}"
    return event


def _exception_of(found: Any) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    return found[1] if isinstance(found, tuple) else sys.exc_info()[1]


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else ""


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_DEEPEST:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def _flat(_logger: Any, _method: str, event: Event) -> Event:
    """On the way out: no line break within a field, so that nobody can write a line of his own."""
    for name, value in event.items():
        if isinstance(value, str) and ("\n" in value or "\r" in value or "\x1b" in value):
            event[name] = value.replace("\n", "\\n").replace("\r", "\\r").replace("\x1b", "\\x1b")
    return event


def _json_line(_logger: Any, _method: str, event: Event) -> str:
    ordered = {
        "at": event.pop("at", ""),
        "level": event.pop("level", ""),
        "event": event.pop("event", ""),
        **event,
    }
    return orjson.dumps(ordered, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
