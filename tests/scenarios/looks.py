"""What a scenario looks at in the end, and the telling of what is other than it should be."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from intake.clock import from_iso
from tests.scenarios.reading import Unplayable
from tests.scenarios.stage import Stage
from tests.scenarios.words import VALUES
from tests.standins.bot_api import ShownMessage

Rows = list[dict[str, Any]]
_OF_A_DEAL = ("number", "state", "stage", "owner", "service", "pipeline", "amount")


def check(stage: Stage, then: dict[str, Any]) -> None:
    """Compare what is expected with what is. Raises AssertionError with both, side by side."""
    expected: dict[str, Any] = {}
    actual: dict[str, Any] = {}
    for name, wanted in then.items():
        if name not in LOOKS:
            raise Unplayable(f"nobody looks at {name!r}; there is {', '.join(LOOKS)}")
        expected[name], actual[name] = wanted, LOOKS[name](stage, wanted)
    if expected != actual:
        raise AssertionError(f"\n{_difference(expected, actual)}")


def _difference(expected: Any, actual: Any) -> str:
    lines = difflib.unified_diff(
        _written(expected), _written(actual), "expected", "as it is", lineterm="", n=50
    )
    return "\n".join(lines)


def _written(told: Any) -> list[str]:
    return str(yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=200)).splitlines()


def _deals(stage: Stage, wanted: Any) -> Any:
    found = stage.reader.listing("deals", {}, 500, "").items
    rows = [
        {
            **{name: _text(one[name]) for name in _OF_A_DEAL},
            "headline": one["title"],
            "reason": one["lost_reason"],
            "client": _name(stage, one["client_id"]),
            "inquiry_count": str(len(one["inquiries"])),
            "tasks": [_task(stage, task) for task in one["tasks"]],
        }
        for one in sorted(found, key=lambda one: one["number"])
    ]
    return _as_wanted(rows, wanted)


def _tasks(stage: Stage, wanted: Any) -> Any:
    found = stage.reader.listing("tasks", {}, 500, "").items
    rows = [_task(stage, one) for one in sorted(found, key=lambda one: (one["due_at"], one["id"]))]
    return _as_wanted(rows, wanted)


def _inquiries(stage: Stage, wanted: Any) -> Any:
    numbers = {one["id"]: str(one["number"]) for one in stage.reader.listing("deals", {}, 500, "").items}
    rows: Rows = []
    for ident in stage.order:
        one = stage.reader.one("inquiry", ident) or {}
        decision = one.get("decision") or {}
        rows.append(
            {
                "state": one.get("state", ""),
                "reason": one.get("state_reason", ""),
                "kind": one.get("kind", ""),
                "owner": decision.get("owner", ""),
                "deal": numbers.get(decision.get("deal_id", ""), ""),
                "identity": decision.get("identity") or "",
                "client": _name(stage, decision.get("client_id", "")),
                "text": one.get("text", ""),
            }
        )
    if isinstance(wanted, list) and all(isinstance(one, str) for one in wanted):
        # a bare list names states alone
        return [_in_words_of(wanted, at, one["state"]) for at, one in enumerate(rows)]
    return _as_wanted(rows, wanted)


def _in_words_of(wanted: list[str], at: int, state: str) -> str:
    asked = wanted[at] if at < len(wanted) else ""
    return asked if VALUES["state"].get(asked, asked) == state else state


def _clients(stage: Stage, wanted: Any) -> Any:
    idents = {one["client_id"] for one in stage.reader.listing("deals", {}, 500, "").items}
    idents |= {(one.get("decision") or {}).get("client_id", "") for one in _all_inquiries(stage)}
    found = [one for ident in sorted(idents - {""}) if (one := stage.reader.one("client", ident))]
    rows = [
        {
            "name": one["name"],
            "owner": one["owner"],
            "kind": one["kind"],
            "phone": ", ".join(phone for person in one["persons"] for phone in person["phones"]),
            "email": ", ".join(email for person in one["persons"] for email in person["emails"]),
            "persons": str(len(one["persons"])),
        }
        for one in found
        if not one.get("merged_into")
    ]
    return _as_wanted(rows, wanted)


def _messages(stage: Stage, wanted: Any) -> Any:
    shown: dict[str, Any] = {}
    for manager, expected in wanted.items():
        chat = stage.api.chat(stage.chat(manager))
        listed = expected if isinstance(expected, list) else []
        if isinstance(expected, str) and expected.isdigit():
            shown[manager] = str(len(chat))
            continue
        told = [
            _message(one.text, labels_of(one), listed[at] if at < len(listed) else "\0")
            for at, one in enumerate(chat)
        ]
        shown[manager] = told if told or expected else expected
    return shown


def _message(text: str, labels: list[str], expected: Any) -> Any:
    """The message as it was expected when it fits, else what it says."""
    if isinstance(expected, str):
        return expected if expected in text else {"text": text, "buttons": labels}
    has, lacks, buttons = (_listed(expected.get(name)) for name in ("has", "lacks", "buttons"))
    fits = all(one in text for one in has) and not any(one in text for one in lacks)
    fits = fits and all(any(one in label for label in labels) for one in buttons)
    return expected if fits else {"text": text, "buttons": labels}


def _rings(stage: Stage, wanted: Any) -> Any:
    """How often each manager's telephone made a sound."""
    sent = stage.api.done("sendMessage")
    loud = [str(one.params["chat_id"]) for one in sent if not _silent(one.params)]
    return {manager: str(loud.count(stage.chat(manager))) for manager in wanted}


LOOKS: Mapping[str, Callable[[Stage, Any], Any]] = {
    "deals": _deals,
    "tasks": _tasks,
    "inquiries": _inquiries,
    "clients": _clients,
    "messages": _messages,
    "rings": _rings,
}


def _as_wanted(rows: Rows, wanted: Any) -> Any:
    """The rows, showing no more than what is asked about: their number, or of each the named parts."""
    if isinstance(wanted, str):
        return str(len(rows))
    if not isinstance(wanted, list):
        raise Unplayable(f"a number or a list is wanted here, not {wanted!r}")
    shown = []
    for at, row in enumerate(rows):
        asked = wanted[at] if at < len(wanted) else {}
        if unknown := set(asked) - set(row):
            raise Unplayable(f"here can be asked for {', '.join(row)}; not {', '.join(unknown)}")
        shown.append({name: _part(row[name], asked[name]) for name in asked} if asked else row)
    return shown


def _part(value: Any, asked: Any) -> Any:
    if isinstance(asked, list) and isinstance(value, list):
        return _as_wanted(value, asked)
    if isinstance(asked, str) and isinstance(value, list):
        return str(len(value))
    # a time may be asked for without its day
    at_that_time = isinstance(asked, str) and asked[2:3] == ":" and str(value).endswith(f" {asked}")
    return asked if at_that_time else value


def _task(stage: Stage, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: _text(one[name]) for name in ("owner", "kind", "text", "state", "colour", "result")},
        "due": stage.tell(from_iso(one["due_at"])),
    }


def _all_inquiries(stage: Stage) -> list[dict[str, Any]]:
    return [one for ident in stage.order if (one := stage.reader.one("inquiry", ident))]


def _name(stage: Stage, client_id: str) -> str:
    found = stage.reader.one("client", client_id) if client_id else None
    return str(found["name"]) if found else ""


def labels_of(shown: ShownMessage) -> list[str]:
    """What the buttons under a message say."""
    return [button["text"] for row in shown.buttons for button in row]


def _silent(params: Mapping[str, Any]) -> bool:
    return str(params.get("disable_notification", "")).lower() == "true"


def _listed(told: Any) -> list[str]:
    return told if isinstance(told, list) else [told] if told else []


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
