"""Every webhook kind: good, unsigned, wrongly signed, malformed, empty, oversized and repeated requests."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import Channel, HttpCall
from intake.account import Account
from intake.errors import Refused, Unreadable
from intake.inquiry import Parsed
from tests.channels.contract import COMPANY, WEBHOOKS, Sample, conclusion, raws_of, samples, setup_of

SAMPLES = list(samples())
all_samples = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
all_kinds = pytest.mark.parametrize("channel", WEBHOOKS, ids=lambda channel: channel.kind)

MALFORMED = {
    "empty": b"",
    "blank": b" \r\n",
    "broken_json": b'{"a": ',
    "a_number": b"42",
    "null": b"null",
    "a_list": b"[[],{},1]",
    "deep_list": b"[" * 1000 + b"]" * 1000,
    "deep_object": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "bottomless": b'{"a":' * 200_000,
    "nul": b"a\x00b=\x00&%00=%00",
    "many_fields": b"&".join(b"f%d=%d" % (one, one) for one in range(10_000)),
    "equal_signs": b"=" * 100_000 + b"&" * 999,
    "percent_signs": b"%" * 100_000 + b"=%u0418%zz%",
    "not_text": bytes(range(256)) * 40,
    "huge_number": b'{"a": ' + b"9" * 10_000 + b"}",
    "not_a_number": b'{"a": NaN, "b": Infinity, "c": 1e999}',
    "half_a_letter": b'{"a": "\\ud83d", "\\udc00": 1}',
    "confused_types": b'{"name": [[]], "phone": {"a": []}, "object": 5, "entry": "x", "type": {}, "message": [1]}',
    "big": b"a=" + b"b" * 3_000_000,
}
KINDS_OF_BODY = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=a",
    "text/plain",
    "",
)


def heard_and_parsed(channel: Channel, call: HttpCall, account: Account) -> list[Parsed]:
    """Through the door and the worker; a refusal or a burial is an empty list, any other error is a fault."""
    assert channel.webhook is not None
    try:
        channel.webhook.verify(call, account)
        heard = channel.webhook.hear(call, account)
        return [channel.parser.parse(raw, account, COMPANY) for raw in raws_of(heard, call, account)]
    except Unreadable:
        return []
    except Refused as error:
        refused = error
    assert 400 <= refused.status < 500
    assert "\n" not in refused.reason
    return []


@all_kinds
def test_a_kind_has_payloads(channel: Channel) -> None:
    """A kind that nobody can see in its own words is not done."""
    assert [sample for sample in SAMPLES if sample.channel is channel]


@all_samples
def test_a_good_request_becomes_what_is_expected(sample: Sample) -> None:
    """The payload goes in, the expected inquiry comes out."""
    webhook, setup = sample.channel.webhook, setup_of(sample.channel.kind)
    assert webhook is not None
    call = setup.signed(sample.call)
    webhook.verify(call, setup.account)
    heard = webhook.hear(call, setup.account)
    parsed = [
        sample.channel.parser.parse(raw, setup.account, COMPANY)
        for raw in raws_of(heard, call, setup.account)
    ]
    assert conclusion(heard, parsed) == sample.expected


@all_samples
def test_a_repeated_request_is_recognised(sample: Sample) -> None:
    """Hearing the same request twice names the same events: nothing depends on the hour or on chance."""
    webhook, account = sample.channel.webhook, setup_of(sample.channel.kind).account
    assert webhook is not None
    first, again = (webhook.hear(sample.call, account) for _ in range(2))
    assert first == again
    raws = raws_of(first, sample.call, account)
    parsed = [[sample.channel.parser.parse(raw, account, COMPANY) for raw in raws] for _ in range(2)]
    assert parsed[0] == parsed[1]


@all_samples
@pytest.mark.parametrize("proof", [None, "", "wrong", "0", "ПАРОЛЬ", "wrong" * 100, "\ud83d"])
def test_f59_without_the_right_proof_nobody_enters(sample: Sample, proof: str | None) -> None:
    """No, an empty or a wrong signature is refused with 401 or 403."""
    webhook, setup = sample.channel.webhook, setup_of(sample.channel.kind)
    assert webhook is not None
    with pytest.raises(Refused) as refused:
        webhook.verify(setup.spoilt(sample.call, proof), setup.account)
    assert refused.value.status in (401, 403)


@all_kinds
def test_f59_an_account_without_its_secret_lets_nobody_in(channel: Channel) -> None:
    """Where the proof is missing from the settings nothing passes, unless the kind is public by nature."""
    setup = setup_of(channel.kind)
    bare = replace(setup.account, secret="", options={})
    assert channel.webhook is not None
    call = setup.signed(next(samples(channel)).call)
    if channel.public:
        channel.webhook.verify(call, bare)
        return
    with pytest.raises(Refused):
        channel.webhook.verify(call, bare)


@all_kinds
@pytest.mark.parametrize("kind_of_body", KINDS_OF_BODY)
@pytest.mark.parametrize("name", MALFORMED)
def test_f60_a_malformed_body_is_refused_or_buried(channel: Channel, name: str, kind_of_body: str) -> None:
    """Whatever comes, the answer is a 4xx with one line, or an event that is parsed or buried; never a crash."""
    setup = setup_of(channel.kind)
    for method in ("POST", "GET"):
        call = HttpCall(method, "", "", (("content-type", kind_of_body),), MALFORMED[name])
        heard_and_parsed(channel, setup.signed(call), setup.account)


@all_samples
def test_f24_a_body_cut_anywhere_does_not_crash(sample: Sample) -> None:
    """Every beginning of a good body is refused, buried or parsed."""
    setup, call = setup_of(sample.channel.kind), sample.call
    for cut in range(0, len(call.body), max(1, len(call.body) // 40)):
        heard_and_parsed(sample.channel, setup.signed(replace(call, body=call.body[:cut])), setup.account)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_f60_a_body_with_foreign_bytes_in_it_does_not_crash(data: st.DataObject) -> None:
    """Good requests with pieces replaced by anything are refused, buried or parsed."""
    sample = data.draw(st.sampled_from(SAMPLES))
    setup, call = setup_of(sample.channel.kind), sample.call
    at = data.draw(st.integers(0, len(call.body)))
    until = data.draw(st.integers(at, min(len(call.body), at + 20)))
    foreign = data.draw(
        st.binary(max_size=8)
        | st.sampled_from([b"\x00", b"%00", b"\r\n", b'"', b"[", b"{", b"\xff", b"\\ud83d"])
    )
    body = call.body[:at] + foreign + call.body[until:]
    for parsed in heard_and_parsed(sample.channel, setup.signed(replace(call, body=body)), setup.account):
        assert "\0" not in json.dumps(parsed.inquiry.fields, ensure_ascii=False)
        parsed.inquiry.text.encode("utf-8")
