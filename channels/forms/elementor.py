"""`elementor`: the webhook of Elementor Pro forms, simple (labels) and advanced (fields with their types).

Wire format: the plugin's own action «Webhook», which calls wp_remote_post.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from channels.base import RECEIPT, HttpCall, HttpReply
from channels.body import media_type, read_json, read_urlencoded
from channels.forms.builder import BuilderForm, Submission, builder_channel
from channels.forms.names import Role, meaning_of
from channels.forms.posted import Pair, Posted, flat_pairs, nest, read_posted, request_id

_BY_TYPE = {"tel": Role.PHONE, "email": Role.EMAIL, "textarea": Role.MESSAGE}
_CERTAIN = frozenset(("tel", "email"))
_NOBODYS = frozenset(("password", "recaptcha", "recaptcha_v3", "honeypot", "step", "html"))
"""Types whose values are no part of what the visitor asks."""
_META = frozenset(
    (
        "date",
        "time",
        "page url",
        "user agent",
        "remote ip",
        "powered by",
        "дата",
        "время",
        "credit",
        "page_url",
    )
)
"""What Elementor adds itself; it differs between two equal submissions."""


def read_elementor(call: HttpCall) -> Submission:
    """A submission in either mode."""
    tree = _advanced(call)
    if tree is None:
        posted = read_posted(call.header("content-type"), call.body, call.query)
        pairs = tuple((_unlabelled(name), value) for name, value in posted.pairs)
        roles, files = dict[str, Role](), posted.files
    else:
        roles, files = {}, ()
        pairs = (*_of_fields(tree["fields"], roles), *_beside(tree))
    told = tuple(pair for pair in pairs if pair[0].lower() not in _META)
    return Submission(pairs, files, roles, request_id(pairs), Posted(told, files).content_key())


def _unlabelled(name: str) -> str:
    """Fields without a label come as «No Label» and their id."""
    ident = name.removeprefix("No Label ")
    return ident if meaning_of(ident) else name


def _advanced(call: HttpCall) -> dict[str, Any] | None:
    """The tree of an advanced submission; None for a simple one."""
    kind = media_type(call.header("content-type"))[0]
    if kind == "application/json":
        tree = read_json(call.body)
    elif b"fields%5B" in call.body or b"fields[" in call.body:
        tree = nest(read_urlencoded(call.body)) if not kind.startswith("multipart/") else None
    else:
        tree = None
    return tree if isinstance(tree, dict) and isinstance(tree.get("fields"), dict) else None


def _of_fields(fields: Mapping[str, Any], roles: dict[str, Role]) -> Iterator[Pair]:
    """The visitor's answers under their titles; `roles` learns what the types tell."""
    for ident, field in fields.items():
        if not isinstance(field, dict):
            yield from flat_pairs(field, str(ident))
            continue
        kind = str(field.get("type") or "")
        if kind in _NOBODYS:
            continue
        name = _name(str(field.get("title") or ""), str(field.get("id") or ident))
        meaning, by_type = meaning_of(name), _BY_TYPE.get(kind)
        if by_type and (not meaning or (kind in _CERTAIN and meaning.role is not Role.HANDLE)):
            roles[name] = by_type
        yield from flat_pairs(field.get("value") or field.get("raw_value") or "", name)


def _name(title: str, ident: str) -> str:
    """The title, unless only the id tells what the field is."""
    if not title or (meaning_of(title) is None and meaning_of(ident) is not None):
        return ident
    return title


def _beside(tree: Mapping[str, Any]) -> Iterator[Pair]:
    """Which form it was, and what Elementor noted of the visit."""
    form, meta = tree.get("form"), tree.get("meta")
    for key, value in form.items() if isinstance(form, dict) else ():
        yield from flat_pairs(value, f"form_{key}")
    for key, noted in meta.items() if isinstance(meta, dict) else ():
        if isinstance(noted, dict):
            yield from flat_pairs(
                noted.get("value"), str(key if key == "page_url" else noted.get("title") or key)
            )


_FORM = BuilderForm(
    read_elementor,
    # 201, 202 or 204 would show the visitor an error
    HttpReply(200, f'{{"receipt": "{RECEIPT}"}}', (("Content-Type", "application/json; charset=utf-8"),)),
)
CHANNEL = builder_channel("elementor", "Elementor Pro", _FORM, repeats=False)
