"""`pact`: Pact.im, messengers of all sorts.

The format: https://pact-im.github.io/api-doc/#webhooks
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from channels.aggregators.messengers import Correspondent, linked_file, messenger_of
from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    IGNORE,
    TAKE,
    Node,
    SentFile,
    at_iso,
    attached,
    begun,
    child,
    children,
    file_of,
    filled,
    heard_object,
    ident,
    lacking,
    name_of,
    policy_faults,
    read_object,
    text_of,
    unreadable,
)
from channels.signing import require_key
from intake.account import Account, Company
from intake.inquiry import Inquiry, Outcome, Parsed, Raw

_OK = HttpReply(200, "ok")


class Pact:
    """A Pact company. Its settings: `secret`, `groups`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The address must end with our secret. Raises Refused 401, 403."""
        require_key(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """One event a call; trials and reports on what we sent are answered and forgotten."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        if ident(tree, "operation") == "test":
            return Heard(_OK, reason="handshake")
        told = _told(tree)
        if _is_message(tree) and ident(tree, "event") == "update" and told.get("income") is False:
            return Heard(_OK, reason="status")
        key = ident(told, "id", "external_id")
        about = f"{ident(tree, 'type')}:{key}:{ident(told, 'last_updated_at', 'updated_at')}"
        if not _is_message(tree):
            return Heard(_OK, (Event(about if key else ""),))
        again = (
            "" if ident(tree, "event") in ("create", "new", "") else f":{ident(tree, 'event')}:{_said(told)}"
        )
        return Heard(_OK, (Event(f"{key}{again}" if key else "", f"message:{key}" if key else ""),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that a client's message is; what we wrote is an answer."""
        tree, inquiry = read_object(raw.body), begun(raw, account)
        told = _told(tree)
        if not _is_message(tree) or not isinstance(told.get("income"), bool) or told.get("deleted") is True:
            return Parsed(Outcome.IGNORED, inquiry, "service")
        inquiry = _told_by(told, inquiry, company.region)
        if told["income"] is False:
            return Parsed(Outcome.ANSWER, inquiry)
        if child(told, "conversation").get("group") is True and account.option("groups", IGNORE) != TAKE:
            return Parsed(Outcome.IGNORED, inquiry, "group")
        return Parsed(Outcome.ACCEPTED, inquiry)


def _told(tree: Node) -> Node:
    """What is told of; the first version of the format may bring the message bare."""
    return child(tree, "object") or child(tree, "data") or child(tree, "message") or tree


def _is_message(tree: Node) -> bool:
    return ident(tree, "type") == "message" or "income" in _told(tree)


def _said(told: Node) -> str:
    return ident(told, "updated_at") or str(len(text_of(told, "message")))


def _told_by(told: Node, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with all that a message tells."""
    dialog, contact = child(told, "conversation"), child(told, "contact")
    messenger = messenger_of(ident(dialog, "provider") or ident(told, "channel_type", "provider"))
    is_ours, is_group = told.get("income") is False, dialog.get("group") is True
    # of our own message the contact is one of us
    person = {} if is_ours else contact
    client = Correspondent(
        messenger or "pact",
        ident(person, "external_id") or ("" if is_group else ident(dialog, "sender_external_id")),
        name_of(text_of(person, "name") or ("" if is_group else text_of(dialog, "sender_name"))),
        ident(person, "phone") or ("" if is_group else ident(dialog, "sender_phone")),
    )
    thread = ident(told, "conversation_id") or ident(dialog, "id", "external_id")
    attachments, files = attached(_files(told))
    return replace(
        inquiry,
        thread=f"{thread}:{client.id}".rstrip(":") if is_group else thread,
        occurred_at=at_iso(told, "external_created_at") or at_iso(told, "created_at"),
        sender=client.sender(region),
        text=text_of(told, "message"),
        attachments=attachments,
        fields={
            **filled(
                message_id=ident(told, "external_id", "id"),
                channel_id=ident(told, "channel_id"),
                provider=ident(dialog, "provider") or ident(told, "channel_type", "provider"),
                reply_to=ident(told, "replied_to_id"),
            ),
            **files,
        },
    )


def _files(told: Node) -> Iterator[SentFile]:
    for one in children(told, "attachments"):
        url = text_of(one, "attachment_url") or text_of(one, "url")
        known = linked_file(url)
        size = {**one, "file_size": one.get("size")}
        yield file_of(size, url, known.name, known.type)


def check(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of an account's settings as (setting, fault, mend)."""
    return policy_faults(account, "groups")


_PACT = Pact()
CHANNEL = Channel(
    kind="pact",
    title="Pact.im",
    needs=(
        Need("secret", True, "what ends the webhook's address", "чем кончается адрес вебхука"),
        Need("groups", False, "messages of groups: ignore or take", "сообщения групп: ignore или take"),
    ),
    lacks=lacking(),
    parser=_PACT,
    webhook=_PACT,
    check=check,
)
