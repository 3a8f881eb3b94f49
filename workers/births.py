"""What is born of an inquiry: ids, keys of its conversation, client, person, deal, card rows. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

from intake.account import Account
from intake.calls import told
from intake.clock import Millis, letters
from intake.deal import Card, CardState, Client, ClientKind, Deal, Interaction, Person
from intake.inquiry import Inquiry, Kind

TITLE_LENGTH = 80
_TITLES = {Kind.FORM: "Form inquiry", Kind.MESSAGE: "Message", Kind.CALL: "Call", Kind.EMAIL: "Letter"}


def derived(what: str, base: str) -> str:
    """The id of something born of `base`: always the same, so that doing it again does nothing. It begins as `base`
    does, so that it sorts by time too: lists need no other index, and rows are added at the end of the tree."""
    return base[:10] + letters(blake2b(base.encode(), digest_size=26, person=what.encode()).digest())


def offered_id(inquiry_id: str) -> str:
    """The id of the card that offers an inquiry nobody has taken yet."""
    return f"o{inquiry_id}"


def feed_id(inquiry_id: str) -> str:
    """The id of an inquiry's interaction on its deal's feed."""
    return f"i{inquiry_id}"


def own_keys(inquiry: Inquiry) -> list[str]:
    """The keys that bind later messages of this conversation to its deal. A letter's id is its own everywhere;
    another channel's conversation is known within its account."""
    if inquiry.kind is Kind.EMAIL:
        return [f"email:{one}" for one in dict.fromkeys((inquiry.external_id, inquiry.thread)) if one]
    return [f"{inquiry.account}:{inquiry.thread}"] if inquiry.thread else []


def thread_keys(inquiry: Inquiry) -> list[str]:
    """The keys under which the inquiry's conversation may be known, the nearest first."""
    if inquiry.kind is Kind.EMAIL:
        nearest = (*reversed(inquiry.references), inquiry.thread, inquiry.external_id)
        return [f"email:{one}" for one in dict.fromkeys(nearest) if one]
    return own_keys(inquiry)


def new_client(inquiry: Inquiry, owner: str, now: Millis) -> Client:
    """The client an inquiry tells of: a company when it names one, else a person."""
    sender = inquiry.sender
    kind = ClientKind.COMPANY if sender.company or sender.inn else ClientKind.PERSON
    ident = derived("client", inquiry.id)
    return Client(ident, kind, sender.company or sender.name, sender.inn, owner, now)


def new_deal(
    inquiry: Inquiry,
    account: Account,
    person: Person,
    owner: str,
    number: int,
    now: Millis,
    say: Callable[[str], str],
    salt: str = "",
) -> Deal:
    """The deal an inquiry opens. `salt` tells a second deal of one inquiry from its first."""
    said = inquiry.service or inquiry.subject or " ".join(inquiry.text.split())
    return Deal(
        id=derived("deal", inquiry.id + salt),
        number=number,
        client_id=person.client_id,
        person_id=person.id,
        title=said[:TITLE_LENGTH] or say(_TITLES[inquiry.kind]),
        pipeline=account.pipeline,
        owner=owner,
        service=inquiry.service or account.service,
        account=account.id,
        opened_at=now,
    )


def interaction(inquiry: Inquiry, deal: Deal, direction: str = "in") -> Interaction:
    """The inquiry - or our answer - as the deal's feed shows it."""
    return Interaction(
        id=feed_id(inquiry.id),
        deal_id=deal.id,
        client_id=deal.client_id,
        inquiry_id=inquiry.id,
        kind=inquiry.kind.value,
        direction=direction,
        at=inquiry.occurred_at or inquiry.received_at,
        text=told(inquiry) if inquiry.call else inquiry.subject,
    )


def deal_card(deal: Deal, inquiry_id: str, now: Millis, salt: str = "") -> Card:
    """The card that shows a deal to its owner, without its promise. `salt` tells a later owner's from
    the first one's."""
    return Card(
        id=derived("card", deal.id + salt),
        manager=deal.owner,
        deal_id=deal.id,
        client_id=deal.client_id,
        inquiry_ids=(inquiry_id,),
        created_at=now,
    )


def reopened(card: Card, deal: Deal, inquiry_id: str, now: Millis) -> Card:
    """A closed card whose deal is open again, without its promise: the same message where it has the same owner."""
    if card.manager != deal.owner:
        return deal_card(deal, inquiry_id, now, salt=f":{deal.owner}:{card.version}")
    told = (inquiry_id,) if inquiry_id in card.inquiry_ids else (*card.inquiry_ids, inquiry_id)
    fresh = replace(card, state=CardState.NEW, version=card.version + 1, inquiry_ids=told)
    return replace(fresh, created_at=now, asked=(), taken_by="", taken_at=None)


def offer_card(inquiry_id: str, owner: str, client_id: str, now: Millis) -> Card:
    """The card that offers an inquiry, without its promise: nothing is born until somebody takes it."""
    return Card(
        id=offered_id(inquiry_id),
        manager=owner,
        deal_id="",
        client_id=client_id,
        inquiry_ids=(inquiry_id,),
        state=CardState.OFFERED,
        created_at=now,
    )
