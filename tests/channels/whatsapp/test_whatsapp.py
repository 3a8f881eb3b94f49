"""`whatsapp`: the handshake, the signature over the raw bytes, several messages in one body."""

import json
from typing import Any

import pytest

from channels.base import HttpCall
from channels.signing import hmac_hex
from channels.whatsapp import CHANNEL
from intake.account import Account
from intake.errors import Refused

OPTIONS = {"token": "demo-token", "app_secret": "wa-secret-doc", "verify_token": "demo-word"}
ACCOUNT = Account("wa", "whatsapp", options=OPTIONS)


def signed(body: bytes, signature: str) -> HttpCall:
    return HttpCall("POST", "", "", (("x-hub-signature-256", signature),), body)


def asking(word: str) -> HttpCall:
    query = f"hub.mode=subscribe&hub.verify_token={word}&hub.challenge=1158201444"
    return HttpCall("GET", "", query, (), b"")


def body_of(*messages: dict[str, Any]) -> bytes:
    changes = [{"field": "messages", "value": {"messages": [one]}} for one in messages]
    return json.dumps({"entry": [{"changes": changes}]}).encode()


def test_the_challenge_goes_back_bare() -> None:
    """Meta asks whether the address is ours: status 200, the challenge alone, nothing stored."""
    assert CHANNEL.webhook
    CHANNEL.webhook.verify(asking("demo-word"), ACCOUNT)
    heard = CHANNEL.webhook.hear(asking("demo-word"), ACCOUNT)
    assert (heard.reply.status, heard.reply.body, heard.events) == (200, "1158201444", ())


@pytest.mark.parametrize("word", ["", "wrong"])
def test_f59_another_word_is_refused(word: str) -> None:
    """Whoever asks without our word gets 403."""
    assert CHANNEL.webhook
    for account in (ACCOUNT, Account("wa", "whatsapp")):
        with pytest.raises(Refused) as refused:
            CHANNEL.webhook.verify(asking(word), account)
        assert refused.value.status == 403


def test_the_signature_is_the_one_that_meta_writes() -> None:
    """HMAC-SHA256 of the raw body in hex, behind `sha256=`."""
    assert CHANNEL.webhook
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    vector = "sha256=c378d7cde00a9dac2dc25ab213f65be6cef9e3618f748b959ee8a44ba3403805"
    CHANNEL.webhook.verify(signed(body, vector), ACCOUNT)


def test_f59_a_body_changed_by_one_byte_is_refused() -> None:
    """At any place, and if only by a space."""
    assert CHANNEL.webhook
    body = body_of({"id": "wamid.1", "from": "79161234567"})
    signature = f"sha256={hmac_hex('wa-secret-doc', body)}"
    CHANNEL.webhook.verify(signed(body, signature), ACCOUNT)
    for place in range(len(body)):
        changed = bytes((*body[:place], body[place] ^ 1, *body[place + 1 :]))
        with pytest.raises(Refused):
            CHANNEL.webhook.verify(signed(changed, signature), ACCOUNT)
    with pytest.raises(Refused):
        CHANNEL.webhook.verify(signed(body + b" ", signature), ACCOUNT)


def test_each_message_of_a_body_is_an_event_with_its_own_id_and_part() -> None:
    """They are recognised apart when they come again in another body."""
    assert CHANNEL.webhook
    one, two = ({"id": f"wamid.{number}", "from": "79161234567", "type": "text"} for number in (1, 2))
    both = CHANNEL.webhook.hear(signed(body_of(one, two), ""), ACCOUNT).events
    assert [(event.external_id, event.part) for event in both] == [("wamid.1", 0), ("wamid.2", 1)]
    (alone,) = CHANNEL.webhook.hear(signed(body_of(two), ""), ACCOUNT).events
    assert (alone.external_id, alone.part) == ("wamid.2", 0)
