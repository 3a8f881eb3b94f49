"""Logging: one line an event, and nothing in it that must not be there."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from config.logging import configure


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_an_event_name_and_fields(out: io.StringIO) -> None:
    """Away from a terminal each line is one JSON object that names the process."""
    configure("work", stream=out)
    structlog.get_logger("x").info("batch_done", count=3, took_ms=1.5)
    (line,) = lines(out)
    assert {key: line[key] for key in ("event", "level", "process", "count", "took_ms")} == {
        "event": "batch_done",
        "level": "info",
        "process": "work",
        "count": 3,
        "took_ms": 1.5,
    }
    assert line["at"].endswith("Z")


def test_a_librarys_line_has_the_same_shape(out: io.StringIO) -> None:
    """What a library logs is masked and shaped alike."""
    configure("web", stream=out)
    logging.getLogger("some.library").warning("call to %s failed", "+79161234567")
    (line,) = lines(out)
    assert (line["event"], line["level"]) == ("call to +7***4567 failed", "warning")


def test_a_terminal_gets_readable_lines(out: io.StringIO) -> None:
    """On a terminal a line starts with its time, not with a brace."""
    configure("web", stream=out, terminal=True)
    structlog.get_logger().info("started", port=8080)
    assert "started" in out.getvalue()
    assert not out.getvalue().startswith("{")


def test_quieter_levels_are_left_out(out: io.StringIO) -> None:
    """Below the level nothing is written."""
    configure("web", stream=out, level="warning")
    structlog.get_logger().info("nothing")
    assert out.getvalue() == ""


def test_f68_a_configured_secret_is_hidden_wherever_it_stands(out: io.StringIO) -> None:
    """A secret's very text is taken out of names, values, lists and messages."""
    configure("web", stream=out, secrets={"demo-canary-word"})
    structlog.get_logger().warning(
        "saw demo-canary-word",
        where=["x demo-canary-word y"],
        deep={"a": {"demo-canary-word": "demo-canary-word"}},
    )
    assert "canary" not in out.getvalue()


def _fail(address: str, body: str) -> None:
    try:
        {}["demo-canary-word"]
    except KeyError as error:
        raise ValueError(f"cannot read {address}\n{body}") from error


def test_f68_an_exception_tells_its_places_but_no_body(out: io.StringIO) -> None:
    """A traceback has files, lines and functions; further lines of the message and local values stay out."""
    configure("work", stream=out, secrets={"demo-canary-word"})
    try:
        _fail("ivan.petrov@example.ru", "Иван, +7 916 123-45-67")
    except ValueError:
        structlog.get_logger().exception("batch_failed")
    (line,) = lines(out)
    assert line["error"] == "ValueError"
    assert line["message"] == "cannot read i***@example.ru"
    assert line["trace"][-1].startswith("test_logging.py:")
    assert line["cause"] == "KeyError: '***'"
    assert "Иван" not in out.getvalue()


def test_nobody_writes_a_line_of_his_own(out: io.StringIO) -> None:
    """A line break in a value stays within its line, on a terminal too."""
    configure("web", stream=out, terminal=True)
    structlog.get_logger().info("seen", name='x\n{"event": "forged"}\x1b[2J')
    assert len(out.getvalue().splitlines()) == 1


def test_a_long_field_is_cut(out: io.StringIO) -> None:
    """A body that got into a field is not written out."""
    configure("web", stream=out)
    structlog.get_logger().info("seen", text="ж" * 100_000)
    assert len(out.getvalue()) < 10_000
