"""Asking Telegram how a bot does: who it is, where its updates go, how many wait, what went wrong with the last.

The format: https://core.telegram.org/bots/api#getme, https://core.telegram.org/bots/api#getwebhookinfo
"""

from __future__ import annotations

from urllib.parse import urlsplit

from channels.base import Condition
from channels.calling import Caller
from channels.messages import Node, child, ident, number, text_of
from channels.telegram.ways import API
from intake.account import Account, Company
from intake.clock import SystemClock
from intake.errors import LockedOut, Unavailable

_MEND = "copy the bot's token from @BotFather again"
_RECENT_S = 900


async def ask_bot(account: Account, company: Company) -> Condition:
    """`channels.base.Probe` for a bot."""
    caller = Caller(account, "Telegram", API)
    try:
        bot = await _ask(caller, account, "getMe")
        hook = await _ask(caller, account, "getWebhookInfo")
    finally:
        await caller.close()
    waiting = number(hook, "pending_update_count")
    name = ident(bot, "username") or text_of(bot, "first_name")
    trouble = _trouble(account, company, hook)
    return Condition(f"the token is @{name}'s, {waiting} updates wait there", trouble, waiting)


def _trouble(account: Account, company: Company, hook: Node) -> str:
    url = text_of(hook, "url")
    if account.options.get("polling") is True:
        return "a webhook is set, so the bot cannot be polled: call deleteWebhook" if url else ""
    if not url:
        return (
            f"no webhook is set: call setWebhook with {company.public_url or 'https://...'}/in/{account.id}"
        )
    if f"/in/{account.id}" not in urlsplit(url).path:
        return (
            f"its webhook leads elsewhere ({urlsplit(url).hostname}): call setWebhook with /in/{account.id}"
        )
    failed_at = number(hook, "last_error_date")
    if failed_at and SystemClock().now() / 1000 - failed_at < _RECENT_S:
        said = text_of(hook, "last_error_message")[:150]
        return f"Telegram could not bring an update: {said}"
    return ""


async def _ask(caller: Caller, account: Account, method: str) -> Node:
    answer = await caller.call("POST", f"/bot{account.option('token')}/{method}")
    if answer.status == 200 and answer.tree.get("ok") is True:
        return child(answer.tree, "result")
    said = text_of(answer.tree, "description")[:200]
    if answer.status in (401, 404):
        raise LockedOut(f"Telegram refuses the token ({said}): {_MEND}", after=60)
    raise Unavailable(f"Telegram answers {answer.status} ({said})", after=answer.after)
