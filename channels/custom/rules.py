"""A whole mapping: which things are read by which rules, what is ignored, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from channels.custom.paths import Path
from channels.custom.table import Reader
from channels.custom.values import Rule
from channels.forms.names import Role
from intake.inquiry import Kind

PLAIN_TEXT = "text/plain; charset=utf-8"
_A_FORM = Rule(constant="form")
_SINGLE = ("external_id", "group", "thread", "occurred_at", "subject", "text", "service")
_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sender": (
            *("name", "first_name", "last_name", "middle_name", "phones", "emails", "contact"),
            *("extensions", "company", "inn", "handles"),
        ),
        "recipient": ("line", "extension", "mailbox"),
        "call": (
            *("id", "direction", "status", "answered_by", "talk_s", "wait_s", "ended_at", "recording_url"),
        ),
    }
)
_ATTRIBUTION = ("page_url", "referrer", "click_id")
_FREE = ("attribution", "fields")
_OTHERS = ("kind", "each", "by_name", "drop", "answers", "answer")
_WHEN = ("handshake_when", "ignore_when", "only_when", "ours_when")
_MOMENTS = frozenset(("occurred_at", "call.ended_at"))
_ROLES = frozenset(role.value for role in Role)
_ALLOWED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "kind": frozenset(kind.value for kind in Kind),
        "call.direction": frozenset(("in", "out", "internal", "")),
        "call.status": frozenset(("ringing", "answered", "missed", "failed", "")),
        "answers.role": _ROLES,
        "answers.guess": _ROLES,
    }
)
"""What the values of these may be: others are left out when they come, and are faults in a table."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is answered: `body`, or the text that stands at `echo` in its request."""

    status: int = 200
    body: str = "ok"
    type: str = PLAIN_TEXT
    echo: Path | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether the value at `path` is one of `equals`, none of `unlike`, or missing; without any of these,
    whether there is one. `reason` says why; `answer` is given instead of the usual one."""

    path: Path
    equals: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    missing: bool = False
    reason: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """A list of questions and answers. `role` says what an answer tells, whatever its name says; `guess` only
    where the name says nothing."""

    items: Path
    name: Rule
    value: Rule
    role: Rule | None = None
    guess: Rule | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A mapping, read. `rules` are by the names of an Inquiry with dots (`sender.phones`); `free` are those of
    attribution.utm_*, fields.* and sender.handles.* by group. `by_name` are subtrees whose fields are
    understood by their names; `drop` are names in them that nobody needs."""

    kind: Rule = _A_FORM
    each: Path | None = None
    rules: Mapping[str, Rule] = field(default_factory=dict)
    free: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)
    by_name: tuple[Path, ...] = ()
    drop: tuple[str, ...] = ()
    answers: tuple[Answers, ...] = ()
    when: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    answer: Answer = Answer()

    def stems(self) -> frozenset[tuple[str, ...]]:
        """Where the rules read in the item: what stands there is not read by name again."""
        all_rules = [*self.rules.values(), *(rule for some in self.free.values() for rule in some.values())]
        paths = [path for rule in all_rules for path in rule.paths]
        paths += [one.items for one in self.answers]
        dropped = {tuple(name.split(".")) for name in self.drop if not name.endswith("*")}
        return frozenset(stem for path in paths if (stem := path.stem())) | dropped


def read_rules(value: Any, reader: Reader) -> Rules:
    """The mapping that a table describes; without one everything is understood by its name."""
    if value is None:
        value = {"by_name": ""}
    table = reader.table(value, "mapping")
    reader.known(table, "mapping", (*_SINGLE, *_GROUPS, *_FREE, *_OTHERS, *_WHEN))
    rules: dict[str, Rule] = {}
    for name in _SINGLE:
        _take(rules, name, table.get(name), reader)
    for group, names in _GROUPS.items():
        members = reader.table(table.get(group), f"mapping.{group}")
        reader.known(members, f"mapping.{group}", names)
        for name in names:
            if name != "handles":
                _take(rules, f"{group}.{name}", members.get(name), reader)
    read = Rules(
        kind=_kind(table.get("kind", "form"), reader),
        each=reader.path(table.get("each"), "mapping.each"),
        rules=rules,
        free=_free(table, reader),
        by_name=reader.paths(_of_all(table.get("by_name")), "mapping.by_name"),
        drop=reader.words(table.get("drop"), "mapping.drop"),
        answers=_answers(table.get("answers"), reader),
        when={name: _conditions(table.get(name), f"mapping.{name}", reader) for name in _WHEN},
        answer=_answer(table.get("answer"), "mapping.answer", reader),
    )
    if (
        isinstance(value, Mapping)
        and not rules
        and not read.by_name
        and not read.answers
        and not any(read.free.values())
    ):
        reader.fault("mapping", "reads nothing at all", 'write sender.phones = "..." or by_name = ""')
    return read


def _take(rules: dict[str, Rule], name: str, value: Any, reader: Reader) -> None:
    rule = reader.rule(value, f"mapping.{name}", time=name in _MOMENTS)
    if rule is not None:
        rules[name] = rule
        _allowed(rule, name, f"mapping.{name}", reader)


def _allowed(rule: Rule, name: str, place: str, reader: Reader) -> None:
    """Tell of values in a rule's own words that can never be."""
    allowed = _ALLOWED.get(name)
    told = {*(rule.table or {}).values(), rule.otherwise or "", rule.constant} - {""}
    for value in sorted(told - allowed if allowed else ()):
        reader.fault(
            place, f'cannot be "{value}"', f"use one of: {', '.join(sorted(allowed or ())).strip(', ')}"
        )


def _of_all(value: Any) -> Any:
    return "" if value is True else None if value is False else value


def _kind(value: Any, reader: Reader) -> Rule:
    """A kind's own word, or a rule that finds it."""
    rule = Rule(constant=value) if isinstance(value, str) else reader.rule(value, "mapping.kind") or Rule()
    _allowed(rule, "kind", "mapping.kind", reader)
    return rule


def _free(table: Mapping[str, Any], reader: Reader) -> dict[str, dict[str, Rule]]:
    """attribution.*, fields.* and sender.handles.*: the names there are the operator's own."""
    sender = table.get("sender")
    found: dict[str, dict[str, Rule]] = {}
    for group, value in (
        *((name, table.get(name)) for name in _FREE),
        ("sender.handles", sender.get("handles") if isinstance(sender, Mapping) else None),
    ):
        members = reader.table(value, f"mapping.{group}")
        read = {str(name): reader.rule(members[name], f"mapping.{group}.{name}") for name in members}
        found[group] = {name: rule for name, rule in read.items() if rule is not None}
    for name in found["attribution"]:
        if name not in _ATTRIBUTION and not name.startswith("utm_"):
            reader.fault(
                f"mapping.attribution.{name}", "is no source", f"use utm_* or {', '.join(_ATTRIBUTION)}"
            )
    return found


def _answers(value: Any, reader: Reader) -> tuple[Answers, ...]:
    found = []
    for place, table in reader.tables(value, "mapping.answers"):
        reader.known(table, place, ("items", "name", "value", "role", "guess"))
        items = reader.path(table.get("items"), f"{place}.items")
        name, told, role, guess = (
            reader.rule(table.get(key), f"{place}.{key}") for key in ("name", "value", "role", "guess")
        )
        for key, rule in (("role", role), ("guess", guess)):
            if rule:
                _allowed(rule, f"answers.{key}", f"{place}.{key}", reader)
        if items is None or name is None or told is None:
            mend = 'write answers = {items = "answers[*]", name = "q", value = "a"}'
            reader.fault(place, "is not whole", mend)
            continue
        found.append(Answers(items, name, told, role, guess))
    return tuple(found)


def _conditions(value: Any, place: str, reader: Reader) -> tuple[Condition, ...]:
    found = []
    for at, table in reader.tables(value, place):
        reader.known(table, at, ("path", "equals", "not", "missing", "reason", "answer"))
        path = reader.path(table.get("path"), f"{at}.path")
        if path is None:
            reader.fault(at, "says nowhere what to look at", 'write path = "..."')
            continue
        answer = _answer(table["answer"], f"{at}.answer", reader) if "answer" in table else None
        found.append(
            Condition(
                path,
                _told(table.get("equals"), f"{at}.equals", reader),
                _told(table.get("not"), f"{at}.not", reader),
                table.get("missing") is True,
                reader.text(table, "reason", at),
                answer,
            )
        )
    return tuple(found)


def _told(value: Any, place: str, reader: Reader) -> tuple[str, ...]:
    """Texts, as values are compared: true and 1 are written as JSON writes them."""
    several = value if isinstance(value, list | tuple) else [value]
    return reader.words(
        None
        if value is None
        else [
            str(one).lower() if isinstance(one, bool) else str(one) if isinstance(one, int) else one
            for one in several
        ],
        place,
    )


def _answer(value: Any, place: str, reader: Reader) -> Answer:
    table = {"body": value} if isinstance(value, str) else reader.table(value, place)
    reader.known(table, place, ("status", "body", "type", "echo"))
    status = table.get("status", 200)
    if not isinstance(status, int) or not 200 <= status < 300:
        reader.fault(f"{place}.status", "is no success", "write a status from 200 to 299")
        status = 200
    return Answer(
        status,
        reader.text(table, "body", place, "ok"),
        reader.text(table, "type", place, PLAIN_TEXT),
        reader.path(table.get("echo"), f"{place}.echo"),
    )
