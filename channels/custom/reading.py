"""A request understood by a mapping: its items, what recognises them, and the inquiries they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from types import MappingProxyType
from zoneinfo import ZoneInfo

import orjson

from channels.base import HttpCall
from channels.body import MOST_FIELDS, holds
from channels.custom.by_name import by_name
from channels.custom.paths import Path, Scene, find
from channels.custom.rules import Condition, Rules
from channels.custom.trees import Told
from channels.custom.values import Rule, moment, plain, seconds, text, texts
from channels.forms.names import Role, meaning_of
from channels.forms.posted import Pair, Posted, request_id
from channels.forms.source import attribution_of
from channels.forms.visitor import Visitor, read_visitor
from intake.account import Account, Company
from intake.errors import Unreadable
from intake.inquiry import Attribution, Call, Inquiry, Kind, Raw, Recipient

_LONGEST_ID = 200
_MOST_ITEMS = 500
_DIRECTIONS = frozenset(("in", "out", "internal"))
_STATUSES = frozenset(("ringing", "answered", "missed", "failed"))
_KINDS: Mapping[str, Kind] = MappingProxyType({kind.value: kind for kind in Kind})
_ROLES: Mapping[str, Role] = MappingProxyType({role.value: role for role in Role})
_BY_TARGET: Mapping[str, Role] = MappingProxyType(
    {
        "sender.name": Role.NAME,
        "sender.first_name": Role.FIRST,
        "sender.last_name": Role.LAST,
        "sender.middle_name": Role.MIDDLE,
        "sender.phones": Role.PHONE,
        "sender.emails": Role.EMAIL,
        "sender.contact": Role.CONTACT,
        "sender.company": Role.COMPANY,
        "sender.inn": Role.INN,
        "subject": Role.SUBJECT,
        "text": Role.MESSAGE,
        "service": Role.SERVICE,
        "attribution.page_url": Role.PAGE,
        "attribution.referrer": Role.REFERRER,
    }
)


def scenes(rules: Rules, told: Told, call: HttpCall) -> list[Scene]:
    """The items of a request: what `each` finds, else the whole. Raises Unreadable for too many."""
    whole = Scene(told.tree, told.tree, call)
    if rules.each is None:
        return [whole]
    found = find(rules.each, whole)
    if len(found) > _MOST_ITEMS:
        raise Unreadable(f"more than {_MOST_ITEMS} items in one request")
    return [whole.at(item) for item in found]


def holds_true(conditions: tuple[Condition, ...], scene: Scene) -> Condition | None:
    """The first condition that is met."""
    for one in conditions:
        found = [told for node in find(one.path, scene) for told in plain(node) if told]
        if one.missing:
            met = not found
        elif one.equals:
            met = any(told in one.equals for told in found)
        elif one.unlike:
            met = bool(found) and not any(told in one.unlike for told in found)
        else:
            met = bool(found)
        if met:
            return one
    return None


@dataclass(slots=True)
class Gathered:
    """The fields of one item before they are read as a visitor's: pairs, and what the mapping says of them."""

    pairs: list[Pair] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)


def gather(rules: Rules, scene: Scene) -> Gathered:
    """The item's fields by rule, by question and by name. Raises Unreadable for too many of them."""
    gathered = Gathered()
    for target, role in _BY_TARGET.items():
        rule = rules.rules.get(target) or rules.free["attribution"].get(target.removeprefix("attribution."))
        if rule is not None:
            _by_rule(gathered, rule, target, role, scene)
    for name, rule in rules.free["attribution"].items():
        if name.startswith("utm_"):
            gathered.pairs += [(name, told) for told in texts(rule, scene)[:1]]
    _by_question(gathered, rules, scene)
    gathered.pairs += by_name(rules, scene)
    if len(gathered.pairs) > MOST_FIELDS:
        raise Unreadable(f"more than {MOST_FIELDS} fields")
    if holds(gathered.pairs, "\0"):
        raise Unreadable("a NUL byte in a field")
    return gathered


def _by_rule(gathered: Gathered, rule: Rule, target: str, role: Role, scene: Scene) -> None:
    """Named by its path, so that what cannot be read as a phone is still seen under a name that says something."""
    name = rule.paths[0].text if len(rule.paths) == 1 else target
    if gathered.roles.get(name, role) is not role:
        name = target
    found = texts(rule, scene)
    several = role in (Role.PHONE, Role.EMAIL, Role.CONTACT, Role.MESSAGE)
    for told in found if several else found[:1]:
        gathered.roles[name] = role
        gathered.pairs.append((name, told))


def _by_question(gathered: Gathered, rules: Rules, scene: Scene) -> None:
    for answers in rules.answers:
        for item in find(answers.items, scene)[:MOST_FIELDS]:
            here = scene.at(item)
            name, told = text(answers.name, here), texts(answers.value, here)
            if not name or not told:
                continue
            role = _ROLES.get(text(answers.role, here)) or (
                None if meaning_of(name) else _ROLES.get(text(answers.guess, here))
            )
            if role is not None:
                gathered.roles[name] = role
            gathered.pairs += [(name, one) for one in told]


def keys_of(rules: Rules, scene: Scene) -> tuple[str, str, str]:
    """(external_id, group, content_key) of an item; its call's id is its group."""
    gathered = gather(rules, scene)
    ident = _ident(rules, "external_id", scene) or request_id(gathered.pairs)
    group = _ident(rules, "group", scene) or _ident(rules, "call.id", scene)
    if gathered.pairs and not group:
        return ident, "", Posted(tuple(gathered.pairs)).content_key()
    return ident, group, blake2b(_bytes_of(scene.item), digest_size=16).hexdigest()


def _bytes_of(item: object) -> bytes:
    """An item as bytes, the same for equal items."""
    try:
        return orjson.dumps(item, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number longer than 64 bits, half a character
        return json.dumps(item, default=str, sort_keys=True).encode()


def _ident(rules: Rules, name: str, scene: Scene) -> str:
    found = text(rules.rules.get(name), scene).replace("\0", "")
    return found[:_LONGEST_ID]


def inquiry_of(
    rules: Rules, scene: Scene, raw: Raw, account: Account, company: Company, own: Mapping[str, Role]
) -> Inquiry:
    """The inquiry that an item is. `own` are the account's own names of fields. Raises Unreadable."""
    gathered = gather(rules, scene)
    visitor = read_visitor(gathered.pairs, {**gathered.roles, **own}, company.region, company.own_phones)
    zone = ZoneInfo(company.timezone)
    kind = _KINDS.get(text(rules.kind, scene), Kind.FORM)
    call = _call(rules, scene, zone) if kind is Kind.CALL else None
    extra = {
        name: told for name, rule in rules.free["fields"].items() if (told := ", ".join(texts(rule, scene)))
    }
    extensions = tuple(texts(rules.rules.get("sender.extensions") or Rule(), scene))
    return Inquiry(
        id=raw.inquiry_id,
        account=account.id,
        channel=account.kind,
        kind=kind,
        received_at=raw.received_at,
        external_id=raw.external_id or _ident(rules, "external_id", scene),
        thread=_ident(rules, "thread", scene),
        occurred_at=moment(rules.rules.get("occurred_at"), scene, zone),
        sender=replace(
            visitor.sender,
            extensions=visitor.sender.extensions or extensions,
            handles={**visitor.sender.handles, **_handles(rules, scene)},
        ),
        recipient=_recipient(rules, scene, company),
        subject=visitor.subject,
        text=visitor.text,
        call=call,
        attribution=_source(rules, scene, visitor),
        fields={**visitor.fields, **extra},
        service=visitor.service or account.service,
        history=raw.history,
    )


def _handles(rules: Rules, scene: Scene) -> Mapping[str, str]:
    found = {name: text(rule, scene) for name, rule in rules.free["sender.handles"].items()}
    return {name: told for name, told in found.items() if told}


def _recipient(rules: Rules, scene: Scene, company: Company) -> Recipient:
    found = {
        name: text(rules.rules.get(f"recipient.{name}"), scene) for name in ("line", "extension", "mailbox")
    }
    phone = text(
        replace(rules.rules.get("recipient.line") or Rule(), forms=("phone",)), scene, company.region
    )
    return Recipient(phone or found["line"], found["extension"], found["mailbox"])


def _source(rules: Rules, scene: Scene, visitor: Visitor) -> Attribution:
    click = text(rules.free["attribution"].get("click_id"), scene)
    told = replace(visitor.attribution, click_id=click or visitor.attribution.click_id)
    return attribution_of(told, scene.call.header("referer"))


def _call(rules: Rules, scene: Scene, zone: ZoneInfo) -> Call:
    """The call that the mapping tells of. A word it does not know is left out."""

    def told(name: str) -> str:
        return text(rules.rules.get(f"call.{name}"), scene)

    direction, status = told("direction"), told("status")
    return Call(
        id=told("id")[:_LONGEST_ID],
        direction=direction if direction in _DIRECTIONS else "",
        status=status if status in _STATUSES else "",
        answered_by=told("answered_by"),
        talk_s=seconds(told("talk_s")),
        wait_s=seconds(told("wait_s")),
        ended_at=moment(rules.rules.get("call.ended_at"), scene, zone),
        recording_url=_link(told("recording_url")),
    )


def _link(told: str) -> str | None:
    return told if told.startswith(("https://", "http://")) else None


def missing(rules: Rules, scene: Scene) -> Iterator[str]:
    """Which rules found nothing, a line each: for whoever writes the mapping."""
    named = {
        **rules.rules,
        **{f"{group}.{name}": rule for group, some in rules.free.items() for name, rule in some.items()},
    }
    for name, rule in named.items():
        if not texts(rule, scene):
            yield f"{name}: nothing at {_said(rule.paths)}"
    for answers in rules.answers:
        items = find(answers.items, scene)
        if not items:
            yield f"answers: nothing at {answers.items.text}"
        elif not any(text(answers.name, scene.at(item)) for item in items):
            yield f"answers.name: nothing at {_said(answers.name.paths)} of {len(items)} items"
        elif not any(texts(answers.value, scene.at(item)) for item in items):
            yield f"answers.value: nothing at {_said(answers.value.paths)} of {len(items)} items"
    for path in rules.by_name:
        if not find(path, scene):
            yield f"by_name: nothing at {path.text}"


def _said(paths: tuple[Path, ...]) -> str:
    return ", ".join(path.text for path in paths) or "a constant"
