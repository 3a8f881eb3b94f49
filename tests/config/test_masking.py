"""Masking: what a log must not show, and what it must still show."""

from typing import Any

import pytest

from config.masking import Mask, mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call from +79161234567", "call from +7***4567"),
        ("8 (916) 123-45-67 rang", "8***4567 rang"),
        ("phone=89161234567", "phone=8***4567"),
        ('{"phone": "9161234567"}', '{"phone": "9***4567"}'),
        ("to ivan.petrov+x@mail.example.ru now", "to i***@mail.example.ru now"),
        (
            "https://bots.example/bot12345678:AAdemo-token-of-a-bot_123/sendMessage",
            "https://bots.example/bot***/sendMessage",
        ),
        ("Authorization: Bearer demo.bearer-word", "Authorization: ***"),
        ("sent with Bearer demo.bearer-word", "sent with Bearer ***"),
        ("POST /in/site/demo-secret?x=1", "POST /in/site/***?x=1"),
        ("POST /in/site?x=1", "POST /in/site?x=1"),
        ("redis://user:demo-word@queue:6379/0", "redis://***@queue:6379/0"),
        ("GET /x?access_token=demo-word&v=5", "GET /x?access_token=***&v=5"),
    ],
)
def test_f68_what_must_not_be_read_is_masked(text: str, masked: str) -> None:
    """Phones, e-mails, tokens, credentials, secret paths; enough stays to recognise one."""
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:00:00.123Z",
        "at 2026-11-22 10:00:00",
        "192.168.100.200:8080",
        "0123456789abcdefghij0123456789abcdef",
        "took 1234567 us",
        "sqlite:///srv/lead-intake.db",
        "http://127.0.0.1:8080/healthz",
        "id 9f86d081884c7d659a2f",
    ],
)
def test_what_says_nothing_of_a_person_stays(text: str) -> None:
    """Times, addresses of machines, ids and durations are not masked."""
    assert mask_text(text) == text


@pytest.mark.parametrize(
    "name",
    ["token", "X-Lead-Intake-Key", "api_key", "smtp_password", "Authorization", "Cookie", "vpbx_api_salt"],
)
def test_f68_a_value_with_a_secrets_name_is_hidden(name: str) -> None:
    """Whatever a field with a secret's name holds is not shown."""
    assert Mask().value({name: "anything"}) == {name: "***"}


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (b"+79161234567", "<12 bytes>"),
        ({"keyboard": "q"}, {"keyboard": "q"}),
        ({"n": 89161234567}, {"n": 89161234567}),
        (None, None),
        ({"token": ""}, {"token": ""}),
    ],
)
def test_values_keep_their_shape(value: Any, masked: Any) -> None:
    """Bytes are told by their number; numbers and empty values are what they are."""
    assert Mask().value(value) == masked
