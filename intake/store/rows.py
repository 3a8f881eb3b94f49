"""Rows of the ledger's tables to the words of the house and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Row

from intake.clock import Millis
from intake.deal import (
    Card,
    CardState,
    Client,
    ClientKind,
    Deal,
    DealState,
    Interaction,
    Person,
    Task,
    TaskState,
)
from intake.decision import Candidate, Decision, Identity, Reason
from intake.effect import Effect
from intake.inquiry import Attachment, Attribution, Call, Inquiry, Kind, Recipient, Sender, State

SEARCHED_TEXT = 200
"""So many first characters of an inquiry's text can be searched."""


def dumps(value: Any) -> str:
    """JSON text; a lone surrogate becomes "?"."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return orjson.dumps(_clean(value)).decode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(one) for one in value]
    return value


def plain(text: str) -> str:
    """A text that any database holds: without NUL and lone surrogates."""
    if text.isprintable():  # neither of the two is, and nearly every text is
        return text
    return text.replace("\0", "").encode(errors="replace").decode()


def inquiry_row(inquiry: Inquiry, decision: Decision) -> dict[str, Any]:
    """A row of `inquiry`. `body` has what has no column of its own."""
    return {
        "id": inquiry.id,
        "account": inquiry.account,
        "channel": inquiry.channel,
        "kind": inquiry.kind.value,
        "external_id": plain(inquiry.external_id),
        "received_at": inquiry.received_at,
        "state": decision.state.value,
        "state_reason": plain(decision.state_reason),
        "client_id": decision.client_id,
        "deal_id": decision.deal_id,
        "owner": decision.owner,
        "version": 1,
        "search": plain(_searched(inquiry)),
        "body": dumps(_inquiry_body(inquiry)),
        "decision": dumps(_decision_body(decision)),
    }


def _searched(inquiry: Inquiry) -> str:
    sender = inquiry.sender
    parts = [
        sender.name,
        *sender.phones,
        *sender.emails,
        *sender.handles.values(),
        sender.company,
        inquiry.subject,
    ]
    return " ".join([*parts, inquiry.text[:SEARCHED_TEXT]]).lower()


def _inquiry_body(inquiry: Inquiry) -> dict[str, Any]:
    sender, recipient, source = inquiry.sender, inquiry.recipient, inquiry.attribution
    body: dict[str, Any] = {
        "sender": {
            "name": sender.name,
            "phones": sender.phones,
            "extensions": sender.extensions,
            "emails": sender.emails,
            "handles": dict(sender.handles),
            "company": sender.company,
            "inn": sender.inn,
        },
        "text": inquiry.text,
    }
    optional = {
        "thread": inquiry.thread,
        "references": inquiry.references,
        "occurred_at": inquiry.occurred_at,
        "subject": inquiry.subject,
        "fields": dict(inquiry.fields),
        "service": inquiry.service,
        "authenticated": inquiry.authenticated,
        "history": inquiry.history,
    }
    body.update({name: value for name, value in optional.items() if value not in ("", (), {}, None, False)})
    if inquiry.authenticated is False:
        body["authenticated"] = False
    if recipient != Recipient():
        body["recipient"] = {
            "line": recipient.line,
            "extension": recipient.extension,
            "mailbox": recipient.mailbox,
        }
    if inquiry.attachments:
        body["attachments"] = [
            {"name": one.name, "type": one.type, "size": one.size, "stored": one.stored, "note": one.note}
            for one in inquiry.attachments
        ]
    if inquiry.call:
        body["call"] = asdict(inquiry.call)
    if source != Attribution():
        body["attribution"] = {
            "utm": dict(source.utm),
            "page_url": source.page_url,
            "referrer": source.referrer,
            "click_id": source.click_id,
        }
    return body


def inquiry_of(row: Row[Any]) -> tuple[Inquiry, Decision]:
    """The inquiry and the decision that a row of `inquiry` holds."""
    body: dict[str, Any] = orjson.loads(row.body)
    sender = body["sender"]
    inquiry = Inquiry(
        id=row.id,
        account=row.account,
        channel=row.channel,
        kind=Kind(row.kind),
        received_at=row.received_at,
        external_id=row.external_id,
        thread=body.get("thread", ""),
        references=tuple(body.get("references", ())),
        occurred_at=body.get("occurred_at"),
        sender=Sender(
            name=sender["name"],
            phones=tuple(sender["phones"]),
            extensions=tuple(sender["extensions"]),
            emails=tuple(sender["emails"]),
            handles=sender["handles"],
            company=sender["company"],
            inn=sender["inn"],
        ),
        recipient=Recipient(**body.get("recipient", {})),
        subject=body.get("subject", ""),
        text=body["text"],
        attachments=tuple(Attachment(**one) for one in body.get("attachments", ())),
        call=Call(**body["call"]) if "call" in body else None,
        attribution=Attribution(**body.get("attribution", {})),
        fields=body.get("fields", {}),
        service=body.get("service", ""),
        authenticated=body.get("authenticated"),
        history=body.get("history", False),
    )
    return inquiry, decision_of(row)


def naming_rows(inquiry: Inquiry, decision: Decision) -> list[dict[str, Any]]:
    """The rows of `naming`: other clients it may be from, files it brought."""
    keys = [f"client:{one.client_id}" for one in decision.candidates if one.client_id != decision.client_id]
    keys += [f"file:{one.stored}" for one in inquiry.attachments if one.stored]
    return [{"key": key, "inquiry_id": inquiry.id} for key in dict.fromkeys(keys)]


def _decision_body(decision: Decision) -> dict[str, Any]:
    body: dict[str, Any] = {"rules_version": decision.rules_version}
    if decision.identity:
        body["identity"] = decision.identity.value
    if decision.person_id:
        body["person_id"] = decision.person_id
    if decision.candidates:
        body["candidates"] = [(one.client_id, one.score) for one in decision.candidates]
    if decision.reasons:
        body["reasons"] = [(one.rule, one.evidence, one.weight) for one in decision.reasons]
    return body


def decision_of(row: Row[Any]) -> Decision:
    """The decision that a row of `inquiry` holds."""
    body: dict[str, Any] = orjson.loads(row.decision)
    identity = body.get("identity")
    return Decision(
        inquiry_id=row.id,
        state=State(row.state),
        state_reason=row.state_reason,
        identity=Identity(identity) if identity else None,
        client_id=row.client_id,
        person_id=body.get("person_id", ""),
        deal_id=row.deal_id,
        owner=row.owner,
        candidates=tuple(Candidate(*one) for one in body.get("candidates", ())),
        reasons=tuple(Reason(*one) for one in body.get("reasons", ())),
        rules_version=body.get("rules_version", ""),
    )


def client_row(client: Client) -> dict[str, Any]:
    """A row of `client`."""
    return {
        "id": client.id,
        "kind": client.kind.value,
        "name": plain(client.name),
        "inn": client.inn,
        "owner": client.owner,
        "outside_ids": "{}",
        "created_at": client.created_at,
        "merged_into": client.merged_into,
    }


def client_of(row: Row[Any]) -> Client:
    """The client of a row."""
    return Client(row.id, ClientKind(row.kind), row.name, row.inn, row.owner, row.created_at, row.merged_into)


def person_row(person: Person) -> dict[str, Any]:
    """A row of `person`."""
    return {"id": person.id, "client_id": person.client_id, "name": plain(person.name)}


def deal_row(deal: Deal) -> dict[str, Any]:
    """A row of `deal`."""
    return {
        "id": deal.id,
        "number": deal.number,
        "client_id": deal.client_id,
        "person_id": deal.person_id,
        "title": plain(deal.title),
        "pipeline": deal.pipeline,
        "stage": deal.stage,
        "state": deal.state.value,
        "owner": deal.owner,
        "amount": deal.amount,
        "service": plain(deal.service),
        "account": deal.account,
        "takes_inquiries": deal.takes_inquiries,
        "opened_at": deal.opened_at,
        "closed_at": deal.closed_at,
        "lost_reason": plain(deal.lost_reason),
        "first_answer_at": deal.first_answer_at,
    }


def deal_of(row: Row[Any]) -> Deal:
    """The deal of a row."""
    return Deal(
        id=row.id,
        number=row.number,
        client_id=row.client_id,
        person_id=row.person_id,
        title=row.title,
        pipeline=row.pipeline,
        owner=row.owner,
        stage=row.stage,
        state=DealState(row.state),
        amount=row.amount,
        service=row.service,
        account=row.account,
        takes_inquiries=row.takes_inquiries,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        lost_reason=row.lost_reason,
        first_answer_at=row.first_answer_at,
    )


def task_row(task: Task) -> dict[str, Any]:
    """A row of `task`."""
    return {
        "id": task.id,
        "deal_id": task.deal_id,
        "owner": task.owner,
        "kind": task.kind,
        "text": plain(task.text),
        "due_at": task.due_at,
        "state": task.state.value,
        "result": plain(task.result),
        "created_at": task.created_at,
    }


def task_of(row: Row[Any]) -> Task:
    """The task of a row."""
    return Task(
        row.id,
        row.deal_id,
        row.owner,
        row.kind,
        row.text,
        row.due_at,
        TaskState(row.state),
        row.result,
        row.created_at,
    )


def interaction_row(one: Interaction) -> dict[str, Any]:
    """A row of `interaction`."""
    return {
        "id": one.id,
        "deal_id": one.deal_id,
        "client_id": one.client_id,
        "inquiry_id": one.inquiry_id,
        "kind": one.kind,
        "direction": one.direction,
        "at": one.at,
        "text": plain(one.text),
        "actor": one.actor,
    }


def interaction_of(row: Row[Any]) -> Interaction:
    """The interaction of a row."""
    return Interaction(
        row.id,
        row.deal_id,
        row.client_id,
        row.inquiry_id,
        row.kind,
        row.direction,
        row.at,
        row.text,
        row.actor,
    )


def card_row(card: Card, now: Millis) -> dict[str, Any]:
    """A row of `card`."""
    return {
        "id": card.id,
        "manager": card.manager,
        "deal_id": card.deal_id,
        "client_id": card.client_id,
        "inquiry_ids": dumps(card.inquiry_ids),
        "state": card.state.value,
        "version": card.version,
        "created_at": card.created_at,
        "changed_at": now,
        "due_at": card.due_at,
        "sent_via": card.sent_via,
        "sent_at": card.sent_at,
        "taken_by": card.taken_by,
        "taken_at": card.taken_at,
        "alarm_at": card.alarm_at,
        "asked": dumps(card.asked),
    }


def card_of(row: Row[Any]) -> Card:
    """The card of a row, without the messages that show it."""
    return Card(
        id=row.id,
        manager=row.manager,
        deal_id=row.deal_id,
        client_id=row.client_id,
        inquiry_ids=tuple(orjson.loads(row.inquiry_ids)),
        state=CardState(row.state),
        version=row.version,
        created_at=row.created_at,
        due_at=row.due_at,
        sent_via=row.sent_via,
        sent_at=row.sent_at,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        alarm_at=row.alarm_at,
        asked=tuple(orjson.loads(row.asked)),
    )


def effect_row(one: Effect) -> dict[str, Any]:
    """A row of `effect`, waiting."""
    return {
        "key": one.key,
        "kind": one.kind.value,
        "target": one.target,
        "payload": dumps(dict(one.payload)),
        "state": "waiting",
        "attempts": 0,
        "created_at": one.created_at,
        "due_at": one.due_at or one.created_at,
        "lease_by": "",
        "done_at": None,
        "error": "",
    }
