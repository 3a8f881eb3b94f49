"""The row of the kind `telegram`: its webhook, what it needs, what can be wrong with its settings.

The format: https://core.telegram.org/bots/api#setwebhook
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.base import Channel, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    IGNORE,
    answered_with,
    begun,
    heard_object,
    lacking,
    policy_faults,
    read_object,
    taken_back,
    unreadable,
)
from channels.signing import same
from channels.telegram.message import told_by
from channels.telegram.update import DELETION, events_of, update_of, why_ignored
from intake.account import Account, Company
from intake.errors import Refused
from intake.inquiry import Outcome, Parsed, Raw

_HEADER = "x-telegram-bot-api-secret-token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{1,200}")
_OK = HttpReply(200, "ok")
"""Any 2xx will do; the text is no JSON, for a JSON answer would be taken for a call of a method."""


class Telegram:
    """A bot that clients write to. Its settings: `token`, `secret_token`, `polling`, `groups`, `api`, `proxy`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The header must bring the token that the webhook was set with. Raises Refused 401, 403."""
        given = call.header(_HEADER)
        if not given:
            raise Refused(401, "no X-Telegram-Bot-Api-Secret-Token: set the webhook with secret_token")
        if not same(given, account.option("secret_token")):
            raise Refused(403, "wrong secret token")

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """One update a call; `update_id` recognises it when it comes again. Raises Refused 405."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        return Heard(_OK, events_of(tree))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that a message is; what bots, channels, groups and Telegram itself say is ignored."""
        tree = read_object(raw.body)
        if DELETION in tree:
            return taken_back(begun(raw, account), None)
        update = update_of(tree)
        inquiry = told_by(update, begun(raw, account), company.region)
        if update.is_ours:
            return Parsed(Outcome.ANSWER, inquiry)
        reason = why_ignored(update, account.option("groups", IGNORE))
        return Parsed(Outcome.IGNORED if reason else Outcome.ACCEPTED, inquiry, reason)


def check(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of a bot's settings as (setting, fault, mend)."""
    faults = []
    polling = account.options.get("polling", False)
    if not isinstance(polling, bool):
        faults.append(("polling", "is neither true nor false", "write polling = true, without quotes"))
    elif not polling and not account.option("secret_token"):
        mend = 'write secret_token = "env:NAME", and set the webhook with it; or polling = true'
        faults.append(("secret_token", "is missing: anybody could send updates", mend))
    if account.option("token") and not _TOKEN.fullmatch(account.option("token")):
        faults.append(
            ("token", "is no bot's token", "copy it whole from @BotFather: digits, a colon, letters")
        )
    if account.option("secret_token") and not _SECRET.fullmatch(account.option("secret_token")):
        mend = "use 1 to 256 Latin letters, digits, _ and -"
        faults.append(("secret_token", "holds what Telegram does not allow", mend))
    return faults + policy_faults(account, "groups")


_TELEGRAM = Telegram()
CHANNEL = Channel(
    kind="telegram",
    title="Telegram",
    needs=(
        Need("token", True, "the bot's token from @BotFather", "токен бота от @BotFather"),
        Need(
            "secret_token",
            False,
            "what the webhook is set with, unless polling",
            "секрет вебхука, если не polling",
        ),
        Need(
            "polling",
            False,
            "true: ask Telegram, where no webhook can reach us",
            "true: опрашивать, если вебхук не дойдёт",
        ),
        Need("groups", False, "messages of groups: ignore or take", "сообщения групп: ignore или take"),
        Need("api", False, "another Bot API server", "другой сервер Bot API"),
        Need("proxy", False, "the way to Telegram, socks5://...", "путь к Telegram, socks5://..."),
    ),
    unanswerable=answered_with("token"),
    lacks=lacking("token"),
    parser=_TELEGRAM,
    webhook=_TELEGRAM,
    check=check,
)
