"""Checks of a mapped webhook: where tokens and signatures stand, and that nothing else lets in."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from channels.base import HttpCall
from channels.catalogue import channels_by_kind
from channels.custom.custom import Custom, check
from intake.account import Account, Company
from intake.errors import Refused
from tests.channels.contract import raws_of

SECRET = "demo-secret"
BODY = b'{"auth": {"key": "demo-secret"}, "name": "X"}'


def account(told: Any) -> Account:
    return Account("a", "custom", secret=SECRET, options={"check": told})


def signed(algorithm: str) -> bytes:
    return hmac.new(SECRET.encode(), BODY, getattr(hashlib, algorithm)).digest()


GOOD: list[tuple[Any, HttpCall]] = [
    ({"header": "X-Token"}, HttpCall("POST", "", "", (("x-token", SECRET),), BODY)),
    (
        {"header": "Authorization", "prefix": "Bearer "},
        HttpCall("POST", "", "", (("authorization", f"Bearer {SECRET}"),), BODY),
    ),
    ({"query": "token"}, HttpCall("POST", "", f"token={SECRET}", (), BODY)),
    ({"field": "auth.key"}, HttpCall("POST", "", "", (), BODY)),
    (None, HttpCall("POST", SECRET, "", (), BODY)),
    (None, HttpCall("POST", "", "", (("x-lead-intake-key", SECRET),), BODY)),
    (
        {"by": "hmac", "header": "X-Sign"},
        HttpCall("POST", "", "", (("x-sign", signed("sha256").hex().upper()),), BODY),
    ),
    (
        {"by": "hmac", "header": "X-Sign", "algorithm": "sha1", "prefix": "sha1="},
        HttpCall("POST", "", "", (("x-sign", f"sha1={signed('sha1').hex()}"),), BODY),
    ),
    (
        {"by": "hmac", "header": "X-Sign", "algorithm": "sha512", "encoding": "base64"},
        HttpCall("POST", "", "", (("x-sign", base64.b64encode(signed("sha512")).decode()),), BODY),
    ),
]


@pytest.mark.parametrize(("told", "call"), GOOD, ids=lambda one: str(one)[:40])
def test_the_right_proof_lets_in(told: Any, call: HttpCall) -> None:
    """Token in a header, the query, a field or the address; HMAC in its spellings."""
    assert check(account(told)) == []
    Custom().verify(call, account(told))


@pytest.mark.parametrize(("told", "call"), GOOD, ids=lambda one: str(one)[:40])
def test_f59_without_the_secret_in_the_settings_nobody_enters(told: Any, call: HttpCall) -> None:
    """An empty secret equals nothing, an empty proof least of all."""
    bare = Account("a", "custom", options={"check": told})
    with pytest.raises(Refused):
        Custom().verify(call, bare)


@pytest.mark.parametrize(("told", "call"), [pair for pair in GOOD if pair[0] and "by" in pair[0]])
def test_f59_a_body_changed_by_one_byte_is_refused(told: Any, call: HttpCall) -> None:
    """The signature is over the raw bytes."""
    spoilt = HttpCall(call.method, call.path, call.query, call.headers, BODY.replace(b"X", b"Y"))
    with pytest.raises(Refused) as refused:
        Custom().verify(spoilt, account(told))
    assert refused.value.status == 403


def test_a_token_in_the_body_is_no_field_of_the_inquiry() -> None:
    """What proves the sender is shown to nobody."""
    custom, one = Custom(), account({"field": "auth.key"})
    call = HttpCall("POST", "", "", (), BODY)
    (raw,) = raws_of(custom.hear(call, one), call, one)
    assert SECRET not in repr(custom.parse(raw, one, Company()).inquiry)


@pytest.mark.parametrize(
    ("told", "setting"),
    [
        ({"by": "magic"}, "check.by"),
        ({"by": "hmac"}, "check"),
        ({"by": "hmac", "header": "x", "algorithm": "crc"}, "check.algorithm"),
        ({"by": "hmac", "header": "x", "encoding": "rot13"}, "check.encoding"),
        ({"header": "a", "query": "b"}, "check"),
        ({"header": ""}, "check.header"),
        ({"heder": "a"}, "check.heder"),
        ("token", "check"),
    ],
)
def test_a_check_that_cannot_work_is_told(told: Any, setting: str) -> None:
    """By `lead-intake check`, before anybody is let in by it."""
    assert setting in {place for place, _, _ in check(account(told))}


def test_typeform_signs_as_its_documentation_says() -> None:
    """A worked example: base64 behind sha256=, over the raw body."""
    body = b'{"event_id":"01","event_type":"form_response"}'
    proof = "sha256=1zt8x5xS/oLpcGlXephlj/HpSLa9JiOy7ggY7a4OgIE="
    webhook = channels_by_kind()["typeform"].webhook
    assert webhook is not None
    webhook.verify(
        HttpCall("POST", "", "", (("typeform-signature", proof),), body),
        Account("t", "typeform", secret="demo_typeform_secret"),
    )


def test_a_form_in_the_address_keeps_its_token_to_itself() -> None:
    """Some senders only know GET: what proves them is no field either."""
    custom, one = Custom(), account({"query": "token"})
    call = HttpCall("GET", "", f"name=Ivan&phone=89161234567&token={SECRET}", (), b"")
    custom.verify(call, one)
    (raw,) = raws_of(custom.hear(call, one), call, one)
    found = custom.parse(raw, one, Company()).inquiry
    assert (found.sender.name, found.sender.phones, found.fields) == ("Ivan", ("+79161234567",), {})
