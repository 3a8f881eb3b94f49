"""Asking VK how a community does: whether the key is good, whether its callback server is ours and in order.

The format: https://dev.vk.com/ru/method/groups.getCallbackServers
"""

from __future__ import annotations

from urllib.parse import urlsplit

from channels.base import Condition, Undelivered
from channels.calling import lasting
from channels.messages import Node, child, children, ident, text_of
from channels.signing import same
from channels.vk.ways import VkApi
from intake.account import Account, Company

_STATES = {
    "unconfigured": "its callback server is not confirmed yet: press «confirm» in the community's settings",
    "wait": "VK waits for the confirmation of its callback server: press «confirm» in the community's settings",
    "failed": "VK has switched its callback server off after errors: confirm it again in the community's settings",
}


async def ask_community(account: Account, company: Company) -> Condition:
    """`channels.base.Probe` for a community."""
    api, group = VkApi(account), account.option("group_id")
    try:
        told = await api.ask("groups.getById", group_id=group)
        found = children(told, "response") or children(child(told, "response"), "groups")
        name = text_of(found[0], "name") if found else group
        trouble = "" if account.options.get("polling") is True else await _trouble(api, account, company)
    except Undelivered as refused:
        raise lasting(refused) from None
    finally:
        await api.caller.close()
    return Condition(f"the key is of the community «{name}»", trouble)


async def _trouble(api: VkApi, account: Account, company: Company) -> str:
    group = account.option("group_id")
    told = await api.ask("groups.getCallbackServers", group_id=group)
    ours = [one for one in children(child(told, "response"), "items") if _is_ours(one, account)]
    if not ours:
        return f"no callback server leads to {company.public_url or 'https://...'}/in/{account.id}: add one"
    server = ours[0]
    if wrong := _STATES.get(text_of(server, "status")):
        return wrong
    if not same(text_of(server, "secret_key"), account.secret):
        return "its callback server has another secret key than the settings: make them equal"
    code = await api.ask("groups.getCallbackConfirmationCode", group_id=group)
    if text_of(child(code, "response"), "code") != account.option("confirmation"):
        return "the confirmation string has changed: write the new one into the settings"
    return ""


def _is_ours(server: Node, account: Account) -> bool:
    path = urlsplit(text_of(server, "url") or ident(server, "url")).path
    return f"/in/{account.id}" in path
