"""Asking MAX how a bot does: who it is, whether its subscription stands.

The format: https://dev.max.ru/docs-api/methods/GET/me, https://dev.max.ru/docs-api/methods/GET/subscriptions
"""

from __future__ import annotations

from urllib.parse import urlsplit

from channels.base import Condition, Undelivered
from channels.calling import lasting
from channels.max.ways import MaxApi
from channels.messages import children, ident, text_of
from intake.account import Account, Company


async def ask_bot(account: Account, company: Company) -> Condition:
    """`channels.base.Probe` for a bot."""
    api = MaxApi(account)
    try:
        bot = await api.ask("GET", "/me")
        told = await api.ask("GET", "/subscriptions")
    except Undelivered as refused:
        raise lasting(refused) from None
    finally:
        await api.caller.close()
    urls = [text_of(one, "url") for one in children(told.tree, "subscriptions")]
    name = text_of(bot.tree, "name") or text_of(bot.tree, "first_name") or ident(bot.tree, "username")
    return Condition(f"the token is of the bot «{name}»", _trouble(account, company, urls))


def _trouble(account: Account, company: Company, urls: list[str]) -> str:
    if account.options.get("polling") is True:
        return "a bot with a subscription cannot be polled: remove it (DELETE /subscriptions)" if urls else ""
    if any(f"/in/{account.id}" in urlsplit(url).path for url in urls):
        return ""
    return f"no subscription leads to {company.public_url or 'https://...'}/in/{account.id}: subscribe again"
