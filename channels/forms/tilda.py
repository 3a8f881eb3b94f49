"""`tilda`: forms and carts of Tilda sites; the visitor's cookies give up the source and nothing else.

Wire format: https://help-ru.tilda.cc/formsscript
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from channels.base import HttpCall, HttpReply
from channels.body import read_json
from channels.forms.builder import BuilderForm, Submission, builder_channel
from channels.forms.names import Role, meaning_of
from channels.forms.posted import Pair, Posted, flat_pairs, read_posted, request_id
from intake.errors import Unreadable

_JOINT = "|||"
_KNOWN_IDS = frozenset(
    ("_ym_uid", "_ga", "roistat_visit", "_ct_session_id", "ct_session_id", "yclid", "gclid")
)
"""Cookies that analytics know the visitor by. All the others are private."""
_PRODUCT = "payment.products."
_CART = "payment.products"


def read_tilda(call: HttpCall) -> Submission:
    """A form, a cart, or the `test=test` that Tilda sends when the address is connected."""
    posted = read_posted(call.header("content-type"), call.body, call.query)
    tranid = request_id(pair for pair in posted.pairs if pair[0].lower() == "tranid")
    if ("test", "test") in posted.pairs and not tranid:
        return Submission((), handshake="test")
    pairs = tuple(_readable(posted.pairs))
    return Submission(
        pairs,
        posted.files,
        external_id=tranid or request_id(pairs),
        content_key=Posted(pairs, posted.files).content_key(),
    )


def _readable(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The fields, the cart unfolded, the source out of the cookies."""
    told: list[Pair] = []
    payment: list[Pair] = []
    cookies = ""
    for name, value in pairs:
        if name.upper() == "COOKIES":
            cookies = value
        elif name == "payment":
            payment.extend(_from_text(value))
        elif name.startswith("payment."):
            payment.append((name, value))
        else:
            told.append((name, value))
    yield from told
    known = {meaning for name, value in told if value and (meaning := meaning_of(name))}
    for name, value in _of_cookies(cookies):
        # what a hidden field of the form says counts first
        if meaning_of(name) not in known:
            yield name, value
    yield from _cart(payment)


def _from_text(value: str) -> Iterator[Pair]:
    """The cart where it came as JSON in one field."""
    if value.lstrip().startswith(("{", "[")):
        try:
            yield from flat_pairs(read_json(value.encode("utf-8", "replace")), "payment")
        except Unreadable:
            yield "payment", value
    else:
        yield "payment", value


def _of_cookies(cookies: str) -> Iterator[Pair]:
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == "TILDAUTM":
            yield from _utm(value)
        elif name in _KNOWN_IDS:
            yield name, unquote(value)


def _utm(value: str) -> Iterator[Pair]:
    """utm_source%3Dya%7C%7C%7Cutm_medium%3Dcpc%7C%7C%7C as pairs."""
    for piece in unquote(value).split(_JOINT):
        name, _, told = piece.removeprefix("amp;").partition("=")
        meaning = meaning_of(name)
        if told and meaning and meaning.role in (Role.UTM, Role.CLICK):
            yield name, unquote(told)


def _cart(payment: Iterable[Pair]) -> Iterator[Pair]:
    """The order's fields; its goods as one text, a line each."""
    goods: dict[str, dict[str, str]] = {}
    lines = []
    for name, value in payment:
        if name == _CART:
            lines.append(value)
        elif name.startswith(_PRODUCT):
            number, _, key = name[len(_PRODUCT) :].partition(".")
            goods.setdefault(number, {})[key] = value
        else:
            yield name, value
    lines += [_good(good) for good in goods.values()]
    if lines:
        yield _CART, "\n".join(lines)


def _good(good: Mapping[str, str]) -> str:
    """«Чашка (Цвет: белый) - 2 x 500 = 1000»."""
    options = [value for key, value in good.items() if key.startswith("options.") and key.endswith("variant")]
    name = good.get("name") or good.get("") or good.get("sku") or "?"
    named = f"{name} ({', '.join(options)})" if options else name
    if "quantity" not in good and "price" not in good:
        return named
    total = f" = {good['amount']}" if "amount" in good else ""
    return f"{named} - {good.get('quantity', '1')} x {good.get('price', '?')}{total}"


CHANNEL = builder_channel("tilda", "Tilda", BuilderForm(read_tilda, HttpReply(200, "ok")), repeats=True)
