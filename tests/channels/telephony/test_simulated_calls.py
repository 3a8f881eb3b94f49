"""`simulate` speaks the exchanges' own words, proof included."""

import pytest

from channels.base import HttpCall
from channels.catalogue import channels_by_kind
from channels.signing import KEY_HEADER
from intake.account import Account
from intake.inquiry import Outcome
from tests.channels.contract import COMPANY, raws_of
from workers.simulation import PROOFS, SOURCES, Crowd, sealed


@pytest.mark.parametrize("kind", ["mango", "uis", "zadarma", "megafon", "sipuni"])
def test_every_simulated_call_is_let_in_and_understood(kind: str) -> None:
    """Signed as the exchange signs; each call its own; a third of them missed."""
    options = {"vpbx_api_key": "demo-key", "vpbx_api_salt": "demo-salt", "crm_token": "demo-token"}
    account, crowd = Account("ats", kind, "demo-secret", options=options), Crowd(1)
    channel, groups, statuses = channels_by_kind()[kind], set(), []
    assert channel.webhook
    for number in range(30):
        post = sealed(account, SOURCES[kind](crowd, number))
        proof = PROOFS[kind](account.secret, post.body) if kind in PROOFS else {KEY_HEADER: account.secret}
        headers = tuple((name.lower(), value) for name, value in {**post.headers, **proof}.items())
        call = HttpCall("POST", post.path, "", headers, post.body)
        channel.webhook.verify(call, account)
        (raw,) = raws_of(channel.webhook.hear(call, account), call, account)
        parsed = channel.parser.parse(raw, account, COMPANY)
        assert parsed.outcome is Outcome.ACCEPTED
        assert parsed.inquiry.sender.phones
        assert parsed.inquiry.call
        groups.add(raw.group)
        statuses.append(parsed.inquiry.call.status)
    assert len(groups) == 30
    assert (statuses.count("missed"), statuses.count("answered")) == (10, 20)
