"""Builders: handshakes, what makes submissions equal, what is kept out, what is never invented."""

import json
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import pytest

from channels.base import Event, HttpCall, Webhook
from channels.catalogue import channels_by_kind
from channels.forms.elementor import read_elementor
from channels.forms.meta_leads import MetaLeads
from channels.forms.names import Role, meaning_of
from channels.forms.tilda import read_tilda
from intake.account import Account, Company
from intake.errors import Refused
from intake.inquiry import Inquiry, Outcome
from tests.channels.contract import raws_of

BUILDERS = (
    "tilda", "elementor", "marquiz", "flexbe", "cf7", "wpforms", "yandex-forms", "google-forms", "typeform",
    "google-ads", "meta-leads",
)  # fmt: skip
META = Account("m", "meta-leads", options={"app_secret": "demo_app_secret", "verify_token": "demo-word"})


def posted(fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> HttpCall:
    body = urlencode(fields if isinstance(fields, Mapping) else list(fields)).encode()
    return HttpCall("POST", "", "", (("content-type", "application/x-www-form-urlencoded"),), body)


def webhook_of(kind: str) -> Webhook:
    webhook = channels_by_kind()[kind].webhook
    assert webhook is not None
    return webhook


def parsed(kind: str, call: HttpCall) -> Inquiry:
    webhook, account = webhook_of(kind), Account(kind, kind)
    raw = raws_of(webhook.hear(call, account), call, account)[0]
    return webhook.parse(raw, account, Company()).inquiry


@pytest.mark.parametrize("kind", BUILDERS)
@pytest.mark.parametrize("body", [b'{"a": ', b"\xff\x00", b"[]", b"5"])
def test_f60_a_builder_gets_its_success_whatever_it_sent(kind: str, body: bytes) -> None:
    """It would repeat or give up: what cannot be read is kept for a human instead."""
    call = HttpCall("POST", "", "", (("content-type", "application/json"),), body)
    heard = webhook_of(kind).hear(call, Account(kind, kind))
    assert heard.reply.status == 200
    assert heard.events


@pytest.mark.parametrize("kind", BUILDERS)
def test_f59_a_builder_without_its_secret_does_not_start(kind: str) -> None:
    """None of them is public by nature: each has a setting it cannot do without."""
    channel = channels_by_kind()[kind]
    assert not channel.public
    assert any(need.required for need in channel.needs)


def test_tilda_recognises_its_repetition_by_tranid() -> None:
    """Three deliveries of one lead are one event; equal content under another tranid is another lead."""
    one = {"Name": "Ян", "Phone": "89161234567", "tranid": "1:2"}
    keys = [read_tilda(posted({**one, "tranid": tranid})).external_id for tranid in ("1:2", "1:2", "1:3")]
    assert keys == ["1:2", "1:2", "1:3"]


@pytest.mark.parametrize("tranid", ["", "0", "null"])
def test_tilda_without_an_id_is_known_by_its_content(tranid: str) -> None:
    """A tranid that is none must not make two leads one."""
    read = read_tilda(posted({"Name": "Ян", "tranid": tranid}))
    assert read.external_id == ""
    assert read.content_key


def test_tilda_gives_up_the_source_and_no_private_cookie() -> None:
    """Of the visitor's cookies only utm and the ids of analytics are kept."""
    utm = "TILDAUTM=utm_source%3Dya%7C%7C%7Csecret%3Dprivate%7C%7C%7C"
    cookies = f"session=private; {utm}; _ga=GA1.2.3; previousUrl=private"
    found = parsed("tilda", posted({"Phone": "89161234567", "COOKIES": cookies}))
    assert "private" not in repr(found)
    assert found.attribution.utm == {"utm_source": "ya"}
    assert found.fields == {"_ga": "GA1.2.3"}


@pytest.mark.parametrize(
    "cookies", ["TILDAUTM=", "TILDAUTM", ";;;", "TILDAUTM=%zz%7C%7C%7C=%7C%7C%7C", "=;=", "%"]
)
def test_tilda_cookies_in_pieces_are_no_fault(cookies: str) -> None:
    """A cut cookie costs the source, never the lead."""
    assert parsed("tilda", posted({"Phone": "89161234567", "COOKIES": cookies})).sender.phones == (
        "+79161234567",
    )


def test_tilda_tries_the_address_and_is_answered_ok() -> None:
    """`test=test` makes no lead, with other fields beside it too; a lead with a field called test is one."""
    webhook, account = webhook_of("tilda"), Account("t", "tilda")
    for fields in ({"test": "test"}, {"test": "test", "api": "x"}):
        heard = webhook.hear(posted(fields), account)
        assert (heard.reply.status, heard.reply.body, heard.events) == (200, "ok", ())
    assert webhook.hear(posted({"test": "test", "tranid": "1:2"}), account).events


def test_f48_elementor_knows_a_double_click_at_another_minute() -> None:
    """What Elementor notes of the visit is no part of the content."""
    first, second = (
        read_elementor(posted({"Phone": "89161234567", "Time": time, "Date": "22.11.2026", "form_id": "a"}))
        for time in ("13:05", "13:06")
    )
    assert first.content_key == second.content_key
    other = read_elementor(posted({"Phone": "89161234568", "Time": "13:05", "form_id": "a"}))
    assert other.content_key != first.content_key


def test_elementor_types_tell_what_titles_do_not() -> None:
    """A telephone is one because its type says so; a password is nobody's business."""
    fields = [
        ("form[id]", "a"),
        *(
            (f"fields[f1][{key}]", value)
            for key, value in (("id", "f1"), ("type", "tel"), ("title", "Куда?"), ("value", "9161234567"))
        ),
        *(
            (f"fields[f2][{key}]", value)
            for key, value in (("id", "f2"), ("type", "password"), ("title", "Код"), ("value", "demo-pass"))
        ),
    ]
    found = parsed("elementor", posted(fields))
    assert found.sender.phones == ("+79161234567",)
    assert "demo-pass" not in repr(found)


def test_meta_echoes_the_challenge_to_who_knows_the_word() -> None:
    """The handshake is a GET with hub.* in its query."""
    meta = MetaLeads()
    good = HttpCall(
        "GET", "", "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=demo-word", (), b""
    )
    meta.verify(good, META)
    heard = meta.hear(good, META)
    assert (heard.reply.status, heard.reply.body, heard.events) == (200, "1158201444", ())
    for query in ("hub.challenge=1", "hub.challenge=1&hub.verify_token=wrong", "hub.verify_token="):
        with pytest.raises(Refused):
            meta.verify(HttpCall("GET", "", query, (), b""), META)


def test_meta_signs_as_its_documentation_says() -> None:
    """A worked example; an empty batch is kept and ignored, not answered with an error."""
    proof = "sha256=c47e939d68bb69e8107ac2b0bf5f0da451e2cd79844ddf07688c4371c9b4b974"
    call = HttpCall("POST", "", "", (("x-hub-signature-256", proof),), b'{"object":"page","entry":[]}')
    meta = MetaLeads()
    meta.verify(call, META)
    heard = meta.hear(call, META)
    assert heard.events == (Event(),)
    parsed_one = meta.parse(raws_of(heard, call, META)[0], META, Company())
    assert (parsed_one.outcome, parsed_one.reason) == (Outcome.IGNORED, "not_a_lead")


def test_meta_invents_no_contact() -> None:
    """A lead is its ids: neither a page's number nor a form's is a phone."""
    value = {
        "leadgen_id": "79161234567",
        "form_id": 79161234568,
        "page_id": "79161234569",
        "created_time": "soon",
    }
    body = json.dumps(
        {"object": "page", "entry": [{"changes": [{"field": "leadgen", "value": value}]}]}
    ).encode()
    call = HttpCall("POST", "", "", (), body)
    found = parsed("meta-leads", call)
    assert found.external_id == "79161234567"
    assert (found.sender.name, found.sender.phones, found.sender.emails) == ("", (), ())
    assert found.occurred_at is None


def test_utm_named_twice_is_one_tag() -> None:
    """`utm[utm_source]` and `utm[source]` are both utm_source."""
    for name in ("utm.utm_source", "utm.source", "data.utm.utm_source", "UTM_SOURCE"):
        meaning = meaning_of(name)
        assert meaning is not None
        assert (meaning.role, meaning.detail) == (Role.UTM, "utm_source")
