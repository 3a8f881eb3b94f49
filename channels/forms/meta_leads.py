"""`meta-leads`: lead forms of Facebook and Instagram adverts. The webhook brings ids; contacts are asked later.

Wire format: https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from channels.base import LEAD, Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.body import read_json
from channels.forms.posted import Pair, flat_pairs
from channels.forms.visitor import read_visitor
from channels.signing import hmac_hex, same
from intake.account import Account, Company
from intake.clock import Millis, from_iso
from intake.errors import Refused, Unreadable
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, Raw

_SIGNATURE = "x-hub-signature-256"
_RECEIVED = HttpReply(200, "EVENT_RECEIVED")
_IDS = ("form_id", "page_id", "ad_id", "adgroup_id", "campaign_id")
_MOST_SECONDS = 32_503_680_000


class MetaLeads:
    """The page's `leadgen` subscription. Its settings: `app_secret`, `verify_token`, `token`, `api`, `proxy`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The handshake's word, else the signature over the raw body. Raises Refused 401, 403."""
        if call.method == "GET":
            if not same(_asked(call).get("hub.verify_token", ""), account.option("verify_token")):
                raise Refused(403, "wrong hub.verify_token")
            return
        given, secret = call.header(_SIGNATURE), account.option("app_secret")
        if not given:
            raise Refused(401, "no X-Hub-Signature-256")
        if not secret or not same(given, f"sha256={hmac_hex(secret, call.body)}"):
            raise Refused(403, "wrong X-Hub-Signature-256")

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 # the protocol's shape
        """An event for each lead of the batch; the handshake's challenge goes back."""
        if call.method == "GET":
            return Heard(HttpReply(200, _asked(call).get("hub.challenge", "")), reason="handshake")
        try:
            values = [_told(change) for change in _changes(call.body)]
        except Unreadable:
            values = []
        events = (Event(_text(value.get("leadgen_id")), part=part) for part, value in enumerate(values))
        return Heard(_RECEIVED, tuple(events) or (Event(),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The lead's ids, and its answers where a relay put them in. Raises Unreadable."""
        changes = list(_changes(raw.body))
        # an empty batch tells of nothing
        change = changes[raw.part] if raw.part < len(changes) else {"field": ""}
        value = _told(change)
        visitor = read_visitor(tuple(_answers(value)), {}, company.region, company.own_phones)
        ids = {name: _text(value.get(name)) for name in _IDS if value.get(name)}
        inquiry = Inquiry(
            id=raw.inquiry_id,
            account=account.id,
            channel=account.kind,
            kind=Kind.FORM,
            received_at=raw.received_at,
            external_id=_text(value.get("leadgen_id")),
            occurred_at=_moment(value.get("created_time")),
            sender=visitor.sender,
            text=visitor.text,
            attribution=visitor.attribution,
            fields={**ids, **visitor.fields},
            service=visitor.service or account.service,
            history=raw.history,
        )
        if change.get("field", "leadgen") != "leadgen":
            return Parsed(Outcome.IGNORED, inquiry, "not_a_lead")
        if not inquiry.external_id:
            raise Unreadable("a lead without its leadgen_id")
        return Parsed(Outcome.ACCEPTED, inquiry)


def _asked(call: HttpCall) -> dict[str, str]:
    return dict(call.query_pairs())


def _changes(body: bytes) -> Iterator[Mapping[str, Any]]:
    """Each entry[].changes[] of the body. Raises Unreadable."""
    tree = read_json(body)
    if not isinstance(tree, dict) or not isinstance(tree.get("entry"), list):
        raise Unreadable("no entries in it")
    for entry in tree["entry"]:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        for change in changes if isinstance(changes, list) else ():
            if isinstance(change, dict):
                yield change


def _told(change: Mapping[str, Any]) -> Mapping[str, Any]:
    value = change.get("value")
    return value if isinstance(value, dict) else {}


def _answers(value: Mapping[str, Any]) -> Iterator[Pair]:
    """`field_data`, as the Graph API and the relays that ask it write the answers."""
    if isinstance(value.get("field_data"), list):
        yield from flat_pairs(value["field_data"], "field_data")


def _text(value: Any) -> str:
    return str(value)[:100] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _moment(value: Any) -> Millis | None:
    """Seconds since 1970, as a number or in digits; the Graph API writes ISO 8601."""
    if isinstance(value, str) and "T" in value:
        try:
            return from_iso(value)
        except (ValueError, OverflowError):
            return None
    digits = _text(value)
    seconds = int(digits) if digits.isascii() and digits.isdecimal() else 0
    return seconds * 1000 if 0 < seconds < _MOST_SECONDS else None


def lacks(inquiry: Inquiry, account: Account) -> Sequence[str]:
    """The visitor's answers, where the webhook brought only ids and we have a token to ask with."""
    told = inquiry.sender.phones or inquiry.sender.emails or inquiry.sender.name or inquiry.text
    return () if told or not account.option("token") else (LEAD,)


_META = MetaLeads()
CHANNEL = Channel(
    kind="meta-leads",
    title="Meta lead ads",
    needs=(
        Need(
            "app_secret",
            True,
            "the app's secret, it signs each event",
            "секрет приложения, им подписано событие",
        ),
        Need("verify_token", True, "the word of the handshake", "слово для проверки адреса"),
        Need(
            "token",
            False,
            "the page's token: answers are asked with it",
            "токен страницы: им спрашиваются ответы",
        ),
        Need("api", False, "another address of the Graph API", "другой адрес Graph API"),
        Need("proxy", False, "the way to Meta, socks5://...", "путь к Meta, socks5://..."),
    ),
    lacks=lacks,
    parser=_META,
    webhook=_META,
)
