"""What every webhook kind is held to: its payload files, and how a request of it is spoilt.

`tests/channels/payloads/<kind>/` holds `account.json` and pairs of files: `<name>.json`, a captured request
as `lead-intake parse` takes it, and `<name>.expected.json`, what becomes of it. `account.json` is
{"secret", "options", "signed_by"}; `signed_by` says where the requests carry their proof: {"header": name},
{"query": name} or {"field": name} of an urlencoded or flat JSON body.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from channels.base import Channel, Heard, HttpCall
from channels.catalogue import CHANNELS
from intake.account import Account, Company
from intake.inquiry import Parsed, Raw, inquiry_json
from workers.parsing import captured_call

PAYLOADS = Path(__file__).parent / "payloads"
COMPANY = Company(
    name="ООО «Ромашка»",
    own_domains=frozenset(("romashka.example",)),
    own_phones=frozenset(("+74950000000",)),
)
RECEIVED_AT = 1_790_000_000_000
WEBHOOKS = tuple(channel for channel in CHANNELS if channel.webhook)


@dataclass(frozen=True, slots=True)
class Sample:
    """A captured request of a kind, and what is expected of it."""

    channel: Channel
    name: str
    path: Path

    @property
    def call(self) -> HttpCall:
        return captured_call(json.loads(self.path.read_text("utf-8")))

    @property
    def expected(self) -> Any:
        return json.loads(self.path.with_suffix(".expected.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Setup:
    """How the kind's requests are let in."""

    account: Account
    signed_by: dict[str, str]

    def signed(self, call: HttpCall) -> HttpCall:
        """The request with its proof: captured ones carry it, but for a header that is simply our key."""
        if self.signed_by.get("header") == "x-lead-intake-key":
            return replace(call, headers=(*call.headers, ("x-lead-intake-key", self.account.secret)))
        return call

    def spoilt(self, call: HttpCall, value: str | None) -> HttpCall:
        """The request with its proof replaced by `value`; None takes it away."""
        (place, name), call = next(iter(self.signed_by.items())), self.signed(call)
        if place == "header":
            kept = tuple(pair for pair in call.headers if pair[0] != name)
            return replace(call, headers=kept if value is None else (*kept, (name, value)))
        if place == "query":
            return replace(call, query=_with(call.query, name, value))
        if call.body.lstrip()[:1] == b"{":
            tree = {key: one for key, one in json.loads(call.body).items() if key != name}
            return replace(call, body=json.dumps(tree if value is None else {**tree, name: value}).encode())
        return replace(call, body=_with(call.body.decode(), name, value).encode())


def _with(text: str, name: str, value: str | None) -> str:
    kept = [pair for pair in parse_qsl(text, keep_blank_values=True) if pair[0] != name]
    pairs = kept if value is None else [*kept, (name, value)]
    return urlencode(pairs, errors="surrogatepass")


@cache
def setup_of(kind: str) -> Setup:
    """The account that the kind's payloads were captured for."""
    told = json.loads((PAYLOADS / kind / "account.json").read_text("utf-8"))
    account = Account(kind, kind, secret=told.get("secret", ""), options=told.get("options", {}))
    return Setup(account, told["signed_by"])


def samples(channel: Channel | None = None) -> Iterator[Sample]:
    """The captured requests of a kind, or of all."""
    for one in WEBHOOKS if channel is None else (channel,):
        for path in sorted((PAYLOADS / one.kind).glob("*.json")):
            if path.name != "account.json" and not path.name.endswith(".expected.json"):
                yield Sample(one, f"{one.kind}/{path.stem}", path)


def raws_of(heard: Heard, call: HttpCall, account: Account) -> list[Raw]:
    """The events as a worker gets them from the journal."""
    return [
        Raw(
            id=f"raw{place}",
            seq=place,
            inquiry_id=f"inquiry{place}",
            account=new.account,
            channel=new.channel,
            received_at=RECEIVED_AT,
            body=new.body,
            head=json.loads(json.dumps(new.head)),
            external_id=new.external_id,
            group=new.group,
            part=new.part,
        )
        for place, new in enumerate(heard.raws(call, account))
    ]


def conclusion(heard: Heard, parsed: list[Parsed]) -> dict[str, Any]:
    """What became of a request, as the expected files have it: empty values are left out."""
    events = [
        {"external_id": event.external_id, "group": event.group, "part": event.part} for event in heard.events
    ]
    shown = [
        {
            "outcome": one.outcome.value,
            "reason": one.reason,
            "service": one.inquiry.service,
            **inquiry_json(one.inquiry),
        }
        for one in parsed
    ]
    reply = {"status": heard.reply.status, "body": heard.reply.body}
    pruned = _pruned({"reply": reply, "reason": heard.reason, "events": events, "inquiries": shown})
    return pruned if isinstance(pruned, dict) else {}


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: kept for key, one in value.items() if (kept := _pruned(one)) not in ("", None, {}, [])}
    return [_pruned(one) for one in value] if isinstance(value, list) else value
