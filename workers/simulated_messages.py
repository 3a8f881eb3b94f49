"""The same visitors as they write in messengers: (headers, body) for `simulate`, and the proof each provider adds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from intake.account import Account

Told = tuple[dict[str, str], bytes]
"""Headers and body."""

_STARTED_S = 1_790_000_000
_JSON = {"Content-Type": "application/json"}


def telegram(fields: Mapping[str, str], number: int) -> Told:
    """A private message to a bot; now and then with the writer's own contact."""
    user = {"id": _person(fields), "is_bot": False, "first_name": fields["name"]}
    told: dict[str, Any] = {
        "message_id": number + 1,
        "from": user,
        "chat": {"id": user["id"], "type": "private", "first_name": fields["name"]},
        "date": _STARTED_S + number,
        "text": fields["message"],
    }
    if number % 5 == 4:
        digits = "7" + _digits(fields)
        told["contact"] = {"phone_number": digits, "first_name": fields["name"], "user_id": user["id"]}
    return _written({"update_id": _unique(fields, number), "message": told})


def vk(fields: Mapping[str, str], number: int) -> Told:
    """A message to a community."""
    told = {
        "id": number + 1,
        "date": _STARTED_S + number,
        "peer_id": _person(fields),
        "from_id": _person(fields),
        "text": fields["message"],
        "out": 0,
        "conversation_message_id": number + 1,
        "attachments": [],
    }
    event = {"type": "message_new", "object": {"message": told}, "v": "5.199"}
    return _written({**event, "event_id": f"{_unique(fields, number):x}"})


def max_messenger(fields: Mapping[str, str], number: int) -> Told:
    """A message to a bot of MAX."""
    at = (_STARTED_S + number) * 1000
    told = {
        "sender": {"user_id": _person(fields), "first_name": fields["name"], "is_bot": False},
        "recipient": {"chat_id": _person(fields) + 1, "chat_type": "dialog"},
        "timestamp": at,
        "body": {"mid": f"mid.{_unique(fields, number):x}", "seq": number, "text": fields["message"]},
    }
    return _written({"update_type": "message_created", "timestamp": at, "message": told, "user_locale": "ru"})


def wazzup(fields: Mapping[str, str], number: int) -> Told:
    """A WhatsApp message through Wazzup24."""
    told = {
        "messageId": f"{_unique(fields, number):x}",
        "channelId": "simulated",
        "chatType": "whatsapp",
        "chatId": "7" + _digits(fields),
        "dateTime": datetime.fromtimestamp(_STARTED_S + number, UTC).isoformat(),
        "type": "text",
        "status": "inbound",
        "isEcho": False,
        "text": fields["message"],
        "contact": {"name": fields["name"]},
    }
    return _written({"messages": [told]})


def vk_seal(account: Account, body: bytes) -> bytes:
    """The event with the community's number and secret in it."""
    ours = {"secret": account.secret, "group_id": account.options.get("group_id")}
    return json.dumps({**json.loads(body), **ours}, ensure_ascii=False).encode()


def message_proof(account: Account) -> dict[str, str]:
    """The headers that messengers prove themselves with, taken from the account's own settings."""
    match account.kind:
        case "telegram":
            return {"X-Telegram-Bot-Api-Secret-Token": account.option("secret_token")}
        case "max":
            return {"X-Max-Bot-Api-Secret": account.secret}
        case "wazzup" if account.option("crm_key"):
            return {"Authorization": f"Bearer {account.option('crm_key')}"}
    return {}


def _written(tree: Mapping[str, Any]) -> Told:
    return dict(_JSON), json.dumps(tree, ensure_ascii=False).encode()


def _digits(fields: Mapping[str, str]) -> str:
    return "".join(filter(str.isdigit, fields["phone"]))[-10:]


def _person(fields: Mapping[str, str]) -> int:
    """The writer's id in a messenger: the same whenever they come again, below those of VK's chats."""
    return int(_digits(fields)[-9:])


def _unique(fields: Mapping[str, str], number: int) -> int:
    told = f"{number}\n{fields['phone']}\n{fields['message']}".encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=6).digest(), "big")
