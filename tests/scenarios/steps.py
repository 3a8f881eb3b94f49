"""The steps: what may happen in a scenario. One function a step; a new step is a function and a row in STEPS."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from email.message import EmailMessage
from typing import Any

from intake.errors import LeadIntakeError
from intake.inquiry import NewRaw
from intake.ports import Command, Delivery, InquiryFilter, Who
from tests.scenarios.looks import labels_of
from tests.scenarios.reading import Unplayable, seconds
from tests.scenarios.stage import Stage
from workers.simulated_calls import mango_seal

Step = Callable[[Stage, Any], Awaitable[None]]
_FORM_FIELDS = {"account", "called"}


async def form(stage: Stage, told: dict[str, str]) -> None:
    """A site form is posted: whatever keys it has are its fields."""
    account = told.get("account", "site")
    fields = {name: value for name, value in told.items() if name not in _FORM_FIELDS}
    fields.setdefault("request_id", str(stage.next_number()))
    answer = await stage.http.post(f"/in/{account}", data=fields, headers=_key(stage, account))
    body = await answer.text()
    if answer.status != 200:
        raise Unplayable(f"the form was answered {answer.status}: {body}")
    stage.came(json.loads(body)["receipt"], told.get("called", ""))


async def letter(stage: Stage, told: dict[str, str]) -> None:
    """A letter is found in the mailbox - or in its sent folder, then it is our own answer."""
    number = stage.next_number()
    message = EmailMessage()
    message["From"] = told.get("from", "Иван Петров <ivan@example.org>")
    message["To"] = told.get("to", "sales@example.ru")
    message["Subject"] = told.get("subject", "Вопрос")
    message["Message-ID"] = f"<letter-{number}@example.org>"
    message["Date"] = "Sun, 22 Nov 2026 10:00:00 +0300"
    if told.get("answers"):
        message["In-Reply-To"] = _letter_id(stage, told["answers"])
    for name, value in told.items():
        if name[:1].isupper():
            message[name] = value
    message.set_content(told.get("text", "Здравствуйте!"))
    folder = told.get("folder", "INBOX")
    head: dict[str, Any] = {
        "folder": folder,
        "uid": number,
        "uidvalidity": 1,
        "internal_date": stage.clock.now(),
    }
    if folder != "INBOX":
        head["sent"] = True
    account = told.get("account", "mail")
    new = NewRaw(
        account, "email", message.as_bytes(), head, external_id=str(message["Message-ID"]).strip("<>")
    )
    (receipt,) = await stage.door.accept(Delivery([new]))
    stage.came(receipt.inquiry_id, told.get("called", ""))


async def call(stage: Stage, told: dict[str, str]) -> None:
    """A call is over, as Mango's summary tells it: `status` missed or answered, `answered_by` an extension."""
    account = told.get("account", "ats")
    missed = told.get("status", "missed") == "missed"
    waited, talked = (
        int(float(told.get("wait_s", "9"))),
        0 if missed else int(float(told.get("talk_s", "60"))),
    )
    began = stage.clock.now() // 1000 - waited - talked
    summary = {
        "entry_id": told.get("called") or f"call-{stage.next_number()}",
        "call_direction": 1,
        "from": {"number": "".join(sign for sign in told["phone"] if sign.isdigit())},
        "to": {"extension": told.get("answered_by", "")},
        "line_number": "74951234567",
        "create_time": began,
        "talk_time": 0 if missed else began + waited,
        "end_time": began + waited + talked,
        "entry_result": 0 if missed else 1,
    }
    body = mango_seal(stage.instance.accounts[account], json.dumps(summary, separators=(",", ":")).encode())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    before = _there(stage)
    answer = await stage.http.post(f"/in/{account}/events/summary", data=body, headers=headers)
    if answer.status != 200:
        raise Unplayable(f"the call was answered {answer.status}: {await answer.text()}")
    for ident in _there(stage) - before:
        stage.came(ident, told.get("called", ""))


async def message(stage: Stage, told: dict[str, str]) -> None:
    """A client writes to the Telegram bot: `from` is `Name 12345`, with their id there."""
    account, number = told.get("account", "bot"), stage.next_number()
    name, _, ident = told.get("from", "Иван 7001").rpartition(" ")
    person = {"id": int(ident), "is_bot": False, "first_name": name}
    update = {
        "update_id": number,
        "message": {
            "message_id": number,
            "from": person,
            "chat": {"id": int(ident), "type": "private", "first_name": name},
            "date": stage.clock.now() // 1000,
            "text": told.get("text", ""),
        },
    }
    secret = stage.instance.accounts[account].option("secret_token")
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    before = _there(stage)
    answer = await stage.http.post(f"/in/{account}", json=update, headers=headers)
    if answer.status != 200:
        raise Unplayable(f"the message was answered {answer.status}: {await answer.text()}")
    for one in _there(stage) - before:
        stage.came(one, told.get("called", ""))


async def tap(stage: Stage, told: dict[str, str]) -> None:
    """A manager presses a button under a card: the newest that says so, or of the card whose text `card` stands in.
    A menu takes a moment to open."""
    chat = stage.chat(told["who"])

    def data() -> str | None:
        for shown in reversed(stage.api.chat(chat)):
            for button in (one for row in shown.buttons for one in row):
                if told["button"] in button["text"] and told.get("card", "") in shown.text:
                    return button.get("callback_data")
        return None

    try:
        await stage.api.until(lambda: data() is not None, 5.0)
    except AssertionError:
        now = "\n\n".join(f"{one.text}\n{labels_of(one)}" for one in stage.api.chat(chat))
        raise AssertionError(f"{told['who']} has no button {told['button']!r}; their chat:\n{now}") from None
    query = stage.api.press(chat, data() or "")
    await stage.api.until(lambda: stage.api.toast(query) is not None)
    _expect(told, stage.api.toast(query) or "")


async def write(stage: Stage, told: dict[str, str]) -> None:
    """A manager writes a line to the bot."""
    chat = stage.chat(told["who"])
    before = len(stage.api.done("sendMessage"))
    stage.api.write(chat, told["text"])
    await stage.api.until(lambda: len(stage.api.done("sendMessage")) > before)
    _expect(told, stage.api.chat(chat)[-1].text)


async def act(stage: Stage, told: dict[str, str]) -> None:
    """A use case, as the API has it: `what: deal 1 won`, `what: inquiry first reject`, its arguments beside it."""
    what, name, verb = told["what"].split()
    args = {key: value for key, value in told.items() if key not in ("who", "what", "refused", "role")}
    manager = told.get("who", "")
    who = Who(manager or "scenario", told.get("role", "manager" if manager else "admin"), manager)
    refused = ""
    try:
        stage.desk.do(Command(verb, what, _ident(stage, what, name), args), who)
    except LeadIntakeError as error:
        refused = str(error)
    if ("refused" in told) != bool(refused) or told.get("refused", "") not in refused:
        raise AssertionError(
            f"{told['what']}: expected refusal {told.get('refused')!r}, was told {refused!r}"
        )


async def wait(stage: Stage, told: str) -> None:
    """So much time goes by."""
    await stage.pass_time(seconds(told))


async def until(stage: Stage, told: str) -> None:
    """It becomes that time: `09:00` today, or `2026-11-24 09:00`."""
    left = (stage.moment(told) - stage.clock.now()) / 1000
    if left < 0:
        raise Unplayable(f"{told} is past: it is {stage.tell(stage.clock.now())}")
    await stage.pass_time(left)


STEPS: Mapping[str, Step] = {
    "form": form,
    "letter": letter,
    "call": call,
    "message": message,
    "tap": tap,
    "write": write,
    "act": act,
    "wait": wait,
    "until": until,
}


def _expect(told: dict[str, str], said: str) -> None:
    if "told" in told and told["told"] not in said:
        raise AssertionError(f"{told['who']} was to be told {told['told']!r}, was told {said!r}")


def _key(stage: Stage, account: str) -> dict[str, str]:
    if account not in stage.instance.accounts:
        raise Unplayable(f"there is no account {account!r}: name it under given.accounts")
    secret = stage.instance.accounts[account].secret
    return {"X-Lead-Intake-Key": secret} if secret else {}


def _letter_id(stage: Stage, called: str) -> str:
    return f"<{stage.reader.one('inquiry', stage.called[called])['external_id'].strip('<>')}>"  # type: ignore[index]  # it is there: a step named it


def _there(stage: Stage) -> set[str]:
    """Every inquiry there is, those that nobody has worked on yet too."""
    return {one["id"] for one in stage.reader.inquiries(InquiryFilter(limit=500)).items}


def _ident(stage: Stage, what: str, name: str) -> str:
    if what == "inquiry":
        return stage.called.get(name) or stage.order[int(name) - 1]
    if what == "deal":
        deals = stage.reader.listing("deals", {}, 500, "").items
        return str(next(one["id"] for one in deals if str(one["number"]) == name))
    if what == "task":
        planned = stage.reader.listing("tasks", {"state": "planned"}, 500, "").items
        tasks = sorted(planned, key=lambda one: (one["due_at"], one["id"]))
        return str(tasks[int(name) - 1]["id"])
    return name
