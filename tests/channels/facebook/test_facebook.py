"""`facebook`: the handshake, the policy for comments, edits."""

import json
from typing import Any

from channels.base import HttpCall
from channels.facebook import CHANNEL
from intake.account import Account, Company
from intake.inquiry import Outcome
from tests.channels.contract import raws_of

COMMENT = {"id": "1789", "text": "Сколько?", "from": {"id": "778"}, "media": {"id": "999"}}


def call_of(entry: dict[str, Any]) -> HttpCall:
    return HttpCall("POST", "", "", (), json.dumps({"object": "instagram", "entry": [entry]}).encode())


def test_the_challenge_goes_back_bare() -> None:
    """Meta asks whether the address is ours; nothing is stored."""
    assert CHANNEL.webhook
    account = Account("fb", "facebook", options={"app_secret": "demo-secret", "verify_token": "demo-word"})
    query = "hub.mode=subscribe&hub.verify_token=demo-word&hub.challenge=42"
    call = HttpCall("GET", "", query, (), b"")
    CHANNEL.webhook.verify(call, account)
    heard = CHANNEL.webhook.hear(call, account)
    assert (heard.reply.body, heard.events) == ("42", ())


def test_comments_are_taken_unless_the_account_says_otherwise() -> None:
    """What is subscribed to is wanted."""
    assert CHANNEL.webhook
    call = call_of({"id": "1234", "changes": [{"field": "comments", "value": COMMENT}]})
    for policy, outcome in (("take", Outcome.ACCEPTED), ("ignore", Outcome.IGNORED)):
        account = Account("fb", "facebook", options={"comments": policy})
        (raw,) = raws_of(CHANNEL.webhook.hear(call, account), call, account)
        assert CHANNEL.parser.parse(raw, account, Company()).outcome is outcome


def test_f49_an_edit_is_news_of_the_same_message() -> None:
    """It has an id of its own and the message's group."""
    assert CHANNEL.webhook
    sent = {"sender": {"id": "5"}, "message": {"mid": "m_1", "text": "а"}}
    edit = {"sender": {"id": "5"}, "message_edit": {"mid": "m_1", "text": "б", "num_edit": 1}}
    call = call_of({"id": "1234", "messaging": [sent, edit]})
    first, second = CHANNEL.webhook.hear(call, Account("fb", "facebook")).events
    assert first.group == second.group
    assert first.external_id != second.external_id


def test_an_account_without_its_secrets_is_a_fault() -> None:
    """Both are named, unless one secret stands for both."""
    assert CHANNEL.check
    bare = Account("fb", "facebook", options={"token": "demo"})
    assert [fault[0] for fault in CHANNEL.check(bare)] == ["app_secret", "verify_token"]
    assert not CHANNEL.check(Account("fb", "facebook", secret="demo-secret"))
