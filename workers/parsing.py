"""What an input would become, without storing it: captured requests and raw letters in, answers out."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from channels.base import RECEIPT, Channel, Event, Heard, HttpCall, HttpReply, Webhook
from channels.signing import split_secret
from intake.account import Account, Company
from intake.clock import Clock, SystemClock, new_id
from intake.errors import LeadIntakeError, Refused, Unreadable
from intake.inquiry import Inquiry, NewRaw, Outcome, Parsed, Raw, State, inquiry_json

Answer = dict[str, Any]
"""`{"source", "outcome", "reason", "reply", "inquiries"}`, in this order."""

_OWN_TYPE = (("Content-Type", "text/plain; charset=utf-8"),)


@dataclass(frozen=True, slots=True)
class Parsing:
    """Answers inputs of one kind. Secrets are checked only when `verify`: then `account` is a configured one.
    `body_limit` is in bytes. Pure but for the clock: nothing is stored, nothing is fetched."""

    channel: Channel
    account: Account
    company: Company = field(default_factory=Company)
    verify: bool = False
    body_limit: int = 25_000_000
    clock: Clock = field(default_factory=SystemClock)

    def letter(self, body: bytes, source: str) -> Answer:
        """The answer to one raw letter."""
        return self._answered(source, Heard(HttpReply(), (Event(),)), body, {}, replies=False)

    def line(self, line: bytes, source: str) -> Answer:
        """The answer to one captured request, a line of JSON. A broken line is refused with the reason."""
        try:
            captured = captured_line(line)
            if self.channel.webhook is None:
                heard = Heard(HttpReply(), (Event(),))
                return self._answered(source, heard, captured_body(captured), {}, replies=False)
            call = captured_call(captured)
        except Unreadable as error:
            return _refused(source, str(error), None)
        return self._request(call, source)

    def notes(self, line: bytes) -> Sequence[str]:
        """What the account's settings found nothing for in a captured request, for kinds that can tell."""
        if self.channel.explain is None:
            return ()
        try:
            return self.channel.explain(captured_call(captured_line(line)), self.account)
        except Unreadable:
            return ()  # the answer says why

    def _request(self, call: HttpCall, source: str) -> Answer:
        """As the web face does: the size, the secret, the events, the answer."""
        webhook = self.channel.webhook
        if webhook is None:
            raise LeadIntakeError(f"{self.channel.kind} is not told by HTTP")
        try:
            self._admit(call, webhook)
            heard = webhook.hear(call, self.account)
        except Refused as refused:
            return _refused(
                source, refused.reason, HttpReply(refused.status, f"{refused.reason}\n", _OWN_TYPE)
            )
        except Exception as error:  # noqa: BLE001 # every line gets its answer, whatever a provider's words do
            return _refused(source, _failed(error), None)
        path, _ = split_secret(call.path, self.account)
        kept = HttpCall(call.method, path, call.query, call.headers, call.body, call.remote)
        return self._answered(source, heard, call.body, kept.head(), replies=True)

    def _admit(self, call: HttpCall, webhook: Webhook) -> None:
        """The web face's own checks. Raises Refused."""
        if len(call.body) > self.body_limit:
            raise Refused(413, f"more than {self.body_limit / 1e6:g} MB")
        if self.verify:
            webhook.verify(call, self.account)

    def _answered(
        self, source: str, heard: Heard, body: bytes, head: Mapping[str, Any], *, replies: bool
    ) -> Answer:
        """The answer once the events are known: each is parsed as the worker would."""
        raws = [self._raw(event, body, head) for event in heard.events]
        reply = _with_receipt(heard.reply, raws[0].inquiry_id if raws else "") if replies else None
        if not raws:
            return _answer(source, "ignored", heard.reason, reply, [])
        try:
            found = [self.channel.parser.parse(raw, self.account, self.company) for raw in raws]
        except Unreadable as error:
            return _refused(source, str(error), reply)
        except Exception as error:  # noqa: BLE001 # every line gets its answer; in the daemon this one is buried
            return _refused(source, _failed(error), reply)
        return self._concluded(source, found, reply)

    def _concluded(self, source: str, found: list[Parsed], reply: HttpReply | None) -> Answer:
        """Accepted when any event is; then the ignored ones beside it are not shown."""
        accepted = [one.inquiry for one in found if one.outcome is Outcome.ACCEPTED]
        if accepted:
            shown = [_shown(inquiry, State.WAITING, "") for inquiry in accepted]
            return _answer(source, "accepted", "", reply, shown)
        reason = next((one.reason for one in found if one.reason), "") or found[0].outcome.value
        ignored = [one for one in found if one.outcome is Outcome.IGNORED]
        shown = [_shown(one.inquiry, State.IGNORED, one.reason) for one in ignored]
        return _answer(source, "ignored", reason, reply, shown)

    def _raw(self, event: Event, body: bytes, head: Mapping[str, Any]) -> Raw:
        """The event as the journal would keep it."""
        now = self.clock.now()
        new = NewRaw(
            self.account.id, self.account.kind, body, head, event.external_id, event.group, event.part
        )
        ident = new_id(now)
        return Raw(
            id=ident,
            seq=0,
            inquiry_id=ident,
            account=new.account,
            channel=new.channel,
            received_at=now,
            body=new.body,
            head=new.head,
            external_id=new.external_id,
            group=new.group,
            part=new.part,
        )


def captured_line(line: bytes) -> dict[str, Any]:
    """The object a line holds. Raises Unreadable."""
    try:
        captured = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the line is no JSON: {str(error)[:200]}") from None
    if not isinstance(captured, dict):
        raise Unreadable("the line is not a JSON object")
    return captured


def captured_call(captured: Mapping[str, Any]) -> HttpCall:
    """The request a captured line describes. `headers` and `query` may be objects or lists of pairs, `path`
    whole (`/in/<account>/...`) or what follows the account. Raises Unreadable."""
    path, _, query = str(captured.get("path") or "").partition("?")
    parts = path.lstrip("/").split("/")
    if parts[0] == "in" and len(parts) > 1:
        parts = parts[2:]
    asked = captured.get("query") or query
    headers = tuple((name.lower(), value) for name, value in _pairs(captured.get("headers"), "headers"))
    return HttpCall(
        method=str(captured.get("method") or "POST").upper(),
        path="/".join(parts),
        query=asked if isinstance(asked, str) else urlencode(_pairs(asked, "query")),
        headers=headers,
        body=captured_body(captured),
    )


def captured_body(captured: Mapping[str, Any]) -> bytes:
    """The body of a captured line: `body_b64`, else the text `body` (anything else there as JSON)."""
    if (encoded := captured.get("body_b64")) is not None:
        try:
            return base64.b64decode(str(encoded), validate=True)
        except (binascii.Error, ValueError):
            raise Unreadable("body_b64 is no base64") from None
    body = captured.get("body")
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _pairs(value: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        spread = [(key, one if isinstance(one, list) else [one]) for key, one in value.items()]
        return [(str(key), str(one)) for key, several in spread for one in several]
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return [(str(key), str(one)) for key, one in value]
    raise Unreadable(f"{name} is neither an object nor a list of pairs")


def answer_line(answer: Answer) -> bytes:
    """The answer as one line of JSON, with its line end."""
    try:
        return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
    except TypeError:  # a lone surrogate out of a broken letter: told in escapes
        return json.dumps(answer, ensure_ascii=True).encode() + b"\n"


def _answer(
    source: str, outcome: str, reason: str, reply: HttpReply | None, inquiries: list[Answer]
) -> Answer:
    shown = None
    if reply is not None:
        shown = {"status": reply.status, "headers": dict(reply.headers), "body": reply.body}
    return {"source": source, "outcome": outcome, "reason": reason, "reply": shown, "inquiries": inquiries}


def _refused(source: str, reason: str, reply: HttpReply | None) -> Answer:
    return _answer(source, "refused", reason, reply, [])


def _failed(error: Exception) -> str:
    return f"cannot be understood ({type(error).__name__}: {str(error)[:200]})"


def _with_receipt(reply: HttpReply, ident: str) -> HttpReply:
    headers = tuple((name, value.replace(RECEIPT, ident)) for name, value in reply.headers)
    return HttpReply(reply.status, reply.body.replace(RECEIPT, ident), headers)


def _shown(inquiry: Inquiry, state: State, reason: str) -> Answer:
    """The inquiry of the contracts; it has no decision, for nothing was decided."""
    return {**inquiry_json(inquiry), "state": state.value, "state_reason": reason, "decision": None}
