"""What the exchanges sign and ask: worked examples of the digests, handshakes, questions, the account's settings."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from channels.base import Caller, HttpCall, needs_by_name
from channels.catalogue import channels_by_kind
from channels.telephony.calls import check_calls
from channels.telephony.zadarma import signature
from intake.account import Account, Company
from intake.errors import Refused
from intake.inquiry import Outcome, Parsed
from tests.channels.contract import COMPANY, raws_of, samples, setup_of

FORM = (("content-type", "application/x-www-form-urlencoded"),)
TELEPHONY = (
    "mango", "uis", "zadarma", "megafon", "sipuni", "asterisk", "beeline", "rostelecom", "telphin", "binotel",
    "skorozvon", "calltouch", "roistat",
)  # fmt: skip
KEYED = ("uis", "sipuni", "beeline", "telphin", "binotel", "skorozvon", "calltouch", "roistat")


def posted(**fields: str) -> HttpCall:
    return HttpCall("POST", "", "", FORM, urlencode(fields).encode())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"event": "NOTIFY_START", "caller_id": "79161234567", "called_did": "74951234567",
             "call_start": "2024-01-15 12:30:00"},
            "NDI3NTAzYjZkZTA2ZTYzYjUwYzNkNjE1ZWFiNjU4ZjVkNjg5Y2NiMw==",
        ),
        (
            {"event": "NOTIFY_ANSWER", "caller_id": "79161234567", "destination": "101",
             "call_start": "2024-01-15 12:30:00"},
            "ZWE2MGQ4MjM1YWQ5Njc0MjQ4YThhMDFhYmViODhlNTdkMTczNzlkMg==",
        ),
        (
            {"event": "NOTIFY_OUT_START", "internal": "101", "destination": "79161234567",
             "call_start": "2024-01-15 12:40:00"},
            "NjU1Yjk2MWNmZTk1Nzc0NTBkYTg5YTEyNDI5ZGEzY2FkNDQ2ZjQxYg==",
        ),
        (
            {"event": "NOTIFY_RECORD", "pbx_call_id": "in_0123456789abcdef0123456789abcdef01234567",
             "call_id_with_rec": "1705311000.123456"},
            "ZmE3ODM4YjliYzE2Mjc3N2Q1YzdkYTAwNjE5MGJlMzNiN2M0YTA2ZQ==",
        ),
    ],
)  # fmt: skip
def test_f59_zadarma_signs_the_hex_text(fields: dict[str, str], expected: str) -> None:
    """Each event signs its own fields; what is put into base64 is the digest's hex text."""
    assert signature(posted(**fields), "demo_zadarma_secret") == expected


def test_f59_mango_signs_the_field_as_it_came() -> None:
    """The same data dumped anew, with spaces, has another signature; so has a body changed by one letter."""
    mango, setup = channels_by_kind()["mango"].webhook, setup_of("mango")
    call = next(
        one for one in samples(channels_by_kind()["mango"]) if one.path.stem == "call_appeared_ivr"
    ).call
    assert mango
    assert b"6d8426db60a5e3ed6422cedd005c6cee0b3f0b456e4873a440453366f36e9b93" in call.body
    mango.verify(call, setup.account)
    for body in (
        call.body.replace(b"%2C%22call_id", b"%2C+%22call_id"),
        call.body.replace(b"79161234567", b"79161234568"),
        call.body + b"&json=%7B%7D",
        call.body + b"&sign=0",
    ):
        with pytest.raises(Refused):
            mango.verify(replace(call, body=body), setup.account)


def test_f59_a_second_signature_or_token_opens_nothing() -> None:
    """A duplicated header or field that differs is refused, not chosen from."""
    zadarma, megafon = channels_by_kind()["zadarma"], channels_by_kind()["megafon"]
    call = next(samples(zadarma)).call
    assert zadarma.webhook
    with pytest.raises(Refused):
        zadarma.webhook.verify(
            replace(call, headers=(("signature", "x"), *call.headers)), setup_of("zadarma").account
        )
    call = next(samples(megafon)).call
    assert megafon.webhook
    with pytest.raises(Refused):
        megafon.webhook.verify(replace(call, body=b"crm_token=x&" + call.body), setup_of("megafon").account)


@pytest.mark.parametrize("kind", KEYED)
def test_f59_the_secret_may_end_the_address(kind: str) -> None:
    """An exchange that signs nothing is let in by the last segment of its address."""
    webhook, setup = channels_by_kind()[kind].webhook, setup_of(kind)
    assert webhook
    call = next(samples(channels_by_kind()[kind])).call
    webhook.verify(replace(call, path="demo-secret"), setup.account)
    with pytest.raises(Refused):
        webhook.verify(replace(call, path="demo-secret2"), setup.account)


@pytest.mark.parametrize("kind", TELEPHONY)
def test_f59_without_its_secret_an_account_does_not_start(kind: str) -> None:
    """Whatever the provider calls it, the check of the settings asks for it."""
    needs = needs_by_name(channels_by_kind()[kind])
    names = {"mango": ("vpbx_api_key", "vpbx_api_salt"), "megafon": ("crm_token",)}.get(kind, ("secret",))
    assert all(needs[name].required for name in names)


def test_zadarma_echoes_its_trial() -> None:
    """GET ?zd_echo= is answered with the same, unsigned, and is no event."""
    zadarma = channels_by_kind()["zadarma"].webhook
    assert zadarma
    call = HttpCall("GET", "", "zd_echo=a%2Bb1", (), b"")
    zadarma.verify(call, Account("z", "zadarma", "demo-secret"))
    heard = zadarma.hear(call, Account("z", "zadarma", "demo-secret"))
    assert (heard.reply.status, heard.reply.body, heard.events) == (200, "a+b1", ())


@pytest.mark.parametrize("kind", [kind for kind in TELEPHONY if kind != "asterisk"])
def test_a_bare_request_is_answered_with_success(kind: str) -> None:
    """Who tries the address gets what an event would get, and nothing is kept."""
    webhook, account = channels_by_kind()[kind].webhook, setup_of(kind).account
    assert webhook
    heard = webhook.hear(HttpCall("POST", "", "", (), b""), account)
    assert (heard.reply.status, heard.events) == (200, ())


def heard_as(kind: str, name: str, **options: object) -> Parsed:
    channel = channels_by_kind()[kind]
    account = replace(setup_of(kind).account, options={**setup_of(kind).account.options, **options})
    call = next(one.call for one in samples(channel) if one.path.stem == name)
    assert channel.webhook
    (raw,) = raws_of(channel.webhook.hear(call, account), call, account)
    return channel.parser.parse(raw, account, COMPANY)


def test_times_without_a_zone_are_the_accounts() -> None:
    """The account's zone reads local times; the company's where the account names none."""
    assert heard_as("zadarma", "start").inquiry.occurred_at == 1_705_311_000_000
    east = heard_as("zadarma", "start", timezone="Asia/Novosibirsk").inquiry.occurred_at
    assert east == 1_705_311_000_000 - 4 * 3_600_000
    # an epoch and a time with its zone are what they are
    assert heard_as("sipuni", "call", timezone="Asia/Novosibirsk").inquiry.occurred_at == 1_705_311_000_000
    assert (
        heard_as("megafon", "history_missed", timezone="Asia/Novosibirsk").inquiry.occurred_at
        == 1_705_311_000_000
    )


def test_a_short_talk_is_a_missed_call_when_the_account_says_so() -> None:
    """Below min_talk_s nobody really answered; until the call is over it is not known."""

    def status(name: str, least: int) -> str:
        call = heard_as("zadarma", name, min_talk_s=least).inquiry.call
        assert call
        return call.status

    assert status("end_answered", 42) == "answered"
    assert status("end_answered", 43) == "missed"
    assert status("answer", 43) == "ringing"
    assert status("answer", 0) == "answered"


def test_lines_that_are_not_for_sales_are_ignored() -> None:
    """A number of ours in ignore_lines, however it is written, rings nobody; the others do."""
    told = heard_as("mango", "summary_missed", ignore_lines=["8 (495) 123-45-67"])
    assert (told.outcome, told.reason) == (Outcome.IGNORED, "support")
    assert heard_as("mango", "summary_missed", ignore_lines=["+74951234568"]).outcome is Outcome.ACCEPTED


def test_the_settings_are_checked() -> None:
    """A zone that is none, a talk that is no number, lines that are no list: each with its mend."""
    wrong = Account("a", "uis", options={"timezone": "Moscow", "min_talk_s": "5", "ignore_lines": "+7495"})
    assert [setting for setting, _, _ in check_calls(wrong)] == ["timezone", "min_talk_s", "ignore_lines"]
    right = {"timezone": "Asia/Omsk", "min_talk_s": 5, "ignore_lines": ["+74951234567"]}
    assert not check_calls(Account("a", "uis", options=right))
    assert not check_calls(Account("a", "uis"))


@pytest.mark.parametrize(
    "shown", ["anonymous", "Anonymous", "unknown", "<unknown>", "private", "", "sip:anonymous@x"]
)
def test_f46_a_hidden_number_is_no_phone(shown: str) -> None:
    """What stands in place of a number is never a phone, a key or a name."""
    call = posted(event="NOTIFY_START", pbx_call_id="in_1", caller_id=shown, called_did="74951234567")
    zadarma, account = channels_by_kind()["zadarma"], setup_of("zadarma").account
    assert zadarma.webhook
    (raw,) = raws_of(zadarma.webhook.hear(call, account), call, account)
    inquiry = zadarma.parser.parse(raw, account, Company()).inquiry
    assert (inquiry.sender.phones, inquiry.sender.name) == ((), "")


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("79161234567", "+79161234567"),
        ("89161234567", "+79161234567"),
        ("tel:+79161234567", "+79161234567"),
        ("sip:79161234567@gw.example;user=phone", "+79161234567"),
        ("375291234567", "+375291234567"),
        ("996555123456", "+996555123456"),
        ("77011234567", "+77011234567"),
        ("9161234567", "+79161234567"),
    ],
)
def test_numbers_as_exchanges_write_them(written: str, phone: str) -> None:
    """National, international, SIP and tel: foreign numbers are not rewritten as Russian ones."""
    call = posted(event="NOTIFY_START", pbx_call_id="in_1", caller_id=written, called_did="74951234567")
    zadarma, account = channels_by_kind()["zadarma"], setup_of("zadarma").account
    assert zadarma.webhook
    (raw,) = raws_of(zadarma.webhook.hear(call, account), call, account)
    assert zadarma.parser.parse(raw, account, Company()).inquiry.sender.phones == (phone,)


def test_a_multipart_event_whose_boundary_is_declared_wrongly_is_read() -> None:
    """Some hosts' forms declare another boundary than they write."""
    parts = {
        "event": "NOTIFY_START",
        "pbx_call_id": "in_1",
        "caller_id": "79161234567",
        "called_did": "74951234567",
    }
    body = "".join(
        f'--real\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    headers = (("content-type", "multipart/form-data; boundary=declared"),)
    call = HttpCall("POST", "", "", headers, f"{body}--real--\r\n".encode())
    zadarma, account = channels_by_kind()["zadarma"], setup_of("zadarma").account
    assert zadarma.webhook
    (raw,) = raws_of(zadarma.webhook.hear(call, account), call, account)
    assert zadarma.parser.parse(raw, account, Company()).inquiry.sender.phones == ("+79161234567",)


@pytest.mark.parametrize(
    ("kind", "name", "asked", "told"),
    [
        ("megafon", "contact", "79161234567", '{"contact_name":"Иван","responsible":"101"}'),
        ("rostelecom", "number_question", "79161234567", '{"displayName":"Иван","PIN":"101"}'),
        (
            "binotel",
            "question",
            "+380971532839",
            '{"customerData":{"name":"Иван","assignedToEmployeeNumber":"101"}}',
        ),
    ],
)
def test_who_is_calling_and_whom_to_ring(kind: str, name: str, asked: str, told: str) -> None:
    """The exchange's question names the number; the answer is in its own words, an empty object for a stranger."""
    channel, account = channels_by_kind()[kind], setup_of(kind).account
    call = next(one.call for one in samples(channel) if one.path.stem == name)
    assert channel.webhook
    assert channel.introduce
    heard = channel.webhook.hear(call, account)
    assert (heard.question, heard.reply.body, heard.events) == (asked, "{}", ())
    assert channel.introduce(Caller("Иван", "101"), setup_of(kind).account).body == told


def test_no_exchange_is_counted_on_to_come_again() -> None:
    """None of them promises to repeat: the door may keep their events on its own disk."""
    assert not any(channels_by_kind()[kind].repeats for kind in TELEPHONY if kind != "asterisk")
