"""`custom`: a webhook understood by a mapping, the account's own or a shipped one. Nothing in it is code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.custom.paths import Scene, find
from channels.custom.proof import Proof, read_proof
from channels.custom.reading import holds_true, inquiry_of, keys_of, missing, scenes
from channels.custom.rules import Answer, Rules, read_rules
from channels.custom.table import Reader
from channels.custom.trees import Told, read_told
from channels.custom.values import plain
from channels.forms.builder import SECRET_NEED
from channels.forms.files import attachments_of
from channels.forms.own_names import FIELDS_NEED, check_fields, own_fields
from intake.account import Account, Company
from intake.errors import Refused, Unreadable
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, Raw

_LONGEST_ECHO = 500


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping and the proof of its sender, read."""

    rules: Rules
    proof: Proof


class MappedWebhook:
    """A webhook of one shipped mapping. Whatever comes is answered with success; what cannot be read is buried."""

    def __init__(self, mapped: Mapped) -> None:
        self._mapped = mapped

    def mapped(self, account: Account) -> Mapped:  # noqa: ARG002 # an account's own mapping has another one
        """The mapping that holds for an account."""
        return self._mapped

    def verify(self, call: HttpCall, account: Account) -> None:
        """As the mapping's `check` says. Raises Refused 401, 403."""
        self.mapped(account).proof.verify(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:
        """An event for each item; handshakes are answered and forgotten."""
        rules = self.mapped(account).rules
        usual = HttpReply(rules.answer.status, rules.answer.body, (("Content-Type", rules.answer.type),))
        if not call.body and not call.query:
            return Heard(usual, reason="the address is tried")
        try:
            told = read_told(call)
            handshake = holds_true(rules.when["handshake_when"], _whole(told, call))
            if handshake:
                reply = _reply(handshake.answer or rules.answer, told, call)
                return Heard(reply, reason=handshake.reason or "handshake")
            reply = _reply(rules.answer, told, call)
            found = [keys_of(rules, scene) for scene in scenes(rules, told, call)]
        except Unreadable as error:
            return self._unread(usual, error)
        events = [Event(ident, group, part, content) for part, (ident, group, content) in enumerate(found)]
        return Heard(reply, tuple(events)) if events else Heard(reply, (Event(),))

    def _unread(self, usual: HttpReply, error: Unreadable) -> Heard:  # noqa: ARG002 # our own kind tells it
        return Heard(usual, (Event(),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry of one item; ignored or our own where the mapping says so. Raises Unreadable."""
        rules, call = self.mapped(account).rules, HttpCall.of_raw(raw)
        told = read_told(call)
        found = scenes(rules, told, call)
        if raw.part >= len(found):
            empty = Inquiry(raw.inquiry_id, account.id, account.kind, Kind.FORM, raw.received_at)
            return Parsed(Outcome.IGNORED, empty, "empty")
        scene = found[raw.part]
        inquiry = inquiry_of(rules, scene, raw, account, company, own_fields(account))
        if told.files and raw.part == 0:
            inquiry = replace(inquiry, attachments=attachments_of(told.files))
        return _concluded(rules, scene, inquiry)

    def explain(self, call: HttpCall, account: Account) -> Sequence[str]:
        """Which rules of the mapping found nothing in a request."""
        rules = self.mapped(account).rules
        try:
            found = scenes(rules, told := read_told(call), call)
        except Unreadable as error:
            return [str(error)]
        if not found and rules.each:
            return [f"each: nothing at {rules.each.text}", *missing(rules, _whole(told, call))]
        return [line for scene in found for line in missing(rules, scene)]


class Custom(MappedWebhook):
    """The kind `custom`: each account has a mapping and a check of its own."""

    def __init__(self) -> None:
        super().__init__(Mapped(read_rules(None, Reader()), Proof()))
        self._read: dict[str, tuple[Mapping[str, Any], Mapped]] = {}

    def mapped(self, account: Account) -> Mapped:
        """The account's mapping, read once as long as its settings stay the same."""
        known = self._read.get(account.id)
        if known is None or known[0] is not account.options:
            mapped, _ = read_mapped(account.options)
            known = self._read[account.id] = (account.options, mapped)
        return known[1]

    def _unread(self, usual: HttpReply, error: Unreadable) -> Heard:  # noqa: ARG002 # not answered with success
        raise Refused(400, str(error)) from error


def read_mapped(options: Mapping[str, Any]) -> tuple[Mapped, list[tuple[str, str, str]]]:
    """The settings `mapping` and `check`, and every fault of them as (setting, fault, mend). A mapping may be a
    text, as `file:mapping.toml` puts it in."""
    reader = Reader()
    written = options.get("mapping")
    if isinstance(written, str):
        try:
            written = tomllib.loads(written)
        except tomllib.TOMLDecodeError as error:
            reader.fault(
                "mapping", f"is no TOML: {error}", "write a table, or file:mapping.toml with one in it"
            )
            written = None
    proof = read_proof(options.get("check"), reader)
    rules = read_rules(written, reader)
    if proof.path is not None and proof.path.source in ("item", "query"):
        # whoever proves himself in the body has not asked for anything with it
        name = ".".join(proof.path.stem()) or str(proof.path.steps[0])
        rules = replace(rules, drop=(*rules.drop, name))
    return Mapped(rules, proof), reader.faults


def check(account: Account) -> list[tuple[str, str, str]]:
    """Every fault of a custom account's settings, as (setting, fault, mend)."""
    _, faults = read_mapped(account.options)
    return [*faults, *check_fields(account)]


def _whole(told: Told, call: HttpCall) -> Scene:
    return Scene(told.tree, told.tree, call)


def _reply(answer: Answer, told: Told, call: HttpCall) -> HttpReply:
    body = answer.body
    if answer.echo is not None:
        found = [one for node in find(answer.echo, _whole(told, call)) for one in plain(node)]
        body = found[0][:_LONGEST_ECHO] if found else body
    return HttpReply(answer.status, body, (("Content-Type", answer.type),))


def _concluded(rules: Rules, scene: Scene, inquiry: Inquiry) -> Parsed:
    ignored = holds_true(rules.when["ignore_when"], scene)
    if ignored:
        return Parsed(Outcome.IGNORED, inquiry, ignored.reason or "not_wanted")
    wanted = rules.when["only_when"]
    if wanted and not holds_true(wanted, scene):
        return Parsed(Outcome.IGNORED, inquiry, wanted[0].reason or "unknown_event")
    if inquiry.call and inquiry.call.direction == "internal":
        return Parsed(Outcome.IGNORED, inquiry, "internal")
    ours = holds_true(rules.when["ours_when"], scene)
    if ours or (inquiry.call and inquiry.call.direction == "out"):
        return Parsed(Outcome.ANSWER, inquiry, ours.reason if ours else "")
    if _says_nothing(inquiry):
        return Parsed(Outcome.IGNORED, inquiry, "empty")
    return Parsed(Outcome.ACCEPTED, inquiry)


def _says_nothing(inquiry: Inquiry) -> bool:
    sender = inquiry.sender
    told = (sender.name, sender.phones, sender.emails, sender.handles, inquiry.text, inquiry.fields)
    return not any(told) and not inquiry.attachments and not inquiry.call and not inquiry.external_id


_CUSTOM = Custom()
CHANNEL = Channel(
    kind="custom",
    title="Any webhook, by a mapping",
    needs=(
        SECRET_NEED,
        Need("mapping", False, "where what stands in the request", "где что стоит в запросе"),
        Need("check", False, "where the token or the signature stands", "где стоит ключ или подпись"),
        FIELDS_NEED,
    ),
    parser=_CUSTOM,
    webhook=_CUSTOM,
    check=check,
    explain=_CUSTOM.explain,
    proof_in_body="secret",
)
