"""The kind `form`: what its settings do, what makes posts equal, what is never invented."""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import Heard, HttpCall
from channels.forms.files import safe_name
from channels.forms.form import CHANNEL, Form, check
from intake.account import Account, Company
from intake.errors import Refused
from intake.inquiry import Outcome, Parsed
from tests.channels.contract import raws_of

FORM = Form()
PLAIN = Account("site", "form")
URLENCODED = "application/x-www-form-urlencoded"


def posted(body: bytes | Mapping[str, object], kind: str = URLENCODED, **headers: str) -> HttpCall:
    """A post; a mapping is urlencoded, or written as JSON."""
    if isinstance(body, Mapping):
        body = json.dumps(body).encode() if "json" in kind else urlencode(body).encode()
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpCall("POST", "", "", (("content-type", kind), *named), body)


def in_parts(fields: Mapping[str, str], boundary: str, file: bytes = b"") -> HttpCall:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
    return posted(body, f"multipart/form-data; boundary={boundary}")


def key(call: HttpCall, account: Account = PLAIN) -> str:
    (event,) = FORM.hear(call, account).events
    return event.external_id or event.content_key


def parsed(call: HttpCall, account: Account = PLAIN, company: Company | None = None) -> Parsed:
    (raw,) = raws_of(FORM.hear(call, account), call, account)
    return FORM.parse(raw, account, company or Company())


LEAD = {"name": "Иван", "phone": "89161234567"}


def test_f48_equal_content_has_one_key() -> None:
    """A double click is recognised whatever the browser changes around the content: boundary, encoding, tokens."""
    first = key(posted(LEAD))
    assert key(posted(LEAD, "application/json")) == first
    assert key(posted(dict(reversed(LEAD.items())))) == first
    assert key(posted(LEAD | {"_token": "a1", "g-recaptcha-response": "x", "timestamp": "1"})) == first
    assert key(posted(LEAD, user_agent="other")) == first
    assert key(in_parts(LEAD, "aaa", b"1")) == key(in_parts(LEAD, "bbb", b"1"))


def test_f48_other_content_has_another_key() -> None:
    """A letter, a file, a field or a name more is another request."""
    keys = [
        key(posted(LEAD)),
        key(posted(LEAD | {"name": "Иван П."})),
        key(posted(LEAD | {"message": ""})),
        key(posted({"name": "89161234567", "phone": "Иван"})),
        key(posted({"name": "Иван', 'phone", "phone": ""})),
        key(in_parts(LEAD, "aaa", b"1")),
        key(in_parts(LEAD, "aaa", b"2")),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("value", ["", "0", "null", "undefined", " - ", "x" * 500])
def test_an_id_that_is_none_does_not_join_strangers(value: str) -> None:
    """A sender's id that says nothing is no id: two visitors' posts stay two."""
    (event,) = FORM.hear(posted(LEAD | {"request_id": value}), PLAIN).events
    assert event.external_id == ""


def test_a_senders_own_id_recognises_a_redelivery() -> None:
    """With an id of the sender's, changed content is still the same request."""
    assert (
        key(posted(LEAD | {"request_id": "r-1"}))
        == key(posted({"request_id": "r-1", "name": "Иван!"}))
        == "r-1"
    )


def test_fields_of_the_account_come_before_the_table() -> None:
    """`fields` says what a site's own names mean, and what only looks like the visitor's."""
    account = Account(
        "site", "form", options={"fields": {"phone": ["my_field", "other[tel]"], "message": "Цвет"}}
    )
    body = {
        "phone": "8 800 555 35 35",
        "my_field": "89161234567",
        "other[tel]": "89161234568",
        "Цвет": "синий",
    }
    inquiry = parsed(posted(body), account).inquiry
    assert inquiry.sender.phones == ("+79161234567", "+79161234568")
    assert inquiry.fields == {"phone": "8 800 555 35 35"}
    assert inquiry.text == "синий"
    # another form of the same site, without the named field
    assert parsed(posted({"phone": "89161234569"}), account).inquiry.sender.phones == ("+79161234569",)


def test_our_own_number_is_not_the_visitors() -> None:
    """A form that sends the shop's own phone along makes no contact of it."""
    ours = Company(own_phones=frozenset(("+74951234567",)))
    inquiry = parsed(
        posted({"phone": "8 495 123-45-67", "comment": "звонил на 8 495 123-45-67"}), company=ours
    ).inquiry
    assert inquiry.sender.phones == ()
    assert "8 495 123-45-67" in inquiry.text


def test_numbers_are_read_in_the_companys_region() -> None:
    """A number without a country is the company's country's."""
    inquiry = parsed(posted({"phone": "029 123 45 67"}), company=Company(region="BY")).inquiry
    assert inquiry.sender.phones == ("+375291234567",)


@pytest.mark.parametrize(
    "body",
    [
        {"order_number": "89161234567"},
        {"Артикул": "79161234567"},
        {"sum": "1 000 000", "date": "22.11.2026 10:00"},
        {"inn": "7707083893", "ОГРН": "1027700132195"},
        {"comment": "нужно 2 ковра 3 на 4 к 22.11.2026, бюджет 1 500 000"},
        {"phone": "нет телефона"},
        {"phone": "111"},
        {"phone_type": "+7 916 123-45-67, рабочий"},
    ],
)
def test_no_phone_is_invented(body: Mapping[str, object]) -> None:
    """An order's number, a date, a sum, an ИНН are no phones."""
    assert parsed(posted(body)).inquiry.sender.phones == ()


def test_an_unreadable_contact_is_shown_to_a_human() -> None:
    """What could not be read as a phone or an address stays in the fields and in the text."""
    inquiry = parsed(posted({"phone": "8916 123", "email": "ivan(at)ya", "comment": "жду"})).inquiry
    assert inquiry.fields == {"phone": "8916 123", "email": "ivan(at)ya"}
    assert inquiry.text == "жду\nphone: 8916 123\nemail: ivan(at)ya"


def test_f60_fields_never_become_ours() -> None:
    """Names of our own columns are a visitor's text and nothing else."""
    told = {
        "owner_id": 7,
        "deal_id": "1",
        "status": "won",
        "__proto__": {"admin": 1},
        "account": "x",
        "history": True,
    }
    result = parsed(posted(told | LEAD, "application/json"))
    inquiry = result.inquiry
    assert (inquiry.account, inquiry.history, result.outcome) == ("site", False, Outcome.ACCEPTED)
    assert all(isinstance(value, str) for value in inquiry.fields.values())
    assert inquiry.fields["owner_id"] == "7"


def test_f60_a_file_is_what_was_sent_and_never_a_path() -> None:
    """JSON that pretends to be an upload is text; a real upload's name has no folders."""
    inquiry = parsed(
        posted({"files": [{"filepath": "/etc/passwd", "name": "x"}], **LEAD}, "application/json")
    ).inquiry
    assert inquiry.attachments == ()
    assert inquiry.fields["files.0.filepath"] == "/etc/passwd"


@pytest.mark.parametrize("query", ["a=%00", "a%00=1", "&".join(f"f{one}=1" for one in range(1001))])
def test_f60_the_address_is_checked_like_the_body(query: str) -> None:
    """What stands behind the question mark is no way around the limits."""
    with pytest.raises(Refused) as refused:
        FORM.hear(replace(posted(LEAD), query=query), PLAIN)
    assert refused.value.status == 400


def test_a_file_within_json_is_a_file() -> None:
    """A page's script sends a picture as a data address."""
    body = {**LEAD, "photo": "data:image/png;base64,aGVsbG8="}
    (one,) = parsed(posted(body, "application/json")).inquiry.attachments
    assert (one.name, one.type, one.size, one.content) == ("photo.png", "image/png", 5, b"hello")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\смета.pdf", "смета.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\r\nb\x00.txt", "ab.txt"),
        ("  ..  ", "file"),
        ("", "file"),
        ('<img src=x>".svg', "_img src=x__.svg"),
        ("x" * 300 + ".pdf", "x" * 109 + ".pdf"),
        ("." + "y" * 300, "y" * 120),
    ],
)
def test_file_names_are_made_harmless(name: str, safe: str) -> None:
    """No folders, no control or direction characters, not too long, never empty."""
    assert safe_name(name) == safe


def test_a_filled_honeypot_is_answered_and_kept() -> None:
    """A robot gets its success, and rings nobody."""
    account = Account("site", "form", options={"honeypot": "website"})
    assert FORM.hear(posted(LEAD | {"website": "x"}), account).reply.status == 200
    assert parsed(posted(LEAD | {"website": "x"}), account).reason == "spam"
    person = parsed(posted(LEAD | {"website": " "}), account)
    assert (person.outcome, person.inquiry.fields) == (Outcome.ACCEPTED, {})


def heard(call: HttpCall, **options: object) -> Heard:
    account = Account("site", "form", options=options)
    FORM.verify(call, account)
    return FORM.hear(call, account)


def test_only_browsers_showing_the_answer_are_redirected() -> None:
    """The thank-you page is for a form that the browser posts; scripts and servers get the receipt."""
    page = "https://example.ru/thanks"
    assert heard(posted(LEAD, accept="text/html,*/*"), thank_you=page).reply.status == 303
    assert heard(posted(LEAD, accept="*/*"), thank_you=page).reply.status == 200
    assert (
        heard(
            posted(LEAD, accept="text/html", x_requested_with="XMLHttpRequest"), thank_you=page
        ).reply.status
        == 200
    )
    assert heard(posted(LEAD, "application/json", accept="text/html"), thank_you=page).reply.status == 200


def test_origins_keep_foreign_pages_out() -> None:
    """Pages of other sites are refused; servers, which name no origin, are not pages."""
    ours = ["https://example.ru", "https://WWW.example.ru/"]
    for origin in ("https://example.ru", "https://www.example.ru"):
        assert heard(posted(LEAD, origin=origin), origins=ours).events
    assert heard(posted(LEAD), origins=ours).events
    for origin in ("https://evil.example", "null", "https://example.ru.evil.example", "http://example.ru"):
        with pytest.raises(Refused) as refused:
            heard(posted(LEAD, origin=origin), origins=ours)
        assert refused.value.status == 403
    assert ("Access-Control-Allow-Origin", "*") in heard(posted(LEAD, origin="null")).reply.headers


def test_a_builders_try_of_the_address_is_no_inquiry() -> None:
    """`test=test` is answered well and forgotten."""
    answer = heard(posted(b"test=test"))
    assert (answer.reply.status, answer.events) == (200, ())


def test_faults_of_settings_are_told_with_their_mend() -> None:
    """`check` finds every fault of an account at once."""
    bad = Account(
        "x",
        "form",
        options={"fields": {"colour": "a"}, "origins": "https://a.ru", "thank_you": "javascript:x"},
    )
    assert [fault[0] for fault in check(bad)] == ["fields", "origins", "thank_you"]
    assert check(Account("x", "form", options={"fields": [1], "origins": ["a.ru"]}))
    good = {
        "fields": {"phone": "a", "name": ["b"]},
        "origins": ["https://a.ru"],
        "thank_you": "https://a.ru/t",
    }
    assert check(Account("x", "form", options=good)) == []
    assert CHANNEL.check is check


WORD = st.text(max_size=30)


@given(
    st.dictionaries(
        WORD.filter(bool),
        WORD | st.lists(WORD, max_size=3) | st.dictionaries(WORD, WORD, max_size=3),
        min_size=1,
    )
)
@settings(deadline=None, max_examples=200)
def test_f60_no_visitor_breaks_the_form(body: dict[str, object]) -> None:
    """Whatever stands in the fields: an inquiry that every store can take, or a refusal in one line."""
    call = posted(json.dumps(body).encode(), "application/json")
    try:
        inquiry = parsed(call).inquiry
    except Refused:
        return
    for text in (
        inquiry.text,
        inquiry.sender.name,
        inquiry.subject,
        *inquiry.fields,
        *inquiry.fields.values(),
    ):
        text.encode("utf-8")
        assert "\0" not in text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60))
@settings(deadline=None, max_examples=200)
def test_nothing_a_visitor_wrote_is_lost(value: str) -> None:
    """Each value stands somewhere in the inquiry, in its own field or among the rest."""
    inquiry = parsed(posted({"comment": value, "Цвет": value, "colour": "x"})).inquiry
    assert inquiry.text == value.strip()
    assert inquiry.fields.get("Цвет", "") == value.strip() or inquiry.sender.phones or inquiry.sender.emails
