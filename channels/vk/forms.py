"""What a VK lead form or a shop's order says: there a name and a phone are told."""

from __future__ import annotations

from dataclasses import replace

from channels.messages import Node, at_seconds, child, children, filled, ident, name_of, text_of, typed_phones
from channels.vk.message import sender_of
from intake.contact import read_email
from intake.inquiry import Inquiry, Kind

_NAMES = ("first_name", "patronymic_name", "last_name")
_PHONES = ("phone_number", "phone")
_MAILS = ("email",)
_MOST_ANSWERS = 200


def of_lead_form(told: Node, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with what a lead form's answers tell; other questions are kept under their own words."""
    answers = {
        ident(one, "key", "question"): (_answer(one), text_of(one, "question"))
        for one in children(told, "answers")[:_MOST_ANSWERS]
    }
    phones = [phone for key in _PHONES if key in answers for phone in typed_phones(answers[key][0], region)]
    mails = [mail for key in _MAILS if key in answers and (mail := read_email(answers[key][0]))]
    read = {*_NAMES, *(_PHONES if phones else ()), *(_MAILS if mails else ())}
    others = {question or key: answer for key, (answer, question) in answers.items() if key not in read}
    known = {name: ident(told, name) for name in ("lead_id", "form_id", "form_name", "ad_id")}
    return replace(
        inquiry,
        kind=Kind.FORM,
        sender=replace(
            sender_of(ident(told, "user_id")),
            name=name_of(*(answers[key][0] for key in _NAMES if key in answers)),
            phones=tuple(dict.fromkeys(phones)),
            emails=tuple(mails),
        ),
        fields={name: value for name, value in ({**others, **known}).items() if value},
    )


def _answer(one: Node) -> str:
    """An answer as text; ticked boxes may come as a list."""
    value = one.get("answer")
    if isinstance(value, list):
        return ", ".join(part for part in value if isinstance(part, str))
    return text_of(one, "answer") or ident(one, "answer")


def of_order(told: Node, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with what an order in the community's shop tells."""
    recipient, total = child(told, "recipient"), child(told, "total_price")
    phone = ident(recipient, "phone")
    phones = typed_phones(phone, region)
    return replace(
        inquiry,
        kind=Kind.FORM,
        occurred_at=at_seconds(told, "date"),
        sender=replace(
            sender_of(ident(told, "user_id")), name=name_of(text_of(recipient, "name")), phones=phones
        ),
        text=text_of(told, "comment"),
        fields=filled(
            order_id=ident(told, "display_order_id", "id"),
            total=text_of(total, "text") or ident(total, "amount"),
            items=_items(told),
            address=text_of(child(told, "delivery"), "address"),
            phone="" if phones else phone,
        ),
    )


def _items(told: Node) -> str:
    lines = (
        " × ".join(part for part in (text_of(one, "title"), ident(one, "quantity")) if part)
        for one in children(told, "preview_order_items")
    )
    return "\n".join(filter(None, lines))[:10_000]
