"""The row of the kind `vk`: the Callback API's webhook, what it needs, what can be wrong with its settings."""

from __future__ import annotations

from collections.abc import Sequence

from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    IGNORE,
    TAKE,
    Node,
    answered_with,
    begun,
    heard_object,
    ident,
    lacking,
    policy_faults,
    polling_faults,
    read_object,
    unreadable,
)
from channels.signing import same
from channels.vk.event import About, VkEvent, event_of, external_id, group_of
from channels.vk.forms import of_lead_form, of_order
from channels.vk.message import told_by
from intake.account import Account, Company
from intake.errors import Refused, Unreadable
from intake.inquiry import Inquiry, Outcome, Parsed, Raw

_CONFIRMATION = "confirmation"
_OK = HttpReply(200, "ok")
"""Exactly these two letters; anything else counts as a failure, and `remove` as an order to forget us."""


class Vk:
    """A community. Its settings: `token`, `group_id`, `secret`, `confirmation`, `polling`, `webhook`, `groups`,
    `comments`, `orders`, `api`, `proxy`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The body's field `secret` must be ours, and its community. Raises Refused 401, 403.

        The confirmation may come before a secret is set there; it stores nothing and its answer is no secret.
        """
        try:
            tree = read_object(call.body)
        except Unreadable:
            raise Refused(403, "no secret can be read in this body") from None
        ours, theirs = group_id(account), ident(tree, "group_id")
        if ours and theirs and ours != theirs:
            raise Refused(403, "another community's event")
        given = tree.get("secret")
        if given in (None, "") and tree.get("type") == _CONFIRMATION:
            return
        if given in (None, ""):
            raise Refused(401, "no secret: set the secret key in the community's Callback API settings")
        if not isinstance(given, str) or not same(given, account.secret):
            raise Refused(403, "wrong secret")

    def hear(self, call: HttpCall, account: Account) -> Heard:
        """One event a call; `event_id` recognises it when it comes again. Raises Refused 405."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        if tree.get("type") == _CONFIRMATION:
            return Heard(HttpReply(200, account.option("confirmation")), reason="handshake")
        event = event_of(tree)
        if event.about is About.PASSING:
            return Heard(_OK, reason="service")
        return Heard(_OK, (Event(external_id(tree, event), group_of(event)),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that an event is; the community's own messages are answers."""
        event, inquiry = event_of(read_object(raw.body)), begun(raw, account)
        match event.about:
            case About.LEAD_FORM:
                return Parsed(Outcome.ACCEPTED, of_lead_form(event.told, inquiry, company.region))
            case About.ORDER:
                return _by_policy(account, "orders", of_order(event.told, inquiry, company.region))
            case About.MESSAGE | About.COMMENT if event.told:
                return _conversation(event, inquiry, account)
        return Parsed(Outcome.IGNORED, inquiry, "service")


def _conversation(event: VkEvent, inquiry: Inquiry, account: Account) -> Parsed:
    """A message or a comment: answer, ignored or inquiry."""
    inquiry = told_by(event, inquiry)
    if event.is_ours:
        return Parsed(Outcome.ANSWER, inquiry)
    if event.author.startswith("-"):
        return Parsed(Outcome.IGNORED, inquiry, "bot")  # another community, or its robot
    if "action" in event.told:
        return Parsed(Outcome.IGNORED, inquiry, "service")
    if event.about is About.COMMENT:
        return _by_policy(account, "comments", inquiry)
    if event.is_chat and account.option("groups", IGNORE) != TAKE:
        return Parsed(Outcome.IGNORED, inquiry, "group")
    return Parsed(Outcome.ACCEPTED, inquiry)


def _by_policy(account: Account, setting: str, inquiry: Inquiry) -> Parsed:
    """What the community sends at all was ticked in its settings: it is taken unless the account says otherwise."""
    if account.option(setting, TAKE) == IGNORE:
        return Parsed(Outcome.IGNORED, inquiry, setting)
    return Parsed(Outcome.ACCEPTED, inquiry)


def group_id(account: Account) -> str:
    """The community's number; people write it with quotes and without."""
    told: Node = {"group_id": account.options.get("group_id")}
    return ident(told, "group_id")


def check(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of a community's settings as (setting, fault, mend)."""
    faults = []
    if group_id(account) and not group_id(account).isdigit():
        mend = "write the number alone, as in the address vk.com/club123: 123"
        faults.append(("group_id", "is no community's number", mend))
    faults += polling_faults(account, "secret", "confirmation")
    return faults + policy_faults(account, "groups", "comments", "orders")


_VK = Vk()
CHANNEL = Channel(
    kind="vk",
    title="VK",
    needs=(
        Need("token", True, "the community's access key", "ключ доступа сообщества"),
        Need("group_id", True, "the community's number", "номер сообщества"),
        Need(
            "secret",
            False,
            "the Callback API's secret key, unless polling",
            "секретный ключ Callback API, если не polling",
        ),
        Need(
            "confirmation",
            False,
            "the string the server must answer",
            "строка, которую должен вернуть сервер",
        ),
        Need(
            "polling",
            False,
            "true: ask VK, where no server of ours is reached",
            "true: опрашивать, если сервер не достать",
        ),
        Need(
            "webhook",
            False,
            "our address: whether VK still calls it is watched",
            "наш адрес: следить, зовёт ли его VK",
        ),
        Need("groups", False, "messages of chats: ignore or take", "сообщения бесед: ignore или take"),
        Need("comments", False, "comments: take or ignore", "комментарии: take или ignore"),
        Need("orders", False, "orders of the shop: take or ignore", "заказы магазина: take или ignore"),
        Need("api", False, "another address of the API", "другой адрес API"),
        Need("proxy", False, "the way to VK, socks5://...", "путь к VK, socks5://..."),
    ),
    unanswerable=answered_with("token"),
    lacks=lacking("token", name=True),
    parser=_VK,
    webhook=_VK,
    check=check,
    proof_in_body="secret",
)
