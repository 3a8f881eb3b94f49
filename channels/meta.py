"""What Meta's webhooks share: the handshake, the signature, the entries of a body.

The format: https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

from channels.base import Heard, HttpCall, HttpReply
from channels.signing import hmac_hex, same
from intake.account import Account
from intake.errors import Refused

_HEADER = "x-hub-signature-256"
_LONGEST_CHALLENGE = 500


def verify_signed(call: HttpCall, account: Account) -> None:
    """The signature of the raw body, or the handshake's word, must be ours; `secret` may stand for both settings.

    Raises Refused 401, 403.
    """
    if call.method == "GET":
        asked = dict(call.query_pairs())
        if not same(asked.get("hub.verify_token", ""), account.option("verify_token") or account.secret):
            raise Refused(403, "wrong verify_token")
        return
    given, secret = call.header(_HEADER), account.option("app_secret") or account.secret
    if not given:
        raise Refused(401, "no X-Hub-Signature-256")
    if not secret or not same(given, f"sha256={hmac_hex(secret, call.body)}"):
        raise Refused(403, "wrong signature")


def handshake(call: HttpCall) -> Heard | None:
    """The answer to Meta's question whether this address is ours: its challenge, bare; None for another call."""
    if call.method != "GET":
        return None
    challenge = dict(call.query_pairs()).get("hub.challenge", "")
    return Heard(HttpReply(200, challenge[:_LONGEST_CHALLENGE]), reason="handshake")
