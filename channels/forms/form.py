"""`form`: the forms of any site, whatever their fields are called and however they are posted."""

from __future__ import annotations

from collections.abc import Sequence

from channels.base import RECEIPT, Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.forms.files import attachments_of
from channels.forms.own_names import FIELDS_NEED, check_fields, own_fields
from channels.forms.posted import read_posted, request_id
from channels.forms.source import attribution_of
from channels.forms.visitor import read_visitor
from channels.signing import KEY_HEADER, require_key
from intake.account import Account, Company
from intake.errors import Refused, Unreadable
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, Raw

_Headers = tuple[tuple[str, str], ...]
_JSON: _Headers = (("Content-Type", "application/json; charset=utf-8"),)
_PREFLIGHT: _Headers = (
    ("Access-Control-Allow-Methods", "POST, OPTIONS"),
    ("Access-Control-Allow-Headers", f"Content-Type, {KEY_HEADER}, X-Requested-With"),
    ("Access-Control-Max-Age", "86400"),
)
_RECEIPT = f'{{"receipt": "{RECEIPT}"}}'


class Form:
    """The generic site form. Its settings: `fields`, `honeypot`, `thank_you`, `origins`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """Let in posts from the account's sites, with its secret if it has one. Raises Refused 401, 403."""
        origin, allowed = call.header("origin"), _origins(account)
        if origin and origin not in allowed and "*" not in allowed:
            raise Refused(403, "this site is not in the account's origins")
        if account.secret and call.method != "OPTIONS":
            require_key(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:
        """Read the form for its faults and for what makes it recognisable. Raises Refused 400, 405."""
        cors = _cors(call, account)
        if call.method == "OPTIONS":
            return Heard(HttpReply(204, "", (*cors, *_PREFLIGHT)), reason="preflight")
        if call.method != "POST":
            raise Refused(405, "a form is sent with POST")
        try:
            posted = read_posted(call.header("content-type"), call.body, call.query)
        except Unreadable as error:
            raise Refused(400, str(error)) from error
        if posted.pairs == (("test", "test"),):
            return Heard(HttpReply(200, "ok"), reason="a site builder tries the address")
        event = Event(external_id=request_id(posted.pairs), content_key=posted.content_key())
        return Heard(_reply(call, account, cors), (event,))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that a posted form is; ignored when the honeypot is filled, or nothing is."""
        call = HttpCall.of_raw(raw)
        posted = read_posted(call.header("content-type"), call.body, call.query)
        trap = account.option("honeypot")
        pairs = [pair for pair in posted.pairs if pair[0] != trap]
        visitor = read_visitor(pairs, own_fields(account), company.region, company.own_phones)
        inquiry = Inquiry(
            id=raw.inquiry_id,
            account=account.id,
            channel=account.kind,
            kind=Kind.FORM,
            received_at=raw.received_at,
            external_id=raw.external_id,
            sender=visitor.sender,
            subject=visitor.subject,
            text=visitor.text,
            attachments=attachments_of(posted.files),
            attribution=attribution_of(visitor.attribution, call.header("referer")),
            fields=visitor.fields,
            service=visitor.service or account.service,
            history=raw.history,
        )
        if any(name == trap and value.strip() for name, value in posted.pairs):
            return Parsed(Outcome.IGNORED, inquiry, "spam")
        if not posted.files and not any(value.strip() for _, value in pairs):
            return Parsed(Outcome.IGNORED, inquiry, "empty")
        return Parsed(Outcome.ACCEPTED, inquiry)


def _reply(call: HttpCall, account: Account, cors: _Headers) -> HttpReply:
    page = account.option("thank_you")
    if page and _from_browser(call):
        return HttpReply(303, "", (("Location", page), *cors))
    return HttpReply(200, _RECEIPT, (*_JSON, *cors))


def _from_browser(call: HttpCall) -> bool:
    """Whether a browser posts the form itself and shows the answer as a page: no script does."""
    is_page = "text/html" in call.header("accept") and not call.header("x-requested-with")
    return is_page and "json" not in call.header("content-type")


def _origins(account: Account) -> Sequence[str]:
    origins = account.options.get("origins")
    return (
        [str(origin).rstrip("/").lower() for origin in origins]
        if isinstance(origins, list | tuple)
        else ("*",)
    )


def _cors(call: HttpCall, account: Account) -> _Headers:
    """What tells a browser that the page it shows may read the answer."""
    origin = call.header("origin")
    if not origin:
        return ()
    if "*" in _origins(account):
        return (("Access-Control-Allow-Origin", "*"),)
    return (("Access-Control-Allow-Origin", origin), ("Vary", "Origin"))


def check(account: Account) -> list[tuple[str, str, str]]:
    """The faults of a form account's settings, as (setting, fault, mend)."""
    faults = check_fields(account)
    origins = account.options.get("origins", ())
    if isinstance(origins, str) or not all(
        origin == "*" or str(origin).startswith(("https://", "http://")) for origin in origins
    ):
        faults.append(("origins", "is not a list of sites", 'write origins = ["https://example.ru"]'))
    page = account.option("thank_you")
    if page and not page.startswith(("https://", "http://", "/")):
        faults.append(
            ("thank_you", "is not a page's address", 'write thank_you = "https://example.ru/thanks"')
        )
    return faults


_FORM = Form()
CHANNEL = Channel(
    kind="form",
    title="Site form",
    needs=(
        Need(
            "secret",
            False,
            "the form's key; without one the form is public",
            "ключ формы; без него форма открыта всем",
        ),
        FIELDS_NEED,
        Need(
            "honeypot",
            False,
            "a hidden field that only robots fill",
            "скрытое поле, которое заполняют только роботы",
        ),
        Need("thank_you", False, "the page shown after sending", "страница после отправки"),
        Need(
            "origins", False, "the sites whose pages may post", "сайты, со страниц которых можно отправлять"
        ),
    ),
    parser=_FORM,
    webhook=_FORM,
    check=check,
    public=True,
    repeats=False,
)
