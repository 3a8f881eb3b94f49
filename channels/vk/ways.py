"""VK, asked and told: names of those who write, answers to them, files at their addresses.

The format: https://dev.vk.com/ru/method/users.get, https://dev.vk.com/ru/method/messages.send
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from channels.base import BLOCKED, NO_ACCESS, FetchedFile, Reply, Undelivered, Unfetchable, Way
from channels.calling import Caller, refusal
from channels.guard import Bounds, Guard
from channels.messages import Node, child, children, ident, name_of, number, text_of
from intake.account import Account
from intake.errors import LeadIntakeError, Unavailable
from intake.inquiry import Inquiry

API = "https://api.vk.com"
VERSION = "5.199"
_MEND = "make a new access key in the community's settings (messages, manage)"
_NOT_ALLOWED = frozenset((7, 15, 900, 901, 902, 917, 983))
_OUR_TOKEN = frozenset((4, 5, 27, 28))
_WAITS: Mapping[int, float] = {1: 2.0, 6: 1.0, 9: 60.0, 10: 2.0, 29: 3600.0}
"""Seconds, by the error's code: https://dev.vk.com/ru/reference/errors"""


def way_of(account: Account, bounds: Bounds) -> Way:
    """What a community can be asked and told."""
    community = VkWay(account, bounds)
    return Way(replies=community, names=community, files=community, close=community.close)


class VkApi:
    """A community's methods."""

    def __init__(self, account: Account, timeout_s: float | None = None) -> None:
        self.caller = Caller(account, "VK", API, timeout_s)
        self._token = account.option("token")

    async def ask(self, method: str, **asked: str) -> Node:
        """The whole answer, its `response` within. Raises Undelivered, Unavailable, Unsure."""
        form = {**asked, "access_token": self._token, "v": VERSION}
        answer = await self.caller.call("POST", f"/method/{method}", form=form)
        if answer.status != 200 or "response" not in answer.tree:
            error = child(answer.tree, "error")
            raise _refusal(error) if error else refusal("VK", answer, "", _MEND)
        return answer.tree


class VkWay:
    """`channels.base.Replies`, `Names` and `Files` of a community."""

    repeatable = True
    at_once = 100

    def __init__(self, account: Account, bounds: Bounds) -> None:
        self._api = VkApi(account)
        self._guard = Guard((self._api.caller.api,), self._api.caller.proxy, bounds)

    async def close(self) -> None:
        """Close its connections."""
        await self._api.caller.close()

    async def send(self, reply: Reply) -> str:
        """As the protocol says: the random id is born of the key, so VK knows the message again for an hour."""
        digest = blake2b(reply.key.encode(), digest_size=4).digest()
        sent = await self._api.ask(
            "messages.send",
            peer_id=_peer(reply.inquiry),
            random_id=str(int.from_bytes(digest, "big") >> 1 or 1),
            message=reply.text,
        )
        return ident(sent, "response")

    async def names(self, inquiries: Sequence[Inquiry]) -> Mapping[str, str]:
        """As the protocol says; who left VK has no name."""
        wanted = {one.sender.handles["vk"]: one.id for one in inquiries if one.sender.handles.get("vk")}
        if not wanted:
            return {}
        try:
            told = await self._api.ask("users.get", user_ids=",".join(wanted))
        except Undelivered as refused:
            raise Unfetchable(str(refused)) from None
        named = {
            ident(one, "id"): name_of(text_of(one, "first_name"), text_of(one, "last_name"))
            for one in children(told, "response")
            if one.get("deactivated") != "deleted"
        }
        by_user = ((one.id, named.get(one.sender.handles.get("vk", ""), "")) for one in inquiries)
        return {inquiry_id: name for inquiry_id, name in by_user if name}

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:  # noqa: ARG002 - the address says it all
        """As the protocol says; `where` is an address. Videos have only an id: VK gives them to nobody."""
        if "://" not in where:
            raise Unfetchable("VK gives out no such files")
        return await self._guard.get(where)


def _peer(inquiry: Inquiry) -> str:
    """Where to write: the dialog, or, after a lead form, the client's own."""
    return inquiry.thread.partition(":")[0] or inquiry.sender.handles.get("vk", "")


def _refusal(error: Node) -> LeadIntakeError:
    code, said = number(error, "error_code"), text_of(error, "error_msg")[:200]
    if code in _NOT_ALLOWED:
        return Undelivered(f"the client has not allowed messages of the community ({said})", BLOCKED)
    if code in _OUR_TOKEN:
        return Undelivered(f"VK refuses our access key ({said}): {_MEND}", NO_ACCESS)
    if code in _WAITS:
        return Unavailable(f"VK asks to wait ({said})", after=_WAITS[code])
    return Undelivered(f"VK does not take it ({code} {said})")
