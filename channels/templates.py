"""What an account writes to clients by itself: texts with fields in braces, and nothing else in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from intake.account import Account

AUTO_REPLY, GREETING = "auto_reply", "greeting"
IN_HOURS, AFTER_HOURS = "in_hours", "after_hours"
FIELDS = ("name", "company", "service")
"""What a text may name: the client as they called themselves, our company, what is asked for."""
QUESTIONS = "questions"
ASKED = ("name", "phone", "email")
"""What a greeting may ask for."""
MOST_ASKED = 2
LONGEST = 2000
_LONGEST_VALUE = 60
_FIELD = re.compile(r"(,? ?)\{([^{}]*)\}")
_WHENS = (IN_HOURS, AFTER_HOURS)

Fault = tuple[str, str, str]
"""(setting, fault, mend)."""


def template(account: Account, setting: str, key: str) -> str:
    """A text of the account's table `setting`, "" when there is none."""
    table = account.options.get(setting)
    value = table.get(key, "") if isinstance(table, Mapping) else ""
    return value.strip() if isinstance(value, str) else ""


def asked_by(account: Account) -> tuple[str, ...]:
    """What the account's greeting asks for, in its order."""
    table = account.options.get(GREETING)
    wanted = table.get("ask", ()) if isinstance(table, Mapping) else ()
    return tuple(one for one in wanted if one in ASKED) if isinstance(wanted, list | tuple) else ()


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields' values. A value stands as it is: braces in it are signs like others, and it breaks no
    line. Where a value is empty the comma and space before its field go with it."""

    def put(found: re.Match[str]) -> str:
        value = " ".join(values.get(found[2], "").split())[:_LONGEST_VALUE]
        return f"{found[1]}{value}" if value else ""

    return _FIELD.sub(put, text).lstrip(" ,").strip()


def template_faults(account: Account, *, can_write: bool) -> list[Fault]:
    """What is wrong with the texts of an account; `can_write` says whether its kind takes answers at all."""
    faults: list[Fault] = []
    tables = {name: account.options[name] for name in (AUTO_REPLY, GREETING) if name in account.options}
    for name, table in tables.items():
        if not can_write:
            faults.append((name, "this kind takes no answers", "remove it"))
        elif not isinstance(table, Mapping):
            mend = f'write it as a table: {name} = {{{"in_hours" if name == AUTO_REPLY else "text"} = "..."}}'
            faults.append((name, "is no table", mend))
        elif name == AUTO_REPLY:
            faults += _table_faults(name, table, _WHENS)
        else:
            faults += _table_faults(name, table, ("text",), ("ask",)) + _ask_faults(table)
    return faults


def _table_faults(
    name: str, table: Mapping[str, Any], texts: tuple[str, ...], others: tuple[str, ...] = ()
) -> list[Fault]:
    faults: list[Fault] = []
    for key, text in table.items():
        if key not in (*texts, *others):
            faults.append(
                (f"{name}.{key}", "there is no such setting", f"write {' or '.join((*texts, *others))}")
            )
        elif key in texts:
            faults += _text_faults(
                f"{name}.{key}", text, (*FIELDS, *((QUESTIONS,) if name == GREETING else ()))
            )
    return faults


def _text_faults(setting: str, text: object, known: tuple[str, ...]) -> list[Fault]:
    if not isinstance(text, str) or not text.strip():
        return [(setting, "is no text", f'write {setting.rpartition(".")[2]} = "..."')]
    if len(text) > LONGEST:
        return [(setting, f"is longer than {LONGEST} signs", "say it shorter")]
    fields = [found[2] for found in _FIELD.finditer(text)]
    rest = _FIELD.sub("", text)
    mend = "write one of: " + ", ".join(f"{{{one}}}" for one in known)
    if any(one not in known for one in fields) or "{" in rest or "}" in rest:
        return [(setting, "holds in braces what is no field", mend)]
    return []


def _ask_faults(table: Mapping[str, Any]) -> list[Fault]:
    ask = table.get("ask", [])
    if not isinstance(ask, list) or any(one not in ASKED for one in ask) or len(ask) > MOST_ASKED:
        mend = f'write at most {MOST_ASKED} of {", ".join(ASKED)}: ask = ["name", "phone"]'
        return [(f"{GREETING}.ask", "is not what can be asked for", mend)]
    return []
