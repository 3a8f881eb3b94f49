"""Mappings: what rules find and make of it, what is ignored, answered, told as a fault."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from channels.base import Heard, HttpCall
from channels.custom.custom import CHANNEL, Custom, check
from channels.custom.shipped import MAPPINGS, SHIPPED
from intake.account import Account, Company
from intake.errors import Refused
from intake.inquiry import Inquiry, Kind, Outcome, Parsed
from tests.channels.contract import raws_of

Table = Mapping[str, Any]


def account(mapping: object = None, **options: Any) -> Account:
    told = options if mapping is None else {"mapping": mapping, **options}
    return Account("crm", "custom", secret="demo-secret", options=told)


def call(body: object, query: str = "") -> HttpCall:
    return HttpCall("POST", "", query, (("content-type", "application/json"),), json.dumps(body).encode())


def heard(mapping: object, body: object) -> Heard:
    return Custom().hear(call(body), account(mapping))


def parsed(mapping: object, body: object, company: Company | None = None) -> Parsed:
    custom, one, request = Custom(), account(mapping), call(body)
    raws = raws_of(custom.hear(request, one), request, one)
    return custom.parse(raws[0], one, company or Company())


def text_of(rule: object, body: Table) -> str:
    """What a rule for `text` makes of a body."""
    return parsed({"text": rule}, body).inquiry.text


def test_without_a_mapping_names_speak_for_themselves() -> None:
    """A first try needs no mapping at all."""
    found = parsed(None, {"lead": {"name": "Иван", "phone": "89161234567"}, "city": "Тула"}).inquiry
    assert (found.sender.name, found.sender.phones) == ("Иван", ("+79161234567",))
    assert found.fields == {"city": "Тула"}


@pytest.mark.parametrize(
    ("rule", "body", "made"),
    [
        ("a", {"a": " b "}, "b"),
        ("a", {"a": None}, ""),
        ("a", {"a": {"b": 1}}, ""),
        ("a", {"a": True}, "true"),
        ("a", {"a": 12.0}, "12"),
        (["a", "b"], {"b": "второй"}, "второй"),
        ({"all": ["a", "b"], "join": " - "}, {"a": "1", "b": ["2", "3"]}, "1 - 2 - 3"),
        ({"path": "a", "split": ";", "join": "+"}, {"a": "1; 2;"}, "1+2"),
        ({"path": "a", "strip_prefix": ["tel:", "sip:"]}, {"a": "sip:101"}, "101"),
        ({"path": "a", "as": "digits"}, {"a": "+7 (9) ٣"}, "79"),
        ({"path": "a", "as": ["lower", "digits"]}, {"a": "N5"}, "5"),
        ({"path": "a", "as": "phone"}, {"a": "тел. 8 916 123-45-67"}, "+79161234567"),
        ({"path": "a", "as": "phone"}, {"a": "12"}, ""),
        ({"path": "a", "as": "email"}, {"a": "<Ivan@Example.com>"}, "ivan@example.com"),
        ({"path": "a", "table": {"1": "да"}}, {"a": 1}, "да"),
        ({"path": "a", "table": {"1": "да"}}, {"a": 2}, "2"),
        ({"path": "a", "table": {"1": "да"}, "otherwise": "нет"}, {"a": 2}, "нет"),
        ({"path": "a", "value": "запасное"}, {}, "запасное"),
        ({"value": "всегда"}, {}, "всегда"),
    ],
)
def test_a_rule_makes_it_ours(rule: object, body: Table, made: str) -> None:
    """Each step of a rule, by itself."""
    assert text_of(rule, body) == made


@pytest.mark.parametrize(
    ("rule", "told", "at"),
    [
        ("t", 1_790_000_000, 1_790_000_000_000),
        ("t", "1790000000123", 1_790_000_000_123),
        ("t", "1790000000.5", 1_790_000_000_500),
        ("t", "2026-09-21T14:13:20Z", 1_790_000_000_000),
        ("t", "2026-09-21 17:13:20", 1_790_000_000_000),
        ({"path": "t", "as": "%d.%m.%y %H:%M", "zone": "UTC"}, "21.09.26 14:13", 1_789_999_980_000),
        ({"path": "t", "as": ["iso", "%d.%m.%Y"], "zone": "UTC"}, "21.09.2026", 1_789_948_800_000),
        ("t", "вчера", None),
        ("t", "9" * 30, None),
        ("t", "0001-01-01", None),
        ("t", -5, None),
    ],
)
def test_moments_are_read_in_their_zone(rule: object, told: object, at: int | None) -> None:
    """Seconds, milliseconds, ISO and written forms; a zone of its own or the company's; never a guess."""
    assert parsed({"occurred_at": rule, "text": "t"}, {"t": told}).inquiry.occurred_at == at


def call_of(body: Table) -> Inquiry:
    mapping = {
        "kind": "call",
        "sender": {"phones": "from"},
        "call": {
            "id": "id",
            "direction": {"path": "dir", "table": {"incoming": "in"}, "otherwise": ""},
            "status": {"path": "state", "table": {"lost": "missed"}},
            "talk_s": "talk",
            "wait_s": "wait",
            "recording_url": "record",
        },
    }
    return parsed(mapping, body).inquiry


def test_a_call_tells_no_more_than_it_says() -> None:
    """Words nobody mapped leave the status and the direction open; a link is a link."""
    one = call_of(
        {"id": 5, "from": "84951234567", "state": "lost", "dir": "incoming", "talk": "1:05", "wait": 7.9}
    )
    assert one.kind is Kind.CALL
    assert one.call is not None
    assert (one.call.id, one.call.direction, one.call.status) == ("5", "in", "missed")
    assert (one.call.talk_s, one.call.wait_s, one.call.recording_url) == (65, 7, None)
    other = call_of({"id": "6", "state": "surprise", "dir": 1, "talk": "long", "record": "javascript:1"}).call
    assert other is not None
    assert (other.direction, other.status, other.talk_s, other.recording_url) == ("", "", None, None)


def test_a_calls_events_are_one_inquiry() -> None:
    """The call's id joins them; each is told apart from the others and from its own repetition."""
    mapping = {"kind": "call", "call": {"id": "id", "status": "s"}}
    (first,), (later,), (again,) = (
        heard(mapping, {"id": "7", "s": status}).events for status in ("ringing", "missed", "ringing")
    )
    assert first.group == later.group == "7"
    assert first == again
    assert first.content_key != later.content_key


def test_our_own_and_unwanted_events_are_no_inquiries() -> None:
    """Ignored with its reason, ours as an answer, the rest accepted."""
    mapping = {
        "by_name": "",
        "ignore_when": [{"path": "test", "equals": True, "reason": "test"}, {"path": "bot"}],
        "only_when": {"path": "event", "not": ["deleted"]},
        "ours_when": {"path": "author", "equals": ["manager", 5]},
    }
    outcomes = {
        told: (found.outcome, found.reason)
        for told, body in {
            "test": {"test": True, "event": "new", "text": "x"},
            "bot": {"bot": "b1", "event": "new", "text": "x"},
            "deleted": {"event": "deleted", "text": "x"},
            "missing": {"text": "x"},
            "ours": {"event": "new", "author": 5, "text": "x"},
            "news": {"event": "new", "text": "x"},
        }.items()
        if (found := parsed(mapping, body))
    }
    assert outcomes == {
        "test": (Outcome.IGNORED, "test"),
        "bot": (Outcome.IGNORED, "not_wanted"),
        "deleted": (Outcome.IGNORED, "unknown_event"),
        "missing": (Outcome.IGNORED, "unknown_event"),
        "ours": (Outcome.ANSWER, ""),
        "news": (Outcome.ACCEPTED, ""),
    }


def test_what_rules_have_read_is_not_read_again_by_name() -> None:
    """The rest is understood by its names, without what is dropped."""
    mapping = {
        "sender": {"phones": "owner.mobile"},
        "answers": {"items": "quiz[*]", "name": "q", "value": "a"},
        "by_name": ["person", ""],
        "drop": ["meta.trace", "debug_*"],
    }
    body = {
        "owner": {"mobile": "+79161234567", "plan": "A"},
        "person": {"name": "Ия", "city": "Уфа"},
        "quiz": [{"q": "Срок?", "a": "завтра"}],
        "meta": {"trace": "t", "lang": "ru"},
        "debug_a": "1",
        "utm": {"source": "ya"},
    }
    found = parsed(mapping, body).inquiry
    assert (found.sender.name, found.sender.phones) == ("Ия", ("+79161234567",))
    assert found.fields == {"owner.plan": "A", "city": "Уфа", "Срок?": "завтра", "meta.lang": "ru"}
    assert found.attribution.utm == {"utm_source": "ya"}


def test_each_item_of_a_batch_is_an_event() -> None:
    """An empty batch is one event that is ignored: it is kept all the same."""
    mapping = {"each": "leads[*]", "external_id": "id", "sender": {"phones": "tel"}}
    told = heard(mapping, {"leads": [{"id": 1, "tel": "89161234567"}, {"id": 2}]})
    assert [(event.external_id, event.part) for event in told.events] == [("1", 0), ("2", 1)]
    empty = parsed(mapping, {"leads": []})
    assert (empty.outcome, empty.reason) == (Outcome.IGNORED, "empty")


def test_the_answer_is_the_providers() -> None:
    """Status, type and body as written; a challenge goes back as plain text, cut."""
    mapping = {
        "by_name": "",
        "answer": {"status": 201, "body": "<ok/>", "type": "application/xml"},
        "handshake_when": {"path": "challenge", "answer": {"echo": "challenge"}},
    }
    usual = heard(mapping, {"name": "Ян"}).reply
    assert (usual.status, usual.body, dict(usual.headers)) == (
        201,
        "<ok/>",
        {"Content-Type": "application/xml"},
    )
    shake = heard(mapping, {"challenge": "c" * 9999})
    assert shake.events == ()
    assert shake.reply.body == "c" * 500
    assert dict(shake.reply.headers)["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"a": ', "application/json"),
        (b"name=x", "application/json"),
        (b"<a><b></a>", "text/xml"),
        (b'{"name": "\\u0000"}', "application/json"),
    ],
)
def test_f60_a_malformed_body_of_our_own_kind_is_refused(body: bytes, kind: str) -> None:
    """400 with one line, as contracts say of our own kinds."""
    request = HttpCall("POST", "", "", (("content-type", kind),), body)
    with pytest.raises(Refused) as refused:
        Custom().hear(request, account())
    assert refused.value.status == 400
    assert "\n" not in refused.value.reason


def test_a_mapping_may_stand_in_a_file_of_its_own() -> None:
    """`mapping = "file:crm.toml"` puts the file's text in."""
    assert parsed(
        'sender.phones = "tel"\nfields.town = "city"', {"tel": "89161234567", "city": "Уфа"}
    ).inquiry.fields == {"town": "Уфа"}
    ((setting, fault, _),) = check(account("sender.phones = "))
    assert setting == "mapping"
    assert "no TOML" in fault


FAULTS: list[tuple[object, str, str]] = [
    ({"sender": {"phons": "a"}}, "mapping.sender.phons", 'did you mean "phones"?'),
    ({"text": "a..b"}, "mapping.text", "write it like"),
    ({"text": 5}, "mapping.text", 'write "lead.phone"'),
    ({"text": {"as": "lower"}}, "mapping.text", 'write path = "..."'),
    ({"text": {"path": "a", "all": ["b"]}}, "mapping.text", "leave one"),
    ({"text": {"path": "a", "as": "uper"}}, "mapping.text.as", "use some of"),
    ({"text": {"path": "a", "as": "epoch"}}, "mapping.text.as", "take it away"),
    ({"text": {"path": "a", "table": ["b"]}}, "mapping.text.table", "write [account"),
    ({"text": {"path": "a", "zone": "Mars"}}, "mapping.text.zone", "Europe/Moscow"),
    ({"text": {"path": "a", "look_up": {"key": "b"}}}, "mapping.text.look_up", "write {items"),
    ({"text": "a", "kind": "letter"}, "mapping.kind", "use one of: call"),
    (
        {"call": {"status": {"path": "s", "table": {"x": "gone"}}}},
        "mapping.call.status",
        "use one of: answered",
    ),
    ({"attribution": {"campaign": "c"}}, "mapping.attribution.campaign", "use utm_*"),
    ({"answers": {"items": "a"}}, "mapping.answers", "write answers"),
    ({"text": "a", "ignore_when": {"equals": "b"}}, "mapping.ignore_when", "write path"),
    ({"text": "a", "ignore_when": [{"path": "b", "equal": "c"}]}, "mapping.ignore_when[0].equal", '"equals"'),
    ({"text": "a", "answer": {"status": 500}}, "mapping.answer.status", "200 to 299"),
    ({"text": "a", "sender": "b"}, "mapping.sender", "write [account.mapping.sender]"),
    ({"kind": "form"}, "mapping", "by_name"),
    ([], "mapping", "write [account.mapping]"),
]


@pytest.mark.parametrize(("mapping", "setting", "mend"), FAULTS, ids=lambda one: str(one)[:30])
def test_a_fault_is_told_with_its_place_and_its_mend(mapping: object, setting: str, mend: str) -> None:
    """Nothing wrong is passed over, and reading never stops at the first."""
    told = {place: words for place, _, words in check(account(mapping))}
    assert mend in told[setting]


def test_all_faults_are_told_at_once() -> None:
    """Of the mapping, of the check and of the fields."""
    one = account({"text": "a..b", "knd": "x"}, check={"by": "magic"}, fields={"fone": "a"})
    assert {place for place, _, _ in check(one)} == {"mapping.text", "mapping.knd", "check.by", "fields"}


def test_the_author_hears_what_found_nothing() -> None:
    """Rules, questions and subtrees; a rule that found something is not named."""
    mapping = {
        "sender": {"phones": "tel", "name": ["fio", "name"]},
        "fields": {"city": "town"},
        "answers": {"items": "quiz[*]", "name": "q", "value": "a"},
        "by_name": "person",
    }
    told = CHANNEL.explain
    assert told is not None
    assert list(
        told(call({"tel": "89161234567", "quiz": [{"q": "?", "answer": "!"}]}), account(mapping))
    ) == [
        "sender.name: nothing at fio, name",
        "fields.city: nothing at town",
        "answers.value: nothing at a of 1 items",
        "by_name: nothing at person",
    ]


def test_every_shipped_mapping_is_a_kind() -> None:
    """No file lies there unread; each needs its secret."""
    assert {path.stem for path in MAPPINGS.glob("*.toml")} == {channel.kind for channel in SHIPPED}
    assert all(channel.needs[0].required for channel in SHIPPED)
