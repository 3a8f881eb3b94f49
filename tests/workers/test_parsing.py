"""`parse`: every input gets its answer, in order, and nothing is stored."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import RECEIPT, Channel, Event, Heard, HttpCall, HttpReply
from intake.account import Account, Company
from intake.errors import Refused, Unreadable
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, Raw, Sender
from workers.parsing import Answer, Parsing, answer_line, captured_call


class Shouts:
    """A kind for these tests: a body of lines, each an event; what a line begins with says what it is."""

    def verify(self, call: HttpCall, account: Account) -> None:
        if call.header("x-word") != account.secret:
            raise Refused(403, "wrong word")

    def hear(self, call: HttpCall, account: Account) -> Heard:
        if call.method == "GET":
            return Heard(HttpReply(200, "hello"), reason="handshake")
        if call.body == b"crash":
            raise KeyError("surprise")
        events = tuple(Event(external_id=str(part), part=part) for part in range(len(call.body.splitlines())))
        return Heard(HttpReply(200, RECEIPT, (("Location", f"/thanks/{RECEIPT}"),)), events)

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        line = raw.body.splitlines()[raw.part].decode()
        if line.startswith("broken"):
            raise Unreadable("it is torn")
        if line.startswith("boom"):
            raise ZeroDivisionError
        inquiry = Inquiry(
            raw.inquiry_id, raw.account, raw.channel, Kind.MESSAGE, raw.received_at, sender=Sender(name=line)
        )
        outcome = {"spam": Outcome.IGNORED, "ours": Outcome.ANSWER}.get(line.split(" ")[0], Outcome.ACCEPTED)
        return Parsed(outcome, inquiry, "list" if outcome is Outcome.IGNORED else "")


SHOUTS = Shouts()
CHANNEL = Channel("shout", "Shouting", (), SHOUTS, SHOUTS)
STREAM = Channel("stream", "A stream", (), SHOUTS)


def parsing(**settings: Any) -> Parsing:
    return Parsing(CHANNEL, Account("a", "shout", "demo-word"), **settings)


def answer(captured: object, **settings: Any) -> Answer:
    return parsing(**settings).line(json.dumps(captured).encode(), "f:1")


def test_an_accepted_request_shows_its_answer_and_its_inquiries() -> None:
    """The reply is the provider's, with the receipt put in; inquiries wait, without a decision."""
    told = answer({"body": "Иван\nАнна"})
    assert list(told) == ["source", "outcome", "reason", "reply", "inquiries"]
    assert (told["source"], told["outcome"], told["reason"]) == ("f:1", "accepted", "")
    first, second = told["inquiries"]
    assert told["reply"] == {
        "status": 200,
        "headers": {"Location": f"/thanks/{first['id']}"},
        "body": first["id"],
    }
    assert (first["sender"]["name"], second["sender"]["name"]) == ("Иван", "Анна")
    assert (first["state"], first["decision"], first["account"]) == ("waiting", None, "a")


def test_a_handshake_is_ignored_with_its_answer() -> None:
    """No event: the answer is there, no inquiry."""
    told = answer({"method": "get"})
    assert (told["outcome"], told["reason"], told["reply"]["body"]) == ("ignored", "handshake", "hello")
    assert told["inquiries"] == []


@pytest.mark.parametrize(
    ("body", "outcome", "reason", "states"),
    [
        ("spam x", "ignored", "list", ["ignored"]),
        ("ours x", "ignored", "answer", []),
        ("spam x\nИван", "accepted", "", ["waiting"]),
        ("broken", "refused", "it is torn", []),
        ("boom", "refused", "cannot be understood (ZeroDivisionError: )", []),
    ],
)
def test_what_it_turned_out_to_be(body: str, outcome: str, reason: str, states: list[str]) -> None:
    """Ignored inquiries are shown as such; an echo of our own answer is none; one accepted event is enough."""
    told = answer({"body": body})
    assert (told["outcome"], told["reason"]) == (outcome, reason)
    assert [one["state"] for one in told["inquiries"]] == states
    assert told["reply"]["status"] == 200


def test_secrets_are_verified_only_when_asked_for() -> None:
    """Without an account anything is heard; with one a wrong secret is refused with its status."""
    assert answer({"body": "x"})["outcome"] == "accepted"
    told = answer({"body": "x"}, verify=True)
    assert (told["outcome"], told["reason"], told["reply"]["status"]) == ("refused", "wrong word", 403)
    assert answer({"body": "x", "headers": {"X-Word": "demo-word"}}, verify=True)["outcome"] == "accepted"


def test_a_body_over_the_limit_is_refused() -> None:
    """As the web face does: 413."""
    told = answer({"body": "x" * 100}, body_limit=50)
    assert (told["outcome"], told["reply"]["status"]) == ("refused", 413)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"headers": 5}',
        b'{"query": [1]}',
        b'{"body_b64": "\xd0\xb6"}',
    ],
)
def test_a_broken_line_is_refused_with_its_reason(line: bytes) -> None:
    """No line ends the run."""
    told = parsing().line(line, "f:1")
    assert (told["outcome"], told["reply"], told["inquiries"]) == ("refused", None, [])
    assert told["reason"]


def test_a_crash_in_hearing_is_an_answer_too() -> None:
    """Whatever a provider's words do to us, the line gets its answer."""
    told = answer({"body": "crash"})
    assert (told["outcome"], told["reason"]) == ("refused", "cannot be understood (KeyError: 'surprise')")


PLAIN = st.none() | st.booleans() | st.floats() | st.text()
ANYTHING = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(ANYTHING, st.sampled_from(["body", "headers", "query", "path", "method", "body_b64"]))
def test_any_line_gets_one_answer(value: object, name: str) -> None:
    """Whatever stands in a captured request, there is one line of JSON for it."""
    told = answer_line(parsing().line(json.dumps({"body": "x", name: value}).encode(), "f:1"))
    assert told.count(b"\n") == 1
    assert json.loads(told)["outcome"] in ("accepted", "ignored", "refused")


def test_a_stream_kind_takes_the_body_as_its_event() -> None:
    """A kind that is not told by HTTP has no answer to give."""
    told = Parsing(STREAM, Account("s", "stream")).line(b'{"body": "Event: Hangup"}', "f:1")
    assert (told["outcome"], told["reply"]) == ("accepted", None)
    assert told["inquiries"][0]["sender"]["name"] == "Event: Hangup"


@pytest.mark.parametrize(
    ("captured", "path", "query"),
    [
        ({"path": "/in/ats/events/call"}, "events/call", ""),
        ({"path": "/events/call?x=1"}, "events/call", "x=1"),
        ({"path": "events/call", "query": "a=b"}, "events/call", "a=b"),
        ({"path": "/in/ats"}, "", ""),
        ({"query": {"a": "1 2", "b": [1, 2]}}, "", "a=1+2&b=1&b=2"),
        ({"query": [["a", "1"], ["a", "2"]]}, "", "a=1&a=2"),
        ({}, "", ""),
    ],
)
def test_paths_and_queries_are_taken_as_they_were_captured(
    captured: dict[str, object], path: str, query: str
) -> None:
    """A whole path loses /in/<account>; a query may be a text, an object, a list of pairs."""
    call = captured_call(captured)
    assert (call.path, call.query) == (path, query)


def test_bodies_are_exact_bytes() -> None:
    """A text is UTF-8, base64 is any bytes, an object is written as JSON; header names are lower-cased."""
    assert captured_call({"body": "ж"}).body == "ж".encode()
    assert captured_call({"body_b64": base64.b64encode(b"\x00\xff").decode()}).body == b"\x00\xff"
    assert json.loads(captured_call({"body": {"a": "ж"}}).body) == {"a": "ж"}
    assert captured_call({"headers": {"X-A": ["1", "2"]}}).headers == (("x-a", "1"), ("x-a", "2"))


def run(*argv: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", *argv],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_the_command_answers_each_line_in_order(tmp_path: Path) -> None:
    """Several files, a broken line within: one answer each, exit 0."""
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    post = {
        "method": "POST",
        "path": "/in/site",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
    }
    one.write_text(
        json.dumps({**post, "body": "name=A&phone=89161234567"}) + "\nbroken\n\n", encoding="utf-8"
    )
    two.write_text(json.dumps({**post, "body": "name=B&phone=89161234568"}), encoding="utf-8")
    done = run("parse", "form", str(one), str(two))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["source"].rpartition("/")[2], one["outcome"]) for one in told] == [
        ("1.jsonl:1", "accepted"),
        ("1.jsonl:2", "refused"),
        ("2.jsonl:1", "accepted"),
    ]
    assert told[0]["inquiries"][0]["sender"]["phones"] == ["+79161234567"]
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_command_verifies_the_named_accounts_secret(tmp_path: Path) -> None:
    """With --account its secret is checked."""
    config = tmp_path / "c.toml"
    config.write_text('[[account]]\nid = "site"\nkind = "form"\nsecret = "demo-word"\n', encoding="utf-8")
    line = json.dumps({"method": "POST", "path": "/in/site/wrong", "body": "name=A", "headers": {}}).encode()
    done = run("parse", "form", "-", "--config", str(config), "--account", "site", stdin=line)
    assert json.loads(done.stdout)["reply"]["status"] == 403


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("parse", "nothing", "-"), 2),
        (("parse", "form"), 2),
        (("parse", "form", "/no/such/file"), 1),
        (("parse", "form", "-", "--account", "x", "--data", "/no/such"), 1),
    ],
)
def test_wrong_usage_and_failures_differ(argv: tuple[str, ...], code: int) -> None:
    """2 for wrong usage, 1 when the work failed; said in a line, never a traceback."""
    done = run(*argv)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert done.stderr
